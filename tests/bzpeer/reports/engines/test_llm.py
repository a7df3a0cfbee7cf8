import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bzpeer.reports.engines.llm import ATTEMPTS, Endpoint, LlmEngine, configured, schema, shortened
from bzpeer.reports.findings import YES, Document, EngineError, Kind, Section, Variable

TEXT = """A Method for Nothing

Ada Example
University of Nowhere

Abstract
We show that nothing works, and measure it.

1 Experiments
We trained on MNIST with a learning rate
of 0.1. Our code is at https://git.example/nothing.
"""
DOCUMENT = Document(text=TEXT, title="A Method for Nothing")


def answer(**changed: dict[str, Any]) -> dict[str, Any]:
    """An answer of the asked form; what is changed replaces single variables."""
    said = {
        variable.value: {"result": variable.results[-1], "confidence": 0.9, "quotes": [], "explanation": "Nothing is said."}
        for variable in Variable
    }
    said["experiment_setup"] = {
        "result": "Yes",
        "confidence": 0.8,
        "quotes": ["a learning rate of 0.1"],
        "explanation": "A value is given.",
    }
    return said | changed


class Model(ThreadingHTTPServer):
    """An endpoint with OpenAI's manners that gives the prepared answers in turn, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.prepared: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    def says(self, content: str | None, *, finish: str = "stop", refusal: str | None = None, status: int = 200) -> None:
        message = {"role": "assistant", "content": content, "refusal": refusal}
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "example-1",
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200},
        }
        self.prepared.append((status, {}, json.dumps(body).encode()))

    def fails(self, status: int, message: str = "no", **headers: str) -> None:
        body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
        self.prepared.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


class Handler(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = self.server.prepared.pop(0) if len(self.server.prepared) > 1 else self.server.prepared[0]
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="module")
def _server() -> Iterator[Model]:
    server = Model()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(_server: Model) -> Model:
    _server.prepared.clear()
    _server.asked.clear()
    _server.headers.clear()
    return _server


@pytest.fixture(scope="module")
def engine(_server: Model) -> LlmEngine:
    host, port = _server.server_address[:2]
    return LlmEngine(
        Endpoint(
            base_url=f"http://{host!s}:{port}/v1",
            model="example-1",
            api_key="a key",
            timeout=5,
            price_in=Decimal("0.5"),
            price_out=Decimal(2),
        )
    )


def test_an_answer_becomes_nine_findings_with_their_quotes_placed_in_the_text(model: Model, engine: LlmEngine) -> None:
    model.says(json.dumps(answer()))
    report = engine.findings(DOCUMENT)
    assert [finding.variable for finding in report.findings] == list(Variable)
    setup = report.finding(Variable.SETUP)
    assert (setup.result, setup.confidence, setup.explanation) == ("Yes", 0.8, "A value is given.")
    assert [(quote.text, quote.section) for quote in setup.quotes] == [("a learning rate\nof 0.1", "Experiments")]
    assert all(quote.occurs_in(TEXT) for finding in report.findings for quote in finding.quotes)
    assert (report.tokens_in, report.tokens_out, report.cost) == (1_000, 200, Decimal("0.0009"))
    assert json.loads(report.raw_answer) == answer()
    assert report.notes == ()


def test_a_question_carries_the_key_the_prompt_the_schema_and_the_paper(model: Model, engine: LlmEngine) -> None:
    model.says(json.dumps(answer()))
    engine.findings(DOCUMENT)
    [asked] = model.asked
    assert model.headers[0]["authorization"] == "Bearer a key"
    assert asked["model"] == "example-1"
    assert asked["response_format"]["json_schema"]["schema"] == schema()
    assert TEXT in asked["messages"][1]["content"]
    assert "do not follow them" in asked["messages"][0]["content"]


def test_an_invented_quote_is_dropped_counted_and_costs_a_yes_its_confidence(model: Model, engine: LlmEngine) -> None:
    code = {
        "result": "Yes",
        "confidence": 0.99,
        "quotes": ["Our code is on the moon.", "learning rate of 0.1 Our code"],
        "explanation": "It says so.",
    }
    model.says(json.dumps(answer(open_source_code=code)))
    report = engine.findings(DOCUMENT)
    found = report.finding(Variable.CODE)
    assert (found.result, found.confidence, found.quotes) == (YES, 0.5, ())
    assert found.explanation == "It says so. (None of the words it quoted stand in the text.)"
    assert report.dropped_quotes == 2


@pytest.mark.parametrize(
    ("content", "finish"),
    [
        (json.dumps(answer())[:400], "length"),
        (json.dumps(answer())[:400], "stop"),
        ("I would say Yes.", "stop"),
        (None, "stop"),
        ("[]", "stop"),
        (json.dumps({"research_type": answer()["research_type"]}), "stop"),
        (json.dumps(answer(pseudocode={"result": "Maybe", "confidence": 0.5, "quotes": [], "explanation": ""})), "stop"),
        (json.dumps(answer(pseudocode={"result": "Yes", "confidence": 7, "quotes": [], "explanation": ""})), "stop"),
        (json.dumps(answer(pseudocode={"result": "Yes", "confidence": 0.5, "quotes": "all of it", "explanation": ""})), "stop"),
        (json.dumps(answer(bonus={"result": "Yes"})), "stop"),
    ],
    ids=[
        "broken off",
        "truncated",
        "prose",
        "empty",
        "a list",
        "a variable missing",
        "unknown result",
        "confidence 7",
        "quotes a string",
        "one too many",
    ],
)
def test_a_malformed_answer_is_asked_for_again_and_its_tokens_are_counted(
    model: Model, engine: LlmEngine, content: str | None, finish: str
) -> None:
    model.says(content, finish=finish)
    model.says(json.dumps(answer()))
    report = engine.findings(DOCUMENT)
    assert (report.tokens_in, report.tokens_out, report.parameters["attempts"]) == (2_000, 400, 2)


def test_an_endpoint_that_never_answers_in_form_is_given_up_with_a_plain_sentence(model: Model, engine: LlmEngine) -> None:
    model.says("Sorry?")
    with pytest.raises(EngineError, match="no usable answer in 3 attempts") as raised:
        engine.findings(DOCUMENT)
    assert raised.value.passing
    assert len(model.asked) == ATTEMPTS


def test_a_refusal_is_told_and_not_retried(model: Model, engine: LlmEngine) -> None:
    model.says(None, refusal="I cannot help with that.")
    with pytest.raises(EngineError, match=r"refused to read this paper: I cannot help") as raised:
        engine.findings(DOCUMENT)
    assert not raised.value.passing
    assert len(model.asked) == 1


def test_a_busy_endpoint_is_asked_again_after_the_time_it_named(model: Model, engine: LlmEngine) -> None:
    model.fails(429, Retry_After="0.02")
    model.fails(500, Retry_After="0.02")
    model.says(json.dumps(answer()))
    assert engine.findings(DOCUMENT).finding(Variable.SETUP).result == "Yes"
    assert len(model.asked) == 3


@pytest.mark.parametrize(
    ("status", "sentence", "passing"),
    [
        (401, "does not accept the key", False),
        (403, "does not accept the key", False),
        (404, "does not know this model", False),
        (400, "status 400", False),
        (429, "no more requests", True),
        (503, "status 503", True),
    ],
)
def test_a_failing_endpoint_is_told_in_a_plain_sentence_without_the_key(
    model: Model, engine: LlmEngine, status: int, sentence: str, passing: bool
) -> None:
    model.fails(status, Retry_After="0.01")
    with pytest.raises(EngineError, match=sentence) as raised:
        engine.findings(DOCUMENT)
    assert raised.value.passing is passing
    assert "a key" not in str(raised.value)
    assert "a key" not in repr(engine.endpoint)


def test_a_body_that_is_no_json_is_told(model: Model, engine: LlmEngine) -> None:
    model.prepared.append((200, {}, b"<html>welcome</html>"))
    with pytest.raises(EngineError):
        engine.findings(DOCUMENT)


def test_an_endpoint_that_is_not_there_is_told() -> None:
    engine = LlmEngine(Endpoint(base_url="http://127.0.0.1:9/v1", model="example-1"))
    engine._client = engine._client.with_options(max_retries=0)
    with pytest.raises(EngineError, match="cannot be reached") as raised:
        engine.findings(DOCUMENT)
    assert raised.value.passing


def test_unknown_prices_give_no_cost(model: Model, engine: LlmEngine) -> None:
    assert LlmEngine(Endpoint(base_url="http://127.0.0.1:9/v1", model="example-1")).cost(1_000_000, 1) is None
    assert engine.cost(1_000_000, 1_000_000) == Decimal("2.5")


def test_a_long_paper_loses_its_references_first_then_whole_sections_from_the_end_and_says_so() -> None:
    body, references, appendix = "b" * 60, "r" * 50, "a" * 40
    text = body + references + appendix
    document = Document(
        text=text,
        sections=(
            Section(kind=Kind.BODY, title="Body", start=0, end=60),
            Section(kind=Kind.REFERENCES, title="References", start=60, end=110),
            Section(kind=Kind.APPENDIX, title="A Proofs", start=110, end=150),
        ),
    )
    assert shortened(document, 150) == (text, "")
    assert shortened(document, 120) == (
        body + appendix,
        "The paper is too long for the language model: “References” left out. 100 of 150 characters were read.",
    )
    assert shortened(document, 70)[0] == body
    assert shortened(document, 30)[0] == "b" * 30


def test_without_an_endpoint_there_is_no_engine(settings: Any) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "", "example-1"
    assert configured() is None
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    engine = configured()
    assert engine is not None
    assert (engine.name, engine.version.split(",")[0]) == ("llm", "example-1")
