"""Reads about claims."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, OwnerProfile


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


def owns_record(user: User | AnonymousUser, researcher_id: int) -> bool:
    """Tell whether the viewer's claim to a record is accepted."""
    return isinstance(user, User) and Claim.objects.filter(user=user, researcher_id=researcher_id, state=Claim.State.ACCEPTED).exists()


def owns_byline_of(user: User | AnonymousUser, work_id: int) -> bool:
    """Tell whether a byline of a work belongs to a record whose claim by the viewer is accepted."""
    owned = Claim.objects.filter(state=Claim.State.ACCEPTED, researcher__authorships__work=work_id)
    return isinstance(user, User) and owned.filter(user=user).exists()


def owner_of(researcher_id: int) -> User | None:
    """Return the member whose claim to a record is accepted."""
    return User.objects.filter(claims__researcher=researcher_id, claims__state=Claim.State.ACCEPTED).first()


def owner_profile(researcher_id: int) -> OwnerProfile | None:
    """Return what the owner says about themselves, None while nobody's claim stands."""
    owned = OwnerProfile.objects.filter(researcher=researcher_id, researcher__is_claimed=True)
    return owned.filter(researcher__claims__state=Claim.State.ACCEPTED).first()
