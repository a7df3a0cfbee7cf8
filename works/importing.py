"""Drafts to records: batch by batch, each in one transaction with its cursor, as often as one likes.

A batch that brings only new records is written beside those of other workers. What depends on them (papers that share
keys, references, bylines resolved by name, names of records known before) waits for the batch's turn, at its end.
Whatever comes between is no harm: the batch is undone and written again alone, and so is any that changes records which
are here, or that upstream merged. So the outcome is that of one worker.

A record the database refuses is found by halving its batch; it alone is set aside, with the reason.
"""

import gc
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg import errors

from works.batching import KEPT_RAW, Batch, Where, set_aside
from works.drafts import AnyDraft, Line, Quarantined, Read
from works.entities import Crossed
from works.keeping import Seal, kept_seals, known_lines
from works.locking import hold_imports, share_imports
from works.models import ImportProblem, ImportRun
from works.recording import Outcome, check_constraints, record_drafts
from works.redirecting import follow_arrivals, follow_merges, free_reused_ids, is_any_merged
from works.unread import batches_ahead

BATCH_RECORDS = 500
BATCHES_AHEAD = 2
ATTEMPTS = 6
COLLECTED_EVERY = 100_000
"""Objects. A batch makes several times as many."""

_NOBODY_WAITS_LONGER = "SET LOCAL idle_in_transaction_session_timeout = '30s'"
"""The database ends the batch of a worker whose connection hangs: others wait for what it holds."""

_PASSING = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
Bookmark = Callable[[int], dict[str, Any]]
"""Given how many records were taken so far, says where to go on."""


class Ledger(Protocol):
    """The row that keeps what was done and where to go on: a run, or one file of a run that several workers share."""

    counts: dict[str, int]
    cursor: dict[str, Any]

    def remember(self, *, counts: dict[str, int], place: dict[str, Any] | None, now: datetime) -> None:
        """Write both to the row, in the transaction of the batch. The object itself follows once that is committed."""


