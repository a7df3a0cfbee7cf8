"""Running an import from a terminal: now and in this process, then deriving what follows from it."""

from typing import Any

from django.core.management.base import CommandError
from django.db import OperationalError

from bzpeer.hands import hands_here
from bzpeer.management.importing.asking import Options, Say
from bzpeer.management.importing.showing import Display
from bzpeer.pipeline import derive_all_pending
from works.models import ImportRun
from works.noting import notes_after
from works.runs import ImportStopped, ask_for, cancel, carry_on, go_on_with, take
from works.sources.http import BadQuery
from works.tasks import ring
from works.telling import complaint, problems_by_reason, told

REASONS_SHOWN = 5


class NoTimeToDerive(Exception):
    """The import ended in a way after which deriving has to wait. The message says how."""


def import_now(provider: str, asked: dict[str, Any], options: Options, say: Say) -> None:
    """Run the import to its end, then derive what follows from it; with `background` only leave it to a worker."""
    run = _run(provider, asked, say)
    if options.get("background"):
        ring(run.pk)
        say(f"Import {run.pk} is waiting for a worker. Watch it at /imports/{run.pk}/.")
        return
    taken = take(run.pk)
    if taken is None:  # the sweeper was faster
        raise CommandError(f"A worker has just taken import {run.pk}; watch it at /imports/{run.pk}/.")
    try:
        _carry_on(taken, say)
    except NoTimeToDerive as end:
        raise CommandError(str(end)) from end
    except CommandError:
        derive(say)
        raise
    derive(say)
    if said := complaint(taken):
        raise CommandError(said)


def _run(provider: str, asked: dict[str, Any], say: Say) -> ImportRun:
    """Return the run that was stopped in the middle of the same question, else a new one."""
    if run := go_on_with(provider=provider, **asked):
        say(f"Going on with import {run.pk}, which stopped after {run.counts.get('read', 0):,} records.")
        return run
    try:
        return ask_for(provider=provider, **asked)
    except BadQuery as error:
        raise CommandError(str(error)) from error


def derive(say: Say) -> None:
    """Bring the derived facts of what changed up to date."""
    try:
        derived = derive_all_pending(hands=hands_here())
    except KeyboardInterrupt:
        raise CommandError("Stopped. The records are stored; `bzpeer derive` or a worker brings the figures up to date.") from None
    if derived.changes:
        records = "1 changed record is" if derived.changes == 1 else f"{derived.changes:,} changed records are"
        say(f"Derived facts of {records} up to date.")


def _carry_on(run: ImportRun, say: Say) -> None:
    before = run.counts.get("written", 0)
    told_until = max((key for key, _ in notes_after(run, 0)), default=0)

    def progress(run: ImportRun) -> None:
        nonlocal told_until
        for key, note in notes_after(run, told_until):
            say(note)
            told_until = key
        display.show(run)

    try:
        with Display(run) as display:
            carry_on(run, progress=progress)
    except ImportStopped as stop:
        report(run, say)
        raise CommandError(f"{stop} {_kept(run, before)}") from stop
    except OperationalError as error:
        cause = str(error).splitlines()[0]
        raise NoTimeToDerive(
            f"The database went away ({cause}). What was stored stays; a worker goes on from there once it is back."
        ) from error
    except KeyboardInterrupt:
        cancel(run)
        report(run, say)
        raise NoTimeToDerive(
            "Cancelled. What was stored before stays; `bzpeer derive` or a worker brings the figures up to date."
        ) from None
    report(run, say, finished=True)


def report(run: ImportRun, say: Say, *, finished: bool = False) -> None:
    """Tell what the run did and what it could not store."""
    if finished or run.counts.get("read"):
        say(told(run.counts))
    reasons = list(problems_by_reason(run)[: REASONS_SHOWN + 1])
    for problem in reasons[:REASONS_SHOWN]:
        what = "set aside" if problem["is_quarantined"] else "noted"
        say(f"  {problem['problems']:,} {what}: {problem['reason']} (e.g. {problem['example']})")
    if len(reasons) > REASONS_SHOWN:
        say("  … and more, see /imports/.")


def _kept(run: ImportRun, before: int) -> str:
    """Say what this call stored of the run, of which `before` records were stored earlier."""
    if stored := run.counts.get("written", 0) - before:
        return f"Stored before that: {stored:,}."
    return "Nothing new was stored." if run.counts.get("read") else "Nothing was stored."
