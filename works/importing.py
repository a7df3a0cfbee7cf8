"""Drafts to records: batch by batch, each in one transaction with its cursor, as often as one likes.

Batches of all workers are written one after the other, under one advisory lock: matching papers and assembling
researchers must see what the batch before them wrote. Reading and parsing happen outside of it.

A record the database refuses is found by halving its batch; it alone is set aside, with the reason.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg import errors

from works.composing import identity
from works.drafts import AnyDraft, BadRecord, Merged, Quarantined, Read, WorkDraft
from works.keeping import Seal, kept_seals
from works.models import ImportProblem, ImportRun
from works.readahead import read_ahead
from works.recording import record_drafts
from works.redirecting import follow_merges

BATCH_RECORDS = 500
BATCH_BYLINES = 20_000
BATCHES_AHEAD = 2
KEPT_RAW = 64 * 1024
LONGEST_KEY = 2_000
"""Bytes; PostgreSQL's indexes take at most 2,704, and no real identifier comes near."""

ATTEMPTS = 6
LOCK = 0x627A7065
"""The advisory lock of imports ("bzpe")."""

_PASSING = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
Bookmark = Callable[[int], dict[str, Any]]
"""Given how many records were taken so far, says where to go on."""


class Batch(msgspec.Struct, kw_only=True):
    """Records that are stored together. `places` says where each draft stood; drafts are distinct by key."""

    read: int = 0
    drafts: dict[str, AnyDraft] = {}
    places: dict[str, str] = {}
    digests: dict[str, bytes] = {}
    merged: list[Merged] = []
    set_aside: list[Quarantined] = []
    repeated: int = 0
    bylines: int = 0

    def is_full(self, size: int) -> bool:
        """Tell whether the next record belongs to another batch."""
        return self.read >= size or self.bylines >= BATCH_BYLINES


def store(
    reads: Iterable[Read],
    *,
    run: ImportRun,
    batch_size: int = BATCH_RECORDS,
    where: str = "",
    bookmark: Bookmark | None = None,
    after_batch: Callable[[], None] = lambda: None,
) -> Counter[str]:
    """Store what a source yields; return the counts of this call, which are added to the run's own.

    `where` names the file or request for people; `bookmark` gives what the run remembers after each batch,
    `after_batch` is called once it is committed. If reading
    breaks off, everything before the break is stored and the error goes on to the caller.
    """
    total: Counter[str] = Counter()
    for batch in read_ahead(_batches(reads, batch_size, where), depth=BATCHES_AHEAD):
        place = bookmark(total["read"] + batch.read) if bookmark else None
        total += _stored(batch, run, place)
        after_batch()
    return total


# --- batches ----------------------------------------------------------------------------------------


def _batches(reads: Iterable[Read], size: int, where: str) -> Iterator[Batch]:
    """Yield full batches and the rest, also when reading breaks off. A changed record seen again starts another batch."""
    batch, count = Batch(), 0
    try:
        for read in reads:
            count += 1
            if batch.is_full(size) or not _take(batch, read, f"{where}, record {count}" if where else f"record {count}"):
                yield batch
                batch = Batch()
                _take(batch, read, f"{where}, record {count}")
    except Exception:
        if batch.read:
            yield batch
        raise
    if batch.read:
        yield batch


def _take(batch: Batch, read: Read, place: str) -> bool:
    """Put a record into the batch; return False if it must wait for the next one."""
    if isinstance(read, Quarantined):
        batch.set_aside.append(read)
    elif isinstance(read, Merged):
        if batch.drafts:
            return False
        batch.merged.append(read)
    else:
        try:
            digest = _checked(read)
        except BadRecord as error:
            batch.set_aside.append(_set_aside(read, place, str(error)))
        else:
            known = batch.digests.get(read.key)
            if known is not None and known != digest:
                return False
            batch.repeated += known is not None
            batch.drafts[read.key], batch.digests[read.key], batch.places[read.key] = read, digest, place
            batch.bylines += len(read.authorships) if isinstance(read, WorkDraft) else 0
    batch.read += 1
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


def _set_aside(draft: AnyDraft, place: str, reason: str) -> Quarantined:
    raw = repr(draft).encode("utf-8", "backslashreplace")
    return Quarantined(place=place, reason=reason, key=draft.key, raw=raw[:KEPT_RAW])


# --- one batch --------------------------------------------------------------------------------------


