"""Trust in full: what a record's score is made of and was, and how the formula works."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.levels import VOUCHES_NEEDED
from bzpeer.claims.models import Claim, ClaimEvidence, Vouch
from bzpeer.curation.queries import works_confirmed_by_owner
from bzpeer.pages.drawings import History, history, ring
from bzpeer.pages.paging import whole_number
from graph.collaborators import collaborators_of, is_close
from researchers.models import Affiliation, Institution, Researcher, TrustSnapshot
from researchers.queries import successor
from researchers.trust import BANDS, FORMULA_VERSION, LEVEL_POINTS, LIMITS, Component, band, levels, needed, rules
from works.models import Work

ROWS_SHOWN = 20
SNAPSHOTS_SHOWN = 100
_MOST_COLLABORATORS = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of evidence; without an address it is told, not linked."""

    words: str
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component with its evidence and what more points would take."""

    component: Component
    rows: tuple[Row, ...]
    further: int
    needs: str

    @property
    def lacking(self) -> int:
        return self.component["cap"] - self.component["points"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one component gave in two snapshots."""

    label: str
    before: int
    after: int

    @property
    def difference(self) -> str:
        return f"{self.after - self.before:+d}" if self.after != self.before else "same"


@dataclass(frozen=True, kw_only=True)
class Past:
    """A snapshot in the table of history, with what moved since the one before it."""

    snapshot: TrustSnapshot
    band: str
    moved: str