def store(
    reads: Iterable[Read | Line],
    *,
    run: ImportRun,
    batch_size: int = BATCH_RECORDS,
    ledger: Ledger | None = None,
    where: Where = "",
    bookmark: Bookmark | None = None,
    after_batch: Callable[[], None] = lambda: None,
) -> Counter[str]:
    """Store what a source yields; return the counts of this call, which are added to those of the ledger: by default the run.

    `where` names the file or request for people; `bookmark` gives what the ledger remembers after each batch, `after_batch`
    is called once it is committed. If reading breaks off, everything before the break is stored and the error goes on.
    """
    total: Counter[str] = Counter()
    with collected_rarely():
        for batch in batches_ahead(reads, size=batch_size, where=where, depth=BATCHES_AHEAD, recognise=known_lines):
            place = bookmark(total["read"] + batch.read) if bookmark else None
            total += _stored(batch, run, ledger or run, place)
            after_batch()
    return total


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for garbage in cycles a hundred times less often: drafts and rows are in none, and looking took an eighth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(COLLECTED_EVERY, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _stored(batch: Batch, run: ImportRun, ledger: Ledger, place: dict[str, Any] | None) -> Counter[str]:
    """Store a batch with the ledger's counts and cursor. Starts over when another writer stood in the way."""
    alone, attempt = False, 1
    while True:
        try:
            counts = _store_once(batch, run, ledger, place, alone=alone)
            break
        except (Crossed, DatabaseError) as error:
            beside = not alone
            alone = True
            if beside and (isinstance(error, Crossed) or _is_refusal(error)):
                continue
            if attempt == ATTEMPTS or not isinstance(error.__cause__, _PASSING):
                raise
            attempt += 1
            time.sleep(random.uniform(0.05, 0.2) * attempt)  # noqa: S311 - spreads retries, no secret
    ledger.counts = _added(ledger, counts)
    ledger.cursor = ledger.cursor if place is None else place
    return counts


def _added(ledger: Ledger, counts: Counter[str]) -> dict[str, int]:
    return dict(Counter(ledger.counts) + counts)


@transaction.atomic
def _store_once(batch: Batch, run: ImportRun, ledger: Ledger, place: dict[str, Any] | None, *, alone: bool) -> Counter[str]:
    this = _Storing(batch=batch, run=run, now=timezone.now(), counts=Counter(read=batch.read, unchanged=batch.repeated))
    with connection.cursor() as cursor:
        cursor.execute(_NOBODY_WAITS_LONGER)
        seals = kept_seals(cursor, list(batch.drafts)) if batch.drafts else {}
        changed = _changed(batch, seals)
        if batch.merged or any(draft.key in seals for draft, _ in changed):
            alone = True
        if alone and (changed or batch.merged):
            hold_imports(cursor)
            # Another worker may have stored the same records while this one waited.
            changed = _changed(batch, kept_seals(cursor, list(batch.drafts)))
            this.counts += follow_merges(cursor, batch.merged, run=run)
            free_reused_ids(cursor, (draft for draft, _ in changed), run=run)
            this.record(cursor, changed)
            # Upstream names a merge before, with or after the records; until one is here, the old id has nowhere to lead.
            late = set(follow_arrivals(cursor, [draft for draft, _ in changed], run=run)) & {one.old_key for one in batch.merged}
            this.counts.update(merged=len(late), unchanged=-len(late))
        elif changed:
            share_imports(cursor)
            if is_any_merged(cursor, (draft for draft, _ in changed)):
                raise Crossed("A merge that waited for one of these records is carried out alone.")
            this.record_beside(cursor, changed)
        this.counts["unchanged"] += len(batch.drafts) - len(changed)
    _note(run, [*batch.set_aside, *this.refused])
    this.counts["quarantined"] += len(batch.set_aside) + len(this.refused)
    ledger.remember(counts=_added(ledger, this.counts), place=place, now=this.now)
    return this.counts


def _changed(batch: Batch, seals: Mapping[str, Seal]) -> list[tuple[AnyDraft, bytes]]:
    fresh = ((draft, batch.digests[key], seals.get(key)) for key, draft in batch.drafts.items())
    return [(draft, digest) for draft, digest, seal in fresh if seal is None or not seal.covers(draft, digest)]


@dataclass(kw_only=True)
class _Storing:
    """One attempt at a batch: its counts and what the database refused."""

    batch: Batch
    run: ImportRun
    now: datetime
    counts: Counter[str]
    refused: list[Quarantined] = field(default_factory=list)

    def record_beside(self, cursor: CursorWrapper, changed: Sequence[tuple[AnyDraft, bytes]]) -> None:
        """Write new drafts while others write theirs. Whatever stands in the way is raised: the batch is then done again alone."""
        self._count(record_drafts(cursor, changed, run_id=self.run.pk, now=self.now, marks=self.batch.marks, beside=True), len(changed))

    def record(self, cursor: CursorWrapper, changed: Sequence[tuple[AnyDraft, bytes]]) -> None:
        """Write drafts in a savepoint; if the database refuses them, write each half, down to the one record at fault."""
        if not changed:
            return
        try:
            with transaction.atomic():
                outcome = record_drafts(cursor, changed, run_id=self.run.pk, now=self.now, marks=self.batch.marks)
                check_constraints(cursor)
        except DatabaseError as error:
            if not _is_refusal(error):
                raise
            if len(changed) == 1:
                draft = changed[0][0]
                self.refused.append(set_aside(draft, self.batch.places[draft.key], _refusal(error)))
                return
            middle = len(changed) // 2
            self.record(cursor, changed[:middle])
            self.record(cursor, changed[middle:])
        else:
            self._count(outcome, len(changed))

    def _count(self, outcome: Outcome, written: int) -> None:
        reservations = dict.fromkeys(outcome.reservations)
        ImportProblem.objects.bulk_create(
            ImportProblem(run=self.run, place=self.batch.places.get(key, self.run.provider), key=key, reason=reason, is_quarantined=False)
            for key, reason in reservations
        )
        self.counts += outcome.counts + Counter(written=written, reservations=len(reservations))


def _is_refusal(error: DatabaseError) -> bool:
    """Tell the refusal of a value from a lost connection or a full disk."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith(("22", "23", "54"))


def _refusal(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error).splitlines()[0]
    return f"The database refused it: {message}."


def _note(run: ImportRun, quarantined: Sequence[Quarantined]) -> None:
    ImportProblem.objects.bulk_create(
        ImportProblem(run=run, place=one.place, key=_text(one.key), reason=one.reason, raw=_text(one.raw)) for one in quarantined
    )


def _text(raw: bytes | str) -> str:
    """Return what people can read of a bad record: bytes that are no text, and NUL, are shown escaped."""
    plain = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw.encode("utf-8", "backslashreplace").decode()
    return plain.replace("\x00", "\\x00")[:KEPT_RAW]
