"""`make bench`: run the measurements of this folder, each against services of its own that are as durable as a real portal's.

    python -m bench              what there is
    python -m bench all          every measurement
    python -m bench faults …     those named

A measurement is a file here that prints its figures and ends with exit code 0. It finds an empty, migrated database.
"""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

from bzpeer import embedded

FOLDER = Path(__file__).resolve().parent
ALL = "all"


def main(names: list[str]) -> int:
    known = {path.stem: path for path in sorted(FOLDER.glob("*.py")) if not path.stem.startswith("_")}
    if unknown := [name for name in names if name not in known and names != [ALL]]:
        print(f"There is no measurement {', '.join(unknown)}; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 1
    if not names:
        print("\n".join(f"{name:16} {_first_line(path)}" for name, path in known.items()))
        return 0
    failed = [name for name in (known if names == [ALL] else names) if not measured(known[name])]
    print(f"Failed: {', '.join(failed)}" if failed else "All measurements are done.")
    return 1 if failed else 0


def _first_line(path: Path) -> str:
    """Return what a measurement says of itself, without running it."""
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    return told.partition("\n")[0].partition(": python")[0]


def measured(path: Path) -> bool:
    """Run one measurement in a process of its own; say how long it took."""
    print(f"== {path.stem}", flush=True)
    begun = time.monotonic()
    with embedded.throwaway(durable=True) as services:
        environment = {
            **os.environ,
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "BZPEER_HOME": str(services.home),
            "PYTHONPATH": str(FOLDER.parent),
        }
        environment.pop("CACHE_URL", None)
        for command in (["manage.py", "migrate", "--verbosity", "0"], [str(path)]):
            if subprocess.run([sys.executable, *command], cwd=FOLDER.parent, env=environment, check=False).returncode:
                return False
    print(f"-- {path.stem}: {time.monotonic() - begun:.0f} s\n", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
