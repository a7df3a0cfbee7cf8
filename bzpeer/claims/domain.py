"""What can happen to a claim. Each step is one transaction; pghistory's triggers write its audit row in the same one.

started -> review -> accepted -> revoked | withdrawn
                  -> rejected | withdrawn
started -> accepted (by a proof, `bzpeer.claims.evidence`) | withdrawn

A claim in review on a record that is somebody else's is a counter-claim: the record is in dispute until a moderator
decides for one of them. The record's row is locked before the claim's, here and when records are merged.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import has_confirmed_address
from bzpeer.claims.levels import settle_level, tell_vouched_by
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence, ClaimMessage, OwnerProfile
from researchers.domain import mark_verified
from researchers.models import Researcher
from works.models import RecordChange

SHORTEST_REASON = 20
LONGEST_REASON = 4_000
LONGEST_NOTE = 2_000
MOST_OPEN = 10
"""Claims of one member that wait at a time."""
MOST_TRIES = 3
TRIES_WITHIN = timedelta(days=30)
KEPT_STARTED = timedelta(days=30)

State = Claim.State
OPEN = (State.STARTED, State.REVIEW, State.ACCEPTED)
UNDECIDED = (State.STARTED, State.REVIEW)


class ClaimRefused(Exception):
    """The step is not possible now. The message is a plain sentence for the person who tried; repeating does not help."""


# --- by the applicant -------------------------------------------------------------------------------


@transaction.atomic
def start_claim(*, user: User, researcher: Researcher) -> Claim:
    """Start a claim, for which evidence is left next; return the open one if there is one. Raises ClaimRefused."""
    if not has_confirmed_address(user):
        raise ClaimRefused("Confirm your e-mail address first; the link is in the message we sent you.")
    record = _locked_record(researcher.pk)
    member = User.objects.select_for_update(no_key=True).only("pk", "is_active").get(pk=user.pk)  # limits are counted one after the other
    if not member.is_active:
        raise ClaimRefused("Your account is closed.")
    standing = Claim.objects.filter(user=user, researcher=record, state__in=OPEN).first()
    if standing:
        return standing
    _refuse_too_many(user, record)
    return Claim.objects.create(user=user, researcher=record, state=State.STARTED)


@transaction.atomic
def submit_claim(*, user: User, researcher: Researcher, reason: str) -> Claim:
    """Put a claim in review with the applicant's words alone. Raises ClaimRefused with what to do instead."""
    reason = checked_words(reason)
    claim = start_claim(user=user, researcher=researcher)
    if claim.state != State.STARTED:
        raise ClaimRefused("You have claimed this record already; see your claims.")
    return write_request(claim, by=user, words=reason)


@transaction.atomic
def write_request(claim: Claim, *, by: User, words: str) -> Claim:
    """Leave free words as evidence, which puts the claim before moderators; new words take the place of old ones."""
    words = checked_words(words)
    current = taken(claim, by=by)
    if current.state not in UNDECIDED:
        raise ClaimRefused(f"This claim is {current.get_state_display()}; nothing is to be added.")
    ClaimEvidence.objects.filter(claim=current, kind="text", state="pending").update(state="left")
    ClaimEvidence.objects.create(claim=current, kind="text", value=words, note="A moderator reads it.")
    current.reason = words
    if current.state == State.REVIEW:
        current.save(update_fields=["reason"])
    return put_in_review(current)


def checked_words(words: str) -> str:
    """Return the applicant's words without what cannot be stored. Raises ClaimRefused when they are too few or too many."""
    words = words.replace("\x00", "").strip()
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        raise ClaimRefused(f"Say in {SHORTEST_REASON} to {LONGEST_REASON} characters how the record is yours.")
    return words


def put_in_review(claim: Claim) -> Claim:
    """Bring a claim that is locked before moderators; the owner of a claimed record is told."""
    if claim.state == State.STARTED:
        claim.state, claim.submitted_at = State.REVIEW, timezone.now()
        claim.save(update_fields=["state", "submitted_at", "reason"])
        _tell_owner(claim)
    return claim


@transaction.atomic
def withdraw_claim(claim: Claim, *, by: User) -> Claim:
    """Let the applicant take a claim back, also an accepted one: the record is then unclaimed again at once."""
    current = held(claim)
    if current.user_id != by.pk:
        raise ClaimRefused("Only the person who made a claim can withdraw it.")
    if current.state not in OPEN:
        raise ClaimRefused(f"This claim is {current.get_state_display()} already.")
    was, current.state = current.state, State.WITHDRAWN
    current.asked_at = None
    current.save(update_fields=["state", "asked_at"])
    _close(current, was_accepted=was == State.ACCEPTED)
    return current


