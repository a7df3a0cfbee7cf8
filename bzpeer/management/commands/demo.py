"""`bzpeer demo`: the small corpus a fresh portal shows, through the ordinary import."""

from argparse import ArgumentParser
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import works
from bzpeer.pipeline import derive_all_pending
from works.importing import store
from works.models import ImportRun, Work
from works.sources.files import UnreadableFile
from works.sources.openalex import read_file

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
        try:
            run = load()
        except UnreadableFile as problem:
            raise CommandError(f"{problem} The demo corpus is part of bzpeer: install bzpeer again.") from problem
        derive_all_pending()
        self.stdout.write(_sentence(run))


def load() -> ImportRun:
    """Store the corpus; return the finished run. Derived facts are due afterwards. Raises UnreadableFile."""
    now = timezone.now()
    run = ImportRun.objects.create(
        provider="openalex", parameters={"file": "demo corpus"}, state=ImportRun.State.RUNNING, started_at=now, heartbeat_at=now
    )
    try:
        store(chain.from_iterable(read_file(CORPUS / name) for name in FILES), run=run, where="demo corpus")
    except Exception as problem:
        _end(run, ImportRun.State.FAILED, str(problem) or type(problem).__name__)
        raise
    _end(run, ImportRun.State.FINISHED)
    return run


def _end(run: ImportRun, state: ImportRun.State, error: str = "") -> None:
    run.refresh_from_db()  # the import counts in the row
    run.state, run.error, run.finished_at = state, error, timezone.now()
    run.save(update_fields=["state", "error", "finished_at"])


def _sentence(run: ImportRun) -> str:
    read, unchanged = run.counts.get("read", 0), run.counts.get("unchanged", 0)
    if set_aside := run.counts.get("quarantined", 0):
        return f"The demo corpus was loaded, but {set_aside} of its {read} records were set aside; see /imports/."
    if read == unchanged:
        return "The demo corpus is already here: nothing changed."
    return f"The demo corpus is loaded: {read - unchanged} of {read} records written."
