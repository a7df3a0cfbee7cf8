"""Vouching: close collaborators who are proved themselves say that the owner of a record is who they say (L4)."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.accounts.queries import has_blocked
from bzpeer.claims.domain import LONGEST_NOTE, ClaimRefused, held
from bzpeer.claims.levels import settle_level
from bzpeer.claims.models import Claim, ClaimEvidence, Vouch
from graph.models import Collaboration
from researchers.models import Institution, Researcher


def voucher_record(user: User, researcher_id: int) -> Researcher | None:
    """Return the member's own record by which they can vouch for another: proved, and a close collaborator by its works."""
    close = Collaboration.objects.filter(researcher=researcher_id, works__gte=settings.CLOSE_COLLABORATOR_WORKS).values("collaborator")
    proved = ClaimEvidence.objects.filter(is_enough=True, claim__state=Claim.State.ACCEPTED, claim__user=user).values("claim__researcher")
    return Researcher.objects.filter(pk__in=close).filter(pk__in=proved).exclude(pk=researcher_id).order_by("pk").first()


def vouch_by(user: User, researcher_id: int) -> Vouch | None:
    """Return the member's vouch for a record's owner, if it stands."""
    claims = Claim.objects.filter(researcher=researcher_id, state=Claim.State.ACCEPTED)
    return Vouch.objects.filter(claim__in=claims, user=user, withdrawn_at__isnull=True).first()


@transaction.atomic
def vouch(claim: Claim, *, by: User, note: str = "") -> Vouch:
    """Vouch for an owner as their close collaborator; the level follows at once. Raises ClaimRefused."""
    current = _for_other(claim, by=by)
    own = voucher_record(by, current.researcher_id)
    if own is None:
        raise ClaimRefused("Only close collaborators whose own record is proved (L3) can vouch.")
    given, is_new = Vouch.objects.get_or_create(
        claim=current, user=by, withdrawn_at=None, defaults={"researcher": own, "note": note.replace("\x00", "").strip()[:LONGEST_NOTE]}
    )
    if is_new:
        text = f"{own} vouches for you as the owner of the record of {current.researcher}."
        notify(current.user, kind="claim", key=f"vouch:{given.pk}", text=text, url=f"/claims/{current.pk}/", actor=by)
        settle_level(current.researcher_id)
    return given


@transaction.atomic
def vouch_as_institution(claim: Claim, *, by: User, institution: Institution | None, note: str) -> Vouch:
    """Note that an institution vouches for an owner: staff had its word."""
    if not by.is_staff:
        raise ClaimRefused("Only staff can note this.")
    note = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    if not note:
        raise ClaimRefused("Say who at the institution vouched, and how.")
    current = _for_other(claim, by=by)
    given, _ = Vouch.objects.get_or_create(
        claim=current, user=by, withdrawn_at=None, defaults={"is_institution": True, "institution": institution, "note": note}
    )
    settle_level(current.researcher_id)
    return given


@transaction.atomic
def take_vouch_back(given: Vouch, *, by: User) -> None:
    """Undo a vouch; the level follows at once."""
    current = held(given.claim)
    taken_back = Vouch.objects.filter(pk=given.pk, user=by, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    if taken_back and current.state == Claim.State.ACCEPTED:
        settle_level(current.researcher_id)


def _for_other(claim: Claim, *, by: User) -> Claim:
    current = held(claim)
    if current.state != Claim.State.ACCEPTED:
        raise ClaimRefused("Nobody's claim to this record stands.")
    if current.user_id == by.pk:
        raise ClaimRefused("Nobody vouches for themselves.")
    if has_blocked(current.user, by):
        raise ClaimRefused("You cannot vouch for this person.")
    return current
