"""Everything a batch mentions that is no work: institutions, sources, researchers with their names, topics."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db.backends.utils import CursorWrapper

from researchers.domain import spell_out_names
from researchers.models import Affiliation, NameForm
from researchers.searching import searchable
from works.drafts import AnyDraft, AuthorDraft, FunderDraft, InstitutionDraft, SourceDraft, TopicDraft, WorkDraft
from works.entities import FUNDERS, INSTITUTIONS, RESEARCHERS, SOURCES, TOPICS, D, Seen, Stamp, complete, introduce
from works.models import Source
from works.staging import array_of, numbers_of, stage_of, upsert
from works.writing import Changes, Ids


class Mentions:
    """Every record a batch speaks of, whole or embedded, with the best witness of each."""

    def __init__(self) -> None:
        self.institutions: dict[str, Seen[InstitutionDraft]] = {}
        self.researchers: dict[str, Seen[AuthorDraft]] = {}
        self.sources: dict[str, Seen[SourceDraft]] = {}
        self.topics: dict[str, Seen[TopicDraft]] = {}
        self.funders: dict[str, Seen[FunderDraft]] = {}
        self.unidentified_sources: dict[str, SourceDraft] = {}
        self.names: dict[str, dict[str, str]] = defaultdict(dict)
        self.authors: list[AuthorDraft] = []

    def add(self, draft: AnyDraft) -> None:
        """Take in a draft and all it embeds."""
        as_of = draft.upstream_updated
        if isinstance(draft, WorkDraft):
            self._add_work(draft, as_of)
        elif isinstance(draft, AuthorDraft):
            self._see(self.researchers, draft, as_of, is_whole=not draft.is_brief)
            self.authors.append(draft)
            self.names[draft.key] |= dict.fromkeys((draft.display_name, *draft.other_names), NameForm.Kind.UPSTREAM.value)
            for affiliation in draft.affiliations:
                self._see(self.institutions, affiliation.institution, as_of, is_whole=False)
        elif isinstance(draft, InstitutionDraft):
            self._see(self.institutions, draft, as_of, is_whole=not draft.is_brief)
        elif isinstance(draft, SourceDraft):
            self._see(self.sources, draft, as_of, is_whole=True)
        elif isinstance(draft, FunderDraft):
            self._see(self.funders, draft, as_of, is_whole=True)
        else:
            self._see(self.topics, draft, as_of, is_whole=True)

    def _add_work(self, draft: WorkDraft, as_of: str) -> None:
        if draft.source and draft.source.key:
            self._see(self.sources, draft.source, as_of, is_whole=False)
        elif draft.source:
            self.unidentified_sources.setdefault(draft.source.display_name, draft.source)
        for link in draft.topics:
            self._see(self.topics, link.topic, as_of, is_whole=False)
        for paid in draft.funding:
            self._see(self.funders, paid.funder, as_of, is_whole=False)
        for authorship in draft.authorships:
            if authorship.author:
                self._see(self.researchers, authorship.author, as_of, is_whole=False)
                names = self.names[authorship.author.key]
                names[authorship.author.display_name] = NameForm.Kind.UPSTREAM
                if authorship.byline:
                    names.setdefault(authorship.byline, NameForm.Kind.BYLINE)
            for institution in authorship.institutions:
                self._see(self.institutions, institution, as_of, is_whole=False)

    @staticmethod
    def _see(seen: dict[str, Seen[D]], draft: D, as_of: str, *, is_whole: bool) -> None:
        one = Seen(draft, is_whole, as_of)
        if one.outranks(seen.get(draft.key)):
            seen[draft.key] = one


class Introduced(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of everything mentioned, and what is due in turn: by kind, the keys whose drafts change a row that was there.

    `newcomers` are author records of which all is written.
    """

    ids: Ids
    due: dict[str, set[str]]
    names_due: set[str]
    newcomers: set[str]
    clashes: list[tuple[str, str, str]]
    researchers_new: int
    institutions_new: int


