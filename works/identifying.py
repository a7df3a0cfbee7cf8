"""Which records of one name seem to be one person, and which record seems to be several: looked at, never changed.

    block_of(researcher)            -> the records whose names agree with one record's name
    found_in(block, corpus=corpus)  -> ProposedMerge and ProposedSplit, with grounds and a score

Everything is bounded: a block with more records or bylines than MOST_RECORDS or MOST_BYLINES is skipped and says so.
What owners said binds: a byline they called theirs stays with its record, one they denied never leads back to it, and
two claimed records are never one. The outcome follows from the rows alone.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import QuerySet

from researchers.models import Researcher
from researchers.names import fold, is_collective, is_full_name, name_key
from works.disambiguation import LARGE, Decisions, Ground, Link, proposed_merges, proposed_splits
from works.models import Authorship, AuthorshipRuling
from works.signatures import Corpus, Signature, reading_of

MOST_RECORDS = 150
MOST_BYLINES = 1_500
MOST_COAUTHORS = 50
"""A work with more authors says nothing about who knows whom."""
LEAST_MERGE_ODDS = math.log(0.9 / 0.1)
"""A probability of 0.9; in a block larger than the model knows, chance brings more strangers together, and more is asked for."""
LEAST_SPLIT_SCORE = 0.95
LEAST_OVERLAP = 2
"""Years in which two parts of a record both published: one after the other is what a change of place looks like."""
LEAST_PART = 3
"""Bylines: a smaller part is as likely an odd work of the same person."""
LEAST_COVERED = 0.8
"""Share of a record's bylines that large enough parts must hold: a record in crumbs shows only that little is known."""
CORPUS_WORKS = 20_000
SHOWN = 4

_TOPICS = 3
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One line of evidence: what kind, and what it consists of."""

    label: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ProposedMerge:
    """Two records that seem to be one person; `keep` is the one to go on with."""

    keep: int
    absorb: int
    score: float
    grounds: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class ProposedSplit:
    """A record whose bylines seem to be several people's: keys of authorships, the largest group first."""

    record: int
    groups: tuple[tuple[int, ...], ...]
    score: float
    grounds: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """Records that may be one person by their names; `is_whole` is False where there are too many to look at."""

    name: str
    records: tuple[Researcher, ...]
    is_whole: bool = True


@dataclass(kw_only=True)
class Findings:
    """What was found in some blocks, and what was not looked at."""

    merges: list[ProposedMerge] = field(default_factory=list)
    splits: list[ProposedSplit] = field(default_factory=list)
    blocks: int = 0
    bylines: int = 0
    skipped: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        self.merges += other.merges
        self.splits += other.splits
        self.blocks += other.blocks
        self.bylines += other.bylines
        self.skipped += other.skipped


# --- blocks -----------------------------------------------------------------------------------------


def block_of(researcher: Researcher) -> Block:
    """Return the records whose names agree with this record's; itself alone if its name says too little."""
    return _block(name_key(researcher.display_name), researcher)


def block_named(name: str) -> Block:
    """Return the records whose names agree with a name."""
    return _block(name_key(name), None)


def block_led_by(researcher: Researcher) -> Block | None:
    """Return the block of a record if it is the first one of its name, else None: so that all records give each block once."""
    block = block_of(researcher)
    return block if researcher.pk == min(record.pk for record in block.records if name_key(record.display_name) == block.name) else None


def _block(key: str, anchor: Researcher | None) -> Block:
    alone = Block(name=key, records=(anchor,) if anchor else ())
    words = key.split()
    if not is_full_name(key) or is_collective(key) or len(words) < 2:
        return alone
    near: QuerySet[Researcher] = Researcher.objects.filter(
        search=SearchQuery(f"'{words[-1]}' & ('{words[0]}' | '{words[0][0]}')", search_type="raw", config="simple")
    )
    found = list(near.order_by("-works_count", "pk")[: MOST_RECORDS + 1])
    records = {record.pk: record for record in found[:MOST_RECORDS] if names_agree(key, name_key(record.display_name))}
    if anchor:
        records[anchor.pk] = anchor
    return Block(name=key, records=tuple(records[pk] for pk in sorted(records)), is_whole=len(found) <= MOST_RECORDS)


def _own(block: Block) -> list[Researcher]:
    """Return the unclaimed records that go by just the block's name; the others are looked at in blocks of their own."""
    return [record for record in block.records if not record.is_claimed and name_key(record.display_name) == block.name]


