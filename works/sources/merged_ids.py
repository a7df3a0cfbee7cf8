"""The snapshot's merged_ids files: which OpenAlex ids were merged into which."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from works import identifiers
from works.drafts import Merged, Quarantined
from works.sources.files import numbered_lines, plain_stream
from works.sources.lines import Lines, as_cursor

_HEADER = b"merge_date,id,merge_into_id"


def is_one(head: bytes) -> bool:
    """Tell a merged_ids file by its header line."""
    return head.startswith(_HEADER)


def read(path: Path, *, start: int = 0) -> Iterator[Merged | Quarantined]:
    """Yield the merges of a file, without the first `start`. Raises UnreadableFile where the file breaks."""
    with plain_stream(path) as stream:
        lines = ((number, line) for number, line in numbered_lines(path, stream) if number > 1 and line.strip())
        for index, (number, line) in enumerate(lines):
            if index >= start:
                yield _merge(f"{path.name}, line {number}", line)


class ListReader:
    """Reads a list of the snapshot in pieces, from a place on."""

    def __init__(self, lines: Lines, *, name: str, passed_over: int) -> None:
        self.name = name
        self.is_over = False
        self.passed_over = passed_over
        self._lines = lines
        self._iterator = iter(lines)

    def some(self, most: int) -> list[Merged | Quarantined]:
        """Return the merges of up to `most` further lines. Raises UnreadableFile where the file breaks."""
        found: list[Merged | Quarantined] = []
        for line in self._iterator:
            if line.strip() and not line.startswith(_HEADER):
                found.append(_merge(f"{self.name}, line {self._lines.place.line:,}", line))
            if len(found) >= most:
                return found
        self.is_over = True
        return found

    def here(self) -> dict[str, Any]:
        """Return, as a cursor, the place after what was returned."""
        return as_cursor(self._lines.place, self.passed_over)


def _merge(place: str, line: bytes) -> Merged | Quarantined:
    fields = line.decode("utf-8", errors="replace").strip().split(",")
    old, new = (identifiers.openalex_id(field, "") for field in (*fields, "", "", "")[1:3])
    if not old or not new or old[0] != new[0] or old == new:
        return Quarantined(place=place, reason="this line does not name two OpenAlex ids of one kind", raw=line[:1000])
    return Merged(old_key=f"openalex:{old}", new_key=f"openalex:{new}", on=_day(fields[0]))


def _day(text: str) -> str:
    """Return a date as ISO 8601, "" for what is none."""
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError:
        return ""