def introduce_mentions(cursor: CursorWrapper, mentions: Mentions, *, run_id: int, now: datetime) -> Introduced:
    """Give all that a batch mentions and that is no work a row; rows that are there already stay as they are for now."""
    stamp = Stamp(run_id=run_id, at=now.isoformat())
    institutions = introduce(cursor, INSTITUTIONS, mentions.institutions, stamp)
    sources = introduce(cursor, SOURCES, mentions.sources, stamp)
    forms = _NameForms(cursor, mentions, mentions.researchers)
    researchers = introduce(cursor, RESEARCHERS, mentions.researchers, stamp, folded_names=forms.folded)
    forms.write(cursor, {key: row for key, row in researchers.ids.items() if row in researchers.new})
    topics = introduce(cursor, TOPICS, mentions.topics, stamp)
    funders = introduce(cursor, FUNDERS, mentions.funders, stamp)
    by_name = _unidentified_sources(cursor, mentions.unidentified_sources)
    newcomers = [author for author in mentions.authors if researchers.ids[author.key] in researchers.new]
    _write_affiliations(cursor, newcomers, researchers.ids, institutions.ids)
    return Introduced(
        ids=Ids(
            sources={**sources.ids, **by_name},
            topics=topics.ids,
            institutions=institutions.ids,
            researchers=researchers.ids,
            funders=funders.ids,
        ),
        due={
            "institution": institutions.due,
            "source": sources.due,
            "researcher": researchers.due,
            "topic": topics.due,
            "funder": funders.due,
        },
        names_due={key for key, names in forms.missing.items() if names and researchers.ids[key] not in researchers.new},
        clashes=institutions.clashes + researchers.clashes + funders.clashes,
        newcomers={author.key for author in newcomers},
        researchers_new=len(researchers.new),
        institutions_new=len(institutions.new),
    )


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in a way that others' figures follow, and shared ids that were refused."""

    changes: Changes
    clashes: list[tuple[str, str, str]]


def complete_mentions(cursor: CursorWrapper, mentions: Mentions, introduced: Introduced, *, run_id: int, now: datetime) -> Completed:
    """Change the rows that were there: names, gaps filled, what whole records say. Nobody else does so meanwhile."""
    stamp = Stamp(run_id=run_id, at=now.isoformat())
    due, ids = introduced.due, introduced.ids
    forms = _NameForms(cursor, mentions, introduced.names_due | due["researcher"])
    done = {
        "institution": complete(cursor, INSTITUTIONS, _of(mentions.institutions, due["institution"]), stamp),
        "source": complete(cursor, SOURCES, _of(mentions.sources, due["source"]), stamp),
        "researcher": complete(cursor, RESEARCHERS, _of(mentions.researchers, due["researcher"]), stamp, folded_names=forms.folded),
        "topic": complete(cursor, TOPICS, _of(mentions.topics, due["topic"]), stamp),
        "funder": complete(cursor, FUNDERS, _of(mentions.funders, due["funder"]), stamp),
    }
    forms.write(cursor, ids.researchers)
    # Names printed under an id that upstream merged belong to whom the id leads to.
    if led := {ids.researchers[key] for key, names in forms.missing.items() if names and key not in forms.known}:
        spell_out_names(led)
    known = [author for author in mentions.authors if author.key not in introduced.newcomers]
    _write_affiliations(cursor, known, ids.researchers, ids.institutions)
    changes = {("researcher", ids.researchers[author.key]) for author in mentions.authors}
    for kind in ("researcher", "institution", "topic"):
        changes |= {(kind, key) for key in done[kind].changed}
    return Completed(changes=changes, clashes=[clash for one in done.values() for clash in one.clashes])


def _of(seen: Mapping[str, Seen[D]], keys: Collection[str]) -> dict[str, Seen[D]]:
    return {key: seen[key] for key in keys}


