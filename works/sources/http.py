"""Asking an upstream service politely: timeouts, bounded retries, pacing, and failures as plain sentences."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from works.drafts import Read
from works.sources.files import UnreadableFile

__all__ = [
    "BadQuery",
    "Client",
    "Gone",
    "Manners",
    "Moved",
    "NotAsked",
    "NotThere",
    "Pace",
    "Page",
    "Spent",
    "UnreadableFile",
    "UpstreamBusy",
    "UpstreamError",
    "UpstreamGarbled",
    "UpstreamRefused",
    "UpstreamSilent",
]

ATTEMPTS = 5
LONGEST_WAIT = 90.0
"""Seconds one waits here for an upstream that asks for patience; asked for more, the work is given back to be resumed later."""
LONGEST_PATIENCE = 7 * 86_400.0
"""Seconds; nobody who asks for more means it."""
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes, unpacked: it bounds what a hostile or broken answer may cost."""
CONNECT, READ = 10.0, 60.0
"""Seconds to reach upstream, and between two pieces of its answer: a connection that makes no progress is given up."""
WHOLE_ANSWER = 180.0
"""Seconds one answer may take however steadily it drips."""
_USER_AGENT = "bzpeer (self-hosted scholarly portal)"

T = TypeVar("T")
Sleep = Callable[[float], None]


