"""Summaries by an endpoint that answers well, badly, late or not at all: a server of our own with the manners of the real ones."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from tests.factories.records import WorkFactory
from works import generating
from works.generating import NoEndpoint, Unusable, ask_for_summary, checked_summary, generate_due
from works.models import GeneratedSummary, Work

pytestmark = pytest.mark.django_db

ABSTRACT = (
    "Stochastic gradient descent escapes from sharp minima. We study power-law dynamics with noise that depends on the state, and show "
    "that it escapes from sharp minima exponentially faster than from flat minima. Experiments with deep networks verify the theory."
)
GOOD = "The paper studies power-law dynamics of stochastic gradient descent and shows that it leaves sharp minima faster than flat minima."


class Endpoint:
    """Gives the answers in `answers` in turn (the last one again and again), each (status, headers, body), and keeps what was asked."""

    def __init__(self):
        self.answers, self.asked, self.rest = [], [], 0.0
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.asked.append((self.path, self.headers.get("Authorization"), json.loads(body)))
                time.sleep(endpoint.rest)
                status, headers, answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"


def said(content):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return (200, {}, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})


@pytest.fixture
def endpoint(settings):
    made = Endpoint()
    settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY = made.address, "small-model", "key-of-a-test"
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def work():
    return WorkFactory(title="Power-law dynamics", abstract=ABSTRACT)


def tried(work):
    GeneratedSummary.objects.filter(work=work).update(due_at=timezone.now())
    generate_due(seconds=0.01)
    return GeneratedSummary.objects.get(work=work)


def test_summary_is_made_with_model_and_date_and_the_abstract_sent_as_data(endpoint, work):
    endpoint.answers = [said(f'"{GOOD}"')]
    ask_for_summary(work)
    made = tried(work)
    assert (made.state, made.text, made.model, made.error) == ("made", GOOD, "small-model", "")
    assert made.made_at is not None
    path, key, body = endpoint.asked[0]
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer key-of-a-test", "small-model")
    assert ABSTRACT in body["messages"][1]["content"]
    assert generate_due(seconds=5) == 0


def test_portal_without_an_endpoint_offers_none(settings, work):
    settings.LLM_BASE_URL = ""
    with pytest.raises(NoEndpoint):
        ask_for_summary(work)
    assert generate_due(seconds=5) == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, {"Retry-After": "7"}, {"error": {"message": "slow down"}}), "The endpoint asked to wait."),
        ((500, {}, {"error": {"message": "oops"}}), "The endpoint failed with status 500."),
        ((200, {}, b"<html>busy</html>"), "The endpoint's answer could not be read."),
        ((200, {}, {"choices": []}), "The endpoint's answer could not be read."),
        ((200, {"Content-Type": "text/html"}, b"<html>busy</html>"), "The endpoint's answer could not be read."),
        (said(None), "The endpoint's answer was empty."),
        (said("```json\n{}\n```"), "The endpoint's answer was not plain sentences."),
    ],
)
def test_trouble_is_tried_again_and_told(endpoint, work, answer, error):
    endpoint.answers = [answer, said(GOOD)]
    ask_for_summary(work)
    waiting = tried(work)
    assert (waiting.state, waiting.error, waiting.text) == ("waiting", error, "")
    assert waiting.due_at > timezone.now()
    assert generate_due(seconds=5) == 0
    assert tried(work).text == GOOD


def test_endpoint_that_is_late_is_tried_again(endpoint, work, monkeypatch):
    monkeypatch.setattr(generating, "TIMEOUT", 0.1)
    endpoint.rest, endpoint.answers = 0.5, [said(GOOD)]
    ask_for_summary(work)
    assert tried(work).error == "The endpoint did not answer in time."


def test_refusal_ends_it_at_once(endpoint, work):
    endpoint.answers = [(401, {}, {"error": {"message": "no such key"}})]
    ask_for_summary(work)
    given_up = tried(work)
    assert (given_up.state, given_up.error) == ("failed", "The endpoint refused with status 401.")


def test_tries_are_bounded_and_can_be_asked_for_anew(endpoint, work):
    endpoint.answers = [(503, {}, {})]
    ask_for_summary(work)
    for _ in range(generating.ATTEMPTS):
        last = tried(work)
    assert last.state == "failed"
    assert len(endpoint.asked) == generating.ATTEMPTS
    assert ask_for_summary(work).state == "waiting"


def test_answer_to_an_abstract_that_changed_meanwhile_is_dropped(endpoint, work, monkeypatch):
    endpoint.answers = [said(GOOD)]
    ask_for_summary(work)
    answer = generating._answer

    def meanwhile(asked):
        Work.objects.filter(pk=work.pk).update(abstract=ABSTRACT + " More.")
        return answer(asked)

    monkeypatch.setattr(generating, "_answer", meanwhile)
    dropped = tried(work)
    assert (dropped.state, dropped.text) == ("waiting", "")


def test_worker_that_dies_gives_its_summary_back(endpoint, work):
    ask_for_summary(work)
    taken = generating._take()
    assert taken is not None
    assert generating._take() is None
    assert GeneratedSummary.objects.get().due_at > timezone.now()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Sure! Here is it.",
        "- one\n- two",
        "<b>Bold</b> words about sharp minima noise.",
        "x " * 400,
        "Bees dance in the garden every single sunny morning.",
    ],
)
def test_what_is_no_summary_is_refused(answer):
    with pytest.raises(Unusable):
        checked_summary(answer, abstract=ABSTRACT)
