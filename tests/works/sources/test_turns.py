"""Turns are shared by processes that know nothing of each other but Redis."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from works.sources.http import NotAsked
from works.sources.turns import SharedTurns

INTERVAL = 0.15
_WORKER = """
import sys, time
import redis
from works.sources.turns import SharedTurns
client = redis.Redis.from_url(sys.argv[1])
turns = SharedTurns(client, "Test", interval=float(sys.argv[2]))
for _ in range(int(sys.argv[3])):
    turns.take(time.sleep)
    began, turn = time.time(), int(client.hget(turns.key, "next"))
    time.sleep(float(sys.argv[4]))
    print(began, time.time(), turn, flush=True)
    turns.give_back()
"""


@pytest.fixture
def client():
    with redis.Redis.from_url(settings.REDIS_URL) as found:
        found.delete("bzpeer:turns:test")
        yield found
        found.delete("bzpeer:turns:test")


def spans_of_processes(processes: int, *, requests: int, busy: float) -> list[tuple[float, float, int]]:
    """Return when each turn's holder had it, and the turn's own time in milliseconds as Redis noted it."""
    arguments = [sys.executable, "-c", _WORKER, settings.REDIS_URL, str(INTERVAL), str(requests), str(busy)]
    with ThreadPoolExecutor(processes) as pool:
        said = pool.map(
            lambda _: subprocess.run(arguments, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True), range(processes)
        )
    lines = [line.split() for each in said for line in each.stdout.splitlines()]
    return sorted((float(began), float(ended), int(turn)) for began, ended, turn in lines)


@pytest.mark.services
@pytest.mark.parametrize("busy", [0.0, 0.25], ids=["short requests", "requests longer than the interval"])
def test_processes_ask_one_at_a_time_and_never_sooner_than_the_interval(client, busy):
    spans = spans_of_processes(3, requests=4, busy=busy)

    assert len(spans) == 12
    assert all(following[2] - before[2] >= INTERVAL * 1000 for before, following in pairwise(spans))
    assert all(before[1] <= following[0] for before, following in pairwise(spans))


def test_unknown_last_request_costs_a_whole_interval(client):
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    turns = SharedTurns(client, "Test", interval=0.2)
    turns.take(sleep)
    turns.give_back()

    assert sum(slept) >= 0.19


def test_connection_of_a_dead_process_is_free_when_its_lease_runs_out(client):
    dead = SharedTurns(client, "Test", interval=0.01, lease=0.3)
    dead.take(time.sleep)
    began = time.monotonic()
    SharedTurns(client, "Test", interval=0.01, lease=0.3).take(time.sleep)

    assert 0.2 < time.monotonic() - began < 2


def test_connection_that_shows_life_is_not_taken_away(client, monkeypatch):
    monkeypatch.setattr("works.sources.turns.KEEP_EVERY", 0.0)
    holder = SharedTurns(client, "Test", interval=0.01, lease=0.3)
    holder.take(time.sleep)
    client.hset(holder.key, "until", 0)
    holder.keep()

    assert int(client.hget(holder.key, "until")) > time.time() * 1000


def test_late_holder_does_not_free_anothers_connection(client):
    late, other = (SharedTurns(client, "Test", interval=0.01, lease=0.1) for _ in range(2))
    late.take(time.sleep)
    other.take(time.sleep)
    late.give_back()

    assert client.hget(other.key, "holder") is not None
    other.give_back()
    assert client.hget(other.key, "holder") is None


def test_clock_that_was_set_back_does_not_stop_the_turns(client):
    turns = SharedTurns(client, "Test", interval=0.05, lease=0.2)
    hour = (time.time() + 3600) * 1000
    client.hset(turns.key, mapping={"next": int(hour), "holder": "gone", "until": int(hour)})
    began = time.monotonic()
    turns.take(lambda seconds: (client.hset(turns.key, "until", int(time.time() * 1000)), time.sleep(seconds))[1])

    assert time.monotonic() - began < 2


def test_without_redis_nobody_may_ask():
    turns = SharedTurns(redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0)), "arXiv", interval=0.01)

    with pytest.raises(NotAsked, match=r"arXiv is not asked: whose turn it is to ask is kept in Redis, which does not answer\.") as caught:
        turns.take(time.sleep)

    assert caught.value.retry_after == 30.0
