"""The optional engine: one question to a language model behind an endpoint with OpenAI's manners, answered in a fixed form.

What the model says is never trusted: the form is checked, every quote is looked for in the text, and one that is not
there is dropped and counted.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import openai
import structlog
from django.conf import settings

from bzpeer.reports.engines.reading import sections_of
from bzpeer.reports.findings import (
    YES,
    Document,
    EngineError,
    Finding,
    Kind,
    Quote,
    Report,
    Section,
    Variable,
    verified,
)

PROMPT = Path(__file__).with_name("llm_prompt.md").read_text(encoding="utf-8")
PROMPT_VERSION = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
ATTEMPTS = 3
"""How often a malformed answer is asked for again; errors of the line are retried by the client."""
RETRIES = 4
MOST_QUOTES = 3
MOST_ANSWERED = 8_000
"""Tokens of one answer."""
UNPROVEN = 0.5
"""The most confidence that is left to a Yes none of whose quotes stands in the text."""

_log = structlog.get_logger(__name__)
_SPACE = re.compile(r"\s+")
_DROPPED_FIRST = (Kind.REFERENCES, Kind.CHECKLIST, Kind.ACKNOWLEDGEMENTS)


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    result: str
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    quotes: list[str]
    explanation: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the model is, and what a million tokens read and written cost in US dollars (None: not known)."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 180.0
    longest_text: int = 240_000
    price_in: Decimal | None = None
    price_out: Decimal | None = None


@dataclass
class _Spent:
    """Tokens of all attempts, the failed ones as well."""

    tokens_in: int = 0
    tokens_out: int = 0
    attempts: int = 0


def configured() -> "LlmEngine | None":
    """Return the engine that the settings describe, None where no endpoint or model is set."""
    if not settings.LLM_BASE_URL or not settings.LLM_MODEL:
        return None
    return LlmEngine(
        Endpoint(
            base_url=settings.LLM_BASE_URL,
            model=settings.LLM_MODEL,
            api_key=settings.LLM_API_KEY,
            timeout=settings.LLM_TIMEOUT,
            longest_text=settings.LLM_LONGEST_TEXT,
            price_in=settings.LLM_PRICE_IN,
            price_out=settings.LLM_PRICE_OUT,
        )
    )


class LlmEngine:
    """Asks a language model; see `bzpeer.reports.findings.Engine`."""

    name = "llm"

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.version = f"{endpoint.model}, prompt {PROMPT_VERSION}"
        self._client = openai.OpenAI(
            base_url=endpoint.base_url, api_key=endpoint.api_key or "none", timeout=endpoint.timeout, max_retries=RETRIES
        )

    def findings(self, document: Document) -> Report:
        """Ask once, and again after a malformed answer; raises `EngineError` where no usable answer came."""
        sent, cut = shortened(document, self.endpoint.longest_text)
        spent = _Spent()
        raw, answers = self._answers(sent, spent)
        found, missing = _findings(answers, document)
        found, wrong = verified(found, document)
        return Report(
            findings=found,
            dropped_quotes=missing + wrong,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            cost=self.cost(spent.tokens_in, spent.tokens_out),
            raw_answer=raw,
            notes=(cut,) if cut else (),
            parameters={
                "model": self.endpoint.model,
                "prompt": PROMPT_VERSION,
                "temperature": 0,
                "attempts": spent.attempts,
                "characters": len(sent),
            },
        )

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal | None:
        """Return US dollars, None where a price is not known."""
        if self.endpoint.price_in is None or self.endpoint.price_out is None:
            return None
        return (tokens_in * self.endpoint.price_in + tokens_out * self.endpoint.price_out) / 1_000_000

    def _answers(self, text: str, spent: _Spent) -> tuple[str, Mapping[Variable, _Answer]]:
        problem = ""
        for _ in range(ATTEMPTS):
            raw, finished = self._asked(text, spent)
            try:
                return raw, _decoded(raw, finished=finished)
            except MalformedAnswer as error:
                problem = str(error)
                _log.warning("The language model's answer had not the asked form", problem=problem, attempt=spent.attempts)
        raise EngineError(f"The language model gave no usable answer in {ATTEMPTS} attempts: {problem}", passing=True)

    def _asked(self, text: str, spent: _Spent) -> tuple[str, bool]:
        """Ask once; return the words of the answer and whether the model finished it."""
        spent.attempts += 1
        try:
            answer = self._client.chat.completions.create(
                model=self.endpoint.model,
                temperature=0,
                max_tokens=MOST_ANSWERED,
                messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": f"BEGIN PAPER\n{text}\nEND PAPER"}],
                response_format={"type": "json_schema", "json_schema": {"name": "reproducibility", "strict": True, "schema": schema()}},
            )
        except openai.OpenAIError as error:
            raise _engine_error(error) from error
        except ValueError as error:  # a body that is no JSON at all
            raise EngineError("The language model's endpoint answered with something that is not JSON.", passing=True) from error
        if answer.usage is not None:
            spent.tokens_in += answer.usage.prompt_tokens
            spent.tokens_out += answer.usage.completion_tokens
        if not answer.choices:
            return "", False
        choice = answer.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise EngineError(
                f"The language model refused to read this paper: {(choice.message.refusal or 'its content filter stopped it')[:300]}"
            )
        return choice.message.content or "", choice.finish_reason != "length"


class MalformedAnswer(Exception):
    """An answer that is not of the asked form; asking again may help."""


_FAILURES: Sequence[tuple[type[openai.OpenAIError], str, bool]] = (
    (openai.APITimeoutError, "The language model did not answer in time.", True),
    (openai.APIConnectionError, "The language model's endpoint cannot be reached.", True),
    (openai.RateLimitError, "The language model's endpoint takes no more requests at the moment.", True),
    (openai.AuthenticationError, "The language model's endpoint does not accept the key (LLM_API_KEY).", False),
    (openai.PermissionDeniedError, "The language model's endpoint does not accept the key (LLM_API_KEY).", False),
    (openai.NotFoundError, "The language model's endpoint does not know this model or address (LLM_MODEL, LLM_BASE_URL).", False),
)
"""What went wrong, the plain sentence for it, and whether retrying helps."""


def _engine_error(error: openai.OpenAIError) -> EngineError:
    for kind, sentence, passing in _FAILURES:
        if isinstance(error, kind):
            return EngineError(sentence, passing=passing)
    if isinstance(error, openai.APIStatusError):
        return EngineError(f"The language model's endpoint answered with status {error.status_code}.", passing=error.status_code >= 500)
    return EngineError("The language model's endpoint answered with something that is no answer.", passing=True)


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer: the nine variables, all required, nothing else."""
    answers = {
        variable.value: {
            "type": "object",
            "properties": {
                "result": {"type": "string", "enum": list(variable.results)},
                "confidence": {"type": "number"},
                "quotes": {"type": "array", "items": {"type": "string"}},
                "explanation": {"type": "string"},
            },
            "required": ["result", "confidence", "quotes", "explanation"],
            "additionalProperties": False,
        }
        for variable in Variable
    }
    return {"type": "object", "properties": answers, "required": list(answers), "additionalProperties": False}


