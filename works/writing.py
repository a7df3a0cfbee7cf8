"""Composed works to rows: the work itself and everything hung on it, each kind by one or two statements per batch.

Statements compare before they write, so a part that did not change keeps its row. Callers hold the import lock.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import orjson
from django.db import models
from django.db.backends.utils import CursorWrapper

from researchers.names import name_key
from works.composing import ComposedWork
from works.drafts import AuthorshipDraft
from works.matching import works_by_key
from works.models import (
    Authorship,
    AuthorshipInstitution,
    RecordChange,
    Reference,
    Work,
    WorkCategory,
    WorkFunder,
    WorkRedirect,
    WorkTopic,
    WorkVersion,
)
from works.rulings import NOTHING_SAID, Ruled, Ruling, rulings_on, settle
from works.staging import NOTHING, Row, Stage, array_of, by_index, copy_lines, escaped, load, next_ids, stage_of, upsert

WORK_COLUMNS = (
    "id", "openalex_id", "doi", "arxiv_id", "title", "folded_title", "abstract", "type", "language", "publication_date",
    "publication_year", "updated_on", "source_id", "volume", "issue", "first_page", "last_page", "landing_page_url", "pdf_url",
    "license", "is_oa", "oa_status", "is_retracted", "is_withdrawn", "comments", "journal_ref", "upstream_cited_by_count", "provenance",
)  # fmt: skip
AUTHORSHIP_COLUMNS = (
    "id", "work_id", "position", "byline", "name_key", "researcher_id", "raw_orcid", "raw_affiliations", "is_corresponding",
    "resolved_by", "grounds",
)  # fmt: skip
Changes = set[tuple[str, int]]
By = Authorship.ResolvedBy
_name_key = lru_cache(maxsize=32_768)(name_key)
"""The same people write one paper after the other."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A composed work and the row it goes to. `absorbed` are works that turned out to be the same paper."""

    id: int
    is_new: bool
    work: ComposedWork
    provenance: dict[str, Any]
    absorbed: tuple[int, ...] = ()


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of what works refer to, by upstream key; sources known by name alone by that name."""

    sources: Mapping[str, int]
    topics: Mapping[str, int]
    institutions: Mapping[str, int]
    researchers: Mapping[str, int]
    funders: Mapping[str, int] = {}

    def row(self, key: str) -> int:
        """Return the row of any of these records by its upstream key."""
        return next(kind[key] for kind in (self.researchers, self.institutions, self.sources, self.topics, self.funders) if key in kind)


class Printed(msgspec.Struct, frozen=True):
    """A byline as it stands in the database."""

    name_key: str
    researcher_id: int | None
    resolved_by: str
    grounds: dict[str, Any]


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch's works held before it: bylines and people's rulings on them by work, and every record whose figures hung on them."""

    bylines: Mapping[int, Sequence[Printed]] = {}
    touched: Changes = set()
    rulings: Mapping[int, Sequence[Ruling]] = {}


def before(cursor: CursorWrapper, work_ids: Sequence[int]) -> Before:
    """Read what `work_ids` hold now."""
    if not work_ids:
        return Before()
    bylines: dict[int, list[Printed]] = defaultdict(list)
    touched: Changes = set()
    cursor.execute(
        "SELECT work_id, name_key, researcher_id, resolved_by, grounds "
        "FROM works_authorship WHERE work_id = ANY(%s) ORDER BY work_id, position",
        [list(work_ids)],
    )
    for work_id, key, researcher_id, resolved_by, grounds in cursor.fetchall():
        bylines[work_id].append(Printed(key, researcher_id, resolved_by, orjson.loads(grounds) if isinstance(grounds, str) else grounds))
        if researcher_id:
            touched.add(("researcher", researcher_id))
    cursor.execute(
        """
        SELECT 'topic', topic_id FROM works_worktopic WHERE work_id = ANY(%(ids)s)
        UNION
        SELECT 'institution', l.institution_id FROM works_authorshipinstitution l JOIN works_authorship a ON a.id = l.authorship_id
         WHERE a.work_id = ANY(%(ids)s)
        UNION
        SELECT 'citation', cited_id FROM works_reference WHERE citing_id = ANY(%(ids)s) AND cited_id IS NOT NULL
        """,
        {"ids": list(work_ids)},
    )
    touched |= set(cursor.fetchall())
    return Before(bylines=bylines, touched=touched, rulings=rulings_on(cursor, work_ids))


