"""Trust follows what changes within one turn of the real pipeline, and a ring of accounts gains nothing by it.

Every test does what members, moderators or imports do and lets the pipeline derive what is pending: nobody writes a
`RecordChange` by hand here, so that a door that forgets to fails.
"""

import pytest

from bzpeer.accounts.domain import follow, unfollow
from bzpeer.accounts.models import Follow
from bzpeer.claims.domain import accept_claim, check_person, revoke_claim, start_claim, submit_claim, withdraw_claim
from bzpeer.claims.models import Claim, ClaimEvidence
from bzpeer.claims.vouching import vouch_as_institution
from bzpeer.curation.assertions import confirm_authorship, correct_affiliation, deny_affiliation, deny_authorship, withdraw
from bzpeer.curation.deciding import accept
from bzpeer.curation.domain import propose_merge
from bzpeer.curation.queries import works_confirmed_by_owner
from bzpeer.pipeline import derive_all_pending, is_anything_pending, rebuild_everything
from researchers.models import Affiliation, Institution, Researcher, TrustSnapshot
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory, WorkFactory
from works.models import RecordChange

pytestmark = pytest.mark.django_db

REASON = "These papers are mine; I wrote them in Tokyo between 2018 and 2022."


@pytest.fixture
def staff():
    return MemberFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def ada():
    person = ResearcherFactory(display_name="Ada Byron")
    for number in (1, 2):
        WorkFactory(title=f"On engines {number}", doi=f"10.1/{number}", authors=[person])
    rebuild_everything()
    return person


def claimed(person: Researcher, staff, owner=None) -> Claim:
    claim = submit_claim(user=owner or MemberFactory(), researcher=person, reason=REASON)
    accept_claim(claim, by=staff)
    return Claim.objects.get(pk=claim.pk)


def prove(claim: Claim) -> None:
    """Leave the evidence as a confirmed ORCID login does, and decide anew."""
    ClaimEvidence.objects.create(
        claim=claim, kind="orcid", state="proved", proved_at="2026-01-01T00:00:00Z", is_enough=True, value="0000-0002-1825-0097"
    )


def points(person: Researcher) -> dict[str, int]:
    """Derive what is pending; return the points that are not 0."""
    derive_all_pending()
    newest = TrustSnapshot.objects.filter(researcher=person).order_by("-computed_at", "-pk").first()
    assert newest
    person.refresh_from_db()
    assert person.trust_score == newest.score
    return {part["key"]: part["points"] for part in newest.components if part["points"]}


def test_a_claim_accepted_and_given_back(ada, staff):
    assert points(ada) == {"level": 8, "identified_works": 2}
    claim = claimed(ada, staff)
    assert points(ada) == {"level": 16, "identified_works": 2, "no_open_dispute": 5}
    withdraw_claim(claim, by=claim.user)
    assert points(ada) == {"level": 8, "identified_works": 2}


def test_a_claim_revoked(ada, staff):
    revoke_claim(claimed(ada, staff), by=MemberFactory(is_staff=True), note="Wrong person.")
    assert points(ada) == {"level": 8, "identified_works": 2}


def test_a_claim_proved_vouched_for_and_checked(ada, staff):
    claim = claimed(ada, staff)
    prove(claim)
    check_person(claim, by=staff, is_checked=True)
    assert points(ada)["level"] == 45
    check_person(claim, by=staff, is_checked=False)
    assert points(ada)["level"] == 32
    confirm_authorship(by=claim.user, researcher=ada, authorship=ada.authorships.first())
    vouch_as_institution(claim, by=staff, institution=None, note="The dean, by telephone.")
    assert points(ada)["level"] == 40


def test_a_dispute_begun_and_ended(ada, staff):
    claimed(ada, staff)
    rival = submit_claim(user=MemberFactory(), researcher=ada, reason=REASON)
    assert "no_open_dispute" not in points(ada)
    withdraw_claim(rival, by=rival.user)
    assert points(ada)["no_open_dispute"] == 5


def test_a_claim_only_started_disputes_nothing(ada, staff):
    claimed(ada, staff)
    start_claim(user=MemberFactory(), researcher=ada)
    assert points(ada)["no_open_dispute"] == 5


