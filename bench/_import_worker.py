"""One process of bench/import.py: plan, work or derive.

    _import_worker.py plan SNAPSHOT    write the run down and print its id
    _import_worker.py work RUN         read parts of it, as every worker does, until it is over
    _import_worker.py derive           derive all that is due

The last two say "ready" once Python has started and wait for a line; then they print JSON: processor seconds of this
process and of its database session, and peak memory.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.db import connection  # noqa: E402 - Django is set up first

from bzpeer.pipeline import derive_all_pending  # noqa: E402
from works.choosing import Filters  # noqa: E402
from works.parts import plan, work_through  # noqa: E402
from works.sources.openalex_snapshot import snapshot_in  # noqa: E402


def backend_seconds() -> float:
    """Return the processor seconds of this connection's server process, 0 where it cannot be seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def work(command: str, argument: str) -> None:
    """Do what is asked."""
    if command == "derive":
        derive_all_pending()
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
    processor = time.process_time()
    work(command, argument)
    used = {
        "processor": time.process_time() - processor,
        "database": backend_seconds(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
