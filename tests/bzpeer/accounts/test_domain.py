"""Following: idempotent, counted exactly, also under a storm."""

import threading

import pytest
from django.db import connection

from bzpeer.accounts.domain import follow, recount_followers, unfollow
from bzpeer.accounts.models import Follow
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

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