def _decoded(raw: str, *, finished: bool) -> Mapping[Variable, _Answer]:
    if not finished:
        raise MalformedAnswer("it broke off")
    try:
        answers = msgspec.json.decode(raw, type=dict[str, _Answer])
    except msgspec.DecodeError as error:
        raise MalformedAnswer(f"it is not of the asked form ({error})") from error
    if missing := [variable.value for variable in Variable if variable.value not in answers]:
        raise MalformedAnswer(f"it lacks {missing[0]}")
    known = {variable: answers[variable.value] for variable in Variable}
    for variable, answer in known.items():
        if answer.result not in variable.results:
            raise MalformedAnswer(f"{json.dumps(answer.result)[:60]} is no result of {variable.value}")
    return known


def _findings(answers: Mapping[Variable, _Answer], document: Document) -> tuple[tuple[Finding, ...], int]:
    places = _Places(document)
    found, dropped = [], 0
    for variable, answer in answers.items():
        quotes = [places.quote(words) for words in answer.quotes[:MOST_QUOTES]]
        kept = tuple(quote for quote in quotes if quote is not None)
        dropped += len(quotes) - len(kept)
        unproven = answer.result == YES and not kept
        explanation = _SPACE.sub(" ", answer.explanation).strip()[:1_000]
        if unproven:
            explanation = (
                f"{explanation} (None of the words it quoted stand in the text.)".strip()
                if answer.quotes
                else f"{explanation} (It quoted nothing.)".strip()
            )
        found.append(
            Finding(
                variable=variable,
                result=answer.result,
                confidence=min(answer.confidence, UNPROVEN) if unproven else answer.confidence,
                quotes=kept,
                explanation=explanation,
            )
        )
    return tuple(found), dropped


class _Places:
    """Finds words in a text whatever the white space between them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.sections = document.sections or sections_of(document.text)
        squeezed, self.offsets = [], []
        for match in re.finditer(r"\S+|\s+", document.text):
            if match.group()[0].isspace():
                squeezed.append(" ")
                self.offsets.append(match.start())
            else:
                squeezed.append(match.group())
                self.offsets.extend(range(match.start(), match.end()))
        self.squeezed = "".join(squeezed)

    def quote(self, words: str) -> Quote | None:
        """Return the first place of these words, None where they do not stand in the text."""
        wanted = _SPACE.sub(" ", words).strip()
        at = self.squeezed.find(wanted) if wanted else -1
        if at < 0:
            return None
        start, end = self.offsets[at], self.offsets[at + len(wanted) - 1] + 1
        section = next((section.title for section in self.sections if section.start <= start < section.end), "")
        return Quote(start=start, end=end, text=self.document.text[start:end], section=section)


def shortened(document: Document, longest: int) -> tuple[str, str]:
    """Return what is sent of a paper and a plain sentence on what was left out ("" if nothing).

    Where a paper is too long, references, checklist and thanks go first, then whole sections from the end; a single
    section that is too long alone is cut.
    """
    text = document.text
    if len(text) <= longest:
        return text, ""
    sections = list(document.sections or sections_of(text))
    kept = [section for section in sections if section.kind not in _DROPPED_FIRST]
    while len(kept) > 1 and sum(section.end - section.start for section in kept) > longest:
        kept.pop()
    sent = "".join(text[section.start : section.end] for section in kept)[:longest]
    return (
        sent,
        f"The paper is too long for the language model: {_left_out(sections, kept)} {len(sent):,} of {len(text):,} characters were read.",
    )


def _left_out(sections: Sequence[Section], kept: Sequence[Section]) -> str:
    left = [section.title or section.kind.value for section in sections if section not in kept]
    if not left:
        return "its end was left out."
    named = ", ".join(f"“{title[:60]}”" for title in left[:4])
    return f"{named}{f' and {len(left) - 4} more sections' if len(left) > 4 else ''} left out."
