"""Works composed again from what is stored of them, after a person changed what counts: a correction, a merge, its undoing."""

from collections.abc import Collection

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from works.keeping import kept_drafts
from works.planning import plan_works
from works.recording import record_plan


def recompose_works(cursor: CursorWrapper, work_ids: Collection[int]) -> bool:
    """Compose these works anew; return False if no upstream record of any is stored. Callers hold the import lock.

    What is written is stamped with the time and run of the newest record, since no source said anything new.
    """
    kept = kept_drafts(cursor, sorted(work_ids))
    if not kept:
        return False
    run_id = max(one.run_id or 0 for one in kept.values())
    now = max((one.imported_at for one in kept.values()), default=timezone.now())
    record_plan(cursor, plan_works(cursor, [], run_id=run_id, now=now, again=work_ids), run_id=run_id, now=now)
    return True