def write_works(cursor: CursorWrapper, targets: Sequence[Target], ids: Ids, was: Before, *, beside: bool) -> Changes:
    """Write works with all their parts; return every record whose derived facts are due.

    What now hangs on a work follows from the work; what no longer does is named too. References that wait for these works are
    not touched while they are written `beside` others: see `resolve_references`.
    """
    existing = [target.id for target in targets if not target.is_new]
    _write_rows(cursor, [_work_row(target, ids) for target in targets], existing)
    _write_redirects(cursor, targets, existing)
    _write_authorships(cursor, targets, ids, was, existing)
    _write_topics(cursor, targets, ids, existing)
    _write_funding(cursor, targets, ids, existing)
    _write_categories(cursor, targets, existing)
    _write_versions(cursor, targets, existing)
    cited = _write_references(cursor, targets, existing)
    if not beside:
        cited |= _resolve_arrivals(cursor, targets)
    return was.touched | cited | {("work", target.id) for target in targets}


def _write_rows(cursor: CursorWrapper, rows: Sequence[Row], existing: Sequence[int]) -> None:
    if not existing:
        load(cursor, Work, WORK_COLUMNS, rows)
        return
    stage = stage_of(Work, *WORK_COLUMNS)
    stage.fill(cursor, rows)
    _free_keys(cursor, stage)
    upsert(cursor, model=Work, stage=stage, update=WORK_COLUMNS[1:])


def write_changes(cursor: CursorWrapper, changes: Iterable[tuple[str, int]]) -> None:
    """Note that these records' derived facts are due."""
    copy_lines(cursor, RecordChange._meta.db_table, ("kind", "record_id"), [f"{kind}\t{key}\n" for kind, key in sorted(changes)])


def _work_row(target: Target, ids: Ids) -> Row:
    work, plain = target.work, target.work.plain
    source_id = ids.sources[work.source.key or work.source.display_name] if work.source else None
    return (
        target.id, work.openalex_id, work.doi, work.arxiv_id, plain["title"], work.folded_title, plain["abstract"], plain["type"],
        plain["language"], work.publication_date or None, work.publication_year, plain["updated_on"] or None, source_id,
        plain["volume"], plain["issue"], plain["first_page"], plain["last_page"], plain["landing_page_url"], plain["pdf_url"],
        plain["license"], plain["is_oa"], plain["oa_status"], work.is_retracted, work.is_withdrawn, plain["comments"],
        plain["journal_ref"], plain["cited_by_count"], orjson.dumps(target.provenance).decode(),
    )  # fmt: skip


def _free_keys(cursor: CursorWrapper, stage: Stage) -> None:
    """Take changed keys from works first, since a key may pass from one staged work to another."""
    cursor.execute(
        f"UPDATE works_work w SET openalex_id = NULL, doi = NULL, arxiv_id = NULL FROM {stage.name} s WHERE s.id = w.id "
        "AND (w.openalex_id, w.doi, w.arxiv_id) IS DISTINCT FROM (s.openalex_id, s.doi, s.arxiv_id)"
    )


def _write_redirects(cursor: CursorWrapper, targets: Sequence[Target], existing: Sequence[int]) -> None:
    stage = stage_of(WorkRedirect, "key", "work_id")
    if stage.fill(cursor, sorted((key, target.id) for target in targets for key in target.work.further_keys)):
        upsert(cursor, model=WorkRedirect, stage=stage, conflict="key" if existing else "", update=("work_id",))
    if existing:
        shown = {key for target in targets for key in target.work.keys} - {key for target in targets for key in target.work.further_keys}
        cursor.execute("DELETE FROM works_workredirect WHERE key = ANY(%s)", [list(shown)])


def _replace(
    cursor: CursorWrapper,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    existing: Sequence[int],
    keep: Collection[str] = (),
) -> None:
    """Make the parts of the `existing` works what `rows` say; where all works are new, so are the rows.

    `key` names the owner's column and what tells its parts apart; what a row that is here already holds in `keep` stays.
    """
    if not existing:
        load(cursor, model, columns, rows)
        return
    stage = stage_of(model, *columns)
    stage.fill(cursor, rows)
    same = " AND ".join(f"s.{column} = t.{column}" for column in key)
    cursor.execute(
        f"DELETE FROM {model._meta.db_table} t WHERE t.{key[0]} = ANY(%s) AND NOT EXISTS (SELECT 1 FROM {stage.name} s WHERE {same})",
        [list(existing)],
    )
    update = [column for column in columns if column not in (*key, *keep)]
    upsert(cursor, model=model, stage=stage, conflict=", ".join(key), update=update)


def _write_authorships(cursor: CursorWrapper, targets: Sequence[Target], ids: Ids, was: Before, existing: Sequence[int]) -> None:
    rows = [row for target in targets for row in _authorship_rows(target, ids, was)]
    fresh = next_ids(cursor, Authorship, len(rows))
    numbered = [(key, *row) for key, row in zip(fresh, rows, strict=True)]
    _replace(cursor, Authorship, AUTHORSHIP_COLUMNS, numbered, key=("work_id", "position"), existing=existing, keep=("id",))
    if existing:
        _replace_institutions(cursor, targets, ids, existing)
        return
    at = {row[1:3]: row[0] for row in numbered}
    links = [f"{at[work_id, position]}\t{institution_id}\n" for work_id, position, institution_id in _institution_rows(targets, ids)]
    copy_lines(cursor, AuthorshipInstitution._meta.db_table, ("authorship_id", "institution_id"), links)


