"""What members do to their own account's rows: follow and unfollow, save a search, block and unblock."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from bzpeer.accounts.models import FOLLOWED, Block, Follow, SavedSearch, User
from bzpeer.accounts.queries import search_words
from researchers.models import Institution, Researcher
from works.models import RecordChange, Source, Topic, Work

Followed = Researcher | Topic | Institution | Source | Work | SavedSearch

MOST_FOLLOWS = 1_000
MOST_SEARCHES = 20
NEW_ACCOUNT = timedelta(days=7)
MOST_FOLLOWS_OF_NEW_ACCOUNT = 100
"""What an account may follow within a day while it is new: more is no reader."""
COUNTED = (("researcher", Researcher), ("topic", Topic), ("institution", Institution), ("source", Source), ("work", Work))
"""What carries a `followers_count`. A search is its owner's alone."""


class FollowRefused(Exception):
    """Nothing more can be followed now. The message is a plain sentence for the member; it says whether waiting helps."""


@transaction.atomic
def follow(*, user: User, **target: Followed) -> bool:
    """Let `user` follow `target`, one of researcher=, topic=, institution=, source=, work= or search=; return False when they did already.

    The record's row is locked first, so that the stored count equals a recount however many arrive at once; the
    member's row before it, so that the limits hold however many of their requests do. Raises FollowRefused.
    """
    column, record = _only(target)
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
    _lock(record)
    if Follow.objects.filter(user=user, **{column: record.pk}).exists():
        return False
    _refuse_beyond_limits(user)
    Follow.objects.create(user=user, **{column: record})
    _changed(column, record.pk)
    return True


@transaction.atomic
def unfollow(*, user: User, **target: Followed) -> bool:
    """Undo `follow`; return False when there was nothing to undo. A search that is no longer followed is forgotten."""
    column, record = _only(target)
    _lock(record)
    removed, _ = Follow.objects.filter(user=user, **{column: record.pk}).delete()
    if removed:
        _changed(column, record.pk)
    if isinstance(record, SavedSearch) and record.user_id == user.pk:
        record.delete()
    return bool(removed)


@transaction.atomic
def save_search(*, user: User, text: str, name: str = "") -> SavedSearch:
    """Let `user` follow what the search page finds among works for `text`; return the search. Saving it again renames it.

    Raises FollowRefused for a question without words, and beyond the limits.
    """
    asked = " ".join(text.replace("\x00", " ").split())[:200]
    words = search_words(asked)
    if not words:
        raise FollowRefused("Type what you look for first; a search without words finds nothing.")
    label = " ".join(name.replace("\x00", " ").split())[:80]
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
    known = SavedSearch.objects.filter(user=user, words=words).first()
    if known is None and SavedSearch.objects.filter(user=user).count() >= MOST_SEARCHES:
        raise FollowRefused(f"You follow {MOST_SEARCHES} searches, the most there can be. Stop following one first.")
    if known is None:
        known = SavedSearch.objects.create(user=user, name=label or asked[:80], text=asked, words=words)
    elif label and label != known.name:
        known.name = label
        known.save(update_fields=["name"])
    follow(user=user, search=known)
    return known


def block(*, user: User, other: User) -> None:
    """Let nothing of `other` reach `user` from now on. Blocking oneself does nothing."""
    if user.pk != other.pk:
        Block.objects.get_or_create(blocker=user, blocked=other)


def unblock(*, user: User, other_id: int) -> bool:
    """Undo `block`; return False when there was nothing to undo."""
    removed, _ = Block.objects.filter(blocker=user, blocked_id=other_id).delete()
    return bool(removed)


def recount_followers(researcher_ids: Collection[int] | None = None) -> int:
    """Set `followers_count` of researchers from the rows themselves, for some or all; return how many were wrong."""
    return _recount("researcher", Researcher.objects.all(), researcher_ids)


def recount_followers_of_works(ids: Collection[int] | None = None) -> int:
    """Set `followers_count` of works from the rows themselves; return how many were wrong."""
    return _recount("work", Work.objects.all(), ids)


def recount_followers_of_topics(ids: Collection[int] | None = None) -> int:
    """Set `followers_count` of topics from the rows themselves; return how many were wrong."""
    return _recount("topic", Topic.objects.all(), ids)


def recount_followers_of_institutions(ids: Collection[int] | None = None) -> int:
    """Set `followers_count` of institutions from the rows themselves; return how many were wrong."""
    return _recount("institution", Institution.objects.all(), ids)


def recount_followers_of_sources(ids: Collection[int] | None = None) -> int:
    """Set `followers_count` of venues from the rows themselves; return how many were wrong."""
    return _recount("source", Source.objects.all(), ids)


def _recount(
    column: str,
    records: QuerySet[Researcher] | QuerySet[Topic] | QuerySet[Institution] | QuerySet[Source] | QuerySet[Work],
    ids: Collection[int] | None,
) -> int:
    counted = Follow.objects.filter(**{column: OuterRef("pk")}).order_by().values(column).annotate(n=Count("pk")).values("n")
    counting = records.annotate(true_count=Coalesce(Subquery(counted), 0))
    if ids is not None:
        counting = counting.filter(pk__in=ids)
    return counting.exclude(followers_count=F("true_count")).update(followers_count=F("true_count"))


def _only(target: dict[str, Followed]) -> tuple[str, Followed]:
    ((column, record),) = target.items()
    if column not in FOLLOWED:
        raise TypeError(f"Nobody can follow a {column}.")
    return column, record


def _lock(record: Followed) -> None:
    type(record)._default_manager.select_for_update(no_key=True).only("pk").get(pk=record.pk)


def _refuse_beyond_limits(user: User) -> None:
    follows = Follow.objects.filter(user=user)
    if follows.count() >= MOST_FOLLOWS:
        raise FollowRefused(f"You follow {MOST_FOLLOWS:,} records, the most there can be. Stop following some first.")
    is_new = User.objects.filter(pk=user.pk, date_joined__gt=Now() - NEW_ACCOUNT).exists()
    if is_new and follows.filter(created_at__gt=Now() - timedelta(days=1)).count() >= MOST_FOLLOWS_OF_NEW_ACCOUNT:
        raise FollowRefused(
            f"An account of less than {NEW_ACCOUNT.days} days can follow {MOST_FOLLOWS_OF_NEW_ACCOUNT} records a day. Go on tomorrow."
        )


def _changed(column: str, key: int) -> None:
    for name, model in COUNTED:
        if name == column:
            _recount(name, model._default_manager.all(), [key])
    if column == "researcher":
        # A follower with a proved record adds to the trust of whom they follow.
        RecordChange.objects.create(kind="researcher", record_id=key)
