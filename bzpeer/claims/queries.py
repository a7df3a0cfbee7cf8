"""Reads about claims."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, ClaimDelegate, OwnerProfile
from researchers.models import Researcher

_OPEN = [Claim.State.STARTED, Claim.State.REVIEW, Claim.State.ACCEPTED]
RECENT = timedelta(days=90)


def open_claim(user: User | AnonymousUser, researcher_id: int) -> Claim | None:
    """Return the viewer's own claim to a record that is started, in review or accepted, if any."""
    if not isinstance(user, User):
        return None
    return Claim.objects.filter(user=user, researcher_id=researcher_id, state__in=_OPEN).first()


def claims_of(user: User) -> QuerySet[Claim]:
    """Return every claim the member made, newest first."""
    return Claim.objects.filter(user=user).select_related("researcher").order_by("-created_at", "-pk")


def accepted_since(researcher_id: int) -> Claim | None:
    """Return the accepted claim of a record."""
    return Claim.objects.filter(researcher_id=researcher_id, state=Claim.State.ACCEPTED).first()


def owns_record(user: User | AnonymousUser, researcher_id: int) -> bool:
    """Tell whether the viewer's claim to a record is accepted."""
    return isinstance(user, User) and Claim.objects.filter(user=user, researcher_id=researcher_id, state=Claim.State.ACCEPTED).exists()


def may_edit_record(user: User | AnonymousUser, researcher_id: int) -> bool:
    """Tell whether the viewer edits a record: its owner, or somebody the owner lets. Not for claims, delegates or privacy."""
    return isinstance(user, User) and Claim.objects.filter(_edited_by(user), researcher_id=researcher_id).exists()


def edited_records(user: User) -> QuerySet[Claim]:
    """Return the accepted claims whose records a member may edit."""
    return Claim.objects.filter(_edited_by(user)).select_related("researcher").order_by("researcher__display_name", "pk")


def _edited_by(user: User) -> Q:
    lent = (
        ClaimDelegate.objects.filter(user=user, state=ClaimDelegate.State.ACCEPTED)
        .exclude(claim__user__blocks__blocked=user)
        .values("claim")
    )
    return Q(state=Claim.State.ACCEPTED) & (Q(user=user) | Q(pk__in=lent))


def owns_byline_of(user: User | AnonymousUser, work_id: int) -> bool:
    """Tell whether a byline of a work belongs to a record the viewer edits."""
    return isinstance(user, User) and Claim.objects.filter(_edited_by(user), researcher__authorships__work=work_id).exists()


def owner_of(researcher_id: int) -> User | None:
    """Return the member whose claim to a record is accepted."""
    return User.objects.filter(claims__researcher=researcher_id, claims__state=Claim.State.ACCEPTED).first()


def owner_profile(researcher_id: int) -> OwnerProfile | None:
    """Return what the owner says about themselves, None while nobody's claim stands."""
    owned = OwnerProfile.objects.filter(researcher=researcher_id, researcher__is_claimed=True)
    return owned.filter(researcher__claims__state=Claim.State.ACCEPTED).first()


def biography_stands(person: Researcher) -> bool:
    """Tell whether the biography is the word of whom the record belongs to now, or of whom they let edit it."""
    if not person.biography or not person.is_claimed:
        return False
    said = person.asserted.get("biography") or {}
    if "by" not in said:
        return True
    claim = Claim.objects.filter(researcher=person, state=Claim.State.ACCEPTED)
    lent = ClaimDelegate.objects.filter(claim__in=claim, user=said["by"], accepted_at__isnull=False)
    return claim.filter(user=said["by"]).exists() or lent.exists()


def waiting_claims() -> QuerySet[Claim]:
    """Return what waits for a moderator, the oldest first; what waits for its applicant's answer last."""
    waiting = Claim.objects.filter(state=Claim.State.REVIEW).select_related("researcher", "user").prefetch_related("evidence")
    return waiting.order_by(F("asked_at").asc(nulls_first=True), Coalesce("submitted_at", "created_at"), "pk")


def usual_wait() -> timedelta | None:
    """Return how long half of the recent decisions of moderators took at most; None when there are too few to say."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT CASE WHEN count(*) >= 3 THEN
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY decided_at - COALESCE(submitted_at, created_at)) END
              FROM claims_claim
             WHERE state IN ('accepted', 'rejected') AND decided_by_id IS NOT NULL AND decided_at > now() - make_interval(days => %s)
            """,
            [RECENT.days],
        )
        found = cursor.fetchone()
    return found[0] if found and isinstance(found[0], timedelta) else None