def test_a_work_confirmed_and_taken_back(ada, staff):
    owner = MemberFactory()
    claimed(ada, staff, owner)
    said = confirm_authorship(by=owner, researcher=ada, authorship=ada.authorships.first())
    assert points(ada)["confirmed_works"] == 1
    assert works_confirmed_by_owner(ada.pk).count() == 1
    withdraw(by=owner, assertion=said)
    assert "confirmed_works" not in points(ada)


def test_a_work_confirmed_by_staff_or_by_a_former_owner_is_no_owners_word(ada, staff):
    owner = MemberFactory()
    claim = claimed(ada, staff, owner)
    first, second = ada.authorships.order_by("pk")
    confirm_authorship(by=staff, researcher=ada, authorship=first)
    assert "confirmed_works" not in points(ada)
    confirm_authorship(by=owner, researcher=ada, authorship=second)
    assert points(ada)["confirmed_works"] == 1
    withdraw_claim(claim, by=owner)
    claimed(ada, staff)
    assert "confirmed_works" not in points(ada)
    assert not works_confirmed_by_owner(ada.pk).exists()


def test_a_work_that_is_not_mine_takes_its_point_along(ada, staff):
    owner = MemberFactory()
    claimed(ada, staff, owner)
    deny_authorship(by=owner, researcher=ada, authorship=ada.authorships.first())
    assert points(ada)["identified_works"] == 1


def test_a_follower_counts_once_proved_and_no_longer(ada, staff):
    follower, own = MemberFactory(), ResearcherFactory(display_name="Charles Babbage")
    follow(user=follower, researcher=ada)
    claim = claimed(own, staff, follower)
    assert "proved_followers" not in points(ada)
    prove(claim)
    check_person(claim, by=staff, is_checked=True)
    assert points(ada)["proved_followers"] == 1
    check_person(claim, by=staff, is_checked=False)
    assert points(ada)["proved_followers"] == 1  # L3 by the proof
    unfollow(user=follower, researcher=ada)
    assert "proved_followers" not in points(ada)


def test_ones_own_word_for_an_affiliation_counts_nothing_and_a_denied_one_goes(ada, staff):
    owner = MemberFactory()
    claimed(ada, staff, owner)
    correct_affiliation(by=owner, researcher=ada, institution=InstitutionFactory(), years=[2020])
    assert "affiliation" not in points(ada)
    AffiliationFactory(researcher=ada)
    RecordChange.objects.create(kind="researcher", record_id=ada.pk)  # as an import does
    assert points(ada)["affiliation"] == 3
    place = Institution.objects.get(pk=Affiliation.objects.get(evidence="author_record").institution_id)
    deny_affiliation(by=owner, researcher=ada, institution=place)
    assert "affiliation" not in points(ada)


def test_two_records_made_one(ada):
    twin = ResearcherFactory(display_name="A. Byron")
    WorkFactory(title="On looms", doi="10.1/3", authors=[twin])
    rebuild_everything()
    accept(propose_merge(one=ada, other=twin, grounds=[]), by=moderator())
    assert points(Researcher.objects.get(pk=min(ada.pk, twin.pk)))["identified_works"] == 3


def test_a_ring_of_fifty_accounts_raises_nobody(staff):
    """Fifty members with claims nobody proved: all follow each other, each confirms what they can."""
    ring = []
    for _ in range(50):
        person, member = ResearcherFactory(), MemberFactory(password=None)
        Claim.objects.create(user=member, researcher=person, state="accepted", decided_at="2026-01-01T00:00:00Z", reason=REASON)
        Researcher.objects.filter(pk=person.pk).update(is_claimed=True, verification_level=2)
        ring.append((person, member))
    rebuild_everything()
    before = dict(Researcher.objects.values_list("pk", "trust_score"))
    assert set(before.values()) == {16 + 5}
    for person, _ in ring[1:]:
        follow(user=ring[0][1], researcher=person)
    # 2,401 presses of a button take a minute: the others' follows are written as they leave them.
    pairs = [(member, person) for _, member in ring[1:] for person, other in ring if other != member]
    Follow.objects.bulk_create(Follow(user=member, researcher=person) for member, person in pairs)
    RecordChange.objects.bulk_create(RecordChange(kind="researcher", record_id=person.pk) for _, person in pairs)
    derive_all_pending()
    assert not is_anything_pending()
    assert dict(Researcher.objects.values_list("pk", "trust_score")) == before
    assert set(Researcher.objects.values_list("followers_count", flat=True)) == {49}
    assert set(Researcher.objects.values_list("verification_level", flat=True)) == {2}
