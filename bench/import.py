"""A whole snapshot, against the published loader's method on the same files: python -m bench import, or python bench/import.py [OPTIONS].

Measured one after the other, each in a fresh database: the published method (flatten JSON lines to CSV, COPY into plain
tables, build the indexes bzpeer has; see bench/_loader.py), bzpeer with one worker and with two, deriving all that pages
show, and the same snapshot again, unchanged. Prints seconds, processor seconds, memory and the ratios that matter.
BZPEER_BENCH_IMPORT holds options for `python -m bench import`.
"""

import argparse
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench import _loader  # noqa: E402 - the project is on the path first

WORKER = [sys.executable, str(HERE / "_import_worker.py")]
RECORDS = ("works_%", "researchers_%")
TERMS = "derive, key terms and vectors"
BOOKKEEPING = ("works_importrun", "works_importpart")


@dataclass
class Taken:
    """What one step took: seconds on the clock, processor seconds (database included) and the largest worker's memory."""

    seconds: float
    processor: float
    memory: float = 0.0


def address(name: str) -> str:
    """Return the address of another database of the same server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def fresh_database(name: str) -> Iterator[str]:
    """Copy the empty, migrated database; drop the copy afterwards. Yields its address."""
    template = urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        server.execute("CHECKPOINT")
        try:
            yield address(name)
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def published_method(folder: Path, *, packed: bool) -> dict[str, Taken]:
    """Load the snapshot as OpenAlex documents it."""
    steps: dict[str, Taken] = {}
    into = Path(tempfile.mkdtemp(prefix="bzpeer-bench-"))
    try:
        with fresh_database("bench_plain") as url, psycopg.connect(url) as connection:
            for name, step in (
                ("flatten", lambda: _loader.flatten(folder, into, packed=packed)),
                ("COPY", lambda: _loader.copy(connection, into, packed=packed)),
                ("index", lambda: _loader.index(connection)),
            ):
                started, processor, backend = time.perf_counter(), time.process_time(), backend_seconds(connection)
                step()
                seconds = time.perf_counter() - started
                steps[name] = Taken(seconds, time.process_time() - processor + backend_seconds(connection) - backend)
    finally:
        shutil.rmtree(into)
    return steps


def backend_seconds(connection: "psycopg.Connection[tuple[object, ...]]") -> float:
    """Return the processor seconds of a connection's server process, 0 where it cannot be seen."""
    try:
        fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worked(url: str, workers: int, command: str, argument: str = "") -> tuple[Taken, Taken]:
    """Let so many processes work at once; starting Python is not counted. Returns what key terms and vectors took apart."""
    environment = {**os.environ, "DATABASE_URL": url}
    running = [
        subprocess.Popen([*WORKER, command, argument], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", "a worker did not start"
    started = time.perf_counter()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - started
    if any(process.returncode for process in running):
        raise SystemExit("A worker failed; its error stands above.")
    used = [json.loads(answer) for answer in answers]
    apart = Taken(sum(one["apart"]["seconds"] for one in used), sum(one["apart"]["processor"] for one in used))
    processor = sum(one["processor"] + one["database"] for one in used) - apart.processor
    return Taken(seconds - apart.seconds, processor, max(one["memory"] for one in used)), apart


def imported(url: str, folder: Path, workers: int) -> Taken:
    """Import a snapshot as a run of parts that `workers` processes share."""
    planned = subprocess.run([*WORKER, "plan", str(folder)], env={**os.environ, "DATABASE_URL": url}, check=True, capture_output=True)
    taken, _ = worked(url, workers, "work", planned.stdout.decode().strip())
    with psycopg.connect(url) as connection:
        state = connection.execute("SELECT state, error FROM works_importrun ORDER BY id DESC LIMIT 1").fetchone()
    assert state == ("finished", ""), f"the import ended otherwise: {state}"
    return taken


def rows_written(url: str) -> int:
    """Return how many rows were ever inserted, updated or deleted in the tables of records."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables "
            "WHERE relname LIKE ANY(%s) AND relname <> ALL(%s)",
            [list(RECORDS), list(BOOKKEEPING)],
        ).fetchone()
    assert row
    return int(row[0])


def whole_pipeline(folder: Path, workers: int) -> tuple[dict[str, Taken], int]:
    """Import and derive in a fresh database, then import again; return what each took and the rows that wrote."""
    with fresh_database("bench_portal") as url:
        steps = {"import": imported(url, folder, workers)}
        steps["derive"], steps[TERMS] = worked(url, 1, "derive", str(workers))
        time.sleep(1.5)  # statistics of other sessions arrive late
        before = rows_written(url)
        steps["import, unchanged"] = imported(url, folder, workers)
        time.sleep(1.5)
        return steps, rows_written(url) - before


def table(title: str, steps: dict[str, Taken], works: int) -> None:
    """Print what each step took."""
    print(f"\n{title:<38}{'seconds':>10}{'processor':>11}{'works/s':>10}{'MB':>7}")
    for name, taken in steps.items():
        memory = f"{taken.memory:,.0f}" if taken.memory else ""
        print(f"  {name:<36}{taken.seconds:>10.1f}{taken.processor:>11.1f}{works / taken.seconds:>10,.0f}{memory:>7}", flush=True)


def ratio(what: str, found: float, asked: str) -> None:
    """Print a ratio beside what is asked."""
    print(f"  {what:<62}{found:>7.2f}   asked: {asked}")


def measured(folder: Path, works: int) -> None:
    """Run everything over one snapshot and print it."""
    packed, plain = published_method(folder, packed=True), published_method(folder, packed=False)
    table("published method, packed CSV (as told)", packed, works)
    table("published method, plain CSV", plain, works)
    one, rewritten = whole_pipeline(folder, 1)
    table("bzpeer, one worker", one, works)
    two, rewritten_by_two = whole_pipeline(folder, 2)
    table("bzpeer, two workers", two, works)
    print("\nratios")
    for name, loader in (("packed", packed), ("plain", plain)):
        whole = sum(step.seconds for step in loader.values())
        parse_and_copy = loader["flatten"].seconds + loader["COPY"].seconds
        for count, steps in (("one worker", one), ("two workers", two)):
            derived = steps["import"].seconds + steps["derive"].seconds
            ratio(f"import and derive / whole method ({name}), {count}", (derived + steps[TERMS].seconds) / whole, "<= 1")
            ratio(f"the same without key terms and vectors ({name}), {count}", derived / whole, "-")
            ratio(f"import / parse and COPY ({name}), {count}", steps["import"].seconds / parse_and_copy, "<= 2")
    ratio("one worker / two workers, import", one["import"].seconds / two["import"].seconds, ">= 1.6")
    ratio("first import / unchanged, one worker", one["import"].seconds / one["import, unchanged"].seconds, ">= 5")
    ratio("first import / unchanged, two workers", two["import"].seconds / two["import, unchanged"].seconds, ">= 5")
    ratio("megabytes of the largest worker", max(one["import"].memory, two["import"].memory, one["derive"].memory), "<= 512")
    ratio("rows written by the unchanged import", max(rewritten, rewritten_by_two), "0")


def main() -> None:
    """Read the options, make a snapshot if none is given, measure."""
    parser = argparse.ArgumentParser(prog="python bench/import.py", description="Measure importing a snapshot.")
    parser.add_argument("--works", type=int, default=10_000, help="works of the synthetic snapshot (10000, 100000, 1000000)")
    parser.add_argument("--partitions", type=int, default=8, metavar="FILES", help="files of works and of authors in it (default 8)")
    parser.add_argument("--dir", type=Path, metavar="SNAPSHOT", help="a snapshot instead of a synthetic one")
    given = parser.parse_args([*shlex.split(os.environ.get("BZPEER_BENCH_IMPORT", "")), *sys.argv[1:]])
    made = None if given.dir else Path(tempfile.mkdtemp(prefix="bzpeer-synth-"))
    folder = given.dir or made
    try:
        if made:
            command = [
                sys.executable,
                "-m",
                "bench.synth",
                str(made / "snapshot"),
                "--works",
                str(given.works),
                "--partitions",
                str(given.partitions),
            ]
            subprocess.run(command, cwd=HERE.parent, check=True)
            folder = made / "snapshot"
        works = sum(entry["meta"]["record_count"] for entry in json.loads((folder / "works" / "manifest").read_text())["entries"])
        measured(folder, works)
    finally:
        if made:
            shutil.rmtree(made, ignore_errors=True)
    print(f"\nload of the machine at the end: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    print(f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
