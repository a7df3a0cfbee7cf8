"""Connections that hang, answers that drip, and what a client observes around every request."""

import time
from collections.abc import Mapping

import pytest

from tests.upstream import broken, busy, dripping, dripping_headers, hanging, refused, unavailable, unavailable_until, web_page
from works.sources import http
from works.sources.circuit import OwnMemory, Plan, SharedCircuit
from works.sources.http import Client, Manners, NotAsked, UpstreamBusy, UpstreamGarbled, UpstreamRefused, UpstreamSilent, header_seconds


def parse(body: bytes) -> bytes:
    if not body.startswith(b"{"):
        raise UpstreamGarbled("no")
    return body


def asked(upstream, *, manners: Manners | None = None, slept: list[float] | None = None) -> bytes:
    client = Client("OpenAlex", manners=manners, sleep=(slept if slept is not None else []).append)
    return client.get(f"{upstream.openalex_url}/works?search=number", parse)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(http, "READ", 0.5)
    monkeypatch.setattr(http, "CONNECT", 0.5)
    monkeypatch.setattr(http, "WHOLE_ANSWER", 0.7)
    monkeypatch.setattr(http, "ATTEMPTS", 2)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (hanging(1.2), "did not answer in time"),
        (dripping(0.02), "sends its answer too slowly"),
        (dripping_headers(0.02), "did not answer in time"),
    ],
    ids=["hangs", "drips", "drips headers"],
)
def test_answer_without_progress_is_given_up(upstream, impatient, fault, sentence):
    upstream.next_answers(fault, fault)
    began = time.monotonic()
    with pytest.raises(UpstreamSilent, match=sentence):
        asked(upstream)

    assert time.monotonic() - began < 5


def test_one_hanging_connection_is_outlasted(upstream, impatient):
    upstream.next_answers(hanging(1.2))

    assert b'"results"' in asked(upstream)


@pytest.mark.parametrize("fault", [unavailable, unavailable_until], ids=["seconds", "date"])
def test_503_with_a_time_is_waited_for(upstream, fault):
    upstream.next_answers(fault(20))
    slept: list[float] = []
    asked(upstream, slept=slept)

    assert [18 < seconds < 22 for seconds in slept] == [True]


def test_silence_opens_the_circuit_and_ends_the_asking(upstream):
    circuit = SharedCircuit("OpenAlex", shared=OwnMemory(), own=OwnMemory(), plan=Plan(failures=3))
    upstream.next_answers(*[broken(502)] * 9)
    for _ in range(2):
        with pytest.raises(NotAsked, match=r"OpenAlex has not answered since .*; trying again at"):
            asked(upstream, manners=Manners(circuit=circuit))

    assert len(upstream.asked) == 3


@pytest.mark.parametrize("fault", [busy(1), unavailable(1), refused(403), web_page()], ids=["429", "503 with a time", "403", "HTML"])
def test_an_answer_that_refuses_does_not_open_the_circuit(upstream, fault):
    circuit = SharedCircuit("OpenAlex", shared=OwnMemory(), own=OwnMemory(), plan=Plan(failures=1))
    upstream.next_answers(*[fault] * 9)
    with pytest.raises((UpstreamBusy, UpstreamRefused, UpstreamGarbled)) as caught:
        asked(upstream, manners=Manners(circuit=circuit))

    assert not isinstance(caught.value, NotAsked)
    circuit.ask()


def test_budget_is_asked_before_every_request_retries_included(upstream):
    left = [1, 2]

    def spend() -> None:
        if not left:
            raise NotAsked("Spent.", retry_after=9)
        left.pop()

    upstream.next_answers(*[broken()] * 9)
    with pytest.raises(NotAsked, match="Spent"):
        asked(upstream, manners=Manners(spend=spend))

    assert len(upstream.asked) == 2


def test_headers_of_every_answer_are_heard(upstream):
    heard: list[Mapping[str, str]] = []
    upstream.allowance = 5
    upstream.next_answers(busy(1))
    asked(upstream, manners=Manners(heard=heard.append))

    assert [each.get("X-RateLimit-Remaining") for each in heard] == [None, "4"]


class Turn:
    """Remembers what became of the connection."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def take(self, sleep: object) -> None:
        self.acts.append("take")

    def keep(self) -> None:
        self.acts.append("keep")

    def give_back(self) -> None:
        self.acts.append("give back")


def test_connection_is_free_while_a_client_waits_to_try_again(upstream):
    turn = Turn()
    upstream.next_answers(broken())
    Client("arXiv", manners=Manners(turns=turn), sleep=lambda seconds: turn.acts.append("sleep")).get(
        f"{upstream.openalex_url}/works", parse
    )

    assert turn.acts == ["take", "give back", "sleep", "take", "keep", "give back"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("12", 12), (" 1.5 ", 1.5), ("-3", 0), ("nan", None), ("", None), (None, None), ("soon", None), ("9" * 8, 7 * 86_400)],
)
def test_retry_after_is_read_within_reason(header, seconds):
    found = header_seconds(header)

    assert found == seconds


def test_moment_of_a_reset_is_told_from_seconds():
    assert header_seconds(str(time.time() + 100)) == pytest.approx(100, abs=2)
