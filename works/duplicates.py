"""Works that are the same paper although no id connects them: a preprint and its publication, a paper under an earlier title.

    note_candidates(ids)   changed works -> pairs worth comparing, by two index look-ups each (set-based)
    compared(one, other)   a pair -> whether it is one paper, how sure, and on which grounds (pure)

Pairs meet in one of two blocks: the same whole title, or the same first author within YEARS_APART and half of the
title's words in common, where the ids do not speak against it. Both cost per changed work, not per corpus. Blocks
larger than MOST_IN_BLOCK are left alone: such titles ("Introduction to the special issue") and names say nothing.

CERTAIN is meant to be right without anybody looking; what is likely becomes a proposal.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import cached_property

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from researchers.names import fold
from works.rulings import can_be_same

SHORTEST_TITLE = 20
FEWEST_WORDS = 4
YEARS_APART = 3
CERTAIN_YEARS_APART = 4
MOST_IN_BLOCK = 25
MOST_AUTHORS = 200
LEAST_SCORE = 0.75
SAME_ABSTRACT, OTHER_ABSTRACT = 0.5, 0.15
"""Shares of five-word runs: at least the one speaks for the same text, less than the other against it."""
_RUN = 5

_PREPRINT_DOI = re.compile(
    r"10\.48550/|10\.1101/(?!gr\.|gad\.|lm\.|pdb|sqb|cshperspect)|10\.64898/|10\.2139/ssrn|10\.21203/rs\.|10\.20944/preprints|10\.26434/chemrxiv"
    r"|10\.31(?:234|219|235|223|222|226|228|730)/|10\.36227/techrxiv|10\.22541/|10\.5194/(?:egusphere-2|[a-z]+-(?:20\d\d-|discuss))"
    r"|10\.1002/essoar|10\.35542/|10\.33774/|10\.32942/|10\.55458/|10\.12688/openreseurope|10\.14293/s2199"
)
"""Servers that give preprints DOIs of their own. The exceptions under 10.1101 are Cold Spring Harbor's journals."""
_PAPERS = frozenset({"article", "preprint", "review", "book-chapter", "conference-paper", "proceedings-article", "report", "letter", ""})
_COMPANION = re.compile(
    r"^(?:supplement(?:ary|al)?\b|supporting\b|appendix|data (?:from|for|set|availability)|dataset|code for|replication|"
    r"erratum|errata|corrigend|correction|author correction|publisher correction|retract|withdrawn|expression of concern|"
    r"reply|response|comment|rebuttal|discussion of|review (?:for|of)|reviewer|referee|decision letter|author response|editor|"
    r"peer review|interactive comment|reply on|rc\d|ac\d|figure|table|video|poster|slides|abstract)\b"
)
"""Titles of what accompanies a paper and often repeats its title. Folded."""


class Band(StrEnum):
    """What a comparison leads to."""

    CERTAIN = "certain"
    LIKELY = "likely"
    NO = "no"


class Facts(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is compared of a work. `authors` are name keys in order, at most MOST_AUTHORS; `namesakes` works have its title."""

    id: int
    title: str
    type: str
    year: int | None
    doi: str | None
    arxiv_id: str | None
    authors: tuple[str, ...]
    authors_total: int
    abstract: str
    namesakes: int

    @cached_property
    def words(self) -> Counter[str]:
        return Counter(self.title.split())

    @property
    def is_preprint(self) -> bool:
        """Nothing but a preprint: not yet known under a publisher's DOI."""
        if self.doi and not _PREPRINT_DOI.match(self.doi):
            return self.type == "preprint" and not self.arxiv_id
        return bool(self.doi or self.arxiv_id) or self.type == "preprint"

    @property
    def is_published(self) -> bool:
        return bool(self.doi) and not self.is_preprint

    @property
    def is_companion(self) -> bool:
        return self.type not in _PAPERS or bool(_COMPANION.match(self.title))

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        words = fold(self.abstract).split()
        return frozenset(tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1))


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How two works compare. `grounds` are (label, detail)."""

    band: Band
    score: float
    grounds: tuple[tuple[str, str], ...] = ()


_DIFFERENT = Comparison(band=Band.NO, score=0.0)


def compared(one: Facts, other: Facts) -> Comparison:
    """Compare two works. Symmetric, and blind to the order in which they came."""
    if one.is_companion or other.is_companion or _ids_contradict(one, other):
        return _DIFFERENT
    title, authors, abstract = title_likeness(one, other), author_likeness(one, other), abstract_likeness(one, other)
    apart = abs(one.year - other.year) if one.year and other.year else None
    text = abstract if abstract is not None else 0.8 * min(title, authors)
    score = 0.45 * title + 0.35 * authors + 0.2 * text - 0.05 * max(0, (apart or 0) - 1)
    score = round(min(max(score, 0.0), 1.0), 3)
    grounds = _grounds(one, other, (title, authors, abstract), apart)
    if _is_certain(one, other, authors=authors, abstract=abstract, apart=apart):
        return Comparison(band=Band.CERTAIN, score=max(score, 0.95), grounds=grounds)
    is_short = min(len(one.title), len(other.title)) < SHORTEST_TITLE
    against = authors < 0.5 or is_short or (abstract is not None and abstract < OTHER_ABSTRACT and title < 1)
    # Without the text, works of one group on one matter look alike: "… I" and "… II".
    unlike = title < 0.8 and (abstract is None or abstract < SAME_ABSTRACT)
    if score < LEAST_SCORE or against or unlike or _numbers_differ(one, other):
        return Comparison(band=Band.NO, score=score, grounds=grounds)
    return Comparison(band=Band.LIKELY, score=score, grounds=grounds)


def _ids_contradict(one: Facts, other: Facts) -> bool:
    """Two arXiv ids are two papers, and so are two publishers' DOIs; a preprint's DOI beside a publisher's is no contradiction."""
    if one.arxiv_id and other.arxiv_id:
        return True
    return one.is_published and other.is_published


