"""Delegates: an owner lets another member edit their record. It says nothing of who the delegate is, and ends with the claim."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.claims.domain import ClaimRefused, held, taken
from bzpeer.claims.models import Claim, ClaimDelegate

MOST = 5
ASKED_A_DAY = 10
State = ClaimDelegate.State


@transaction.atomic
def ask_delegate(claim: Claim, *, by: User, address: str) -> ClaimDelegate:
    """Ask whoever has an account with this address; what the owner sees is the same when nobody has. Raises ClaimRefused."""
    current = taken(claim, by=by)
    if current.state != Claim.State.ACCEPTED:
        raise ClaimRefused("Only the owner of a record can let others edit it.")
    address = _checked(address)
    if _confirmed(address).filter(user=by).exists():
        raise ClaimRefused("This is your own address.")
    standing = ClaimDelegate.objects.filter(claim=current).exclude(state=State.ENDED)
    if standing.filter(address__iexact=address).exists():
        raise ClaimRefused("You asked this address already.")
    day = timezone.now() - timedelta(days=1)
    if standing.count() >= MOST or ClaimDelegate.objects.filter(claim__user=by, created_at__gt=day).count() >= ASKED_A_DAY:
        raise ClaimRefused(f"At most {MOST} people edit a record, and at most {ASKED_A_DAY} are asked a day.")
    asked = ClaimDelegate.objects.create(claim=current, address=address)
    found = _confirmed(address).select_related("user").first()
    if found:
        text = f"The owner of the record of {current.researcher} asks you to edit it with them."
        notify(found.user, kind="invitation", key=f"delegate:{asked.pk}", text=text, url="/claims/", actor=by)
    return asked


@transaction.atomic
def accept_delegation(delegation: ClaimDelegate, *, by: User) -> ClaimDelegate:
    """Let the member who has the address take it on."""
    current, given = _locked(delegation)
    if given.state != State.ASKED or current.state != Claim.State.ACCEPTED or not asked_of(by).filter(pk=given.pk).exists():
        raise ClaimRefused("You are not asked, or no longer.")
    given.user, given.state, given.accepted_at = by, State.ACCEPTED, timezone.now()
    given.save(update_fields=["user", "state", "accepted_at"])
    text = f"Your delegate accepted to edit the record of {current.researcher}."
    notify(current.user, kind="invitation", key=f"delegate:{given.pk}:accepted", text=text, url=f"/claims/{current.pk}/", actor=by)
    return given


@transaction.atomic
def end_delegation(delegation: ClaimDelegate, *, by: User) -> ClaimDelegate:
    """Let the owner take it back, the delegate give it up, or whoever is asked decline."""
    current, given = _locked(delegation)
    may = by.pk in (current.user_id, given.user_id) or asked_of(by).filter(pk=given.pk).exists()
    if given.state == State.ENDED or not may:
        raise ClaimRefused("There is nothing to end.")
    given.state, given.ended_at = State.ENDED, timezone.now()
    given.save(update_fields=["state", "ended_at"])
    return given


def asked_of(user: User) -> QuerySet[ClaimDelegate]:
    """Return what waits for a member's answer: asked at an address they confirmed, by somebody they have not blocked."""
    mine = [Q(address__iexact=address) for address in EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)]
    asked = ClaimDelegate.objects.filter(state=State.ASKED, claim__state=Claim.State.ACCEPTED).exclude(claim__user=user)
    if not mine:
        return asked.none()
    found = asked.filter(Q(*mine, _connector=Q.OR)).exclude(claim__user__in=user.blocks.values("blocked"))
    return found.select_related("claim__researcher", "claim__user").order_by("-pk")


def delegations_of(user: User) -> QuerySet[ClaimDelegate]:
    """Return the records a member edits for their owners."""
    given = ClaimDelegate.objects.filter(user=user, state=State.ACCEPTED, claim__state=Claim.State.ACCEPTED)
    given = given.exclude(claim__user__blocks__blocked=user)  # an owner who blocks a delegate has none
    return given.select_related("claim__researcher", "claim__user").order_by("claim__researcher__display_name", "pk")


def _locked(delegation: ClaimDelegate) -> tuple[Claim, ClaimDelegate]:
    current = held(delegation.claim)
    return current, ClaimDelegate.objects.select_for_update().get(pk=delegation.pk)


def _confirmed(address: str) -> "QuerySet[EmailAddress]":
    found: QuerySet[EmailAddress] = EmailAddress.objects.filter(email__iexact=address, verified=True).order_by("pk")
    return found


def _checked(address: str) -> str:
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ClaimRefused("This is no e-mail address.") from error
    return address
