"""A portal to hurt: PostgreSQL, Redis, workers and a beat of its own, each of which can be killed and started again.

with bed() as hurt, hurt.portal() as portal:
    portal.imports("openalex", "--file", path)
    before = portal.dump()
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

import psycopg
from celery import Celery
from psycopg import sql

from bzpeer import embedded
from bzpeer.supervising import Child, Supervisor
from tests.migrated import migrate

ROOT = Path(__file__).resolve().parents[2]
SETTLES_WITHIN = 150.0
KILL_PROOF = {**embedded.DURABLE, "fsync": "off", "max_connections": "150"}
"""Killing a process loses nothing the system has taken, so syncing to the disk may be spared; waiting for the log may not."""


class NeverHappened(AssertionError):
    """What was waited for did not come; the message holds the ends of the logs."""


@dataclass
class Bed:
    """The services of one bed. Portals on it have databases of their own, copied from one that was migrated once."""

    services: embedded.Services
    postgres: embedded.PostgreSQL
    broker: embedded.Redis
    supervisor: Supervisor
    server: Child
    patience: dict[str, str]
    portals: int = 0

    def kill_postgres(self) -> None:
        """SIGKILL the server; its own children notice and end."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def start_postgres(self) -> None:
        """Start the server again: it recovers from its log."""
        self.supervisor.children.remove(self.server)
        self.postgres.prepare()
        self.server = self.supervisor.start(self.postgres.program())
        self.supervisor.wait_until(self.server, self.postgres.ready, seconds=60)

    def execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.services.run), port=5432, user="bzpeer", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def portal(self, **environment: str) -> Iterator["Portal"]:
        """A migrated, empty portal; whatever still runs of it at the end is killed."""
        self.portals += 1
        name = f"portal_{self.portals}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE bzpeer").format(sql.Identifier(name)))
        home = self.services.home / name
        home.mkdir()
        redis = self.services.redis_url
        number = 2 * self.portals % 60
        portal = Portal(
            bed=self,
            name=name,
            home=home,
            environment={
                **{key: value for key, value in os.environ.items() if not key.startswith(("PG", "PYTEST_"))},
                "DATABASE_URL": self.services.address(name),
                "REDIS_URL": embedded.redis_database(redis, number),
                "CACHE_URL": embedded.redis_database(redis, number + 1),
                "BZPEER_HOME": str(home),
                "SECRET_KEY": secrets.token_hex(25),
                "DJANGO_SETTINGS_MODULE": "bzpeer.settings",
                **self.patience,
                **environment,
            },
        )
        try:
            yield portal
        finally:
            portal.end()