def _is_certain(one: Facts, other: Facts, *, authors: float, abstract: float | None, apart: int | None) -> bool:
    same_title = one.title == other.title and len(one.title) >= SHORTEST_TITLE and sum(one.words.values()) >= FEWEST_WORDS
    return (
        same_title
        and one.is_preprint != other.is_preprint
        and one.is_published != other.is_published
        and same_authors(one, other)
        and apart is not None
        and apart <= CERTAIN_YEARS_APART
        and (abstract is None or abstract >= OTHER_ABSTRACT)
        and max(one.namesakes, other.namesakes) == 2
    )


def same_authors(one: Facts, other: Facts) -> bool:
    """Tell whether both print the same list: as many names, each of which can be the one in its place; a lone one is the same."""
    if one.authors_total != other.authors_total or not one.authors or "" in one.authors + other.authors:
        return False
    if one.authors_total == 1:
        return one.authors == other.authors
    return all(a == b or can_be_same(a, b) for a, b in zip(one.authors, other.authors, strict=True))


def title_likeness(one: Facts, other: Facts) -> float:
    """Return the share of words that both titles have, of all they have together."""
    together = (one.words | other.words).total()
    return (one.words & other.words).total() / together if together else 0.0


def author_likeness(one: Facts, other: Facts) -> float:
    """Return the share of names that have one in the other list that can be the same, of the longer list."""
    free = list(other.authors)
    met = 0
    for name in one.authors:
        found = next((held for held in free if held == name), None) or next((held for held in free if can_be_same(held, name)), None)
        if found is not None:
            free.remove(found)
            met += 1
    most = max(len(one.authors), len(other.authors))
    return met / most if most else 0.0


def abstract_likeness(one: Facts, other: Facts) -> float | None:
    """Return the share of the shorter abstract's five-word runs that the other has; None without two abstracts."""
    fewest = min(len(one.runs), len(other.runs))
    return len(one.runs & other.runs) / fewest if fewest >= 20 else None


def _numbers_differ(one: Facts, other: Facts) -> bool:
    """Tell titles apart that differ in a number or a part ("… II"): those are parts of a series."""
    differing = (one.words - other.words) + (other.words - one.words)
    return any(re.fullmatch(r"[0-9]+|[ivx]{1,5}|part|one|two|three", word) for word in differing)


def _grounds(one: Facts, other: Facts, likeness: tuple[float, float, float | None], apart: int | None) -> tuple[tuple[str, str], ...]:
    title, authors, abstract = likeness
    found = [("Title", "the same, word for word" if one.title == other.title else f"{title:.0%} of the words in common")]
    counts = (
        f"{one.authors_total} and {other.authors_total} authors" if one.authors_total != other.authors_total else f"{one.authors_total}"
    )
    found.append(("Authors", f"the same list ({counts})" if same_authors(one, other) else f"{authors:.0%} of the names agree ({counts})"))
    if abstract is not None:
        found.append(("Abstract", f"{abstract:.0%} of the shorter one's wording is in the other"))
    if apart is not None:
        found.append(("Year", "the same" if apart == 0 else f"{apart} year{'s' if apart > 1 else ''} apart"))
    kinds = [
        ("a preprint" if each.is_preprint else "published under a DOI" if each.is_published else "without a DOI") for each in (one, other)
    ]
    found.append(("Ids", f"one is {kinds[0]}, the other {kinds[1]}" if kinds[0] != kinds[1] else f"both are {kinds[0]}"))
    return tuple(found)


