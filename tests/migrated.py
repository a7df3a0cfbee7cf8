"""A migrated database, made once: migrating takes half a minute of a processor, bringing back a dump of the result takes a second.

The dump is kept in pytest's cache folder for as long as it would come out the same: a changed migration or package makes another.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bzpeer import embedded

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"
_SOURCES = ("*/migrations/*.py", "bzpeer/*/migrations/*.py", "bzpeer/settings.py", "requirements/dev.txt", "tests/migrated.py")
TEMPLATE = "migrated"


def migrate(services: embedded.Services, database: str) -> None:
    """Give an empty database of embedded services every table, as `manage.py migrate` would."""
    with _alone(KEPT):
        dump = KEPT / f"{_mark()}.sql"
        if not dump.exists():
            _migrate_by_hand(services, database)
            _keep(services, database, dump)
            return
    _call("psql", services, database, "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={dump}")


def template(services: embedded.Services) -> str:
    """Return the name of a migrated database to copy on the session's own server, making it if need be."""
    with _alone(services.home), psycopg.connect(services.address("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(services, TEMPLATE)
    return TEMPLATE


def _migrate_by_hand(services: embedded.Services, database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": services.address(database), "REDIS_URL": services.redis_url}
    environment |= {"BZPEER_HOME": str(services.home)}
    environment.pop("CACHE_URL", None)
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)


def _keep(services: embedded.Services, database: str, dump: Path) -> None:
    for older in KEPT.glob("*.sql"):
        older.unlink()
    half = dump.with_suffix(".half")
    _call("pg_dump", services, database, f"--file={half}")
    half.replace(dump)


def _call(program: str, services: embedded.Services, database: str, *words: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    path = embedded.postgres_binaries() / program
    subprocess.run(
        [
            str(path),
            f"--host={services.run}",
            f"--port={embedded.PORT}",
            "--username=bzpeer",
            f"--dbname={database}",
            "--no-password",
            *words,
        ],
        env=environment,
        check=True,
    )


def _mark() -> str:
    """Return what the dump depends on, as one short text."""
    found = hashlib.blake2b(embedded.MAJOR.encode(), digest_size=12)
    for path in sorted({path for pattern in _SOURCES for path in ROOT.glob(pattern)}):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time find out whether something is there: two would both make it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrated.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