@dataclass
class Portal:
    """One portal of a bed: its processes and what it holds."""

    bed: Bed
    name: str
    home: Path
    environment: dict[str, str]
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a Python program of the project in a process group of its own."""
        log = self.home / f"{len(self.logs)}-{words[-1].strip('-').replace('/', '_')[:40]}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.processes.append(process)
        self.logs.append(log)
        return process

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a program to its end and return what it said."""
        process = self.start(*words)
        found = process.wait(SETTLES_WITHIN)
        said = self.logs[self.processes.index(process)].read_text(errors="replace")
        assert code in (None, found), said[-3_000:]
        return said

    def imports(self, *words: str, code: int | None = 0) -> str:
        """Run `bzpeer import …`, which also derives."""
        return self.run("manage.py", "import", *words, code=code)

    def worker(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a worker with one pool process (`words` may say otherwise)."""
        name = f"{self.name}-{len(self.processes)}@localhost"
        flags = ("--concurrency", "1", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
        return self.start("-m", "celery", "-A", "bzpeer.celery", "worker", *flags, "--hostname", name, *words)

    def beat(self) -> "subprocess.Popen[bytes]":
        """Start the scheduler that rings for what was left behind."""
        schedule = self.home / f"schedule-{len(self.processes)}"
        return self.start("-m", "celery", "-A", "bzpeer.celery", "beat", "--loglevel", "INFO", "--schedule", str(schedule))

    def python(self, code: str) -> str:
        """Run a few lines inside the portal and return what they print."""
        return self.run("-c", f"import django; django.setup()\n{code}")

    def asks_for_file(self, path: Path) -> int:
        """Write down an import of one file as the page would, and ring for it; return its key."""
        said = self.python(
            f"from works.runs import ask_for; from works.tasks import ring\n"
            f"run = ask_for(provider='openalex', files=[{str(path)!r}]); ring(run.pk); print('run', run.pk)"
        )
        return int(said.rpartition("run ")[2])

    def cut_leases(self) -> None:
        """Let every lease run out now, and ring: what only waiting would do otherwise."""
        self.rows("UPDATE works_importrun SET lease_until = now() WHERE lease_until > now() RETURNING 1")
        self.rows("UPDATE works_importpart SET lease_until = now() WHERE lease_until > now() RETURNING 1")
        self.send("works.tasks.sweep_imports")

    def send(self, task: str, *arguments: object) -> None:
        """Put a message into the queue."""
        # Not the current app: later tests of this process would send their tasks to this portal.
        with Celery(broker=embedded.celery_url(self.environment["REDIS_URL"]), set_as_current=False) as app:
            app.send_task(task, args=arguments)

    def dump(self, *words: str) -> list[str]:
        """Return what the portal holds (see dump.py)."""
        return self.run("-m", "tests.faults.dump", *words).splitlines()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, from outside of the portal."""
        with psycopg.connect(host=str(self.bed.services.run), port=5432, user="bzpeer", dbname=self.name, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def runs(self, column: str) -> list[Any]:
        """Return one column of all import runs, oldest first."""
        return [row[0] for row in self.rows(f"SELECT {column} FROM works_importrun ORDER BY id")]

    def has_read(self) -> int:
        """Return how many records all imports have taken so far."""
        parts = "SELECT sum((counts->>'read')::int) FROM works_importpart"
        runs = "SELECT sum((counts->>'read')::int) FROM works_importrun WHERE NOT parameters ? 'snapshot'"
        return int(self.rows(f"SELECT coalesce(({parts}), 0) + coalesce(({runs}), 0)")[0][0])

    def open_runs(self) -> list[tuple[Any, ...]]:
        """Return the imports that are not over."""
        return self.rows("SELECT id, state, error FROM works_importrun WHERE state NOT IN ('finished', 'failed', 'cancelled') ORDER BY id")

    def wait(self, condition: Callable[[], object], what: str, *, seconds: float = SETTLES_WITHIN) -> float:
        """Wait until something holds; return the seconds it took."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > seconds:
                ends = "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-2_000:]}" for log in self.logs)
                raise NeverHappened(f"{what}: not within {seconds:.0f} s\n{ends}")
            time.sleep(0.02)
        return time.monotonic() - begun

    def reads_beyond(self, count: int) -> Callable[[], bool]:
        """Return a condition: more records than these are taken, or all imports are over."""
        return lambda: self.has_read() > count or not self.open_runs()

    def end(self) -> None:
        """Kill what still runs, pools included."""
        for process in self.processes:
            kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def pool_of(worker: "subprocess.Popen[bytes]") -> list[int]:
    """Return the process numbers of a worker's pool."""
    found = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return [int(each) for each in found]


@contextlib.contextmanager
def bed(*, home: Path | None = None, patience: dict[str, str] | None = None) -> Iterator[Bed]:
    """Start a bed with one migrated database to copy, under `home` or a new folder; everything of it is gone at the end or goes then.

    `patience` replaces how long its portals wait, by the variables that every portal has for that.
    """
    own = home is None
    home = home or Path(tempfile.mkdtemp(prefix="bzpeer-fault-", dir="/tmp")).resolve()  # short, for the sockets
    services = embedded.locate(home)
    supervisor = Supervisor(say=lambda _: None)
    try:
        home.chmod(0o711)
        embedded.make_folders(services)
        identity = embedded.choose_identity(services)
        postgres = embedded.PostgreSQL(services, identity, KILL_PROOF)
        broker = embedded.Redis(services, identity, databases=64, durable=False)
        broker.prepare()
        postgres.prepare()
        redis, server = supervisor.start(broker.program()), supervisor.start(postgres.program())
        supervisor.wait_until(redis, broker.ready, seconds=60)
        supervisor.wait_until(server, postgres.ready, seconds=60)
        postgres.ensure_database()
        migrate(services, "bzpeer")
        made = Bed(services, postgres, broker, supervisor, server, patience or {})
        yield made
        if made.server.process is not None:
            made.server.process.send_signal(signal.SIGQUIT)  # nothing of it is kept, so nothing need be written
    finally:
        supervisor.hurry = True
        supervisor.stop()
        if own:  # a database is 2,000 files, and there was one for each portal: nobody need wait until all are gone
            subprocess.Popen(["rm", "-rf", str(home)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        else:
            rmtree(home, ignore_errors=True)
