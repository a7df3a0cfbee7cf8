"""One process of bench/import.py: plan, work or derive.

    _import_worker.py plan SNAPSHOT    write the run down and print its id
    _import_worker.py work RUN         read parts of it, as every worker does, until it is over
    _import_worker.py derive HANDS     derive all that is due, with so many connections

The last two say "ready" once Python has started and wait for a line; then they print JSON: processor seconds of this
process and of its database session, and peak memory. Key terms and vectors of abstracts, which a portal counts in the
background after everything else, are told apart: {"apart": {"seconds": …, "processor": …}}.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402 - Django is set up first
from django.db.backends.signals import connection_created  # noqa: E402

from bzpeer import pipeline  # noqa: E402
from works.choosing import Filters  # noqa: E402
from works.parts import plan, work_through  # noqa: E402
from works.sources.openalex_snapshot import snapshot_in  # noqa: E402

BACKENDS: set[int] = set()
"""Process ids of the server's side of every connection made here."""


def remember_backend(connection: BaseDatabaseWrapper, **signal: object) -> None:
    """Keep the process id of a new connection's server."""
    BACKENDS.add(connection.connection.info.backend_pid)


def backend_seconds() -> float:
    """Return the processor seconds of this process's database sessions; those that cannot be seen are left out."""
    ticks = 0
    for pid in BACKENDS:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


APART = {"seconds": 0.0, "processor": 0.0}
"""What making key terms and vectors of abstracts took."""


def told_apart(step: Callable[..., object]) -> Callable[..., object]:
    """Return `step`, its time added to APART."""

    def timed(*arguments: object, **named: object) -> object:
        started, processor = time.perf_counter(), time.process_time() + backend_seconds()
        try:
            return step(*arguments, **named)
        finally:
            APART["seconds"] += time.perf_counter() - started
            APART["processor"] += time.process_time() + backend_seconds() - processor

    return timed


def work(command: str, argument: str) -> None:
    """Do what is asked."""
    if command == "derive":
        for name in ("recount_frequencies", "note_all_due", "refresh_terms"):
            setattr(pipeline, name, told_apart(getattr(pipeline, name)))
        pipeline.derive_all_pending(hands=int(argument))
    else:
        work_through(int(argument))


def main() -> None:
    """Plan, or wait for the word and measure the work."""
    command, argument = sys.argv[1], sys.argv[2]
    if command == "plan":
        print(plan(snapshot_in(Path(argument)), Filters()).pk)
        return
    print("ready", flush=True)
    sys.stdin.readline()
    connection_created.connect(remember_backend)
    processor = time.process_time()
    work(command, argument)
    used = {
        "processor": time.process_time() - processor,
        "database": backend_seconds(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "apart": APART,
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