def names_agree(one: str, other: str) -> bool:
    """Tell whether two name keys can be one person's: same family name, and given names that do not contradict each other.

    An initial agrees with every name it begins; a middle name may be missing.
    """
    first, second = one.split(), other.split()
    if len(first) < 2 or len(second) < 2 or first[-1] != second[-1]:
        return False
    return all(_agree(*pair) for pair in zip(first[:-1], second[:-1], strict=False))


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def blocks_from(after: int) -> Iterator[tuple[int, Block]]:
    """Yield the blocks of records beyond key `after` in which something can be amiss, each with the record that leads it."""
    while chunk := list(Researcher.objects.filter(pk__gt=after).order_by("pk")[:_CHUNK]):
        for researcher in chunk:
            block = block_led_by(researcher)
            if block and (len(block.records) > 1 or researcher.works_count >= 2 * LEAST_PART):
                yield researcher.pk, block
        after = chunk[-1].pk


# --- what is looked at ------------------------------------------------------------------------------


def corpus_of_portal(most: int = CORPUS_WORKS) -> Corpus:
    """Count how common words, venues and names are, over works evenly spread by key."""
    corpus = Corpus()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM works_work")
        step = max(1, math.ceil(cursor.fetchone()[0] / most))
        cursor.execute(
            "SELECT array_agg(id ORDER BY id) FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM works_work) w "
            "WHERE place %% %s = 0",
            [step],
        )
        ids = cursor.fetchone()[0] or []
    for start in range(0, len(ids), MOST_BYLINES):
        firsts: dict[int, Signature] = {}
        for signature in _signatures(Authorship.objects.filter(work_id__in=ids[start : start + MOST_BYLINES], position=1)):
            firsts.setdefault(signature.work_id or 0, signature)
        for _, signature in sorted(firsts.items()):
            corpus.add(reading_of(signature))
            corpus.add_names([name_key(signature.name)])
    return corpus


def _signatures(bylines: QuerySet[Authorship]) -> list[Signature]:
    """Return bylines with what surrounds them, in five queries however many there are."""
    rows = list(bylines.order_by("pk").values_list("pk", "work_id", "byline", "raw_affiliations", "raw_orcid"))
    works = {work_id for _, work_id, *_ in rows}
    described = _described(works)
    names = _names_on(works)
    topics = _topics_of(works)
    places = _institutions_of([pk for pk, _, _, raw, _ in rows if not raw])
    signatures = []
    for pk, work_id, byline, raw, orcid in rows:
        title, year, venue = described[work_id]
        signatures.append(
            Signature(
                id=pk,
                name=byline,
                work_id=work_id,
                coauthors=frozenset(name for position, name in names[work_id] if position != pk),
                affiliations=tuple(raw) or tuple(places[pk]),
                topics=frozenset(topics[work_id]),
                venue=venue,
                year=year,
                orcids=frozenset({orcid} - {""}),
                title=title,
            )
        )
    return signatures


def _described(works: Collection[int]) -> dict[int, tuple[str, int | None, str]]:
    sql = """
        SELECT w.id, w.title, w.publication_year, CASE WHEN s.type = 'repository' THEN '' ELSE coalesce(s.display_name, '') END
          FROM works_work w LEFT JOIN works_source s ON s.id = w.source_id WHERE w.id = ANY(%(ids)s)
    """
    return {key: (title, year, venue) for key, title, year, venue in _rows(sql, works)}


def _names_on(works: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    sql = """
        SELECT work_id, id, name_key FROM works_authorship
          JOIN (SELECT work_id FROM works_authorship WHERE work_id = ANY(%(ids)s) GROUP BY 1 HAVING count(*) <= %(most)s) small
         USING (work_id) WHERE name_key <> ''
    """
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for work_id, pk, name in _rows(sql, works):
        found[work_id].append((pk, name))
    return found


def _topics_of(works: Collection[int]) -> dict[int, list[str]]:
    sql = """
        SELECT l.work_id, t.display_name FROM works_worktopic l JOIN works_topic t ON t.id = l.topic_id
         WHERE l.work_id = ANY(%(ids)s) AND l.rank <= %(topics)s
        UNION ALL
        SELECT l.work_id, c.code FROM works_workcategory l JOIN works_category c ON c.id = l.category_id WHERE l.work_id = ANY(%(ids)s)
    """
    found: dict[int, list[str]] = defaultdict(list)
    for work_id, name in _rows(sql, works):
        found[work_id].append(name)
    return found


def _institutions_of(bylines: Collection[int]) -> dict[int, list[str]]:
    sql = """
        SELECT l.authorship_id, i.display_name FROM works_authorshipinstitution l JOIN researchers_institution i ON i.id = l.institution_id
         WHERE l.authorship_id = ANY(%(ids)s) ORDER BY l.id
    """
    found: dict[int, list[str]] = defaultdict(list)
    for pk, name in _rows(sql, bylines):
        found[pk].append(name)
    return found


def _rows(sql: str, ids: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(ids), "most": MOST_COAUTHORS, "topics": _TOPICS})
        return list(cursor.fetchall())


