"""`bzpeer import openalex --snapshot DIR`: the files of OpenAlex's snapshot, all of them or a slice, by several processes at once."""

import argparse
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection, connections

from bzpeer.management.importing.asking import Options, Say, listed
from bzpeer.management.importing.showing import PartsDisplay, RehearsalDisplay
from bzpeer.management.importing.working import REASONS_SHOWN, derive, report
from works import parts, steering
from works.choosing import BadFilter, Filters
from works.models import ImportPart, ImportRun
from works.rehearsing import rate_here, rehearse
from works.sources.openalex_snapshot import NoSnapshot, Snapshot, snapshot_in
from works.tasks import ring
from works.telling import complaint, remaining

_LOOKED_EVERY = 0.5
_COLUMNS = ("read", "chosen", "new", "changed", "unchanged", "set aside")
_ONLY_HERE = ("to_year", "country", "sample", "workers", "dry_run")


def add_arguments(parser: CommandParser, question: "argparse._MutuallyExclusiveGroup") -> None:
    """Declare `--snapshot` and what goes with it; --topic, --institution and --from-year are OpenAlex's own."""
    question.add_argument(
        "--snapshot", metavar="DIR", help="the folder of an OpenAlex snapshot; several values of a filter are set apart by commas"
    )
    parser.add_argument("--to-year", metavar="YEAR", type=int, help="of a snapshot: only works published up to that year")
    parser.add_argument("--country", metavar="CC,…", help="of a snapshot: only works with an author in this country, such as JP")
    parser.add_argument("--sample", metavar="N%", help="of a snapshot: a repeatable sample of the works, such as 2.5%% or 3/1000")
    parser.add_argument("--workers", metavar="N", type=int, help="of a snapshot: processes that read at once (default: one per core)")
    parser.add_argument("--dry-run", action="store_true", help="of a snapshot: read and choose, write nothing, tell what would be done")


def refuse_without_snapshot(options: Options) -> None:
    """Raise CommandError for what only goes with `--snapshot`."""
    if given := [f"--{name.replace('_', '-')}" for name in _ONLY_HERE if options.get(name)]:
        raise CommandError(f"{given[0]} goes with --snapshot only.")


def handle(options: Options, say: Say) -> None:
    """Read the snapshot now, or leave it to workers. The same question goes on where an earlier run of it stands."""
    try:
        snapshot = snapshot_in(Path(options["snapshot"]))
        if options["dry_run"]:
            _rehearse(snapshot, _filters(options), say)
            return
        run = _run(snapshot, _filters(options), say)
    except (NoSnapshot, BadFilter) as error:
        raise CommandError(str(error)) from error
    if options["background"]:
        ring(run.pk)
        say(f"Import {run.pk} is waiting for workers. Watch it at /imports/{run.pk}/.")
        return
    work_now(run, workers=options["workers"], say=say)


def _filters(options: Options) -> Filters:
    return Filters(
        institution=tuple(listed(options.get("institution") or "")),
        topic=tuple(listed(options.get("topic") or "")),
        from_year=options.get("from_year"),
        to_year=options.get("to_year"),
        country=tuple(listed(options.get("country") or "")),
        sample=options.get("sample") or "",
    )


def _run(snapshot: Snapshot, filters: Filters, say: Say) -> ImportRun:
    for remark in snapshot.remarks:
        say(remark)
    if run := steering.go_on_with_snapshot(snapshot, filters):
        over = run.parts.filter(state=ImportPart.State.FINISHED).count()
        say(f"Going on with import {run.pk}, of which {over:,} of {run.parts.count():,} files are read.")
        return run
    run = parts.plan(snapshot, filters)
    say(f"Import {run.pk}: {run.parts.count():,} files in {snapshot.root}.")
    return run


