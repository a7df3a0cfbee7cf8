"""A circuit opens after failures, lets one probe through, and closes on the first answer."""

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from works.sources.circuit import OwnMemory, Plan, RedisMemory, SharedCircuit, State, asked, failed, told
from works.sources.http import NotAsked

PLAN = Plan(failures=3, first_rest=60, longest_rest=200, probe=30)


class Clocked(OwnMemory):
    """A memory whose clock the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time


@pytest.fixture
def memory() -> Clocked:
    return Clocked()


@pytest.fixture
def circuit(memory) -> SharedCircuit:
    return SharedCircuit("OpenAlex", shared=memory, own=OwnMemory(), plan=PLAN)


def fail(circuit: SharedCircuit, times: int) -> None:
    for _ in range(times):
        circuit.failed()


def test_failures_with_an_answer_between_do_not_open_it(circuit):
    fail(circuit, 2)
    circuit.answered()
    fail(circuit, 2)
    circuit.ask()


def test_failures_in_a_row_open_it_with_the_time_of_the_next_try(circuit, memory):
    memory.time = 50_000.0  # 13:53:20
    fail(circuit, 2)
    memory.time += 290
    with pytest.raises(NotAsked) as caught:
        circuit.failed()

    assert str(caught.value) == "OpenAlex has not answered for 5 minutes; trying again at 13:59 UTC. The import goes on by itself."
    assert caught.value.retry_after == 60
    with pytest.raises(NotAsked, match="13:59 UTC"):
        circuit.ask()


def test_after_the_rest_one_probe_is_sent_and_the_others_wait_for_it(circuit, memory):
    fail(circuit, 2)
    with pytest.raises(NotAsked):
        circuit.failed()
    memory.time += 61
    circuit.ask()
    with pytest.raises(NotAsked) as caught:
        circuit.ask()
    assert caught.value.retry_after == 30

    circuit.answered()
    circuit.ask()
    assert memory.state() == State()


def test_failed_probes_double_the_rest_up_to_the_longest(circuit, memory):
    fail(circuit, 2)
    rests = []
    for _ in range(4):
        with pytest.raises(NotAsked) as caught:
            circuit.failed()
        rests.append(caught.value.retry_after)
        memory.time += rests[-1] + 1
        circuit.ask()

    assert rests == [60, 120, 200, 200]


def test_requests_under_way_when_it_opened_do_not_lengthen_the_rest(circuit, memory):
    fail(circuit, 2)
    for _ in range(3):
        with pytest.raises(NotAsked) as caught:
            circuit.failed()
        assert caught.value.retry_after == 60


def test_probe_that_died_is_followed_by_another(circuit, memory):
    fail(circuit, 2)
    with pytest.raises(NotAsked):
        circuit.failed()
    memory.time += 61
    circuit.ask()
    memory.time += 31
    circuit.ask()


def test_clock_set_back_does_not_keep_it_open():
    state = failed(State(failures=2, since=9_000), 10_000, PLAN)

    assert asked(state, 10_000 - 3600, PLAN)[1] == 0


def test_state_is_shared_through_redis():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        one, other = (SharedCircuit("Arxiv", shared=RedisMemory(client, "Arxiv"), own=OwnMemory(), plan=PLAN) for _ in range(2))
        fail(one, 2)
        with pytest.raises(NotAsked):
            other.failed()
        with pytest.raises(NotAsked, match="trying again"):
            one.ask()
        other.answered()
        one.ask()
        assert client.get("bzpeer:circuit:arxiv") is None


def test_without_redis_each_process_remembers_by_itself():
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    circuit = SharedCircuit("OpenAlex", shared=RedisMemory(away, "OpenAlex"), own=OwnMemory(), plan=PLAN)
    fail(circuit, 2)
    with pytest.raises(NotAsked):
        circuit.failed()
    with pytest.raises(NotAsked):
        circuit.ask()


def test_short_silence_is_told_by_its_beginning():
    assert told("arXiv", State(since=36_000), now=36_030, wait=60) == (
        "arXiv has not answered since 10:00; trying again at 10:01 UTC. The import goes on by itself."
    )
