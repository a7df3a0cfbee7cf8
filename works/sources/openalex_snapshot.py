"""OpenAlex's snapshot: a folder for each kind of record with dated partitions of gzip'd JSON lines, a manifest, merged ids.

    works/manifest    works/updated_date=2025-11-06/part_000.gz    merged_ids/authors/2025-11-06.csv.gz

The manifest may be absent. Files it does not name are read, too; files it names that are not there are told.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson

from works.drafts import Line, Quarantined, Read, mark_of
from works.sources.files import KEPT_RAW, LONGEST_LINE, NotUtf8, Parsed, UnreadableFile, not_utf8, parse_json
from works.sources.lines import Lines, Place, as_cursor
from works.sources.openalex import drafted

KINDS = ("topics", "institutions", "sources", "funders", "authors", "works")
"""The kinds of records we read, in the order that meets each record whole before others mention it."""
MERGED_IDS = "merged_ids"


class NoSnapshot(Exception):
    """The folder is not a snapshot. The message says what is missing."""


class SnapshotFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the snapshot. `size` and `records` are what the manifest tells, else the file's size and None."""

    path: str
    kind: str
    size: int
    records: int | None = None
    is_there: bool = True


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds. `remarks` are sentences about what is odd; `passed_over` names folders that are not read."""

    root: Path
    files: tuple[SnapshotFile, ...]
    remarks: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    def of(self, kind: str) -> list[SnapshotFile]:
        """Return the files of a kind that are there."""
        return [file for file in self.files if file.kind == kind and file.is_there]


# --- the folder -------------------------------------------------------------------------------------


def snapshot_in(folder: Path) -> Snapshot:
    """Return what lies in `folder` or its `data`. Raises NoSnapshot."""
    root = next((each for each in (folder, folder / "data") if _looks_right(each)), None)
    if root is None:
        raise NoSnapshot(_what_is_wrong(folder))
    files: list[SnapshotFile] = []
    remarks: list[str] = []
    for kind in KINDS:
        if (root / kind).is_dir():
            found, odd = _files_of(root, kind)
            files += found
            remarks += odd
    files += _merged_files(root)
    if not any(file.is_there for file in files):
        raise NoSnapshot(f"{root} holds no file of records: expected {KINDS[-1]}/updated_date=…/part_000.gz and the like.")
    others = sorted(each.name for each in root.iterdir() if each.is_dir() and each.name not in (*KINDS, MERGED_IDS))
    return Snapshot(root=root.resolve(), files=tuple(files), remarks=tuple(remarks), passed_over=tuple(others))


def _looks_right(folder: Path) -> bool:
    return any((folder / kind).is_dir() for kind in KINDS)


def _what_is_wrong(folder: Path) -> str:
    if not folder.exists():
        return f"There is no folder {folder}."
    if not folder.is_dir():
        return f"{folder} is a file; --snapshot takes the folder of an OpenAlex snapshot. Use --file to read single files."
    return f"{folder} is no OpenAlex snapshot: none of the folders {', '.join(KINDS)} is in it or in its data folder."


def _files_of(root: Path, kind: str) -> tuple[list[SnapshotFile], list[str]]:
    told, remarks = _manifest(root, kind)
    there = {path.relative_to(root).as_posix(): path.stat().st_size for path in _parts_below(root / kind)}
    files = [SnapshotFile(path=path, kind=kind, size=told.get(path, (size, None))[0], records=told.get(path, (size, None))[1])
             for path, size in there.items()]  # fmt: skip
    files += [
        SnapshotFile(path=path, kind=kind, size=size, records=records, is_there=False)
        for path, (size, records) in told.items()
        if path not in there
    ]
    unnamed = [path for path in there if told and path not in told]
    if unnamed:
        others = f" and {len(unnamed) - 1:,} more are" if unnamed[1:] else " is"
        they_are = "they are" if unnamed[1:] else "it is"
        remarks.append(f"{unnamed[0]}{others} not named in the manifest of {kind}; {they_are} read all the same.")
    return sorted(files, key=lambda file: file.path), remarks


def _parts_below(folder: Path) -> list[Path]:
    """Return the files of all partitions; an unpacked copy beside a packed file is the same records again."""
    found = [path for path in folder.glob("updated_date=*/part_*") if path.is_file()]
    names = {str(path) for path in found}
    return [path for path in found if path.suffix == ".gz" or (not path.suffix and f"{path}.gz" not in names)]


def _manifest(root: Path, kind: str) -> tuple[dict[str, tuple[int, int | None]], list[str]]:
    """Return (size, records) by path as the manifest tells them, and what is wrong with it."""
    try:
        text = (root / kind / "manifest").read_bytes()
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"The manifest of {kind} cannot be read ({error.strerror}); the files are taken as they are."]
    try:
        entries = msgspec.json.decode(text, type=_Manifest).entries
    except msgspec.DecodeError as error:
        return {}, [f"The manifest of {kind} is not as expected ({error}); the files are taken as they are."]
    paths = {f"{kind}/{entry.url.rpartition(f'/{kind}/')[2]}": entry.meta for entry in entries}
    return {path: (meta.content_length, meta.record_count) for path, meta in paths.items() if ".." not in path}, []


class _Meta(msgspec.Struct):
    content_length: int
    record_count: int | None = None


class _Entry(msgspec.Struct):
    url: str
    meta: _Meta


class _Manifest(msgspec.Struct):
    entries: list[_Entry]


def _merged_files(root: Path) -> list[SnapshotFile]:
    """Return the lists of merged ids in the order of their dates: a later one may go on from an earlier one."""
    found = [path for path in (root / MERGED_IDS).glob("*/*.csv*") if path.is_file() and path.name.endswith((".csv", ".csv.gz"))]
    names = {str(path) for path in found}
    alone = [path for path in found if path.suffix == ".gz" or f"{path}.gz" not in names]
    return [
        SnapshotFile(path=path.relative_to(root).as_posix(), kind=MERGED_IDS, size=path.stat().st_size)
        for path in sorted(alone, key=lambda path: (path.name, path.parent.name))
    ]


# --- the records of a file --------------------------------------------------------------------------

Chosen = Callable[[bytes], bool]
"""Tells from a line whether its record may be wanted. It is right when it says no."""
ChosenParsed = Callable[[Any], bool]
"""Tells from a parsed record whether it is wanted."""


class PartReader:
    """Reads a file's records from a place on and remembers, for each that it gave away, the place after it."""

    def __init__(
        self, lines: Lines, *, name: str, passed_over: int = 0, maybe: Chosen | None = None, surely: ChosenParsed | None = None
    ) -> None:
        self.name = name
        self.is_over = False
        self.passed_over = passed_over
        self._lines = lines
        self._iterator = iter(lines)
        self._maybe, self._surely = maybe, surely
        self._after: deque[tuple[Place, int]] = deque()
        self._forgotten = 0
        self._last = (lines.place, passed_over)

    def reads(self, *, until: float) -> Iterator[Read | Line]:
        """Yield what the records say, or lines still to be parsed, until the file is over or `until` (by time.monotonic)
        has come, one line at least.

        Raises UnreadableFile where the file breaks.
        """
        self._forgotten = 0
        self._after.clear()
        for line in self._iterator:
            found = self._read(line)
            if found is not None:
                self._after.append((self._lines.place, self.passed_over))
                yield found
            if time.monotonic() >= until:
                return
        self.is_over = True

    def place_of_last(self) -> str:
        """Name the line that was given away last, for people."""
        return f"{self.name}, line {self._lines.place.line:,}"

    def after(self, taken: int) -> dict[str, Any]:
        """Return, as a cursor, the place after the first `taken` records of this call of `reads`."""
        while self._forgotten < taken:
            self._last = self._after.popleft()
            self._forgotten += 1
        return as_cursor(*self._last)

    def here(self) -> dict[str, Any]:
        """Return, as a cursor, the place that reading has come to. Everything before must have been taken."""
        return as_cursor(self._lines.place, self.passed_over)

    def _read(self, line: bytes) -> Read | Line | None:
        if not line or line.isspace():
            return None
        if self._maybe and not self._maybe(line):
            self.passed_over += 1
            return None
        place, number = self.place_of_last(), self._lines.place.line
        if len(line) > LONGEST_LINE:
            reason = f"the line is longer than {LONGEST_LINE // 2**20} MiB"
            return Quarantined(place=place, reason=reason, raw=line[:KEPT_RAW])
        own = None if self._surely or self._lines.is_open_ended else _OWN_ID.match(line)
        if own:
            parse = partial(self._parsed, line, place, number)
            return Line(key=f"openalex:{own[1].decode()}", mark=mark_of(line), size=len(line), parse=lambda: drafted_or_set_aside(parse()))
        return self._read_now(self._parsed(line, place, number))

    def _read_now(self, found: Parsed | Quarantined) -> Read | None:
        if isinstance(found, Quarantined) and self._lines.is_open_ended:
            sentence = "the file breaks off in the middle of this record. What came before is kept."
            raise UnreadableFile(self._lines.path, self._lines.place.line, sentence)
        if isinstance(found, Parsed) and self._surely and not self._surely(found.value):
            self.passed_over += 1
            return None
        return drafted_or_set_aside(found)

    def _parsed(self, line: bytes, place: str, number: int) -> Parsed | Quarantined:
        try:
            return parse_json(place, line)
        except NotUtf8 as error:
            raise not_utf8(self._lines.path, number) from error


def drafted_or_set_aside(found: Parsed | Quarantined) -> Read:
    """Return the draft of what was parsed."""
    return found if isinstance(found, Quarantined) else drafted(found)


_OWN_ID = re.compile(rb'\s*\{\s*"id"\s*:\s*"(?:https?://openalex\.org/)?([A-Z][0-9]+)"')


def own_id(line: bytes) -> str:
    """Return a record's OpenAlex id ("W123"), without parsing where it stands first, as it does upstream; "" if there is none."""
    if found := _OWN_ID.match(line):
        return found[1].decode()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    told = value.get("id") if isinstance(value, dict) else None
    return told.rpartition("/")[2] if isinstance(told, str) else ""


def lines_of(snapshot: Snapshot, kind: str) -> Iterator[bytes]:
    """Yield the lines of all files of a kind. Raises UnreadableFile where one breaks."""
    for file in snapshot.of(kind):
        with Lines(snapshot.root / file.path, start=Place()) as lines:
            yield from lines