class _NameForms:
    """The name forms of some of a batch's researchers, those known before included, and the folded names they add up to."""

    def __init__(self, cursor: CursorWrapper, mentions: Mentions, keys: Collection[str]) -> None:
        known: dict[str, dict[str, str]] = defaultdict(dict)
        if keys:
            cursor.execute(
                """
                SELECT 'openalex:' || r.openalex_id, f.name, f.kind
                  FROM researchers_researcher r JOIN researchers_nameform f ON f.researcher_id = r.id
                 WHERE r.openalex_id = ANY(%s)
                """,
                [array_of([key.partition(":")[2] for key in keys])],
            )
            for key, name, kind in cursor.fetchall():
                known[key][name] = kind
        self.known = frozenset(known)
        said = {key: mentions.names[key] for key in keys}
        self.missing = {key: {n: kind for n, kind in names.items() if _is_news(known[key].get(n), kind)} for key, names in said.items()}
        # Spelling names out takes long; who has got no new form keeps what is stored.
        self.folded = {key: searchable(known[key].keys() | said[key].keys()) for key, names in self.missing.items() if names}

    def write(self, cursor: CursorWrapper, ids: Mapping[str, int]) -> None:
        """Write the missing forms of the researchers in `ids`."""
        stage = stage_of(NameForm, "researcher_id", "name", "kind", "source")
        rows = {(ids[key], name): kind for key in sorted(self.missing) if key in ids for name, kind in self.missing[key].items()}
        if rows and stage.fill(cursor, ((*pair, kind, "openalex") for pair, kind in rows.items())):
            upsert(cursor, model=NameForm, stage=stage, conflict="researcher_id, name", update=("kind", "source"))


def _is_news(known: str | None, said: str) -> bool:
    """A form the source lists is more than one that was only printed, whichever came first."""
    return known is None or (known == NameForm.Kind.BYLINE and said == NameForm.Kind.UPSTREAM)


def _unidentified_sources(cursor: CursorWrapper, drafts: Mapping[str, SourceDraft]) -> dict[str, int]:
    """Return the rows of venues known by their printed name alone, made if need be."""
    if not drafts:
        return {}
    stage = stage_of(Source, "display_name", "type")
    stage.fill(cursor, [(name, drafts[name].type) for name in sorted(drafts)])
    upsert(cursor, model=Source, stage=stage, conflict="display_name) WHERE (openalex_id IS NULL")
    cursor.execute("SELECT display_name, id FROM works_source WHERE openalex_id IS NULL AND display_name = ANY(%s)", [list(drafts)])
    return dict(cursor.fetchall())


def _write_affiliations(
    cursor: CursorWrapper, authors: Sequence[AuthorDraft], researchers: Mapping[str, int], institutions: Mapping[str, int]
) -> None:
    """Make the affiliations that author records list what these whole records say."""
    whole = [author for author in authors if not author.is_brief]
    if not whole:
        return
    evidence = Affiliation.Evidence.AUTHOR_RECORD
    said: dict[tuple[int, int], tuple[set[int], bool]] = {}
    for author in whole:
        for one in author.affiliations:
            pair = researchers[author.key], institutions[one.institution.key]
            years, last = said.get(pair, (set(), False))
            said[pair] = years | set(one.years), last or one.is_last_known
    stage = stage_of(Affiliation, "researcher_id", "institution_id", "evidence", "years", "is_last_known")
    stage.fill(cursor, ((*pair, evidence, numbers_of(sorted(years)), last) for pair, (years, last) in sorted(said.items())))
    cursor.execute(
        f"DELETE FROM researchers_affiliation t WHERE t.researcher_id = ANY(%s) AND t.evidence = %s AND NOT EXISTS "
        f"(SELECT 1 FROM {stage.name} s WHERE s.researcher_id = t.researcher_id AND s.institution_id = t.institution_id)",
        [[researchers[author.key] for author in whole], evidence],
    )
    conflict = "researcher_id, institution_id, evidence"
    upsert(cursor, model=Affiliation, stage=stage, conflict=conflict, update=("years", "is_last_known"))
    cursor.execute(
        "DELETE FROM researchers_affiliation t USING researchers_affiliationdenial d WHERE t.researcher_id = ANY(%s) AND t.evidence = %s "
        "AND (d.researcher_id, d.institution_id) = (t.researcher_id, t.institution_id)",
        [[researchers[author.key] for author in whole], evidence],
    )
