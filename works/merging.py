"""Making one work of two that no source connects, and parting them again: what a person (or a sure machine) decided.

A merge is kept as a `WorkMerge`, which imports obey: without it, the next record of either would part them.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from researchers.merging import give_back, rows_held
from works.domain import COMPOSED
from works.locking import hold_imports
from works.models import RecordChange, UpstreamRecord, Work, WorkMerge, WorkRedirect
from works.recomposing import recompose_works


class CannotJoin(Exception):
    """Two works cannot be made one. The message is a plain sentence; trying again does not help."""


class CannotPart(Exception):
    """A merge cannot be undone any more. The message is a plain sentence; trying again does not help."""


@transaction.atomic
def join_works(one: int, other: int) -> WorkMerge:
    """Make one work of two and compose it from the records of both; the older row stays, as in imports.

    Raises CannotJoin for works that no source describes, and Work.DoesNotExist if one is gone.
    """
    keep, absorb = sorted((one, other))
    with connection.cursor() as cursor:
        hold_imports(cursor)
        kept, absorbed = (Work.objects.select_for_update(no_key=True).get(pk=key) for key in (keep, absorb))
        merge = WorkMerge.objects.create(
            kept=kept,
            absorbed_id=absorb,
            kept_drafts=_draft_keys(keep),
            absorbed_drafts=_draft_keys(absorb),
            moved={
                "rows": rows_held(Work, absorb, leave=COMPOSED),
                "keys": _keys(absorbed),
                "title": absorbed.title,
                "asserted": absorbed.asserted,
                "kept_asserted": kept.asserted,
                "created_at": absorbed.created_at.isoformat(),
            },
        )
        if not merge.kept_drafts or not merge.absorbed_drafts:
            raise CannotJoin("One of the two works has no stored record to compose from; import it first.")
        recompose_works(cursor, [keep, absorb])
    RecordChange.objects.create(kind="work", record_id=keep)
    return merge


@transaction.atomic
def part_works(merge: WorkMerge) -> Work:
    """Undo a merge: the absorbed work has its own row, key, records and rows of other apps back. Raises CannotPart."""
    with connection.cursor() as cursor:
        hold_imports(cursor)
        merge = WorkMerge.objects.select_for_update().get(pk=merge.pk)
        if merge.undone_at:
            raise CannotPart("This merge is undone already.")
        if not merge.absorbed_drafts or not UpstreamRecord.objects.filter(key__in=merge.absorbed_drafts, record_id=merge.kept_id).exists():
            raise CannotPart("The records of the absorbed work belong to another one by now, or exist no more; it cannot be given back.")
        merge.undone_at = timezone.now()
        merge.save(update_fields=["undone_at"])
        restored = _restored(merge)
        keys = merge.moved["keys"]
        UpstreamRecord.objects.filter(key__in=merge.absorbed_drafts, record_id=merge.kept_id).update(record_id=restored.pk)
        WorkRedirect.objects.filter(key=f"id:{restored.pk}").delete()
        WorkRedirect.objects.filter(key__in=keys, work_id=merge.kept_id).update(work=restored)
        give_back(merge.moved["rows"], to=restored.pk, since=merge.kept_id)
        recompose_works(cursor, [merge.kept_id, restored.pk])
        _give_citations_back(cursor, merge, keys)
    RecordChange.objects.bulk_create(RecordChange(kind="work", record_id=key) for key in (merge.kept_id, restored.pk))
    return Work.objects.get(pk=restored.pk)


def _draft_keys(work_id: int) -> list[str]:
    return list(UpstreamRecord.objects.filter(record_id=work_id, draft__isnull=False).order_by("key").values_list("key", flat=True))


def _keys(work: Work) -> list[str]:
    own = (("openalex", work.openalex_id), ("doi", work.doi), ("arxiv", work.arxiv_id))
    further = WorkRedirect.objects.filter(work=work).order_by("key").values_list("key", flat=True)
    return [*(f"{kind}:{value}" for kind, value in own if value), *further]


def _restored(merge: WorkMerge) -> Work:
    """Make the absorbed work's row again, empty but for its key; recomposing fills it."""
    kept = merge.kept
    asserted, had = merge.moved["asserted"], merge.moved["kept_asserted"]
    kept.asserted = {field: said for field, said in kept.asserted.items() if field in had or asserted.get(field) != said}
    kept.save(update_fields=["asserted"])
    restored = Work.objects.create(pk=merge.absorbed_id, title=merge.moved["title"], folded_title="", asserted=asserted)
    Work.objects.filter(pk=restored.pk).update(created_at=merge.moved["created_at"])
    return restored


def _give_citations_back(cursor: CursorWrapper, merge: WorkMerge, keys: Sequence[str]) -> None:
    cursor.execute(
        "UPDATE works_reference SET cited_id = %s WHERE cited_id = %s AND raw_key = ANY(%s) AND citing_id <> %s",
        [merge.absorbed_id, merge.kept_id, list(keys), merge.absorbed_id],
    )
