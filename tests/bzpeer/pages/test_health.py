"""/healthz and /readyz: what each answers when a part is away."""

import time
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from bzpeer import pipeline
from bzpeer.pages import health


@pytest.fixture
def beating() -> None:
    pipeline.beat()


def test_healthz_asks_nobody(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "_CHECKS", {"database": lambda: pytest.fail("asked")})
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_database_broker_and_worker_answer(client: Client, beating: None):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok", "broker": "ok", "worker": "ok"}})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_not_ready_before_a_worker_was_seen(client: Client):
    cache.delete(pipeline.HEARTBEAT_KEY)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "no worker has been seen yet")


@pytest.mark.django_db
def test_not_ready_when_the_worker_fell_silent(client: Client):
    cache.set(pipeline.HEARTBEAT_KEY, time.time() - 300)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["worker"]) == (503, "no sign of a worker for 300 s")


@pytest.mark.django_db
def test_not_ready_when_the_database_is_away(client: Client, beating: None, monkeypatch: pytest.MonkeyPatch):
    def away() -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "the database does not answer")


@pytest.mark.django_db
def test_not_ready_when_the_broker_is_away(client: Client, beating: None, settings: Any):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "the broker does not answer")


@pytest.mark.django_db
def test_a_silent_cache_is_told_and_no_500(client: Client, monkeypatch: pytest.MonkeyPatch):
    def away() -> None:
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(health, "last_beat", away)
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_deriving_leaves_a_sign_of_life(client: Client):
    cache.delete(pipeline.HEARTBEAT_KEY)
    pipeline.derive_pending()
    assert client.get("/readyz").json()["checks"]["worker"] == "ok"


@pytest.mark.django_db
def test_metrics_are_exported(client: Client):
    assert b"django_http_requests_total" in client.get("/metrics").content
