"""Claims: every step of their life, who may take it, and what races leave behind."""

import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bzpeer.claims.domain import (
    ClaimRefused,
    accept_claim,
    reject_claim,
    revoke_claim,
    start_claim,
    submit_claim,
    take_over_proofs,
    withdraw_claim,
)
from bzpeer.claims.levels import settle_level
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence, OwnerProfile
from bzpeer.claims.queries import may_edit_record, owner_profile
from researchers.domain import ClaimedRecord, merge_researchers
from researchers.models import Researcher, VerificationLevel
from tests.factories.claiming import owned
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


# --- disputes, ends, races --------------------------------------------------------------------------


def at_once(*steps):
    """Run each step in a thread of its own, all from the same moment; return what came of each."""
    barrier, outcomes = threading.Barrier(len(steps)), {}

    def run(number, step):
        barrier.wait()
        try:
            step()
            outcomes[number] = "done"
        except ClaimRefused:
            outcomes[number] = "refused"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [outcomes.get(number, "lost") for number in range(len(steps))]


@pytest.mark.django_db(transaction=True)
def test_approving_and_withdrawing_at_once_leave_a_state_both_can_live_with():
    claims = [submit_claim(user=MemberFactory(), researcher=ResearcherFactory(), reason=REASON) for _ in range(6)]
    moderator = MemberFactory(is_staff=True)
    for claim in claims:
        at_once(lambda claim=claim: accept_claim(claim, by=moderator), lambda claim=claim: withdraw_claim(claim, by=claim.user))
        claim.refresh_from_db()
        claim.researcher.refresh_from_db()
        assert claim.state == Claim.State.WITHDRAWN
        assert not claim.researcher.is_claimed


@pytest.mark.django_db(transaction=True)
def test_starting_a_claim_many_times_at_once_makes_one():
    user, researcher = MemberFactory(), ResearcherFactory()
    assert at_once(*[lambda: start_claim(user=user, researcher=researcher)] * 12) == ["done"] * 12
    assert Claim.objects.get().state == Claim.State.STARTED


@pytest.mark.django_db(transaction=True)
def test_two_moderators_deciding_one_claim_differently_at_once_decide_it_once():
    one, two = MemberFactory.create_batch(2, is_staff=True)
    claim = submit_claim(user=MemberFactory(), researcher=ResearcherFactory(), reason=REASON)
    came = at_once(lambda: accept_claim(claim, by=one), lambda: reject_claim(claim, by=two, note="No."))
    assert sorted(came) == ["done", "refused"]
    assert claim.user.notifications.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_record_is_merged_ends_with_the_kept_record_claimed_or_the_merge_refused():
    for _ in range(4):
        keep, absorb = ResearcherFactory.create_batch(2)
        claim = submit_claim(user=MemberFactory(), researcher=absorb, reason=REASON)
        moderator = MemberFactory(is_staff=True)

        def merge(keep=keep, absorb=absorb):
            with transaction.atomic():
                list(Researcher.objects.select_for_update(no_key=True).filter(pk__in=[keep.pk, absorb.pk]).order_by("pk"))
                with suppress(ClaimedRecord):
                    merge_researchers(keep=keep.pk, absorb=absorb.pk)

        assert at_once(lambda claim=claim, by=moderator: accept_claim(claim, by=by), merge) == ["done", "done"]
        claim.refresh_from_db()
        claim.researcher.refresh_from_db()
        assert (claim.state, claim.researcher.is_claimed) == (Claim.State.ACCEPTED, True)


def test_claims_follow_their_record_into_a_merge_and_a_second_one_of_the_same_member_goes():
    keep, absorb = ResearcherFactory.create_batch(2)
    both, one = MemberFactory.create_batch(2)
    kept = submit_claim(user=both, researcher=keep, reason=REASON)
    submit_claim(user=both, researcher=absorb, reason=REASON)
    moved = submit_claim(user=one, researcher=absorb, reason=REASON)
    merge_researchers(keep=keep.pk, absorb=absorb.pk)
    assert list(Claim.objects.order_by("pk").values_list("pk", "researcher")) == [(kept.pk, keep.pk), (moved.pk, keep.pk)]


