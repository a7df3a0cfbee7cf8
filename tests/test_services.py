"""What the session gives every test: real services of its own, and a real worker on them."""

import os

import pytest
import redis
from django.conf import settings
from django.db import connection

from bzpeer.pipeline import derive_pending
from tests.factories.records import ResearcherFactory
from works.models import RecordChange


@pytest.mark.django_db
def test_the_database_is_postgresql_and_only_the_tests_own():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == (connection.settings_dict["NAME"], True)
    assert str(connection.settings_dict["NAME"]).startswith("test_")


def test_redis_is_a_throwaway_with_numbers_of_this_process():
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    number = 0 if worker is None else 2 * (1 + int(worker.removeprefix("gw")))

    assert "/bzpeer-test-" in settings.REDIS_URL
    assert (settings.REDIS_URL[-len(f"db={number}") :], settings.CACHE_URL[-len(f"db={number + 1}") :]) == (
        f"db={number}",
        f"db={number + 1}",
    )
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()


@pytest.mark.services
def test_a_real_worker_derives_what_a_message_asks_for(worker, wait_for):
    researcher = ResearcherFactory(openalex_id="A77")
    RecordChange.objects.create(kind="researcher", record_id=researcher.pk)

    derive_pending.delay()

    wait_for(lambda: not RecordChange.objects.exists(), log=worker.log)
