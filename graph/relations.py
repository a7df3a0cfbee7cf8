"""How the graph is walked: from a record of one kind to its neighbours of another, strongest first.

Each relation is SQL in three pieces. `pool` reads rows of the parent (own key: {parent}) in a fixed order and is cut at
a fixed number, which bounds the cost of a hub. `found` turns the table "pool" into (id, weight, first_year, last_year, …).
`order` says which of these are strongest; it ends with the id, so that the answer is always the same.
{works} and {span} stand for the conditions of the filters (filters.py). {parent} is a literal for a single
parent: with the key in sight PostgreSQL walks the citations index for a huge topic and sorts the works of a small one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graph.parts import Node


class Relation(NamedTuple):
    """From `parent` to `kind`, and the edge it makes: from the parent when `parent_is_source`, else towards it."""

    parent: str
    kind: str
    edge: str
    parent_is_source: bool
    pool: str
    found: str
    order: str


_WORKS_OF_RESEARCHER = "SELECT DISTINCT work_id AS id FROM works_authorship WHERE researcher_id = {parent} ORDER BY work_id"
_POOLED_WORKS = """
    SELECT w.id, 1 AS weight, NULL::int AS first_year, NULL::int AS last_year, w.cited_by_count AS strength
      FROM pool JOIN works_work w ON w.id = pool.id WHERE {works}
"""
_WORKS_OF_TOPIC = """
    SELECT w.id, w.cited_by_count AS strength, t.score
      FROM works_worktopic t JOIN works_work w ON w.id = t.work_id
     WHERE t.topic_id = {parent} AND {works}
     ORDER BY w.cited_by_count DESC, w.id
