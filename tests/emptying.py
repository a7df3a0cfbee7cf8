"""The database after a test that commits, as the migrations left it.

Django's own way truncates every table and asks all applications for their permissions again, 0.4 s each time. Here only tables that
were filled are emptied, and what migrations put into some is put back where it was changed. Triggers rest meanwhile, for the audit
is append-only and rows go in whatever order; that takes an administrator of the database, and for others Django's way stays.
"""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

_COPIES = "as_migrated"
"""The schema that holds a copy of each table that migrations filled."""
_BOOKS = "django_migrations"


def as_migrated() -> Callable[[TransactionTestCase], None] | None:
    """Return what brings the database back to what it is now, None to whom that is not given."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        (may,) = cursor.fetchone()
    if not may:
        return None
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - {_BOOKS})
    copied = _copy(tables)
    return lambda _: _empty([table for table in tables if table not in copied], copied)


def _copy(tables: list[str]) -> list[str]:
    """Copy each table that holds something; return those. A database that is used again has its copies, unless it was migrated since."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [_COPIES])
        copied = {table for (table,) in cursor.fetchall()}
        if _BOOKS in copied and not _which(cursor, [_BOOKS], _CHANGED):
            return sorted(copied - {_BOOKS})
        cursor.execute(f"DROP SCHEMA IF EXISTS {_COPIES} CASCADE")
        cursor.execute(f"CREATE SCHEMA {_COPIES}")
        filled = _which(cursor, tables, _FILLED)
        for table in (*filled, _BOOKS):
            cursor.execute(f'CREATE TABLE {_COPIES}."{table}" AS TABLE "{table}"')
        return filled


def _empty(tables: list[str], copied: list[str]) -> None:
    """Empty `tables` and bring `copied` back, once nobody writes any more: a browser's last request may still be at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        names = ", ".join(map(connection.ops.quote_name, (*tables, *copied)))
        cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        for table in _which(cursor, tables, _FILLED):
            cursor.execute(f'DELETE FROM "{table}"')
        for table in _which(cursor, copied, _CHANGED):
            cursor.execute(f'DELETE FROM "{table}"')
            cursor.execute(f'INSERT INTO "{table}" TABLE {_COPIES}."{table}"')


_FILLED = 'EXISTS (SELECT FROM "{table}")'
_CHANGED = f"""EXISTS ((SELECT t::text FROM "{{table}}" t EXCEPT ALL SELECT t::text FROM {_COPIES}."{{table}}" t) UNION ALL
                       (SELECT t::text FROM {_COPIES}."{{table}}" t EXCEPT ALL SELECT t::text FROM "{{table}}" t))"""


def _which(cursor: CursorWrapper, tables: list[str], condition: str) -> list[str]:
    """Return the tables of which a condition holds, asked in one question."""
    asked = (f"SELECT '{table}' WHERE {condition.format(table=table)}" for table in tables)
    cursor.execute(" UNION ALL ".join(asked))
    return sorted(table for (table,) in cursor.fetchall())
