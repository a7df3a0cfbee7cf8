"""Imports in the background: a run in steps of bounded length, and a sweeper for what a lost message left behind."""

import logging

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now

from works.models import ImportRun
from works.runs import ImportStopped, carry_on, take

logger = logging.getLogger(__name__)
STEP_SECONDS = 45
STARTED_PER_SWEEP = 20


@shared_task(name="works.tasks.run_import")
def run_import(run_id: int) -> None:
    """Carry a run on for one step, then ask for the next one. Harmless when delivered twice: the lease lets one worker in."""
    run = take(run_id)
    if run is None:
        return
    try:
        finished = carry_on(run, seconds=STEP_SECONDS)
    except ImportStopped as stop:
        logger.warning("Import run %s stopped: %s", run_id, stop)
    else:
        if not finished:
            run_import.delay(run_id)


def ring(run_id: int) -> None:
    """Tell a worker of a run. Never fails: without a broker the sweeper finds the row."""
    try:
        run_import.apply_async((run_id,), retry=False)
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