def _stored(batch: Batch, run: ImportRun, place: dict[str, Any] | None) -> Counter[str]:
    """Store a batch with the run's counts and cursor. Starts over when another writer stood in the way."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            counts = _store_once(batch, run, place)
            break
        except OperationalError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, _PASSING):
                raise
            time.sleep(random.uniform(0.05, 0.2) * attempt)  # noqa: S311 - spreads retries, no secret
    run.counts = _added(run, counts)
    run.cursor = run.cursor if place is None else place
    return counts


def _added(run: ImportRun, counts: Counter[str]) -> dict[str, int]:
    return dict(Counter(run.counts) + counts)


@transaction.atomic
def _store_once(batch: Batch, run: ImportRun, place: dict[str, Any] | None) -> Counter[str]:
    now = timezone.now()
    counts = Counter(read=batch.read, unchanged=batch.repeated)
    with connection.cursor() as cursor:
        known = kept_seals(cursor, list(batch.drafts))
        changed = _changed(batch, known)
        if changed or batch.merged:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            # Another worker may have stored the same records while this one waited.
            known = kept_seals(cursor, list(batch.drafts))
            changed = _changed(batch, known)
            counts += follow_merges(cursor, batch.merged, run=run)
            counts += _record_or_halve(cursor, changed, batch, run, now)
        counts["unchanged"] += len(batch.drafts) - len(changed)
    _note_set_aside(batch.set_aside, run, counts)
    _remember(run, counts, place, now)
    return counts


def _changed(batch: Batch, known: dict[str, Seal]) -> list[tuple[AnyDraft, bytes]]:
    fresh = ((draft, batch.digests[key], known.get(key)) for key, draft in batch.drafts.items())
    return [(draft, digest) for draft, digest, seal in fresh if seal is None or not seal.covers(draft, digest)]


def _record_or_halve(
    cursor: CursorWrapper, changed: Sequence[tuple[AnyDraft, bytes]], batch: Batch, run: ImportRun, now: datetime
) -> Counter[str]:
    """Write drafts in a savepoint; if the database refuses them, write each half, down to the one record at fault."""
    if not changed:
        return Counter()
    try:
        with transaction.atomic():
            outcome = record_drafts(cursor, changed, run_id=run.pk, now=now)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except DatabaseError as error:
        if isinstance(error.__cause__, _PASSING) or not _is_refusal(error):
            raise
        if len(changed) == 1:
            draft = changed[0][0]
            batch.set_aside.append(_set_aside(draft, batch.places[draft.key], _refusal(error)))
            return Counter()
        middle = len(changed) // 2
        return _record_or_halve(cursor, changed[:middle], batch, run, now) + _record_or_halve(cursor, changed[middle:], batch, run, now)
    ImportProblem.objects.bulk_create(
        ImportProblem(run=run, place=batch.places.get(key, run.provider), key=key, reason=reason, is_quarantined=False)
        for key, reason in dict.fromkeys(outcome.reservations)
    )
    return Counter(written=len(changed), reservations=len(set(outcome.reservations))) + outcome.counts


def _is_refusal(error: DatabaseError) -> bool:
    """Tell the refusal of a value from a lost connection or a full disk."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith(("22", "23", "54"))


def _refusal(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error).splitlines()[0]
    return f"The database refused it: {message}."


def _note_set_aside(set_aside: Sequence[Quarantined], run: ImportRun, counts: Counter[str]) -> None:
    ImportProblem.objects.bulk_create(
        ImportProblem(run=run, place=one.place, key=_text(one.key), reason=one.reason, raw=_text(one.raw)) for one in set_aside
    )
    counts["quarantined"] += len(set_aside)


def _text(raw: bytes | str) -> str:
    """Return what people can read of a bad record: bytes that are no text, and NUL, are shown escaped."""
    plain = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw.encode("utf-8", "backslashreplace").decode()
    return plain.replace("\x00", "\\x00")[:KEPT_RAW]


def _remember(run: ImportRun, counts: Counter[str], place: dict[str, Any] | None, now: datetime) -> None:
    """Add the counts to the run's row and store where to go on; the object follows once this is committed."""
    values: dict[str, Any] = {"counts": _added(run, counts), "heartbeat_at": now}
    ImportRun.objects.filter(pk=run.pk).update(**values | ({} if place is None else {"cursor": place}))
