"""The lines of a plain or gzip'd file, read so that reading can stop after any line and go on there later.

A `Place` counts unpacked bytes, which are skipped without looking for lines, let alone parsing them; and it remembers
where the gzip member of that line starts, so that files of several members (as parallel compressors write) are entered there.
"""

import itertools
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from works.sources.files import LONGEST_LINE, UnreadableFile, damaged

_CHUNK = 1 << 18
_UNPACKED = 1 << 20
"""Bytes taken of an unpacked stream at a time; it bounds what a file that unpacks to a multiple may cost."""
_GZIP = 16 + zlib.MAX_WBITS


class Place(msgspec.Struct, frozen=True):
    """Where a line begins: `offset` in unpacked bytes, after `line` lines, in the gzip member that starts at `member`.

    `before_member` are the unpacked bytes before that member; `bytes` of the file itself were read to get here.
    """

    offset: int = 0
    line: int = 0
    member: int = 0
    before_member: int = 0
    bytes: int = 0


def as_cursor(place: Place, passed_over: int) -> dict[str, Any]:
    """Return a place as it is stored."""
    return {**msgspec.structs.asdict(place), "passed_over": passed_over}


def place_in(cursor: dict[str, Any]) -> Place:
    """Return the place of a stored cursor; the start for an empty one."""
    return msgspec.convert({name: cursor[name] for name in Place.__struct_fields__ if name in cursor}, Place)


class Lines:
    """Yields each line without its end. After each, `place` is where the next one begins. Use as a context manager.

    A line longer than LONGEST_LINE is given as its first LONGEST_LINE + 1 bytes.
    Raises UnreadableFile where the file breaks; every whole line before was yielded.
    """

    def __init__(self, path: Path, *, start: Place) -> None:
        self.path = path
        self.place = start
        self.is_open_ended = False
        """Whether the line given last was ended by the file and not by a newline."""
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise UnreadableFile(path, 0, f"the file cannot be opened ({error.strerror}). Check the path and its permissions.") from error
        self._is_packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(start.member)
        self._member, self._before_member = start.member, start.before_member
        self._offset = start.before_member
        self._unpacker = zlib.decompressobj(_GZIP)
        self._chunks = self._read()
        self._rest = b""

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def skip(self, *, often: Callable[[], None] = lambda: None, every: float = 5.0) -> None:
        """Go to the place given at the start; `often` is called about each `every` seconds, however slowly that goes."""
        if self._offset == self.place.offset:
            return
        told = time.monotonic()
        for chunk in self._chunks:
            beyond = self._offset - self.place.offset
            if beyond >= 0:
                self._rest = chunk[len(chunk) - beyond :]
                return
            if time.monotonic() - told >= every:
                often()
                told = time.monotonic()
        raise UnreadableFile(self.path, self.place.line, "the file is shorter than when it was read last. Import it anew.")

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines from `place` on; unless that is the start of the file, call `skip` first."""
        begun: list[bytes] = []
        length = 0
        for chunk in itertools.chain((self._rest,), self._chunks):
            *ended, rest = chunk.split(b"\n")
            for piece in ended:
                length += len(piece)
                found = b"".join((*begun, piece))[: LONGEST_LINE + 1] if begun else piece
                self._move(length + 1)
                begun, length = [], 0
                yield found
            if rest and length <= LONGEST_LINE:
                begun.append(rest)
            length += len(rest)
        if begun:
            self.is_open_ended = True
            self._move(length)
            yield b"".join(begun)[: LONGEST_LINE + 1]

    def _move(self, length: int) -> None:
        was = self.place
        self.place = Place(was.offset + length, was.line + 1, self._member, self._before_member, self._file.tell())

    def _read(self) -> Iterator[bytes]:
        """Yield the unpacked bytes in pieces and keep count of them."""
        while data := self._file.read(_CHUNK):
            try:
                yield from self._unpacked(data) if self._is_packed else self._counted(data)
            except zlib.error as error:
                raise damaged(self.path, self.place.line + 1) from error
        if self._is_packed and not self._unpacker.eof:
            raise damaged(self.path, self.place.line + 1)

    def _counted(self, data: bytes) -> Iterator[bytes]:
        self._offset += len(data)
        yield data

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._unpacker.eof:
                data = data.lstrip(b"\0")  # padding, as tapes had it
                if not data:
                    return
                self._member, self._before_member = self._file.tell() - len(data), self._offset
                self._unpacker = zlib.decompressobj(_GZIP)
            piece = self._unpacker.decompress(data, _UNPACKED)
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if piece:
                yield from self._counted(piece)
