"""Faults while an import runs: python -m bench.faults [F1 F2 …] [--rounds N] [--seed S].

Hurts portals of its own at points the seed chooses and compares a canonical dump with that of an import nobody hurt.
Prints "equal" or "differs" for each round; ends with 1 if any differs.
"""

import argparse
import importlib
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "faults"
if str(FOLDER.parent.parent) not in sys.path:
    sys.path.insert(0, str(FOLDER.parent.parent))  # started by its path

from tests.faults.bed import NeverHappened, bed  # noqa: E402 - found only now
from tests.faults.material import material  # noqa: E402


def main() -> int:
    """Run the scenarios that were named, or all."""
    known = {path.stem.split("_")[1].upper().replace("F0", "F"): path.stem for path in sorted(FOLDER.glob("test_f[0-9]*.py"))}
    parser = argparse.ArgumentParser(
        prog="python -m bench.faults", description="Hurt imports and compare what is left with what should be."
    )
    parser.add_argument("faults", nargs="*", metavar="F", help=f"which ones (default all): {' '.join(known)}")
    parser.add_argument("--rounds", type=int, default=1, help="how often, with another seed each time (default 1)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    given = parser.parse_args()
    if unknown := [name for name in given.faults if name.upper() not in known]:
        parser.error(f"there is no scenario for {', '.join(unknown)}")
    failed = 0
    with bed() as hurt, material(hurt) as corpus:
        for name in map(str.upper, given.faults or known):
            module = importlib.import_module(f"tests.faults.{known[name]}")
            for scenario in getattr(module, "SCENARIOS", ()):
                for seed in range(given.seed, given.seed + given.rounds):
                    begun = time.monotonic()
                    try:
                        differs = scenario(hurt, corpus, seed)
                    except (AssertionError, NeverHappened) as problem:
                        differs = str(problem) or "an assertion does not hold"
                    failed += bool(differs)
                    word = "differs" if differs else "equal"
                    print(f"{name:<4} {scenario.__name__:<28} seed {seed:<4} {time.monotonic() - begun:6.1f} s  {word}", flush=True)
                    if differs:
                        print(differs, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
