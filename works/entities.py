"""Sources, topics, institutions and researchers as upstream describes them: from drafts to rows.

Each record is seen either whole (its own record was imported) or in brief (embedded in another one). A whole record
says all there is; a brief one creates a row or fills gaps, and a newer brief name replaces an older brief one.
The rows are compared here, in Python, under the import lock: only rows that differ are sent to the database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from django.db import models
from django.db.backends.utils import CursorWrapper

from researchers.models import Institution, Researcher, VerificationLevel
from researchers.names import fold
from works.drafts import AuthorDraft, FunderDraft, InstitutionDraft, SourceDraft, TopicDraft
from works.models import Funder, Source, Topic
from works.staging import next_ids, stage_of, upsert

D = TypeVar("D", SourceDraft, TopicDraft, InstitutionDraft, AuthorDraft, FunderDraft)
Values = dict[str, Any]


class Seen(msgspec.Struct, Generic[D], frozen=True):
    """A draft with how it was seen: whole or in brief, and as of when by upstream's own stamp."""

    draft: D
    is_whole: bool
    as_of: str

    def outranks(self, other: "Seen[D] | None") -> bool:
        """Tell whether this is the better witness of the same record."""
        return other is None or self._rank() > other._rank()

    def _rank(self) -> tuple[bool, str, str, str]:
        return self.is_whole, self.as_of, self.draft.display_name, str(self.draft)


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """Which run writes, and when (ISO 8601)."""

    run_id: int
    at: str


class Kind(msgspec.Struct, Generic[D], frozen=True, kw_only=True):
    """How one kind of record is stored.

    `values` gives the columns a draft speaks of. `once` is a second id that one row only may hold, `fixed` tells which
    columns an import must leave alone in an existing row. `redirects` names the table of merged ids.
    """

    model: type[models.Model]
    values: Callable[[D], Values]
    name_columns: tuple[str, ...] = ("display_name",)
    once: str = ""
    also_read: tuple[str, ...] = ()
    redirects: tuple[str, str] | None = None
    fixed: Callable[[Values], frozenset[str]] = lambda row: frozenset()


class Stored(msgspec.Struct, kw_only=True):
    """What became of a batch's records of one kind: their row by key, which rows are new or changed, which lost a shared id."""

    ids: dict[str, int] = {}
    new: set[int] = set()
    changed: list[int] = []
    clashes: list[tuple[str, str, str]] = []


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


SOURCES = Kind(model=Source, values=_source_values)
TOPICS = Kind(model=Topic, values=_topic_values, name_columns=("display_name", "folded_names"))
FUNDERS = Kind(model=Funder, values=_funder_values, once="ror")
INSTITUTIONS = Kind(
    model=Institution,
    values=_institution_values,
    name_columns=("display_name", "other_names", "folded_names"),
    once="ror",
    redirects=("researchers_institutionredirect", "institution_id"),
)
RESEARCHERS = Kind(
    model=Researcher,
    values=_author_values,
    name_columns=("display_name", "folded_names"),
    once="orcid",
    also_read=("is_claimed", "asserted"),
    redirects=("researchers_researcherredirect", "researcher_id"),
    fixed=_fixed_for_researcher,
)


def folded(names: Iterable[str]) -> str:
    """Return the distinct folded forms of `names`, parted by spaces, in a fixed order."""
    return " ".join(sorted({fold(name) for name in names} - {""}))


def store_entities(
    cursor: CursorWrapper,
    kind: Kind[D],
    seen: Mapping[str, Seen[D]],
    stamp: Stamp,
    *,
    folded_names: Mapping[str, str] | None = None,
) -> Stored:
    """Create or complete the rows of the records in `seen` (by key "openalex:…").

    `folded_names` replaces the folded names a draft alone would give. Returns the row of every key, merged ids included.
    """
    if not seen:
        return Stored()
    said: dict[str, Values] = {key: kind.values(one.draft) for key, one in seen.items()}
    for key, names in (folded_names or {}).items():
        said[key]["folded_names"] = names
    columns: list[str] = ["openalex_id", *next(iter(said.values())), "provenance"]
    rows = _rows(cursor, kind, list(seen), [*columns, *kind.also_read])
    stored = _numbered(cursor, kind, seen, rows)
    _withhold_taken(cursor, kind, said, stored)
    writes: list[list[Any]] = []
    for key in sorted(said):
        one, row = seen[key], rows.get(key)
        if row is not None:
            values: Values = _completed(kind, row, said[key], one, given=folded_names is not None)
            is_same = all(row[column] == value for column, value in values.items())
            stored.changed += [] if is_same else [row["id"]]
            withheld = _withheld(kind, row, said[key], one)
            if is_same and withheld == _origin(row["provenance"]).get("withheld", {}) and not _is_better_witness(row, one):
                continue
        elif stored.ids[key] in stored.new:
            values, withheld = said[key], {}
        else:
            continue  # merged into another record, which speaks for itself
        writes.append([stored.ids[key], key.partition(":")[2], *values.values(), _provenance(row, one, stamp, withheld)])
    if writes:
        stage = stage_of(kind.model, "id", *columns)
        stage.fill(cursor, writes)
        upsert(cursor, model=kind.model, stage=stage, update=columns)
    return stored