def _replace_institutions(cursor: CursorWrapper, targets: Sequence[Target], ids: Ids, existing: Sequence[int]) -> None:
    links = Stage("staged_institution_links", {"work_id": "bigint", "position": "integer", "institution_id": "bigint"})
    links.fill(cursor, _institution_rows(targets, ids))
    cursor.execute(
        "DELETE FROM works_authorshipinstitution l USING works_authorship a "
        "WHERE a.work_id = ANY(%s) AND l.authorship_id = a.id AND NOT EXISTS (SELECT 1 FROM staged_institution_links s "
        "WHERE s.work_id = a.work_id AND s.position = a.position AND s.institution_id = l.institution_id)",
        [list(existing)],
    )
    cursor.execute(
        "INSERT INTO works_authorshipinstitution (authorship_id, institution_id) SELECT a.id, s.institution_id "
        "FROM staged_institution_links s JOIN works_authorship a ON a.work_id = s.work_id AND a.position = s.position "
        "ON CONFLICT (authorship_id, institution_id) DO NOTHING"
    )


def _authorship_rows(target: Target, ids: Ids, was: Before) -> Iterable[Row]:
    printed: dict[str, list[Printed]] = defaultdict(list)
    for work_id in (target.id, *target.absorbed):
        for byline in was.bylines.get(work_id, ()):
            printed[byline.name_key].append(byline)
    rulings = [ruling for work_id in (target.id, *target.absorbed) for ruling in was.rulings.get(work_id, ())]
    settled = settle(target.work.authorships, rulings) if rulings else NOTHING_SAID
    last = 0
    for draft in target.work.authorships:
        key = _name_key(draft.byline)
        known = printed[key].pop(0) if printed.get(key) else None
        researcher_id, resolved_by, grounds = _resolution(draft, known, ids, settled.ruled.get(draft.position))
        last = max(last, draft.position)
        yield (
            target.id, draft.position, draft.byline, key, researcher_id, draft.raw_orcid,
            array_of(draft.raw_affiliations), draft.is_corresponding, resolved_by, grounds,
        )  # fmt: skip
    for position, lost in enumerate(settled.lost, start=last + 1):
        # The source dropped a byline that somebody said is theirs: it stays, at the end, until a moderator has looked.
        kept = orjson.dumps(lost.grounds(lost.author_id, is_missing=True)).decode()
        yield target.id, position, lost.byline, lost.name_key, lost.researcher_id, "", [], False, By.OWNER, kept


def _resolution(draft: AuthorshipDraft, known: Printed | None, ids: Ids, ruled: Ruled | None) -> tuple[int | None, str, str]:
    """Say whose byline this is: a person's word first, then the source's author id, then what was resolved here before."""
    author_id = draft.author.key.partition(":")[2] if draft.author else ""
    if ruled and ruled.mine:
        return ruled.mine.researcher_id, By.OWNER, orjson.dumps(ruled.mine.grounds(author_id)).decode()
    if ruled and (draft.author is None or ruled.denies(ids.researchers[draft.author.key])):
        denial = ruled.denials[-1]
        return denial.stub_id, By.OWNER, orjson.dumps(denial.grounds(author_id)).decode()
    if known and known.resolved_by == By.OWNER and not ruled:
        return known.researcher_id, known.resolved_by, orjson.dumps(known.grounds).decode()
    if draft.author:
        return ids.researchers[draft.author.key], By.UPSTREAM_ID, orjson.dumps({"author_id": author_id}).decode()
    if known and known.resolved_by != By.UPSTREAM_ID:
        return known.researcher_id, known.resolved_by, orjson.dumps(known.grounds).decode()
    return None, By.NONE, "{}"


def _institution_rows(targets: Sequence[Target], ids: Ids) -> Iterable[Row]:
    for target in targets:
        for draft in target.work.authorships:
            for institution_id in sorted({ids.institutions[one.key] for one in draft.institutions}):
                yield target.id, draft.position, institution_id


def _write_topics(cursor: CursorWrapper, targets: Sequence[Target], ids: Ids, existing: Sequence[int]) -> None:
    rows = {
        (target.id, ids.topics[link.topic.key]): (link.score, link.rank)
        for target in targets
        for link in sorted(target.work.topics, key=lambda link: -link.rank)
    }
    columns = ("work_id", "topic_id", "score", "rank")
    if not existing:
        lines = [f"{work_id}\t{topic_id}\t{score}\t{rank}\n" for (work_id, topic_id), (score, rank) in rows.items()]
        copy_lines(cursor, WorkTopic._meta.db_table, columns, lines)
        return
    _replace(cursor, WorkTopic, columns, ((*pair, *said) for pair, said in rows.items()), key=columns[:2], existing=existing)


