"""Writing news down: what of a batch of changed records is new, and whom it concerns. A stage of the pipeline.

What counts as news, so that a first import of a hundred thousand records is none:
- the record reached this portal, or the version was submitted, after somebody began to follow what it is about;
- it reached us at most NEWS_AGE ago, and was published at most PUBLISHED_WITHIN before it did;
- a work that was retracted when it arrived is not a retraction of today.
Every statement may run again: an event and its reasons are written once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bzpeer.claims.models import Claim
from bzpeer.feeds.models import FeedEvent

NEWS_AGE = timedelta(days=14)
"""Deriving comes seconds after an import; what is older changed for another reason."""
PUBLISHED_WITHIN = timedelta(days=180)
"""Indexes bring works weeks and months late."""
VERSION_LAG = timedelta(days=3)
"""A version is here some days after it was submitted."""
KEPT_FOR = timedelta(days=400)

Reason = tuple[int, int, str, str, int]
"""Own key of the work, number of the event, role, column of the reason, own key of what is followed."""


def note_news(work_ids: Collection[int], researcher_ids: Collection[int], *, now: datetime) -> int:
    """Write the news about these works and researchers; return how many events were new."""
    if not work_ids and not researcher_ids:
        return 0
    given = {
        "works": list(work_ids),
        "researchers": list(researcher_ids),
        "since": now - NEWS_AGE,
        "window": PUBLISHED_WITHIN,
        "lag": VERSION_LAG,
        "now": now,
    }
    noted = 0
    if given["works"]:
        noted += _write("work", _asked(_NEW_WORKS, given), now)
        noted += _write("version", _asked(_NEW_VERSIONS, given), now)
        for kind, column in (("retracted", "is_retracted"), ("withdrawn", "is_withdrawn")):
            noted += _note_mark(kind, column, given)
    if given["researchers"]:
        noted += _note_claims(given)
    return noted


def forget_old_news(*, now: datetime) -> int:
    """Remove events nobody scrolls back to; marks of works stay, since they say what is known already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM feeds_feedreason r USING feeds_feedevent e WHERE e.id = r.event_id AND e.at < %(before)s",
            {"before": now - KEPT_FOR},
        )
        cursor.execute(
            "DELETE FROM feeds_feedevent WHERE at < %(before)s AND kind IN ('work', 'version', 'claim')", {"before": now - KEPT_FOR}
        )
        return int(cursor.rowcount)


# --- works ------------------------------------------------------------------------------------------


def _asked(statement: str, given: dict[str, Any]) -> list[Reason]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _write(kind: str, reasons: Sequence[Reason], now: datetime) -> int:
    """Store the events that the reasons lead to, and the reasons; return how many events were new."""
    if not reasons:
        return 0
    events = sorted({(work, number) for work, number, *_ in reasons})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feeds_feedevent (kind, work_id, number, at) SELECT %s, e.work, e.number, %s "
            "FROM unnest(%s::bigint[], %s::bigint[]) e (work, number) ORDER BY e.work, e.number ON CONFLICT DO NOTHING",
            [kind, now, [work for work, _ in events], [number for _, number in events]],
        )
        written = int(cursor.rowcount)
        for column in sorted({reason[3] for reason in reasons}):
            of_column = [reason for reason in reasons if reason[3] == column]
            cursor.execute(
                f"INSERT INTO feeds_feedreason (event_id, role, {column}_id) "
                "SELECT e.id, r.role, r.target FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[]) "
                "r (work, number, role, target) JOIN feeds_feedevent e ON e.kind = %s AND e.work_id = r.work AND e.number = r.number "
                "ON CONFLICT DO NOTHING",
                [*(list(part) for part in zip(*((w, n, role, key) for w, n, role, _, key in of_column), strict=True)), kind],
            )
    return written


def _note_mark(kind: str, column: str, given: dict[str, Any]) -> int:
    """Write down which works are marked as retracted or withdrawn: news only if the work was here before the mark was."""
    FeedEvent.objects.filter(kind=kind, work__in=given["works"], **{f"work__{column}": False}).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO feeds_feedevent (kind, work_id, at) SELECT %(kind)s, id, %(now)s FROM works_work "
            f"WHERE id = ANY(%(works)s) AND {column} ORDER BY id ON CONFLICT DO NOTHING RETURNING work_id",
            {**given, "kind": kind},
        )
        marked = [work for (work,) in cursor.fetchall()]
    return _write(kind, _asked(_MARKED, {**given, "works": marked}), given["now"]) + len(marked) if marked else 0


_FOLLOWED_BY = "EXISTS (SELECT 1 FROM accounts_follow f WHERE f.{column}_id = {key} AND f.created_at <= {since})"