def _numbered(cursor: CursorWrapper, kind: Kind[D], seen: Mapping[str, Seen[D]], rows: Mapping[str, Values]) -> Stored:
    """Give every key its row: the one that has it, the one it was merged into, or a new one."""
    ids = {key: row["id"] for key, row in rows.items()}
    ids |= _redirected(cursor, kind, [key for key in seen if key not in ids])
    missing = sorted(key for key in seen if key not in ids)
    new = next_ids(cursor, kind.model, len(missing))
    return Stored(ids=ids | dict(zip(missing, new, strict=True)), new=set(new))


def _withhold_taken(cursor: CursorWrapper, kind: Kind[D], said: Mapping[str, Values], stored: Stored) -> None:
    """Let the first row keep a second id: take it out of what others say and note the clash."""
    if not kind.once:
        return
    wanted = [values[kind.once] for values in said.values() if values[kind.once]]
    cursor.execute(f"SELECT {kind.once}, id FROM {kind.model._meta.db_table} WHERE {kind.once} = ANY(%s)", [wanted])
    holders: dict[str, int] = dict(cursor.fetchall())
    for key in sorted(said):
        value = said[key][kind.once]
        if value and holders.setdefault(value, stored.ids[key]) != stored.ids[key]:
            stored.clashes.append((key, kind.once, value))
            said[key][kind.once] = None


def _rows(cursor: CursorWrapper, kind: Kind[D], keys: Sequence[str], columns: Sequence[str]) -> dict[str, Values]:
    """Read and lock the rows of `keys`, by own key as every writer of records does."""
    cursor.execute(
        f"SELECT id, {', '.join(columns)} FROM {kind.model._meta.db_table} WHERE openalex_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [[key.partition(":")[2] for key in keys]],
    )
    names = ["id", *columns]
    found = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    return {f"openalex:{row['openalex_id']}": row for row in found}


def _redirected(cursor: CursorWrapper, kind: Kind[D], keys: Sequence[str]) -> dict[str, int]:
    if kind.redirects is None or not keys:
        return {}
    table, column = kind.redirects
    cursor.execute(f"SELECT key, {column} FROM {table} WHERE key = ANY(%s)", [list(keys)])
    return dict(cursor.fetchall())


def _completed(kind: Kind[D], row: Values, said: Values, one: Seen[D], *, given: bool) -> Values:
    """Return the columns of an existing row after this draft has spoken. `given`: its folded names come from all name forms."""
    fixed = kind.fixed(row)
    values: Values = {}
    for column, value in said.items():
        forced = given and column == "folded_names"
        values[column] = value if forced or (column not in fixed and _speaks(kind, row, one, column, value)) else row[column]
    return values


def _speaks(kind: Kind[D], row: Values, one: Seen[D], column: str, value: Any) -> bool:
    """Tell whether a draft has a say on this column of an existing row."""
    was = _origin(row["provenance"])
    newer_brief = was.get("brief", True) and (one.as_of, one.draft.display_name) > (was.get("as_of", ""), row["display_name"])
    return one.is_whole or bool(newer_brief and column in kind.name_columns and value) or row[column] in (None, "", [])


def _withheld(kind: Kind[D], row: Values, said: Values, one: Seen[D]) -> Values:
    """Return what sources say of columns that a person fixed, where it differs: it comes back once that is taken back."""
    told: Values = dict(_origin(row["provenance"]).get("withheld", {}))
    fixed = kind.fixed(row) & {*kind.name_columns, kind.once} - {"folded_names"}
    told |= {column: said[column] for column in sorted(fixed) if column in said and _speaks(kind, row, one, column, said[column])}
    return {column: value for column, value in told.items() if column in fixed and value not in (None, row[column])}


def _is_better_witness(row: Values, one: Seen[D]) -> bool:
    """Tell whether a record that says the same still counts for more when a third one differs."""
    was = _origin(row["provenance"])
    was_brief = bool(was.get("brief", True))
    return was_brief and (one.is_whole or one.as_of > was.get("as_of", ""))


def _provenance(row: Values | None, one: Seen[D], stamp: Stamp, withheld: Values) -> str:
    brief = not one.is_whole and (row is None or bool(_origin(row["provenance"]).get("brief", True)))
    origin = {"at": stamp.at, "run": stamp.run_id, "brief": brief, "as_of": one.as_of}
    return orjson.dumps({"openalex": origin | ({"withheld": withheld} if withheld else {})}).decode()


def _origin(provenance: Any) -> dict[str, Any]:
    return dict(_object(provenance).get("openalex", {}))


def _object(value: Any) -> dict[str, Any]:
    # psycopg hands jsonb over as text: Django registers its own loader.
    held = orjson.loads(value) if isinstance(value, str | bytes) else value
    return held if isinstance(held, dict) else {}
