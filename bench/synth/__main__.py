"""A synthetic OpenAlex snapshot: python -m bench.synth DIR --works 10000 --seed 1 [--partitions N].

Realistic in its degrees, names, years, references and abstracts (bench/synth/rates.py says what was measured), the same
for the same arguments byte by byte, and in id ranges of its own. Prints the rate and the peak memory.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

from bench.synth import snapshot


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return value


def main() -> int:
    """Write the snapshot and say what was written."""
    parser = argparse.ArgumentParser(prog="python -m bench.synth", description="Write a synthetic OpenAlex snapshot.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--works", type=_positive, default=10_000, help="how many works (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives another corpus (default 1)")
    parser.add_argument(
        "--partitions", type=_positive, help=f"files of works and of authors (default: one per {snapshot.WORKS_PER_PARTITION:,} works)"
    )
    given = parser.parse_args()
    started, processor = time.perf_counter(), time.process_time()
    try:
        written = snapshot.write(given.folder, works_count=given.works, seed=given.seed, partitions=given.partitions)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    seconds, busy = time.perf_counter() - started, time.process_time() - processor
    for kind, count in written.records.items():
        print(f"{kind:<14}{count:>12,} records {written.size[kind] / 2**20:>10,.1f} MiB")
    print(f"{'merged ids':<14}{written.merged:>12,}")
    print(f"{given.works / seconds:,.0f} works/s ({seconds:.1f} s; {given.works / busy:,.0f} a processor second)")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
