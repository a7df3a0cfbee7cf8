"""Derived counts, recounted from the rows themselves for some records or for all.

Every function is one set-based statement that writes only rows whose numbers differ, so repeating it writes nothing.
`ids=None` means every record. Each returns how many rows it changed.
"""

from collections.abc import Collection

from django.db import connection

Ids = Collection[int] | None


def recount_works(ids: Ids = None) -> int:
    """Count references listed and works of this portal that cite; two raw keys of one cited work count once."""
    return _run(
        f"""
        WITH listed AS (
            SELECT citing_id AS id, count(DISTINCT COALESCE(cited_id, -id)) AS n
              FROM works_reference WHERE {_among("citing_id", ids)} GROUP BY citing_id
        ), citing AS (
            SELECT cited_id AS id, count(DISTINCT citing_id) AS n
              FROM works_reference WHERE cited_id IS NOT NULL AND {_among("cited_id", ids)} GROUP BY cited_id
        ), fresh AS (
            SELECT w.id, COALESCE(l.n, 0) AS listed, COALESCE(c.n, 0) AS citing
              FROM works_work w LEFT JOIN listed l USING (id) LEFT JOIN citing c USING (id)
             WHERE {_among("w.id", ids)}
        )
        UPDATE works_work w SET references_count = f.listed, cited_by_count = f.citing
          FROM fresh f
         WHERE w.id = f.id AND (w.references_count, w.cited_by_count) IS DISTINCT FROM (f.listed, f.citing)
        """,
        ids,
    )


def recount_researchers(ids: Ids = None) -> int:
    """Count works, topics and citations; a work counts once even with two bylines of one researcher.

    Citations are the sum over their works of `Work.cited_by_count`, so works are recounted first.
    """
    return _run(
        f"""
        WITH mine AS MATERIALIZED (
            SELECT DISTINCT researcher_id AS id, work_id
              FROM works_authorship WHERE researcher_id IS NOT NULL AND {_among("researcher_id", ids)}
        ), by_work AS (
            SELECT m.id, count(*) AS works, sum(w.cited_by_count) AS cited
              FROM mine m JOIN works_work w ON w.id = m.work_id GROUP BY m.id
        ), by_topic AS (
            SELECT m.id, count(DISTINCT t.topic_id) AS topics
              FROM mine m JOIN works_worktopic t ON t.work_id = m.work_id GROUP BY m.id
        ), fresh AS (
            SELECT r.id, COALESCE(w.works, 0) AS works, COALESCE(w.cited, 0) AS cited, COALESCE(t.topics, 0) AS topics
              FROM researchers_researcher r LEFT JOIN by_work w USING (id) LEFT JOIN by_topic t USING (id)
             WHERE {_among("r.id", ids)}
        )
        UPDATE researchers_researcher r SET works_count = f.works, cited_by_count = f.cited, topics_count = f.topics
          FROM fresh f
         WHERE r.id = f.id AND (r.works_count, r.cited_by_count, r.topics_count) IS DISTINCT FROM (f.works, f.cited, f.topics)
        """,
        ids,
    )


def recount_topics(ids: Ids = None) -> int:
    """Count the works about each topic and the researchers with a byline on one of them."""
    return _run(
        f"""
        WITH links AS MATERIALIZED (
            SELECT topic_id AS id, work_id FROM works_worktopic WHERE {_among("topic_id", ids)}
        ), by_work AS (
            SELECT id, count(*) AS works FROM links GROUP BY id
        ), by_researcher AS (
            SELECT l.id, count(DISTINCT a.researcher_id) AS researchers
              FROM links l JOIN works_authorship a ON a.work_id = l.work_id GROUP BY l.id
        ), fresh AS (
            SELECT t.id, COALESCE(w.works, 0) AS works, COALESCE(r.researchers, 0) AS researchers
              FROM works_topic t LEFT JOIN by_work w USING (id) LEFT JOIN by_researcher r USING (id)
             WHERE {_among("t.id", ids)}
        )
        UPDATE works_topic t SET works_count = f.works, researchers_count = f.researchers
          FROM fresh f
         WHERE t.id = f.id AND (t.works_count, t.researchers_count) IS DISTINCT FROM (f.works, f.researchers)
        """,
        ids,
    )