# --- reading and noting -----------------------------------------------------------------------------


def note_candidates(work_ids: Collection[int]) -> int:
    """Note the pairs of these works with others that are worth comparing; return how many are new."""
    if not work_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {"ids": list(work_ids), "shortest": SHORTEST_TITLE, "most": MOST_IN_BLOCK, "apart": YEARS_APART},
        )
        return int(cursor.rowcount)


_CANDIDATES = """
    WITH changed AS MATERIALIZED (
        SELECT id, folded_title, publication_year, doi, arxiv_id, type, string_to_array(folded_title, ' ') AS words
          FROM works_work WHERE id = ANY(%(ids)s) AND length(folded_title) >= %(shortest)s
    ), titled AS (
        SELECT c.id, t.id AS other FROM changed c CROSS JOIN LATERAL (
            SELECT o.id, count(*) OVER () AS n FROM works_work o
             WHERE hashtextextended(o.folded_title, 0) = hashtextextended(c.folded_title, 0) AND o.folded_title = c.folded_title
               AND o.id <> c.id LIMIT %(most)s + 1
        ) t WHERE t.n <= %(most)s
    ), written AS (
        SELECT c.id, t.work_id AS other, c.words, c.publication_year, c.doi, c.arxiv_id, c.type
          FROM changed c JOIN works_authorship a ON a.work_id = c.id AND a.position = 1 AND a.name_key <> ''
         CROSS JOIN LATERAL (
            SELECT b.work_id, count(*) OVER () AS n FROM works_authorship b
             WHERE b.position = 1 AND b.name_key = a.name_key AND b.work_id <> c.id LIMIT 4 * %(most)s + 1
        ) t WHERE t.n <= 4 * %(most)s
    ), retitled AS (
        SELECT w.id, w.other FROM written w JOIN works_work o ON o.id = w.other
         WHERE abs(o.publication_year - w.publication_year) <= %(apart)s AND length(o.folded_title) >= %(shortest)s
           AND NOT (w.arxiv_id IS NOT NULL AND o.arxiv_id IS NOT NULL)
           AND (w.doi IS NULL OR o.doi IS NULL OR w.type = 'preprint' OR o.type = 'preprint'
                OR w.doi LIKE '10.48550/%%' OR o.doi LIKE '10.48550/%%')
           AND 2 * (SELECT count(*) FROM unnest(w.words) word WHERE word = ANY (string_to_array(o.folded_title, ' ')))
               >= cardinality(w.words)
    )
    INSERT INTO works_duplicatecandidate (work_id, other_id)
    SELECT DISTINCT least(id, other), greatest(id, other) FROM (SELECT id, other FROM titled UNION SELECT id, other FROM retitled) found
     ORDER BY 1, 2
    ON CONFLICT (work_id, other_id) DO NOTHING
"""


def take_candidates(cursor: CursorWrapper, most: int) -> list[tuple[int, int]]:
    """Take up to `most` noted pairs away, in the caller's transaction."""
    cursor.execute(
        "DELETE FROM works_duplicatecandidate WHERE id IN (SELECT id FROM works_duplicatecandidate ORDER BY id LIMIT %s "
        "FOR UPDATE SKIP LOCKED) RETURNING work_id, other_id",
        [most],
    )
    return sorted(cursor.fetchall())


def facts(cursor: CursorWrapper, work_ids: Sequence[int]) -> dict[int, Facts]:
    """Return what is compared of these works."""
    cursor.execute(
        """
        SELECT w.id, w.folded_title, w.type, w.publication_year, w.doi, w.arxiv_id,
               COALESCE((SELECT array_agg(a.name_key ORDER BY a.position) FROM (
                   SELECT name_key, position FROM works_authorship WHERE work_id = w.id ORDER BY position LIMIT %(most)s) a), '{}'),
               (SELECT count(*) FROM works_authorship WHERE work_id = w.id), w.abstract,
               (SELECT count(*) FROM (SELECT 1 FROM works_work o
                 WHERE hashtextextended(o.folded_title, 0) = hashtextextended(w.folded_title, 0) AND o.folded_title = w.folded_title
                 LIMIT 3) named)
          FROM works_work w WHERE w.id = ANY(%(ids)s)
        """,
        {"ids": list(work_ids), "most": MOST_AUTHORS},
    )
    return {
        key: Facts(
            id=key, title=title, type=type_, year=year, doi=doi, arxiv_id=arxiv_id, authors=tuple(authors), authors_total=total,
            abstract=abstract, namesakes=namesakes,
        )
        for key, title, type_, year, doi, arxiv_id, authors, total, abstract, namesakes in cursor.fetchall()
    }  # fmt: skip