"""
_STRENGTH = "strength DESC, id"
_PLACE = "place, id"

RELATIONS = (
    Relation("researcher", "work", "authored", True, pool=_WORKS_OF_RESEARCHER, found=_POOLED_WORKS, order=_STRENGTH),
    Relation(
        "researcher",
        "researcher",
        "collaborated",
        True,
        pool="""
            SELECT collaborator_id AS id, works, weight AS share, first_year, last_year
              FROM graph_collaboration WHERE researcher_id = {parent}
             ORDER BY works DESC, weight DESC, collaborator_id
        """,
        found="SELECT id, works AS weight, first_year::int, last_year::int, share FROM pool WHERE {span}",
        order="weight DESC, share DESC, id",
    ),
    Relation(
        "researcher",
        "topic",
        "about",
        True,
        pool=_WORKS_OF_RESEARCHER,
        found="""
            SELECT t.topic_id AS id, count(*) AS weight, NULL::int AS first_year, NULL::int AS last_year, sum(t.score) AS strength
              FROM pool JOIN works_work w ON w.id = pool.id JOIN works_worktopic t ON t.work_id = w.id
             WHERE {works} GROUP BY t.topic_id
        """,
        order="weight DESC, strength DESC, id",
    ),
    Relation(
        "researcher",
        "institution",
        "affiliated",
        True,
        pool="""
            SELECT institution_id AS id, years
              FROM researchers_affiliation WHERE researcher_id = {parent} ORDER BY institution_id, evidence
        """,
        found="""
            SELECT * FROM (
                SELECT pool.id, greatest(count(DISTINCT y), 1) AS weight, min(y)::int AS first_year, max(y)::int AS last_year
                  FROM pool LEFT JOIN LATERAL unnest(pool.years) AS y ON true GROUP BY pool.id
            ) AS spans WHERE {span}
        """,
        order="last_year DESC NULLS LAST, weight DESC, id",
    ),
    Relation(
        "work",
        "researcher",
        "authored",
        False,
        pool="""
            SELECT researcher_id AS id, position
              FROM works_authorship WHERE work_id = {parent} AND researcher_id IS NOT NULL ORDER BY position
        """,
        found="SELECT id, 1 AS weight, NULL::int AS first_year, NULL::int AS last_year, min(position) AS place FROM pool GROUP BY id",
        order=_PLACE,
    ),
    Relation(
        "work",
        "work",
        "cites",
        True,
        pool="SELECT DISTINCT cited_id AS id FROM works_reference WHERE citing_id = {parent} AND cited_id IS NOT NULL ORDER BY cited_id",
        found=_POOLED_WORKS,
        order=_STRENGTH,
    ),
    Relation(
        "work",
        "work",
        "cites",
        False,
        pool="SELECT DISTINCT citing_id AS id FROM works_reference WHERE cited_id = {parent} ORDER BY citing_id DESC",
        found=_POOLED_WORKS,
        order=_STRENGTH,
    ),
    Relation(
        "work",
        "topic",
        "about",
        True,
        pool="SELECT topic_id AS id, score, rank FROM works_worktopic WHERE work_id = {parent} ORDER BY rank, topic_id",
        found="""
            SELECT id, round(score::numeric, 3) AS weight, NULL::int AS first_year, NULL::int AS last_year, rank AS place FROM pool
        """,
        order=_PLACE,
    ),
    Relation(
        "work",
        "institution",
        "affiliated",
        True,
        pool="""
            SELECT l.institution_id AS id, a.position
              FROM works_authorship a JOIN works_authorshipinstitution l ON l.authorship_id = a.id
             WHERE a.work_id = {parent} ORDER BY a.position, l.institution_id
        """,
        found="""
            SELECT id, count(*) AS weight, NULL::int AS first_year, NULL::int AS last_year, min(position) AS place FROM pool GROUP BY id
        """,
        order=_PLACE,
    ),
    Relation(
        "topic",
        "work",
        "about",
        False,
        pool=_WORKS_OF_TOPIC,
        found="""
            SELECT id, round(score::numeric, 3) AS weight, NULL::int AS first_year, NULL::int AS last_year, strength FROM pool
        """,
        order=_STRENGTH,
    ),
    Relation(
        "topic",
        "researcher",
        "about",
        False,
        pool=_WORKS_OF_TOPIC,
        found="""
            SELECT a.researcher_id AS id, count(DISTINCT a.work_id) AS weight,
                   NULL::int AS first_year, NULL::int AS last_year, sum(pool.strength) AS strength
              FROM pool JOIN works_authorship a ON a.work_id = pool.id
             WHERE a.researcher_id IS NOT NULL GROUP BY a.researcher_id
        """,
        order="weight DESC, strength DESC, id",
    ),
    Relation(
        "institution",
        "researcher",
        "affiliated",
        False,
        pool="""
            SELECT DISTINCT r.works_count AS strength, r.id
              FROM researchers_affiliation f JOIN researchers_researcher r ON r.id = f.researcher_id
             WHERE f.institution_id = {parent} ORDER BY r.works_count DESC, r.id
        """,
        found="""
            SELECT * FROM (
                SELECT pool.id, greatest(count(DISTINCT y), 1) AS weight, min(y)::int AS first_year, max(y)::int AS last_year,
                       min(pool.strength) AS strength
                  FROM pool JOIN researchers_affiliation f ON f.researcher_id = pool.id AND f.institution_id = {parent}
                  LEFT JOIN LATERAL unnest(f.years) AS y ON true GROUP BY pool.id
            ) AS spans WHERE {span}
        """,
        order=_STRENGTH,
    ),
    Relation(
        "institution",
        "work",
        "affiliated",
        False,
        pool="""
            SELECT w.id, w.cited_by_count AS strength FROM works_work w
             WHERE {works} AND EXISTS (
                   SELECT FROM works_authorship a JOIN works_authorshipinstitution l ON l.authorship_id = a.id
                    WHERE a.work_id = w.id AND l.institution_id = {parent})
             ORDER BY w.cited_by_count DESC, w.id
        """,
        found="SELECT id, 1 AS weight, NULL::int AS first_year, NULL::int AS last_year, strength FROM pool",
        order=_STRENGTH,
    ),
)


class EdgeQuery(NamedTuple):
    """The edges of one kind among given nodes: columns `source` and `target` hold keys of these kinds.

    %(kind)s is the array of all keys of a kind, {new} keeps the edges with at least one new end, {span} those of the years.
    The last column says how many there are; `statement` tells at most %(most)s.
    """

    kinds: tuple[str, str]
    columns: tuple[str, str]
    statement: str


EDGES = {
    "collaborated": EdgeQuery(
        ("researcher", "researcher"),
        ("researcher_id", "collaborator_id"),
        """
        SELECT researcher_id, collaborator_id, works, first_year::int, last_year::int, count(*) OVER () FROM graph_collaboration
         WHERE researcher_id = ANY(%(researcher)s) AND collaborator_id = ANY(%(researcher)s) AND researcher_id < collaborator_id
           AND works >= %(min_weight)s AND {span} AND {new}
         ORDER BY works DESC, weight DESC, researcher_id, collaborator_id LIMIT %(most)s
        """,
    ),
    "authored": EdgeQuery(
        ("researcher", "work"),
        ("researcher_id", "work_id"),
        """
        SELECT DISTINCT researcher_id, work_id, 1, NULL::int, NULL::int, 0 FROM works_authorship
         WHERE researcher_id = ANY(%(researcher)s) AND work_id = ANY(%(work)s) AND {new}
        """,
    ),
    "cites": EdgeQuery(
        ("work", "work"),
        ("citing_id", "cited_id"),
        """
        SELECT DISTINCT citing_id, cited_id, 1, NULL::int, NULL::int, 0 FROM works_reference
         WHERE citing_id = ANY(%(work)s) AND cited_id = ANY(%(work)s) AND {new}
        """,
    ),
    "about": EdgeQuery(
        ("work", "topic"),
        ("work_id", "topic_id"),
        """
        SELECT work_id, topic_id, round(score::numeric, 3), NULL::int, NULL::int, 0 FROM works_worktopic
         WHERE work_id = ANY(%(work)s) AND topic_id = ANY(%(topic)s) AND {new}
        """,
    ),
    "affiliated": EdgeQuery(
        ("researcher", "institution"),
        ("researcher_id", "institution_id"),
        """
        SELECT * FROM (
            SELECT researcher_id, institution_id, greatest(count(DISTINCT y), 1), min(y)::int AS first_year, max(y)::int AS last_year, 0
              FROM researchers_affiliation LEFT JOIN LATERAL unnest(years) AS y ON true
             WHERE researcher_id = ANY(%(researcher)s) AND institution_id = ANY(%(institution)s) AND {new}
             GROUP BY researcher_id, institution_id
        ) AS spans WHERE {span}
        """,
    ),
}

EDGE_KINDS = tuple(EDGES)

NODES = {
    "researcher": """
        SELECT 'researcher', id, display_name, works_count, NULL::int, verification_level, trust_score, cited_by_count, NULL
          FROM researchers_researcher
    """,
    "work": "SELECT 'work', id, title, cited_by_count, publication_year, NULL::int, NULL::int, cited_by_count, type FROM works_work",
    "topic": "SELECT 'topic', id, display_name, works_count, NULL::int, NULL::int, NULL::int, NULL::int, NULL FROM works_topic",
    "institution": """
        SELECT 'institution', id, display_name, works_count, NULL::int, NULL::int, NULL::int, NULL::int, NULL
          FROM researchers_institution
    """,
}
"""Per kind: kind, id, label, weight, year, level, trust, citations, type; `node_of` reads such a row."""


def node_of(row: Sequence[Any]) -> Node:
    kind, key, label, weight, year, level, trust, citations, of_type = row
    return Node(
        kind=kind,
        key=key,
        label=label or "Untitled",
        weight=weight,
        year=year,
        level=level,
        trust=trust,
        citations=citations,
        type=of_type,
    )
