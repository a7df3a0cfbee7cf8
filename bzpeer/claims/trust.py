"""The evidence for trust, gathered for many researchers at once, and the snapshots made of it.

Trust looks at claims and follows as well as at records, so it is gathered here; the formula is `researchers.trust`.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from bzpeer.claims.levels import settle_levels
from researchers.models import Researcher, TrustSnapshot, VerificationLevel
from researchers.trust import TrustEvidence, TrustScore, trust
from works.staging import copy

_EVIDENCE = """
    WITH subject AS MATERIALIZED (
        SELECT id, verification_level, is_claimed, close_collaborators_count
          FROM researchers_researcher WHERE id = ANY(%(ids)s)
    ), byline AS MATERIALIZED (
        SELECT DISTINCT researcher_id, work_id FROM works_authorship WHERE researcher_id = ANY(%(ids)s)
    ), works AS (
        SELECT b.researcher_id AS id,
               count(*) FILTER (WHERE w.doi IS NOT NULL OR w.arxiv_id IS NOT NULL) AS identified,
               -- "two independent sources agree": OpenAlex and arXiv both told us this work
               count(*) FILTER (WHERE w.provenance ? 'openalex' AND w.provenance ? 'arxiv') AS agreeing
          FROM byline b JOIN works_work w ON w.id = b.work_id GROUP BY b.researcher_id
    ), places AS (
        SELECT researcher_id AS id, count(DISTINCT institution_id) AS n
          FROM researchers_affiliation
         WHERE researcher_id = ANY(%(ids)s) AND evidence <> 'owner'  -- one's own word is no evidence
         GROUP BY researcher_id
    ), followers AS (
        SELECT f.researcher_id AS id, count(*) AS n
          FROM accounts_follow f
         WHERE f.researcher_id = ANY(%(ids)s)
           AND EXISTS (SELECT FROM claims_claim c JOIN researchers_researcher own ON own.id = c.researcher_id
                        WHERE c.user_id = f.user_id AND c.state = 'accepted'
                          AND own.id <> f.researcher_id AND own.verification_level >= %(proved)s)
         GROUP BY f.researcher_id
    ), confirmed AS (
        -- the word of whom the record belongs to now, or whom they let edit it; a moderator's ruling is no owner's word
        SELECT c.researcher_id AS id, count(DISTINCT a.work_id) AS n
          FROM claims_claim c
          JOIN curation_assertion a ON a.researcher_id = c.researcher_id AND a.kind = 'authorship' AND a.withdrawn_at IS NULL
           AND a.new_value ->> 'verdict' = 'mine'
          JOIN byline b ON b.researcher_id = a.researcher_id AND b.work_id = a.work_id
         WHERE c.state = 'accepted' AND c.researcher_id = ANY(%(ids)s)
           AND (a.user_id = c.user_id OR EXISTS (
                SELECT FROM claims_claimdelegate d WHERE d.claim_id = c.id AND d.user_id = a.user_id AND d.accepted_at IS NOT NULL))
         GROUP BY c.researcher_id
    ), disputes AS (
        -- a claim in review on a record that is claimed already contests it
        SELECT researcher_id AS id, count(*) AS n FROM claims_claim
         WHERE researcher_id = ANY(%(ids)s) AND state = 'review' GROUP BY researcher_id
    ), newest AS (
        SELECT DISTINCT ON (researcher_id) researcher_id AS id, formula_version, level, score, components
          FROM researchers_trustsnapshot WHERE researcher_id = ANY(%(ids)s)
         ORDER BY researcher_id, computed_at DESC, id DESC
    )
    SELECT s.id, s.verification_level, s.is_claimed, s.close_collaborators_count,
           COALESCE(w.identified, 0), COALESCE(w.agreeing, 0), COALESCE(p.n, 0), COALESCE(f.n, 0), COALESCE(d.n, 0), COALESCE(m.n, 0),
           n.formula_version, n.level, n.score, n.components::text
      FROM subject s LEFT JOIN works w USING (id) LEFT JOIN places p USING (id)
      LEFT JOIN followers f USING (id) LEFT JOIN disputes d USING (id) LEFT JOIN confirmed m USING (id) LEFT JOIN newest n USING (id)
     ORDER BY s.id
"""


def refresh_trust(researcher_ids: Collection[int], *, at: datetime) -> int:
    """Bring trust up to date for these researchers; return how many snapshots were written.

    A snapshot is written only when level, score or any component differs from the newest one. The level is settled first:
    a work that the owner confirmed, or a merge, may have changed what stands behind it.
    """
    settle_levels(researcher_ids)
    scores: dict[TrustEvidence, TrustScore] = {}
    scored = []
    for key, evidence, stored in _gathered(researcher_ids):
        if evidence not in scores:  # most people have some works and nothing else, so few scores are made
            scores[evidence] = trust(evidence, at=at)
        scored.append((key, scores[evidence], stored))
    fresh = [(key, score) for key, score, stored in scored if _key(score) != stored]
    _write_snapshots(fresh, at=at)
    _store_scores([(key, score) for key, score, _ in scored])
    return len(fresh)


def _write_snapshots(fresh: Collection[tuple[int, TrustScore]], *, at: datetime) -> None:
    """COPY the snapshots: after a first import there is one for everybody."""
    columns = ("researcher_id", "computed_at", "formula_version", "level", "score", "components")
    told = {id(score): orjson.dumps(score.components).decode() for _, score in fresh}
    rows = ((key, at, score.version, score.level, score.score, told[id(score)]) for key, score in fresh)
    with connection.cursor() as cursor:
        copy(cursor, TrustSnapshot._meta.db_table, columns, rows)


def evidence_for(researcher: Researcher) -> TrustEvidence:
    """Return the evidence behind a researcher's score as the rows stand now."""
    return next(evidence for _, evidence, _ in _gathered([researcher.pk]))


_Key = tuple[str, int, int, Any]


def _key(score: TrustScore) -> _Key:
    return (score.version, score.level, score.score, list(score.components))


def _gathered(researcher_ids: Collection[int]) -> Iterator[tuple[int, TrustEvidence, _Key | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, {"ids": list(researcher_ids), "proved": VerificationLevel.PROVED.value})
        rows = cursor.fetchall()
    for key, level, is_claimed, close, identified, agreeing, places, followers, disputes, confirmed, *newest in rows:
        evidence = TrustEvidence(
            level=level,
            identified_works=identified,
            close_collaborators=close,
            confirmed_works=confirmed,
            proved_followers=followers,
            affiliations=places,
            agreeing_works=agreeing,
            is_claimed=is_claimed,
            open_disputes=disputes if is_claimed else 0,
        )
        version, stored_level, score, components = newest
        yield key, evidence, None if version is None else (version, stored_level, score, orjson.loads(components))


def _store_scores(scores: list[tuple[int, TrustScore]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE researchers_researcher r SET trust_score = fresh.score
              FROM unnest(%s::bigint[], %s::int[]) AS fresh(id, score)
             WHERE r.id = fresh.id AND r.trust_score <> fresh.score
            """,
            [[key for key, _ in scores], [score.score for _, score in scores]],
        )
