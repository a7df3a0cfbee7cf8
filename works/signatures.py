"""What one byline tells about the person behind it, and how telling each of it is. Pure: no ORM.

A *signature* is one byline of one work with what surrounds it. A *corpus* says how common words, venues and names are
where the signatures come from: a shared co-author with a rare name says more than one with a common name.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import msgspec

from researchers.names import fold, name_key

_STOP_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "based", "be", "between", "by", "can", "for", "from", "how", "in", "into", "is", "it",
     "its", "method", "methods", "new", "not", "of", "on", "or", "over", "study", "system", "systems", "analysis", "approach",
     "that", "the", "their", "this", "through", "to", "toward", "towards", "under", "using", "via", "we", "were", "what", "which",
     "with"}
)  # fmt: skip
_ENDINGS = ("ational", "ization", "ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "ly", "al")
_SHORTEST_STEM = 4
_AFFILIATION_WORDS = {
    "acad": "academy", "coll": "college", "comput": "computer", "computing": "computer", "corp": "corporation", "dept": "department",
    "elec": "electrical", "electr": "electrical", "electron": "electronic", "eng": "engineering", "inst": "institute", "lab": "laboratory",
    "labs": "laboratory", "math": "mathematics", "natl": "national", "res": "research", "sch": "school", "sci": "science",
    "sciences": "science", "technol": "technology", "univ": "university",
}  # fmt: skip
_BRACKETED = re.compile(r"\([^()]*\)")
_POPULATION = 100_000
"""Names: the size of a corpus to which expected namesakes refer, so that corpora of any size give comparable figures."""
_RAREST_IDF = 8.0
"""log(3,000): the idf at which a shared venue counts as 1."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One byline with its surroundings. `coauthors` are name keys without the byline itself; `topics` are codes or words."""

    id: int
    name: str
    work_id: int | None = None
    coauthors: frozenset[str] = frozenset()
    affiliations: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    venue: str = ""
    year: int | None = None
    orcids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    title: str = ""
    abstract: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a signature that are compared, taken to pieces."""

    name: tuple[str, ...]
    coauthors: frozenset[str]
    circle: frozenset[str]
    """The co-authors by family name and first initial, for those printed in two ways."""
    terms: frozenset[str]
    affiliation: frozenset[str]
    venue: str


def reading_of(signature: Signature) -> Reading:
    """Take a signature to pieces: words folded and stemmed, abbreviations of affiliations written out."""
    words = fold(f"{signature.title} {signature.abstract}").split()
    topics = {f"topic:{fold(topic)}" for topic in signature.topics}
    affiliation = fold(" ".join(signature.affiliations)).split()
    return Reading(
        name=tuple(name_key(signature.name).split()),
        coauthors=signature.coauthors,
        circle=frozenset(short_name(key) for key in signature.coauthors if key),
        terms=frozenset({_stem(word) for word in words if len(word) > 1 and word not in _STOP_WORDS} | topics),
        affiliation=frozenset(_AFFILIATION_WORDS.get(word, word) for word in affiliation if not word.isdigit()),
        venue=fold(_BRACKETED.sub(" ", signature.venue)),
    )


def short_name(key: str) -> str:
    """Return a name key as family name and first initial: "kangqiao liu" gives "liu k"."""
    words = key.split()
    return f"{words[-1]} {words[0][0]}" if words else ""


def _stem(word: str) -> str:
    """Cut one common English ending, crudely: it need not be a word, only the same for its relatives."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


class Corpus:
    """How common each word, venue and name is. Fill it from more than the signatures at hand: all works of the portal, or a sample."""

    def __init__(self) -> None:
        self.works = 0
        self.terms: Counter[str] = Counter()
        self.affiliations: Counter[str] = Counter()
        self.venues: Counter[str] = Counter()
        self.venue_words: Counter[str] = Counter()
        self._names: set[str] = set()

    @classmethod
    def of(cls, signatures: Iterable[Signature]) -> "Corpus":
        corpus = cls()
        for signature in signatures:
            corpus.add(reading_of(signature))
        return corpus

    @property
    def names(self) -> int:
        """Return the number of different names of authors that it knows."""
        return len(self._names)

    def add(self, reading: Reading) -> None:
        """Count a work as one of its bylines shows it."""
        self.works += 1
        self.terms.update(reading.terms)
        self.affiliations.update(reading.affiliation)
        self.venues.update([reading.venue])
        self.venue_words.update(set(reading.venue.split()))
        self.add_names(reading.coauthors)

    def add_names(self, keys: Iterable[str]) -> None:
        """Take in name keys; each counts once however often it is met."""
        self._names.update(keys)
        self.__dict__.pop("_name_words", None)

    def idf(self, counts: Counter[str], word: str) -> float:
        return max(0.0, math.log((self.works + 1) / (counts[word] + 0.5)))

    def venue_weight(self, venue: str) -> float:
        return self.idf(self.venues, venue) / _RAREST_IDF

    def namesakes(self, key: str) -> float:
        """Return the logarithm of how many others bear a name, by how common its first and its last word are.

        For a corpus of 100,000 names, as if given and family names were independent of each other. An initial stands for
        every given name that begins with it.
        """
        words = key.split()
        if not words:
            return 0.0
        first, last, initials, total = self._name_words
        given = initials[words[0]] if len(words[0]) == 1 else first[words[0]]
        return math.log(_POPULATION * ((given + 0.5) / total) * ((last[words[-1]] + 0.5) / total))

    def coauthor_weight(self, key: str) -> float:
        """Return near 1 for a name that one person bears, near 0 for one that many share."""
        return 1 / (1 + math.exp(self.namesakes(key)))

    @cached_property
    def _name_words(self) -> tuple[Counter[str], Counter[str], Counter[str], int]:
        first: Counter[str] = Counter()
        last: Counter[str] = Counter()
        initials: Counter[str] = Counter()
        for words in filter(None, map(str.split, self._names)):
            first[words[0]] += 1
            last[words[-1]] += 1
            initials[words[0][0]] += 1
        return first, last, initials, max(1, len(self._names))
