"""Reads of feeds: what is new about what a member follows, and why it concerns them.

A page of a feed asks, for each follow, the newest events of what is followed: one index range each, so that its cost
depends on how much the member follows and not on how much the portal holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Prefetch, Q, QuerySet

from bzpeer.accounts.models import FOLLOWED, Block, Follow, User
from bzpeer.claims.models import Claim
from bzpeer.feeds.models import FeedEvent, FeedReason, Reader
from graph.models import Collaboration
from researchers.models import Researcher
from works.bibliography import with_authors_total
from works.models import Work

MOST_LISTED = 200
FILTERS = {
    "works": ("New works", ["work"], []),
    "versions": ("New versions", ["version"], []),
    "retractions": ("Retractions and withdrawals", ["retracted", "withdrawn"], []),
    "citations": ("Citations", ["work"], ["cited"]),
    "claims": ("Claims", ["claim"], []),
}
"""What a feed can be narrowed to: the label, kinds of events, and roles of reasons (none: all)."""


@dataclass(frozen=True)
class Because:
    """One reason why an event stands in somebody's feed: they follow this, and it has that role."""

    role: str
    follow: Follow


@dataclass(frozen=True)
class Item:
    """An event with the reasons why this member is told of it."""

    event: FeedEvent
    reasons: tuple[Because, ...]

    @property
    def work(self) -> Work | None:
        return self.event.work


def news_for(
    user: User, *, before: int | None = None, after: int = 0, kinds: Sequence[str] = (), roles: Sequence[str] = (), limit: int
) -> list[Item]:
    """Return the newest items for a member, newest first, `before` and `after` being keys of events. Three queries at most."""
    found = _found(user, before=before, after=after, kinds=kinds, roles=roles, limit=limit)
    if not found:
        return []
    events = {row.pk: row for row in _events(found)}
    follows = {row.pk: row for row in follows_of(user, keys={key for reasons in found.values() for _, key in reasons})}
    return [
        Item(event=events[key], reasons=tuple(Because(role, follows[follow]) for role, follow in reasons if follow in follows))
        for key, reasons in found.items()
        if key in events
    ]


def newest_event() -> int:
    """Return the key of the newest event, 0 when there is none."""
    return FeedEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def reader_of(user: User) -> Reader:
    """Return how a member reads their feed; an unsaved row with the defaults while they never said."""
    return Reader.objects.filter(user=user).first() or Reader(user=user)


def follows_of(user: User, *, keys: Iterable[int] | None = None) -> QuerySet[Follow]:
    """Return what a member follows, the newest follow first, with the records."""
    follows = Follow.objects.filter(user=user).select_related(*FOLLOWED).order_by("-created_at", "-pk")
    return follows if keys is None else follows.filter(pk__in=list(keys))


def listed_followers(researcher_id: int, *, owner: User) -> list[tuple[User, Researcher | None]]:
    """Return the followers of a record who let its owner see their name, each with a record of their own if they have one.

    Whoever blocked the owner, or is blocked by them, is left out.
    """
    following = Follow.objects.filter(researcher=researcher_id, user__reader__is_listed=True, user__is_active=True).exclude(user=owner)
    apart = Block.objects.filter(Q(blocker=owner) | Q(blocked=owner)).values_list("blocker", "blocked")
    hidden = {key for pair in apart for key in pair} - {owner.pk}
    followers = [row.user for row in following.exclude(user__in=hidden).select_related("user").order_by("-created_at", "-pk")[:MOST_LISTED]]
    claims = Claim.objects.filter(user__in=followers, state=Claim.State.ACCEPTED).select_related("researcher").order_by("pk")
    owned = {claim.user_id: claim.researcher for claim in claims}
    return [(user, owned.get(user.pk)) for user in followers]


def suggested_researchers(user: User, *, limit: int) -> list[Researcher]:
    """Return whom a member might follow: close collaborators of their own records, else those most followed or most connected here."""
    own = Claim.objects.filter(user=user, state=Claim.State.ACCEPTED).values("researcher")
    strangers = Researcher.objects.exclude(follows__user=user).exclude(pk__in=own)
    near = Collaboration.objects.filter(researcher__in=own).order_by("-works", "collaborator").values_list("collaborator", flat=True)
    close = list(dict.fromkeys(near[: limit * 4]))
    if close:
        known = {row.pk: row for row in strangers.filter(pk__in=close)}
        return [known[key] for key in close if key in known][:limit]
    return list(strangers.order_by("-close_collaborators_count", "pk")[:limit])


def _events(keys: Iterable[int]) -> QuerySet[FeedEvent]:
    works = with_authors_total(Work.objects.select_related("source"))
    return (
        FeedEvent.objects.filter(pk__in=list(keys)).select_related("researcher").prefetch_related(Prefetch("work", works)).order_by("-pk")
    )


def _found(
    user: User, *, before: int | None, after: int, kinds: Sequence[str], roles: Sequence[str], limit: int
) -> dict[int, list[tuple[str, int]]]:
    """Return keys of events, newest first, each with its (role, key of the follow)."""
    given: dict[str, int | list[str]] = {
        "user": user.pk,
        "before": before if before is not None else 2**63 - 1,
        "after": after,
        "kinds": list(kinds) or list(FeedEvent.Kind.values),
        "roles": list(roles) or list(FeedReason.Role.values),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, given)
        rows = cursor.fetchall()
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for event, role, follow in rows:
        found[event].append((role, follow))
    return dict(found)


def _branch(column: str) -> str:
    return f"""
        SELECT n.event_id, n.role, f.id AS follow_id FROM accounts_follow f CROSS JOIN LATERAL (
            SELECT r.event_id, r.role FROM feeds_feedreason r JOIN feeds_feedevent e ON e.id = r.event_id
             WHERE r.{column}_id = f.{column}_id AND r.event_id < %(before)s AND r.event_id > %(after)s
               AND e.at >= f.created_at AND e.kind = ANY(%(kinds)s) AND r.role = ANY(%(roles)s)
             ORDER BY r.event_id DESC LIMIT %(limit)s
        ) n WHERE f.user_id = %(user)s AND f.{column}_id IS NOT NULL
    """


_NEWEST = f"""
    WITH theirs AS MATERIALIZED ({" UNION ALL ".join(map(_branch, FOLLOWED))}),
    newest AS (SELECT DISTINCT event_id FROM theirs ORDER BY event_id DESC LIMIT %(limit)s)
    SELECT event_id, role, follow_id FROM theirs JOIN newest USING (event_id) ORDER BY event_id DESC, follow_id, role
"""
