"""What can happen to a claim. Each step is one transaction; pghistory's triggers write its audit row in the same one.

review -> accepted -> revoked
       -> rejected
       -> withdrawn
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.queries import has_confirmed_address
from bzpeer.claims.models import Claim
from researchers.domain import mark_verified
from researchers.models import Researcher, VerificationLevel
from works.models import RecordChange

SHORTEST_REASON = 20
LONGEST_REASON = 4_000


class ClaimRefused(Exception):
    """The step is not possible now. The message is a plain sentence for the person who tried; repeating does not help."""


@transaction.atomic
def submit_claim(*, user: User, researcher: Researcher, reason: str) -> Claim:
    """Put a claim in review. Raises ClaimRefused with what to do instead."""
    reason = reason.strip()
    if not has_confirmed_address(user):
        raise ClaimRefused("Confirm your e-mail address first; the link is in the message we sent you.")
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ClaimRefused(f"Say in {SHORTEST_REASON} to {LONGEST_REASON} characters how the record is yours.")
    try:
        with transaction.atomic():
            return Claim.objects.create(user=user, researcher=researcher, reason=reason)
    except IntegrityError as error:
        raise ClaimRefused("You have claimed this record already; see your claims.") from error


def accept_claim(claim: Claim, *, by: User, note: str = "") -> Claim:
    """Accept a claim in review: the record becomes claimed and rises to L2.

    Raises ClaimRefused when it is no longer in review, when it is the moderator's own, or when another claim
    to the record is accepted (the partial unique index decides, also between two moderators at once).
    """
    try:
        with transaction.atomic():
            accepted = _decide(claim, by=by, state=Claim.State.ACCEPTED, note=note)
            _set_claimed(accepted.researcher_id, is_claimed=True)
    except IntegrityError as error:
        raise ClaimRefused("Another claim to this record is accepted; revoke that one first.") from error
    return accepted


@transaction.atomic
def reject_claim(claim: Claim, *, by: User, note: str) -> Claim:
    """Reject a claim in review; `note` tells the applicant why."""
    if not note.strip():
        raise ClaimRefused("Tell the applicant why; the note is shown to them.")
    return _decide(claim, by=by, state=Claim.State.REJECTED, note=note)


@transaction.atomic
def withdraw_claim(claim: Claim, *, by: User) -> Claim:
    """Let the applicant take a claim in review back."""
    current = _locked(claim)
    if current.user_id != by.pk:
        raise ClaimRefused("Only the person who made a claim can withdraw it.")
    if current.state != Claim.State.REVIEW:
        raise ClaimRefused(f"This claim is {current.get_state_display()}; only a claim in review can be withdrawn.")
    current.state = Claim.State.WITHDRAWN
    current.save(update_fields=["state"])
    return current


@transaction.atomic
def revoke_claim(claim: Claim, *, by: User, note: str) -> Claim:
    """Take an accepted claim back: the record is unclaimed again at once."""
    if not note.strip():
        raise ClaimRefused("Say why the claim is revoked; the note is shown to its owner.")
    revoked = _decide(claim, by=by, state=Claim.State.REVOKED, note=note, expected=Claim.State.ACCEPTED)
    _set_claimed(revoked.researcher_id, is_claimed=False)
    return revoked


def _locked(claim: Claim) -> Claim:
    return Claim.objects.select_for_update().get(pk=claim.pk)


def _decide(claim: Claim, *, by: User, state: Claim.State, note: str, expected: Claim.State = Claim.State.REVIEW) -> Claim:
    current = _locked(claim)
    if current.user_id == by.pk:
        raise ClaimRefused("This is your own claim; another moderator must decide it.")
    if current.state != expected:
        raise ClaimRefused(f"This claim is {current.get_state_display()} already.")
    current.state, current.decision_note = state, note.strip()
    current.decided_by, current.decided_at = by, timezone.now()
    current.save(update_fields=["state", "decision_note", "decided_by", "decided_at"])
    return current


def _set_claimed(researcher_id: int, *, is_claimed: bool) -> None:
    researcher = Researcher.objects.select_for_update(no_key=True).get(pk=researcher_id)
    mark_verified(researcher, level=VerificationLevel.CLAIMED if is_claimed else None, is_claimed=is_claimed)
    RecordChange.objects.create(kind="researcher", record_id=researcher_id)
