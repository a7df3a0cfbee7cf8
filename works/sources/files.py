"""Files of JSON records as they come: plain, gzip'd or in a tar archive; lines, an array, a list answer or one object.

Whatever precedes a break is yielded first; then `UnreadableFile` says where the file breaks.
A single bad record inside a readable file becomes a `Quarantined` and the rest goes on.
"""

import contextlib
import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import orjson

from works.drafts import Quarantined

LONGEST_LINE = 32 * 1024 * 1024
"""Bytes. The largest works (thousands of authors) take about half of it; it bounds what one line may cost in memory."""

LARGEST_DOCUMENT = 256 * 1024 * 1024
"""Bytes of one JSON document that is not split into lines: it has to be held whole."""

KEPT_RAW = 64 * 1024
"""Bytes of a quarantined record that are kept for whoever looks into it."""

_GZIP_MAGIC = b"\x1f\x8b"
_TAR_MAGIC = b"ustar"
BROKEN_COMPRESSION = (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError)
# A whole string, or one bracket. Strings are matched possessively: no backtracking over hostile input.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


class UnreadableFile(Exception):
    """The file breaks at `line` (0: as a whole); what came before it was yielded. Only another copy of the file helps."""

    def __init__(self, path: Path, line: int, sentence: str) -> None:
        super().__init__(f"{path.name}, line {line}: {sentence}" if line else f"{path.name}: {sentence}")
        self.path = path
        self.line = line
        self.sentence = str(self)


class Parsed(msgspec.Struct, frozen=True):
    """One JSON value, where it stood, and its bytes when it stood alone on its line."""

    place: str
    value: object
    raw: bytes = b""


def kept_raw(found: Parsed) -> bytes:
    """Return what is kept of a record that is set aside: its bytes, else its value written as JSON, cut at KEPT_RAW."""
    return (found.raw or orjson.dumps(found.value, default=str))[:KEPT_RAW]


class NotUtf8(Exception):
    """The bytes are not UTF-8: the file was made by something else than the sources we read."""


