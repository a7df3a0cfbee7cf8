"""Following: idempotent, counted exactly, also under a storm."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bzpeer.accounts.domain import (
    FollowRefused,
    follow,
    recount_followers,
    recount_followers_of_institutions,
    recount_followers_of_sources,
    recount_followers_of_topics,
    recount_followers_of_works,
    save_search,
    unfollow,
)
from bzpeer.accounts.models import Follow, SavedSearch
from bzpeer.claims.models import Claim
from bzpeer.claims.trust import refresh_trust
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.factories.records import InstitutionFactory, ResearcherFactory, SourceFactory, TopicFactory, WorkFactory
from works.queries import works_arrived

pytestmark = pytest.mark.django_db


def test_following_twice_counts_once():
    member, researcher = MemberFactory(), ResearcherFactory()
    assert [follow(user=member, researcher=researcher) for _ in range(2)] == [True, False]
    researcher.refresh_from_db()
    assert researcher.followers_count == 1


def test_unfollowing_twice_undoes_once():
    member, researcher = MemberFactory(), ResearcherFactory()
    follow(user=MemberFactory(), researcher=researcher)
    follow(user=member, researcher=researcher)
    assert [unfollow(user=member, researcher=researcher) for _ in range(2)] == [True, False]
    researcher.refresh_from_db()
    assert researcher.followers_count == 1


def test_a_recount_mends_a_wrong_count_and_only_that():
    right, wrong = ResearcherFactory(), ResearcherFactory(followers_count=9)
    follow(user=MemberFactory(), researcher=right)
    assert recount_followers() == 1
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.followers_count, right.followers_count) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_storm_of_follows_leaves_the_count_equal_to_the_rows():
    researcher = ResearcherFactory()
    members = [MemberFactory() for _ in range(8)]
    barrier = threading.Barrier(len(members))

    def toggle(member):
        barrier.wait()
        try:
            for step in (follow, unfollow, follow, follow):
                step(user=member, researcher=researcher)
        finally:
            connection.close()

    threads = [threading.Thread(target=toggle, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    researcher.refresh_from_db()
    assert researcher.followers_count == Follow.objects.filter(researcher=researcher).count() == 8


# --- every kind of record -------------------------------------------------------------------------------


FACTORIES = {
    "researcher": ResearcherFactory, "topic": TopicFactory, "institution": InstitutionFactory, "source": SourceFactory, "work": WorkFactory,
}  # fmt: skip


@pytest.mark.parametrize("kind", FACTORIES)
def test_every_kind_is_followed_once_counted_and_let_go(kind):
    record = FACTORIES[kind]()
    one, two = MemberFactory.create_batch(2)
    assert [follow(user=user, **{kind: record}) for user in (one, two, one)] == [True, True, False]
    record.refresh_from_db()
    assert record.followers_count == 2
    assert [unfollow(user=one, **{kind: record}) for _ in range(2)] == [True, False]
    record.refresh_from_db()
    assert record.followers_count == 1


@pytest.mark.parametrize(
    "recount",
    [
        recount_followers,
        recount_followers_of_topics,
        recount_followers_of_institutions,
        recount_followers_of_sources,
        recount_followers_of_works,
    ],
)
def test_a_recount_of_any_kind_mends_what_is_wrong(recount):
    kind = {"followers": "researcher", "topics": "topic", "institutions": "institution", "sources": "source", "works": "work"}[
        recount.__name__.rsplit("_", 1)[1]
    ]
    right, wrong = FACTORIES[kind](), FACTORIES[kind](followers_count=9)
    follow(user=MemberFactory(), **{kind: right})
    assert [recount([right.pk]), recount(), recount([])] == [0, 1, 0]
    right.refresh_from_db()
    wrong.refresh_from_db()
    assert (right.followers_count, wrong.followers_count) == (1, 0)


@pytest.mark.parametrize(
    "columns", [{}, {"topic": True, "work": True}, {"researcher": True, "institution": True}], ids=["nothing", "two things", "two others"]
)
def test_the_database_refuses_a_follow_of_anything_but_one_thing(columns):
    with pytest.raises(IntegrityError, match="follow_of_one_thing"), transaction.atomic():
        Follow.objects.create(user=MemberFactory(), **{kind: FACTORIES[kind]() for kind in columns})


@pytest.mark.parametrize("kind", FACTORIES)
def test_the_database_refuses_a_second_follow_of_the_same_thing(kind):
    member, record = MemberFactory(), FACTORIES[kind]()
    Follow.objects.create(user=member, **{kind: record})
    with pytest.raises(IntegrityError, match=f"follow_{kind}_once"), transaction.atomic():
        Follow.objects.create(user=member, **{kind: record})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["topic", "institution", "work"])
def test_a_storm_on_any_kind_leaves_the_count_equal_to_the_rows(kind):
    record = FACTORIES[kind]()
    members = [MemberFactory() for _ in range(6)]
    at_once(members, lambda member: [step(user=member, **{kind: record}) for step in (follow, unfollow, follow, follow, unfollow, follow)])
    record.refresh_from_db()
    assert record.followers_count == Follow.objects.filter(**{kind: record}).count() == 6


# --- limits (43) ----------------------------------------------------------------------------------------


def test_a_new_account_follows_so_many_a_day_and_goes_on_the_next(monkeypatch):
    monkeypatch.setattr("bzpeer.accounts.domain.MOST_FOLLOWS_OF_NEW_ACCOUNT", 3)
    member, records = MemberFactory(), TopicFactory.create_batch(5)
    for record in records[:3]:
        follow(user=member, topic=record)
    with pytest.raises(FollowRefused, match="less than 7 days"):
        follow(user=member, topic=records[3])
    assert follow(user=member, topic=records[0]) is False  # known already: nothing to refuse
    Follow.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert follow(user=member, topic=records[3])
    records[4].refresh_from_db()
    assert records[4].followers_count == 0


def test_nobody_follows_more_than_there_can_be(monkeypatch):
    monkeypatch.setattr("bzpeer.accounts.domain.MOST_FOLLOWS", 2)
    member, records = MemberFactory(date_joined=timezone.now() - timedelta(days=30)), ResearcherFactory.create_batch(3)
    for record in records[:2]:
        follow(user=member, researcher=record)
    with pytest.raises(FollowRefused, match="the most there can be"):
        follow(user=member, researcher=records[2])
    unfollow(user=member, researcher=records[0])
    assert follow(user=member, researcher=records[2])


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_requests_at_once(monkeypatch):
    monkeypatch.setattr("bzpeer.accounts.domain.MOST_FOLLOWS_OF_NEW_ACCOUNT", 3)
    member, records = MemberFactory(), TopicFactory.create_batch(8)

    def attempt(record):
        with suppress(FollowRefused):
            follow(user=member, topic=record)

    at_once(records, attempt)
    assert Follow.objects.filter(user=member).count() == 3


def test_a_search_is_saved_under_its_words_named_and_forgotten_with_its_follow():
    member = MemberFactory()
    first = save_search(user=member, text="  Entropy   Production ", name="Heat")
    again = save_search(user=member, text="ENTROPY production", name="Entropy")
    assert (first.pk, again.name, again.words) == (again.pk, "Entropy", "'entropy':* & 'production':*")
    assert Follow.objects.filter(user=member, search=first).count() == 1
    unfollow(user=member, search=first)
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "\x00", "!!!", "' | !", "$ & |"])
def test_a_search_without_words_cannot_be_followed(text):
    with pytest.raises(FollowRefused, match="Type what you look for"):
        save_search(user=MemberFactory(), text=text)


@pytest.mark.parametrize("text", ["a' | 'b", "x:*)&(", "quo'te \\ back", "é" * 500, "a " * 400, "it's"])
def test_hostile_words_of_a_search_are_words(text):
    member = MemberFactory()
    found = save_search(user=member, text=text, name="\x00<b>")
    assert found.name == "<b>"
    assert list(works_arrived(found.text)) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsquery('simple', %s)::text", [found.words])
        assert cursor.fetchone()[0]


def test_searches_have_a_limit(monkeypatch):
    monkeypatch.setattr("bzpeer.accounts.domain.MOST_SEARCHES", 1)
    member = MemberFactory()
    save_search(user=member, text="one")
    with pytest.raises(FollowRefused, match="You follow 1 searches"):
        save_search(user=member, text="two")
    save_search(user=member, text="One", name="Still the same")


def test_a_ring_of_fifty_accounts_raises_nobodys_trust():
    """Each claims a record at L2 and follows all the others: no follower at L3 or higher, no point."""
    staff = MemberFactory(is_staff=True)
    records, members = ResearcherFactory.create_batch(50), MemberFactory.create_batch(50)
    for member, record in zip(members, records, strict=True):
        Claim.objects.create(user=member, researcher=record, reason="mine", state="accepted", decided_at=timezone.now(), decided_by=staff)
    Researcher.objects.update(is_claimed=True, verification_level=2)
    keys = [record.pk for record in records]
    refresh_trust(keys, at=timezone.now())
    before = list(Researcher.objects.order_by("pk").values_list("trust_score", flat=True))
    Follow.objects.bulk_create(Follow(user=m, researcher=r) for i, m in enumerate(members) for j, r in enumerate(records) if i != j)
    refresh_trust(keys, at=timezone.now())
    assert list(Researcher.objects.order_by("pk").values_list("trust_score", flat=True)) == before
    Researcher.objects.filter(pk=keys[0]).update(verification_level=3)  # one of them proves who they are: one point, for those they follow
    refresh_trust(keys[1:], at=timezone.now())
    assert list(Researcher.objects.order_by("pk").values_list("trust_score", flat=True))[1:] == [score + 1 for score in before[1:]]


def at_once(items, call):
    """Call `call` with every item in a thread of its own, all at the same moment."""
    barrier = threading.Barrier(len(items))

    def run(item):
        barrier.wait()
        try:
            call(item)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
