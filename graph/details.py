"""What nodes and edges tell beside their numbers: topics, institutions, the works a collaboration rests on. One query for all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection

from graph.filters import KINDS
from graph.parts import Edge, Named, Node

TOPICS, INSTITUTIONS, WORKS = 3, 2, 3
"""At most so many are named of each."""
RECENT_WORKS, SHARED_WORKS = 30, 150
"""Topics of a person are those of the latest of these works; a collaboration's works are looked for among so many of each of the two."""


def detailed(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[list[Node], list[Edge], dict[str, Named]]:
    """Return both with what they tell, and the records named that are no nodes here."""
    said, names = _said(nodes, edges)
    shown = {node.id for node in nodes}
    told_nodes = [
        replace(
            node,
            topics=tuple(said.get((node.id, "", "topic"), ())[:TOPICS]),
            institutions=tuple(said.get((node.id, "", "institution"), ())[:INSTITUTIONS]),
        )
        for node in nodes
    ]
    told_edges = [
        replace(edge, works=tuple(said.get((edge.source, edge.target, "work"), ()))) if edge.kind == "collaborated" else edge
        for edge in edges
    ]
    return told_nodes, told_edges, {name: named for name, named in sorted(names.items()) if name not in shown}


_Said = dict[tuple[str, str, str], list[str]]
"""By whom it is said (two ends for an edge), and the kind of what is named: its ids in order."""


def _said(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[_Said, dict[str, Named]]:
    keys = {kind: sorted(node.key for node in nodes if node.kind == kind) for kind in KINDS}
    pairs = sorted((_key(edge.source), _key(edge.target)) for edge in edges if edge.kind == "collaborated")
    parts = (
        [_TOPICS_OF_WORKS] * bool(keys["work"]) + [_TOPICS_OF_PEOPLE, _INSTITUTIONS] * bool(keys["researcher"]) + [_SHARED] * bool(pairs)
    )
    if not parts:
        return {}, {}
    parameters: dict[str, Any] = {
        **keys,
        "a": [a for a, _ in pairs],
        "b": [b for _, b in pairs],
        "people": sorted({key for pair in pairs for key in pair}),
        "most_authors": settings.COLLABORATION_MAX_AUTHORS,
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    said: _Said = {}
    names: dict[str, Named] = {}
    for of, a, b, kind, key, label, year, _ in sorted(rows, key=lambda row: (row[0], row[1], row[2], row[7])):
        named = Named(kind=kind, key=key, label=label or "Untitled", year=year)
        ids = said.setdefault((f"{of}:{a}", f"{of}:{b}" if b else "", kind), [])
        if len(ids) < _MOST[kind]:
            ids.append(named.id)
            names[named.id] = named
    return said, names


_MOST = {"topic": TOPICS, "institution": INSTITUTIONS, "work": WORKS}


def _key(node: str) -> int:
    return int(node.partition(":")[2])


# Columns: of which kind, key (and the other end's key, else 0), what is named (kind, key, label, year), its place.

_TOPICS_OF_WORKS = """
    (SELECT 'work', l.work_id, 0::bigint, 'topic', t.id, t.display_name, NULL::int, row_number() OVER (ORDER BY l.work_id, l.rank, t.id)
       FROM works_worktopic l JOIN works_topic t ON t.id = l.topic_id WHERE l.work_id = ANY(%(work)s))
"""
_TOPICS_OF_PEOPLE = f"""
    (SELECT 'researcher', p.id, 0::bigint, 'topic', t.id, t.display_name, NULL::int, x.place
       FROM unnest(%(researcher)s::bigint[]) AS p(id)
       CROSS JOIN LATERAL (
            SELECT l.topic_id, row_number() OVER (ORDER BY count(*) DESC, sum(l.score) DESC, l.topic_id) AS place
              FROM (SELECT DISTINCT work_id FROM works_authorship
                     WHERE researcher_id = p.id ORDER BY work_id DESC LIMIT {RECENT_WORKS}) AS w
              JOIN works_worktopic l ON l.work_id = w.work_id
             GROUP BY l.topic_id ORDER BY place LIMIT {TOPICS}
       ) AS x
       JOIN works_topic t ON t.id = x.topic_id)
"""
_INSTITUTIONS = f"""
    (SELECT 'researcher', p.id, 0::bigint, 'institution', i.id, i.display_name, NULL::int, x.place
       FROM unnest(%(researcher)s::bigint[]) AS p(id)
       CROSS JOIN LATERAL (
            SELECT f.institution_id, row_number() OVER (ORDER BY
                       bool_or(f.is_last_known) DESC, max(f.latest) DESC NULLS LAST, f.institution_id) AS place
              FROM (SELECT institution_id, is_last_known, (SELECT max(y) FROM unnest(years) AS y) AS latest
                      FROM researchers_affiliation WHERE researcher_id = p.id) AS f
             GROUP BY f.institution_id ORDER BY place LIMIT {INSTITUTIONS}
       ) AS x
       JOIN researchers_institution i ON i.id = x.institution_id)
"""
_SHARED = f"""
    (WITH mine AS MATERIALIZED (
        SELECT p.id AS researcher_id, w.work_id
          FROM unnest(%(people)s::bigint[]) AS p(id)
          CROSS JOIN LATERAL (
               SELECT DISTINCT work_id FROM works_authorship WHERE researcher_id = p.id ORDER BY work_id DESC LIMIT {SHARED_WORKS}
          ) AS w
     ), shared AS MATERIALIZED (
        SELECT w.id, w.title, w.publication_year
          FROM (SELECT work_id FROM mine GROUP BY work_id HAVING count(*) > 1) AS s JOIN works_work w ON w.id = s.work_id
         WHERE NOT EXISTS (SELECT FROM works_authorship WHERE work_id = w.id OFFSET %(most_authors)s)
     ), pairs AS (
        SELECT a, b, s.*, row_number() OVER (PARTITION BY a, b ORDER BY s.publication_year DESC NULLS LAST, s.id DESC) AS place
          FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS pair(a, b)
          JOIN mine m ON m.researcher_id = pair.a
          JOIN mine n ON n.researcher_id = pair.b AND n.work_id = m.work_id
          JOIN shared s ON s.id = m.work_id
     )
     SELECT 'researcher', a, b, 'work', id, title, publication_year::int, place FROM pairs WHERE place <= {WORKS})
"""
