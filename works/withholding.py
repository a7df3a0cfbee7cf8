"""Records that must not be here: taken apart when somebody asks for it, and kept from coming back with an import.

A record is not hidden but gone: its row, names, affiliations and edges are deleted, its bylines belong to nobody, and what
remains is the do-not-list (`researchers.suppression`). So no query has to leave it out and none can forget to. The works
stay with the byline as printed, or with WITHHELD where the person asked for that, too.

Imports pass through `withheld` before anything is planned: bylines of a listed author come without the author, author
records on the list do not come at all. `leave_alone` then looks at the bylines as written: those on the list are joined to
nobody by their name, whichever source printed them.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from django.db.backends.utils import CursorWrapper

from researchers.domain import spell_out_names
from researchers.models import NameForm, Researcher, ResearcherRedirect, Suppression
from researchers.names import fold, name_key
from researchers.suppression import Listed, is_anything_suppressed, listed, suppress
from works.composing import identity
from works.drafts import AnyDraft, AuthorDraft, AuthorshipDraft, Merged, WorkDraft
from works.keeping import kept_drafts
from works.models import Authorship, RecordChange, UpstreamConflict, UpstreamRecord, Work, WorkRedirect

WITHHELD = "Name withheld"
Kind = Suppression.Kind
By = Authorship.ResolvedBy


# --- on the way in ----------------------------------------------------------------------------------


def withheld(fresh: Sequence[tuple[AnyDraft, bytes]]) -> list[tuple[AnyDraft, bytes]]:
    """Return the drafts without what the list forbids. New works of a removed author are put on it with their byline."""
    if not is_anything_suppressed():
        return list(fresh)
    marks = listed(_keys_in(draft for draft, _ in fresh))
    if not marks:
        return list(fresh)
    sieve = _Sieve([draft for draft, _ in fresh], marks)
    kept = [(sieve.passed(draft), digest) for draft, digest in fresh if not sieve.forbids(draft)]
    sieve.note()
    return kept


def _keys_in(drafts: Iterable[AnyDraft]) -> set[str]:
    keys: set[str] = set()
    for draft in drafts:
        for author in _authors(draft):
            keys |= _keys_of(author)
        if isinstance(draft, WorkDraft):
            keys |= {f"work:{key}" for key in identity(draft)}
    return keys


def _authors(draft: AnyDraft) -> list[AuthorDraft]:
    if isinstance(draft, AuthorDraft):
        return [draft]
    return [one.author for one in draft.authorships if one.author] if isinstance(draft, WorkDraft) else []


def _keys_of(author: AuthorDraft) -> set[str]:
    return {author.key} | ({f"orcid:{author.orcid}"} if author.orcid else set())


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    """The erased names of one record, folded, and the name it is shown by."""

    record_id: int
    shown: str
    erased: frozenset[str]

    def holds(self, name: str) -> bool:
        return fold(name) in self.erased

    def instead_of(self, name: str) -> str:
        return self.shown if self.holds(name) else name


class _Sieve:
    """What the list says about a batch of drafts, and what it is to say from now on."""

    def __init__(self, drafts: Sequence[AnyDraft], marks: Mapping[str, Listed]) -> None:
        self.marks = marks
        self.names = _erased_names(drafts, marks)
        self.bylines: dict[tuple[bool, int | None], dict[str, str]] = defaultdict(dict)

    def forbids(self, draft: AnyDraft) -> bool:
        return isinstance(draft, AuthorDraft) and self._removed(draft) is not None

    def passed(self, draft: AnyDraft) -> AnyDraft:
        if isinstance(draft, AuthorDraft):
            return self._renamed(draft)
        if not isinstance(draft, WorkDraft):
            return draft
        bylines = tuple(self._byline(one, draft) for one in draft.authorships)
        found = msgspec.structs.replace(draft, authorships=bylines) if bylines != draft.authorships else draft
        return without_names(found) if any(f"work:{key}" in self.marks for key in identity(draft)) else found

    def note(self) -> None:
        """Put the bylines met on the list."""
        for (hides_name, record_id), keys in self.bylines.items():
            suppress(keys, hides_name=hides_name, record_id=record_id)

    def _removed(self, author: AuthorDraft | None) -> Listed | None:
        found = [self.marks[key] for key in sorted(_keys_of(author)) if key in self.marks] if author else []
        removed = [one for one in found if one.kind == Kind.RECORD]
        return next((one for one in removed if one.hides_name), removed[0] if removed else None)

    def _byline(self, one: AuthorshipDraft, draft: WorkDraft) -> AuthorshipDraft:
        if one.author is None:
            return one
        if (found := self._removed(one.author)) is not None:
            self.bylines[found.hides_name, None] |= byline_keys(identity(draft), one.byline)
            shown = WITHHELD if found.hides_name else one.byline
            said = () if found.hides_name else one.raw_affiliations
            return msgspec.structs.replace(one, author=None, byline=shown, raw_orcid="", raw_affiliations=said)
        former = self.names.get(one.author.key)
        if former is None:
            return one
        if former.holds(one.byline):
            self.bylines[False, former.record_id] |= alias_keys(identity(draft), one.byline)
        return msgspec.structs.replace(one, author=self._renamed(one.author), byline=former.instead_of(one.byline))

    def _renamed(self, author: AuthorDraft) -> AuthorDraft:
        former = self.names.get(author.key)
        if former is None:
            return author
        others = tuple(name for name in author.other_names if not former.holds(name))
        return msgspec.structs.replace(author, display_name=former.instead_of(author.display_name), other_names=others)


def byline_keys(work_keys: Iterable[str], byline: str) -> dict[str, str]:
    """Return what the list keeps of a byline that must not become a record."""
    return _keys_on_works("byline", Kind.BYLINE, work_keys, byline)


def alias_keys(work_keys: Iterable[str], byline: str) -> dict[str, str]:
    """Return what the list keeps of a byline that prints a former name."""
    return _keys_on_works("alias", Kind.NAME, work_keys, byline)


def _keys_on_works(prefix: str, kind: str, work_keys: Iterable[str], byline: str) -> dict[str, str]:
    name = name_key(byline)
    return {key: each for work in work_keys for key, each in ((f"work:{work}", Kind.WORK.value), (f"{prefix}:{work}:{name}", kind))}


def _erased_names(drafts: Iterable[AnyDraft], marks: Mapping[str, Listed]) -> dict[str, _Names]:
    """Return the erased names by author key, for authors the list marks as having some."""
    said: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, int] = {}
    for draft in drafts:
        bylines = draft.authorships if isinstance(draft, WorkDraft) else ()
        printed = [(one.author, (one.byline,)) for one in bylines if one.author]
        for author, further in [*((author, ()) for author in _authors(draft)), *printed]:
            holder = next((marks[key].record_id for key in sorted(_keys_of(author)) if key in marks and marks[key].kind == Kind.NAME), None)
            if holder:
                holders[author.key] = holder
                said[author.key] |= {fold(name) for name in (author.display_name, *author.other_names, *further)}
    if not holders:
        return {}
    found = listed({f"name:{holders[key]}:{name}" for key, names in said.items() for name in names})
    records = records_now(set(holders.values()))
    return {
        key: _Names(
            record_id=holder,
            shown=records[holder].display_name,
            erased=frozenset(name for name in said[key] if f"name:{holder}:{name}" in found),
        )
        for key, holder in holders.items()
        if holder in records
    }


def records_now(own_keys: Collection[int]) -> dict[int, Researcher]:
    """Return records by the own keys they had when the list was written; merged ones are found where they went."""
    found = Researcher.objects.in_bulk(own_keys)
    gone = {f"id:{key}": key for key in own_keys if key not in found}
    moved = ResearcherRedirect.objects.filter(key__in=list(gone)).select_related("researcher") if gone else []
    return found | {gone[one.key]: one.researcher for one in moved}


# --- as written -------------------------------------------------------------------------------------


def leave_alone(cursor: CursorWrapper, work_ids: Collection[int]) -> int:
    """Let listed bylines of works just written belong to nobody, and rename those that print a former name; return how many.

    Called before bylines are resolved by name, in the same transaction.
    """
    if not work_ids or not is_anything_suppressed():
        return 0
    keys = work_keys(cursor, work_ids)
    marked = listed({f"work:{key}" for each in keys.values() for key in each})
    concerned = {work: each for work, each in keys.items() if any(f"work:{key}" in marked for key in each)}
    if not concerned:
        return 0
    rows = list(Authorship.objects.filter(work_id__in=concerned).exclude(name_key="").order_by("work_id", "position"))
    asked = {f"{kind}:{key}:{row.name_key}" for row in rows for key in concerned[row.work_id] for kind in ("byline", "alias")}
    found = listed(asked)
    shown = _shown(found)
    return sum(_settle(row, _said_of(row, concerned[row.work_id], found), shown) for row in rows)


def _shown(found: Mapping[str, Listed]) -> dict[int, str]:
    keys = {one.record_id for one in found.values() if one.record_id}
    return {key: record.display_name for key, record in records_now(keys).items()} if keys else {}


def _said_of(row: Authorship, keys: Iterable[str], found: Mapping[str, Listed]) -> Listed | None:
    if row.byline == WITHHELD:
        return Listed(kind=Kind.BYLINE, hides_name=True, record_id=None)
    asked = (f"{kind}:{key}:{row.name_key}" for kind in ("byline", "alias") for key in sorted(keys))
    return next((found[key] for key in asked if key in found), None)


def _settle(row: Authorship, said: Listed | None, shown: Mapping[int, str]) -> bool:
    # A namesake's own word on a byline counts, and so does an author id that `withheld` let pass.
    if said is None or row.resolved_by in (By.OWNER, By.UPSTREAM_ID):
        return False
    if said.kind == Kind.NAME:
        if (name := shown.get(said.record_id or 0)) is None:
            return False
        Authorship.objects.filter(pk=row.pk).update(byline=name, name_key=name_key(name))
        return True
    withheld_fields = {"byline": WITHHELD, "raw_affiliations": []} if said.hides_name else {}
    Authorship.objects.filter(pk=row.pk).update(
        researcher=None, resolved_by=By.NONE, grounds={}, name_key="", raw_orcid="", **withheld_fields
    )
    return True


def work_keys(cursor: CursorWrapper, work_ids: Collection[int]) -> dict[int, set[str]]:
    """Return every key each work has or had in its sources."""
    keys: dict[int, set[str]] = defaultdict(set)
    for key, openalex, doi, arxiv in Work.objects.filter(pk__in=work_ids).values_list("pk", "openalex_id", "doi", "arxiv_id"):
        keys[key] = {name for name, held in ((f"openalex:{openalex}", openalex), (f"doi:{doi}", doi), (f"arxiv:{arxiv}", arxiv)) if held}
    for key, name in WorkRedirect.objects.filter(work_id__in=work_ids).values_list("work_id", "key"):
        keys[key].add(name)
    for name, kept in kept_drafts(cursor, work_ids).items():
        keys[kept.work_id] |= {name, *identity(kept.draft)}
    return {key: {name for name in names if not name.startswith("id:")} for key, names in keys.items()}


# --- taking apart -----------------------------------------------------------------------------------


def take_apart(cursor: CursorWrapper, person: Researcher, *, hides_name: bool) -> set[int]:
    """Remove a record for good and put it on the list; return the works it had bylines of. Callers hold imports.

    What of other apps hangs on the record goes with its row; claims are the caller's to end first.
    """
    rows = list(Authorship.objects.filter(researcher=person).order_by("work_id", "position"))
    works = {row.work_id for row in rows}
    near = set(person.collaborations.values_list("collaborator_id", flat=True))
    suppress(dict.fromkeys(record_keys(person), Kind.RECORD.value), hides_name=hides_name)
    keys = work_keys(cursor, works)
    bylines: dict[str, str] = {}
    for row in rows:
        bylines |= byline_keys(keys.get(row.work_id, ()), row.byline)
    suppress(bylines, hides_name=hides_name)
    UpstreamRecord.objects.filter(key=f"openalex:{person.openalex_id}").delete()
    _rewrite_drafts(cursor, works)
    hidden = {"byline": WITHHELD, "raw_affiliations": []} if hides_name else {}
    Authorship.objects.filter(researcher=person).update(
        researcher=None, resolved_by=By.NONE, grounds={}, name_key="", raw_orcid="", **hidden
    )
    person.delete()
    RecordChange.objects.bulk_create(
        [
            *(RecordChange(kind="work", record_id=key) for key in sorted(works)),
            *(RecordChange(kind="researcher", record_id=key) for key in sorted(near)),
        ]
    )
    return works


def listed_merges(merged: Iterable[Merged]) -> list[Merged]:
    """Return the merges upstream that concern a listed author, with one question for all."""
    people = [one for one in merged if one.old_key.startswith("openalex:A")]
    if not people or not is_anything_suppressed():
        return []
    marks = listed({key for one in people for key in (one.old_key, one.new_key)})
    return [one for one in people if one.old_key in marks or one.new_key in marks]


def follow_merge(cursor: CursorWrapper, old_key: str, new_key: str) -> bool:
    """Let the list follow a merge of two author ids upstream; return True if nothing else is to be done about it.

    When one of them was removed, so is the other: upstream says that they are one person. A claimed record stays; whoever
    claimed it is here of their own will, and a moderator looks at it.
    """
    if not is_anything_suppressed():
        return False
    marks = listed([old_key, new_key])
    for key, other in ((old_key, new_key), (new_key, old_key)):
        said = marks.get(key)
        if said is not None and said.kind == Kind.NAME and other not in marks:
            suppress({other: Kind.NAME.value}, record_id=said.record_id)
        if said is None or said.kind != Kind.RECORD:
            continue
        suppress({other: Kind.RECORD.value}, hides_name=said.hides_name)
        person = Researcher.objects.filter(openalex_id=other.partition(":")[2]).first()
        if person is not None and person.is_claimed:
            UpstreamConflict.objects.create(kind=UpstreamConflict.Kind.CLAIMED_ABSORBED, key=other, other_key=key)
        elif person is not None:
            take_apart(cursor, person, hides_name=said.hides_name)
        return True
    return False


def record_keys(person: Researcher) -> set[str]:
    """Return every key that leads to a record, its former ones included."""
    keys = {f"id:{person.pk}"}
    keys |= {f"openalex:{person.openalex_id}"} if person.openalex_id else set()
    keys |= {f"orcid:{person.orcid}"} if person.orcid else set()
    return keys | set(ResearcherRedirect.objects.filter(researcher=person).values_list("key", flat=True))


def _rewrite_drafts(cursor: CursorWrapper, work_ids: Collection[int]) -> None:
    """Let the stored drafts of works say what the list allows, so that composing them anew brings nothing back."""
    for key, kept in kept_drafts(cursor, sorted(work_ids)).items():
        draft = withheld([(kept.draft, b"")])[0][0]
        if draft != kept.draft:
            UpstreamRecord.objects.filter(key=key).update(draft=zlib.compress(msgspec.json.encode(draft), 1))


def without_names(draft: WorkDraft) -> WorkDraft:
    """Settle bylines that only their names tell: listed ones belong to nobody, former names give way to the present one.

    A name printed twice on a work is two people: then the author id has to tell which is which.
    """
    printed = {one.position: name_key(one.byline) for one in draft.authorships}
    often = Counter(printed.values())
    keys = sorted(identity(draft))
    found = listed({f"{kind}:{key}:{name}" for name in often for key in keys for kind in ("byline", "alias")})
    if not found:
        return draft
    shown = _shown(found)
    bylines = []
    for one in draft.authorships:
        name = printed[one.position]
        said = next((found[at] for key in keys for at in (f"byline:{key}:{name}", f"alias:{key}:{name}") if at in found), None)
        bylines.append(one if said is None or (one.author and often[name] > 1) else _settled(one, said, shown))
    return msgspec.structs.replace(draft, authorships=tuple(bylines))


def _settled(one: AuthorshipDraft, said: Listed, shown: Mapping[int, str]) -> AuthorshipDraft:
    if said.kind == Kind.NAME:
        return msgspec.structs.replace(one, byline=shown.get(said.record_id or 0, one.byline))
    if said.hides_name:
        return msgspec.structs.replace(one, author=None, byline=WITHHELD, raw_orcid="", raw_affiliations=())
    return msgspec.structs.replace(one, author=None, raw_orcid="")


# --- erasing a name ---------------------------------------------------------------------------------


def erase_name(cursor: CursorWrapper, person: Researcher, *, name: str) -> int:
    """Show the present name wherever a former one of this record stood, here and in what imports bring; return how many bylines changed.

    Callers hold imports, and see to it that the record's present name is another one.
    """
    erased = fold(name)
    keys = record_keys(person)
    suppress(dict.fromkeys((*keys, f"name:{person.pk}:{erased}"), Kind.NAME.value), record_id=person.pk)
    rows = [row for row in Authorship.objects.filter(researcher=person).order_by("work_id", "position") if fold(row.byline) == erased]
    works = work_keys(cursor, {row.work_id for row in rows})
    aliases: dict[str, str] = {}
    for row in rows:
        aliases |= alias_keys(works.get(row.work_id, ()), row.byline)
        Authorship.objects.filter(pk=row.pk).update(byline=person.display_name, name_key=name_key(person.display_name))
    suppress(aliases, record_id=person.pk)
    _rewrite_drafts(cursor, {row.work_id for row in rows})
    for form in NameForm.objects.filter(researcher=person).order_by("pk"):
        if fold(form.name) == erased:
            form.delete()
    spell_out_names([person.pk])
    RecordChange.objects.create(kind="researcher", record_id=person.pk)
    return len(rows)
