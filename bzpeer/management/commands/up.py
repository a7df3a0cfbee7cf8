"""`bzpeer up`: the whole portal in one process tree — services, database, web server, worker, scheduler — until it is told to stop."""

import errno
import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from bzpeer import embedded
from bzpeer.accounts.mail import as_told, read_message
from bzpeer.identity import CannotDropRootError, Identity
from bzpeer.supervising import Program, ServiceError, Supervisor, recorded, stop_leftovers
from works.models import Work

WEB_THREADS = 4
LETTING_GO_SECONDS = 10.0
"""Workers of a killed web server notice within a second or so that they are orphans; a busy machine takes longer."""
PORTAL_TIER = 1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked the portal to stop. Not an Exception, so that nothing on the way mistakes it for a failure."""


class Command(BaseCommand):
    help = "Start the portal: embedded PostgreSQL and Redis, migrations, web server, worker and scheduler. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty instead of loading the demo corpus")

    def handle(self, *args: Any, **options: Any) -> None:
        portal = Portal(say=self._say)
        signal.signal(signal.SIGINT, portal.on_signal)
        signal.signal(signal.SIGTERM, portal.on_signal)
        signal.signal(signal.SIGHUP, portal.on_signal)
        try:
            with _only_one(portal.services):
                patience = portal.clear_leftovers()
                with _listening(settings.HOST, settings.PORT, patience=patience) as listener:
                    portal.run(listener, demo=not options["no_demo"])
        except Stop:
            self._say("bzpeer has stopped." if portal.was_running else "bzpeer has stopped before it was ready.")
        except (ServiceError, CannotDropRootError) as problem:
            sys.exit(f"bzpeer: {problem}")
        except CommandError as problem:
            sys.exit(f"bzpeer: the demo corpus could not be loaded: {problem} Start without it: bzpeer up --no-demo")
        except OSError as problem:
            sys.exit(f"bzpeer: {_plain(problem, portal.services.home)}")
        except DatabaseError as problem:
            sys.exit(f"bzpeer: {_database_sentence(problem, portal.services)}")

    def _say(self, words: str) -> None:
        # A closed terminal (SIGHUP) must not keep the portal from stopping in order.
        with suppress(OSError):
            self.stdout.write(words)
            self.stdout.flush()


class Portal:
    """One run of the portal, from nothing to its clean end."""

    def __init__(self, *, say: "Any") -> None:
        self.say = say
        self.services = embedded.locate(settings.HOME)
        self.address = _address(settings.HOST, settings.PORT)
        self.supervisor = Supervisor(say=say, record=self.services.record, address=self.address)
        self.was_running = False
        self._stopping = False

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            self.supervisor.hurry = True
            return
        self._stopping = True
        raise Stop

    def clear_leftovers(self) -> float:
        """Stop what a killed portal left here; return the seconds its last processes may need to let go of the address."""
        if not self.services.record.exists():
            return 0.0
        if left := stop_leftovers(self.services.record):
            self.say(f"Stopped what an earlier portal here had left running: {', '.join(left)}.")
        return LETTING_GO_SECONDS

    def run(self, listener: socket.socket, *, demo: bool) -> None:
        """Start everything and watch it. Leaves only by an exception (Stop when asked to), with every process ended."""
        try:
            self._start(listener, demo=demo)
            self.was_running = True
            self.say(self._welcome())
            self._watch()
        finally:
            self._stopping = True
            if self.was_running:
                self.say("Stopping …")
            self.supervisor.stop()
            self._sweep_sockets()

    def _start(self, listener: socket.socket, *, demo: bool) -> None:
        if problem := embedded.free_space_problem(self.services.home):
            raise ServiceError(problem)
        if not Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).exists():
            raise ServiceError("The front end is not built. Run `make front` (or `make run`, which does it too).")
        embedded.make_folders(self.services)
        self._start_services()
        self._migrate()
        if demo and not Work.objects.exists():
            self.say("The database is empty: loading the demo corpus …")
            call_command("demo")
        _close_connections()
        self._start_portal(listener)

    def _start_services(self) -> None:
        """Start what DATABASE_URL and REDIS_URL do not replace; static files are collected while the servers wake up."""
        identity = embedded.choose_identity(self.services)
        waiting = []
        postgres = None
        if not os.environ.get("DATABASE_URL"):
            for name in [name for name in os.environ if name.startswith("PG")]:
                del os.environ[name]  # libpq would let PGHOSTADDR, PGOPTIONS and the like override our own address
            postgres = embedded.PostgreSQL(self.services, identity, embedded.DURABLE)
            if not postgres.data.exists():
                self.say(f"Making a database in {postgres.data} …")
            postgres.prepare()
            waiting.append((self.supervisor.start(postgres.program()), postgres.ready))
        if not os.environ.get("REDIS_URL"):
            self._start_redis(identity)
        _collect_static(Path(settings.STATIC_ROOT), say=self.say)
        for child, ready in waiting:
            self.supervisor.wait_until(child, ready, seconds=120)  # recovery after a crash takes its time
        if postgres is not None:
            postgres.ensure_database()

    def _start_redis(self, identity: Identity | None) -> None:
        server = embedded.Redis(self.services, identity)
        server.prepare()
        child = self.supervisor.start(server.program())
        try:
            self.supervisor.wait_until(child, server.ready, seconds=30)
        except ServiceError:
            self.supervisor.discard(child)
            if embedded.free_space_problem(self.services.home):
                raise
            aside = server.set_aside()
            self.say(f"Redis could not read its data, now in {aside}; it starts empty. Nothing is lost: all records are in PostgreSQL.")
            self.supervisor.wait_until(self.supervisor.start(server.program()), server.ready, seconds=30)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Bringing the database up to date …")
            call_command("migrate", interactive=False, verbosity=0)

    def _start_portal(self, listener: socket.socket) -> None:
        for program in _portal_programs(self.services, listener):
            child = self.supervisor.start(program)
            if program.sockets:
                web = child
        self.supervisor.wait_until(web, lambda: _answers(settings.HOST, settings.PORT), seconds=60)

    def _watch(self) -> None:
        mail = None if os.environ.get("EMAIL_URL") else Path(settings.EMAIL_FILE_PATH)
        known = _messages(mail)
        while True:
            time.sleep(0.5)
            try:
                self.supervisor.look(now=time.monotonic())
            except OSError as problem:
                self.say(_plain(problem, self.services.home))
                time.sleep(5)
            messages = _messages(mail)
            for message in sorted(messages - known):
                self.say(as_told(read_message(message)))
            known = messages

    def _welcome(self) -> str:
        mail = (
            "sent by EMAIL_URL"
            if os.environ.get("EMAIL_URL")
            else f"shown here and kept in {settings.EMAIL_FILE_PATH}, not sent (EMAIL_URL sends it)"
        )
        return "\n".join(
            (
                "",
                f"bzpeer is running at {self.address}",
                "",
                f"  Data   {self.services.home}",
                f"  Mail   {mail}",
                f"  Logs   {self.services.logs}",
                f"  Staff  {_own_command()} createsuperuser makes an account that reviews claims and sees imports",
                "  Stop   Ctrl-C",
                "",
            )
        )

    def _sweep_sockets(self) -> None:
        """The servers remove their own sockets; what one that had to be killed left behind goes here."""
        for path in self.services.run.glob("*") if self.services.run.is_dir() else ():
            path.unlink(missing_ok=True)
        for path in self.services.run.glob(".s.*") if self.services.run.is_dir() else ():
            path.unlink(missing_ok=True)
        if self.services.run.parent != self.services.home:
            with suppress(OSError):
                self.services.run.rmdir()


def _own_command() -> str:
    """Return how this portal's own commands are called from here."""
    command = Path(sys.executable).with_name("bzpeer")
    return os.path.relpath(command) if command.exists() and command.is_relative_to(settings.BASE_DIR) else "bzpeer"


