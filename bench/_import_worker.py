"""One process of bench/import.py: take files off a list until none is left and import each.

Says "ready" once Python has started and waits for a line; prints JSON at the end: counts, processor seconds of this process and of its database session, peak memory.
"""

import fcntl
import json
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.db import connection  # noqa: E402 - Django is set up first

from bzpeer.pipeline import derive_all_pending  # noqa: E402
from works.importing import store  # noqa: E402
from works.models import ImportRun  # noqa: E402
from works.sources import openalex  # noqa: E402


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


def next_file(list_path: Path) -> Path | None:
    """Take the first line off a list that several processes share."""
    with list_path.open("r+") as content:
        fcntl.flock(content, fcntl.LOCK_EX)
        lines = content.read().splitlines()
        content.seek(0)
        content.truncate()
        content.write("\n".join(lines[1:]))
    return Path(lines[0]) if lines else None


def main() -> None:
    """Import files off the list named first, or derive when it is called "derive"."""
    print("ready", flush=True)
    sys.stdin.readline()
    processor = time.process_time()
    counts: Counter[str] = Counter()
    if sys.argv[1] == "derive":
        counts["changes"] = derive_all_pending().changes
    else:
        run = ImportRun.objects.create(provider="openalex")
        while path := next_file(Path(sys.argv[1])):
            counts += store(openalex.read_file(path), run=run, where=path.name)
    used = {
        "counts": counts,
        "processor": time.process_time() - processor,
        "database": backend_seconds(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