# --- what is found ----------------------------------------------------------------------------------


def found_in(block: Block, *, corpus: Corpus) -> Findings:
    """Return what seems amiss among the records of a block."""
    bylines = Authorship.objects.filter(researcher_id__in=[record.pk for record in block.records])
    if not block.is_whole or bylines.count() > MOST_BYLINES:
        return Findings(skipped=[block.name])
    assignment: dict[int, int] = {pk: record or 0 for pk, record in bylines.values_list("pk", "researcher_id")}
    signatures = _signatures(bylines)
    records = {record.pk: record for record in block.records}
    return Findings(
        blocks=1,
        bylines=len(signatures),
        merges=list(_merges(signatures, assignment, records, corpus)) if len(records) > 1 else [],
        splits=list(_splits(signatures, assignment, [record.pk for record in _own(block)], corpus)),
    )


def _merges(
    signatures: Sequence[Signature], assignment: Mapping[int, int], records: Mapping[int, Researcher], corpus: Corpus
) -> Iterator[ProposedMerge]:
    sizes: dict[int, int] = defaultdict(int)
    for record in assignment.values():
        sizes[record] += 1
    decisions = Decisions(apart=frozenset(_kept_apart(signatures, assignment, records)))
    needed = LEAST_MERGE_ODDS + max(0.0, math.log(len(signatures) / LARGE))
    for merge in proposed_merges(_identified(signatures, assignment, records), assignment, corpus=corpus, decisions=decisions):
        keep, absorb = sorted(
            (_foremost(side, assignment, records, sizes) for side in (merge.link.one, merge.link.other)),
            key=lambda pk: (not records[pk].is_claimed, -sizes[pk], pk),
        )
        if merge.link.odds >= needed and not records[absorb].is_claimed:
            yield ProposedMerge(keep=keep, absorb=absorb, score=_rounded(merge.confidence), grounds=tuple(_reasons(merge.link, signatures)))


def _foremost(side: Iterable[int], assignment: Mapping[int, int], records: Mapping[int, Researcher], sizes: Mapping[int, int]) -> int:
    return min({assignment[key] for key in side}, key=lambda pk: (not records[pk].is_claimed, -sizes[pk], pk))


def _identified(signatures: Iterable[Signature], assignment: Mapping[int, int], records: Mapping[int, Researcher]) -> Iterator[Signature]:
    """Yield the signatures with the iD of their record, which is better known than the hints beside bylines."""
    for signature in signatures:
        orcid = records[assignment[signature.id]].orcid
        yield Signature(**_fields(signature) | {"orcids": frozenset({orcid})}) if orcid else signature


def _fields(signature: Signature) -> dict[str, Any]:
    return {name: getattr(signature, name) for name in signature.__struct_fields__}


def _kept_apart(
    signatures: Sequence[Signature], assignment: Mapping[int, int], records: Mapping[int, Researcher]
) -> Iterator[tuple[int, int]]:
    """Yield a byline of each of two records that must stay two: both claimed, or an owner denied a byline of the other."""
    first: dict[int, int] = {}
    for signature in signatures:
        first.setdefault(assignment[signature.id], signature.id)
    claimed = [pk for pk in sorted(first) if records[pk].is_claimed]
    yield from ((first[one], first[other]) for one, other in combinations(claimed, 2))
    denied = AuthorshipRuling.objects.filter(researcher_id__in=list(first), verdict=AuthorshipRuling.Verdict.NOT_MINE).order_by("pk")
    on_work = {signature.work_id: signature.id for signature in signatures}
    for work_id, record in denied.values_list("work_id", "researcher_id"):
        byline = on_work.get(work_id)
        if byline is not None and assignment[byline] != record:
            yield first[record], byline


