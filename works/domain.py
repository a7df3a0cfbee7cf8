"""What can happen to a work itself."""

from django.db import connection

from researchers.merging import move_rows
from works.models import (
    Authorship,
    DuplicateCandidate,
    Reference,
    UpstreamRecord,
    Work,
    WorkCategory,
    WorkFunder,
    WorkRedirect,
    WorkTopic,
    WorkVersion,
)

COMPOSED = frozenset({Authorship, WorkTopic, WorkFunder, WorkCategory, WorkVersion, WorkRedirect, Reference, DuplicateCandidate})
"""Parts that follow from the drafts: the kept work's are composed again, the absorbed one's go with it."""


def merge_works(*, keep: int, absorb: int) -> None:
    """Make one work of two: citations, drafts, keys, corrections and whatever other apps hung on `absorb` lead to `keep` from now on.

    The caller composes `keep` again from its drafts and writes its `RecordChange`.
    """
    with connection.cursor() as cursor:
        for statement in _MOVES:
            cursor.execute(statement, {"keep": keep, "absorb": absorb})
    move_rows(Work, {absorb: keep}, leave=COMPOSED)
    UpstreamRecord.objects.filter(record_id=absorb, draft__isnull=False).update(record_id=keep)
    Work.objects.filter(pk=absorb).delete()


_MOVES = (
    "UPDATE works_reference SET cited_id = CASE WHEN citing_id = %(keep)s THEN NULL ELSE %(keep)s END WHERE cited_id = %(absorb)s",
    "INSERT INTO works_reference (citing_id, raw_key, cited_id) "
    "SELECT %(keep)s, raw_key, nullif(cited_id, %(keep)s) FROM works_reference WHERE citing_id = %(absorb)s "
    "ON CONFLICT (citing_id, raw_key) DO NOTHING",
    "UPDATE works_work k SET asserted = a.asserted || k.asserted FROM works_work a "
    "WHERE k.id = %(keep)s AND a.id = %(absorb)s AND a.asserted <> '{}'",
    "UPDATE works_workredirect SET work_id = %(keep)s WHERE work_id = %(absorb)s",
    "INSERT INTO works_workredirect (key, work_id) SELECT k.key, %(keep)s FROM works_work w "
    "CROSS JOIN LATERAL (VALUES ('id:' || w.id), ('openalex:' || w.openalex_id), ('doi:' || w.doi), ('arxiv:' || w.arxiv_id)) k (key) "
    "WHERE w.id = %(absorb)s AND k.key IS NOT NULL ON CONFLICT (key) DO UPDATE SET work_id = EXCLUDED.work_id",
)
