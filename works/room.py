"""Whether the disks that an import fills have room left.

An import stops filling a disk before it is full: a full one stops the database, and with it the pages.
"""

import shutil
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import errors

LOOK_AGAIN = timedelta(seconds=60)
ENOUGH = 10 * 10**9
"""Bytes. So much is room enough however large the disk is: a batch and its log take some hundred megabytes at most."""
_NEAR = ("", "localhost", "127.0.0.1", "::1")


class NoRoom(Exception):
    """A disk has no room left. Going on makes sense once somebody made some; it is looked at again every LOOK_AGAIN."""


def require_room() -> None:
    """Raise NoRoom when less than settings.IMPORT_LEAST_FREE of a disk is free, and less than ENOUGH."""
    least = settings.IMPORT_LEAST_FREE
    for folder in _folders():
        total, free = free_space(folder)
        if free < min(least * total, ENOUGH):
            share = free / max(total, 1)
            raise NoRoom(
                f"The import waits for room: {share:.0%} of the disk that holds {folder} is free, and {least:.0%} must stay. "
                "Make room; it goes on by itself."
            )


def free_space(folder: Path) -> tuple[int, int]:
    """Return the bytes a disk has and those that are free; as if it were endless where the folder cannot be looked at."""
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return 1, ENOUGH
    return found.total, found.free


def is_full(error: BaseException) -> bool:
    """Tell whether the database refused something because its disk is full."""
    return isinstance(error, DatabaseError) and isinstance(error.__cause__, errors.DiskFull)


def database_is_full() -> NoRoom:
    """Return what to say when the database itself found no room."""
    return NoRoom("The import waits for room: the disk of the database is full. Make room; it goes on by itself.")


def _folders() -> list[Path]:
    kept = _data_folder(str(connection.settings_dict.get("HOST") or ""))
    return [Path(settings.HOME), *([kept] if kept else [])]


@lru_cache(maxsize=4)
def _data_folder(host: str) -> Path | None:
    """Return where the database keeps its data if that is on this machine and it tells."""
    if not host.startswith("/") and host not in _NEAR:
        return None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            found = Path(cursor.fetchone()[0])
    except DatabaseError:
        return None  # only an administrator of the database may know
    return found if found.is_dir() else None
