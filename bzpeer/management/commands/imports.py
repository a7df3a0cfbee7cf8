"""`bzpeer imports [list|show|pause|resume|cancel] [ID]`: what imports do, and how to hold them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from bzpeer.management.importing.working import report
from works import steering
from works.models import ImportRun
from works.parts import is_of_parts
from works.progress import pace_of, progress_of
from works.queries import import_run, import_runs
from works.tasks import ring
from works.telling import PROVIDERS, asked, remaining

LISTED = 20
WIDTH = 160


class Command(BaseCommand):
    help = "List imports, look at one, pause, resume or cancel it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs; without one, the newest imports are listed."""
        verbs = parser.add_subparsers(dest="verb", metavar="list|show|pause|resume|cancel")
        listing = verbs.add_parser("list", help=f"the newest imports (default: {LISTED} of them)")
        listing.add_argument("--all", action="store_true", help="all of them")
        for verb, what in (
            ("show", "one import: how far it is, what it set aside"),
            ("pause", "let an import rest; what is stored stays"),
            ("resume", "let a paused, failed or cancelled import go on, by a worker"),
            ("cancel", "end an import for good; what is stored stays"),
        ):
            one = verbs.add_parser(verb, help=what)
            one.add_argument("id", type=int, metavar="ID", help="its number, as `bzpeer imports` tells it")
            if verb == "cancel":
                one.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        verb = options["verb"] or "list"
        if verb == "list":
            self._list(everything=options.get("all", False))
            return
        run = import_run(options["id"])
        if run is None:
            raise CommandError(f"There is no import {options['id']}; `bzpeer imports` lists them.")
        if verb == "show":
            self._show(run)
        elif verb != "cancel" or options["yes"] or self._agreed(run):
            self._steer(verb, run)

    def _list(self, *, everything: bool) -> None:
        runs = import_runs(before=None, limit=10**9 if everything else LISTED)
        if not runs:
            self.stdout.write("No imports yet.")
            return
        table = Table("Import", "Asked", "State", "Read", "Written", "Unchanged", "Set aside", "Left", box=None, header_style="dim")
        for run in runs:
            figures = [f"{run.counts.get(name, 0):,}" for name in ("read", "written", "unchanged", "quarantined")]
            left = remaining(pace_of(run)[1]) if run.state in steering.ALLOWED["pause"] else ""
            asked_for = f"{PROVIDERS.get(run.provider, run.provider)}: {asked(run, in_full=False)}"
            table.add_row(str(run.pk), asked_for, run.get_state_display(), *figures, left)
        terminal = Console(width=None if sys.stdout.isatty() else WIDTH)
        with terminal.capture() as told:
            terminal.print(table)
        self.stdout.write(told.get().rstrip())

    def _show(self, run: ImportRun) -> None:
        provider = PROVIDERS.get(run.provider, run.provider)
        self.stdout.write(f"{provider} import {run.pk}: {asked(run, in_full=True)}. {run.get_state_display().capitalize()}.")
        if run.error:
            self.stdout.write(run.error)
        if run.state in steering.ALLOWED["pause"] and is_of_parts(run):
            progress = progress_of(run.pk)
            self.stdout.write(", ".join(filter(None, (f"{progress.share} %", progress.stage, progress.records, progress.left))) + ".")
        for act in run.acts:
            self.stdout.write(f"  {act['at']}: {act['did']} {'by member ' + str(act['by']) if act['by'] else 'at the terminal'}")
        report(run, self.stdout.write)

    def _agreed(self, run: ImportRun) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(f"Cancelling ends import {run.pk}. Add --yes to do it without a question; `pause` lets it rest.")
        return input(f"End import {run.pk}? What is stored stays. [y/N] ").strip().lower() in {"y", "yes"}

    def _steer(self, verb: str, run: ImportRun) -> None:
        try:
            done = steering.STEERED[verb](run.pk, by=None)
        except steering.NotPossible as error:
            raise CommandError(str(error)) from error
        if verb == "resume":
            ring(run.pk)
            self.stdout.write(f"Import {run.pk} is waiting for a worker. Watch it at /imports/{run.pk}/.")
        else:
            self.stdout.write(f"Import {run.pk} is {done.get_state_display()}. What was stored stays.")