@transaction.atomic
def answer_question(claim: Claim, *, by: User, words: str) -> ClaimMessage:
    """Let the applicant answer what a moderator asked."""
    current = taken(claim, by=by)
    asked = ClaimMessage.objects.filter(claim=current, is_question=True).select_related("author").order_by("-pk").first()
    if current.state not in UNDECIDED or asked is None:
        raise ClaimRefused("There is no question to answer.")
    words = words.replace("\x00", "").strip()[:LONGEST_REASON]
    if not words:
        raise ClaimRefused("Write an answer.")
    given = ClaimMessage.objects.create(claim=current, author=by, is_question=False, body=words)
    current.asked_at = None
    current.save(update_fields=["asked_at"])
    if asked.author:
        url, key = f"/moderation/claims/{current.pk}/", f"claim:{current.pk}:answer:{given.pk}"
        notify(asked.author, kind="moderation", key=key, text="Your question on a claim was answered.", url=url)
    return given


# --- by moderators ----------------------------------------------------------------------------------


def accept_claim(claim: Claim, *, by: User | None, note: str = "", over_owner: bool = False) -> Claim:
    """Accept a claim: the record becomes claimed, at L3 with a proof and at L2 without. `by=None`: a proof decided.

    `over_owner` decides a dispute for the challenger: the other claim is revoked in the same transaction. Raises
    ClaimRefused when it is no longer open, when it is the moderator's own, or when another claim to the record is
    accepted (the partial unique index decides, also between two moderators at once).
    """
    try:
        with transaction.atomic():
            current = _decidable(claim, by=by, expected=(State.REVIEW,) if by else UNDECIDED)
            if not current.user.is_active:
                raise ClaimRefused("The applicant's account is closed.")
            if over_owner:
                _revoke_owner(current, by=by)
            if by:  # what a moderator accepts on an address or a page of the record's own institution is proved by it
                _count_evidence(current.evidence.filter(domain_class="record"))
            _decide(current, by=by, state=State.ACCEPTED, note=note)
            _close_rest(current)
            _forget_former_owner(current)
            settle_level(current.researcher_id)
            for rival in Claim.objects.filter(researcher=current.researcher_id, state=State.REVIEW).order_by("pk"):
                _tell_owner(rival)
    except IntegrityError as error:
        raise ClaimRefused("Another claim to this record is accepted; revoke that one first.") from error
    return current


@transaction.atomic
def reject_claim(claim: Claim, *, by: User, note: str) -> Claim:
    """Reject a claim in review; `note` tells the applicant why."""
    if not note.strip():
        raise ClaimRefused("Tell the applicant why; the note is shown to them.")
    current = _decidable(claim, by=by, expected=(State.REVIEW,))
    _decide(current, by=by, state=State.REJECTED, note=note)
    _close(current, was_accepted=False)
    return current


@transaction.atomic
def revoke_claim(claim: Claim, *, by: User, note: str) -> Claim:
    """Take an accepted claim back: the record is unclaimed again at once, and whatever hung on the claim ends."""
    if not note.strip():
        raise ClaimRefused("Say why the claim is revoked; the note is shown to its owner.")
    current = _decidable(claim, by=by, expected=(State.ACCEPTED,))
    return _revoke(current, by=by, note=note)


@transaction.atomic
def ask_applicant(claim: Claim, *, by: User, words: str) -> ClaimMessage:
    """Ask the applicant for more; the claim stays in review."""
    words = words.replace("\x00", "").strip()[:LONGEST_NOTE]
    if not words:
        raise ClaimRefused("Write what you want to know.")
    current = _decidable(claim, by=by, expected=(State.REVIEW,))
    asked = ClaimMessage.objects.create(claim=current, author=by, is_question=True, body=words)
    current.asked_at = timezone.now()
    current.save(update_fields=["asked_at"])
    text = f"A moderator has a question about your claim to the record of {current.researcher}."
    notify(current.user, kind="claim", key=f"claim:{current.pk}:question:{asked.pk}", text=text, url=f"/claims/{current.pk}/")
    return asked


@transaction.atomic
def check_person(claim: Claim, *, by: User, is_checked: bool) -> Claim:
    """Note that staff checked who the owner is (L5), or take that back."""
    if not by.is_staff:
        raise ClaimRefused("Only staff can note this.")
    current = _decidable(claim, by=by, expected=(State.ACCEPTED,))
    current.checked_at, current.checked_by = (timezone.now(), by) if is_checked else (None, None)
    current.save(update_fields=["checked_at", "checked_by"])
    settle_level(current.researcher_id)
    return current


