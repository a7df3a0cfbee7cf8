"""Collaboration edges: who worked with whom, kept equal to the works they are made of.

The incremental way (`refresh_collaborations`) and the way from scratch (`rebuild_collaborations`) share one
definition and give equal tables. A work counts when it has 2 to settings.COLLABORATION_MAX_AUTHORS bylines;
its authors are its bylines, resolved or not. Each term 1/(authors-1) is rounded to 6 digits before it is added,
so that the sum does not depend on the order of the rows.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.db import connection

_FRESH = """
    mine AS MATERIALIZED (
        SELECT DISTINCT researcher_id, work_id FROM works_authorship
         WHERE researcher_id IS NOT NULL AND {scope}
    ), sized AS MATERIALIZED (
        SELECT w.id AS work_id, w.publication_year AS year, round(1::numeric / (count(*) - 1), 6) AS term
          FROM works_work w JOIN works_authorship a ON a.work_id = w.id
         WHERE w.id IN (SELECT work_id FROM mine)
         GROUP BY w.id HAVING count(*) BETWEEN 2 AND %(most)s
    ), others AS MATERIALIZED (
        SELECT DISTINCT a.work_id, a.researcher_id
          FROM works_authorship a JOIN sized USING (work_id) WHERE a.researcher_id IS NOT NULL
    ), one_way AS MATERIALIZED (
        SELECT m.researcher_id, o.researcher_id AS collaborator_id, count(*)::int AS works,
               min(s.year) AS first_year, max(s.year) AS last_year, sum(s.term) AS weight
          FROM mine m JOIN sized s USING (work_id) JOIN others o USING (work_id)
         WHERE o.researcher_id <> m.researcher_id
         GROUP BY m.researcher_id, o.researcher_id
    )
"""
"""`one_way`: the edges that start at the researchers of the scope."""

_PUT = """
    INSERT INTO graph_collaboration AS old (researcher_id, collaborator_id, works, first_year, last_year, weight)
    SELECT researcher_id, collaborator_id, works, first_year, last_year, weight FROM {fresh}
     ORDER BY researcher_id, collaborator_id
    ON CONFLICT (researcher_id, collaborator_id) DO UPDATE
       SET works = EXCLUDED.works, first_year = EXCLUDED.first_year, last_year = EXCLUDED.last_year, weight = EXCLUDED.weight
     WHERE (old.works, old.first_year, old.last_year, old.weight)
           IS DISTINCT FROM (EXCLUDED.works, EXCLUDED.first_year, EXCLUDED.last_year, EXCLUDED.weight)
    RETURNING researcher_id
"""


def refresh_collaborations(researcher_ids: Collection[int]) -> set[int]:
    """Recompute every edge of these researchers, in both directions; return the researchers with a changed edge.

    Whoever changes a work names all its authors, those before and those after the change.
    """
    return _researchers(
        f"""
        WITH {_FRESH.format(scope="researcher_id = ANY(%(ids)s)")},
        fresh AS MATERIALIZED (
            SELECT * FROM one_way
            UNION
            SELECT collaborator_id, researcher_id, works, first_year, last_year, weight FROM one_way
        ), stored AS (
            SELECT researcher_id, collaborator_id FROM graph_collaboration WHERE researcher_id = ANY(%(ids)s)
            UNION
            SELECT collaborator_id, researcher_id FROM graph_collaboration WHERE researcher_id = ANY(%(ids)s)
        ), stale AS (
            SELECT researcher_id, collaborator_id FROM stored
            EXCEPT
            SELECT researcher_id, collaborator_id FROM fresh
        ), gone AS (
            DELETE FROM graph_collaboration old USING stale
             WHERE old.researcher_id = stale.researcher_id AND old.collaborator_id = stale.collaborator_id
            RETURNING old.researcher_id
        ), put AS ({_PUT.format(fresh="fresh")})
        SELECT researcher_id FROM gone UNION SELECT researcher_id FROM put
        """,
        {"ids": list(researcher_ids), "most": settings.COLLABORATION_MAX_AUTHORS},
    )


def rebuild_collaborations(*, first_id: int, last_id: int) -> None:
    """Throw away the edges that start at the researchers of an id range and make them anew."""
    limits = {"first": first_id, "last": last_id, "most": settings.COLLABORATION_MAX_AUTHORS}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM graph_collaboration WHERE researcher_id BETWEEN %(first)s AND %(last)s", limits)
        cursor.execute(
            f"""
            WITH {_FRESH.format(scope="researcher_id BETWEEN %(first)s AND %(last)s")}
            INSERT INTO graph_collaboration (researcher_id, collaborator_id, works, first_year, last_year, weight)
            SELECT researcher_id, collaborator_id, works, first_year, last_year, weight FROM one_way
             ORDER BY researcher_id, collaborator_id
            """,
            limits,
        )


def recount_close_collaborators(researcher_ids: Collection[int] | None = None) -> set[int]:
    """Count collaborators with at least settings.CLOSE_COLLABORATOR_WORKS shared works; return whose number changed."""
    scope = "true" if researcher_ids is None else "{} = ANY(%(ids)s)"
    return _researchers(
        f"""
        WITH close AS (
            SELECT researcher_id AS id, count(*) AS n FROM graph_collaboration
             WHERE works >= %(close)s AND {scope.format("researcher_id")} GROUP BY researcher_id
        ), fresh AS (
            SELECT r.id, COALESCE(c.n, 0) AS n FROM researchers_researcher r LEFT JOIN close c USING (id)
             WHERE {scope.format("r.id")}
        )
        UPDATE researchers_researcher r SET close_collaborators_count = f.n FROM fresh f
         WHERE r.id = f.id AND r.close_collaborators_count <> f.n
        RETURNING r.id
        """,
        {"ids": list(researcher_ids or ()), "close": settings.CLOSE_COLLABORATOR_WORKS},
    )


def _researchers(statement: str, parameters: Mapping[str, Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {row[0] for row in cursor.fetchall()}
