"""Fixtures of the whole session: the browser and a real worker. Services come from bzpeer.testing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import override_settings
from pytest_django import DjangoDbBlocker

from bzpeer import embedded
from bzpeer.celery import app
from tests import emptying, migrated

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

DEAR_HASHERS = settings.PASSWORD_HASHERS

# Playwright's synchronous API runs an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium when there is one; it talks to nobody but the pages under test."""
    arguments = [
        "--no-sandbox",  # containers have no user namespaces; the pages are our own
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return {**browser_type_launch_args, "args": arguments, **({"executable_path": found} if found else {})}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Test databases are copies of one that was migrated; on a server that DATABASE_URL names each is migrated by itself."""
    services = embedded.locate(Path(settings.HOME))
    if connection.settings_dict["HOST"] == str(services.run):
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template(services)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; tests that commit leave it as the migrations did."""
    with django_db_blocker.unblock():
        restore = emptying.as_migrated()
    with pytest.MonkeyPatch.context() as patch:
        if restore is not None:
            patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash passwords with next to no effort: Argon2 takes a tenth of a second on purpose."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def uncopied_contexts() -> Iterator[None]:
    """Let Django's test client keep no copy of every context a page renders: tests look at the answer alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)
        yield


@pytest.fixture
def dear_passwords(settings: Any) -> None:
    """Hash passwords as the portal does, for tests of just that."""
    settings.PASSWORD_HASHERS = DEAR_HASHERS


@pytest.fixture(autouse=True)
def calm_upstreams(settings: Any) -> Iterator[None]:
    """Short waits between requests to upstream services, and no test meets what another one found out about them."""
    settings.ARXIV_INTERVAL = 0.01
    yield
    with suppress(redis.RedisError), redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("bzpeer:circuit:openalex", "bzpeer:circuit:arxiv", "bzpeer:allowance:openalex")


@dataclass
class Worker:
    """A Celery worker process on the test's database and broker."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        """End it the hard way, its pool included."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def database_under_test() -> str:
    """Return the address of the database under test, for processes of their own."""
    found = connection.settings_dict
    user = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgres://{user}@{quote(found['HOST'], safe='')}:{found['PORT'] or 5432}/{found['NAME']}"


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """A function that starts a real worker on the test database and waits until it answers. Its queue is empty before and after."""
    workers: list[Worker] = []

    def start() -> Worker:
        log = tmp_path / f"worker-{len(workers)}.log"
        name = f"test-{os.getpid()}-{len(workers)}@localhost"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "bzpeer.celery", "worker", "--concurrency", "1", "--hostname", name,
                 "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                env={**os.environ, "DATABASE_URL": database_under_test()},
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )  # fmt: skip
        workers.append(Worker(process, log))
        deadline = time.monotonic() + 60
        while not app.control.ping(destination=[name], timeout=0.5):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        return workers[-1]

    _empty_queue()
    yield start
    for worker in workers:
        worker.process.terminate()
        try:
            worker.process.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
    _empty_queue()


@pytest.fixture
def worker(start_worker: Callable[[], Worker]) -> Worker:
    """One running worker."""
    return start_worker()


@pytest.fixture
def wait_for() -> Callable[..., None]:
    """A function that waits until a condition holds and shows a worker's log when it never does."""

    def wait(condition: Callable[[], bool], *, log: Path, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)

    return wait


def _empty_queue() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