@require_safe
def researcher_trust(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what a record's score is made of, with the rows behind it, and its history."""
    person = Researcher.objects.filter(pk=key).first() or successor(f"id:{key}")
    if person is None or person.pk != key or slug != slug_of(person.display_name):
        person = person or get_object_or_404(Researcher, pk=key)
        return redirect("researcher_trust", key=person.pk, slug=slug_of(person.display_name), permanent=True)
    snapshots = list(TrustSnapshot.objects.filter(researcher=person).order_by("-computed_at", "-pk")[:SNAPSHOTS_SHOWN])
    current = snapshots[0] if snapshots else None
    context: dict[str, Any] = {
        "researcher": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "canonical": request.build_absolute_uri(reverse("researcher_trust", kwargs={"key": key, "slug": slug})),
        "current": current,
        "limits": LIMITS,
        "past": [_past(snapshot, before) for snapshot, before in pairwise([*snapshots, None]) if snapshot],
        "drawing": _drawing(snapshots),
        **_compared(request, snapshots),
    }
    if current:
        context |= {
            "band": band(current.score),
            "trust_ring": ring(current.score, current.components),
            "parts": [_part(person, component, level=current.level) for component in current.components],
        }
    return render(request, "trust/researcher.html", context)


@require_safe
def about_trust(request: HttpRequest) -> HttpResponse:
    """Explain formula, levels, bands and limits; every number comes from the formula itself."""
    by_key = {rule.key: rule for rule in rules()}
    ceilings = [floor for floor, _ in BANDS]
    context = {
        "version": FORMULA_VERSION,
        "rules": rules(),
        "whole": sum(rule.cap for rule in rules()),
        "levels": levels(),
        "bands": [(name, floor, top) for (floor, name), top in zip(BANDS, [100, *[floor - 1 for floor in ceilings]], strict=False)],
        "limits": LIMITS,
        "unclaimed_points": LEVEL_POINTS[1],
        "claimed_points": LEVEL_POINTS[2] + by_key["no_open_dispute"].cap,
        "followers": by_key["proved_followers"],
        "confirmed": by_key["confirmed_works"],
        "vouches_needed": VOUCHES_NEEDED,
    }
    return render(request, "trust/about.html", context)


# --- parts and their evidence -----------------------------------------------------------------------


def _part(person: Researcher, component: Component, *, level: int) -> Part:
    rows, total = _EVIDENCE[component["key"]](person) if component["key"] in _EVIDENCE else ([], 0)
    return Part(
        component=component,
        rows=tuple(rows),
        further=max(total - len(rows), 0),
        needs=needed(component["key"], points=component["points"], level=level),
    )


_Found = tuple[list[Row], int]


def _works(found: QuerySet[Work]) -> _Found:
    shown = list(found[:ROWS_SHOWN])
    rows = [Row(words=work.title or "Untitled", address=record_address("work", work.pk, work.title)) for work in shown]
    return rows, found.count() if len(shown) == ROWS_SHOWN else len(shown)


def _on_record(person: Researcher) -> QuerySet[Work]:
    return Work.objects.filter(authorships__researcher=person).distinct().order_by("-publication_year", "title", "pk")


def _identified(person: Researcher) -> _Found:
    return _works(_on_record(person).filter(Q(doi__isnull=False) | Q(arxiv_id__isnull=False)))


def _agreeing(person: Researcher) -> _Found:
    return _works(_on_record(person).filter(provenance__has_keys=["openalex", "arxiv"]))


def _confirmed(person: Researcher) -> _Found:
    return _works(works_confirmed_by_owner(person.pk))


def _collaborators(person: Researcher) -> _Found:
    close = [edge for edge in collaborators_of(person.pk)[:_MOST_COLLABORATORS] if is_close(edge)]
    rows = [
        Row(
            words=f"{edge.collaborator.display_name}, {edge.works} works",
            address=record_address("researcher", edge.collaborator_id, edge.collaborator.display_name),
        )
        for edge in close[:ROWS_SHOWN]
    ]
    return rows, person.close_collaborators_count


def _places(person: Researcher) -> _Found:
    told = Affiliation.objects.filter(researcher=person).exclude(evidence=Affiliation.Evidence.OWNER)
    places = list(Institution.objects.filter(pk__in=told.values("institution")).order_by("display_name", "pk")[:ROWS_SHOWN])
    return [Row(words=place.display_name, address=record_address("institution", place.pk, place.display_name)) for place in places], len(
        places
    )


def _level(person: Researcher) -> _Found:
    """Say by which kinds of evidence the claim is proved, and who vouched; never what the evidence holds."""
    claim = Claim.objects.filter(researcher=person, state=Claim.State.ACCEPTED).first()
    if claim is None:
        return [], 0
    rows = [
        Row(words=f"Claimed on {claim.created_at:%-d %B %Y}" + (f", accepted on {claim.decided_at:%-d %B %Y}" if claim.decided_at else ""))
    ]
    for proof in ClaimEvidence.objects.filter(claim=claim, is_enough=True).order_by("proved_at", "pk"):
        when = f" on {proof.proved_at:%-d %B %Y}" if proof.proved_at else ""
        rows.append(Row(words=f"Proved by {_PROOFS[ClaimEvidence.Kind(proof.kind)]}{when}"))
    vouches = Vouch.objects.filter(claim=claim, withdrawn_at__isnull=True).order_by("pk").values_list("is_institution", flat=True)
    if by_people := sum(not each for each in vouches):
        rows.append(Row(words=f"{by_people} collaborator{'s' if by_people > 1 else ''} vouched"))
    if any(vouches):
        rows.append(Row(words="An institution vouched"))
    if claim.checked_at:
        rows.append(Row(words=f"Checked by staff on {claim.checked_at:%-d %B %Y}"))
    return rows, len(rows)


_PROOFS = {
    ClaimEvidence.Kind.ORCID: "logging in through ORCID",
    ClaimEvidence.Kind.MAIL: "an address at an institution",
    ClaimEvidence.Kind.PAGE: "a proof page",
    ClaimEvidence.Kind.TEXT: "a written request",
}


def _followers(person: Researcher) -> _Found:
    number = person.followers_count
    words = f"{number:,} member{'s' if number != 1 else ''} follow{'s' if number == 1 else ''} the record. Who they are is not shown."
    return [Row(words=words)] if number else [], 1 if number else 0


_EVIDENCE: Mapping[str, Callable[[Researcher], _Found]] = {
    "level": _level,
    "identified_works": _identified,
    "close_collaborators": _collaborators,
    "confirmed_works": _confirmed,
    "proved_followers": _followers,
    "affiliation": _places,
    "sources_agree": _agreeing,
}


# --- history ----------------------------------------------------------------------------------------


def _drawing(snapshots: Sequence[TrustSnapshot]) -> History | None:
    return history(
        [(each.computed_at.timestamp(), each.score, f"{each.score} on {each.computed_at:%-d %B %Y}") for each in reversed(snapshots)]
    )


def _past(snapshot: TrustSnapshot, before: TrustSnapshot | None) -> Past:
    if before is None:
        return Past(snapshot=snapshot, band=band(snapshot.score), moved="The first one kept here.")
    moved = [f"{change.label} {change.difference}" for change in _changes(before, snapshot) if change.before != change.after]
    if snapshot.formula_version != before.formula_version:
        moved.insert(0, f"Formula {before.formula_version} became {snapshot.formula_version}")
    return Past(snapshot=snapshot, band=band(snapshot.score), moved="; ".join(moved) or "Evidence beyond a cap, no points.")


def _changes(before: TrustSnapshot, after: TrustSnapshot) -> list[Change]:
    labels = {part["key"]: part["label"] for part in [*before.components, *after.components]}
    gave, gives = ({part["key"]: part["points"] for part in each.components} for each in (before, after))
    return [Change(label=label, before=gave.get(key, 0), after=gives.get(key, 0)) for key, label in labels.items()]


def _compared(request: HttpRequest, snapshots: Sequence[TrustSnapshot]) -> dict[str, Any]:
    """Return two snapshots beside each other: those the address names, else the newest two."""
    if len(snapshots) < 2:
        return {"changes": []}
    named = [_named(snapshots, request.GET.get(name, "")) for name in ("from", "to")]
    (newer, older), *_ = pairwise(snapshots)
    before, after = sorted((named[0] or older, named[1] or newer), key=lambda each: (each.computed_at, each.pk))
    return {"before": before, "after": after, "changes": _changes(before, after)}


def _named(snapshots: Sequence[TrustSnapshot], text: str) -> TrustSnapshot | None:
    key = whole_number(text, digits=18)
    return next((each for each in snapshots if each.pk == key), None)
