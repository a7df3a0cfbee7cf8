"""Which work a citation means: works that are here already, each with a score and what speaks for it.

Two steps, both bounded whatever the corpus. *Finding*: ids lead to works through unique indexes; titles through the index of
title words, asking for works that share most of the citation's rarest words. *Judging*: `judged` is a pure function of a
citation and a work; its figures are the constants below, measured by `python -m bench.recognising`.

A score is a sum: up to 0.70 for the title, 0.20 for the authors, 0.10 for the year. A citation that says nothing about authors
or year gets half of theirs; one that contradicts the work loses more than it could have won.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import combinations

import msgspec
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from researchers.names import fold, name_key
from works.citations import Citation
from works.matching import works_by_key
from works.models import Authorship, Work

LIKELY = 0.88
"""From here on a work is taken for the one that is meant, if no other comes within CLOSE of it."""
POSSIBLE = 0.60
"""Below this a work is not offered at all."""
CLOSE = 0.05
CONTRADICTED_ID = 0.60
"""The score of an id whose work has quite another title and none of the authors: somebody mistyped it, or the title."""
OTHER_DOI = 0.80
"""The most for a work with another published DOI than the citation's: a reprint, a translation, another version, or another work."""
OTHER_PART = 0.75
"""The most where one title numbers a part and the other does not, or another one; likewise for errata, comments and replies."""
OTHER_WORD = 0.85
"""The most where a word stands for another one ("face-centred", "body-centred"): authors often write such pairs in the same year."""

TITLE, AUTHORS, YEAR = 0.70, 0.20, 0.10
NO_AUTHOR_IN_COMMON = -0.25
ANOTHER_YEAR = -0.15
GENERIC_TITLE = -0.20
"""A title of at most three words ("Introduction", "Reply to Smith") says little where no author confirms it."""
WITHOUT_SUBTITLE = 0.94
"""The likeness of a title to itself without its subtitle."""
LEAST_TITLE = 0.70
"""The least likeness of titles that are one title with mistakes."""
ALIKE_BY_LETTERS, SAME_LETTERS = 0.92, 0.97
MISSPELT = 0.75
"""Likeness by letters from which on two titles, and two words, are one with mistakes."""

OFFERED = 5
_LOOKED_AT = 12
_READ_PER_TITLE = 2_000
_WORDS_ASKED = 6
_CITATIONS_A_QUERY = 200
_BYLINES = 60
_LONGEST_TITLE = 600

_TAGS = re.compile(
    r"""</?[a-zA-Z][\w:.-]{0,30}(?:\s+[\w:-]{1,40}\s*=\s*(?:"[^"<>]{0,200}"|'[^'<>]{0,200}')){0,9}\s*/?>|&(?:[a-zA-Z]{2,8}|#[0-9]{1,6});"""
)
_TEX_ACCENT = re.compile(r"\\[`'^~=.\"ruvHdckb](?=[^A-Za-z]|\{|\\)\s*\{?\\?([A-Za-z])\}?|\\[`'^~=.\"]([A-Za-z])")
_TEX_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_GREEK_LETTERS = str.maketrans({letter: f" {name} " for name, letter in _GREEK.items()})
_LETTERS = {
    "ss": "ss",
    "o": "o",
    "O": "o",
    "l": "l",
    "L": "l",
    "ae": "ae",
    "AE": "ae",
    "oe": "oe",
    "OE": "oe",
    "aa": "a",
    "AA": "a",
    "i": "i",
}
_SUBTITLE = re.compile(r"\s*(?::|\?|!|\.|\s[-–—]\s|–|—)\s+")
_NUMBER = re.compile(r"[0-9]{1,3}|[ivx]{1,5}")
_OF_ANOTHER = frozenset(
    {"erratum", "errata", "corrigendum", "comment", "comments", "reply", "response", "addendum", "retraction", "correction"}
)
_STOP = frozenset(
    {"a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on", "or", "over", "the", "their",
     "this", "to", "toward", "towards", "under", "using", "via", "with", "without", "de", "des", "die", "der", "das", "du", "et", "la",
     "le", "les", "und", "y", "el", "los"}
)  # fmt: skip
_NAME_ENDINGS = frozenset({"jr", "sr", "ii", "iii", "iv"})
_PARTICLES = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "des",
        "la",
        "le",
        "el",
        "al",
        "ter",
        "ten",
        "zu",
        "af",
    }
)