def _portal_programs(services: embedded.Services, listener: socket.socket) -> Iterator[Program]:
    python, root = sys.executable, Path(settings.BASE_DIR)
    celery = (python, "-m", "celery", "-A", "bzpeer.celery")
    memory = ("--worker-tmp-dir", "/dev/shm") if Path("/dev/shm").is_dir() else ()  # noqa: S108 - heartbeats stay off the disk
    web = (
        python, "-m", "gunicorn", "bzpeer.wsgi:application", "--bind", f"fd://{listener.fileno()}",
        "--worker-class", "gthread", "--workers", os.environ.get("WEB_CONCURRENCY", "2"), "--threads", str(WEB_THREADS),
        "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", *memory,
    )  # fmt: skip
    worker = (
        *celery, "worker", "--loglevel", "INFO", "--concurrency", str(min(4, os.cpu_count() or 1)),
        "--hostname", "bzpeer@%h", "--without-gossip", "--without-mingle",
    )  # fmt: skip
    beat = (*celery, "beat", "--loglevel", "INFO", "--pidfile", "")
    warm = ((signal.SIGTERM, 20.0), (signal.SIGQUIT, 5.0))
    for name, log, argv, sockets in (
        ("The web server", "web", web, (listener.fileno(),)),
        ("The worker", "worker", worker, ()),
        ("The scheduler", "beat", beat, ()),
    ):
        yield Program(
            name=name,
            argv=argv,
            log=services.logs / f"{log}.log",
            stop=warm,
            env={**os.environ, "BZPEER_HOME": str(services.home)},
            cwd=root,
            sockets=sockets,
            tier=PORTAL_TIER,
        )