def _write_funding(cursor: CursorWrapper, targets: Sequence[Target], ids: Ids, existing: Sequence[int]) -> None:
    rows = {(target.id, ids.funders[paid.funder.key]): array_of(paid.award_ids) for target in targets for paid in target.work.funding}
    columns = ("work_id", "funder_id", "award_ids")
    _replace(cursor, WorkFunder, columns, ((*pair, awards) for pair, awards in rows.items()), key=columns[:2], existing=existing)


def _write_categories(cursor: CursorWrapper, targets: Sequence[Target], existing: Sequence[int]) -> None:
    codes = sorted({code for target in targets for code in target.work.categories})
    if not codes and not existing:
        return
    cursor.execute(
        "INSERT INTO works_category (code, name) SELECT code, '' FROM unnest(%s::text[]) code ON CONFLICT (code) DO NOTHING", [codes]
    )
    cursor.execute("SELECT code, id FROM works_category WHERE code = ANY(%s)", [codes])
    category_ids = dict(cursor.fetchall())
    rows = (
        (target.id, category_ids[code], rank)
        for target in targets
        for rank, code in enumerate(dict.fromkeys(target.work.categories), start=1)
    )
    columns = ("work_id", "category_id", "rank")
    _replace(cursor, WorkCategory, columns, rows, key=columns[:2], existing=existing)


def _write_versions(cursor: CursorWrapper, targets: Sequence[Target], existing: Sequence[int]) -> None:
    rows = {(target.id, version.number): version.submitted_at or None for target in targets for version in target.work.versions}
    columns = ("work_id", "number", "submitted_at")
    _replace(cursor, WorkVersion, columns, ((*pair, at) for pair, at in rows.items()), key=columns[:2], existing=existing)


def _write_references(cursor: CursorWrapper, targets: Sequence[Target], existing: Sequence[int]) -> Changes:
    """Write references, those to works that are here resolved; return the cited works."""
    cited = works_by_key(cursor, {key for target in targets for key in target.work.references})
    columns = ("citing_id", "raw_key", "cited_id")
    if existing:
        rows = (
            (target.id, key, found if (found := cited.get(key)) != target.id else None)
            for target in targets
            for key in target.work.references
        )
        _replace(cursor, Reference, columns, rows, key=columns[:2], existing=existing)
    else:
        lines = [line for target in targets for line in _reference_lines(target, cited)]
        copy_lines(cursor, Reference._meta.db_table, columns, lines)
    return {("citation", work_id) for work_id in cited.values()}


def _reference_lines(target: Target, cited: Mapping[str, int]) -> Iterator[str]:
    own = target.id
    for key in target.work.references:
        found = cited.get(key)
        yield f"{own}\t{escaped(key)}\t{NOTHING if found is None or found == own else found}\n"


def resolve_references(cursor: CursorWrapper, targets: Sequence[Target], arrived: Mapping[str, int]) -> Changes:
    """Resolve references between these works and those that arrived since, by their keys, and those that waited for these works.

    Returns what to derive.
    """
    cited = [(target.id, key, arrived[key]) for target in targets for key in target.work.references if key in arrived]
    stage = Stage("staged_resolved", {"citing_id": "bigint", "raw_key": "text", "cited_id": "bigint"})
    if cited and stage.fill(cursor, cited):
        with by_index(cursor):
            cursor.execute(
                "UPDATE works_reference r SET cited_id = s.cited_id FROM staged_resolved s "
                "WHERE r.citing_id = s.citing_id AND r.raw_key = s.raw_key AND r.cited_id IS NULL"
            )
    return {("citation", work_id) for _, _, work_id in cited} | _resolve_arrivals(cursor, targets)


def _resolve_arrivals(cursor: CursorWrapper, targets: Sequence[Target]) -> Changes:
    return resolve_waiting(cursor, ((key, target.id) for target in targets for key in target.work.keys))


def resolve_waiting(cursor: CursorWrapper, leads: Iterable[tuple[str, int]]) -> Changes:
    """Let references that waited for these keys lead to the work beside each; return the works that cite one."""
    arrivals = Stage("staged_arrivals", {"key": "text", "work_id": "bigint"})
    arrivals.fill(cursor, sorted(leads))
    with by_index(cursor):
        cursor.execute(
            "UPDATE works_reference r SET cited_id = s.work_id FROM staged_arrivals s "
            "WHERE r.raw_key = s.key AND r.cited_id IS NULL AND r.citing_id <> s.work_id RETURNING r.citing_id"
        )
        found = cursor.fetchall()
    return {("citation", work_id) for (work_id,) in found}