class Verdict(StrEnum):
    """What the best candidates say together."""

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for or against, in words. `speaks` is "for", "against" or "neither"."""

    label: str
    detail: str = ""
    speaks: str = "for"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A work as far as a citation can name it; `bylines` are the first 60."""

    work_id: int
    title: str
    year: int | None = None
    doi: str = ""
    arxiv_id: str = ""
    venue: str = ""
    bylines: tuple[str, ...] = ()


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """A work a citation may mean. `by_id`: it carries the citation's DOI or arXiv id."""

    work_id: int
    score: float
    grounds: tuple[Ground, ...]
    by_id: bool = False


def verdict(found: Sequence[Recognition]) -> Verdict:
    """Say what candidates, best first, amount to: one that stands out, several to choose from, or none."""
    if not found or found[0].score < POSSIBLE:
        return Verdict.UNKNOWN
    stands_out = len(found) == 1 or found[0].score - found[1].score > CLOSE or (found[0].by_id and not found[1].by_id)
    return Verdict.CERTAIN if found[0].score >= LIKELY and stands_out else Verdict.UNCERTAIN


# --- judging: pure --------------------------------------------------------------------------------


def judged(citation: Citation, candidate: Candidate, *, shared_keys: Collection[str] = ()) -> Recognition:
    """Say how well a citation fits a work. `shared_keys` are ids of the citation that lead to the work."""
    likeness, title_ground = titles_alike(citation.title, candidate.title)
    share, author_ground = _authors(citation, candidate)
    year_points, year_ground = _year(citation.year, candidate.year)
    grounds = tuple(each for each in (*_id_grounds(shared_keys), title_ground, author_ground, year_ground) if each)
    if shared_keys:
        contradicted = bool(citation.title and candidate.title) and likeness < 0.4 and share == 0.0
        return Recognition(work_id=candidate.work_id, score=CONTRADICTED_ID if contradicted else 1.0, grounds=grounds, by_id=True)
    if likeness < LEAST_TITLE:
        return Recognition(work_id=candidate.work_id, score=0.0, grounds=grounds)
    score = TITLE * likeness + _author_points(share) + year_points
    if share is None and len(title_key(citation.title).split()) <= 3:
        score += GENERIC_TITLE
    if _is_another_part(citation.title, candidate.title):
        score = min(score, OTHER_PART)
        grounds = (
            *grounds,
            Ground(label="perhaps another part", detail="The titles differ in a number or in being a reply.", speaks="against"),
        )
    elif likeness < 1 and _has_another_word(citation.title, candidate.title):
        score = min(score, OTHER_WORD)
        grounds = (*grounds, Ground(label="another word", detail="A word of one title is another one in the other.", speaks="against"))
    if _is_other_doi(citation.doi, candidate.doi):
        score = min(score, OTHER_DOI)
        grounds = (*grounds, Ground(label="another DOI", detail=f"{citation.doi}, here {candidate.doi}", speaks="against"))
    return Recognition(work_id=candidate.work_id, score=round(min(max(score, 0.0), 1.0), 3), grounds=grounds)