@transaction.atomic
def count_evidence(evidence: ClaimEvidence, *, by: User) -> None:
    """Let confirmed evidence of an accepted claim count although no rule does: a moderator looked at it."""
    current = _decidable(evidence.claim, by=by, expected=(State.ACCEPTED,))
    if not _count_evidence(current.evidence.filter(pk=evidence.pk).exclude(kind="text")):
        raise ClaimRefused("Only confirmed evidence can count.")
    settle_level(current.researcher_id)


# --- by the portal ----------------------------------------------------------------------------------


def close_account(user: User) -> int:
    """End every claim of a member whose account is closed or banned; return how many. Calling it again changes nothing."""
    ended = 0
    for claim in Claim.objects.filter(user=user, state__in=OPEN).order_by("researcher_id", "pk"):
        with transaction.atomic():
            current = held(claim)
            if current.state == State.ACCEPTED:
                _revoke(current, by=None, note="The account was closed.")
            elif current.state in UNDECIDED:
                current.state, current.asked_at = State.WITHDRAWN, None
                current.save(update_fields=["state", "asked_at"])
                _close(current, was_accepted=False)
            else:
                continue
            ended += 1
    for given in ClaimDelegate.objects.filter(user=user, state=ClaimDelegate.State.ACCEPTED).order_by("pk"):
        _end_delegates(ClaimDelegate.objects.filter(pk=given.pk))
    return ended


def unclaim_record(researcher_id: int) -> None:
    """Return a record to nobody if no accepted claim is left on it (its owner's account is gone)."""
    record = Researcher.objects.select_for_update(no_key=True).filter(pk=researcher_id, is_claimed=True).first()
    if record and not Claim.objects.filter(researcher=record, state=State.ACCEPTED).exists():
        _unclaim(record)


def take_over_proofs(*, old: Claim, new: Claim) -> int:
    """Let what proved a record of a member prove the one it is joined with, of the same member; return how many proofs moved.

    The caller joins the records in the same transaction and marks the one that stays for trust, with which its level follows.
    """
    held_kinds = ClaimEvidence.objects.filter(claim=new, state__in=["pending", "proved"]).values("kind")
    return ClaimEvidence.objects.filter(claim=old, is_enough=True).exclude(kind__in=held_kinds).update(claim=new)


def forget_started(now: datetime) -> int:
    """Withdraw claims that were started long ago and never went on; return how many."""
    stale = Claim.objects.filter(state=State.STARTED, created_at__lt=now - KEPT_STARTED)
    return stale.update(state=State.WITHDRAWN)


# --- inside -----------------------------------------------------------------------------------------


def _locked_record(researcher_id: int) -> Researcher:
    try:
        return Researcher.objects.select_for_update(no_key=True).get(pk=researcher_id)
    except Researcher.DoesNotExist as error:
        raise ClaimRefused("This record was joined with another one. Look for the name again.") from error


def held(claim: Claim) -> Claim:
    """Lock a claim's record, then the claim. A merge may move the claim in between, so what was locked is compared."""
    while True:
        found = Claim.objects.filter(pk=claim.pk).values_list("researcher_id", flat=True).first()
        if found is None:
            raise ClaimRefused("This claim is here no more: its record was joined with another one you have claimed.")
        record = Researcher.objects.select_for_update(no_key=True).filter(pk=found).first()
        current = Claim.objects.select_for_update(of=("self",)).select_related("user").filter(pk=claim.pk).first()
        if current and record and current.researcher_id == record.pk:
            current.researcher = record
            return current


def taken(claim: Claim, *, by: User) -> Claim:
    """Lock a claim for its applicant. Raises ClaimRefused for anybody else."""
    current = held(claim)
    if current.user_id != by.pk:
        raise ClaimRefused("Only the person who made a claim can change it.")
    return current


def _decidable(claim: Claim, *, by: User | None, expected: tuple[Claim.State, ...]) -> Claim:
    current = held(claim)
    if by and current.user_id == by.pk:
        raise ClaimRefused("This is your own claim; another moderator must decide it.")
    if by and Claim.objects.filter(researcher=current.researcher_id, user=by, state__in=OPEN).exists():
        raise ClaimRefused("You have claimed this record yourself; another moderator must decide it.")
    if by and ClaimDelegate.objects.filter(claim__researcher=current.researcher_id, user=by, state=ClaimDelegate.State.ACCEPTED).exists():
        raise ClaimRefused("You edit this record for its owner; another moderator must decide it.")
    if current.state not in expected:
        raise ClaimRefused(f"This claim is {current.get_state_display()} already.")
    return current