def _rehearse(snapshot: Snapshot, filters: Filters, say: Say) -> None:
    """Tell what an import would do. Raises CommandError if a file cannot be read."""
    for remark in snapshot.remarks:
        say(remark)
    with RehearsalDisplay() as display:
        found = rehearse(snapshot, filters, heard=display.show)
    say(f"{'':<14}" + "".join(f"{column:>13}" for column in _COLUMNS))
    for kind, counts in found.kinds.items():
        say(f"{kind.replace('_', ' '):<14}" + "".join(f"{counts[column]:>13,}" for column in _COLUMNS))
    for reason, count in found.reasons.most_common(REASONS_SHOWN):
        say(f"  {count:,} would be set aside: {reason}")
    say(_estimate(found.to_write))
    if found.unreadable:
        more = f" {len(found.unreadable) - 1:,} more files cannot be read in full." if found.unreadable[1:] else ""
        raise CommandError(found.unreadable[0] + more)


def _estimate(records: int) -> str:
    if not records:
        return "Nothing was written, and an import would write nothing."
    rate, measured = rate_here()
    grounds = f"as import {measured} did" if measured else "an assumption; the first import here measures it"
    took = remaining(records / rate).removesuffix(" left")
    return f"Nothing was written. Storing {records:,} records takes {took}, at {rate:,.0f} a second ({grounds}); deriving comes on top."


def work_now(run: ImportRun, *, workers: int | None, say: Say) -> None:
    """Read a run's parts in this terminal until it is over, show how far it is, then derive. Raises CommandError."""
    count = max(1, min(workers or os.cpu_count() or 1, run.parts.count()))
    parts.start(run.pk)
    try:
        with PartsDisplay(run) as display:
            (_alone if count == 1 else _together)(run.pk, count, display.show)
    except OperationalError as error:
        cause = str(error).splitlines()[0]
        raise CommandError(
            f"The database went away ({cause}). What was stored stays; workers, or the same command, go on from there."
        ) from error
    except KeyboardInterrupt:
        steering.pause(run.pk, by=None)
        raise CommandError(
            f"Paused. What was stored stays; the same command or `bzpeer imports resume {run.pk}` goes on from there."
        ) from None
    run.refresh_from_db()
    report(run, say, finished=True)
    derive(say)
    if run.state != ImportRun.State.FINISHED:
        raise CommandError(run.error or f"Import {run.pk} was {run.get_state_display()}. What was stored stays.")
    if said := complaint(run):
        raise CommandError(said)


def _alone(run_id: int, _: int, show: Callable[[], None]) -> None:
    def waiting() -> None:
        show()
        time.sleep(_LOOKED_EVERY)

    parts.work_through(run_id, heard=lambda _: show(), wait=waiting)


def _together(run_id: int, count: int, show: Callable[[], None]) -> None:
    """Let `count` processes read, and watch. They end with this process, however it ends."""
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # of Django's PostgreSQL backend; its threads do not survive a fork
    start = multiprocessing.get_context("fork").Process
    readers = [start(target=_reader, args=(run_id, os.getpid()), name=f"reader-{number}") for number in range(count)]
    for reader in readers:
        reader.start()
    try:
        while any(reader.is_alive() for reader in readers):
            show()
            readers[0].join(_LOOKED_EVERY) if readers[0].is_alive() else time.sleep(_LOOKED_EVERY)
    except KeyboardInterrupt:
        steering.pause(run_id, by=None)
        _join(readers)
        raise
    if ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING).exists():
        raise CommandError("The processes that read ended early; the log says why. Workers, or the same command, go on from there.")


def _join(readers: list[Any]) -> None:
    for reader in readers:
        reader.join(30)


def _reader(run_id: int, parent: int) -> None:
    """What a reading process does. Its parent alone hears Ctrl+C and pauses the run, which ends the reading within a batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def orphaned(_: object = None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    def waiting() -> None:
        orphaned()
        time.sleep(_LOOKED_EVERY)

    parts.work_through(run_id, heard=orphaned, wait=waiting)
