"""Who may write records when: batches of imports beside each other, and one at a time whoever must be alone.

A batch of records that are new writes beside others (`share_imports`) until what depends on others is due; that it does
in its turn (`take_turn`), after which it commits. So every turn sees all that earlier turns wrote. Whoever changes works
that are here already, merges them, or is a person deciding so, is alone (`hold_imports`): it waits for all batches at
work and keeps later ones waiting. Locks end with the transaction. Take the first one before any row.
"""

from django.db.backends.utils import CursorWrapper

LOCK = 0x627A7065
"""The advisory lock of imports ("bzpe")."""
TURN = 0x627A7066


def hold_imports(cursor: CursorWrapper) -> None:
    """Wait until no batch is at work and keep others from beginning."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def share_imports(cursor: CursorWrapper) -> None:
    """Wait until nobody is alone, or wants to be, and keep them from it."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def take_turn(cursor: CursorWrapper) -> None:
    """Wait until every batch that had its turn before has committed."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
