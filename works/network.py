"""Who cites a work and whom it cites, as one list: sorted, narrowed, counted by year, self-citations told apart.

One statement reads it all. Its cost follows the work's own links, of which READ are read of each direction.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from researchers.names import fold
from works.models import Work

READ = 5_000
"""Links read of each direction. What is cited more often shows so many of the works that cite it."""
AUTHORS_COMPARED = 100
"""Authors of the work whose other works are self-citations; a collaboration of thousands would make nearly everything one."""
AUTHORS_SHOWN = 3

CITING, CITED = "citing", "cited"
ORDERS = {
    "newest": ("Newest first", "is_here DESC, year DESC NULLS LAST, publication_date DESC NULLS LAST, id DESC, raw_key"),
    "oldest": ("Oldest first", "is_here DESC, year NULLS LAST, publication_date NULLS LAST, id, raw_key"),
    "cited": ("Most cited here", "is_here DESC, cited_by_count DESC, year DESC NULLS LAST, id DESC, raw_key"),
    "title": ("Title", 'is_here DESC, folded_title COLLATE "C", id, raw_key'),
    "author": ("First author", 'is_here DESC, first_author COLLATE "C" NULLS LAST, year DESC NULLS LAST, id DESC, raw_key'),
}
"""Ways to sort: key in the address -> (words, SQL). Works that are not here have nothing to be sorted by and stand last."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which links are asked for; "" and None mean any. `own`: "only" self-citations or "without" them."""

    direction: str = ""
    where: str = ""
    own: str = ""
    words: str = ""
    year: int | None = None
    order: str = "newest"

    @property
    def is_narrowed(self) -> bool:
        return any((self.direction, self.where, self.own, self.words, self.year is not None))


@dataclass(frozen=True, kw_only=True)
class Person:
    """A byline of a neighbour; `key` is None where it is tied to no record."""

    name: str
    key: int | None
    display_name: str
    level: int | None


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A citing or a cited work. `key` is None where it is not on this portal: then `raw_key` is its id."""

    direction: str
    key: int | None
    raw_key: str
    title: str
    year: int | None
    is_self: bool
    is_retracted: bool
    is_withdrawn: bool
    cited_by_count: int
    authors: tuple[Person, ...]
    has_more_authors: bool


@dataclass(frozen=True, kw_only=True)
class Totals:
    """All links read of one direction. `years` counts the works that are here, None is undated."""

    here: int
    elsewhere: int
    own: int
    years: dict[int | None, int]
    is_cut: bool

    @property
    def all(self) -> int:
        return self.here + self.elsewhere


@dataclass(frozen=True, kw_only=True)
class Network:
    """One page of the links that were asked for, how many those are, and the totals of everything."""

    rows: tuple[Neighbour, ...]
    chosen: int
    citing: Totals
    cited: Totals


_LINKS = """
    WITH own AS MATERIALIZED (
        SELECT DISTINCT researcher_id AS id FROM works_authorship
         WHERE work_id = %(work)s AND position <= %(compared)s AND researcher_id IS NOT NULL
    ), links AS MATERIALIZED (
        SELECT 'citing' AS direction, id, '' AS raw_key FROM (
            SELECT DISTINCT citing_id AS id FROM works_reference WHERE cited_id = %(work)s LIMIT %(read)s) citing
        UNION ALL
        SELECT 'cited', id, '' FROM (
            SELECT DISTINCT cited_id AS id FROM works_reference WHERE citing_id = %(work)s AND cited_id IS NOT NULL LIMIT %(read)s) cited
        UNION ALL
        SELECT 'cited', NULL, raw_key FROM (
            SELECT raw_key FROM works_reference WHERE citing_id = %(work)s AND cited_id IS NULL ORDER BY raw_key LIMIT %(read)s) elsewhere
    ), selves AS MATERIALIZED (
        SELECT DISTINCT a.work_id AS id FROM works_authorship a
         WHERE a.researcher_id IN (SELECT id FROM own) AND a.work_id IN (SELECT id FROM links)
    ), known AS MATERIALIZED (
        SELECT l.direction, l.id, l.raw_key, l.id IS NOT NULL AS is_here, w.title, w.folded_title, w.publication_year AS year,
               w.publication_date, w.is_retracted, w.is_withdrawn, w.cited_by_count, s.id IS NOT NULL AS is_self,
               first.name_key AS first_author
          FROM links l LEFT JOIN works_work w ON w.id = l.id LEFT JOIN selves s ON s.id = l.id
          LEFT JOIN works_authorship first ON first.work_id = l.id AND first.position = 1
    ), chosen AS (
        SELECT * FROM known WHERE {narrowed}
    ), page AS (
        SELECT *, row_number() OVER (ORDER BY {order}) AS place FROM chosen ORDER BY place LIMIT %(limit)s OFFSET %(first)s
    )