def _followed(column: str, key: str, since: str) -> str:
    return _FOLLOWED_BY.format(column=column, key=key, since=since)


_NEW_WORKS = f"""
    WITH fresh AS MATERIALIZED (
        SELECT id, created_at, search, source_id FROM works_work
         WHERE id = ANY(%(works)s) AND created_at > %(since)s
           AND coalesce(publication_date >= (created_at - %(window)s)::date, publication_year >= extract(year FROM created_at), false)
    )
    SELECT w.id, 0, 'author', 'researcher', a.researcher_id FROM fresh w JOIN works_authorship a ON a.work_id = w.id
     WHERE {_followed("researcher", "a.researcher_id", "w.created_at")}
    UNION SELECT w.id, 0, 'topic', 'topic', t.topic_id FROM fresh w JOIN works_worktopic t ON t.work_id = w.id
     WHERE {_followed("topic", "t.topic_id", "w.created_at")}
    UNION SELECT w.id, 0, 'institution', 'institution', l.institution_id FROM fresh w JOIN works_authorship a ON a.work_id = w.id
      JOIN works_authorshipinstitution l ON l.authorship_id = a.id
     WHERE {_followed("institution", "l.institution_id", "w.created_at")}
    UNION SELECT w.id, 0, 'source', 'source', w.source_id FROM fresh w
     WHERE {_followed("source", "w.source_id", "w.created_at")}
    UNION SELECT w.id, 0, 'cited', 'work', r.cited_id FROM fresh w JOIN works_reference r ON r.citing_id = w.id
     WHERE r.cited_id <> w.id AND {_followed("work", "r.cited_id", "w.created_at")}
    UNION SELECT w.id, 0, 'search', 'search', s.id FROM accounts_savedsearch s JOIN fresh w ON w.search @@ to_tsquery('simple', s.words)
     WHERE {_followed("search", "s.id", "w.created_at")}
"""

_NEW_VERSIONS = f"""
    WITH fresh AS MATERIALIZED (
        SELECT v.work_id AS id, v.number, v.submitted_at + %(lag)s AS known_by
          FROM works_workversion v JOIN works_work w ON w.id = v.work_id
         WHERE v.work_id = ANY(%(works)s) AND v.number > 1 AND v.submitted_at > %(since)s - %(lag)s AND w.created_at < v.submitted_at
    )
    SELECT v.id, v.number, 'author', 'researcher', a.researcher_id FROM fresh v JOIN works_authorship a ON a.work_id = v.id
     WHERE {_followed("researcher", "a.researcher_id", "v.known_by")}
    UNION SELECT v.id, v.number, 'itself', 'work', v.id FROM fresh v WHERE {_followed("work", "v.id", "v.known_by")}
"""

_MARKED = f"""
    WITH fresh AS MATERIALIZED (SELECT id FROM works_work WHERE id = ANY(%(works)s) AND created_at < %(now)s - interval '1 day')
    SELECT w.id, 0, 'author', 'researcher', a.researcher_id FROM fresh w JOIN works_authorship a ON a.work_id = w.id
     WHERE {_followed("researcher", "a.researcher_id", "%(now)s")}
    UNION SELECT w.id, 0, 'itself', 'work', w.id FROM fresh w WHERE {_followed("work", "w.id", "%(now)s")}
"""


# --- researchers ------------------------------------------------------------------------------------


def _note_claims(given: dict[str, Any]) -> int:
    """Write down accepted claims to followed records; what was told of a claim goes when the claim does."""
    accepted = Claim.objects.filter(researcher__in=given["researchers"], state=Claim.State.ACCEPTED)
    FeedEvent.objects.filter(kind="claim", researcher__in=given["researchers"]).exclude(number__in=accepted.values("pk")).delete()
    with connection.cursor() as cursor:
        cursor.execute(_NEW_CLAIMS, given)
        written = int(cursor.rowcount)
        if written:
            cursor.execute(_CLAIM_REASONS, given)
    return written


_NEW_CLAIMS = f"""
    INSERT INTO feeds_feedevent (kind, researcher_id, number, at)
    SELECT 'claim', c.researcher_id, c.id, %(now)s FROM claims_claim c
     WHERE c.researcher_id = ANY(%(researchers)s) AND c.state = 'accepted' AND c.decided_at > %(since)s
       AND {_followed("researcher", "c.researcher_id", "c.decided_at")}
    ON CONFLICT DO NOTHING
"""
_CLAIM_REASONS = """
    INSERT INTO feeds_feedreason (event_id, role, researcher_id)
    SELECT id, 'itself', researcher_id FROM feeds_feedevent WHERE kind = 'claim' AND researcher_id = ANY(%(researchers)s)
    ON CONFLICT DO NOTHING
"""
