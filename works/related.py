"""Papers related to one, each with its reasons: shared references, being cited together, shared key terms, like wording.

One query when a page is asked for, so that it is never out of date. Its cost does not grow with the corpus: each step reads a
bounded number of rows by index (the limits below), the references that fewest works share first, since those say most.
The counts told are exact for the works shown.

    shared references     Kessler 1963: n / √(references of the one × references of the other)
    cited together        Small 1973: n / √(citations of the one × citations of the other), among the newest citing works
    shared key terms      sum of the products of their weights
    like wording          cosine of the abstracts' vectors (works/terms/likeness.py), where pgvector is there and it is at least LEAST_ALIKE
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from works.terms.likeness import TABLE, is_here

REFERENCES_READ = 60
COMMON_REFERENCE = 200
"""A reference cited here more often than this joins too many works to say anything."""
CITING_READ = 60
REFERENCES_OF_CITING_READ = 150
WORKS_OF_TERM_READ = 40
ALIKE_READ = 20
LEAST_ALIKE = 0.3
CANDIDATES = 40
AUTHORS_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class RelatedWork:
    """A related work, with what its line shows and why it stands there."""

    work_id: int
    title: str
    year: int | None
    is_retracted: bool
    authors: tuple[str, ...]
    has_more_authors: bool
    shared_references: int
    cited_together: int
    shared_terms: tuple[str, ...]
    alike: float

    @property
    def reasons(self) -> tuple[str, ...]:
        """In words, the strongest kind first."""
        found = []
        if self.shared_references:
            found.append(f"{self.shared_references:,} shared reference{'' if self.shared_references == 1 else 's'}")
        if self.cited_together:
            found.append(f"cited together by {self.cited_together:,} paper{'' if self.cited_together == 1 else 's'}")
        if self.shared_terms:
            found.append(f"shares: {', '.join(self.shared_terms)}")
        if self.alike:
            found.append("an abstract of like wording")
        return tuple(found)


def related_to(work_id: int, *, limit: int = 8) -> list[RelatedWork]:
    """Return the works most related to one, in one query."""
    values: dict[str, Any] = {
        "work": work_id,
        "limit": limit,
        "references": REFERENCES_READ,
        "common": COMMON_REFERENCE,
        "citing": CITING_READ,
        "theirs": REFERENCES_OF_CITING_READ,
        "of_term": WORKS_OF_TERM_READ,
        "alike": ALIKE_READ,
        "least_alike": LEAST_ALIKE,
        "candidates": CANDIDATES,
        "authors": AUTHORS_SHOWN + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RELATED.format(alike=_ALIKE if _has_vectors() else _NONE_ALIKE), values)
        return [_related(row) for row in cursor.fetchall()]


def _related(row: tuple[Any, ...]) -> RelatedWork:
    key, title, year, is_retracted, authors, references, together, terms, alike = row
    return RelatedWork(
        work_id=key,
        title=title,
        year=year,
        is_retracted=is_retracted,
        authors=tuple(authors[:AUTHORS_SHOWN]),
        has_more_authors=len(authors) > AUTHORS_SHOWN,
        shared_references=references,
        cited_together=together,
        shared_terms=tuple(terms or ()),
        alike=alike,
    )


@cache
def _has_vectors() -> bool:
    """Asked once a process, past what counts a page's queries: the table is made by a migration only."""
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        return is_here(cursor)


_NONE_ALIKE = "SELECT NULL::bigint AS id, 0.0::float8 AS cosine WHERE false"
_ALIKE = f"""
    SELECT id, cosine FROM (
        SELECT work_id AS id, 1 - (vector <=> (SELECT vector FROM {TABLE} WHERE work_id = %(work)s)) AS cosine
          FROM {TABLE} ORDER BY vector <=> (SELECT vector FROM {TABLE} WHERE work_id = %(work)s) LIMIT %(alike)s + 1
    ) nearest WHERE id <> %(work)s AND cosine >= %(least_alike)s
"""

