"""What is missing or doubtful on records: counts and lists for the pages that say how to mend it.

Counts of one record cost one query over its own works, found through indexes; lists are read a page at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Collate, Lower

from researchers.models import NameForm, Researcher
from researchers.names import fold
from works.bibliography import with_authors_total
from works.models import Authorship, AuthorshipInstitution, Reference, UpstreamRecord, Work, WorkTopic

MOST_COMPARED = 2_000
"""Works of one record that are compared with each other here; a longer list is left to the proposals of the disambiguation."""
FEWEST_COMPARED = 4
FAR_APART = 25
"""Years between a work and the nearest other one that make a record doubtful."""
_AUTHORS_COMPARED = 100


def _without_own_institution(researcher_id: int) -> Q:
    links = AuthorshipInstitution.objects.filter(authorship__work=OuterRef("pk"), authorship__researcher=researcher_id)
    return ~Q(Exists(links))


def lacks(researcher_id: int) -> dict[str, Q]:
    """Return what a work of this researcher may lack: key -> condition on works."""
    return {
        "abstract": Q(abstract=""),
        "id": Q(doi__isnull=True, arxiv_id__isnull=True),
        "date": Q(publication_date__isnull=True),
        "topics": ~Q(Exists(WorkTopic.objects.filter(work=OuterRef("pk")))),
        "references": ~Q(Exists(Reference.objects.filter(citing=OuterRef("pk")))),
        "institution": _without_own_institution(researcher_id),
    }


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """Works of a record, those that lack what (by the keys of `lacks`), and the latest year among them."""

    works: int
    lacking: dict[str, int]
    latest_year: int | None


def completeness(researcher_id: int) -> Completeness:
    """Return what the works of a researcher lack, with one query."""
    counted = {f"lacking_{key}": Count("pk", filter=condition) for key, condition in lacks(researcher_id).items()}
    found = _works_of(researcher_id).aggregate(works=Count("pk"), latest_year=Max("publication_year"), **counted)
    return Completeness(
        works=found["works"], latest_year=found["latest_year"], lacking={key: found[f"lacking_{key}"] for key in lacks(researcher_id)}
    )


def works_lacking(researcher_id: int, lack: str, *, first: int, most: int) -> list[Work]:
    """Return works of a researcher that lack something, the newest first, from number `first` (0 is the first) on."""
    return _listed(_works_of(researcher_id).filter(lacks(researcher_id)[lack]), first=first, most=most)


def works_by_keys(keys: Sequence[int], *, first: int, most: int) -> list[Work]:
    """Return these works, the newest first, from number `first` on."""
    return _listed(Work.objects.filter(pk__in=keys), first=first, most=most)


def works_printing(researcher_id: int, byline: str, *, first: int, most: int) -> list[Work]:
    """Return the works that print the researcher's name in exactly this way, the newest first."""
    printed = Authorship.objects.filter(researcher_id=researcher_id, byline=byline).values("work_id")
    return _listed(Work.objects.filter(pk__in=printed), first=first, most=most)


def _works_of(researcher_id: int) -> QuerySet[Work]:
    return Work.objects.filter(pk__in=Authorship.objects.filter(researcher_id=researcher_id).values("work_id"))


def _listed(works: QuerySet[Work], *, first: int, most: int) -> list[Work]:
    order = (F("publication_year").desc(nulls_last=True), Collate(Lower("title"), "C"), F("pk"))
    page = works.order_by(*order).values("pk")[first : first + most]
    return list(with_authors_total(Work.objects.filter(pk__in=page).select_related("source")).order_by(*order))


# --- names --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """A way a researcher's name is printed, on how many works, and in which years."""

    byline: str
    works: int
    first_year: int | None
    last_year: int | None


def unusual_spellings(researcher: Researcher, *, most: int = 200) -> list[Spelling]:
    """Return the printed forms that none of the record's names explains, the most frequent first.

    A form is explained if its words are those of a name the source or the owner gives, in any order, where an initial stands for a word.
    """
    rows = (
        Authorship.objects.filter(researcher=researcher)
        .order_by()
        .values("byline")
        .annotate(works=Count("work", distinct=True), first=Min("work__publication_year"), last=Max("work__publication_year"))
        .order_by("-works", "byline")
    )
    given = NameForm.objects.filter(researcher=researcher).exclude(kind=NameForm.Kind.BYLINE).order_by("pk").values_list("name", flat=True)
    known = [fold(name).split() for name in (researcher.display_name, *given)]
    return [
        Spelling(byline=row["byline"], works=row["works"], first_year=row["first"], last_year=row["last"])
        for row in rows[:most]
        if not any(explains(name, fold(row["byline"]).split()) for name in known)
    ]


def explains(name: Sequence[str], printed: Sequence[str]) -> bool:
    """Tell whether a printed form (folded words) is this name, perhaps with initials, another order or fewer given names."""
    shorter, longer = sorted((list(name), list(printed)), key=len)
    if "".join(shorter) == "".join(longer):
        return True
    whole = [word for word in shorter if word in longer and len(word) > 1]
    if not whole:
        return False
    left = [word for word in longer if word not in whole]
    for word in (word for word in shorter if word not in whole):
        match = next((other for other in left if other.startswith(word) or word.startswith(other)), None)
        if match is None or (len(word) > 1 and len(match) > 1):
            return False
        left.remove(match)
    return True