class Gone(msgspec.Struct, frozen=True):
    """Upstream had this record ("openalex:W…", "arxiv:…") and says that it has it no longer."""

    key: str
    reason: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: its records, the cursor that continues after it (None at the end), and the total if upstream tells it.

    `gone` are records upstream has no longer; `notes` are sentences about the whole question.
    """

    reads: list[Read]
    next_cursor: str | None = None
    total: int | None = None
    gone: tuple[Gone, ...] = ()
    notes: tuple[str, ...] = ()


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
    """401, 403 and other refusals: somebody has to change something first. `status`: the answer's, None where there was none."""

    def __init__(self, sentence: str, *, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.status = status


class UpstreamBusy(UpstreamError):
    """429, 5xx, timeouts and lost connections that outlasted the retries: resume later from the last cursor."""


class UpstreamSilent(UpstreamBusy):
    """No answer, or one of a broken server: what opens a circuit. 429, and 503 with a time, are answers."""


class NotAsked(UpstreamBusy):
    """Our own manners forbid asking now; nothing was sent. `retry_after` says when they may allow it."""


class Spent(NotAsked):
    """The budget given for this kind of question is used up."""


class UpstreamGarbled(UpstreamError):
    """An answer that cannot be what was asked for: HTML, truncated JSON, damaged gzip, a cursor that repeats."""


class NotThere(UpstreamError):
    """Upstream has no such record: 404, or 410 if it had one."""

    def __init__(self, sentence: str, *, status: int = 404) -> None:
        super().__init__(sentence)
        self.status = status


class Moved(Exception):
    """A redirect. It is not followed blindly: whoever asked decides whether `location` names a merged record."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Turns(Protocol):
    """Who may ask when, and one connection at a time."""

    def take(self, sleep: Sleep) -> None:
        """Wait for this caller's turn. Raises NotAsked if it cannot be known."""

    def keep(self) -> None:
        """Say that the connection is still in use."""

    def give_back(self) -> None:
        """Say that the connection is free."""


class Circuit(Protocol):
    """Remembers that an upstream does not answer, so that not every worker finds out for itself."""

    def ask(self) -> None:
        """Raises NotAsked while upstream is left in peace."""

    def answered(self) -> None:
        """Upstream answered, be it with a refusal."""

    def failed(self) -> None:
        """Upstream did not answer."""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """What is observed around every request, retries included.

    `heard` is given each answer's headers; `spend` is called right before a request and raises Spent if there is no budget for it.
    """

    turns: Turns | None = None
    circuit: Circuit | None = None
    heard: Callable[[Mapping[str, str]], None] | None = None
    spend: Callable[[], None] | None = None


class Pace:
    """Turns of one process: one request at a time, the next at least `interval` seconds after the last began."""

    def __init__(self, interval: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.interval = interval
        self._clock = clock
        self._connection = threading.Lock()
        self._next = 0.0

    def take(self, sleep: Sleep) -> None:
        self._connection.acquire()
        try:
            while (wait := self._next - self._clock()) > 0:
                sleep(wait)
        except BaseException:
            self._connection.release()
            raise
        self._next = self._clock() + self.interval

    def keep(self) -> None:
        """Nothing ends a turn but its owner."""

    def give_back(self) -> None:
        self._connection.release()


class _WatchedLines(HTTPAdapter):
    """Connections that can be cut from outside the thread that waits for them."""

    def __init__(self) -> None:
        self._open: socket.socket | None = None
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        remember = self._remember

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                remember(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                remember(self.sock)

        pools = {"http": (HTTPConnectionPool, Plain), "https": (HTTPSConnectionPool, Secure)}
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": connection}) for scheme, (pool, connection) in pools.items()
        }

    def _remember(self, line: Any) -> None:
        self._open = line

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """End the connection if what is done with it takes longer, whatever the answer seemed to be. Raises TimeoutError then."""
        cut = threading.Event()
        watch = threading.Timer(seconds, self._cut, (cut,))
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            if cut.is_set():
                raise TimeoutError

    def _cut(self, cut: threading.Event) -> None:
        cut.set()
        with suppress(OSError):
            if self._open is not None:
                self._open.shutdown(socket.SHUT_RDWR)


class Client:
    """One upstream service. `parse` functions given to `get` raise UpstreamGarbled for what is not an answer."""

    def __init__(
        self,
        service: str,
        *,
        headers: Mapping[str, str] | None = None,
        refused_hint: str = "",
        manners: Manners | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.service = service
        self._refused_hint = refused_hint
        self._manners = manners or Manners()
        self._sleep = sleep
        self._session = requests.Session()
        self._lines = _WatchedLines()
        self._session.mount("https://", self._lines)
        self._session.mount("http://", self._lines)
        self._session.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip", **(headers or {})})

    def get(self, url: str, parse: Callable[[bytes], T]) -> T:
        """Return the parsed answer; retry what may pass; raise an UpstreamError or Moved otherwise."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return parse(self._asked(url))
            except NotAsked:
                raise
            except (UpstreamBusy, UpstreamGarbled) as error:
                wait = _delay(attempt, error.retry_after)
                if attempt == ATTEMPTS or wait is None:
                    raise
                self._sleep(wait)

    def _asked(self, url: str) -> bytes:
        """Ask once, within the manners, and tell the circuit how it went."""
        circuit = self._manners.circuit
        if circuit is None:
            return self._once(url)
        circuit.ask()
        try:
            body = self._once(url)
        except NotAsked:
            raise
        except UpstreamSilent:
            circuit.failed()
            raise
        except Exception:
            circuit.answered()
            raise
        circuit.answered()
        return body

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._manners.turns is None:
            yield
            return
        self._manners.turns.take(self._sleep)
        try:
            yield
        finally:
            self._manners.turns.give_back()

    def _once(self, url: str) -> bytes:
        with self._turn():
            if self._manners.spend:
                self._manners.spend()
            try:
                return self._answer(url)
            except requests.exceptions.ContentDecodingError as error:
                raise UpstreamGarbled(f"{self.service} sent an answer with damaged compression. Try again later.") from error
            except requests.exceptions.ChunkedEncodingError as error:
                raise UpstreamGarbled(f"{self.service} sent an answer that breaks off. Try again later.") from error
            except (requests.exceptions.Timeout, TimeoutError) as error:
                raise UpstreamSilent(
                    f"{self.service} did not answer in time. Try again later; the import resumes where it stopped."
                ) from error
            except requests.exceptions.ConnectionError as error:
                raise UpstreamSilent(
                    f"{self.service} cannot be reached. Check the network and the configured address; the import resumes where it stopped."
                ) from error
            except requests.exceptions.RequestException as error:
                raise UpstreamRefused(f"{self.service} cannot be asked at the configured address. Check the address.") from error

    def _answer(self, url: str) -> bytes:
        started = time.monotonic()
        # The time limit in _body is met by pieces of the body; a server that drips its headers sends none.
        with (
            self._lines.cut_after(CONNECT + WHOLE_ANSWER),
            self._session.get(url, timeout=(CONNECT, READ), stream=True, allow_redirects=False) as answer,
        ):
            if self._manners.heard:
                self._manners.heard(answer.headers)
            if answer.status_code == requests.codes.ok:
                return self._body(answer, started)
            raise self._failure(answer)

    def _body(self, answer: requests.Response, started: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in _pieces(answer):
            size += len(chunk)
            if size > LONGEST_ANSWER:
                raise UpstreamRefused(f"{self.service} sent more than {LONGEST_ANSWER // 2**20} MiB in one answer. Ask for fewer records.")
            if time.monotonic() - started > WHOLE_ANSWER:
                raise UpstreamSilent(f"{self.service} sends its answer too slowly. Try again later; the import resumes where it stopped.")
            if self._manners.turns:
                self._manners.turns.keep()
            chunks.append(chunk)
        return b"".join(chunks)

    def _failure(self, answer: requests.Response) -> Exception:
        status = answer.status_code
        if 300 <= status < 400:
            return Moved(answer.headers.get("Location", ""))
        if status == 429:
            return self._too_many(answer)
        if status >= 500:
            return self._broken(status, header_seconds(answer.headers.get("Retry-After")))
        if status in (404, 410):
            return NotThere(f"{self.service} has no such record ({status}). Check the id.", status=status)
        if status in (401, 403):
            return UpstreamRefused(f"{self.service} refused the request ({status}). {self._refused_hint}".strip())
        said = _said(self._short_body(answer))
        return UpstreamRefused(f"{self.service} did not accept the question ({status}). {said}".strip(), status=status)

    def _broken(self, status: int, wait: float | None) -> UpstreamBusy:
        if status == 503 and wait is not None:
            return UpstreamBusy(f"{self.service} asks to wait {spoken(wait)} (503). The import resumes where it stopped.", retry_after=wait)
        sentence = f"{self.service} has a problem of its own ({status}). Try again later; the import resumes where it stopped."
        return UpstreamSilent(sentence, retry_after=wait)

    def _too_many(self, answer: requests.Response) -> UpstreamBusy:
        wait = header_seconds(answer.headers.get("Retry-After"))
        if answer.headers.get("X-RateLimit-Remaining", "").strip() in ("0", "0.0"):
            reset = header_seconds(answer.headers.get("X-RateLimit-Reset"))
            wait = max(filter(None, (wait, reset)), default=None)
            if wait and wait > LONGEST_WAIT:
                return UpstreamBusy(
                    f"{self.service}'s allowance for this key is used up (429). It is renewed in about {spoken(wait)}; "
                    "the import resumes where it stopped.",
                    retry_after=wait,
                )
        soon = f" It asks to wait {spoken(wait)}." if wait else ""
        return UpstreamBusy(f"{self.service} is asked too often (429).{soon} The import resumes where it stopped.", retry_after=wait)

    def _short_body(self, answer: requests.Response) -> bytes:
        try:
            return next(answer.iter_content(4096), b"")
        except requests.exceptions.RequestException:
            return b""


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """Yield an answer unpacked, each piece as soon as it is there: who waits for whole blocks cannot see how slowly they fill."""
    try:
        while piece := answer.raw.read1(1 << 16, decode_content=True):
            yield piece
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


def _delay(attempt: int, asked: float | None) -> float | None:
    """Return how long to wait before the next attempt, None if upstream asks for more patience than we have here."""
    jitter = random.uniform(0.5, 1.5)  # noqa: S311  # spreads retries; not a secret
    own = min(2.0 ** (attempt - 1) * jitter, LONGEST_WAIT)
    if asked is None:
        return own
    return max(asked, 0.0) + jitter / 2 if asked <= LONGEST_WAIT else None


def header_seconds(header: str | None) -> float | None:
    """Return the seconds that Retry-After and the like ask for: given as seconds, as a moment (since 1970) or as an HTTP date."""
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
        found = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    found -= time.time() if found > _A_MOMENT else 0.0
    return min(max(found, 0.0), LONGEST_PATIENCE) if found == found else None  # noqa: PLR0124  # not so for NaN


_A_MOMENT = 10.0**8


def spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.0f} hours"


_SAID_UNDER = ("message", "error", "user-message")


def _said(body: bytes) -> str:
    """Return the service's own words when they are a short JSON message."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    message = next((found[name] for name in _SAID_UNDER if found.get(name)), None) if isinstance(found, dict) else None
    return f"It says: {message[:300]}" if isinstance(message, str) else ""
