"""How alike two groups of signatures are: sums and maxima over their pairs, and features of two groups made from those. Pure.

Every sum is additive: that of a union is the sum of the parts' sums; the maximum of a union is the larger one. So groups
are joined by adding (comparing) rows and columns, and a similarity of whole groups (all words of one against all words of
the other) costs as much as one of two signatures.
"""

import copy
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from works.signatures import Corpus, Reading, Signature, reading_of, short_name

Kind = Literal["orcid", "email", "person", "coauthors", "text", "affiliation", "venue", "years", "names", "prior", "apart"]
Vector = NDArray[np.float64]
Index = NDArray[np.intp]

COAUTHORS, NEARLY, TEXT, AFFILIATION, BOTH_AFFILIATED, VENUE, NAMES_DIFFER, APART, VENUE_WORDS = range(9)
"""The sums, in the order of `Groups.sums`."""
PEAKS = (TEXT, AFFILIATION, COAUTHORS, VENUE_WORDS)
"""The sums of which `Groups.peaks` holds the largest summand: two works may be a series although their authors' words differ."""

FEATURES: tuple[tuple[str, Kind], ...] = (
    ("start", "prior"), ("namesakes", "prior"),
    ("shared, logarithm", "coauthors"), ("shared, cosine", "coauthors"), ("shared per pair", "coauthors"), ("nearly shared", "coauthors"),
    ("cosine", "text"), ("per pair", "text"),
    ("cosine", "affiliation"), ("unknown", "affiliation"), ("nothing shared", "affiliation"),
    ("cosine", "venue"), ("per pair", "venue"),
    ("gap", "years"), ("more than 8 apart", "years"),
    ("smaller group", "prior"), ("larger group", "prior"),
    ("cosine by smaller group", "text"), ("namesakes by smaller group", "prior"),
    ("given names differ", "names"), ("number of co-authors", "coauthors"), ("cosine by larger group", "text"),
    ("none shared", "coauthors"), ("none shared of many", "coauthors"), ("none shared, namesakes", "coauthors"),
    ("cosine of words", "venue"),
    ("most alike pair", "text"), ("most alike pair", "affiliation"), ("most alike pair", "coauthors"), ("most alike pair", "venue"),
    ("most alike pair, namesakes", "text"), ("most alike pair, namesakes", "affiliation"), ("most alike pair, namesakes", "coauthors"),
)  # fmt: skip
"""(feature, kind of evidence), in the order of the columns that `features` gives and of the weights."""

_NAMESAKES = (-5.5, 1.0)
"""Outside these logarithms the estimate from single words of a name is noise."""
_MOST_COAUTHORS = 6
_MOST_OF_A_PAIR = 3.0
_MOST_YEARS = 20
_ROWS = 500


