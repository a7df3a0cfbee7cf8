"""`bzpeer demo`: the small corpus a fresh portal shows, through the ordinary import."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import works
from bzpeer.pipeline import derive_all_pending
from bzpeer.reports.demo import tell_demo_reports
from works.models import ImportRun, Work
from works.runs import ImportStopped, ask_for, carry_on, take

CORPUS = Path(works.__file__).parent / "demo"
FILES = ("institutions.jsonl", "topics.jsonl", "authors.jsonl", "works.jsonl")
"""Full records first, so that the works find them."""


class Command(BaseCommand):
    help = "Load the demo corpus and derive what follows from it. Harmless to repeat: what is already here is left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when the portal holds any work")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Work.objects.exists():
            self.stdout.write("The portal already holds works: the demo corpus was not loaded.")
            return
        run = _imported()
        derive_all_pending()
        tell_demo_reports()
        self.stdout.write(_sentence(run))


def _imported() -> ImportRun:
    asked = ask_for(provider="openalex", files=[str(CORPUS / name) for name in FILES])
    run = take(asked.pk)
    if run is None:  # the sweeper was faster
        raise CommandError(f"A worker has just taken the demo corpus as import {asked.pk}; see /imports/.")
    try:
        carry_on(run)
    except ImportStopped as stop:
        raise CommandError(f"{stop} The demo corpus is part of bzpeer: install bzpeer again.") from stop
    return run


def _sentence(run: ImportRun) -> str:
    read, unchanged = run.counts.get("read", 0), run.counts.get("unchanged", 0)
    if set_aside := run.counts.get("quarantined", 0):
        return f"The demo corpus was loaded, but {set_aside} of its {read} records were set aside; see /imports/."
    if read == unchanged:
        return "The demo corpus is already here: nothing changed."
    return f"The demo corpus is loaded: {read - unchanged} of {read} records written."
