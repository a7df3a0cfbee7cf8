"""Suggested collaborators of a member: who is left out, who comes first, what is kept."""

import pytest
from django.utils import timezone

from bzpeer.accounts.domain import block
from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.collaboration.domain import dismiss_suggestion, restore_suggestion
from bzpeer.collaboration.models import DismissedSuggestion
from bzpeer.collaboration.queries import dismissed_suggestions, suggested_collaborators
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, collaborate

pytestmark = pytest.mark.django_db


def owned_by(user: User, researcher: Researcher, *, is_open: bool = False) -> None:
    Claim.objects.create(user=user, researcher=researcher, state=Claim.State.ACCEPTED, reason="It is mine.", decided_at=timezone.now())
    Researcher.objects.filter(pk=researcher.pk).update(is_claimed=True, verification_level=2)
    OwnerProfile.objects.create(researcher=researcher, open_to_collaborate=is_open, open_for="data" if is_open else "")


@pytest.fixture
def circle() -> dict[str, Researcher]:
    """I work with Ann; Ann with Cora, Dan and Eve, each a little less."""
    people: dict[str, Researcher] = {name: ResearcherFactory(display_name=name) for name in ("Me", "Ann", "Cora", "Dan", "Eve")}
    for one, other in (("Me", "Ann"), ("Ann", "Cora"), ("Ann", "Dan"), ("Ann", "Eve")):
        collaborate(people[one], people[other])
    return people


@pytest.fixture
def me(circle) -> User:
    user = MemberFactory()
    owned_by(user, circle["Me"])
    return user


def names(user: User, researcher: Researcher) -> list[str]:
    return [one.suggestion.researcher.display_name for one in suggested_collaborators(user, researcher.pk)]


def test_those_open_to_collaborate_come_first_with_their_words(circle, me):
    assert names(me, circle["Me"]) == ["Cora", "Dan", "Eve"]
    owned_by(MemberFactory(), circle["Eve"], is_open=True)
    owned_by(MemberFactory(), circle["Dan"])
    assert [
        (one.suggestion.researcher.display_name, one.is_open, one.open_for) for one in suggested_collaborators(me, circle["Me"].pk)
    ] == [
        ("Eve", True, "data"),
        ("Cora", False, ""),
        ("Dan", False, ""),
    ]


def test_what_was_open_under_a_claim_that_fell_is_not_open(circle, me):
    owned_by(MemberFactory(), circle["Eve"], is_open=True)
    Claim.objects.filter(researcher=circle["Eve"]).update(state=Claim.State.REVOKED)
    assert names(me, circle["Me"]) == ["Cora", "Dan", "Eve"]


def test_a_dismissed_one_stays_away_until_restored(circle, me):
    for _ in range(2):
        dismiss_suggestion(user=me, researcher=circle["Cora"])
    assert names(me, circle["Me"]) == ["Dan", "Eve"]
    assert [row.researcher for row in dismissed_suggestions(me)] == [circle["Cora"]]
    assert names(MemberFactory(), circle["Me"]) == ["Cora", "Dan", "Eve"]
    restore_suggestion(user=me, researcher=circle["Cora"])
    assert names(me, circle["Me"]) == ["Cora", "Dan", "Eve"]
    assert not DismissedSuggestion.objects.exists()


@pytest.mark.parametrize("i_blocked", [True, False])
def test_nobody_is_suggested_where_one_blocked_the_other(circle, me, i_blocked: bool):
    other = MemberFactory()
    owned_by(other, circle["Dan"], is_open=True)
    block(user=me if i_blocked else other, other=other if i_blocked else me)
    assert names(me, circle["Me"]) == ["Cora", "Eve"]


def test_another_record_of_mine_is_not_suggested(circle, me):
    owned_by(me, circle["Eve"])
    assert names(me, circle["Me"]) == ["Cora", "Dan"]
