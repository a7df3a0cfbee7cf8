"""What counts as news, and for whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer import pipeline
from bzpeer.accounts.domain import follow, save_search, unfollow
from bzpeer.claims.models import Claim
from bzpeer.feeds.models import FeedEvent, FeedReason
from bzpeer.feeds.noting import forget_old_news, note_news
from bzpeer.feeds.queries import news_for
from bzpeer.feeds.telling import in_a_sentence, reasons
from tests.bzpeer.feeds.news import arrived, followed_since, noted
from tests.factories.members import MemberFactory
from tests.factories.records import (
    AuthorshipFactory,
    InstitutionFactory,
    ReferenceFactory,
    ResearcherFactory,
    SourceFactory,
    TopicFactory,
    WorkFactory,
)
from works.models import AuthorshipInstitution, RecordChange, Work, WorkVersion

pytestmark = pytest.mark.django_db


def told(user):
    return [(item.event.kind, item.event.work_id, [reason.role for reason in item.reasons]) for item in news_for(user, limit=20)]


def test_a_new_work_concerns_followers_of_author_topic_institution_search_and_of_what_it_cites():
    person, topic, place, cited = ResearcherFactory(), TopicFactory(), InstitutionFactory(), WorkFactory(publication_year=2020)
    member = MemberFactory()
    for target in ({"researcher": person}, {"topic": topic}, {"institution": place}, {"work": cited}):
        follow(user=member, **target)
    save_search(user=member, text="Entropy prod")
    work = WorkFactory(title="On entropy production", authors=[person], topics=[topic], publication_date=timezone.now().date())
    AuthorshipInstitution.objects.create(authorship=work.authorships.get(), institution=place)
    ReferenceFactory(citing=work, cited=cited)
    noted(work)
    assert told(member) == [("work", work.pk, ["author", "topic", "institution", "cited", "search"])]


def test_a_new_work_in_a_followed_venue_is_told_with_the_venue_and_works_elsewhere_are_not():
    venue, member = SourceFactory(display_name="Journal of Noise"), MemberFactory()
    arrived(source=venue)  # before they followed
    follow(user=member, source=venue)
    followed_since(member, 1)
    work = arrived(source=venue)
    arrived(source=SourceFactory())
    arrived()
    assert told(member) == [("work", work.pk, ["source"])]
    (item,) = news_for(member, limit=20)
    assert in_a_sentence(item) == "Because it appeared in Journal of Noise, which you follow."
    assert reasons(item)[0].address == f"/sources/{venue.pk}/journal-of-noise/"
    unfollow(user=member, source=venue)
    assert told(member) == []


def test_noting_twice_and_shuffled_writes_each_event_and_reason_once():
    person, member = ResearcherFactory(), MemberFactory()
    follow(user=member, researcher=person)
    works = [arrived(authors=[person]) for _ in range(3)]
    assert noted(*works) == noted(*reversed(works)) == 0
    assert (FeedEvent.objects.count(), FeedReason.objects.count()) == (3, 3)


def test_what_was_here_before_the_follow_is_no_news():
    person, member = ResearcherFactory(), MemberFactory()
    early = WorkFactory(authors=[person], publication_date=timezone.now().date())
    follow(user=member, researcher=person)
    noted(early)
    assert told(member) == []


def test_a_follower_is_not_told_of_what_others_were_told_before_they_followed():
    person, first, second = ResearcherFactory(), MemberFactory(), MemberFactory()
    follow(user=first, researcher=person)
    work = arrived(authors=[person])
    follow(user=second, researcher=person)
    assert (told(first), told(second)) == ([("work", work.pk, ["author"])], [])


@pytest.mark.parametrize(
    ("published", "year", "is_news"),
    [(-179, None, True), (-181, None, False), (None, 0, True), (None, -1, False), (None, None, False), (20, 0, True)],
)
def test_old_works_brought_by_an_import_are_no_news(published, year, is_news):
    person, member, now = ResearcherFactory(), MemberFactory(), timezone.now()
    follow(user=member, researcher=person)
    arrived(
        authors=[person],
        publication_date=None if published is None else now.date() + timedelta(days=published),
        publication_year=None if year is None else now.year + year,
    )
    assert bool(told(member)) is is_news


def test_nothing_is_written_for_what_nobody_follows():
    arrived(authors=[ResearcherFactory()], topics=[TopicFactory()])
    assert not FeedEvent.objects.exists()


def test_a_byline_that_is_resolved_later_adds_its_reason_to_the_same_event():
    one, two, member = ResearcherFactory(), ResearcherFactory(), MemberFactory()
    follow(user=member, researcher=one)
    follow(user=member, researcher=two)
    work = arrived(authors=[one])
    AuthorshipFactory(work=work, position=2, researcher=two)
    noted(work)
    assert told(member) == [("work", work.pk, ["author", "author"])]


def test_a_new_version_is_told_to_followers_of_the_work_and_of_its_authors():
    person = ResearcherFactory()
    one, two, stranger = MemberFactory.create_batch(3)
    work = WorkFactory(authors=[person])
    Work.objects.filter(pk=work.pk).update(created_at=timezone.now() - timedelta(days=90))
    follow(user=one, work=work)
    follow(user=two, researcher=person)
    follow(user=stranger, researcher=ResearcherFactory())
    WorkVersion.objects.create(work=work, number=1, submitted_at=timezone.now() - timedelta(days=100))
    WorkVersion.objects.create(work=work, number=2, submitted_at=timezone.now() - timedelta(days=1))
    noted(work)
    assert [told(user) for user in (one, two, stranger)] == [
        [("version", work.pk, ["itself"])], [("version", work.pk, ["author"])], [],
    ]  # fmt: skip


def test_versions_a_work_arrived_with_are_no_news():
    member, work = MemberFactory(), WorkFactory()
    follow(user=member, work=work)
    WorkVersion.objects.create(work=work, number=2, submitted_at=timezone.now() - timedelta(days=1))
    assert noted(work) == 0


def test_a_retraction_is_told_once_and_taken_back_with_the_mark():
    member, work = MemberFactory(), WorkFactory()
    Work.objects.filter(pk=work.pk).update(created_at=timezone.now() - timedelta(days=90))
    follow(user=member, work=work)
    Work.objects.filter(pk=work.pk).update(is_retracted=True)
    assert [noted(work), noted(work)] == [1, 0]
    assert told(member) == [("retracted", work.pk, ["itself"])]
    Work.objects.filter(pk=work.pk).update(is_retracted=False)
    noted(work)
    assert told(member) == []


def test_a_work_that_arrives_retracted_is_not_a_retraction_of_today():
    person, member = ResearcherFactory(), MemberFactory()
    follow(user=member, researcher=person)
    arrived(authors=[person], publication_year=2001, publication_date="2001-01-01", is_retracted=True)
    assert told(member) == []
    assert FeedEvent.objects.filter(kind="retracted").count() == 1


def test_an_accepted_claim_is_told_and_goes_when_it_is_revoked():
    person, member, owner = ResearcherFactory(), MemberFactory(), MemberFactory()
    follow(user=member, researcher=person)
    claim = Claim.objects.create(
        user=owner, researcher=person, reason="mine", state="accepted", decided_at=timezone.now(), decided_by=member
    )
    note_news([], [person.pk], now=timezone.now())
    assert [item.event.kind for item in news_for(member, limit=5)] == ["claim"]
    Claim.objects.filter(pk=claim.pk).update(state="revoked")
    note_news([], [person.pk], now=timezone.now())
    assert news_for(member, limit=5) == []


def test_the_pipeline_notes_news_and_rebuilding_everything_adds_none():
    person, member = ResearcherFactory(), MemberFactory()
    follow(user=member, researcher=person)
    work = WorkFactory(authors=[person], publication_date=timezone.now().date())
    RecordChange.objects.create(kind="work", record_id=work.pk)
    pipeline.derive_all_pending()
    assert told(member) == [("work", work.pk, ["author"])]
    pipeline.rebuild_everything()
    assert told(member) == [("work", work.pk, ["author"])]


def test_old_news_is_forgotten_but_not_what_is_known_to_be_retracted():
    person, member = ResearcherFactory(), MemberFactory()
    follow(user=member, researcher=person)
    arrived(authors=[person])
    arrived(authors=[person], is_retracted=True)
    FeedEvent.objects.update(at=timezone.now() - timedelta(days=401))
    followed_since(member, 500)
    forget_old_news(now=timezone.now())
    assert list(FeedEvent.objects.values_list("kind", flat=True)) == ["retracted"]
    assert not FeedReason.objects.exists()
