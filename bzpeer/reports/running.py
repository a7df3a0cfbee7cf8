"""Letting engines read texts: asked for once per text, engine and version, taken by one worker at a time, stored with its quotes proved.

waiting -> finished | failed | left (its batch's budget was used up) -> waiting (asked for again)
"""

import logging
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now, TruncDay
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.reports.available import LLM, NoSuchEngine, engine_named
from bzpeer.reports.findings import Document, Engine, EngineError, Finding, Kind, Report, Section, verified
from bzpeer.reports.models import Batch, FindingRow, Run, Spending, Text
from bzpeer.reports.standing import stand_anew

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
LLM_LEASE = timedelta(minutes=20)
"""A model is asked up to three times, each with its own retries."""
MOST_ATTEMPTS = 3
LATER = timedelta(minutes=10)
_AGAIN = (Run.State.FAILED, Run.State.LEFT)
State = Run.State


def ask_for(text: Text, *, engine: str, by: User | None = None, batch: Batch | None = None) -> Run:
    """Return the run of an engine over a text, made if there is none; one that failed waits again. Raises NoSuchEngine."""
    version = engine_named(engine).version
    run, is_new = Run.objects.get_or_create(
        text=text, engine=engine, version=version, defaults={"asked_by": by, "batch": batch, "parameters": {}}
    )
    if not is_new and run.state in _AGAIN:
        Run.objects.filter(pk=run.pk, state__in=_AGAIN).update(
            state=State.WAITING, attempts=0, lease_until=None, note="", asked_by=by, batch=batch
        )
        run.refresh_from_db()
    return run


def carry_out_next(engine: str, *, run_id: int | None = None) -> bool:
    """Take one run that waits (this one, or the oldest) and carry it out; return whether there was one. Harmless when called twice."""
    run = _taken(engine, run_id)
    if run is None:
        return False
    try:
        reader = engine_named(engine)
    except NoSuchEngine as error:
        _rest(run, str(error), wait=timedelta(hours=1))
        return True
    if run.version != reader.version and not _renamed(run, reader.version):
        return True
    if engine != LLM or _is_paid(run):
        _carry_out(run, reader)
    return True


@transaction.atomic
def _taken(engine: str, run_id: int | None) -> Run | None:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    waiting = Run.objects.filter(free, engine=engine, state=State.WAITING).order_by("pk")
    if run_id is not None:
        waiting = waiting.filter(pk=run_id)
    run = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("text").first()
    if run is None:
        return None
    run.attempts += 1
    if run.attempts > MOST_ATTEMPTS:
        run.state, run.note, run.lease_until = State.FAILED, run.note or "Reading stopped several times without a word.", None
        run.save(update_fields=["state", "note", "lease_until"])
        return None
    run.lease_until, run.started_at = timezone.now() + (LLM_LEASE if engine == LLM else LEASE), timezone.now()
    run.save(update_fields=["attempts", "lease_until", "started_at"])
    return run


def _renamed(run: Run, version: str) -> bool:
    """Give a run that was asked for before an update the version that will read it; False where that one is there already."""
    try:
        with transaction.atomic():
            Run.objects.filter(pk=run.pk).update(version=version)
    except IntegrityError:
        run.delete()
        return False
    run.version = version
    return True


def document_of(text: Text) -> Document:
    """Return a stored text as engines read it."""
    sections = tuple(Section(kind=Kind(s["kind"]), title=s["title"], start=s["start"], end=s["end"]) for s in text.sections)
    return Document(text=text.text, sections=sections, title=text.work.title, lines=tuple(text.lines) or None)


