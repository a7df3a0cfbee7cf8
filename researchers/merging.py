"""Moving what hangs on one record to another one, when two records turn out to be one.

Rows of apps above (follows, claims, comments …) are found through Django's registry of relations, so that
this file moves them without knowing them.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models.fields.reverse_related import ForeignObjectRel

DERIVED_APPS = frozenset({"graph"})
"""Apps whose rows are rebuilt from records and therefore not worth moving."""


def move_rows(model: type[models.Model], pairs: Mapping[int, int], *, leave: frozenset[type[models.Model]] = frozenset()) -> None:
    """Point every row that refers to a key of `pairs` at its value instead, whichever app the row belongs to.

    A row that would break a rule of its table there (the same member follows both records) is left where it is.
    `leave` names models that the caller moves or drops itself.
    """
    for holder, column in _holders(model, leave):
        _move(holder, column, pairs)


def rows_held(model: type[models.Model], key: int, *, leave: frozenset[type[models.Model]] = frozenset()) -> dict[str, list[int]]:
    """Return the rows that `move_rows` would move away from one record, as {"app.Model.column": [keys]}."""
    held = {
        f"{holder._meta.label}.{column}": list(holder._base_manager.filter(**{column: key}).order_by("pk").values_list("pk", flat=True))
        for holder, column in _holders(model, leave)
    }
    return {name: keys for name, keys in held.items() if keys}


def give_back(held: Mapping[str, Sequence[int]], *, to: int, since: int) -> None:
    """Let rows that `rows_held` named lead to `to` again, those that still lead to `since`. The rules of their tables hold."""
    for name, keys in sorted(held.items()):
        label, _, column = name.rpartition(".")
        apps.get_model(label)._base_manager.filter(pk__in=keys, **{column: since}).update(**{column: to})


def _holders(model: type[models.Model], leave: frozenset[type[models.Model]]) -> Iterator[tuple[type[models.Model], str]]:
    """Yield every model with a column that refers to `model`, relations without a way back included.

    What is derived is left out, and so are relations the database does not hold: those are of an audit's rows,
    which tell what was.
    """
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        holder, field = relation.related_model, relation.field
        if isinstance(holder, str) or holder in leave or holder._meta.app_label in DERIVED_APPS:
            continue
        if not getattr(field, "db_constraint", False):
            continue
        yield holder, field.attname


def _move(holder: type[models.Model], column: str, pairs: Mapping[int, int]) -> None:
    if _has_rule_on(holder, column):
        _move_one_by_one(holder, column, pairs)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {holder._meta.db_table} t SET {column} = moved.new "
            f"FROM unnest(%s::bigint[], %s::bigint[]) moved (old, new) WHERE t.{column} = moved.old",
            [list(pairs), list(pairs.values())],
        )


def _has_rule_on(holder: type[models.Model], column: str) -> bool:
    field = next(field for field in holder._meta.local_concrete_fields if field.attname == column)
    return field.unique or any(
        not isinstance(rule, models.UniqueConstraint) or rule.expressions or field.name in rule.fields for rule in holder._meta.constraints
    )


def _move_one_by_one(holder: type[models.Model], column: str, pairs: Mapping[int, int]) -> None:
    rows = holder._base_manager.filter(**{f"{column}__in": list(pairs)}).order_by("pk").values_list("pk", column)
    for key, old in rows:
        try:
            with transaction.atomic():
                holder._base_manager.filter(pk=key).update(**{column: pairs[old]})
                _check_now()
        except IntegrityError:
            continue


def _check_now() -> None:
    """Let deferred constraints speak inside this savepoint, not at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def final_targets(pairs: Mapping[int, int]) -> dict[int, int]:
    """Follow chains (1 -> 2 -> 3) to their end."""
    targets = {}
    for old in pairs:
        new = pairs[old]
        while new in pairs:
            new = pairs[new]
        targets[old] = new
    return targets
