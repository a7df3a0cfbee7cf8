"""Parting a stream of records into batches, and setting aside what no row can hold before it reaches the database."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date

import msgspec

from works.composing import identity
from works.drafts import AnyDraft, BadRecord, Known, Merged, Quarantined, Read, WorkDraft

BATCH_BYLINES = 20_000
"""A batch ends early when its works have this many, so that works of thousands of authors do not pile up in memory."""
KEPT_RAW = 64 * 1024
LONGEST_KEY = 2_000
"""Bytes; PostgreSQL's indexes take at most 2,704, and no real identifier comes near."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Batch(msgspec.Struct, kw_only=True):
    """Records that are stored together: drafts distinct by key, with where each stood; `repeated` ones came twice alike or are
    known by their line. `marks` tell drafts' lines, see `works.unread`."""

    read: int = 0
    drafts: dict[str, AnyDraft] = {}
    places: dict[str, str] = {}
    digests: dict[str, bytes] = {}
    marks: dict[str, bytes] = {}
    merged: list[Merged] = []
    set_aside: list[Quarantined] = []
    repeated: int = 0
    bylines: int = 0

    def is_full(self, size: int) -> bool:
        """Tell whether the next record belongs to another batch."""
        return self.read >= size or self.bylines >= BATCH_BYLINES


Where = str | Callable[[int], str]
"""What people call the place of a record: a file's or request's name, or a function of how many were read of it."""


def batches(reads: Iterable[Read | Known | tuple[Read, bytes]], *, size: int, where: Where) -> Iterator[Batch]:
    """Yield full batches and the rest, also when reading breaks off. A changed record seen again starts another batch.

    What was read of a line comes with the line's mark.
    """
    name = place_names(where)
    batch = Batch()
    try:
        for count, found in enumerate(reads, start=1):
            place = name(count)
            read, mark = found if isinstance(found, tuple) else (found, b"")
            if batch.is_full(size) or not _take(batch, read, place):
                yield batch
                batch = Batch()
                _take(batch, read, place)
            if mark and not isinstance(read, Known | Quarantined | Merged):
                batch.marks[read.key] = mark
    except Exception:
        if batch.read:
            yield batch
        raise
    if batch.read:
        yield batch


def place_names(where: Where) -> Callable[[int], str]:
    """Return what names the place of a record by how many were read."""
    return where if callable(where) else _numbered(where)


def _numbered(where: str) -> Callable[[int], str]:
    return lambda count: f"{where}, record {count}" if where else f"record {count}"


def _take(batch: Batch, read: Read | Known, place: str) -> bool:
    """Put a record into the batch; return False if it must wait for the next one."""
    if isinstance(read, Known):
        batch.repeated += 1
    elif isinstance(read, Quarantined):
        batch.set_aside.append(read)
    elif isinstance(read, Merged):
        if batch.drafts:
            return False
        batch.merged.append(read)
    elif not _take_draft(batch, read, place):
        return False
    batch.read += 1
    return True


def _take_draft(batch: Batch, draft: AnyDraft, place: str) -> bool:
    try:
        digest = _checked(draft)
    except BadRecord as error:
        batch.set_aside.append(set_aside(draft, place, str(error)))
        return True
    known = batch.digests.get(draft.key)
    if known is not None and known != digest:
        return False
    batch.repeated += known is not None
    batch.drafts[draft.key], batch.digests[draft.key], batch.places[draft.key] = draft, digest, place
    batch.bylines += len(draft.authorships) if isinstance(draft, WorkDraft) else 0
    return True


def _checked(draft: AnyDraft) -> bytes:
    """Return a draft's digest. Raises BadRecord for what no database row can hold."""
    try:
        payload = msgspec.json.encode(draft)
        digest = draft.digest()
    except UnicodeEncodeError:
        raise BadRecord("It holds half of a surrogate pair, which is no character.") from None
    if b"\\u0000" in payload and _NUL.search(payload):
        raise BadRecord("It holds a NUL character, which no text may.")
    if not draft.key or len(draft.key.encode()) > LONGEST_KEY:
        raise BadRecord("Its identifier is missing or too long to be one.")
    if isinstance(draft, WorkDraft):
        _check_work(draft)
    return digest


def _check_work(draft: WorkDraft) -> None:
    longest = max((*identity(draft), *draft.references), key=len)
    if len(longest) > LONGEST_KEY // 4 and len(longest.encode()) > LONGEST_KEY:
        raise BadRecord(f"An identifier of {len(longest.encode()):,} bytes is too long to be one.")
    positions = [authorship.position for authorship in draft.authorships]
    if len(set(positions)) < len(positions):
        raise BadRecord(f"Two bylines claim position {Counter(positions).most_common(1)[0][0]}.")
    if draft.publication_date:
        _check_date(draft.publication_date)
    if draft.updated_on:
        _check_date(draft.updated_on)
    if draft.publication_year is not None and not 1000 <= draft.publication_year <= 2200:
        raise BadRecord(f"The year {draft.publication_year} lies outside 1000-2200.")


def _check_date(text: str) -> None:
    try:
        year = date.fromisoformat(text).year
    except ValueError:
        raise BadRecord(f"“{text[:40]}” is not a date.") from None
    if not 1000 <= year <= 2200:
        raise BadRecord(f"The year {year} lies outside 1000-2200.")


def set_aside(draft: AnyDraft, place: str, reason: str) -> Quarantined:
    """Return a draft as a record that was set aside; what upstream sent is gone by then, so the draft is kept (works/redriving.py)."""
    try:
        raw = msgspec.json.encode(draft)
    except UnicodeEncodeError:
        raw = repr(draft).encode("utf-8", "backslashreplace")
    return Quarantined(place=place, reason=reason, key=draft.key, raw=raw[:KEPT_RAW])
