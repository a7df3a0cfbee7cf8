"""Asking an upstream service politely: timeouts, bounded retries, pacing, and failures as plain sentences."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec
import requests

from works.drafts import Read
from works.sources.files import UnreadableFile

__all__ = [
    "BadQuery",
    "Client",
    "Moved",
    "NotThere",
    "Pace",
    "Page",
    "UnreadableFile",
    "UpstreamBusy",
    "UpstreamError",
    "UpstreamGarbled",
    "UpstreamRefused",
]

ATTEMPTS = 5
LONGEST_WAIT = 90.0
"""Seconds one waits here for an upstream that asks for patience; asked for more, the work is given back to be resumed later."""
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes, unpacked: it bounds what a hostile or broken answer may cost."""
_CONNECT, _READ = 10.0, 60.0
_WHOLE_ANSWER = 180.0
_USER_AGENT = "bzpeer (self-hosted scholarly portal)"

T = TypeVar("T")
Sleep = Callable[[float], None]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: its records, the cursor that continues after it (None at the end), and the total if upstream tells it."""

    reads: list[Read]
    next_cursor: str | None = None
    total: int | None = None


class BadQuery(ValueError):
    """The question itself is wrong; the message says how. Asking again does not help."""


class UpstreamError(Exception):
    """Upstream did not give the records. The message says what happened and what to do.

    `retry_after`: seconds after which trying again makes sense, None if it does not without a change.
    """

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class UpstreamRefused(UpstreamError):
    """401, 403 and other refusals: somebody has to change something first."""


class UpstreamBusy(UpstreamError):
    """429, 5xx, timeouts and lost connections that outlasted the retries: resume later from the last cursor."""


class UpstreamGarbled(UpstreamError):
    """An answer that cannot be what was asked for: HTML, truncated JSON, damaged gzip, a cursor that repeats."""


class NotThere(UpstreamError):
    """Upstream has no such record."""


class Moved(Exception):
    """A redirect. It is not followed blindly: whoever asked decides whether `location` names a merged record."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Pace:
    """At most one request per `interval` seconds in this process, whoever asks."""

    def __init__(self, interval: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, sleep: Sleep) -> None:
        """Sleep until it is this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self.interval
        if turn > now:
            sleep(turn - now)


class Client:
    """One upstream service. `parse` functions given to `get` raise UpstreamGarbled for what is not an answer."""

    def __init__(
        self,
        service: str,
        *,
        headers: Mapping[str, str] | None = None,
        refused_hint: str = "",
        pace: Pace | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.service = service
        self._refused_hint = refused_hint
        self._pace = pace
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})

    def get(self, url: str, parse: Callable[[bytes], T]) -> T:
        """Return the parsed answer; retry what may pass; raise an UpstreamError or Moved otherwise."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(url, parse)
            except (UpstreamBusy, UpstreamGarbled) as error:
                wait = _delay(attempt, error.retry_after)
                if attempt == ATTEMPTS or wait is None:
                    raise
                self._sleep(wait)

    def _once(self, url: str, parse: Callable[[bytes], T]) -> T:
        if self._pace:
            self._pace.wait(self._sleep)
        try:
            with self._session.get(url, timeout=(_CONNECT, _READ), stream=True, allow_redirects=False) as answer:
                if answer.status_code == requests.codes.ok:
                    return parse(self._body(answer))
                raise self._failure(answer)
        except requests.exceptions.ContentDecodingError as error:
            raise UpstreamGarbled(f"{self.service} sent an answer with damaged compression. Try again later.") from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise UpstreamGarbled(f"{self.service} sent an answer that breaks off. Try again later.") from error
        except requests.exceptions.Timeout as error:
            raise UpstreamBusy(f"{self.service} did not answer in time. Try again later; the import resumes where it stopped.") from error
        except requests.exceptions.ConnectionError as error:
            raise UpstreamBusy(
                f"{self.service} cannot be reached. Check the network and the configured address; the import resumes where it stopped."
            ) from error
        except requests.exceptions.RequestException as error:
            raise UpstreamRefused(f"{self.service} cannot be asked at the configured address. Check the address.") from error

    def _body(self, answer: requests.Response) -> bytes:
        started = time.monotonic()
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_content(1 << 16):
            size += len(chunk)
            if size > LONGEST_ANSWER:
                raise UpstreamRefused(f"{self.service} sent more than {LONGEST_ANSWER // 2**20} MiB in one answer. Ask for fewer records.")
            if time.monotonic() - started > _WHOLE_ANSWER:
                raise UpstreamBusy(f"{self.service} sends its answer too slowly. Try again later.")
            chunks.append(chunk)
        return b"".join(chunks)

    def _failure(self, answer: requests.Response) -> Exception:
        status = answer.status_code
        if 300 <= status < 400:
            return Moved(answer.headers.get("Location", ""))
        if status in (401, 403):
            return UpstreamRefused(f"{self.service} refused the request ({status}). {self._refused_hint}".strip())
        if status in (404, 410):
            return NotThere(f"{self.service} has no such record ({status}). Check the id.")
        if status == 429:
            return self._too_many(answer)
        if status >= 500:
            sentence = f"{self.service} has a problem of its own ({status}). Try again later; the import resumes where it stopped."
            return UpstreamBusy(sentence, retry_after=_seconds(answer.headers.get("Retry-After")))
        return UpstreamRefused(f"{self.service} did not accept the question ({status}). {_said(self._short_body(answer))}".strip())

    def _too_many(self, answer: requests.Response) -> UpstreamBusy:
        wait = _seconds(answer.headers.get("Retry-After"))
        if answer.headers.get("X-RateLimit-Remaining", "").strip() in ("0", "0.0"):
            reset = _seconds(answer.headers.get("X-RateLimit-Reset"))
            wait = max(filter(None, (wait, reset)), default=None)
            if wait and wait > LONGEST_WAIT:
                return UpstreamBusy(
                    f"{self.service}'s allowance for this key is used up (429). It is renewed in about {_spoken(wait)}; "
                    "the import resumes where it stopped.",
                    retry_after=wait,
                )
        soon = f" It asks to wait {_spoken(wait)}." if wait else ""
        return UpstreamBusy(f"{self.service} is asked too often (429).{soon} The import resumes where it stopped.", retry_after=wait)

    def _short_body(self, answer: requests.Response) -> bytes:
        try:
            return next(answer.iter_content(4096), b"")
        except requests.exceptions.RequestException:
            return b""


def _delay(attempt: int, asked: float | None) -> float | None:
    """Return how long to wait before the next attempt, None if upstream asks for more patience than we have here."""
    jitter = random.uniform(0.5, 1.5)  # noqa: S311  # spreads retries; not a secret
    own = min(2.0 ** (attempt - 1) * jitter, LONGEST_WAIT)
    if asked is None:
        return own
    return max(asked, 0.0) + jitter / 2 if asked <= LONGEST_WAIT else None


def _seconds(header: str | None) -> float | None:
    """Read Retry-After and the like: seconds, or an HTTP date."""
    text = (header or "").strip()[:60]
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        found = (moment - datetime.now(UTC)).total_seconds()
    return max(found, 0.0) if found < 1e9 else None


def _spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.0f} hours"


def _said(body: bytes) -> str:
    """Return the service's own words when they are a short JSON message."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    message = (found.get("message") or found.get("error")) if isinstance(found, dict) else None
    return f"It says: {message[:300]}" if isinstance(message, str) else ""
