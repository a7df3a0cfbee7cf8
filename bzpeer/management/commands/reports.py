"""`bzpeer reports run`: reproducibility reports on many works, by workers, with progress."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bzpeer.reports.available import EVIDENCE, LLM, NAMES, NoSuchEngine
from bzpeer.reports.batches import ask_for_many, begin, scope_of
from bzpeer.reports.bringing import TextRefused, ask_arxiv
from bzpeer.reports.models import Batch, Run, Text
from bzpeer.reports.queries import progress_of, works_without_text
from bzpeer.reports.running import calls_left_today, carry_out_next
from bzpeer.reports.standing import recount
from bzpeer.reports.tasks import ring, ring_engine
from works.models import Topic

WORKERS_RUNG = 8
"""Messages sent at the start; each is one worker's turn, which calls for the next itself."""
LOOKED = 2.0
QUIET = 120.0
"""Seconds without a finished run after which waiting makes no sense: no worker is there, or the engine rests."""


class Command(BaseCommand):
    help = "Read the full texts that are here and report how reproducible the works are. Repeating it reads nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        run = steps.add_parser("run", help="let an engine read texts")
        which = run.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="every text this version of the engine has not read")
        which.add_argument("--topic", type=int, metavar="ID", help="the texts of works on a topic")
        which.add_argument("--new", action="store_true", help="texts that no version of the engine has read")
        run.add_argument("--engine", choices=NAMES, default=EVIDENCE)
        run.add_argument("--budget", type=int, metavar="CALLS", help="with --engine llm: papers the model is asked about at most")
        how = run.add_mutually_exclusive_group()
        how.add_argument("--here", action="store_true", help="read in this process instead of by workers")
        how.add_argument("--no-wait", action="store_true", help="leave it to the workers and come back at once")
        fetch = steps.add_parser("fetch", help="fetch texts from arXiv where the licence on the record allows it")
        fetch.add_argument("--topic", type=int, metavar="ID", help="only of works on a topic")
        fetch.add_argument("--limit", type=int, default=100, metavar="N", help="works at most (100); arXiv is asked once in three seconds")
        steps.add_parser("recount", help="derive anew which report stands for each work, and the counts")

    def handle(self, *args: Any, **options: Any) -> None:
        step = {"run": self._run, "fetch": self._fetch, "recount": self._recount}[options["step"]]
        try:
            step(options)
        except NoSuchEngine as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped looking. What was asked for goes on with the workers.") from None

    def _run(self, options: dict[str, Any]) -> None:
        if options["budget"] is not None and (options["engine"] != LLM or options["budget"] < 1):
            raise CommandError("--budget is a number of at least 1 and goes with --engine llm.")
        _check_topic(options["topic"])
        scope = scope_of(topic=options["topic"], only_new=options["new"])
        batch, asked = begin(engine=options["engine"], scope=scope, budget=options["budget"]), 0
        for asked in ask_for_many(batch):
            self.stdout.write(f"{asked:,} texts asked for …")
        if not asked:
            self.stdout.write("Nothing to read: every text of this choice has its report. Texts come by upload, or with `reports fetch`.")
            return
        if options["engine"] == LLM:
            self.stdout.write(f"The language model may be asked about {calls_left_today():,} more papers today (LLM_DAILY_BUDGET).")
        if options["here"]:
            while _is_waiting(batch) and carry_out_next(batch.engine):
                pass
        else:
            for _ in range(min(asked, WORKERS_RUNG)):
                ring_engine(batch.engine)
            if not options["no_wait"]:
                self._watch(batch, asked)
        self.stdout.write(_sentence(batch, asked))

    def _watch(self, batch: Batch, asked: int) -> None:
        """Say how far the workers are until nothing of the batch waits, or nothing moves."""
        last, moved = -1, time.monotonic()
        while (left := progress_of(batch).get(Run.State.WAITING, 0)) and time.monotonic() - moved < QUIET:
            if left != last:
                self.stdout.write(f"{asked - left:,} of {asked:,} read.")
                last, moved = left, time.monotonic()
            time.sleep(LOOKED)

    def _fetch(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit needs a number of at least 1.")
        _check_topic(options["topic"])
        asked = 0
        for work in works_without_text(topic=options["topic"], limit=options["limit"]):
            try:
                ring(ask_arxiv(work=work).pk)
                asked += 1
            except TextRefused:
                continue
        waiting = Text.objects.filter(state=Text.State.WAITING).count()
        self.stdout.write(f"{asked:,} texts asked for; {waiting:,} wait in all, about {waiting * 3:,} seconds at arXiv's pace.")

    def _recount(self, options: dict[str, Any]) -> None:
        done = recount(limit=10**9, every=True)
        self.stdout.write(f"{done:,} works counted anew.")


def _check_topic(key: int | None) -> None:
    if key is not None and not Topic.objects.filter(pk=key).exists():
        raise CommandError(f"There is no topic {key}.")


def _is_waiting(batch: Batch) -> bool:
    return Run.objects.filter(batch=batch, state=Run.State.WAITING).exists()


def _sentence(batch: Batch, asked: int) -> str:
    found = progress_of(batch)
    said = f"{found.get(Run.State.FINISHED, 0):,} of {asked:,} texts read by {batch.engine} {batch.version}"
    for state, words in ((Run.State.FAILED, "failed"), (Run.State.LEFT, "left out: the budget is used up"), (Run.State.WAITING, "wait")):
        if number := found.get(state, 0):
            said += f"; {number:,} {words}"
    return f"{said}."