"""
_NETWORK = (
    _LINKS
    + """
    SELECT (SELECT count(*) FROM chosen),
           (SELECT json_agg(json_build_array(direction, is_here, is_self, year, n)) FROM (
                SELECT direction, is_here, is_self, year, count(*) AS n FROM known GROUP BY 1, 2, 3, 4) counted)::text,
           (SELECT json_agg(json_build_array(direction, id, raw_key, title, year, is_self, is_retracted, is_withdrawn, cited_by_count,
                                             authors) ORDER BY place) FROM (
                SELECT page.*, (SELECT json_agg(json_build_array(a.byline, a.researcher_id, r.display_name, r.verification_level)
                                                ORDER BY a.position)
                                  FROM works_authorship a LEFT JOIN researchers_researcher r ON r.id = a.researcher_id
                                 WHERE a.work_id = page.id AND a.position <= %(shown)s) AS authors FROM page) told)::text
"""
)
_KEYS = _LINKS + "SELECT direction, id, raw_key, is_self FROM page ORDER BY place"


def network_of(work: Work, asked: Asked, *, first: int, limit: int) -> Network:
    """Return `limit` links from place `first` (0 is the top) on, with the totals, by one query."""
    with connection.cursor() as cursor:
        cursor.execute(*_question(_NETWORK, work, asked, first=first, limit=limit, shown=AUTHORS_SHOWN + 1))
        chosen, counted, rows = cursor.fetchone()
    counts = json.loads(counted) if counted else []
    return Network(
        rows=tuple(_neighbour(row) for row in (json.loads(rows) if rows else ())),
        chosen=chosen,
        citing=_totals(row for row in counts if row[0] == CITING),
        cited=_totals(row for row in counts if row[0] == CITED),
    )


@dataclass(frozen=True, kw_only=True)
class Link:
    """A row of the list by its keys alone."""

    direction: str
    key: int | None
    raw_key: str
    is_self: bool


def links_of(work: Work, asked: Asked, *, limit: int) -> list[Link]:
    """Return the first `limit` links that are asked for, in order, for a file."""
    with connection.cursor() as cursor:
        cursor.execute(*_question(_KEYS, work, asked, first=0, limit=limit))
        return [Link(direction=row[0], key=row[1], raw_key=row[2], is_self=row[3]) for row in cursor.fetchall()]


def _question(sql: str, work: Work, asked: Asked, **values: object) -> tuple[str, dict[str, Any]]:
    """Return the statement with its values; only the phrases of this module ever become part of it."""
    parts, given = ["TRUE"], {**values, "work": work.pk, "read": READ, "compared": AUTHORS_COMPARED}
    if asked.direction:
        parts.append("direction = %(direction)s")
        given["direction"] = asked.direction
    if asked.where:
        parts.append("is_here" if asked.where == "here" else "NOT is_here")
    if asked.own:
        parts.append("is_self" if asked.own == "only" else "NOT is_self")
    if asked.year is not None:
        parts.append("year = %(year)s")
        given["year"] = asked.year
    for number, word in enumerate(fold(asked.words).split()):
        parts.append(
            f"(strpos(folded_title, %(word{number})s) > 0 OR strpos(lower(raw_key), %(word{number})s) > 0 OR EXISTS ("
            f"SELECT FROM works_authorship a WHERE a.work_id = known.id AND a.position <= %(compared)s "
            f"AND strpos(a.name_key, %(word{number})s) > 0))"
        )
        given[f"word{number}"] = word
    return sql.format(narrowed=" AND ".join(parts), order=ORDERS[asked.order][1]), given


def _totals(rows: Iterable[list[Any]]) -> Totals:
    here = elsewhere = own = 0
    years: Counter[int | None] = Counter()
    for _, is_here, is_self, year, number in rows:
        if is_here:
            here += number
            years[year] += number
        else:
            elsewhere += number
        own += number if is_self else 0
    return Totals(here=here, elsewhere=elsewhere, own=own, years=dict(years), is_cut=READ in (here, elsewhere))


def _neighbour(row: list[Any]) -> Neighbour:
    direction, key, raw_key, title, year, is_self, is_retracted, is_withdrawn, cited, authors = row
    people = [Person(name=name, key=person, display_name=label or "", level=level) for name, person, label, level in authors or ()]
    return Neighbour(
        direction=direction,
        key=key,
        raw_key=raw_key,
        title=title or "",
        year=year,
        is_self=is_self,
        is_retracted=bool(is_retracted),
        is_withdrawn=bool(is_withdrawn),
        cited_by_count=cited or 0,
        authors=tuple(people[:AUTHORS_SHOWN]),
        has_more_authors=len(people) > AUTHORS_SHOWN,
    )