def _carry_out(run: Run, reader: Engine) -> None:
    document = document_of(run.text)
    began = time.monotonic()
    try:
        report = reader.findings(document)
    except EngineError as error:
        if error.passing and run.attempts < MOST_ATTEMPTS:
            _rest(run, str(error), wait=LATER * run.attempts)
        else:
            Run.objects.filter(pk=run.pk, lease_until=run.lease_until).update(state=State.FAILED, note=str(error), lease_until=None)
        return
    except (SoftTimeLimitExceeded, OperationalError):
        raise
    except Exception:  # a fault of ours must stop neither the other runs nor say nothing; it is tried again after an update
        logger.exception("An engine stopped on a text it should have read")
        Run.objects.filter(pk=run.pk, lease_until=run.lease_until).update(
            state=State.FAILED, note="The engine stopped on this text. Tell whoever runs this portal.", lease_until=None
        )
        return
    _store(run, report, document, seconds=time.monotonic() - began)


def _rest(run: Run, note: str, *, wait: timedelta, gives_back: bool = False) -> None:
    attempts = F("attempts") - 1 if gives_back else F("attempts")
    Run.objects.filter(pk=run.pk, lease_until=run.lease_until).update(lease_until=Now() + wait, note=note, attempts=attempts)


@transaction.atomic
def _store(run: Run, report: Report, document: Document, *, seconds: float) -> None:
    findings, dropped = verified(report.findings, document)
    ours = Run.objects.filter(pk=run.pk, lease_until=run.lease_until, state=State.WAITING)
    if not ours.update(
        state=State.FINISHED,
        note="",
        lease_until=None,
        finished_at=Now(),
        seconds=round(seconds, 3),
        parameters=dict(report.parameters),
        tokens_in=report.tokens_in,
        tokens_out=report.tokens_out,
        cost=report.cost,
        dropped_quotes=report.dropped_quotes + dropped,
        raw_answer=report.raw_answer.replace("\x00", ""),
        notes=list(report.notes),
    ):
        return  # somebody else took it over
    FindingRow.objects.bulk_create([_row(run, finding) for finding in findings])
    if run.engine == LLM:
        tokens = report.tokens_in + report.tokens_out
        Spending.objects.filter(day=datetime.now(UTC).date()).update(tokens=F("tokens") + tokens, cost=F("cost") + (report.cost or 0))
    stand_anew(run.text.work_id)


def _row(run: Run, finding: Finding) -> FindingRow:
    rejected = finding.nearest_rejected
    return FindingRow(
        run=run,
        variable=finding.variable.value,
        result=finding.result,
        leaning=finding.leaning,
        confidence=finding.confidence,
        explanation=finding.explanation.replace("\x00", ""),
        quotes=[asdict(quote) for quote in finding.quotes],
        rejected={"quote": asdict(rejected.quote), "reason": rejected.reason} if rejected else None,
    )


# --- what a language model may cost -----------------------------------------------------------------


def _is_paid(run: Run) -> bool:
    """Count one more call against the batch's budget and the day's, in the database before it is made; False where either is used up."""
    with transaction.atomic():
        if run.batch_id is not None:
            room = Q(budget__isnull=True) | Q(spent__lt=F("budget"))
            if not Batch.objects.filter(room, pk=run.batch_id).update(spent=F("spent") + 1):
                Run.objects.filter(pk=run.pk).update(state=State.LEFT, lease_until=None, note="The budget of its command is used up.")
                return False
        Spending.objects.get_or_create(day=datetime.now(UTC).date())
        if Spending.objects.filter(day=datetime.now(UTC).date(), calls__lt=settings.LLM_DAILY_BUDGET).update(calls=F("calls") + 1):
            return True
        transaction.set_rollback(True)  # the batch keeps its call
    tomorrow = TruncDay(Now()) + timedelta(days=1)
    Run.objects.filter(pk=run.pk, lease_until=run.lease_until).update(
        lease_until=tomorrow, attempts=F("attempts") - 1, note="The calls of this day are used up; it is asked tomorrow (LLM_DAILY_BUDGET)."
    )
    return False


def calls_left_today() -> int:
    """Return how many calls of a language model this day still allows."""
    spent: Any = Spending.objects.filter(day=datetime.now(UTC).date()).values_list("calls", flat=True).first()
    return max(settings.LLM_DAILY_BUDGET - (spent or 0), 0)
