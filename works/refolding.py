"""Folded names and titles made anew from what is stored, for when `researchers.names.fold` has changed.

Every function takes the own keys of some records, writes only rows whose folded text differs and returns how many those were.
`Authorship.name_key` is left alone: whoever changes `names.name_key` changes which bylines are compared.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from researchers.domain import spell_out_names
from researchers.names import fold
from works.entities import folded
from works.staging import Stage

Ids = Collection[int]


def refold_works(ids: Ids) -> int:
    """Fold titles."""
    rows = _rows("SELECT id, folded_title, title FROM works_work", ids)
    return _write("works_work", "folded_title", ((key, old, fold(title)) for key, old, title in rows))


def refold_researchers(ids: Ids) -> int:
    """Spell out the name shown and every known name form."""
    return spell_out_names(ids)


def refold_topics(ids: Ids) -> int:
    """Fold names and keywords."""
    rows = _rows("SELECT id, folded_names, display_name, keywords FROM works_topic", ids)
    return _write("works_topic", "folded_names", ((key, old, folded([name, *keywords])) for key, old, name, keywords in rows))


def refold_institutions(ids: Ids) -> int:
    """Fold names; other names are stored folded only, so that text is folded once more and kept."""
    rows = _rows("SELECT id, folded_names, display_name FROM researchers_institution", ids)
    return _write("researchers_institution", "folded_names", ((key, old, _with_name(fold(old), fold(name))) for key, old, name in rows))


def _with_name(others: str, name: str) -> str:
    return others if f" {name} " in f" {others} " else f"{name} {others}".strip()


def _rows(select: str, ids: Ids) -> list[tuple[Any, ...]]:
    """Read and lock, by key, so that no import writes the same rows in between."""
    with connection.cursor() as cursor:
        cursor.execute(f"{select} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(ids)])
        return list(cursor.fetchall())


def _write(table: str, column: str, fresh: Iterable[tuple[int, str, str]]) -> int:
    stage = Stage("staged_folds", {"id": "bigint", "folded": "text"})
    with connection.cursor() as cursor:
        if not stage.fill(cursor, ((key, new) for key, old, new in fresh if new != old)):
            return 0
        cursor.execute(f"UPDATE {table} t SET {column} = s.folded FROM staged_folds s WHERE s.id = t.id")
        return int(cursor.rowcount)