# --- works that may be somebody else's --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Doubtful:
    """A work that does not fit the others of its record, and why."""

    work_id: int
    reason: str


_ALONE = "shares no co-author, topic area, category, venue or institution with the other works of this record"


def doubtful_works(researcher_id: int, *, works: int) -> list[Doubtful]:
    """Return works of a record (`works` in all) that have nothing in common with the others, or lie far apart in time."""
    if not FEWEST_COMPARED <= works <= MOST_COMPARED:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTFUL, {"id": researcher_id, "authors": _AUTHORS_COMPARED, "years": FAR_APART})
        return [Doubtful(work_id=key, reason=_reason(is_alone=is_alone, gap=gap)) for key, is_alone, gap in cursor.fetchall()]


def _reason(*, is_alone: bool, gap: int | None) -> str:
    said = [_ALONE] if is_alone else []
    if gap is not None and gap >= FAR_APART:
        said.append(f"lies {gap} years from the nearest other work")
    return f"It {' and '.join(said)}."


_DOUBTFUL = """
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT w.id, w.publication_year AS year, w.source_id FROM works_authorship a JOIN works_work w ON w.id = a.work_id
         WHERE a.researcher_id = %(id)s
    ), traits AS MATERIALIZED (
        SELECT m.id, 'person' AS kind, a.researcher_id::bigint AS trait FROM mine m JOIN works_authorship a ON a.work_id = m.id
         WHERE a.researcher_id IS NOT NULL AND a.researcher_id <> %(id)s AND a.position <= %(authors)s
        UNION SELECT m.id, 'area', COALESCE(t.subfield_id, -t.id) FROM mine m JOIN works_worktopic l ON l.work_id = m.id
           JOIN works_topic t ON t.id = l.topic_id
        UNION SELECT m.id, 'category', c.category_id FROM mine m JOIN works_workcategory c ON c.work_id = m.id
        UNION SELECT id, 'venue', source_id FROM mine WHERE source_id IS NOT NULL
        UNION SELECT m.id, 'place', l.institution_id FROM mine m JOIN works_authorship a ON a.work_id = m.id AND a.researcher_id = %(id)s
           JOIN works_authorshipinstitution l ON l.authorship_id = a.id
    ), shared AS (
        SELECT id, bool_or(n > 1) AS any FROM (SELECT id, count(*) OVER (PARTITION BY kind, trait) AS n FROM traits) AS each GROUP BY id
    ), apart AS (
        SELECT id, least(year - lag(year) OVER w, lead(year) OVER w - year) AS gap
          FROM mine WHERE year IS NOT NULL WINDOW w AS (ORDER BY year, id)
    )
    SELECT m.id, s.any IS FALSE, p.gap FROM mine m LEFT JOIN shared s ON s.id = m.id LEFT JOIN apart p ON p.id = m.id
     WHERE s.any IS FALSE OR p.gap >= %(years)s
     ORDER BY (s.any IS FALSE) DESC, p.gap DESC NULLS LAST, m.id
"""


# --- one work ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BylineState:
    """Bylines of a work: all, those tied to no record, those without an institution, those without an ORCID iD."""

    total: int
    unresolved: int
    without_institution: int
    without_orcid: int


def byline_state(work: Work) -> BylineState:
    """Return how complete the bylines of a work are, with one query."""
    places = Exists(AuthorshipInstitution.objects.filter(authorship=OuterRef("pk")))
    found = Authorship.objects.filter(work=work).aggregate(
        total=Count("pk"),
        unresolved=Count("pk", filter=Q(researcher__isnull=True)),
        without_institution=Count("pk", filter=~Q(places)),
        without_orcid=Count("pk", filter=Q(raw_orcid="") & (Q(researcher__isnull=True) | Q(researcher__orcid__isnull=True))),
    )
    return BylineState(**found)


def bylines_lacking(work: Work, lack: str, *, first: int, most: int) -> list[Authorship]:
    """Return bylines in print order that are "unresolved" or stand without "institution" or "orcid"."""
    bylines = Authorship.objects.filter(work=work).select_related("researcher").order_by("position", "pk")
    conditions: dict[str, Any] = {
        "unresolved": Q(researcher__isnull=True),
        "institution": ~Q(Exists(AuthorshipInstitution.objects.filter(authorship=OuterRef("pk")))),
        "orcid": Q(raw_orcid="") & (Q(researcher__isnull=True) | Q(researcher__orcid__isnull=True)),
    }
    return list(bylines.filter(conditions[lack])[first : first + most])


def upstream_records_of(work: Work) -> list[UpstreamRecord]:
    """Return the upstream records a work was composed of, with when each was read and since when upstream lacks it."""
    rows = UpstreamRecord.objects.filter(record_id=work.pk, draft__isnull=False).defer("draft", "digest")
    return list(rows.order_by("key"))


def share_complete(missing: Iterable[int], *, whole: int) -> int:
    """Return in hundredths how much of `whole` is there; 100 only when nothing is missing."""
    lost = sum(missing)
    if not whole:
        return 0
    return 100 if not lost else min(round(100 * (whole - lost) / whole), 99)
