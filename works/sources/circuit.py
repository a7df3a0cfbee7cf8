"""Leaving an upstream in peace that does not answer: closed, open for a while, one probe, then closed or open for longer.

The state is shared in Redis, so that one worker's experience serves all. Where Redis is away each process keeps its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, cast

import msgspec
import redis

from works.sources.http import NotAsked

logger = logging.getLogger(__name__)

KEPT_FOR = 7 * 86_400
"""Seconds after which Redis may forget a state that nobody changed."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When a circuit opens and for how long, in seconds. `probe`: how long the one probe may take before another one is sent."""

    failures: int = 5
    first_rest: float = 60.0
    longest_rest: float = 600.0
    probe: float = 240.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of an upstream. Times are seconds since the epoch; 0 means never."""

    failures: int = 0
    since: float = 0.0
    open_until: float = 0.0
    rest: float = 0.0
    probe_until: float = 0.0


def asked(state: State, now: float, plan: Plan) -> tuple[State, float]:
    """Return the state after a request to ask, and the seconds to wait (0: ask now). Past the rest, one asker is the probe."""
    if not state.open_until:
        return state, 0.0
    wait = max(_left(state.open_until, now, plan.longest_rest), min(_left(state.probe_until, now, plan.probe), plan.first_rest))
    return (state, wait) if wait > 0 else (msgspec.structs.replace(state, probe_until=now + plan.probe), 0.0)


def _left(until: float, now: float, longest: float) -> float:
    """Return the seconds until then; more than there can be means that the clock was set back, and counts as none."""
    return until - now if 0 < until - now <= longest else 0.0


def failed(state: State, now: float, plan: Plan) -> State:
    """Return the state after a failure; a failed probe doubles the rest. Requests that were under way change nothing."""
    if state.open_until > now:
        return state
    failures, since = state.failures + 1, state.since or now
    if failures < plan.failures:
        return State(failures=failures, since=since)
    rest = min(state.rest * 2, plan.longest_rest) if state.rest else plan.first_rest
    return State(failures=failures, since=since, open_until=now + rest, rest=rest)


class Memory(Protocol):
    """Where a state is kept, and the clock it is kept by."""

    def now(self) -> float: ...

    def state(self) -> State: ...

    def change(self, step: Callable[[State, float], State]) -> State:
        """Replace the state by what `step` makes of it, as one act; return the new one."""


class OwnMemory:
    """The state in this process alone."""

    def __init__(self) -> None:
        self._state = State()
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.time()

    def state(self) -> State:
        return self._state

    def change(self, step: Callable[[State, float], State]) -> State:
        with self._lock:
            self._state = step(self._state, self.now())
            return self._state


class RedisMemory:
    """The state shared by everybody on the same Redis, by its clock. Raises redis.RedisError."""

    def __init__(self, client: "redis.Redis", service: str) -> None:
        self._client = client
        self._key = f"bzpeer:circuit:{service.lower()}"

    def now(self) -> float:
        seconds, micros = self._client.time()
        return seconds + micros / 1_000_000

    def state(self) -> State:
        return _decoded(self._client.get(self._key))

    def change(self, step: Callable[[State, float], State]) -> State:
        with self._client.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(self._key)  # type: ignore[no-untyped-call]  # redis-py has no types here
                    before = _decoded(pipe.get(self._key))
                    after = step(before, self.now())
                    pipe.multi()
                    if after == State():
                        pipe.delete(self._key)
                    else:
                        pipe.set(self._key, msgspec.json.encode(after), ex=KEPT_FOR)
                    pipe.execute()
                except redis.WatchError:
                    continue
                return after


def _decoded(raw: object) -> State:
    try:
        return msgspec.json.decode(cast("bytes | str", raw), type=State) if raw else State()
    except msgspec.MsgspecError:
        return State()


class SharedCircuit:
    """The circuit of one upstream service."""

    def __init__(self, service: str, *, shared: Memory, own: Memory, plan: Plan | None = None) -> None:
        self._service = service
        self._shared, self._own = shared, own
        self._plan = plan or Plan()

    def ask(self) -> None:
        """Raises NotAsked, with the time of the next try, while upstream is left in peace; lets one probe through after that."""
        memory = self._memory()
        before = memory.state()
        if not before.open_until:
            return
        waits: list[float] = []

        def step(state: State, now: float) -> State:
            after, wait = asked(state, now, self._plan)
            waits.append(wait)
            return after

        after = memory.change(step)
        if waits[-1] > 0:
            raise NotAsked(told(self._service, after, now=memory.now(), wait=waits[-1]), retry_after=waits[-1])

    def answered(self) -> None:
        """Close the circuit."""
        memory = self._memory()
        if memory.state() != State():
            memory.change(lambda state, now: State())

    def failed(self) -> None:
        """Count a failure. Raises NotAsked when it opened the circuit."""
        memory = self._memory()
        after = memory.change(lambda state, now: failed(state, now, self._plan))
        if after.open_until:
            now = memory.now()
            wait = max(after.open_until - now, 0.0)
            raise NotAsked(told(self._service, after, now=now, wait=wait), retry_after=wait)

    def state(self) -> tuple[State, float]:
        """Return the state and the time by the same clock."""
        memory = self._memory()
        return memory.state(), memory.now()

    def _memory(self) -> Memory:
        try:
            self._shared.now()
        except redis.RedisError as error:
            logger.debug("Redis is away; this process remembers by itself which upstream answers: %s", type(error).__name__)
            return self._own
        return self._shared


def told(service: str, state: State, *, now: float, wait: float) -> str:
    """Return an open circuit as a sentence, with times in UTC."""
    silent = max(now - state.since, 0.0)
    since = f"for {silent / 60:.0f} minutes" if silent >= 90 else f"since {_clock(state.since)}"
    return f"{service} has not answered {since}; trying again at {_clock(now + wait)} UTC. The import goes on by itself."


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
