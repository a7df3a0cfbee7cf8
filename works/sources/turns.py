"""Whose turn it is to ask an upstream, agreed in Redis between all workers of all machines.

The key is never forgotten while Redis stands. Where it is missing (a first start, a flushed Redis) nobody knows when the
last request began, so a whole interval passes first. Without Redis nobody's turn comes: it fails closed.
"""

import logging
import secrets
import time
from typing import Any, cast

import redis

from works.sources.http import NotAsked, Sleep

logger = logging.getLogger(__name__)

LEASE = 90.0
"""Seconds after the last sign of life in which a connection counts as open: longer than one may stay silent (http.READ)."""
LOOK_AGAIN = 0.5
"""Seconds between looks whether another one's connection is free."""
RETRY_AFTER = 30.0
"""Seconds until one asks again after Redis was away."""
KEEP_EVERY = 5.0

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, lease, look = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('HMGET', KEYS[1], 'next', 'holder', 'until')
local next = tonumber(known[1])
if not next or next - now > interval then
    next = now + interval
    redis.call('HSET', KEYS[1], 'next', next)
end
local wait = next - now
if known[2] then
    local left = math.min(tonumber(known[3]) - now, lease)
    if left > 0 then wait = math.max(wait, math.min(left, look)) end
end
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], 'next', now + interval, 'holder', ARGV[1], 'until', now + lease)
return 0
"""
"""Return the milliseconds to wait, 0 if the turn is taken. A clock set back makes nobody wait longer than interval or lease."""

_KEEP = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[2]))
return 1
"""

_GIVE_BACK = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'holder', 'until')
return 1
"""


class SharedTurns:
    """One request per `interval` seconds and one connection over everybody who uses the same Redis and service."""

    def __init__(self, client: "redis.Redis", service: str, *, interval: float, lease: float = LEASE) -> None:
        self._client = client
        self._service = service
        self._interval = interval
        self._lease = lease
        self._me = ""
        self._kept = 0.0

    @property
    def key(self) -> str:
        return f"bzpeer:turns:{self._service.lower()}"

    def take(self, sleep: Sleep) -> None:
        """Wait for our turn and take it, with the connection. Raises NotAsked without Redis."""
        me = secrets.token_hex(8)
        while True:
            try:
                wait = int(self._run(_TAKE, me, self._interval * 1000, self._lease * 1000, LOOK_AGAIN * 1000))
            except redis.RedisError as error:
                raise NotAsked(
                    f"{self._service} is not asked: whose turn it is to ask is kept in Redis, which does not answer. "
                    "The import goes on by itself once Redis is back.",
                    retry_after=RETRY_AFTER,
                ) from error
            if not wait:
                self._me, self._kept = me, time.monotonic()
                return
            sleep(wait / 1000)

    def keep(self) -> None:
        """Prolong the lease of the connection, now and then. Losing it is no failure: the interval still holds."""
        if time.monotonic() - self._kept >= KEEP_EVERY:
            self._kept = time.monotonic()
            self._quietly(_KEEP, self._lease * 1000)

    def give_back(self) -> None:
        """Free the connection. Without Redis the lease runs out."""
        self._quietly(_GIVE_BACK)

    def _quietly(self, script: str, *values: float) -> None:
        try:
            self._run(script, self._me, *values)
        except redis.RedisError as error:
            logger.warning("A turn could not be noted in Redis; its lease will run out: %s", type(error).__name__)

    def _run(self, script: str, me: str, *values: float) -> Any:
        return cast(Any, self._client.eval(script, 1, self.key, me, *(str(int(value)) for value in values)))
