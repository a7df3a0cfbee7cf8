"""The fuzzer of bench/fuzz.py, on the services that it started."""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import django

django.setup()

from django.apps import apps  # noqa: E402 - models need the set-up
from django.db import connection  # noqa: E402

from tests.faults import fuzzing  # noqa: E402

FIRST_CHUNK = 1


def main() -> int:
    """Run chunks until enough mutants are tried."""
    given = _given()
    records = fuzzing.real_records(fuzzing.shared_data())
    total, number = fuzzing.Tally(), given.chunk or FIRST_CHUNK
    if given.resume and given.progress.exists() and (kept := json.loads(given.progress.read_text()))["seed"] == given.seed:
        number = kept["next"]
        total = fuzzing.Tally(kept["mutants"], Counter(kept["reads"]), kept["broken"], kept["stored"], kept["slowest"])
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while total.mutants < given.mutants:
            _empty()
            total.add(fuzzing.chunk(number, seed=given.seed, records=records, folder=Path(folder)))
            number += 1
            print(f"{time.monotonic() - begun:6.0f} s  chunk {number - 1}: {total.told()}", flush=True)
            if given.chunk:
                return 0
            _keep(given, total, following=number)
    print(f"No uncaught exception. {total.told()}.")
    return 0


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Damage real records and import them.")
    parser.add_argument("--mutants", type=int, default=6_000, help="how many in all (default 6000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed damages differently (default 1)")
    parser.add_argument("--chunk", type=int, help="this chunk alone, to see a finding again")
    parser.add_argument("--resume", action="store_true", help="go on after the last whole chunk of the same seed")
    parser.add_argument("--progress", type=Path, default=Path("var/fuzz-progress.json"), help="where progress is kept")
    return parser.parse_args()


def _keep(given: argparse.Namespace, total: fuzzing.Tally, *, following: int) -> None:
    given.progress.parent.mkdir(parents=True, exist_ok=True)
    kept = {"seed": given.seed, "next": following, "mutants": total.mutants, "reads": total.reads, "broken": total.broken_files}
    given.progress.write_text(json.dumps(kept | {"stored": total.stored, "slowest": total.slowest}))


def _empty() -> None:
    """Each chunk starts from an empty database, so that it gives the same alone."""
    models = [model for model in apps.get_models() if model._meta.app_label in ("works", "researchers")]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in models)} CASCADE")


if __name__ == "__main__":
    sys.exit(main())
