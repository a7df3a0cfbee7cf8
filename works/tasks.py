"""Imports in the background: a run in steps of bounded length, and a sweeper for what a lost message left behind."""

import logging
import time
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from works import parts
from works.generating import generate_due
from works.models import ImportRun
from works.runs import ImportStopped, carry_on, take
from works.signals import records_changed

logger = logging.getLogger(__name__)
STEP_SECONDS = 45
MARGIN_SECONDS = 20
"""A step ends so long before it would be killed: the batch at hand is still stored."""
LONGEST_STEP = 45 * 60
"""Seconds; the broker delivers a message anew after an hour."""
STARTED_PER_SWEEP = 20
SUMMARY_SECONDS = 40
"""A try begun before that may take 30 more."""
PARTS_RUNG = 64
"""Messages for parts at a time: enough for as many workers, few enough for a queue that holds other things."""


@shared_task(name="works.tasks.run_import")
def run_import(run_id: int) -> None:
    """Carry a run on for one step, then ask for the next one. Harmless when delivered twice: the lease lets one worker in."""
    if ImportRun.objects.filter(pk=run_id, parameters__has_key="snapshot").exists():
        _ring_parts(run_id)
        return
    run = take(run_id)
    if run is None:
        return
    try:
        finished = carry_on(run, seconds=STEP_SECONDS)
    except ImportStopped as stop:
        logger.warning("Import run %s stopped: %s", run_id, stop)
        _tell()
    else:
        if finished:
            _tell()
        else:
            run_import.delay(run_id)


@shared_task(name="works.tasks.import_part")
def import_part(part_id: int) -> None:
    """Read a file of a snapshot for one step, then ask for the next one; when it is over, spend the rest of the step on others.

    Harmless when delivered twice: the lease lets one worker in.
    """
    begun = time.monotonic()
    until = begun + STEP_SECONDS
    run_id = parts.run_of(part_id)
    part = parts.take_part(run_id, part_id=part_id) if run_id else None
    latest = begun + _time_limit(part_id) - MARGIN_SECONDS
    while part is not None and run_id:
        if not parts.work_on(part, until=until, latest=latest):
            _ring_part(part.pk)
            return
        if parts.is_stage_over(run_id, part.stage):
            _ring_parts(run_id)
        part = parts.take_part(run_id) if time.monotonic() < until else None
        if part is not None and time.monotonic() + parts.seconds_to_skip(part) > until:
            # Its place alone is far into its file: that is a step of its own.
            parts.put_back(part)
            part = None
        if part is None:
            for waiting in parts.free_parts(run_id, limit=1):
                _ring_part(waiting)


def _time_limit(part_id: int) -> float:
    """Return after how many seconds a step on a part is killed: longer where its place is far into a large file."""
    return min(settings.CELERY_TASK_TIME_LIMIT + parts.longest_skip(part_id), LONGEST_STEP)


def _ring_parts(run_id: int) -> None:
    """Start a snapshot's run, end it if all is read, else tell workers of the parts that can be read now."""
    if not parts.start(run_id):
        return
    if parts.settle(run_id):
        _tell()
        return
    for part_id in parts.free_parts(run_id, limit=PARTS_RUNG):
        _ring_part(part_id)


def _ring_part(part_id: int) -> None:
    # The sweeper rings again for what still waits then; until then each message stands for itself.
    _send(import_part, part_id, expires=60, time_limit=_time_limit(part_id))


def _tell() -> None:
    """Let whoever derives from records know that there are new ones. Their failing is none of the import's."""
    for receiver, answer in records_changed.send_robust(sender=ImportRun):
        if isinstance(answer, Exception):
            logger.warning("A receiver of changed records failed: %s, %s", getattr(receiver, "__name__", "?"), type(answer).__name__)


@shared_task(name="works.tasks.generate_summaries")
def generate_summaries() -> int:
    """Make summaries that wait, if the operator set a language model (works/generating.py); return how many tries that were."""
    return generate_due(seconds=SUMMARY_SECONDS)


def ring(run_id: int) -> None:
    """Tell a worker of a run. Never fails: without a broker the sweeper finds the row."""
    _send(run_import, run_id)


def _send(task: Any, key: int, **options: Any) -> None:
    try:
        task.apply_async((key,), retry=False, **options)
    except Exception as error:  # broker errors differ by transport; the row is safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)


@shared_task(name="works.tasks.sweep_imports")
def sweep_imports() -> int:
    """Start what waits, and what a worker left: no lease, or one that ran out. Return how many runs that was."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    waiting = ImportRun.objects.filter(free, state__in=(ImportRun.State.QUEUED, ImportRun.State.RUNNING))
    found = list(waiting.order_by("pk").values_list("pk", flat=True)[:STARTED_PER_SWEEP])
    for run_id in found:
        run_import.delay(run_id)
    return len(found)
