"""Sources, topics, institutions and researchers as upstream describes them: from drafts to rows.

Each record is seen either whole (its own record was imported) or in brief (embedded in another one). A whole record
says all there is; a brief one creates a row or fills gaps, and a newer brief name replaces an older brief one.
The rows are compared here, in Python: only rows that differ are sent to the database. New rows are written while other
batches are being written too (`introduce`); a row that others may be changing is only touched in turn (`complete`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from django.db import models
from django.db.backends.utils import CursorWrapper

from researchers.models import Institution, Researcher, VerificationLevel
from researchers.names import fold
from works.drafts import AuthorDraft, FunderDraft, InstitutionDraft, SourceDraft, TopicDraft
from works.models import Funder, Source, Topic
from works.staging import array_of, insert_new, next_ids, stage_of, upsert

D = TypeVar("D", SourceDraft, TopicDraft, InstitutionDraft, AuthorDraft, FunderDraft)
Values = dict[str, Any]


class Seen(msgspec.Struct, Generic[D], frozen=True):
    """A draft with how it was seen: whole or in brief, and as of when by upstream's own stamp."""

    draft: D
    is_whole: bool
    as_of: str

    def outranks(self, other: "Seen[D] | None") -> bool:
        """Tell whether this is the better witness of the same record."""
        if other is None:
            return True
        mine, theirs = (self.is_whole, self.as_of), (other.is_whole, other.as_of)
        if mine != theirs or self.draft is other.draft:
            return mine > theirs
        return (self.draft.display_name, str(self.draft)) > (other.draft.display_name, str(other.draft))


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """Which run writes, and when (ISO 8601)."""

    run_id: int
    at: str


