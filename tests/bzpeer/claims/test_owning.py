"""What owners say about themselves: limits, versions, who may, races."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from bzpeer.claims.domain import revoke_claim
from bzpeer.claims.models import Claim, ClaimDelegate, Highlight, HighlightEvent, OwnerProfile, OwnerProfileEvent  # type: ignore[attr-defined]  # made by pghistory
from bzpeer.claims.owning import (
    ChangedMeanwhile,
    ProfileRefused,
    add_highlight,
    chosen_works,
    move_highlight,
    order_highlights,
    remove_highlight,
    say_interests,
    say_links,
    say_openness,
)
from bzpeer.claims.queries import owner_profile
from researchers.domain import mark_verified
from researchers.models import Researcher, VerificationLevel
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory
from works.models import Authorship

pytestmark = pytest.mark.django_db


def owned(person: Researcher, owner) -> Claim:
    claim = Claim.objects.create(user=owner, researcher=person, state="accepted", decided_at="2026-01-01T00:00:00Z", reason="x")
    mark_verified(person, level=VerificationLevel.CLAIMED, is_claimed=True)
    return claim


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def ada(owner):
    person = ResearcherFactory(display_name="Ada Byron")
    owned(person, owner)
    return person


@pytest.fixture
def works(ada):
    return [WorkFactory(title=f"On engines {number}", authors=[ada]).pk for number in range(6)]


def version(ada) -> int:
    found = OwnerProfile.objects.filter(researcher=ada).first()
    return found.version if found else 0


def choose(ada, owner, *keys):
    for key in keys:
        add_highlight(by=owner, researcher=ada, seen=version(ada), work_id=key)


def test_what_is_said_is_kept_cleaned_and_audited(ada, owner):
    say_interests(by=owner, researcher=ada, seen=0, interests=["  Difference\t engines ", "", "Difference engines", "Poetry"])
    say_links(by=owner, researcher=ada, seen=1, links=[("Home", "https://Example.org"), ("", " ")])
    profile = say_openness(by=owner, researcher=ada, seen=2, is_open=True, open_for=" Weaving.\r\nAnd looms. ")
    profile.refresh_from_db()
    assert (profile.interests, profile.links, profile.open_to_collaborate, profile.open_for, profile.version, profile.updated_by) == (
        ["Difference engines", "Poetry"], [{"label": "Home", "url": "https://example.org/"}], True, "Weaving.\nAnd looms.", 3, owner,
    )  # fmt: skip
    assert OwnerProfileEvent.objects.filter(pgh_obj=profile).count() == 4


@pytest.mark.parametrize(
    ("say", "values"),
    [
        (say_interests, {"interests": [str(number) for number in range(13)]}),
        (say_interests, {"interests": ["x" * 81]}),
        (say_interests, {"interests": ["a\u202eb"]}),
        (say_links, {"links": [("", f"https://example.org/{number}") for number in range(9)]}),
        (say_links, {"links": [("", "javascript:alert(1)")]}),
        (say_openness, {"is_open": True, "open_for": "x" * 501}),
        (say_openness, {"is_open": True, "open_for": "a\x00b"}),
    ],
)
def test_what_is_too_much_or_hostile_is_refused_and_changes_nothing(ada, owner, say, values):
    with pytest.raises(ProfileRefused):
        say(by=owner, researcher=ada, seen=0, **values)
    assert not OwnerProfile.objects.exists()


def test_a_page_opened_before_another_change_is_refused(ada, owner):
    say_interests(by=owner, researcher=ada, seen=0, interests=["One"])
    with pytest.raises(ChangedMeanwhile):
        say_interests(by=owner, researcher=ada, seen=0, interests=["Two"])
    assert owner_profile(ada.pk).interests == ["One"]


def test_strangers_and_former_owners_say_nothing(ada, owner):
    with pytest.raises(ProfileRefused):
        say_interests(by=MemberFactory(is_staff=True), researcher=ada, seen=0, interests=["One"])
    revoke_claim(Claim.objects.get(), by=MemberFactory(is_staff=True), note="Wrong person.")
    with pytest.raises(ProfileRefused):
        say_interests(by=owner, researcher=ada, seen=0, interests=["One"])


def test_a_delegate_edits_but_does_not_open_the_door(ada, owner):
    helper = MemberFactory()
    ClaimDelegate.objects.create(
        claim=Claim.objects.get(), address=helper.email, user=helper, state="accepted", accepted_at="2026-01-01T00:00:00Z"
    )
    say_interests(by=helper, researcher=ada, seen=0, interests=["One"])
    with pytest.raises(ProfileRefused, match="Only the owner"):
        say_openness(by=helper, researcher=ada, seen=1, is_open=True, open_for="")


def test_highlights_are_chosen_ordered_and_taken_away(ada, owner, works):
    choose(ada, owner, *works[:3])
    profile = OwnerProfile.objects.get()
    move_highlight(by=owner, researcher=ada, seen=3, work_id=works[2], steps=-1)
    assert chosen_works(profile) == [works[0], works[2], works[1]]
    move_highlight(by=owner, researcher=ada, seen=4, work_id=works[0], steps=-1)  # already first
    order_highlights(by=owner, researcher=ada, seen=5, work_ids=[works[1], works[2], works[0]])
    assert chosen_works(profile) == [works[1], works[2], works[0]]
    remove_highlight(by=owner, researcher=ada, seen=6, work_id=works[2])
    assert list(Highlight.objects.order_by("position").values_list("work_id", "position")) == [(works[1], 1), (works[0], 2)]
    assert HighlightEvent.objects.exists()


def test_a_sixth_a_repeated_and_a_foreign_work_are_refused(ada, owner, works):
    choose(ada, owner, *works[:4])
    for wrong, words in ((works[0], "already"), (WorkFactory().pk, "not on the record"), (10**9, "not on the record")):
        with pytest.raises(ProfileRefused, match=words):
            add_highlight(by=owner, researcher=ada, seen=4, work_id=wrong)
    choose(ada, owner, works[4])
    with pytest.raises(ProfileRefused, match="5 works"):
        add_highlight(by=owner, researcher=ada, seen=5, work_id=works[5])
    with pytest.raises(ChangedMeanwhile):
        order_highlights(by=owner, researcher=ada, seen=5, work_ids=works[:4])


@pytest.mark.parametrize("position", [0, 6])
def test_the_database_allows_five_positions(ada, owner, works, position):
    profile = OwnerProfile.objects.create(researcher=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Highlight.objects.create(profile=profile, work_id=works[0], position=position)


def test_the_database_allows_one_work_per_position(ada, works):
    profile = OwnerProfile.objects.create(researcher=ada)
    Highlight.objects.create(profile=profile, work_id=works[0], position=1)
    Highlight.objects.create(profile=profile, work_id=works[1], position=1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at commit
    Highlight.objects.all().delete()


def test_a_work_that_left_the_record_makes_room(ada, owner, works):
    choose(ada, owner, *works[:5])
    Authorship.objects.filter(work=works[1]).delete()
    remove_highlight(by=owner, researcher=ada, seen=5, work_id=works[0])
    choose(ada, owner, works[5])
    assert chosen_works(OwnerProfile.objects.get()) == [works[2], works[3], works[4], works[5]]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_change_one_thing():
    owner, ada = MemberFactory(), ResearcherFactory()
    owned(ada, owner)
    OwnerProfile.objects.create(researcher=ada, updated_by=owner)
    barrier = threading.Barrier(2)

    def tab(word: str) -> str:
        try:
            barrier.wait(10)
            say_interests(by=owner, researcher=ada, seen=0, interests=[word])
        except ChangedMeanwhile:
            return "refused"
        finally:
            connection.close()
        return word

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(tab, ["One", "Two"]))
    assert sorted(said)[-1] == "refused"
    assert OwnerProfile.objects.get().interests == [min(said)]
    assert OwnerProfile.objects.get().version == 1