_RELATED = """
    WITH cites AS MATERIALIZED (
        SELECT DISTINCT r.cited_id AS id, w.cited_by_count FROM works_reference r JOIN works_work w ON w.id = r.cited_id
         WHERE r.citing_id = %(work)s
    ), telling AS MATERIALIZED (
        SELECT id FROM cites WHERE cited_by_count <= %(common)s ORDER BY cited_by_count, id LIMIT %(references)s
    ), coupled AS (
        SELECT r.citing_id AS id, count(DISTINCT r.cited_id) AS n FROM telling JOIN works_reference r ON r.cited_id = telling.id
         WHERE r.citing_id <> %(work)s GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT %(candidates)s
    ), citing AS MATERIALIZED (
        SELECT DISTINCT citing_id AS id FROM (
            SELECT citing_id FROM works_reference WHERE cited_id = %(work)s LIMIT 20 * %(citing)s
        ) AS few ORDER BY 1 DESC LIMIT %(citing)s
    ), cocited AS (
        SELECT theirs.cited_id AS id, count(DISTINCT citing.id) AS n
          FROM citing CROSS JOIN LATERAL (
            SELECT cited_id FROM works_reference WHERE citing_id = citing.id ORDER BY raw_key LIMIT %(theirs)s
          ) theirs WHERE theirs.cited_id <> %(work)s GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT %(candidates)s
    ), own AS MATERIALIZED (
        SELECT key, weight / 1000.0::float8 AS weight FROM works_keyterm WHERE work_id = %(work)s
    ), sharing AS (
        SELECT theirs.work_id AS id, sum(own.weight * theirs.weight / 1000.0::float8) AS likeness
          FROM own CROSS JOIN LATERAL (
            SELECT work_id, weight FROM works_keyterm t WHERE t.key = own.key ORDER BY weight DESC, work_id LIMIT %(of_term)s
          ) theirs WHERE theirs.work_id <> %(work)s GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT %(candidates)s
    ), alike AS MATERIALIZED (
        {alike}
    ), strengths AS (
        SELECT c.id, c.n / sqrt(greatest((SELECT count(*) FROM cites), 1) * greatest(w.references_count, c.n, 1)) AS strength
          FROM coupled c JOIN works_work w ON w.id = c.id
        UNION ALL
        SELECT c.id, c.n / sqrt(greatest((SELECT count(*) FROM citing), 1) * greatest(w.cited_by_count, c.n, 1))
          FROM cocited c JOIN works_work w ON w.id = c.id
        UNION ALL SELECT id, likeness FROM sharing
        UNION ALL SELECT id, cosine / 2 FROM alike
    ), best AS MATERIALIZED (
        SELECT s.id, sum(s.strength) AS strength FROM strengths s JOIN works_work w ON w.id = s.id
         GROUP BY s.id ORDER BY 2 DESC, 1 DESC LIMIT %(limit)s
    )
    SELECT w.id, w.title, w.publication_year, w.is_retracted,
           ARRAY(SELECT a.byline FROM works_authorship a WHERE a.work_id = w.id ORDER BY a.position LIMIT %(authors)s),
           (SELECT count(DISTINCT r.cited_id) FROM works_reference r JOIN cites ON cites.id = r.cited_id WHERE r.citing_id = w.id),
           (SELECT count(*) FROM citing WHERE EXISTS (SELECT FROM works_reference r WHERE r.citing_id = citing.id AND r.cited_id = w.id)),
           ARRAY(SELECT t.text FROM own JOIN works_keyterm t ON t.key = own.key AND t.work_id = w.id
                  ORDER BY own.weight * t.weight DESC, t.rank LIMIT 3),
           COALESCE((SELECT cosine FROM alike WHERE alike.id = w.id), 0)
      FROM best JOIN works_work w ON w.id = best.id ORDER BY best.strength DESC, best.id DESC
"""
