"""`bzpeer derive`: bring counts, collaborations and trust up to date."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bzpeer.hands import hands_here
from bzpeer.pipeline import derive_all_pending, rebuild_everything, refold_everything


class Command(BaseCommand):
    help = "Derive counts, collaborations and trust from the records: what changed since the last time, or everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--names", action="store_true", help="only fold names and titles for search again, as after an upgrade")
        what.add_argument(
            "--all",
            action="store_true",
            help="make every derived fact anew instead of what changed, folded names and titles for search included",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True)
        ) as shown:
            stages: dict[str, TaskID] = {}

            def progress(stage: str, done: int, total: int) -> None:
                if stage not in stages:
                    stages[stage] = shown.add_task(stage, total=total)
                shown.update(stages[stage], completed=done, total=total)

            try:
                if options["names"]:
                    refold_everything(progress=progress)
                    self.stdout.write(
                        f"Names and titles are folded for search as this version does it, in {time.monotonic() - started:.1f} s."
                    )
                    return
                hands = hands_here()
                if options["all"]:
                    derived = rebuild_everything(progress=progress, names=True, hands=hands)
                else:
                    derived = derive_all_pending(progress=progress, hands=hands)
            except KeyboardInterrupt:
                raise CommandError("Stopped. What was derived stays; run it again for the rest.") from None
            except OperationalError as error:
                raise CommandError(f"The database stopped the derivation: {error}".strip() + " Run it again; nothing is lost.") from error
        if not options["all"] and not derived.changes:
            self.stdout.write("Nothing to derive: no record changed since the last time.")
            return
        what = (
            "Everything derived anew"
            if options["all"]
            else f"{derived.changes:,} {'change' if derived.changes == 1 else 'changes'} derived"
        )
        self.stdout.write(f"{what} in {time.monotonic() - started:.1f} s; {derived.snapshots:,} trust snapshots written.")