@contextmanager
def _only_one(services: embedded.Services) -> Iterator[None]:
    """Hold the home for one portal. The lock is the folder's own and dies with its process, so it can never be stale."""
    services.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    handle = os.open(services.home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        pid, address = recorded(services.record)
        raise ServiceError(
            f"A portal already runs on {services.home}"
            + (f" at {address} (process {pid}). Stop it with Ctrl-C in its terminal or `kill {pid}`" if pid else ". Stop it")
            + ", or start another with BZPEER_HOME and BZPEER_PORT set to other values."
        ) from problem
    finally:
        os.close(handle)


@contextmanager
def _listening(host: str, port: int, *, patience: float) -> Iterator[socket.socket]:
    """Take the address before anything else starts. The web server inherits it, so a restart of it refuses nobody.

    `patience`: seconds to wait for somebody who is about to let go of it.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind)
    except socket.gaierror as problem:
        raise ServiceError(f"{host!r} is no address of this machine. Set BZPEER_HOST to one, e.g. 127.0.0.1.") from problem
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(listener, place, deadline=time.monotonic() + patience)
            listener.listen(2048)
        except OSError as problem:
            raise ServiceError(_address_sentence(problem, host, port)) from problem
        yield listener


def _bind(listener: socket.socket, place: Any, *, deadline: float) -> None:
    while True:
        try:
            return listener.bind(place)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
                raise
            time.sleep(0.05)


def _address_sentence(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is busy: another program listens there. Choose another one, e.g. BZPEER_PORT={port + 1} make run"
    if problem.errno == errno.EACCES:
        return f"Port {port} is kept for root. Choose one from 1024 up, e.g. BZPEER_PORT=8000 make run"
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. Set BZPEER_HOST to one, e.g. 127.0.0.1."
    return f"Cannot listen on {host} port {port}: {problem.strerror}. Set BZPEER_HOST and BZPEER_PORT to another address."


def _address(host: str, port: int) -> str:
    shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 - a comparison
    return f"http://{shown}:{port}/"


def _answers(host: str, port: int) -> bool:
    """Whether the web server speaks; what it says is the business of /readyz."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison
    connection = http.client.HTTPConnection(target, port, timeout=10)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0]})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _collect_static(root: Path, *, say: Any) -> None:
    """Collect static files when one of them has changed since the last time."""
    stamp = root / ".collected"
    mark = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            place = Path(storage.path(path))
            found = place.stat()
            mark.update(f"{place}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    if stamp.exists() and stamp.read_text() == mark.hexdigest():
        return
    say("Collecting static files …")
    shutil.rmtree(root / "dist", ignore_errors=True)  # every build has names of its own
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["*.map"])
    stamp.write_text(mark.hexdigest())


def _close_connections() -> None:
    """The supervisor keeps no connection and no pool thread while it only watches."""
    connection = connections["default"]
    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()


def _messages(folder: Path | None) -> set[Path]:
    return set(folder.glob("*.eml")) if folder is not None and folder.is_dir() else set()


def _plain(problem: OSError, home: Path) -> str:
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk that holds {home} is full. Free some space, or set BZPEER_HOME to a folder on another disk."
    if problem.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"bzpeer may not write {problem.filename or home}. Give yourself the folder, or set BZPEER_HOME to one you may write."
    if problem.errno in {errno.ENOTSUP, errno.ENOLCK}:
        return f"The disk that holds {home} cannot lock files. Set BZPEER_HOME to a folder on a local disk."
    return f"{problem.strerror or problem} ({problem.filename or home})."


def _database_sentence(problem: DatabaseError, services: embedded.Services) -> str:
    words = " ".join(str(problem).split())
    if "No space left on device" in words:
        return _plain(OSError(errno.ENOSPC, words), services.home)
    if os.environ.get("DATABASE_URL"):
        return f"The database at DATABASE_URL does not do its part: {words}"
    return f"The embedded database does not do its part: {words} (its log: {services.logs / 'postgres.log'})"