@contextlib.contextmanager
def plain_stream(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for reading, unpacked: gzip is recognised by its first bytes, and so is a tar archive with one data file."""
    with contextlib.ExitStack() as stack:
        try:
            handle: IO[bytes] = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise UnreadableFile(path, 0, f"the file cannot be opened ({error.strerror}). Check the path and its permissions.") from error
        try:
            stream = _unpacked(handle, stack)
        except BROKEN_COMPRESSION as error:
            raise damaged(path, 1) from error
        yield stream


def _unpacked(handle: IO[bytes], stack: contextlib.ExitStack) -> IO[bytes]:
    stream = io.BufferedReader(_Raw(handle), 1 << 16)
    if stream.peek(2)[:2] == _GZIP_MAGIC:
        unpacked = gzip.GzipFile(fileobj=stream)
        stack.callback(unpacked.close)
        stream = io.BufferedReader(_Raw(unpacked), 1 << 18)
    if stream.peek(512)[257:262] != _TAR_MAGIC:
        return stream
    archive = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115  # lives as long as the stream taken from it; the stack closes it
    stack.callback(archive.close)
    for member in archive:
        inside = archive.extractfile(member) if member.isfile() and _is_data(member.name) else None
        if inside is not None:
            return _unpacked(inside, stack)
    return io.BytesIO()


def _is_data(name: str) -> bool:
    return name.endswith((".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".xml"))


class _Raw(io.RawIOBase):
    """Any readable as a raw stream, so that one buffered reader with `peek` and fast `readline` serves them all."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is not yet public in 3.11
        # One read of what lies below: a longer one would lose what it holds already when a damaged file breaks off.
        data: bytes = self._source.read1(len(buffer))  # type: ignore[union-attr]  # all that are given here are buffered
        buffer[: len(data)] = data
        return len(data)


def damaged(path: Path, line: int) -> UnreadableFile:
    return UnreadableFile(
        path, line, "the compressed file is damaged or cut off here. What came before is kept; fetch the file again to get the rest."
    )


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked, to tell its format by."""
    with plain_stream(path) as stream:
        try:
            return stream.peek(512)[:512].removeprefix(b"\xef\xbb\xbf").lstrip()  # type: ignore[attr-defined, no-any-return]  # buffered
        except BROKEN_COMPRESSION as error:
            raise damaged(path, 1) from error


def not_utf8(path: Path, line: int) -> UnreadableFile:
    """Return the refusal of a file that is not UTF-8."""
    return UnreadableFile(path, line, "the text is not UTF-8. What came before is kept; convert the file to UTF-8 and import it again.")


def numbered_lines(path: Path, stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, line with its end). A line ends at "\\n" only: JSON strings may hold U+2028 and the like.

    A line longer than LONGEST_LINE is given as its first LONGEST_LINE + 1 bytes; its rest is skipped.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LONGEST_LINE + 1)
            if not line:
                return
            yield number, line
            while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE + 1)
        except BROKEN_COMPRESSION as error:
            raise damaged(path, number) from error


def json_records(path: Path, *, start: int = 0) -> Iterator[Parsed | Quarantined]:
    """Yield the records of a JSON file in order, without the first `start` of them."""
    with plain_stream(path) as stream:
        lines = numbered_lines(path, stream)
        for number, line in lines:
            opening = line.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] if number == 1 else line.lstrip()[:1]
            if not opening:
                continue
            if opening == b"{" and len(line) <= LONGEST_LINE:
                yield from _lines_or_document(path, stream, lines, number=number, first=line.removeprefix(b"\xef\xbb\xbf"), start=start)
            elif opening in b"[{":
                yield from _document(path, stream, number, line.removeprefix(b"\xef\xbb\xbf"), start)
            else:
                raise _refusal(path, number, line)
            return


def _refusal(path: Path, number: int, line: bytes) -> UnreadableFile:
    try:
        line[:4096].decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        # A character may be cut by the 4,096 bytes looked at; that is no fault of the file.
        if error.start < min(len(line), 4096) - 4:
            return not_utf8(path, number)
    return UnreadableFile(path, number, "this is not JSON: a record starts with “{”. Check that it is the right file.")


def _lines_or_document(
    path: Path, stream: IO[bytes], lines: Iterator[tuple[int, bytes]], *, number: int, first: bytes, start: int
) -> Iterator[Parsed | Quarantined]:
    """Tell JSON lines from one object printed over several lines: in the latter the first line alone is no JSON."""
    if _is_whole(first):
        yield from _json_lines(path, lines, number, first, start)
        return
    try:
        second = stream.peek(1)[:1] if first.endswith(b"\n") else b""  # type: ignore[attr-defined]  # plain_stream gives buffered readers
    except BROKEN_COMPRESSION as error:
        raise damaged(path, number) from error
    if second == b"{":
        yield from _json_lines(path, lines, number, first, start)
    else:
        yield from _document(path, stream, number, first, start)


def _is_whole(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return _depth_after(line) <= 0
    return True


def _depth_after(text: bytes) -> int:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        match text[token.start()]:
            case 0x7B | 0x5B:
                depth += 1
            case 0x7D | 0x5D:
                depth -= 1
    return depth


def _json_lines(path: Path, lines: Iterator[tuple[int, bytes]], number: int, line: bytes, start: int) -> Iterator[Parsed | Quarantined]:
    index = 0
    while True:
        if line.strip():
            if index < start and b'"results"' not in line:
                index += 1
            else:
                for record in _records_of_line(path, number, line):
                    if index >= start:
                        yield record
                    index += 1
        following = next(lines, None)
        if following is None:
            return
        number, line = following


def _records_of_line(path: Path, number: int, line: bytes) -> Iterator[Parsed | Quarantined]:
    place = f"{path.name}, line {number}"
    if len(line) > LONGEST_LINE:
        reason = f"the line is longer than {LONGEST_LINE // 2**20} MiB"
        yield Quarantined(place=place, reason=reason, raw=line[:KEPT_RAW])
        return
    try:
        found = parse_json(place, line)
    except NotUtf8 as error:
        if number == 1:  # the whole file is something else
            raise not_utf8(path, number) from error
        found = Quarantined(place=place, reason=NOT_UTF8, raw=line[:KEPT_RAW])
    if isinstance(found, Quarantined) and not line.endswith(b"\n") and _depth_after(line) > 0:
        raise UnreadableFile(path, number, "the file breaks off in the middle of this record. What came before is kept.")
    if isinstance(found, Quarantined):
        yield found
    else:
        yield from results_or_self(found)


def parse_json(place: str, raw: bytes) -> Parsed | Quarantined:
    """Parse one record; what is no JSON, or holds what cannot be stored, is set aside."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise NotUtf8 from fault
        return Quarantined(place=place, reason=_json_fault(error), raw=raw[:KEPT_RAW])
    if b"\\u0000" in raw and holds_nul(value):
        return Quarantined(place=place, reason=NUL_REASON, raw=raw[:KEPT_RAW])
    return Parsed(place, value, raw)


NOT_JSON = "not valid JSON"
NOT_UTF8 = "the line is not UTF-8 text"
NUL_REASON = "the record holds a NUL character, which cannot be stored"


def _json_fault(error: orjson.JSONDecodeError) -> str:
    message = error.msg.lower()
    if "recursion" in message or "depth" in message:
        return "the record is nested too deeply"
    if "surrogate" in message:
        return "the record holds half of a surrogate pair, which is no character"
    return f"{NOT_JSON} at character {error.pos + 1}: {error.msg}"


def holds_nul(value: object) -> bool:
    """Tell whether any text inside a parsed JSON value holds U+0000."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            if "\x00" in current:
                return True
        elif isinstance(current, dict):
            waiting.extend(current)
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)
    return False


def results_or_self(found: Parsed) -> Iterator[Parsed]:
    """A list answer of an API stands for its results."""
    value = found.value
    if isinstance(value, dict) and "id" not in value and isinstance(value.get("results"), list):
        for position, result in enumerate(value["results"], 1):
            yield Parsed(f"{found.place}, result {position}", result)
    else:
        yield found


def _document(path: Path, stream: IO[bytes], number: int, first: bytes, start: int) -> Iterator[Parsed | Quarantined]:
    broken: Exception | None = None
    chunks = [first]
    size = len(first)
    while True:
        try:
            chunk = stream.read(1 << 20)
        except BROKEN_COMPRESSION as error:
            broken = error
            break
        if not chunk:
            break
        size += len(chunk)
        if size > LARGEST_DOCUMENT:
            limit = LARGEST_DOCUMENT // 2**20
            raise UnreadableFile(path, number, f"one JSON document of more than {limit} MiB. Write one record per line and import that.")
        chunks.append(chunk)
    text = b"".join(chunks)
    chunks.clear()
    records = _whole_document(path, text) if broken is None else None
    for index, record in enumerate(records if records is not None else _elements(path, text, number)):
        if index >= start:
            yield record
    if broken is not None:
        raise damaged(path, number + text.count(b"\n")) from broken


def _whole_document(path: Path, text: bytes) -> Iterator[Parsed | Quarantined] | None:
    """Return the records of a document that parses as a whole, None otherwise."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if b"\\u0000" in text and holds_nul(value):
        return None  # one by one, so that only the record at fault is set aside
    if isinstance(value, list):
        return (Parsed(f"{path.name}, record {position}", element) for position, element in enumerate(value, 1))
    return results_or_self(Parsed(path.name, value))


def _elements(path: Path, text: bytes, first_line: int) -> Iterator[Parsed | Quarantined]:
    """Yield the elements of the outermost array (or of "results") one by one, to the point where the text breaks."""
    opening = _array_start(text)
    if opening is None:
        yield _only_object(path, text, first_line)
        return
    line, counted = first_line, 0
    end = opening
    for position, (start, following) in enumerate(_spans(text, opening), 1):
        line += text.count(b"\n", counted, start)
        counted = start
        place = f"{path.name}, line {line}, record {position}"
        if between := text[end:start].strip(b" \t\r\n,"):
            yield Quarantined(place=place, reason="what stands before this record is no record", raw=between[:KEPT_RAW])
        end = following
        try:
            yield parse_json(place, text[start:end])
        except NotUtf8 as error:
            raise not_utf8(path, line) from error
    if _depth_after(text) > 0:
        broken_at = first_line + text.rstrip().count(b"\n")
        raise UnreadableFile(path, broken_at, "the file breaks off here. What came before is kept; fetch the file again to get the rest.")


def _array_start(text: bytes) -> int | None:
    stripped = len(text) - len(text.lstrip())
    if text[stripped : stripped + 1] == b"[":
        return stripped + 1
    results = re.search(rb'"results"\s*:\s*\[', text)
    return results.end() if results else None


def _spans(text: bytes, position: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every complete object in the array that starts before `position`."""
    depth, begin = 0, position
    for token in _STRING_OR_BRACKET.finditer(text, position):
        match text[token.start()]:
            case 0x7B | 0x5B:
                if depth == 0:
                    begin = token.start()
                depth += 1
            case 0x7D | 0x5D:
                depth -= 1
                if depth < 0:
                    return
                if depth == 0:
                    yield begin, token.end()


def _only_object(path: Path, text: bytes, first_line: int) -> Parsed | Quarantined:
    """Return the one object the document holds; refuse a document that breaks."""
    try:
        found = parse_json(path.name, text)
    except NotUtf8 as error:
        line = first_line + _line_of_bad_byte(text)
        raise not_utf8(path, line) from error
    if isinstance(found, Parsed) or _depth_after(text) == 0:
        return found
    line = first_line + text.rstrip().count(b"\n")
    raise UnreadableFile(path, line, "the file breaks off in the middle of its record.")


def _line_of_bad_byte(text: bytes) -> int:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return text.count(b"\n", 0, error.start)
    return 0