def _decide(current: Claim, *, by: User | None, state: Claim.State, note: str) -> None:
    current.state, current.decision_note = state, note.replace("\x00", "").strip()[:LONGEST_NOTE]
    now = timezone.now()
    current.decided_by, current.decided_at, current.asked_at = by, now, None
    current.save(update_fields=["state", "decision_note", "decided_by", "decided_at", "asked_at"])
    text = f"Your claim to the record of {current.researcher} was {current.get_state_display()}."
    key = f"claim:{current.pk}:{state}:{int(now.timestamp())}"
    notify(current.user, kind="claim", key=key, text=text, url=f"/claims/{current.pk}/")


def _revoke(current: Claim, *, by: User | None, note: str) -> Claim:
    _decide(current, by=by, state=State.REVOKED, note=note)
    _close(current, was_accepted=True)
    return current


def _revoke_owner(challenger: Claim, *, by: User | None) -> None:
    owner = Claim.objects.filter(researcher=challenger.researcher_id, state=State.ACCEPTED).exclude(pk=challenger.pk).first()
    if owner:
        _revoke(held(owner), by=by, note="After comparing two claims a moderator decided for the other one.")


def _close(current: Claim, *, was_accepted: bool) -> None:
    """End what hung on a claim. Tasks look at the rows again before they write."""
    _close_rest(current)
    if was_accepted:
        _end_delegates(ClaimDelegate.objects.filter(claim=current))
        _unclaim(current.researcher)
    elif current.researcher.is_claimed:  # a dispute less
        RecordChange.objects.create(kind="researcher", record_id=current.researcher_id)


def _close_rest(current: Claim) -> None:
    """What was still waiting to prove something waits no more; no link in an older mail leads anywhere."""
    ClaimEvidence.objects.filter(claim=current, state="pending").update(state="left", token_hash="", due_at=None)


def _unclaim(record: Researcher) -> None:
    mark_verified(record, level=None, is_claimed=False)
    tell_vouched_by([record.pk])
    OwnerProfile.objects.filter(researcher=record, open_to_collaborate=True).update(open_to_collaborate=False)
    RecordChange.objects.create(kind="researcher", record_id=record.pk)


def _end_delegates(delegates: QuerySet[ClaimDelegate]) -> None:
    delegates.exclude(state=ClaimDelegate.State.ENDED).update(state=ClaimDelegate.State.ENDED, ended_at=timezone.now())


def _forget_former_owner(current: Claim) -> None:
    """What somebody else said about themselves while the record was theirs is not the new owner's word."""
    OwnerProfile.objects.filter(researcher=current.researcher_id).exclude(updated_by=current.user_id).delete()


def _count_evidence(evidence: QuerySet[ClaimEvidence]) -> int:
    return evidence.filter(state="proved", is_enough=False).update(is_enough=True)


def _tell_owner(challenger: Claim) -> None:
    """Tell the owner of the record that somebody else claims it, not who; trust takes the dispute in."""
    owner = Claim.objects.filter(researcher=challenger.researcher_id, state=State.ACCEPTED).select_related("user").first()
    if owner and owner.user_id != challenger.user_id:
        text = f"Somebody else claims the record of {challenger.researcher}. A moderator compares both claims."
        notify(owner.user, kind="dispute", key=f"dispute:{challenger.pk}", text=text, url=f"/claims/{owner.pk}/")
        RecordChange.objects.create(kind="researcher", record_id=challenger.researcher_id)


def _refuse_too_many(user: User, record: Researcher) -> None:
    if Claim.objects.filter(user=user, state__in=UNDECIDED).count() >= MOST_OPEN:
        raise ClaimRefused(f"{MOST_OPEN} of your claims wait already. Finish or withdraw one of them first.")
    since = timezone.now() - TRIES_WITHIN
    ended = Claim.objects.filter(user=user, researcher=record, created_at__gt=since).order_by("created_at", "pk")
    if ended.filter(state=State.REVOKED).exists() or ended.count() >= MOST_TRIES:
        again = (ended.values_list("created_at", flat=True)[0] + TRIES_WITHIN).date()
        raise ClaimRefused(
            f"You have claimed this record before without success. You can try again on {again:%-d %B %Y}, or ask our staff."
        )
