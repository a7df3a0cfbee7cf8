"""What members do to their own account's rows: follow and unfollow, block and unblock."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from bzpeer.accounts.models import Block, Follow, User
from researchers.models import Researcher
from works.models import RecordChange


@transaction.atomic
def follow(*, user: User, researcher: Researcher) -> bool:
    """Let `user` follow `researcher`; return False when they did already.

    The researcher's row is locked first, so that the stored count equals a recount however many arrive at once.
    """
    _lock(researcher)
    _, is_new = Follow.objects.get_or_create(user=user, researcher=researcher)
    if is_new:
        _changed(researcher)
    return is_new


@transaction.atomic
def unfollow(*, user: User, researcher: Researcher) -> bool:
    """Undo `follow`; return False when there was nothing to undo."""
    _lock(researcher)
    removed, _ = Follow.objects.filter(user=user, researcher=researcher).delete()
    if removed:
        _changed(researcher)
    return bool(removed)


def block(*, user: User, other: User) -> None:
    """Let nothing of `other` reach `user` from now on. Blocking oneself does nothing."""
    if user.pk != other.pk:
        Block.objects.get_or_create(blocker=user, blocked=other)


def unblock(*, user: User, other_id: int) -> bool:
    """Undo `block`; return False when there was nothing to undo."""
    removed, _ = Block.objects.filter(blocker=user, blocked_id=other_id).delete()
    return bool(removed)


def recount_followers(researcher_ids: Collection[int] | None = None) -> int:
    """Set `followers_count` from the rows themselves, for some researchers or all; return how many were wrong."""
    counted = Follow.objects.filter(researcher=OuterRef("pk")).order_by().values("researcher").annotate(n=Count("pk")).values("n")
    researchers = Researcher.objects.annotate(true_count=Coalesce(Subquery(counted), 0))
    if researcher_ids is not None:
        researchers = researchers.filter(pk__in=researcher_ids)
    return researchers.exclude(followers_count=F("true_count")).update(followers_count=F("true_count"))


def _lock(researcher: Researcher) -> None:
    Researcher.objects.select_for_update(no_key=True).only("pk").get(pk=researcher.pk)


def _changed(researcher: Researcher) -> None:
    recount_followers([researcher.pk])
    # A follower with a proved record adds to the trust of whom they follow.
    RecordChange.objects.create(kind="researcher", record_id=researcher.pk)
