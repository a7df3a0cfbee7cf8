"""Reads about proposals and assertions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, Q, QuerySet

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, ClaimDelegate
from bzpeer.claims.queries import may_edit_record
from bzpeer.curation.models import Assertion, Proposal
from works.models import Work


def may_correct(user: User | AnonymousUser, researcher_id: int) -> bool:
    """Tell whether the viewer may speak for a record: its owner by an accepted claim, whom they let edit it, or staff."""
    return isinstance(user, User) and user.is_active and (user.is_staff or may_edit_record(user, researcher_id))


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many proposals of a kind wait, and since when the oldest does."""

    kind: Proposal.Kind
    number: int
    since: datetime


def waiting() -> list[Waiting]:
    """Return the open proposals by kind, in the order of kinds."""
    rows = (
        Proposal.objects.filter(state=Proposal.State.OPEN).order_by().values("kind").annotate(number=Count("pk"), since=Min("created_at"))
    )
    found = {row["kind"]: row for row in rows}
    return [Waiting(kind=kind, number=found[kind]["number"], since=found[kind]["since"]) for kind in Proposal.Kind if kind in found]


def proposals(*, kind: str = "", state: str = Proposal.State.OPEN) -> QuerySet[Proposal]:
    """Return proposals with what they concern: open ones oldest first, decided ones newest first."""
    order = ("created_at", "pk") if state == Proposal.State.OPEN else ("-decided_at", "-pk")
    chosen = Proposal.objects.filter(state=state) if state else Proposal.objects.exclude(state=Proposal.State.OPEN)
    return _with_records(chosen.filter(kind=kind) if kind else chosen).order_by(*order)


def proposals_on(researcher_id: int) -> QuerySet[Proposal]:
    """Return every proposal that concerns a record, open ones first."""
    found = Proposal.objects.filter(Q(researcher=researcher_id) | Q(other_researcher=researcher_id))
    return _with_records(found).prefetch_related("answers").order_by("decided_at", "-created_at", "-pk")


def _with_records(found: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return found.select_related(
        "researcher", "other_researcher", "work", "other_work", "institution", "other_institution", "decided_by", "proposed_by"
    )


def assertions_on(researcher_id: int, kinds: Collection[str] = ()) -> QuerySet[Assertion]:
    """Return what people say about a record and what stands, the newest first."""
    found = Assertion.objects.filter(researcher=researcher_id, withdrawn_at__isnull=True)
    return (found.filter(kind__in=kinds) if kinds else found).select_related("work", "user").order_by("-created_at", "-pk")


def assertions_on_work(work_id: int) -> QuerySet[Assertion]:
    """Return the corrections of a work that stand."""
    found = Assertion.objects.filter(work=work_id, kind=Assertion.Kind.FIELD, withdrawn_at__isnull=True)
    return found.select_related("user").order_by("-created_at", "-pk")


def works_confirmed_by_owner(researcher_id: int) -> QuerySet[Work]:
    """Return the works on a record that its present owner, or somebody they let edit it, said are theirs.

    `bzpeer.claims.trust` counts the same ones.
    """
    claim = Claim.objects.filter(researcher=researcher_id, state=Claim.State.ACCEPTED)
    lent = ClaimDelegate.objects.filter(claim__in=claim, accepted_at__isnull=False, user__isnull=False)
    said = Assertion.objects.filter(
        Q(user__in=claim.values("user")) | Q(user__in=lent.values("user")),
        researcher=researcher_id,
        kind=Assertion.Kind.AUTHORSHIP,
        withdrawn_at__isnull=True,
        new_value__verdict="mine",
    )
    return Work.objects.filter(pk__in=said.values("work"), authorships__researcher=researcher_id).distinct().order_by("title", "pk")