def title_key(title: str) -> str:
    """Return a title's words without mark-up: folded, TeX and MathML away, Greek letters as their names.

    >>> title_key(r"On the {$\\alpha$}-decay of <i>Po</i>")
    'on the alpha decay of po'
    """
    text = _TAGS.sub(" ", title[:_LONGEST_TITLE])
    if "\\" in text:
        text = _TEX_ACCENT.sub(lambda match: match.group(1) or match.group(2), text)
        text = _TEX_COMMAND.sub(_command, text)
    for mark in "{}$":
        text = text.replace(mark, "")
    if not text.isascii():
        text = text.lower().translate(_GREEK_LETTERS) if re.search("[a-zA-Z]", text) else text
    return fold(text.replace("^", " ").replace("_", " "))


def _command(match: "re.Match[str]") -> str:
    name = match.group(1)
    if (plain := name.lower().removeprefix("var")) in _GREEK:
        return f" {plain} "
    return _LETTERS.get(name, " ")


def titles_alike(one: str, other: str) -> tuple[float, Ground | None]:
    """Return the likeness of two titles (0-1) with its ground; 0 and None where one is not told."""
    first, second = title_key(one), title_key(other)
    if not first or not second:
        return 0.0, None
    if first == second or first.replace(" ", "") == second.replace(" ", ""):
        return 1.0, Ground(label="same title")
    for short, long, key in ((first, other, second), (second, one, first)):
        if len(short.split()) >= 3 and key.startswith(f"{short} ") and short in map(title_key, _beginnings(long)):
            return WITHOUT_SUBTITLE, Ground(label="same title without its subtitle", detail=long[:300])
    likeness = round(max(_words_alike(first.split(), second.split()), _letters_alike(first, second)), 3)
    if likeness >= LEAST_TITLE:
        return likeness, Ground(label="similar title", detail=f"{likeness:.0%} alike: “{other[:300]}”")
    return likeness, Ground(label="another title", detail=other[:300], speaks="against")


def _beginnings(title: str) -> list[str]:
    """Return what a title may be called without its subtitle."""
    return [title[: match.start()] for match in _SUBTITLE.finditer(title)][:4]


def _words_alike(one: list[str], other: list[str]) -> float:
    """Return the shared share of two titles' letters, words misspelt by a letter or two counting for what they share."""
    mine, theirs = Counter(one), Counter(other)
    shared = mine & theirs
    total = _letters(mine) + _letters(theirs)
    common = 2.0 * _letters(shared)
    rest, open_words = list((mine - theirs).elements()), list((theirs - mine).elements())
    if common + 2 * min(_letters(rest), _letters(open_words)) >= LEAST_TITLE * total and len(rest) <= 12:
        for word in rest:
            ratio, best = max(((SequenceMatcher(None, word, each).ratio(), each) for each in open_words), default=(0.0, ""))
            if ratio >= MISSPELT and len(word) > 3:
                common += ratio * (len(word) + len(best))
                open_words.remove(best)
    return common / total if total else 0.0


def _letters_alike(one: str, other: str) -> float:
    """Return how alike two titles are letter by letter if they nearly are, else 0: it sees blanks that were lost or moved."""
    matcher = SequenceMatcher(None, one.replace(" ", ""), other.replace(" ", ""), autojunk=False)
    if matcher.real_quick_ratio() < ALIKE_BY_LETTERS or matcher.quick_ratio() < ALIKE_BY_LETTERS:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= ALIKE_BY_LETTERS else 0.0


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words.elements() if isinstance(words, Counter) else words))


def _is_another_part(one: str, other: str) -> bool:
    mine, theirs = Counter(title_key(one).split()), Counter(title_key(other).split())
    different = set(mine - theirs) | set(theirs - mine)
    return bool(different & _OF_ANOTHER) or any(_NUMBER.fullmatch(word) for word in different)


def _has_another_word(one: str, other: str) -> bool:
    """Tell whether both titles hold a word of weight that the other lacks, misspellings and lost blanks apart."""
    first, second = title_key(one), title_key(other)
    if _letters_alike(first, second) >= SAME_LETTERS:
        return False
    mine, theirs = Counter(first.split()), Counter(second.split())
    rest, open_words = _of_weight(mine - theirs), _of_weight(theirs - mine)
    return any(all(SequenceMatcher(None, word, each).ratio() < MISSPELT for each in open_words) for word in rest) and any(
        all(SequenceMatcher(None, word, each).ratio() < MISSPELT for each in rest) for word in open_words
    )