def _splits(
    signatures: Sequence[Signature], assignment: Mapping[int, int], asked: Collection[int], corpus: Corpus
) -> Iterator[ProposedSplit]:
    theirs = _owners_word(assignment)
    years = {signature.id: signature.year for signature in signatures}
    open_to_question = [signature for signature in signatures if assignment[signature.id] in asked]
    for split in proposed_splits(open_to_question, assignment, corpus=corpus, decisions=Decisions(together=theirs)):
        parts = sorted((part.signatures for part in split.parts if len(part.signatures) >= LEAST_PART), key=lambda own: (-len(own), own))
        covered = sum(map(len, parts)) / sum(len(part.signatures) for part in split.parts)
        if covered >= LEAST_COVERED and split.confidence >= LEAST_SPLIT_SCORE and _overlap(parts, years):
            yield ProposedSplit(
                record=split.record, groups=tuple(parts), score=_rounded(split.confidence), grounds=tuple(_apart(parts, signatures))
            )


def _overlap(parts: Sequence[Sequence[int]], years: Mapping[int, int | None]) -> bool:
    """Tell whether any two parts go on side by side for some years."""
    spans = [(min(known), max(known)) for part in parts if (known := [year for key in part if (year := years[key])])]
    return any(min(one[1], other[1]) - max(one[0], other[0]) + 1 >= LEAST_OVERLAP for one, other in combinations(spans, 2))


def _owners_word(assignment: Mapping[int, int]) -> frozenset[tuple[int, int]]:
    """Return pairs of bylines that owners called theirs, of one record each."""
    said = Authorship.objects.filter(pk__in=list(assignment), resolved_by=Authorship.ResolvedBy.OWNER).order_by("pk")
    by_record: dict[int, list[int]] = defaultdict(list)
    for pk in said.values_list("pk", flat=True):
        by_record[assignment[pk]].append(pk)
    return frozenset((own[0], other) for own in by_record.values() for other in own[1:])


# --- in words ---------------------------------------------------------------------------------------

_LABELS = {
    "orcid": "Same ORCID iD",
    "email": "Same e-mail address",
    "person": "Said by a person",
    "coauthors": "Shared co-authors",
    "text": "Words and topics in common",
    "affiliation": "Affiliations alike",
    "venue": "Same venues",
    "years": "Years",
    "names": "Given names as printed",
    "prior": "How common the name is",
    "apart": "Kept apart",
}


def _reasons(link: Link, signatures: Sequence[Signature]) -> Iterator[Reason]:
    """Yield what speaks for one person, strongest first, then what speaks against."""
    involved = {*link.one, *link.other}
    written = sorted({word for signature in signatures if signature.id in involved for word in fold(signature.title).split()})
    for ground in sorted(link.grounds, key=lambda ground: -ground.score):
        if ground.shared and ground.score > 0:
            yield Reason(label=_LABELS[ground.kind], detail=_detail(ground, written))
        elif ground.score < _SPEAKS_AGAINST and ground.kind in _AGAINST:
            yield Reason(label="Speaks against it", detail=_AGAINST[ground.kind])


_SPEAKS_AGAINST = -0.5
_AGAINST = {
    "coauthors": "no co-author in common",
    "affiliation": "other affiliations",
    "names": "given names are printed in different ways",
    "years": "years far apart",
}


def _detail(ground: Ground, written: Sequence[str]) -> str:
    """Name the first few traits; a word that was cut to its stem is shown as a title writes it."""
    shown = []
    for trait in ground.shared[:SHOWN]:
        stem = trait.removeprefix("topic:")
        shown.append(next((word for word in written if word.startswith(stem)), stem) if ground.kind == "text" else stem)
    return ", ".join(dict.fromkeys(shown))


def _apart(parts: Sequence[tuple[int, ...]], signatures: Iterable[Signature]) -> Iterator[Reason]:
    """Yield a line for each group: years, places and co-authors that set it off."""
    by_id = {signature.id: signature for signature in signatures}
    for number, part in enumerate(parts, start=1):
        own = [by_id[key] for key in part]
        years = sorted(signature.year for signature in own if signature.year)
        span = f"{years[0]} to {years[-1]}" if years else "no year"
        places = list(dict.fromkeys(place for signature in own for place in signature.affiliations))[:1]
        known = sorted({name for signature in own for name in signature.coauthors})[:SHOWN]
        facts = [f"{len(part)} works, {span}", *places, f"with {', '.join(known)}" if known else "without co-authors"]
        yield Reason(label=f"Group {number}", detail="; ".join(facts))


def _rounded(score: float) -> float:
    return round(min(score, 0.999), 3)