def recount_institutions(ids: Ids = None) -> int:
    """Count works with a byline from each institution and researchers affiliated with it on any evidence.

    `settle_affiliations` comes first: it writes the affiliations that bylines show.
    """
    return _run(
        f"""
        WITH by_work AS (
            SELECT l.institution_id AS id, count(DISTINCT a.work_id) AS works
              FROM works_authorshipinstitution l JOIN works_authorship a ON a.id = l.authorship_id
             WHERE {_among("l.institution_id", ids)} GROUP BY l.institution_id
        ), by_researcher AS (
            SELECT institution_id AS id, count(DISTINCT researcher_id) AS researchers
              FROM researchers_affiliation WHERE {_among("institution_id", ids)} GROUP BY institution_id
        ), fresh AS (
            SELECT i.id, COALESCE(w.works, 0) AS works, COALESCE(r.researchers, 0) AS researchers
              FROM researchers_institution i LEFT JOIN by_work w USING (id) LEFT JOIN by_researcher r USING (id)
             WHERE {_among("i.id", ids)}
        )
        UPDATE researchers_institution i SET works_count = f.works, researchers_count = f.researchers
          FROM fresh f
         WHERE i.id = f.id AND (i.works_count, i.researchers_count) IS DISTINCT FROM (f.works, f.researchers)
        """,
        ids,
    )


def settle_affiliations(researcher_ids: Ids = None) -> set[int]:
    """Rewrite the affiliations that bylines show: institution and the years of the works that print it.

    Returns the institutions whose set of affiliations changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH fresh AS MATERIALIZED (
                SELECT a.researcher_id, l.institution_id,
                       COALESCE(array_agg(DISTINCT w.publication_year ORDER BY w.publication_year)
                                FILTER (WHERE w.publication_year IS NOT NULL), '{{}}') AS years
                  FROM works_authorship a
                  JOIN works_authorshipinstitution l ON l.authorship_id = a.id
                  JOIN works_work w ON w.id = a.work_id
                 WHERE a.researcher_id IS NOT NULL AND {_among("a.researcher_id", researcher_ids)}
                   AND NOT EXISTS (SELECT FROM researchers_affiliationdenial d  -- the owner was never there
                                    WHERE d.researcher_id = a.researcher_id AND d.institution_id = l.institution_id)
                 GROUP BY a.researcher_id, l.institution_id
            ), gone AS (
                DELETE FROM researchers_affiliation old
                 WHERE old.evidence = 'authorships' AND {_among("old.researcher_id", researcher_ids)}
                   AND NOT EXISTS (SELECT FROM fresh f
                                    WHERE f.researcher_id = old.researcher_id AND f.institution_id = old.institution_id)
                RETURNING old.institution_id
            ), put AS (
                INSERT INTO researchers_affiliation AS old (researcher_id, institution_id, evidence, years, is_last_known)
                SELECT researcher_id, institution_id, 'authorships', years, false FROM fresh
                 ORDER BY researcher_id, institution_id
                ON CONFLICT (researcher_id, institution_id, evidence) DO UPDATE SET years = EXCLUDED.years
                 WHERE old.years IS DISTINCT FROM EXCLUDED.years
                RETURNING institution_id
            )
            SELECT institution_id FROM gone UNION SELECT institution_id FROM put
            """,
            {"ids": list(researcher_ids or ())},
        )
        return {row[0] for row in cursor.fetchall()}


def _among(column: str, ids: Ids) -> str:
    return "true" if ids is None else f"{column} = ANY(%(ids)s)"


def _run(statement: str, ids: Ids) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": list(ids or ())})
        return int(cursor.rowcount)
