"""Derived: how complete the records are, by year, type and source.

Works are counted in chunks by own key. A change marks its chunk as due (`mark_due`, in the transaction of the change's derivation),
and a bounded task counts due chunks anew, one transaction each (`count_due`). The report adds up the chunks, so a page never reads
works; it is exact up to the chunks that are due, and says so. Counting twice gives the same.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import Now

from works.models import CoverageCell, CoverageChunk

CHUNK = 20_000
"""Own keys of works in a chunk: counting one takes about a second."""

MEASURES = {
    "abstracts": "Abstract",
    "dates": "Full date",
    "dois": "DOI",
    "licences": "Licence",
    "topics": "Topics",
    "affiliations": "Institution on a byline",
    "orcids": "ORCID iD on a byline",
    "with_references": "Reference list",
}
"""Columns of CoverageCell that count works, with what they mean."""

_FIGURES = ("works", *MEASURES, "references_listed", "references_resolved")


def mark_due(work_ids: Collection[int]) -> None:
    """Note that the figures of these works' chunks are to be counted anew."""
    numbers = sorted({work_id // CHUNK for work_id in work_ids})
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [numbers])


def mark_all_due() -> int:
    """Note that everything is to be counted anew; return how many chunks that is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM works_work")
        last = (cursor.fetchone() or (None,))[0]
        CoverageChunk.objects.filter(due_since__isnull=True).update(due_since=Now())
        if last is not None:
            cursor.execute(_MARK, [list(range(last // CHUNK + 1))])
    return CoverageChunk.objects.filter(due_since__isnull=False).count()


def count_due(*, deadline: float = float("inf"), rest: timedelta = timedelta(0)) -> int:
    """Count due chunks anew until the deadline (monotonic), those not counted for longest first; return how many were.

    Several workers share the chunks. `rest`: leave alone what was counted so recently, since an import makes everything due all the time.
    """
    counted = 0
    while _count_next(rest):
        counted += 1
        if time.monotonic() >= deadline:
            break
    return counted


@transaction.atomic
def _count_next(rest: timedelta) -> bool:
    rested = Q(counted_at__isnull=True) | Q(counted_at__lte=Now() - rest)
    due = CoverageChunk.objects.filter(rested, due_since__isnull=False).order_by(F("counted_at").asc(nulls_first=True), "number")
    # A change that arrives while this counts waits for the row and marks it again.
    chunk = due.select_for_update(skip_locked=True).first()
    if chunk is None:
        return False
    CoverageCell.objects.filter(chunk=chunk).delete()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"chunk": chunk.pk, "first": chunk.number * CHUNK, "end": (chunk.number + 1) * CHUNK})
    CoverageChunk.objects.filter(pk=chunk.pk).update(due_since=None, counted_at=Now())
    return True


_MARK = """
    INSERT INTO works_coveragechunk (number, due_since) SELECT number, now() FROM unnest(%s::int[]) number ORDER BY number
    ON CONFLICT (number) DO UPDATE SET due_since = now() WHERE works_coveragechunk.due_since IS NULL
"""

_COUNT = """
    WITH bylines AS (
        SELECT a.work_id,
               bool_or(a.raw_orcid <> '' OR r.orcid IS NOT NULL) AS has_orcid,
               bool_or(EXISTS (SELECT FROM works_authorshipinstitution l WHERE l.authorship_id = a.id)) AS has_institution
          FROM works_authorship a LEFT JOIN researchers_researcher r ON r.id = a.researcher_id
         WHERE a.work_id >= %(first)s AND a.work_id < %(end)s GROUP BY a.work_id
    ), listed AS (
        SELECT citing_id AS work_id, count(*) AS listed, count(cited_id) AS resolved
          FROM works_reference WHERE citing_id >= %(first)s AND citing_id < %(end)s GROUP BY citing_id
    ), topical AS (
        SELECT DISTINCT work_id FROM works_worktopic WHERE work_id >= %(first)s AND work_id < %(end)s
    )
    INSERT INTO works_coveragecell (chunk_id, year, type, in_openalex, in_arxiv, works, abstracts, dates, dois, licences,
                                    topics, affiliations, orcids, with_references, references_listed, references_resolved)
    SELECT %(chunk)s, w.publication_year, w.type, w.provenance ? 'openalex', w.provenance ? 'arxiv', count(*),
           count(*) FILTER (WHERE w.abstract <> ''), count(w.publication_date), count(w.doi), count(*) FILTER (WHERE w.license <> ''),
           count(t.work_id), count(*) FILTER (WHERE b.has_institution), count(*) FILTER (WHERE b.has_orcid), count(l.work_id),
           COALESCE(sum(l.listed), 0), COALESCE(sum(l.resolved), 0)
      FROM works_work w LEFT JOIN bylines b ON b.work_id = w.id LEFT JOIN listed l ON l.work_id = w.id
      LEFT JOIN topical t ON t.work_id = w.id
     WHERE w.id >= %(first)s AND w.id < %(end)s
     GROUP BY 2, 3, 4, 5
"""


# --- reads ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which works the report is about: of a source ("openalex", "arxiv", "" for any) and a type."""

    source: str = ""
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many works there are, how many have what (by the keys of MEASURES), and their references."""

    works: int
    having: dict[str, int]
    references_listed: int
    references_resolved: int


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """How fresh the figures are: the oldest count among the chunks, and how many chunks are due."""

    counted_at: datetime | None
    due: int
    chunks: int


def coverage_by_year(narrowed: Narrowed) -> dict[int | None, Coverage]:
    """Return the figures by year of publication, oldest first, undated works last under None."""
    rows = (
        _cells(narrowed).order_by(F("year").asc(nulls_last=True)).values("year").annotate(**{f"sum_{name}": Sum(name) for name in _FIGURES})
    )
    return {row["year"]: _coverage(row) for row in rows}


def whole_of(years: Collection[Coverage]) -> Coverage:
    """Return the sum of several years."""
    return Coverage(
        works=sum(each.works for each in years),
        having={name: sum(each.having[name] for each in years) for name in MEASURES},
        references_listed=sum(each.references_listed for each in years),
        references_resolved=sum(each.references_resolved for each in years),
    )


def types_covered() -> list[tuple[str, int]]:
    """Return the types in use with their number of works, the most frequent first."""
    return list(CoverageCell.objects.values_list("type").annotate(number=Sum("works")).order_by("-number", "type"))


def coverage_as_of() -> AsOf:
    """Return how fresh the figures are."""
    found = CoverageChunk.objects.aggregate(at=Min("counted_at"), due=Count("pk", filter=Q(due_since__isnull=False)), chunks=Count("pk"))
    return AsOf(counted_at=found["at"], due=found["due"], chunks=found["chunks"])


def _cells(narrowed: Narrowed) -> QuerySet[CoverageCell]:
    cells = CoverageCell.objects.all()
    if narrowed.source:
        cells = cells.filter(**{f"in_{narrowed.source}": True})
    return cells.filter(type=narrowed.type) if narrowed.type else cells


def _coverage(row: Mapping[str, Any]) -> Coverage:
    return Coverage(
        works=row["sum_works"],
        having={name: row[f"sum_{name}"] for name in MEASURES},
        references_listed=row["sum_references_listed"],
        references_resolved=row["sum_references_resolved"],
    )
