"""Reports in the background: reading files, letting engines read texts, and picking up what lost messages left behind."""

import logging
import time
from typing import Any

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now

from bzpeer.reports.available import EVIDENCE, LLM, NAMES
from bzpeer.reports.bringing import read_on
from bzpeer.reports.models import Run, Text
from bzpeer.reports.running import carry_out_next
from bzpeer.reports.standing import recount

logger = logging.getLogger(__name__)
STARTED_PER_SWEEP = 20
A_WHILE = 40.0
"""Seconds after which a worker lets others have a turn."""
RECOUNTED_AT_ONCE = 200
_READING, _ASKING = 300, 1_150
"""Seconds: arXiv may be asked three times, a model three times with retries; the leases of both are longer."""


@shared_task(name="bzpeer.reports.tasks.read_text", soft_time_limit=_READING, time_limit=_READING + 15)
def read_text(text_id: int) -> None:
    """Read a text that waits, and then let the offline engine read it. Harmless when delivered twice: the lease lets one worker in."""
    if read_on(text_id):
        run = Run.objects.filter(text=text_id, engine=EVIDENCE, state=Run.State.WAITING).order_by("pk").first()
        if run is not None:
            carry_out_next(EVIDENCE, run_id=run.pk)


@shared_task(name="bzpeer.reports.tasks.run_reports")
def run_reports() -> int:
    """Carry out runs of the offline engine that wait, for a while; call for another turn while some are left. Return how many."""
    return _while_some_wait(EVIDENCE, run_reports)


@shared_task(name="bzpeer.reports.tasks.ask_model", soft_time_limit=_ASKING, time_limit=_ASKING + 30)
def ask_model() -> int:
    """The same for the language model."""
    return _while_some_wait(LLM, ask_model)


def _while_some_wait(engine: str, task: Any) -> int:
    until, done = time.monotonic() + A_WHILE, 0
    while carry_out_next(engine):
        done += 1
        if time.monotonic() >= until:
            _send(task)
            break
    return done


@shared_task(name="bzpeer.reports.tasks.sweep_reports")
def sweep_reports() -> int:
    """Start what a lost message left behind, or what rested; return how many texts and engines that are."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    found = list(Text.objects.filter(free, state=Text.State.WAITING).order_by("pk").values_list("pk", flat=True)[:STARTED_PER_SWEEP])
    for key in found:
        read_text.delay(key)
    waiting = [name for name in NAMES if Run.objects.filter(free, engine=name, state=Run.State.WAITING).exists()]
    for name in waiting:
        ring_engine(name)
    return len(found) + len(waiting)


@shared_task(name="bzpeer.reports.tasks.recount_reports")
def recount_reports() -> int:
    """Count anew where works stand that imports may have changed since."""
    return recount(limit=RECOUNTED_AT_ONCE)


def ring(text_id: int) -> None:
    """Tell a worker of a text. Never fails: without a broker the sweeper finds the row."""
    _send(read_text, text_id)


def ring_engine(engine: str) -> None:
    """Tell a worker that runs of an engine wait."""
    _send(ask_model if engine == LLM else run_reports)


def _send(task: Any, *arguments: int) -> None:
    try:
        task.apply_async(arguments, retry=False)
    except Exception as error:  # broker errors differ by transport; the row is safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)
