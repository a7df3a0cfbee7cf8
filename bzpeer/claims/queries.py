"""Reads about claims."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim


def open_claim(user: User | AnonymousUser, researcher_id: int) -> Claim | None:
    """Return the viewer's own claim to a record that is in review or accepted, if any."""
    if not isinstance(user, User):
        return None
    return Claim.objects.filter(user=user, researcher_id=researcher_id, state__in=[Claim.State.REVIEW, Claim.State.ACCEPTED]).first()


def claims_of(user: User) -> QuerySet[Claim]:
    """Return every claim the member made, newest first."""
    return Claim.objects.filter(user=user).select_related("researcher").order_by("-created_at", "-pk")


def accepted_since(researcher_id: int) -> Claim | None:
    """Return the accepted claim of a record."""
    return Claim.objects.filter(researcher_id=researcher_id, state=Claim.State.ACCEPTED).first()