def test_a_claim_on_a_claimed_record_tells_its_owner_and_marks_the_record_for_trust(submitted, moderator):
    accept_claim(submitted, by=moderator)
    RecordChange.objects.all().delete()
    rival = submit_claim(user=MemberFactory(), researcher=submitted.researcher, reason=REASON)
    notice = submitted.user.notifications.get(kind="dispute")
    assert (notice.url, str(rival.user) in notice.text) == (f"/claims/{submitted.pk}/", False)
    assert RecordChange.objects.filter(kind="researcher", record_id=submitted.researcher_id).exists()


def test_deciding_for_the_challenger_revokes_the_owner_in_the_same_step(submitted, moderator):
    accept_claim(submitted, by=moderator)
    rival = submit_claim(user=MemberFactory(), researcher=submitted.researcher, reason=REASON)
    accept_claim(rival, by=moderator, note="Theirs.", over_owner=True)
    states = Claim.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["revoked", "accepted"]
    submitted.researcher.refresh_from_db()
    assert submitted.researcher.is_claimed


@pytest.mark.parametrize("end", ["withdraw", "revoke", "ban", "erase"])
def test_when_a_claim_ends_everything_that_hung_on_it_ends(moderator, end):
    researcher = ResearcherFactory()
    claim, friend = owned(researcher, proved=True), MemberFactory()
    ClaimDelegate.objects.create(claim=claim, address=friend.email, user=friend, state="accepted")
    OwnerProfile.objects.create(researcher=researcher, open_to_collaborate=True, updated_by=claim.user)
    ClaimEvidence.objects.create(claim=claim, kind="page", value="https://example.org", state="pending", due_at=timezone.now())
    assert may_edit_record(friend, researcher.pk)
    match end:
        case "withdraw":
            withdraw_claim(claim, by=claim.user)
        case "revoke":
            revoke_claim(claim, by=moderator, note="A namesake.")
        case "ban":
            claim.user.is_active = False
            claim.user.save()
        case _:
            claim.user.delete()
    researcher.refresh_from_db()
    assert (researcher.is_claimed, researcher.verification_level) == (False, VerificationLevel.RECORD)
    assert not may_edit_record(friend, researcher.pk)
    assert not ClaimDelegate.objects.exclude(state="ended").exists()
    assert owner_profile(researcher.pk) is None
    assert not OwnerProfile.objects.filter(open_to_collaborate=True).exists()
    assert not ClaimEvidence.objects.filter(state="pending").exists()
    assert RecordChange.objects.filter(kind="researcher", record_id=researcher.pk).exists()


def test_what_a_former_owner_said_is_not_the_next_owners_word(moderator):
    first = owned()
    OwnerProfile.objects.create(researcher=first.researcher, open_for="Reviews", updated_by=first.user)
    withdraw_claim(first, by=first.user)
    accept_claim(submit_claim(user=MemberFactory(), researcher=first.researcher, reason=REASON), by=moderator)
    assert owner_profile(first.researcher_id) is None


def test_a_proof_goes_with_a_record_into_the_other_one_of_the_same_owner():
    user = MemberFactory()
    older, newer = owned(user=user), owned(user=user, proved=True)
    assert take_over_proofs(old=newer, new=older) == 1
    settle_level(older.researcher_id)
    older.researcher.refresh_from_db()
    assert older.researcher.verification_level == VerificationLevel.PROVED
    assert take_over_proofs(old=newer, new=older) == 0


def test_after_three_failed_claims_a_member_waits(moderator):
    user, researcher = MemberFactory(), ResearcherFactory()
    for _ in range(3):
        reject_claim(submit_claim(user=user, researcher=researcher, reason=REASON), by=moderator, note="No.")
    with pytest.raises(ClaimRefused, match="try again on"):
        start_claim(user=user, researcher=researcher)


def test_a_member_has_ten_claims_waiting_at_most():
    user = MemberFactory()
    for researcher in ResearcherFactory.create_batch(10):
        start_claim(user=user, researcher=researcher)
    with pytest.raises(ClaimRefused, match="10 of your claims"):
        start_claim(user=user, researcher=ResearcherFactory())


def test_a_moderator_who_claims_a_record_does_not_decide_on_others_who_do(moderator):
    researcher = ResearcherFactory()
    start_claim(user=moderator, researcher=researcher)
    rival = submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON)
    with pytest.raises(ClaimRefused, match="yourself"):
        reject_claim(rival, by=moderator, note="No.")
