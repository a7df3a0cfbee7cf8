"""Pausing, resuming and cancelling runs. Whoever has a run in hand notices after the batch it is at; what is stored stays."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from works.choosing import Filters, checked
from works.models import ImportPart, ImportRun
from works.sources.openalex_snapshot import Snapshot

State = ImportRun.State
_AT_WORK = (State.QUEUED, State.RUNNING)
_RESUMABLE = (State.PAUSED, State.FAILED, State.CANCELLED)
ALLOWED = {"pause": _AT_WORK, "resume": _RESUMABLE, "cancel": (*_AT_WORK, State.PAUSED, State.FAILED)}
"""What can be done with a run, by its state."""
GONE_ON_WITHIN = timedelta(days=30)


class NotPossible(Exception):
    """The run is not in a state for that. The message says in which it is."""


def pause(run_id: int, *, by: int | None) -> ImportRun:
    """Let a run rest until somebody resumes it. `by` is a member's key, None for whoever sits at the terminal."""
    return _change(run_id, "paused", State.PAUSED, allowed=ALLOWED["pause"], by=by)


def cancel(run_id: int, *, by: int | None) -> ImportRun:
    """End a run that is not over."""
    return _change(run_id, "cancelled", State.CANCELLED, allowed=ALLOWED["cancel"], by=by)


@transaction.atomic
def resume(run_id: int, *, by: int | None) -> ImportRun:
    """Let a paused, failed or cancelled run go on. Files that could not be read are read again from their start.

    Ring `works.tasks.ring` afterwards, or work on it here.
    """
    run = _change(run_id, "resumed", State.QUEUED, allowed=ALLOWED["resume"], by=by)
    failed = ImportPart.objects.filter(run_id=run_id, state=ImportPart.State.FAILED)
    failed.update(
        state=ImportPart.State.WAITING, error="", attempts=0, cursor={}, counts={}, bytes_done=0, finished_at=None, lease_until=None
    )
    ImportPart.objects.filter(run_id=run_id, state=ImportPart.State.WAITING).update(attempts=0)
    return run


@transaction.atomic
def _change(run_id: int, did: str, state: str, *, allowed: Sequence[str], by: int | None) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state not in allowed:
        raise NotPossible(f"Import {run_id} cannot be {did}: it is {run.get_state_display()}.")
    is_over = state == State.CANCELLED
    values: dict[str, Any] = {"state": state, "lease_until": None, "finished_at": Now() if is_over else None}
    if state == State.QUEUED:
        values |= {"error": "", "attempts": 0}
    acts = [*run.acts, {"did": did, "at": timezone.now().isoformat(timespec="seconds"), "by": by}]
    ImportRun.objects.filter(pk=run_id).update(acts=acts, **values)
    run.refresh_from_db()
    return run


STEERED = {"pause": pause, "resume": resume, "cancel": cancel}


def go_on_with_snapshot(snapshot: Snapshot, filters: Filters) -> ImportRun | None:
    """Return the newest run of the same files and filters that is not over, resumed if it rested; None if there is none."""
    told = checked(filters).as_told()
    asked = {"snapshot": str(snapshot.root), **({"filters": told} if told else {})}
    lately = ImportRun.objects.filter(parameters=asked, created_at__gt=Now() - GONE_ON_WITHIN)
    run = lately.order_by("-pk").first()
    if run is None or run.state not in (*_AT_WORK, State.PAUSED, State.FAILED) or not _has_same_files(run, snapshot):
        return None
    return resume(run.pk, by=None) if run.state in _RESUMABLE else run


def _has_same_files(run: ImportRun, snapshot: Snapshot) -> bool:
    planned = set(run.parts.values_list("path", "bytes_total"))
    return planned == {(file.path, file.size) for file in snapshot.files}