class Kind(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """How one kind of record is stored.

    `values` gives the columns a draft, such as `example`, speaks of. `once` is a second id that one row only may hold, `fixed` tells which
    columns an import must leave alone in an existing row. `redirects` names the table of merged ids.
    """

    model: type[models.Model]
    values: Callable[[D], Values]
    example: D
    name_columns: tuple[str, ...] = ("display_name",)
    once: str = ""
    also_read: tuple[str, ...] = ()
    redirects: tuple[str, str] | None = None
    fixed: Callable[[Values], frozenset[str]] = lambda row: frozenset()


class Introduced(msgspec.Struct, frozen=True, kw_only=True):
    """A batch's records of one kind: their rows by key, which are new, which keys would change a row, which lost a shared id."""

    ids: dict[str, int] = {}
    new: set[int] = set()
    due: set[str] = set()
    clashes: list[tuple[str, str, str]] = []


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """Own keys of the rows that changed, and which keys lost a shared id."""

    changed: list[int] = []
    clashes: list[tuple[str, str, str]] = []


class Change(msgspec.Struct, frozen=True):
    """The columns of a row after a draft has spoken, what it says of those a person fixed, and whether any column differs."""

    values: Values
    withheld: Values
    differs: bool


class Crossed(Exception):
    """Another batch, written at the same time, brought what this one took for absent. Doing it again alone helps."""


def _source_values(draft: SourceDraft) -> Values:
    return {
        "display_name": draft.display_name,
        "type": draft.type,
        "issn_l": draft.issn_l or None,
        "issn": list(draft.issn),
        "host_organization_name": draft.host_organization_name,
    }


def _topic_values(draft: TopicDraft) -> Values:
    return {
        "display_name": draft.display_name,
        "description": draft.description,
        "keywords": list(draft.keywords),
        "subfield_id": draft.subfield_id,
        "subfield_name": draft.subfield_name,
        "field_id": draft.field_id,
        "field_name": draft.field_name,
        "domain_id": draft.domain_id,
        "domain_name": draft.domain_name,
        "folded_names": folded([draft.display_name, *draft.keywords]),
    }


def _funder_values(draft: FunderDraft) -> Values:
    return {
        "display_name": draft.display_name,
        "ror": draft.ror or None,
        "country_code": draft.country_code if len(draft.country_code) == 2 else "",
        "homepage_url": draft.homepage_url,
    }


def _institution_values(draft: InstitutionDraft) -> Values:
    return {
        "display_name": draft.display_name,
        "ror": draft.ror or None,
        "country_code": draft.country_code if len(draft.country_code) == 2 else "",
        "type": draft.type,
        "homepage_url": draft.homepage_url,
        "lineage": list(draft.lineage),
        "other_names": list(draft.other_names),
        "folded_names": folded([draft.display_name, *draft.other_names]),
    }


def _author_values(draft: AuthorDraft) -> Values:
    return {
        "display_name": draft.display_name,
        "orcid": draft.orcid or None,
        "verification_level": VerificationLevel.RECORD,
        "folded_names": "",  # set by the caller, who knows every name form
    }


def _fixed_for_researcher(row: Values) -> frozenset[str]:
    """What a person asserted stays. A claimed record's name, iD and level are its owner's; any other keeps a level somebody raised."""
    asserted = frozenset(_object(row["asserted"]))
    if row["is_claimed"]:
        return asserted | {"display_name", "orcid", "verification_level"}
    return asserted | {"verification_level"} if row["verification_level"] else asserted


SOURCES = Kind(model=Source, values=_source_values, example=SourceDraft(key="", display_name=""))
TOPICS = Kind(model=Topic, values=_topic_values, example=TopicDraft(key="", display_name=""), name_columns=("display_name", "folded_names"))
FUNDERS = Kind(model=Funder, values=_funder_values, example=FunderDraft(key="", display_name=""), once="ror")
INSTITUTIONS = Kind(
    model=Institution,
    values=_institution_values,
    example=InstitutionDraft(key="", display_name=""),
    name_columns=("display_name", "other_names", "folded_names"),
    once="ror",
    redirects=("researchers_institutionredirect", "institution_id"),
)
RESEARCHERS = Kind(
    model=Researcher,
    values=_author_values,
    example=AuthorDraft(key="", display_name=""),
    name_columns=("display_name", "folded_names"),
    once="orcid",
    also_read=("is_claimed", "asserted"),
    redirects=("researchers_researcherredirect", "researcher_id"),
    fixed=_fixed_for_researcher,
)


def folded(names: Iterable[str]) -> str:
    """Return the distinct folded forms of `names`, parted by spaces, in a fixed order."""
    return " ".join(sorted({_fold(name) for name in names} - {""}))


_fold = lru_cache(maxsize=32_768)(fold)
"""Works name the same topics and institutions over and over."""


def introduce(
    cursor: CursorWrapper,
    kind: Kind[D],
    seen: Mapping[str, Seen[D]],
    stamp: Stamp,
    *,
    folded_names: Mapping[str, str] | None = None,
) -> Introduced:
    """Give every record in `seen` (by key "openalex:…") a row: the one it has, the one it was merged into, or a new one.

    `folded_names` replaces the folded names a draft alone would give, where they are news. Rows that are there already are read but not
    touched: which of them the drafts would change is returned as `due`, for `complete` to do once it is this batch's turn.
    """
    if not seen:
        return Introduced()
    said = _said(kind, seen, folded_names)
    rows = _rows(cursor, kind, list(seen), locked=False)
    ids = {key: row["id"] for key, row in rows.items()}
    ids |= _redirected(cursor, kind, [key for key in seen if key not in ids])
    missing: list[str] = sorted(key for key in seen if key not in ids)
    fresh = dict(zip(missing, next_ids(cursor, kind.model, len(missing)), strict=True))
    due: set[str] = {key for key, row in rows.items() if _change(kind, row, said[key], seen[key], given=folded_names is not None)}
    taken = _withhold_taken(cursor, kind, {key: said[key] for key in (*due, *missing)}, ids | fresh)
    due |= taken.disputed.keys()
    met = _insert(cursor, kind, [(fresh[key], key, said[key], _provenance(None, seen[key], stamp, {})) for key in missing])
    if met:
        # Another batch brought the same record meanwhile: its row counts, and what this one adds is due.
        found = _ids(cursor, kind, met)
        if len(found) < len(met):
            raise Crossed("another batch brought a record with the same second id")
        due |= set(met)
        fresh = {key: row_id for key, row_id in fresh.items() if key not in found}
        ids |= found
    return Introduced(ids=ids | fresh, new=set(fresh.values()), due=due, clashes=taken.clashes)


def complete(
    cursor: CursorWrapper, kind: Kind[D], seen: Mapping[str, Seen[D]], stamp: Stamp, *, folded_names: Mapping[str, str] | None = None
) -> Completed:
    """Let drafts change the rows they find, which are read again and locked."""
    if not seen:
        return Completed()
    said = _said(kind, seen, folded_names)
    rows = _rows(cursor, kind, list(seen), locked=True)
    taken = _withhold_taken(cursor, kind, {key: said[key] for key in rows}, {key: row["id"] for key, row in rows.items()})
    losers = _take_over(cursor, kind, said, rows=rows, seen=seen, taken=taken)
    changed: list[int] = [row["id"] for row in losers]
    writes: list[list[Any]] = []
    for key in sorted(rows):
        one, row = seen[key], rows[key]
        change = _change(kind, row, said[key], one, given=folded_names is not None)
        if change is None:
            continue
        values: Values = change.values
        changed += [row["id"]] if change.differs else []
        writes.append([row["id"], key.partition(":")[2], *_written(values), _provenance(row, one, stamp, change.withheld)])
    if writes:
        stage = stage_of(kind.model, "id", *_columns(kind))
        stage.fill(cursor, writes)
        upsert(cursor, model=kind.model, stage=stage, update=_columns(kind))
    return Completed(changed=changed, clashes=taken.clashes)


def _said(kind: Kind[D], seen: Mapping[str, Seen[D]], folded_names: Mapping[str, str] | None) -> dict[str, Values]:
    said: dict[str, Values] = {key: kind.values(one.draft) for key, one in seen.items()}
    if folded_names is not None:
        for key, values in said.items():
            values["folded_names"] = folded_names.get(key)
    return said


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Second ids that were taken out of what drafts say: for good, or until their turn, with the later record that holds each."""

    clashes: list[tuple[str, str, str]] = []
    disputed: dict[str, Values] = {}


def _withhold_taken(cursor: CursorWrapper, kind: Kind[D], said: Mapping[str, Values], ids: Mapping[str, int]) -> Taken:
    """Let the oldest record keep a second id: take it out of what others say. One that a later record holds is disputed."""
    wanted = [values[kind.once] for values in said.values() if values[kind.once]] if kind.once else []
    if not wanted:
        return Taken()
    columns = ["id", *_columns(kind), *kind.also_read]
    cursor.execute(f"SELECT {', '.join(columns)} FROM {kind.model._meta.db_table} WHERE {kind.once} = ANY(%s)", [array_of(wanted)])
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    stored: dict[str, Values] = {row[kind.once]: row for row in rows}
    holders: dict[str, int] = {value: row["id"] for value, row in stored.items()}
    taken = Taken(clashes=[], disputed={})
    for key in sorted(said, key=_age):
        value = said[key][kind.once]
        if not value or holders.setdefault(value, ids[key]) == ids[key]:
            continue
        said[key][kind.once] = None
        holder = stored.get(value)
        if holder and holders[value] == holder["id"] and _gives_way(kind, holder, key):
            taken.disputed[key] = holder
            holders[value] = ids[key]
        else:
            taken.clashes.append((key, kind.once, value))
    return taken


def _age(key: str) -> tuple[int, str]:
    """Order keys by their numbers, which upstream gives out one after the other."""
    return len(key), key


def _gives_way(kind: Kind[D], holder: Values, key: str) -> bool:
    """Tell whether a row holds its second id only because it came before the older record `key`."""
    return bool(holder["openalex_id"]) and _age(key) < _age(f"openalex:{holder['openalex_id']}") and kind.once not in kind.fixed(holder)


def _is_heard(kind: Kind[D], row: Values, one: Seen[D], value: str) -> bool:
    """Tell whether a draft's second id would be written into its row."""
    return row[kind.once] != value and kind.once not in kind.fixed(row) and _speaks(kind, row, one, kind.once, value)


def _take_over(
    cursor: CursorWrapper,
    kind: Kind[D],
    said: dict[str, Values],
    *,
    rows: Mapping[str, Values],
    seen: Mapping[str, Seen[D]],
    taken: Taken,
) -> list[Values]:
    """Give disputed second ids to the older records, if those would be heard; return the rows that lose one."""
    losers: list[Values] = []
    for key, holder in taken.disputed.items():
        value = holder[kind.once]
        if _is_heard(kind, rows[key], seen[key], value):
            said[key][kind.once] = value
            losers.append(holder)
            loser = f"openalex:{holder['openalex_id']}"
            taken.clashes.append((loser, kind.once, value))
            if loser in rows:
                rows[loser][kind.once] = None
        else:
            taken.clashes.append((key, kind.once, value))
    if losers:
        cursor.execute(
            f"UPDATE {kind.model._meta.db_table} SET {kind.once} = NULL WHERE id = ANY(%s)", [sorted(row["id"] for row in losers)]
        )
    return losers


def _insert(cursor: CursorWrapper, kind: Kind[D], rows: Sequence[tuple[int, str, Values, str]]) -> list[str]:
    """Insert new rows; return the keys of those that stand there by now."""
    if not rows:
        return []
    stage = stage_of(kind.model, "id", *_columns(kind))
    staged: list[list[Any]] = []
    for row_id, key, said, provenance in rows:
        values: Values = said
        staged.append([row_id, key.partition(":")[2], *_written(values), provenance])
    stage.fill(cursor, staged)
    inserted = insert_new(cursor, model=kind.model, stage=stage)
    return [key for row_id, key, _, _ in rows if row_id not in inserted]


def _written(values: Values) -> list[Any]:
    """Return the values of a row as they are staged."""
    return [array_of(value) if type(value) is list else value for value in values.values()]


def _ids(cursor: CursorWrapper, kind: Kind[D], keys: Sequence[str]) -> dict[str, int]:
    cursor.execute(
        f"SELECT 'openalex:' || openalex_id, id FROM {kind.model._meta.db_table} WHERE openalex_id = ANY(%s)",
        [array_of([key.partition(":")[2] for key in keys])],
    )
    return dict(cursor.fetchall())


def _columns(kind: Kind[D]) -> list[str]:
    return ["openalex_id", *kind.values(kind.example), "provenance"]


def _rows(cursor: CursorWrapper, kind: Kind[D], keys: Sequence[str], *, locked: bool) -> dict[str, Values]:
    """Read the rows of `keys`, each with its "origin": OpenAlex's part of its provenance.

    If they are about to change, lock them by own key, as every writer of records does.
    """
    columns: list[str] = [*_columns(kind), *kind.also_read]
    cursor.execute(
        f"SELECT id, {', '.join(columns)} FROM {kind.model._meta.db_table} WHERE openalex_id = ANY(%s)"
        # A row that is only referred to must not be merged away meanwhile; that keeps no other batch waiting.
        + (" ORDER BY id FOR NO KEY UPDATE" if locked else " FOR KEY SHARE"),
        [array_of([key.partition(":")[2] for key in keys])],
    )
    names = ["id", *columns]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        row["origin"] = _object(row.pop("provenance")).get("openalex", {})
    return {f"openalex:{row['openalex_id']}": row for row in found}


def _redirected(cursor: CursorWrapper, kind: Kind[D], keys: Sequence[str]) -> dict[str, int]:
    if kind.redirects is None or not keys:
        return {}
    table, column = kind.redirects
    cursor.execute(f"SELECT key, {column} FROM {table} WHERE key = ANY(%s)", [array_of(keys)])
    return dict(cursor.fetchall())


def _change(kind: Kind[D], row: Values, said: Values, one: Seen[D], *, given: bool) -> Change | None:
    """Return what a draft makes of an existing row, None if nothing. `given`: its names are those of all forms, if one is new."""
    was = row["origin"]
    fixed = kind.fixed(row)
    values: Values = {}
    differs = False
    for column, value in said.items():
        held = row[column]
        if given and column == "folded_names":
            is_heard = value not in (None, held)
        else:
            is_heard = value != held and column not in fixed and _speaks(kind, row, one, column, value)
        values[column] = value if is_heard else held
        differs = differs or is_heard
    withheld = _withheld(kind, row, said, one)
    if differs or withheld != was.get("withheld", {}) or _is_better_witness(was, one):
        return Change(values, withheld, differs)
    return None


def _speaks(kind: Kind[D], row: Values, one: Seen[D], column: str, value: Any) -> bool:
    """Tell whether a draft has a say on this column of an existing row."""
    was = row["origin"]
    newer_brief = was.get("brief", True) and (one.as_of, one.draft.display_name) > (was.get("as_of", ""), row["display_name"])
    return one.is_whole or bool(newer_brief and column in kind.name_columns and value) or row[column] in (None, "", [])


def _withheld(kind: Kind[D], row: Values, said: Values, one: Seen[D]) -> Values:
    """Return what sources say of columns that a person fixed, where it differs: it comes back once that is taken back."""
    told: Values = dict(row["origin"].get("withheld", {}))
    watched = kind.fixed(row) & {*kind.name_columns, kind.once} - {"folded_names"}
    if not watched:
        return {}
    told |= {column: said[column] for column in sorted(watched) if column in said and _speaks(kind, row, one, column, said[column])}
    return {column: value for column, value in told.items() if column in watched and value not in (None, row[column])}


def _is_better_witness(was: Values, one: Seen[D]) -> bool:
    """Tell whether a record that says the same still counts for more when a third one differs."""
    was_brief = bool(was.get("brief", True))
    return was_brief and (one.is_whole or one.as_of > was.get("as_of", ""))


def _provenance(row: Values | None, one: Seen[D], stamp: Stamp, withheld: Values) -> str:
    brief = not one.is_whole and (row is None or bool(row["origin"].get("brief", True)))
    origin = {"at": stamp.at, "run": stamp.run_id, "brief": brief, "as_of": one.as_of}
    return orjson.dumps({"openalex": origin | ({"withheld": withheld} if withheld else {})}).decode()


def _object(value: Any) -> dict[str, Any]:
    # psycopg hands jsonb over as text: Django registers its own loader.
    held = orjson.loads(value) if isinstance(value, str | bytes) else value
    return held if isinstance(held, dict) else {}