class Groups:
    """Groups of signatures: `sums[k, i, j]` is sum k over all pairs of a signature of group i and one of group j."""

    def __init__(self, members: Sequence[Sequence[Signature]], corpus: Corpus) -> None:
        self.members = [list(own) for own in members]
        self.corpus = corpus
        readings = [[reading_of(signature) for signature in own] for own in members]
        self.traits = [_traits(own) for own in readings]
        self.sizes: Vector = np.array([float(len(own)) for own in members])
        self.first: Vector = np.array([min(_years(own), default=math.nan) for own in members])
        self.last: Vector = np.array([max(_years(own), default=math.nan) for own in members])
        self.coauthors: Vector = np.array([float(sum(len(reading.coauthors) for reading in own)) for own in readings])
        names = {" ".join(reading.name) for own in readings for reading in own}
        self.namesakes = _between(*_NAMESAKES, max((corpus.namesakes(name) for name in names), default=0.0))
        kinds = _kinds(readings, corpus)
        self.sums: Vector = np.stack(_sums(members, readings, kinds)) if members else np.zeros((9, 0, 0))
        self.peaks: Vector = np.stack([self._peak(sum_, kinds[sum_]) for sum_ in PEAKS])

    def _peak(self, number: int, kind: "_Traits") -> Vector:
        alone = all(len(own) == 1 for own in self.members)
        return np.asarray(np.minimum(_MOST_OF_A_PAIR, self.sums[number] if alone else kind.maxima()))

    def copy(self) -> "Groups":
        """Return a copy that can be joined without changing this one."""
        twin = copy.copy(self)
        twin.members = [list(own) for own in self.members]
        twin.traits = list(self.traits)
        for name in ("sizes", "first", "last", "coauthors", "sums", "peaks"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def join(self, one: int, other: int) -> None:
        """Make group `one` the union of both; `other` must not be used any more."""
        self.sums[:, one, :] += self.sums[:, other, :]
        self.sums[:, :, one] += self.sums[:, :, other]
        np.maximum(self.peaks[:, one, :], self.peaks[:, other, :], out=self.peaks[:, one, :])
        np.maximum(self.peaks[:, :, one], self.peaks[:, :, other], out=self.peaks[:, :, one])
        self.sizes[one] += self.sizes[other]
        self.coauthors[one] += self.coauthors[other]
        self.first[one] = np.fmin(self.first[one], self.first[other])
        self.last[one] = np.fmax(self.last[one], self.last[other])
        self.members[one] += self.members[other]
        self.members[other] = []
        self.traits[one] = {kind: own | self.traits[other][kind] for kind, own in self.traits[one].items()}

    def shared(self, kind: Kind, one: int, other: int) -> list[str]:
        """Return the traits of a kind that both groups have, most telling first; co-authors printed in two ways by their initials."""
        both = self.traits[one].get(kind, frozenset()) & self.traits[other].get(kind, frozenset())
        if kind == "coauthors" and not both:
            return sorted(" ".join(reversed(short.rsplit(" ", 1))) for short in self.traits[one]["circle"] & self.traits[other]["circle"])
        return sorted(both, key=lambda trait: (-self._weight(kind, trait), trait))

    def _weight(self, kind: Kind, trait: str) -> float:
        corpus = self.corpus
        if kind == "coauthors":
            return corpus.coauthor_weight(trait)
        if kind == "venue":
            return corpus.venue_weight(trait)
        return corpus.idf(corpus.terms if kind == "text" else corpus.affiliations, trait)

    def keep_apart(self, one: int, other: int) -> None:
        """Forbid that two groups, or what they become part of, are joined."""
        self.sums[APART, one, other] += 1
        self.sums[APART, other, one] += 1

    def may_join(self, one: int, others: Index) -> NDArray[np.bool_]:
        return np.asarray(self.sums[APART, one, others] == 0)

    def features(self, one: int, others: Index) -> Vector:
        """Return a row for each of `others`: its features together with group `one`. Columns as in FEATURES."""
        across = self.sums[:, one, others]
        pairs = self.sizes[one] * self.sizes[others]
        smaller = np.log(np.minimum(self.sizes[one], self.sizes[others]))
        larger = np.log(np.maximum(self.sizes[one], self.sizes[others]))
        constant = np.ones(len(others))
        namesakes = self.namesakes
        text = self._cosine(TEXT, one, others)
        both_affiliated = across[BOTH_AFFILIATED] > 0
        affiliation = self._cosine(AFFILIATION, one, others) * both_affiliated
        nearly = np.maximum(0, across[NEARLY])
        none_shared = (across[COAUTHORS] + nearly <= 1e-9) * 1.0
        coauthors = self._coauthors_on_average(one, others)
        gap = self._years_between(one, others)
        peaks = self.peaks[:, one, others]
        return np.stack(
            [
                constant, constant * namesakes,
                np.log1p(across[COAUTHORS]), self._cosine(COAUTHORS, one, others), np.minimum(3, across[COAUTHORS] / pairs),
                np.log1p(nearly),
                text, across[TEXT] / pairs,
                affiliation, ~both_affiliated * 1.0, both_affiliated * (affiliation < 0.15),
                self._cosine(VENUE, one, others), across[VENUE] / pairs,
                np.minimum(gap, _MOST_YEARS) / 10, (gap > 8) * 1.0,
                smaller, larger,
                text * smaller, namesakes * smaller,
                across[NAMES_DIFFER] / pairs, coauthors, text * larger,
                none_shared, none_shared * coauthors, none_shared * namesakes,
                self._cosine(VENUE_WORDS, one, others),
                *peaks,
                peaks[0] * namesakes, peaks[1] * namesakes, np.minimum(1, peaks[2]) * namesakes,
            ],
            axis=1,
        )  # fmt: skip

    def _cosine(self, kind: int, one: int, others: Index) -> Vector:
        sums = self.sums[kind]
        lengths = np.sqrt(sums[one, one] * sums[others, others])
        return np.asarray(np.divide(sums[one, others], lengths, out=np.zeros(len(others)), where=lengths > 0))

    def _coauthors_on_average(self, one: int, others: Index) -> Vector:
        own = min(_MOST_COAUTHORS, self.coauthors[one] / self.sizes[one])
        return np.asarray(np.sqrt(own * np.minimum(_MOST_COAUTHORS, self.coauthors[others] / self.sizes[others])) / _MOST_COAUTHORS)

    def _years_between(self, one: int, others: Index) -> Vector:
        """Return the years between the two careers: 0 where they overlap, and where one has no year."""
        gap = np.maximum(self.first[one] - self.last[others], self.first[others] - self.last[one])
        return np.asarray(np.maximum(0, np.nan_to_num(gap, nan=0.0)))


def _traits(readings: Sequence[Reading]) -> dict[str, frozenset[str]]:
    return {
        "circle": frozenset().union(*(reading.circle for reading in readings)),
        "coauthors": frozenset().union(*(reading.coauthors for reading in readings)),
        "text": frozenset().union(*(reading.terms for reading in readings)),
        "affiliation": frozenset().union(*(reading.affiliation for reading in readings)),
        "venue": frozenset(reading.venue for reading in readings if reading.venue),
    }


def _years(signatures: Iterable[Signature]) -> list[float]:
    return [float(signature.year) for signature in signatures if signature.year is not None]


def _between(low: float, high: float, value: float) -> float:
    return min(high, max(low, value))


def _kinds(readings: Sequence[Sequence[Reading]], corpus: Corpus) -> dict[int, "_Traits"]:
    """Return what groups can have in common, by sum, with how telling each of it is."""

    def rarity(short: str) -> float:
        return math.sqrt(corpus.coauthor_weight(" ".join(reversed(short.rsplit(" ", 1)))))

    def traits(of: Callable[[Reading], Collection[str]], weight: Callable[[str], float], *, unit: bool = False) -> "_Traits":
        return _Traits([[of(reading) for reading in own] for own in readings], weight, unit=unit)

    return {
        COAUTHORS: traits(lambda r: r.coauthors, lambda key: math.sqrt(corpus.coauthor_weight(key))),
        NEARLY: traits(lambda r: r.circle, rarity),
        _SAME_SHORT: traits(lambda r: r.coauthors, lambda key: rarity(short_name(key))),
        TEXT: traits(lambda r: r.terms, lambda term: corpus.idf(corpus.terms, term), unit=True),
        AFFILIATION: traits(lambda r: r.affiliation, lambda word: corpus.idf(corpus.affiliations, word), unit=True),
        VENUE: traits(lambda r: {r.venue} - {""}, lambda venue: math.sqrt(corpus.venue_weight(venue))),
        VENUE_WORDS: traits(lambda r: set(r.venue.split()), lambda word: corpus.idf(corpus.venue_words, word), unit=True),
    }


_SAME_SHORT = -1
"""Co-authors printed alike, weighed as if by family name and initial: what NEARLY counts too much."""


def _sums(members: Sequence[Sequence[Signature]], readings: Sequence[Sequence[Reading]], kinds: Mapping[int, "_Traits"]) -> list[Vector]:
    affiliated = np.array([float(sum(bool(reading.affiliation) for reading in own)) for own in readings])
    return [
        kinds[COAUTHORS].products(),
        kinds[NEARLY].products() - kinds[_SAME_SHORT].products(),
        kinds[TEXT].products(),
        kinds[AFFILIATION].products(),
        np.outer(affiliated, affiliated),
        kinds[VENUE].products(),
        _counted([[reading.name for reading in own] for own in readings], _contradict),
        _counted([[tuple(sorted(signature.orcids)) for signature in own] for own in members], _are_disjoint) + _same_works(members),
        kinds[VENUE_WORDS].products(),
    ]


class _Traits:
    """Weighted traits of the signatures of groups; with `unit` each signature's vector has length 1.

    Traits are taken in sorted order: rounding then never depends on the order in which they come.
    """

    def __init__(self, traits: Sequence[Sequence[Collection[str]]], weight: Callable[[str], float], *, unit: bool) -> None:
        self.groups = len(traits)
        self.starts = np.cumsum([0, *(len(group) for group in traits)])
        weights = {trait: weight(trait) for trait in sorted({trait for group in traits for own in group for trait in own})}
        self.bearers: dict[str, tuple[list[int], list[int], list[float]]] = {trait: ([], [], []) for trait in weights}
        signature = 0
        for position, group in enumerate(traits):
            for own in group:
                length = math.sqrt(sum(weights[trait] ** 2 for trait in sorted(own))) if unit else 1.0
                for trait in own:
                    groups, signatures, values = self.bearers[trait]
                    groups.append(position)
                    signatures.append(signature)
                    values.append(weights[trait] / (length or 1.0))
                signature += 1

    def products(self) -> Vector:
        """Return the inner products of the groups' vectors, each the sum of its signatures' ones."""
        products = np.zeros((self.groups, self.groups))
        for groups, _, values in self.bearers.values():
            at, where = np.unique(np.array(groups, dtype=np.intp), return_inverse=True)
            total = np.bincount(where, weights=values)
            products[at[:, None], at] += total[:, None] * total
        return products

    def maxima(self) -> Vector:
        """Return the largest inner product of a signature of one group and one of the other, some groups at a time."""
        count = int(self.starts[-1])
        sides = [(np.array(signatures, dtype=np.intp), np.array(values)) for _, signatures, values in self.bearers.values()]
        maxima = np.zeros((self.groups, self.groups))
        first = 0
        while first < self.groups:
            last = max(first + 1, int(np.searchsorted(self.starts, self.starts[first] + _ROWS, side="right")) - 1)
            low, high = int(self.starts[first]), int(self.starts[last])
            rows = np.zeros((high - low, count))
            for at, values in sides:
                begin, end = np.searchsorted(at, (low, high))
                if begin < end:
                    rows[at[begin:end, None] - low, at] += values[begin:end, None] * values
            across = np.maximum.reduceat(rows, self.starts[:-1], axis=1)
            maxima[first:last] = np.maximum.reduceat(across, self.starts[first:last] - low, axis=0)
            first = last
        return maxima


Labels = tuple[str, ...]


def _counted(labels: Sequence[Sequence[Labels]], relation: Callable[[Labels, Labels], bool]) -> Vector:
    """Return how many pairs of labels, one of each group, stand in a symmetric relation."""
    kinds = sorted({label for own in labels for label in own})
    number = {label: position for position, label in enumerate(kinds)}
    counts = np.zeros((len(labels), len(kinds)))
    for position, own in enumerate(labels):
        for label in own:
            counts[position, number[label]] += 1
    related = np.array([[float(relation(one, other)) for other in kinds] for one in kinds]).reshape(len(kinds), len(kinds))
    return np.asarray(counts @ related @ counts.T)


def _contradict(one: Labels, other: Labels) -> bool:
    """Tell whether two printed names cannot be one: another given name, another initial, another middle initial."""
    for word, another in zip(one[:-1], other[:-1], strict=False):
        if word[0] != another[0] or (len(word) > 1 and len(another) > 1 and word != another):
            return True
    return False


def _are_disjoint(one: Labels, other: Labels) -> bool:
    """Tell whether both have ORCID iDs, and none in common: two persons for certain."""
    return bool(one and other) and set(one).isdisjoint(other)


def _same_works(members: Sequence[Sequence[Signature]]) -> Vector:
    """Return how many works two groups have in common: each prints two bylines, hence two persons."""
    found = np.zeros((len(members), len(members)))
    of_work: dict[int, list[int]] = defaultdict(list)
    for position, own in enumerate(members):
        for signature in own:
            if signature.work_id is not None:
                of_work[signature.work_id].append(position)
    for positions in of_work.values():
        for one, other in permutations(positions, 2):
            found[one, other] += 1
    return found
