"""Who may write records when: batches of imports beside each other, and one at a time whoever must be alone.

A batch of records that are new writes beside others (`share_imports`) until what depends on others is due; that it does
in its turn (`take_turn`), after which it commits. So every turn sees all that earlier turns wrote. Whoever changes works
that are here already, merges them, or is a person deciding so, is alone (`hold_imports`): it waits for all batches at
work and keeps later ones waiting. Locks end with the transaction. Take the first one before any row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from psycopg import errors

LOCK = 0x627A7065
"""The advisory lock of imports ("bzpe")."""
TURN = 0x627A7066
BEGUN = 0x627A67
"""The first three bytes of the locks that say where a batch began; the other five hold a key of a work."""
BUSY = "An import is writing just now; try again in a moment."

_patience: ContextVar[float | None] = ContextVar("patience with imports", default=None)


class ImportsBusy(OperationalError):
    """Batches of an import were at work for longer than the caller waits. Nothing was written; trying again in a moment helps."""


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let nothing in this block wait longer for imports: `hold_imports` then raises ImportsBusy. For people who look at a page."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def hold_imports(cursor: CursorWrapper) -> None:
    """Wait until no batch is at work and keep others from beginning. Raises ImportsBusy, see `waiting_at_most`."""
    seconds = _patience.get()
    if seconds is None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        return
    cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])
    usual = cursor.fetchone()[0]
    try:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable):
            raise ImportsBusy(BUSY) from error
        raise
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [usual])


def share_imports(cursor: CursorWrapper) -> None:
    """Wait until nobody is alone, or wants to be, and keep them from it."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def begin_beside(cursor: CursorWrapper) -> None:
    """Say, for as long as this transaction lasts, that works it writes get keys above those given out by now. Comes before the first."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock_shared((%s::bigint << 40) + "
        "coalesce(pg_sequence_last_value(pg_get_serial_sequence('works_work', 'id')::regclass), 0))",
        [BEGUN],
    )


def still_to_come(cursor: CursorWrapper) -> int:
    """Return the highest key below those of all works that batches have written, or will write, and that cannot be seen yet."""
    cursor.execute(
        "SELECT min((classid::bigint & 255) << 32 | objid::bigint) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
        "AND classid::bigint >> 8 = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [BEGUN],
    )
    (found,) = cursor.fetchone()
    return int(found)


def take_turn(cursor: CursorWrapper) -> None:
    """Wait until every batch that had its turn before has committed."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
