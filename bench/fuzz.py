"""Mutants of real records through the whole import: python -m bench.fuzz [--mutants N] [--seed S] [--resume] [--chunk N].

Goes on where it stopped with --resume. Ends with 1 at the first finding, whose seed, chunk and group make the same mutants again.
"""

import os
import subprocess
import sys
from pathlib import Path

from bzpeer import embedded

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Start services of its own and the fuzzer on them."""
    with embedded.throwaway() as services:
        environment = {
            **os.environ,
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "BZPEER_HOME": str(services.home),
            "DJANGO_SETTINGS_MODULE": "bzpeer.settings",
        }
        environment.pop("CACHE_URL", None)
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
        return subprocess.run([sys.executable, "-m", "bench._fuzzing", *sys.argv[1:]], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
