"""Reads about comments. What a blocked member wrote is not shown to whoever blocked them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from bzpeer.accounts.models import Block, User
from bzpeer.claims.models import Claim
from bzpeer.comments.models import Comment, CommentReport
from works.models import Authorship

READABLE = (Comment.State.SHOWN, Comment.State.FRESH)
SPEAKING_LEVEL = 2
"""Verification level from which the owner of a record may comment: claimed, with a confirmed address (DESIGN 4.8)."""


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """As whom a member speaks on a work: the record they own, the one with a byline on it first."""

    researcher_id: int
    name: str
    level: int
    is_author: bool


def threads_on(work_id: int) -> QuerySet[Comment]:
    """Return the threads of a work with their answers in order, newest thread first.

    A thread that nobody can read and nobody answered has nothing to show.
    """
    answers = Comment.objects.select_related("author").order_by("pk")
    return (
        Comment.objects.filter(_readable() | Exists(_answers().filter(_readable())), work=work_id, thread=None)
        .select_related("author", "resolved_by")
        .prefetch_related(Prefetch("answers", queryset=answers))
        .order_by("-pk")
    )


def _readable() -> Q:
    return Q(state__in=READABLE) & ~Q(body="")


def _answers() -> QuerySet[Comment]:
    return Comment.objects.filter(thread=OuterRef("pk"))


def latest_on(work_id: int, *, most: int) -> tuple[list[Comment], int]:
    """Return the newest approved comments of a work and how many there are."""
    shown = Comment.objects.filter(work=work_id, state=Comment.State.SHOWN).exclude(body="").order_by("-pk")
    newest = list(shown.select_related("author")[:most])
    return newest, len(newest) if len(newest) < most else shown.count()


def has_fresh(work_id: int) -> bool:
    """Tell whether a new account's comment on the work waits for a moderator's look."""
    return Comment.objects.filter(work=work_id, state=Comment.State.FRESH).exists()


def speakers(members: Collection[int], *, work_id: int) -> dict[int, Speaker]:
    """Return as whom members speak on a work: two queries for any number of them. Who owns no record (any more) is missing."""
    claims = list(
        Claim.objects.filter(user__in=members, state=Claim.State.ACCEPTED)
        .select_related("researcher")
        .order_by("-researcher__verification_level", "pk")
    )
    authors = set(
        Authorship.objects.filter(work=work_id, researcher__in=[claim.researcher_id for claim in claims]).values_list(
            "researcher_id", flat=True
        )
    )
    found: dict[int, Speaker] = {}
    for claim in sorted(claims, key=lambda claim: claim.researcher_id not in authors):
        found.setdefault(
            claim.user_id,
            Speaker(
                researcher_id=claim.researcher_id,
                name=claim.researcher.display_name,
                level=claim.researcher.verification_level,
                is_author=claim.researcher_id in authors,
            ),
        )
    return found


def may_speak(user: User | AnonymousUser) -> bool:
    """Tell whether a member owns a record whose level is high enough."""
    return (
        isinstance(user, User)
        and user.is_active
        and Claim.objects.filter(user=user, state=Claim.State.ACCEPTED, researcher__verification_level__gte=SPEAKING_LEVEL).exists()
    )


def blocked_by(user: User | AnonymousUser) -> set[int]:
    """Return whom a member does not want to read."""
    return set(Block.objects.filter(blocker=user).values_list("blocked_id", flat=True)) if isinstance(user, User) else set()


def owners_of_bylines(work_id: int, *, most: int) -> Sequence[User]:
    """Return the members whose claimed records have a byline on the work, for telling them."""
    return list(
        User.objects.filter(
            is_active=True,
            claims__state=Claim.State.ACCEPTED,
            claims__researcher__in=Authorship.objects.filter(work=work_id).values("researcher"),
        )
        .distinct()
        .order_by("pk")[:most]
    )


def waiting_comments() -> QuerySet[Comment]:
    """Return comments that moderators should look at: new accounts' and reported ones, the oldest first."""
    reported = CommentReport.objects.filter(state=CommentReport.State.OPEN).values("comment")
    return (
        Comment.objects.filter(Q(state=Comment.State.FRESH) | Q(pk__in=reported))
        .select_related("author", "work")
        .annotate(open_reports=Count("reports", filter=Q(reports__state=CommentReport.State.OPEN)))
        .order_by("created_at", "pk")
    )
