"""The upstream services as this installation meets them: manners shared by all workers, and how the services are doing."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import cast

import msgspec
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from works.sources import allowance, circuit
from works.sources.allowance import Allowance
from works.sources.circuit import OwnMemory, RedisMemory, SharedCircuit
from works.sources.http import Manners
from works.sources.turns import SharedTurns

logger = logging.getLogger(__name__)

OPENALEX, ARXIV = "OpenAlex", "arXiv"
KEPT_FOR = 7 * 86_400
_TIMEOUT = 3.0


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How an upstream service is doing, as far as this portal knows. Times in UTC.

    `resting`: a sentence while it is left in peace, "" otherwise. `remaining`: what it still grants, in its own unit.
    """

    service: str
    resting: str = ""
    remaining: float | None = None
    limit: float | None = None
    resets_at: datetime | None = None
    heard_at: datetime | None = None


def openalex_manners(*, spend: Callable[[], None] | None = None) -> Manners:
    """Return what every request to OpenAlex observes. `spend` is asked before each one and may forbid it."""
    return Manners(circuit=_circuit(OPENALEX), heard=_remember, spend=spend)


def arxiv_manners() -> Manners:
    """Return what every request to arXiv observes: API and OAI-PMH, all workers and commands take turns."""
    return Manners(circuit=_circuit(ARXIV), turns=SharedTurns(_redis(settings.REDIS_URL), ARXIV, interval=settings.ARXIV_INTERVAL))


def openalex_allowance() -> Allowance | None:
    """Return what OpenAlex last said it still grants; None if it said nothing or Redis is away."""
    try:
        raw = cast("bytes | None", _redis(settings.REDIS_URL).get(_ALLOWANCE_KEY))
        return msgspec.json.decode(raw, type=Allowance) if raw else None
    except (redis.RedisError, msgspec.MsgspecError):
        return None


def conditions() -> list[Condition]:
    """Return how OpenAlex and arXiv are doing. Asks nobody but Redis, and gets along without it."""
    return [_with_allowance(_condition(OPENALEX)), _condition(ARXIV)]


def are_turns_known() -> bool:
    """Tell whether Redis can say whose turn it is to ask arXiv; without that nobody asks."""
    try:
        return bool(_redis(settings.REDIS_URL).ping())
    except redis.RedisError:
        return False


def _condition(service: str) -> Condition:
    try:
        state, now = _circuit(service).state()
    except redis.RedisError:
        return Condition(service=service)
    wait = state.open_until - now
    return Condition(service=service, resting=circuit.told(service, state, now=now, wait=wait) if wait > 0 else "")


def _with_allowance(condition: Condition) -> Condition:
    known = openalex_allowance()
    if known is None:
        return condition
    return replace(
        condition,
        remaining=known.now_remaining(datetime.now(UTC).timestamp()),
        limit=known.limit,
        resets_at=None if known.resets_at is None else datetime.fromtimestamp(known.resets_at, UTC),
        heard_at=datetime.fromtimestamp(known.heard_at, UTC),
    )


_ALLOWANCE_KEY = "bzpeer:allowance:openalex"


def _remember(headers: Mapping[str, str]) -> None:
    """Keep what an answer says of the allowance. Losing it is no failure."""
    found = allowance.heard(headers, now=datetime.now(UTC).timestamp())
    if found is None:
        return
    try:
        _redis(settings.REDIS_URL).set(_ALLOWANCE_KEY, msgspec.json.encode(found), ex=KEPT_FOR)
    except redis.RedisError as error:
        logger.info("OpenAlex's allowance could not be kept: %s", type(error).__name__)


def _circuit(service: str) -> SharedCircuit:
    plan = circuit.Plan(first_rest=settings.UPSTREAM_FIRST_REST, longest_rest=settings.UPSTREAM_LONGEST_REST)
    return SharedCircuit(service, shared=RedisMemory(_redis(settings.REDIS_URL), service), own=_own_memory(service), plan=plan)


@cache
def _own_memory(service: str) -> OwnMemory:
    return OwnMemory()


@cache
def _redis(url: str) -> "redis.Redis":
    # One fresh connection is tried when a kept one has died with its server; more patience belongs to those who ask.
    return redis.Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 1))
