"""Bulk writing: COPY rows into a temporary table of this session, then move them with one statement.

Stages live as long as the database session and are empty outside a transaction (ON COMMIT DELETE ROWS), so
nothing is left behind when a batch is rolled back. The statements that move staged rows stand in `works.writing`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

Row = Sequence[Any]
ANALYZE_FROM = 1_000
"""Rows from which the planner is told how many there are; below, the statement costs more than a poor plan."""


LINES_AT_ONCE = 2_000
NOTHING = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = re.compile(r"[^\\\t\n\r]*").fullmatch


@dataclass(frozen=True)
class Stage:
    """A temporary table: its name and its columns with their types, in the order of the rows given to `fill`."""

    name: str
    columns: Mapping[str, str]

    def fill(self, cursor: CursorWrapper, rows: Iterable[Row]) -> int:
        """Replace the stage's content by `rows`; return how many there are."""
        columns = ", ".join(f"{name} {type_}" for name, type_ in self.columns.items())
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {self.name} ({columns}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {self.name}")
        filled = copy(cursor, self.name, tuple(self.columns), rows)
        if filled >= ANALYZE_FROM:
            cursor.execute(f"ANALYZE {self.name}")
        return filled


def stage_of(model: type[models.Model], *columns: str, purpose: str = "") -> Stage:
    """Return a stage with the named columns of a model's table; another `purpose` makes another stage of the same table."""
    types = {field.column: _type(field) for field in _concrete(model)}
    return Stage(f"staged_{purpose}{model._meta.db_table}", {column: types[column] for column in columns})


def copy(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """COPY `rows` into `table`; return how many there were."""
    filled = 0
    # Django translates the driver's errors of execute(), but not those of copy().
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as receiver:
        for row in rows:
            receiver.write_row(row)
            filled += 1
    return filled


def copy_lines(cursor: CursorWrapper, table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """COPY rows that are written out already: columns parted by tabs, texts `escaped`, each with its line end.

    For the many short rows of a batch, several times as fast as `copy`.
    """
    with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as receiver:
        for start in range(0, len(lines), LINES_AT_ONCE):
            receiver.write("".join(lines[start : start + LINES_AT_ONCE]))


def escaped(text: str) -> str:
    """Return a text as it stands in a row that is written out."""
    return text if _PLAIN(text) else text.translate(_ESCAPES)


def array_of(texts: Sequence[str]) -> str:
    """Write out an array of text for COPY or as a parameter; the driver's own way takes ten times as long."""
    if not texts:
        return "{}"
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') > 2 * (len(texts) - 1):
        joined = '","'.join([text.replace("\\", "\\\\").replace('"', '\\"') for text in texts])
    return f'{{"{joined}"}}'


def numbers_of(numbers: Iterable[int]) -> str:
    """Write out an array of whole numbers, as `array_of` does texts."""
    return f"{{{','.join(map(str, numbers))}}}"


@contextmanager
def by_index(cursor: CursorWrapper) -> Iterator[None]:
    """Let statements look each staged row up: what a stage holds is guessed too high, and the planner would read whole tables instead."""
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    yield
    # After an error the transaction is undone, and these with it.
    cursor.execute("SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT")


def load(cursor: CursorWrapper, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """COPY rows that cannot be there yet straight into a model's table; other columns get their model defaults. Returns how many."""
    constants = {column: value for column, value in _defaults(model).items() if column not in columns}
    table, filled, values = model._meta.db_table, (*columns, *constants), tuple(constants.values())
    return copy(cursor, table, filled, ((*row, *values) for row in rows) if values else rows)


def upsert(cursor: CursorWrapper, *, model: type[models.Model], stage: Stage, conflict: str = "id", update: Sequence[str] = ()) -> None:
    """Insert staged rows; where `conflict` (columns) is taken, set the `update` columns, or leave the row when there are none.

    An empty `conflict` says that none of the rows can be there yet, which spares a look into the index for each.

    Columns the stage does not carry get their model defaults, so a model may grow a field without this file knowing.
    A row whose `update` columns already hold the staged values is not written.
    """
    action = f"ON CONFLICT ({conflict}) DO NOTHING" if conflict else ""
    if conflict and update:
        assignments = ", ".join(f"{column} = EXCLUDED.{column}" for column in update)
        now, then = (", ".join(f"{side}.{column}" for column in update) for side in ("t", "EXCLUDED"))
        action = f"ON CONFLICT ({conflict}) DO UPDATE SET {assignments} WHERE ({now}) IS DISTINCT FROM ({then})"
    _insert(cursor, model=model, stage=stage, action=action)


def insert_new(cursor: CursorWrapper, *, model: type[models.Model], stage: Stage) -> set[int]:
    """Insert the staged rows that no other row stands in the way of; return their keys.

    A row that another transaction is just inserting is waited for.
    """
    _insert(cursor, model=model, stage=stage, action="ON CONFLICT DO NOTHING RETURNING id")
    return {key for (key,) in cursor.fetchall()}


def _insert(cursor: CursorWrapper, *, model: type[models.Model], stage: Stage, action: str) -> None:
    constants = {column: value for column, value in _defaults(model).items() if column not in stage.columns}
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} AS t ({', '.join([*stage.columns, *constants])}) "
        f"SELECT {', '.join([*stage.columns, *('%s' for _ in constants)])} FROM {stage.name} "
        f"{action}",
        list(constants.values()),
    )


def next_ids(cursor: CursorWrapper, model: type[models.Model], count: int) -> list[int]:
    """Take `count` fresh primary keys of a model from its sequence."""
    if not count:
        return []
    sequence = "(SELECT pg_get_serial_sequence(%s, 'id')::regclass)"  # looked up once, not for every key
    cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [model._meta.db_table, count])
    return [key for (key,) in cursor.fetchall()]


def _concrete(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    return [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]


def _type(field: "models.Field[Any, Any]") -> str:
    # An identity column's type would make the stage number its own rows.
    return "bigint" if field.primary_key or field.remote_field else str(field.db_type(connection))


def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """Return the column values Django itself would write for fields that are not given."""
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in _concrete(model)
        if field.has_default() and not field.primary_key
    } | {
        str(field.column): connection.ops.adapt_datetimefield_value(timezone.now())
        for field in _concrete(model)
        if getattr(field, "auto_now_add", False)
    }
