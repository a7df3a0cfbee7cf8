"""The turn of those who write records: batches of imports and what people decide, one after the other."""

from django.db.backends.utils import CursorWrapper

LOCK = 0x627A7065
"""The advisory lock of imports ("bzpe")."""


def hold_imports(cursor: CursorWrapper) -> None:
    """Wait for the turn and keep it until the transaction ends. Take it before any row: a batch that has it writes rows."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
