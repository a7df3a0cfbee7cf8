"""The embedded services: where they live, how they recover, and what they say when they cannot."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from bzpeer import embedded
from bzpeer.supervising import ServiceError, Supervisor


@pytest.fixture
def home():
    """A short home that the services' user can enter (pytest's own folders are private)."""
    with embedded.throwaway(database=False) as services:
        yield services.home / "portal"


@pytest.fixture
def supervisor():
    supervisor = Supervisor(say=lambda _: None)
    yield supervisor
    supervisor.hurry = True
    supervisor.stop()


def postgres_of(home: Path) -> embedded.PostgreSQL:
    services = embedded.locate(home)
    embedded.make_folders(services)
    return embedded.PostgreSQL(services, embedded.choose_identity(services), embedded.DURABLE)


def started(server: embedded.PostgreSQL | embedded.Redis, supervisor: Supervisor) -> "subprocess.Popen[bytes]":
    server.prepare()
    child = supervisor.start(server.program())
    supervisor.wait_until(child, server.ready, seconds=60)
    assert child.process is not None
    return child.process


def rows(server: embedded.PostgreSQL, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(host=str(server.services.run), user="bzpeer", dbname="bzpeer", autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_sockets_stand_in_the_home_when_its_path_is_short_and_plain():
    services = embedded.locate(Path("/srv/My portal"))

    assert services.run == Path("/srv/My portal/run")
    assert services.database_url == "postgres://bzpeer@%2Fsrv%2FMy%20portal%2Frun:5432/bzpeer"
    assert services.redis_url == "unix:///srv/My%20portal/run/redis.sock"


@pytest.mark.parametrize("home", ["/srv/" + "x" * 90, "/srv/a,b", '/srv/"quoted"', "/srv/back\\slash"])
def test_sockets_move_to_a_short_folder_when_the_path_is_too_long_or_odd(home):
    run = embedded.locate(Path(home)).run

    assert run.parent == Path("/tmp")  # noqa: S108 - the place is the point
    assert len(os.fsencode(run)) < 40
    assert run == embedded.locate(Path(home)).run  # every command comes to the same one
    assert run != embedded.locate(Path(home + "2")).run


def test_the_secret_key_is_made_once_and_private(tmp_path):
    key = embedded.secret_key(tmp_path / "home")

    assert len(key) >= 50
    assert embedded.secret_key(tmp_path / "home") == key
    assert stat.S_IMODE((tmp_path / "home" / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret-key"]


def test_a_secret_key_left_empty_by_a_full_disk_is_made_anew(tmp_path):
    (tmp_path / "secret-key").touch()

    assert len(embedded.secret_key(tmp_path)) >= 50


@pytest.mark.parametrize(
    ("url", "number", "moved", "celery"),
    [
        ("unix:///run/redis.sock", 3, "unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("unix:///a%20b/redis.sock?db=1", 2, "unix:///a%20b/redis.sock?db=2", "redis+socket:///a%20b/redis.sock?virtual_host=2"),
        ("redis://:pass@broker:6379/0", 4, "redis://:pass@broker:6379/4", "redis://:pass@broker:6379/4"),
    ],
)
def test_another_database_of_the_same_redis(url, number, moved, celery):
    assert embedded.redis_database(url, number) == moved
    assert embedded.celery_url(moved) == celery


def test_a_disk_with_too_little_room_is_named_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "FIRST_START_BYTES", 10**18)

    problem = embedded.free_space_problem(tmp_path / "not" / "yet" / "there")

    assert problem.startswith(f"The disk that holds {tmp_path}/not/yet/there is full: ")
    assert problem.endswith("Free some space, or set BZPEER_HOME to a folder on another disk.")


def test_a_socket_folder_that_is_no_folder_is_refused(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    services = embedded.Services(home=home, run=tmp_path / "run")
    services.run.symlink_to(home)

    with pytest.raises(ServiceError, match="is not a folder; remove it"):
        embedded.make_folders(services)


@pytest.mark.services
def test_postgresql_listens_on_its_private_socket_alone_and_is_durable(home, supervisor):
    server = postgres_of(home)
    started(server, supervisor)
    server.ensure_database()
    server.ensure_database()

    names = ("listen_addresses", "fsync", "synchronous_commit", "full_page_writes", "jit", "server_encoding", "TimeZone")
    assert {name: rows(server, f"SHOW {name}")[0][0] for name in names} == {
        "listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "jit": "off",
        "server_encoding": "UTF8", "TimeZone": "UTC",
    }  # fmt: skip
    assert stat.S_IMODE(server.services.run.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert rows(server, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") == [(1,)]


@pytest.mark.services
def test_what_was_committed_survives_the_killing_of_the_server(home, supervisor):
    server = postgres_of(home)
    process = started(server, supervisor)
    server.ensure_database()
    rows(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill()
    process.wait()
    supervisor.children.clear()

    started(server, supervisor)

    assert rows(server, "SELECT answer FROM kept") == [(42,)]


@pytest.mark.services
def test_a_lock_whose_number_belongs_to_another_process_by_now_is_cleared(home, supervisor):
    server = postgres_of(home)
    process = started(server, supervisor)
    process.kill()
    process.wait()
    supervisor.children.clear()
    drop = [] if server.identity is None else ["setpriv", f"--reuid={server.identity.uid}", "--clear-groups"]
    stranger = subprocess.Popen(
        [*drop, sys.executable if not drop else "/bin/sleep", *(["-c", "import time; time.sleep(60)"] if not drop else ["60"])]
    )
    lock = server.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    (server.services.run / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")

    started(server, supervisor)

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.services
def test_a_server_that_outlived_its_supervisor_is_stopped_and_replaced(home, supervisor):
    server = postgres_of(home)
    survivor = started(server, supervisor)
    supervisor.children.clear()  # as if the supervisor had been killed

    replaced = started(server, supervisor)

    assert survivor.wait(10) == 0
    assert replaced.pid != survivor.pid


def test_data_of_another_major_version_are_left_alone(tmp_path):
    server = embedded.PostgreSQL(embedded.Services(home=tmp_path, run=tmp_path / "run"), None, embedded.DURABLE)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(ServiceError, match="was made by PostgreSQL 17, and this portal carries 18"):
        server.prepare()

    assert [path.name for path in server.data.iterdir()] == ["PG_VERSION"]


@pytest.mark.services
def test_redis_keeps_its_queue_over_a_kill_and_evicts_only_what_expires(home, supervisor):
    postgres_of(home)
    services = embedded.locate(home)
    server = embedded.Redis(services, embedded.choose_identity(services))
    process = started(server, supervisor)
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        assert client.config_get("port") == {"port": "0"}
        client.rpush("celery", "job")
        time.sleep(1.2)  # appendfsync everysec
    process.send_signal(signal.SIGKILL)
    process.wait()
    supervisor.children.clear()
    assert server.socket.exists()

    started(server, supervisor)

    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        assert client.lrange("celery", 0, -1) == [b"job"]


@pytest.mark.services
def test_redis_data_that_cannot_be_read_are_set_aside_whole(home, supervisor):
    postgres_of(home)
    services = embedded.locate(home)
    server = embedded.Redis(services, embedded.choose_identity(services))
    server.prepare()
    (server.data / "appendonly.aof").write_text("garbage\n")

    with pytest.raises(ServiceError, match="Redis did not start"):
        started(server, supervisor)
    supervisor.children.clear()
    aside = server.set_aside()
    started(server, supervisor)

    assert (aside / "appendonly.aof").read_text() == "garbage\n"


@pytest.mark.services
def test_a_throwaway_leaves_nothing():
    with embedded.throwaway() as services:
        with psycopg.connect(host=str(services.run), user="bzpeer", dbname="bzpeer") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        pid = int((services.home / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    assert not services.home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
