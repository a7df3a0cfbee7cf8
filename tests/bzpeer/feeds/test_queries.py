"""What a feed's query leaves out, and that its cost follows what a member follows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bzpeer.accounts.domain import follow
from bzpeer.feeds.models import FeedEvent
from bzpeer.feeds.queries import news_for
from researchers.merging import move_rows
from researchers.models import Researcher
from tests.bzpeer.feeds.news import arrived, followed_since
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("size", [1, 3])
def test_news_takes_four_queries_however_many_items_and_reasons(size):
    member, topic = MemberFactory(), TopicFactory()
    follow(user=member, topic=topic)
    for person in ResearcherFactory.create_batch(size):
        follow(user=member, researcher=person)
        arrived(authors=[person], topics=[topic])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        items = news_for(member, limit=20)
    assert (len(asked), len(items), {len(item.reasons) for item in items}) == (4, size, {2})


def test_a_limit_and_a_place_part_the_feed_without_loss():
    member, person = MemberFactory(), ResearcherFactory()
    follow(user=member, researcher=person)
    for _ in range(5):
        arrived(authors=[person])
    everything = [item.event.pk for item in news_for(member, limit=10)]
    first = [item.event.pk for item in news_for(member, limit=2)]
    rest = [item.event.pk for item in news_for(member, before=first[-1], limit=10)]
    assert everything == first + rest == sorted(everything, reverse=True)
    assert [item.event.pk for item in news_for(member, after=everything[2], limit=10)] == everything[:2]


def test_events_older_than_the_follow_are_left_out():
    member, person = MemberFactory(), ResearcherFactory()
    follow(user=member, researcher=person)
    arrived(authors=[person])
    FeedEvent.objects.update(at=timezone.now() - timedelta(days=3))
    assert news_for(member, limit=5) == []
    followed_since(member, 4)
    assert len(news_for(member, limit=5)) == 1


def test_a_merged_record_brings_its_news_to_the_followers_of_the_other():
    member = MemberFactory()
    keep, absorb = ResearcherFactory.create_batch(2)
    follow(user=member, researcher=absorb)
    arrived(authors=[absorb])
    move_rows(Researcher, {absorb.pk: keep.pk})
    (item,) = news_for(member, limit=5)
    assert [reason.follow.researcher_id for reason in item.reasons] == [keep.pk]
