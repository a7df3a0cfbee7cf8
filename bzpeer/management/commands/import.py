"""`bzpeer import openalex|arxiv …`: bring records in, now and in this process; a worker is needed only for `--background`."""

import argparse
import re
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bzpeer.pipeline import derive_all_pending
from works.models import ImportRun
from works.runs import ImportStopped, ask_for, cancel, carry_on, go_on_with, take
from works.sources.http import BadQuery
from works.tasks import ring
from works.telling import complaint, problems_by_reason, told

PLAIN_LINE_SECONDS = 5
REASONS_SHOWN = 5
_NO_DATA = re.compile(r"^\.|^(licen[cs]e|readme|manifest|checksums?)\b|\.(txt|md|rds|sha256|md5)$", re.IGNORECASE)
"""What lies beside the data in a folder."""


class Command(BaseCommand):
    """Each provider is a sub-command with its own questions; `--file` reads what was downloaded."""

    help = "Import records from OpenAlex or arXiv, by asking them or from files."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare `openalex` and `arxiv` with exactly one kind of question each."""
        providers = parser.add_subparsers(dest="provider", required=True, metavar="openalex|arxiv")
        openalex = _question(providers, "openalex", "author records and works from OpenAlex")
        openalex.add_argument("--author", metavar="A…", help="an author and all of their works")
        openalex.add_argument("--orcid", metavar="iD", help="the author with this ORCID iD and all of their works")
        openalex.add_argument("--works", metavar="W…,…", type=_listed, help="works by id")
        openalex.add_argument("--search", metavar="WORDS", help="works that match a search")
        arxiv = _question(providers, "arxiv", "papers from arXiv")
        arxiv.add_argument("--id", metavar="ID,…", dest="ids", type=_listed, help="papers by id, such as 2006.13719")
        arxiv.add_argument("--author", metavar="NAME", help="papers by an author's name")
        arxiv.add_argument("--query", metavar="QUERY", help="papers by a query in arXiv's own language")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import to its end, then derive what follows from it."""
        asked = {key: options.get(key) for key in ("author", "orcid", "works", "search", "ids", "query")}
        if options["file"]:
            asked = {"files": _files(options["file"])}
        run = self._run(options["provider"], asked)
        if options["background"]:
            ring(run.pk)
            self.stdout.write(f"Import {run.pk} is waiting for a worker. Watch it at /imports/{run.pk}/.")
            return
        taken = take(run.pk)
        if taken is None:  # the sweeper was faster
            raise CommandError(f"A worker has just taken import {run.pk}; watch it at /imports/{run.pk}/.")
        try:
            self._carry_on(taken)
        except _NoTimeToDerive as end:
            raise CommandError(str(end)) from end
        except CommandError:
            self._derive()
            raise
        self._derive()
        if said := complaint(taken):
            raise CommandError(said)

    def _run(self, provider: str, asked: dict[str, Any]) -> ImportRun:
        """Return the run that was stopped in the middle of the same question, else a new one."""
        if run := go_on_with(provider=provider, **asked):
            self.stdout.write(f"Going on with import {run.pk}, which stopped after {run.counts.get('read', 0):,} records.")
            return run
        try:
            return ask_for(provider=provider, **asked)
        except BadQuery as error:
            raise CommandError(str(error)) from error

    def _derive(self) -> None:
        try:
            derived = derive_all_pending()
        except KeyboardInterrupt:
            raise CommandError("Stopped. The records are stored; `bzpeer derive` or a worker brings the figures up to date.") from None
        if derived.changes:
            records = "1 changed record is" if derived.changes == 1 else f"{derived.changes:,} changed records are"
            self.stdout.write(f"Derived facts of {records} up to date.")

    def _carry_on(self, run: ImportRun) -> None:
        before = run.counts.get("written", 0)
        try:
            with _Display(run) as display:
                carry_on(run, progress=display.show)
        except ImportStopped as stop:
            self._report(run)
            raise CommandError(f"{stop} {_kept(run, before)}") from stop
        except OperationalError as error:
            cause = str(error).splitlines()[0]
            raise _NoTimeToDerive(
                f"The database went away ({cause}). What was stored stays; a worker goes on from there once it is back."
            ) from error
        except KeyboardInterrupt:
            cancel(run)
            self._report(run)
            raise _NoTimeToDerive(
                "Cancelled. What was stored before stays; `bzpeer derive` or a worker brings the figures up to date."
            ) from None
        self._report(run, finished=True)

    def _report(self, run: ImportRun, *, finished: bool = False) -> None:
        if finished or run.counts.get("read"):
            self.stdout.write(told(run.counts))
        reasons = list(problems_by_reason(run)[: REASONS_SHOWN + 1])
        for problem in reasons[:REASONS_SHOWN]:
            what = "set aside" if problem["is_quarantined"] else "noted"
            self.stdout.write(f"  {problem['problems']:,} {what}: {problem['reason']} (e.g. {problem['example']})")
        if len(reasons) > REASONS_SHOWN:
            self.stdout.write("  … and more, see /imports/.")


class _NoTimeToDerive(Exception):
    """The import ended in a way after which deriving has to wait. The message says how."""


def _kept(run: ImportRun, before: int) -> str:
    """Say what this call stored of the run, of which `before` records were stored earlier."""
    if stored := run.counts.get("written", 0) - before:
        return f"Stored before that: {stored:,}."
    return "Nothing new was stored." if run.counts.get("read") else "Nothing was stored."


class _Display:
    """A bar in a terminal, a plain line now and then elsewhere."""

    def __init__(self, run: ImportRun) -> None:
        console = Console(stderr=True)
        self._bar = (
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[speed]}"),
                TimeElapsedColumn(),
                console=console,
            )
            if console.is_terminal
            else None
        )
        self._console = console
        self._started = self._spoke = time.monotonic()
        self._task = self._bar.add_task(f"Importing from {run.provider}", total=run.total, speed="") if self._bar else None

    def __enter__(self) -> "_Display":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, run: ImportRun) -> None:
        """Show how far the run is."""
        read = run.counts.get("read", 0)
        now = time.monotonic()
        speed = f"{read / max(now - self._started, 0.001):,.0f}/s"
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=read, total=run.total, speed=speed)
        elif now - self._spoke >= PLAIN_LINE_SECONDS:
            self._spoke = now
            of = f" of {run.total:,}" if run.total else ""
            self._console.print(f"{read:,}{of} records read, {speed}")


def _question(providers: Any, name: str, what: str) -> Any:
    parser: argparse.ArgumentParser = providers.add_parser(name, help=what)
    question = parser.add_mutually_exclusive_group(required=True)
    question.add_argument("--file", metavar="PATH", action="append", help="a file or a folder of files; may be given several times")
    parser.add_argument(
        "--background", action="store_true", help="leave it to a worker, which must see the same files, and say where to watch it"
    )
    return question


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _files(given: list[str]) -> list[str]:
    """Return the files named, those of folders included, in the order of their names."""
    found: list[Path] = []
    for name in given:
        path = Path(name)
        if not name.strip():
            raise CommandError("--file needs the path of a file or a folder.")
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and not _NO_DATA.search(each.name))
            if not inside:
                raise CommandError(f"The folder {path} holds no data file.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"{path} is neither a file nor a folder." if path.exists() else f"There is no file {path}.")
    return [str(path.resolve()) for path in found]