def _of_weight(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) >= 4 and word not in _STOP][:10]


def _is_other_doi(one: str, other: str) -> bool:
    return bool(one and other) and one != other and not one.startswith("10.48550/") and not other.startswith("10.48550/")


def _id_grounds(keys: Collection[str]) -> list[Ground]:
    names = {"doi": "same DOI", "arxiv": "same arXiv id", "openalex": "same OpenAlex id"}
    return [Ground(label=names.get(kind, "same id"), detail=value) for kind, _, value in (key.partition(":") for key in sorted(keys))]


def _authors(citation: Citation, candidate: Candidate) -> tuple[float | None, Ground | None]:
    """Return the share of authors in common, None where one side names nobody."""
    if not citation.authors or not candidate.bylines:
        return None, None
    cited = citation.authors[:_BYLINES]
    matched = [name for name in cited if any(same_name(name, byline, forgiving=True) for byline in candidate.bylines)]
    share = min(len(matched) / min(len(cited), len(candidate.bylines)), 1.0)
    if not matched:
        return 0.0, Ground(label="no author in common", detail=", ".join(candidate.bylines[:4]), speaks="against")
    count = f"{len(matched)} of {len(cited)}"
    return share, Ground(label="same authors" if share == 1 else "some of the authors", detail=f"{count}: {'; '.join(matched[:4])}")


def _author_points(share: float | None) -> float:
    if share is None:
        return AUTHORS / 2
    return NO_AUTHOR_IN_COMMON if share == 0 else AUTHORS * share


def _year(cited: int | None, here: int | None) -> tuple[float, Ground | None]:
    if cited is None or here is None:
        return YEAR / 2, None
    apart = abs(cited - here)
    if apart == 0:
        return YEAR, Ground(label="same year", detail=str(here))
    if apart == 1:
        return YEAR * 0.8, Ground(label="a year apart", detail=f"{cited}, here {here}")
    # A preprint and its published version may be some years apart.
    return (0.0 if apart <= 3 else ANOTHER_YEAR), Ground(label="another year", detail=f"{cited}, here {here}", speaks="against")


def same_name(one: str, other: str, *, forgiving: bool = False) -> bool:
    """Tell whether two printed names can be one person's on the same paper: family name and what is told of the given name agree.

    Order, accents (ü, ue and u alike), initials and particles do not matter. `forgiving` lets a family name differ by a letter or two.
    """
    mine, theirs = _name_words(one), _name_words(other)
    if not mine or not theirs:
        return False
    if sorted(mine) == sorted(theirs) or "".join(mine) == "".join(theirs):
        return True
    if _families_agree(mine[-1], theirs[-1], forgiving) and _given_agree(mine[:-1], theirs[:-1]):
        return True
    # "Wang Xiaoming" for "Xiaoming Wang", "Smith J" for "J Smith": only where the other side spells or shortens the given name, too.
    for turned, straight in ((mine, theirs), (theirs, mine)):
        if (
            len(turned) > 1
            and len(straight) > 1
            and turned[0] == straight[-1]
            and len(turned[0]) > 1
            and _given_agree(turned[1:], straight[:-1])
        ):
            return True
    return False


def own_byline(bylines: Sequence[str], names: Iterable[str]) -> int | None:
    """Return the place (0 is the first) of the one byline that can be somebody's with these name forms; None if there is none or more."""
    forms = [name for name in names if name]
    fitting = [place for place, byline in enumerate(bylines) if any(same_name(byline, form) for form in forms)]
    if len(fitting) > 1:
        whole = [place for place in fitting if any(name_key(bylines[place]) == name_key(form) for form in forms)]
        fitting = whole if len(whole) == 1 else []
    return fitting[0] if fitting else None


