"""/healthz says the process answers; /readyz says the portal can serve: database, broker and the worker's progress."""

import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bzpeer.pipeline import is_anything_pending, last_beat

BROKER_PATIENCE = 2
"""Seconds to wait for the broker's answer."""
LATEST_BEAT = 120
"""Seconds without a sign of the worker before it counts as stopped; the sweeper runs every 20 s and takes up to 45 s."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer while the process lives; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every check is "ok", else 503; each check says in plain words what is wrong."""
    checks = {name: check() for name, check in _CHECKS.items()}
    is_ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"status": "ok" if is_ready else "not ready", "checks": checks}, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return "ok"


def _broker() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE) as broker:
            broker.ping()
    except (redis.RedisError, OSError):
        return "the broker does not answer"
    return "ok"


def _worker() -> str:
    try:
        seen = last_beat()
    except (redis.RedisError, OSError):
        return "the cache that holds the worker's sign of life does not answer"
    if seen is None:
        return "no worker has been seen yet"
    silence = time.time() - seen
    if silence <= LATEST_BEAT:
        return "ok"
    try:
        waiting = ", changes are waiting" if is_anything_pending() else ""
    except DatabaseError:
        waiting = ""
    return f"no sign of a worker for {int(silence)} s{waiting}"


_CHECKS: dict[str, Callable[[], str]] = {"database": _database, "broker": _broker, "worker": _worker}
