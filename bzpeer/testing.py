"""The pytest plugin that gives a test session its services: a throwaway PostgreSQL (unless DATABASE_URL is set), Redis and home.

It works before the settings are read. With pytest-xdist the controller starts the services once;
each worker has Redis databases of its own.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from bzpeer import embedded
from bzpeer.supervising import ServiceError

_services = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Start the services around everything else: pytest-django reads the settings in this very hook."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start()
    _choose_redis_databases(0 if worker is None else 1 + int(worker.removeprefix("gw")))
    yield


def pytest_unconfigure() -> None:
    _services.close()


def _start() -> None:
    own_database = "DATABASE_URL" not in os.environ
    try:
        services = _services.enter_context(embedded.throwaway(database=own_database))
    except ServiceError as problem:
        raise pytest.UsageError(str(problem)) from problem
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq would let them override the address
    if own_database:
        os.environ["DATABASE_URL"] = services.database_url
    # Always our own Redis: tests empty it, and REDIS_URL may name one that holds something.
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["BZPEER_HOME"] = str(services.home)
    os.environ["IMPORT_LEAST_FREE"] = "0"  # how full this machine's disks are is not what is tested
    (services.home / "staticfiles").mkdir()  # whitenoise complains of its absence in every test that makes a client


def _choose_redis_databases(number: int) -> None:
    url = os.environ["REDIS_URL"]
    os.environ["REDIS_URL"] = embedded.redis_database(url, 2 * number)
    os.environ["CACHE_URL"] = embedded.redis_database(url, 2 * number + 1)