def _name_words(name: str) -> list[str]:
    words = [re.sub("(?<=[aou])e", "", word) for word in name_key(name).split() if word not in _PARTICLES]
    return words[:-1] if len(words) > 1 and words[-1] in _NAME_ENDINGS else words


def _families_agree(one: str, other: str, forgiving: bool) -> bool:
    if one == other:
        return True
    return forgiving and min(len(one), len(other)) >= 5 and one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= 0.84


def _given_agree(one: list[str], other: list[str]) -> bool:
    """Compare the first given names; a name told without any agrees with all."""
    if not one or not other:
        return True
    first, second = one[0], other[0]
    short, long = sorted((first, second), key=len)
    if len(short) == 1:
        return long.startswith(short)
    # "JP" for "Jean-Pierre"; "Alex" for "Alexander".
    return long.startswith(short) or "".join(word[0] for word in other) == first or "".join(word[0] for word in one) == second


# --- finding: bounded queries ---------------------------------------------------------------------


def recognised(citations: Sequence[Citation]) -> list[list[Recognition]]:
    """Return for each citation the works it may mean, best first, at most OFFERED, none below POSSIBLE.

    Costs some seven queries for each 200 citations; writes nothing.
    """
    found: list[list[Recognition]] = []
    for start in range(0, len(citations), _CITATIONS_A_QUERY):
        found.extend(_recognised(citations[start : start + _CITATIONS_A_QUERY]))
    return found


def _recognised(citations: Sequence[Citation]) -> list[list[Recognition]]:
    with transaction.atomic(), connection.cursor() as cursor:
        keys = works_by_key(cursor, {key for citation in citations for key in citation.keys})
        common = _common_words(cursor)
        found = [_judged_by_id(citation, keys) for citation in citations]
        led = {work for each in found for work in each}
        known = candidates_of(led)
        best = [_best(citation, own, known) for citation, own in zip(citations, found, strict=True)]
        for is_loose in (False, True):
            # A second, wider look only for what the first one missed: most lists need none.
            places = [place for place, each in enumerate(citations) if each.title and not best[place]]
            by_title = _found_by_title(cursor, {place: citations[place].title for place in places}, common, is_loose=is_loose)
            known = candidates_of({work for works in by_title.values() for work in works})
            for place, works in by_title.items():
                best[place] = _best(citations[place], dict.fromkeys(works, ()), known)
    return best


def _judged_by_id(citation: Citation, keys: Mapping[str, int]) -> dict[int, tuple[str, ...]]:
    """Return the works the citation's ids lead to, with those ids."""
    found: dict[int, tuple[str, ...]] = {}
    for key in citation.keys:
        if key in keys:
            found[keys[key]] = (*found.get(keys[key], ()), key)
    return found


def _best(citation: Citation, keys_by_work: Mapping[int, Collection[str]], known: Mapping[int, Candidate]) -> list[Recognition]:
    judgements = [judged(citation, known[work], shared_keys=keys) for work, keys in keys_by_work.items() if work in known]
    offered = sorted((each for each in judgements if each.score >= POSSIBLE), key=lambda each: (-each.score, not each.by_id, each.work_id))
    return offered[:OFFERED]


def candidates_of(work_ids: Collection[int]) -> dict[int, Candidate]:
    """Return works as candidates by key."""
    bylines: dict[int, list[str]] = {work: [] for work in work_ids}
    rows = Authorship.objects.filter(work_id__in=bylines, position__lte=_BYLINES).order_by("work_id", "position", "pk")
    for work_id, byline in rows.values_list("work_id", "byline"):
        bylines[work_id].append(byline)
    fields = ("pk", "title", "publication_year", "doi", "arxiv_id", "source__display_name")
    return {
        key: Candidate(
            work_id=key, title=title, year=year, doi=doi or "", arxiv_id=arxiv or "", venue=venue or "", bylines=tuple(bylines[key])
        )
        for key, title, year, doi, arxiv, venue in Work.objects.filter(pk__in=bylines).order_by("pk").values_list(*fields)
    }


