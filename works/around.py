"""What surrounds the works of a topic, an institution or a venue: their years, people, places and topics.

Read from at most READ of the works, and people and places from COMPARED of those, so that the page of the largest topic of a
corpus of millions costs what one of five thousand works costs. Which ones is left to the index: to choose them by any order
would read them all. A page says how many were read.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

READ = 5_000
COMPARED = 1_000
BYLINES = 50
"""Bylines looked at of a work: a collaboration of thousands would be everybody's."""
CANDIDATES = 200
"""People of whom the record is looked at, to order those of as many works by their citations."""

_WORKS = {
    "topic": "SELECT work_id AS id FROM works_worktopic WHERE topic_id = %(key)s LIMIT %(read)s",
    "institution": (
        "SELECT DISTINCT a.work_id AS id FROM (SELECT authorship_id FROM works_authorshipinstitution "
        "WHERE institution_id = %(key)s LIMIT %(read)s) l JOIN works_authorship a ON a.id = l.authorship_id"
    ),
    "source": "SELECT id FROM works_work WHERE source_id = %(key)s LIMIT %(read)s",
}
_AROUND = """
    WITH works AS MATERIALIZED ({works}), few AS MATERIALIZED (SELECT id FROM works LIMIT %(compared)s),
    lines AS MATERIALIZED (
        SELECT a.id, a.work_id, a.researcher_id FROM few JOIN works_authorship a ON a.work_id = few.id AND a.position <= %(bylines)s
    )
    SELECT
      (SELECT count(*) FROM works), (SELECT count(*) FROM few),
      (SELECT json_agg(json_build_array(year, n, cited) ORDER BY year) FROM (
          SELECT w.publication_year AS year, count(*) AS n, sum(w.cited_by_count) AS cited
            FROM works JOIN works_work w ON w.id = works.id GROUP BY 1) y)::text,
      (SELECT json_agg(json_build_array(id, n) ORDER BY place) FROM (
          SELECT r.id, l.n, row_number() OVER (ORDER BY l.n DESC, r.cited_by_count DESC, r.display_name, r.id) AS place
            FROM (SELECT researcher_id, count(DISTINCT work_id) AS n FROM lines WHERE researcher_id IS NOT NULL
                   GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(candidates)s) l
            JOIN researchers_researcher r ON r.id = l.researcher_id ORDER BY place LIMIT %(most)s) p)::text,
      (SELECT json_agg(json_build_array(id, n, display_name) ORDER BY place) FROM (
          SELECT i.id, i.display_name, count(DISTINCT l.work_id) AS n,
                 row_number() OVER (ORDER BY count(DISTINCT l.work_id) DESC, i.display_name, i.id) AS place
            FROM lines l JOIN works_authorshipinstitution at ON at.authorship_id = l.id
            JOIN researchers_institution i ON i.id = at.institution_id
           WHERE i.id <> %(no_institution)s GROUP BY i.id ORDER BY place LIMIT %(most)s) i)::text,
      (SELECT json_agg(json_build_array(id, n, display_name) ORDER BY place) FROM (
          SELECT t.id, t.display_name, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, t.display_name, t.id) AS place
            FROM few JOIN works_worktopic wt ON wt.work_id = few.id JOIN works_topic t ON t.id = wt.topic_id
           WHERE t.id <> %(no_topic)s GROUP BY t.id ORDER BY place LIMIT %(most)s) t)::text
"""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A person, place or topic with how many of the works compared are theirs too. People come without their name."""

    key: int
    works: int
    display_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Around:
    """`years`: (works, citations of those works in this portal) of the dated works. `read` and `compared` works were looked at."""

    years: dict[int, tuple[int, int]]
    undated: int
    people: tuple[Shared, ...]
    institutions: tuple[Shared, ...]
    topics: tuple[Shared, ...]
    read: int
    compared: int

    @property
    def is_cut(self) -> bool:
        return self.read >= READ

    @property
    def is_part(self) -> bool:
        return self.compared < self.read or self.is_cut


def around(kind: str, key: int, *, most: int) -> Around:
    """Return what surrounds a "topic", an "institution" (itself left out among the places) or a "source", by one query."""
    asked: dict[str, Any] = {
        "key": key,
        "read": READ,
        "compared": COMPARED,
        "bylines": BYLINES,
        "candidates": CANDIDATES,
        "most": most,
        "no_institution": key if kind == "institution" else 0,
        "no_topic": key if kind == "topic" else 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AROUND.format(works=_WORKS[kind]), asked)
        read, compared, *lists = cursor.fetchone()
    years, people, institutions, topics = (json.loads(each) if each else [] for each in lists)
    return Around(
        years={year: (works, cited) for year, works, cited in years if year is not None},
        undated=sum(works for year, works, _ in years if year is None),
        people=tuple(Shared(key=one, works=works) for one, works in people),
        institutions=tuple(Shared(key=one, works=works, display_name=name) for one, works, name in institutions),
        topics=tuple(Shared(key=one, works=works, display_name=name) for one, works, name in topics),
        read=read,
        compared=compared,
    )
