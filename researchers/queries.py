"""Reads about researchers that need nothing but their own records."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from researchers.models import Affiliation, Institution, NameForm, Researcher, ResearcherRedirect, TrustSnapshot
from researchers.searching import best_matches, best_named, searchable, spelled_out, words_of

HISTORY_SHOWN = 6
NAME_SORTED = 64
"""Characters of a name that take part in sorting: an index entry must stay small, a name need not."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a list was left: the sort value and the key of the last row shown."""

    value: str
    key: int


def successor(key: str) -> Researcher | None:
    """Return the researcher that a former key leads to: "id:12", "openalex:A…" or "orcid:…"."""
    moved = ResearcherRedirect.objects.filter(key=key).select_related("researcher").first()
    return moved.researcher if moved else None


def researcher_by_orcid(orcid: str) -> Researcher | None:
    """Return the researcher with this ORCID iD, also when it came here under a record that was merged."""
    return Researcher.objects.filter(orcid=orcid).first() or successor(f"orcid:{orcid}")


def researcher_by_openalex_id(openalex_id: str) -> Researcher | None:
    """Return the researcher with this OpenAlex author id, also when upstream merged it into another."""
    return Researcher.objects.filter(openalex_id=openalex_id).first() or successor(f"openalex:{openalex_id}")


def affiliations_of(researcher_id: int) -> list[Affiliation]:
    """Return the affiliations with their institutions, the current and latest ones first."""
    rows = Affiliation.objects.filter(researcher_id=researcher_id).select_related("institution").order_by("institution_id", "evidence")
    return sorted(rows, key=lambda row: (-row.is_last_known, -max(row.years, default=0), row.institution.display_name, row.pk))


def latest_affiliations(researcher_ids: Collection[int]) -> dict[int, Affiliation]:
    """Return for each researcher the affiliation to show beside the name: last known, else the latest by year."""
    best: dict[int, Affiliation] = {}
    rows = Affiliation.objects.filter(researcher_id__in=researcher_ids).select_related("institution").order_by("researcher_id", "pk")
    for row in rows:
        held = best.get(row.researcher_id)
        if held is None or _recency(row) > _recency(held):
            best[row.researcher_id] = row
    return best


def _recency(row: Affiliation) -> tuple[bool, int]:
    return row.is_last_known, max(row.years, default=0)


def name_forms_of(researcher: Researcher) -> list[NameForm]:
    """Return how else the name is written."""
    return list(NameForm.objects.filter(researcher=researcher).exclude(name=researcher.display_name).order_by("kind", "name", "pk"))


def trust_history_of(researcher_id: int) -> list[TrustSnapshot]:
    """Return the newest trust snapshots, the current one first."""
    return list(TrustSnapshot.objects.filter(researcher_id=researcher_id).order_by("-computed_at", "-pk")[:HISTORY_SHOWN])


NUMBERS = {"works": "works_count", "trust": "trust_score", "collaborators": "close_collaborators_count"}


def researchers_listed(*, sort: str, named: str = "", claimed: bool = False, affiliated: bool = False) -> QuerySet[Researcher]:
    """Return researchers by "name" or one of NUMBERS, with `sorted_by` to resume from.

    `named` keeps those with a name form in which every given word begins a word; accents, order, script and spelling aside.
    """
    chosen = Researcher.objects.filter(_called(named)) if named else Researcher.objects.all()
    if claimed:
        chosen = chosen.filter(is_claimed=True)
    if affiliated:
        chosen = chosen.filter(Exists(Affiliation.objects.filter(researcher=OuterRef("pk"))))
    return listed(chosen, sort=sort)


def _called(text: str) -> Q:
    words = words_of(text)
    return Q(search=spelled_out(words)) if words else Q(pk__in=[])


def listed(chosen: QuerySet[Researcher], *, sort: str) -> QuerySet[Researcher]:
    """Return researchers by "name" or, the largest first, by one of NUMBERS; each order is an index (researcher_by_…)."""
    if sort == "name":
        return chosen.annotate(sorted_by=Left("display_name", NAME_SORTED)).order_by("sorted_by", "pk")
    number = F(NUMBERS[sort])
    return chosen.annotate(sorted_by=number).order_by(number.desc(), "pk")


def beyond(researchers: QuerySet[Researcher], place: Place, *, sort: str) -> QuerySet[Researcher]:
    """Return what follows `place`. A value that is no number has nothing after it in an order by numbers."""
    if sort == "name":
        return researchers.filter(Q(sorted_by__gt=place.value) | Q(sorted_by=place.value, pk__gt=place.key))
    if not (place.value.isascii() and place.value.isdigit() and len(place.value) <= 9):
        return researchers.none()
    return researchers.filter(Q(sorted_by__lt=int(place.value)) | Q(sorted_by=int(place.value), pk__gt=place.key))


# --- search -----------------------------------------------------------------------------------------


def researchers_named(text: str) -> QuerySet[Researcher]:
    """Return the researchers with a name in which every given word begins a word, in any script and common spelling,
    best match first, then by works."""
    return best_named(Researcher.objects.all(), text, then_by="works_count")


def institutions_named(text: str) -> QuerySet[Institution]:
    """The same for institutions by their names and acronyms."""
    return best_matches(Institution.objects.all(), text, column="folded_names", then_by="works_count")


STALENESS_SAMPLE = 100
"""Records at either end: the oldest and the newest. An upgrade changes many or none."""


def are_names_stale() -> bool:
    """Tell whether names are stored as an earlier version spelled them, so that searches miss some (see tasks.mend_names)."""
    by_key = Researcher.objects.order_by("pk")
    sample = {*by_key.values_list("pk", flat=True)[:STALENESS_SAMPLE], *by_key.reverse().values_list("pk", flat=True)[:STALENESS_SAMPLE]}
    rows = Researcher.objects.filter(pk__in=sample).order_by("pk").prefetch_related("name_forms")
    return any(row.folded_names != searchable([row.display_name, *(form.name for form in row.name_forms.all())]) for row in rows)