_BY_TITLE = """
    SELECT asked.place, found.id
      FROM unnest(%(places)s::int[], %(needed)s::text[], %(wished)s::text[]) AS asked(place, needed, wished)
      CROSS JOIN LATERAL (
           SELECT near.id, ts_rank(near.search, asked.wished::tsquery, 1) AS rank
             FROM (SELECT id, search FROM works_work WHERE search @@ asked.needed::tsquery LIMIT %(read)s) AS near
            ORDER BY rank DESC, near.id LIMIT %(most)s
      ) AS found
     ORDER BY asked.place, found.rank DESC, found.id
"""


def _found_by_title(
    cursor: CursorWrapper, titles: Mapping[int, str], common: Mapping[str, float], *, is_loose: bool
) -> dict[int, list[int]]:
    """Return works with a similar title by the place of the citation."""
    found: dict[int, list[int]] = {}
    asked = [(place, *queries) for place, title in titles.items() if (queries := _title_queries(title, common, is_loose=is_loose))]
    if not asked:
        return found
    # The planner cannot see the words it will be asked for and may prefer to read the table; the index is always right.
    cursor.execute("SET LOCAL enable_seqscan = off")
    places, needed, wished = (list(column) for column in zip(*asked, strict=True))
    cursor.execute(_BY_TITLE, {"places": places, "needed": needed, "wished": wished, "read": _READ_PER_TITLE, "most": _LOOKED_AT})
    for place, work_id in cursor.fetchall():
        found.setdefault(place, []).append(work_id)
    cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    return found


def _common_words(cursor: CursorWrapper) -> dict[str, float]:
    """Return how frequent the commonest title words are, as the database's own statistics have it (empty before its first analysis)."""
    cursor.execute(
        "SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats"
        " WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'works_work' AND attname = 'search'"
    )
    row = cursor.fetchone()
    return dict(zip(row[0] or (), row[1] or (), strict=False)) if row else {}


def _title_queries(title: str, common: Mapping[str, float], *, is_loose: bool) -> tuple[str, str] | None:
    """Return the query a work must meet (most of the rarest words, so that some may be misspelt) and the one it is ranked by."""
    words = _indexed_words(title_key(title))
    if not words:
        return None
    # The index holds Greek letters as they are printed. A subtitle may hold all the rare words and be missing here.
    parts = [words, _indexed_words(fold(title[:_LONGEST_TITLE]))] if not title.isascii() else [words]
    parts += [part for beginning in _beginnings(title)[:1] if len(part := _indexed_words(title_key(beginning))) > 1]
    needed = dict.fromkeys(each for part in parts for each in _quorum(_rarest(part, common), is_loose=is_loose))
    return " | ".join(needed), " | ".join(f"'{word}'" for word in words[:30])


def _indexed_words(key: str) -> list[str]:
    """Return the distinct words worth asking for; all of them where nothing else is left. PostgreSQL refuses words beyond 2 kB."""
    words = [word for word in dict.fromkeys(key.split()) if len(word) <= 100]
    return [word for word in words if word not in _STOP and len(word) > 1] or words


def _rarest(words: Sequence[str], common: Mapping[str, float]) -> list[str]:
    return sorted(words, key=lambda word: (common.get(word, 0.0), -len(word), word))[:_WORDS_ASKED]


def _quorum(words: Sequence[str], *, is_loose: bool) -> list[str]:
    """Return the alternatives of "most of these words": 3 of 4 to 6, 2 of 2 or 3; loosely 2 of 3 to 6, 1 of 2."""
    strict, loose = (3, 2) if len(words) > 3 else (2, 2) if len(words) == 3 else (len(words), 1)
    number = loose if is_loose else strict
    return ["(" + " & ".join(f"'{word}'" for word in chosen) + ")" for chosen in combinations(words, number)]
