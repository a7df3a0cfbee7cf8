"""How fast works come in: python bench/import_speed.py [FILE].

Prints works per second for a cold import (all indexes on) and for the same file again, the peak memory, what writing
costs against parsing alone, and whether the second import wrote any row. Ratios travel between machines better than
seconds; processor seconds, better than both on a busy one. Works in a database of its own, which it drops at the end.
"""

import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.db import connection  # noqa: E402 - Django is set up first
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from works.importing import store  # noqa: E402
from works.models import ImportRun  # noqa: E402
from works.sources import openalex  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))
DEFAULT = SHARED / "openalex-api-objects" / "geosciencearabia-idb_2026-01-02_works.jsonl.gz"
TABLES = ("works_%", "researchers_%")
BOOKKEEPING = ("works_importrun",)


@dataclass
class Timed:
    """What a pass over the file took; `processor` counts this process and the database's."""

    records: int
    seconds: float
    processor: float

    def line(self, name: str) -> str:
        """Return a row of the table."""
        speed = self.records / self.seconds
        return f"{name:<20}{self.records:>8,} works {self.seconds:>7.2f} s {speed:>8,.0f}/s {self.processor:>7.2f} s of processor"

    def against(self, other: "Timed") -> str:
        """Return this pass as multiples of another one."""
        return f"{self.seconds / other.seconds:.1f} in time, {self.processor / other.processor:.1f} in processor time"


def backend_seconds() -> float:
    """Return the processor time of this session's database process, 0 where it cannot be seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def parsed(path: Path) -> Timed:
    """Parse the file and throw the drafts away."""
    started, processor = time.perf_counter(), time.process_time()
    records = sum(1 for _ in openalex.read_file(path))
    return Timed(records, time.perf_counter() - started, time.process_time() - processor)


def imported(path: Path) -> Timed:
    """Import the file."""
    run = ImportRun.objects.create(provider="openalex")
    started, processor, backend = time.perf_counter(), time.process_time(), backend_seconds()
    counts = store(openalex.read_file(path), run=run)
    seconds = time.perf_counter() - started
    return Timed(counts["read"], seconds, time.process_time() - processor + backend_seconds() - backend)


def rows_written() -> int:
    """Return how many rows were ever inserted, updated or deleted in the tables of records."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables "
            "WHERE relname LIKE ANY(%s) AND relname <> ALL(%s)",
            [list(TABLES), list(BOOKKEEPING)],
        )
        (rows,) = cursor.fetchone()
    return int(rows)


def main() -> None:
    """Print the figures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        parsing, cold = parsed(path), imported(path)
        before = rows_written()
        again = imported(path)
        written = rows_written() - before
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)
    print(path.name)
    for name, timed in (("parse alone", parsing), ("import, cold", cold), ("import, unchanged", again)):
        print(timed.line(name))
    print(f"cold import / parse alone: {cold.against(parsing)}")
    print(f"unchanged / parse alone:   {again.against(parsing)}")
    print(f"rows written by the unchanged import (its run's own row apart): {written}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
