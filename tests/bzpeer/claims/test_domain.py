"""Claims: every step of their life, who may take it, and what races leave behind."""

import threading

import pytest
from django.db import connection

from bzpeer.claims.domain import ClaimRefused, accept_claim, reject_claim, revoke_claim, submit_claim, withdraw_claim
from bzpeer.claims.models import Claim
from researchers.models import VerificationLevel
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory
from works.models import RecordChange

REASON = "I wrote these papers at the institute named on them."

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return MemberFactory(is_staff=True)


@pytest.fixture
def submitted():
    return submit_claim(user=MemberFactory(), researcher=ResearcherFactory(openalex_id="A100"), reason=REASON)


def test_a_submitted_claim_waits_for_review(submitted):
    assert (submitted.state, submitted.reason, submitted.decided_at) == (Claim.State.REVIEW, REASON, None)
    submitted.researcher.refresh_from_db()
    assert not submitted.researcher.is_claimed


def test_a_member_with_an_unconfirmed_address_cannot_claim():
    with pytest.raises(ClaimRefused, match="Confirm your e-mail address"):
        submit_claim(user=MemberFactory(confirmed=False), researcher=ResearcherFactory(), reason=REASON)


def test_a_reason_of_a_few_letters_is_refused():
    with pytest.raises(ClaimRefused, match="20 to"):
        submit_claim(user=MemberFactory(), researcher=ResearcherFactory(), reason="it is me       ")


def test_the_same_member_cannot_claim_a_record_twice(submitted):
    with pytest.raises(ClaimRefused, match="already"):
        submit_claim(user=submitted.user, researcher=submitted.researcher, reason=REASON)


def test_accepting_claims_the_record_at_l2_and_marks_it_for_trust(submitted, moderator):
    RecordChange.objects.all().delete()
    accept_claim(submitted, by=moderator)
    submitted.refresh_from_db()
    researcher = submitted.researcher
    researcher.refresh_from_db()
    assert (submitted.state, submitted.decided_by) == (Claim.State.ACCEPTED, moderator)
    assert (researcher.is_claimed, researcher.verification_level) == (True, VerificationLevel.CLAIMED)
    assert list(RecordChange.objects.values_list("kind", "record_id")) == [("researcher", researcher.pk)]


def test_a_second_claim_to_a_claimed_record_cannot_be_accepted(submitted, moderator):
    rival = submit_claim(user=MemberFactory(), researcher=submitted.researcher, reason=REASON)
    accept_claim(submitted, by=moderator)
    with pytest.raises(ClaimRefused, match="revoke that one first"):
        accept_claim(rival, by=moderator)
    rival.refresh_from_db()
    assert rival.state == Claim.State.REVIEW


def test_revoking_unclaims_the_record_and_returns_it_to_l1(submitted, moderator):
    accept_claim(submitted, by=moderator)
    revoke_claim(submitted, by=moderator, note="The papers are a namesake's.")
    submitted.researcher.refresh_from_db()
    assert (submitted.researcher.is_claimed, submitted.researcher.verification_level) == (False, VerificationLevel.RECORD)


def test_an_assembled_record_returns_to_l0_when_its_claim_is_revoked(moderator):
    assembled = ResearcherFactory(openalex_id=None, assembled=True, verification_level=0)
    claim = submit_claim(user=MemberFactory(), researcher=assembled, reason=REASON)
    accept_claim(claim, by=moderator)
    revoke_claim(claim, by=moderator, note="The papers are a namesake's.")
    assembled.refresh_from_db()
    assert assembled.verification_level == VerificationLevel.BYLINE


@pytest.mark.parametrize("decide", [accept_claim, reject_claim])
def test_a_moderator_cannot_decide_their_own_claim(decide):
    staff = MemberFactory(is_staff=True)
    own = submit_claim(user=staff, researcher=ResearcherFactory(), reason=REASON)
    with pytest.raises(ClaimRefused, match="your own claim"):
        decide(own, by=staff, note="because")


def test_rejecting_needs_a_note_for_the_applicant(submitted, moderator):
    with pytest.raises(ClaimRefused, match="why"):
        reject_claim(submitted, by=moderator, note="  ")


def test_only_the_applicant_can_withdraw(submitted, moderator):
    with pytest.raises(ClaimRefused, match="Only the person"):
        withdraw_claim(submitted, by=moderator)
    assert withdraw_claim(submitted, by=submitted.user).state == Claim.State.WITHDRAWN


def test_a_withdrawn_claim_cannot_be_accepted(submitted, moderator):
    withdraw_claim(submitted, by=submitted.user)
    with pytest.raises(ClaimRefused, match="withdrawn already"):
        accept_claim(submitted, by=moderator)


def test_every_step_leaves_an_audit_row(submitted, moderator):
    accept_claim(submitted, by=moderator)
    revoke_claim(submitted, by=moderator, note="The papers are a namesake's.")
    states = Claim.pgh_event_model.objects.filter(pgh_obj_id=submitted.pk).order_by("pgh_id").values_list("state", flat=True)
    assert list(states) == ["started", "review", "accepted", "revoked"]


@pytest.mark.django_db(transaction=True)
def test_two_moderators_accepting_rival_claims_at_once_leave_one_accepted():
    researcher = ResearcherFactory(openalex_id="A7")
    rivals = [submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON) for _ in range(6)]
    moderators = [MemberFactory(is_staff=True) for _ in rivals]
    barrier = threading.Barrier(len(rivals))
    outcomes: list[str] = []

    def accept(claim, moderator):
        barrier.wait()
        try:
            accept_claim(claim, by=moderator)
            outcomes.append("accepted")
        except ClaimRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=pair) for pair in zip(rivals, moderators, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["accepted"] + ["refused"] * 5
    assert Claim.objects.filter(researcher=researcher, state=Claim.State.ACCEPTED).count() == 1
