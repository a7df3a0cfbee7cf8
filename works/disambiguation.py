"""Which bylines of one name are one person: groups with grounds, and proposals to split or merge records. Pure: no ORM.

    persons(signatures, corpus=corpus)                       -> who is who, every link with its grounds
    proposed_splits(signatures, assignment, corpus=corpus)   -> records that hold the works of several persons
    proposed_merges(signatures, assignment, corpus=corpus)   -> records that are one person

Nothing here changes a record: what it finds is shown to owners and moderators, who decide.

Method. A shared ORCID iD or e-mail address joins; two different ORCID iDs, or two bylines of one work, keep apart
whatever else speaks for it. Then the two most alike groups are joined, again and again, while the odds that they are
one person are above a threshold. The odds come from a logistic model of the evidence between two groups (works.likeness),
whose weights are learned from names with known persons (works.disambiguation_weights says how and how good they are).
The outcome depends on the signatures alone, not on their order. Time and memory grow with the square of the number of
signatures up to MOST_AT_ONCE; more are first parted where they share least, and what is found in the parts is compared again.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np

from works.disambiguation_weights import LEARNED
from works.likeness import FEATURES, Groups, Index, Kind, Vector
from works.partition import Partition
from works.signatures import Corpus, Signature, reading_of

LARGE = 300
"""Bylines: the largest names learned from have so many."""
MOST_AT_ONCE = 1_500
"""Signatures compared each with each: 250 MB and some seconds."""
_MOST_SHOWN = 6
_NEVER = -math.inf

Pairs = Collection[tuple[int, int]]


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of signature ids about which people have decided: one person, or two. `apart` is stronger."""

    together: frozenset[tuple[int, int]] = frozenset()
    apart: frozenset[tuple[int, int]] = frozenset()


NONE_DECIDED = Decisions()


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A learned model: one weight per feature of works.likeness, and the score above which groups are joined.

    `caution` raises that score for each e-fold of bylines beyond LARGE: in a larger block chance brings more strangers
    together, and one wrong group draws in the next. `calibration` turns a score into a probability: slope and offset of
    its log odds, learned from links that the model made among names it had not seen.
    """

    version: str
    values: tuple[float, ...]
    threshold: float
    caution: float = 0.0
    calibration: tuple[float, float] = (1.0, 0.0)


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of evidence: how much it speaks for one person (log odds; below 0: against), and what it consists of."""

    kind: Kind
    score: float
    shared: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Two groups of signatures, how likely they are one person, and why. `score` is the sum of the grounds' scores.

    `odds` is the logarithm of the odds that both are one person, as calibrated. Certain evidence (an ORCID iD, an
    address, a person's word) has no odds: its score is infinite.
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    score: float
    odds: float
    grounds: tuple[Ground, ...]

    @property
    def confidence(self) -> float:
        """Return the probability that both are one person, by the model."""
        return 1 / (1 + math.exp(-max(-700.0, self.odds)))


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Signatures held to be one person's, and the links that joined them, in the order in which they did."""

    signatures: tuple[int, ...]
    links: tuple[Link, ...] = ()

    @property
    def confidence(self) -> float:
        """Return the confidence of the weakest link; 1 if there is none, since one byline is always one person's."""
        return min((link.confidence for link in self.links), default=1.0)


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A record that seems to hold the works of several persons. `closest` says what still speaks for one person."""

    record: int
    parts: tuple[Person, ...]
    closest: Link

    @property
    def confidence(self) -> float:
        """Return the probability that the two closest parts are two persons."""
        return 1 - self.closest.confidence


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Two records, or more once others have been merged, that seem to be one person."""

    records: tuple[int, ...]
    link: Link

    @property
    def confidence(self) -> float:
        return self.link.confidence


def persons(
    signatures: Iterable[Signature], *, corpus: Corpus, weights: Weights | None = None, decisions: Decisions = NONE_DECIDED
) -> list[Person]:
    """Group the signatures of one name into persons, each ordered by id and the list by its first id.

    Raises ValueError if an id comes twice.
    """
    model = weights or shipped()
    ordered = _ordered(signatures)
    found: list[Person] = []
    blocks = _blocks(ordered)
    for block in blocks:
        found += _clustered([[signature] for signature in block], corpus, model, decisions)
    if len(blocks) > 1:
        found = _once_more(found, {signature.id: signature for signature in ordered}, corpus, model, decisions)
    return sorted(found, key=lambda person: person.signatures)


def proposed_splits(
    signatures: Iterable[Signature],
    assignment: Mapping[int, int],
    *,
    corpus: Corpus,
    weights: Weights | None = None,
    decisions: Decisions = NONE_DECIDED,
) -> list[Split]:
    """Return the records whose own signatures fall apart, surest first. `assignment`: signature id -> record id."""
    model = weights or shipped()
    proposals = []
    for record, own in _by_record(signatures, assignment).items():
        parts = persons(own, corpus=corpus, weights=model, decisions=decisions)
        if len(parts) > 1:
            proposals.append(Split(record=record, parts=tuple(parts), closest=_closest(own, parts, corpus, model)))
    return sorted(proposals, key=lambda split: (-split.confidence, split.record))


def proposed_merges(
    signatures: Iterable[Signature],
    assignment: Mapping[int, int],
    *,
    corpus: Corpus,
    weights: Weights | None = None,
    decisions: Decisions = NONE_DECIDED,
) -> list[Merge]:
    """Return which records to join, surest first: records stay whole, and only records are joined with each other.

    A proposal of three records contains one of two of them. Of more than MOST_AT_ONCE records the largest are compared.
    """
    records = sorted(_by_record(signatures, assignment).items(), key=lambda item: (-len(item[1]), item[0]))
    clustering = Clustering(Groups([own for _, own in sorted(records[:MOST_AT_ONCE])], corpus), weights or shipped(), decisions)
    links = clustering.join_certain() + clustering.join_alike()
    proposals = [Merge(records=tuple(sorted({assignment[key] for key in (*link.one, *link.other)})), link=link) for link in links]
    return sorted(proposals, key=lambda merge: (-merge.confidence, len(merge.records), merge.records))


def shipped() -> Weights:
    """Return the model that comes with the program."""
    return Weights(**LEARNED)


def _by_record(signatures: Iterable[Signature], assignment: Mapping[int, int]) -> dict[int, list[Signature]]:
    """Return the signatures of each record, both in order; what is assigned to no record is left out."""
    records: dict[int, list[Signature]] = defaultdict(list)
    for signature in _ordered(signatures):
        if signature.id in assignment:
            records[assignment[signature.id]].append(signature)
    return dict(sorted(records.items()))


def _ordered(signatures: Iterable[Signature]) -> list[Signature]:
    ordered = sorted(signatures, key=lambda signature: signature.id)
    if len({signature.id for signature in ordered}) < len(ordered):
        raise ValueError("Two signatures have one id.")
    return ordered


def _ids(signatures: Iterable[Signature]) -> tuple[int, ...]:
    return tuple(sorted(signature.id for signature in signatures))


def _clustered(starts: Sequence[Sequence[Signature]], corpus: Corpus, weights: Weights, decisions: Decisions) -> list[Person]:
    clustering = Clustering(Groups(starts, corpus), weights, decisions)
    clustering.join_certain()
    clustering.join_alike()
    return clustering.persons()


def _once_more(
    found: Sequence[Person], by_id: Mapping[int, Signature], corpus: Corpus, weights: Weights, decisions: Decisions
) -> list[Person]:
    """Join what was found in several blocks: the largest MOST_AT_ONCE groups are compared with each other."""
    largest = sorted(found, key=lambda person: (-len(person.signatures), person.signatures))
    starts = [[by_id[key] for key in person.signatures] for person in largest[:MOST_AT_ONCE]]
    before = {person.signatures[0]: person.links for person in largest}
    joined = [
        Person(
            signatures=person.signatures,
            links=(*chain.from_iterable(before[key] for key in person.signatures if key in before), *person.links),
        )
        for person in _clustered(starts, corpus, weights, decisions)
    ]
    return joined + largest[MOST_AT_ONCE:]


def _closest(own: Sequence[Signature], parts: Sequence[Person], corpus: Corpus, weights: Weights) -> Link:
    """Return the link between the two parts that are most alike, of the largest MOST_AT_ONCE."""
    by_id = {signature.id: signature for signature in own}
    largest = sorted(parts, key=lambda part: (-len(part.signatures), part.signatures))[:MOST_AT_ONCE]
    return Clustering(Groups([[by_id[key] for key in part.signatures] for part in largest], corpus), weights).closest()


def _blocks(signatures: Sequence[Signature]) -> list[list[Signature]]:
    """Part many signatures into blocks of at most MOST_AT_ONCE, keeping together what shares rare traits, rarest first."""
    if len(signatures) <= MOST_AT_ONCE:
        return [list(signatures)]
    bearers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for signature in signatures:
        for trait in _traits(signature):
            bearers[trait].append(signature.id)
    joined = Partition(signature.id for signature in signatures)
    sizes = {signature.id: 1 for signature in signatures}
    for _, (first, *others) in sorted(bearers.items(), key=lambda item: (item[0][0], len(item[1]), item[0])):
        for other in others:
            one, two = joined.root(first), joined.root(other)
            if one != two and sizes[one] + sizes[two] <= MOST_AT_ONCE:
                joined.join(one, two)
                sizes[joined.root(one)] = sizes[one] + sizes[two]
    return _packed([sorted(own) for own in joined.sets()], {signature.id: signature for signature in signatures})


def _traits(signature: Signature) -> Iterable[tuple[str, str]]:
    """Return what may keep two signatures in one block, the most telling kinds first in the order of their keys."""
    reading = reading_of(signature)
    for kind, values in (
        ("0", signature.orcids), ("1", signature.emails), ("2", reading.coauthors), ("3", reading.circle), ("4", reading.affiliation),
        ("5", {reading.venue} - {""}), ("6", reading.terms),
    ):  # fmt: skip
        yield from ((kind, value) for value in values)


def _packed(sets: Sequence[Sequence[int]], by_id: Mapping[int, Signature]) -> list[list[Signature]]:
    """Fill blocks with whole sets, largest sets first."""
    blocks: list[list[int]] = []
    for own in sorted(sets, key=lambda own: (-len(own), own)):
        room = next((block for block in blocks if len(block) + len(own) <= MOST_AT_ONCE), None)
        if room is None:
            blocks.append(list(own))
        else:
            room += own
    return [[by_id[key] for key in sorted(block)] for block in blocks]


class Clustering:
    """Groups of signatures that are joined step by step; the links say how."""

    def __init__(self, groups: Groups, weights: Weights, decisions: Decisions = NONE_DECIDED) -> None:
        self.groups = groups
        self.beta: Vector = np.array(weights.values)
        self.threshold = weights.threshold + weights.caution * max(0.0, math.log(max(1.0, groups.sizes.sum()) / LARGE))
        self.calibration = weights.calibration
        self.together = decisions.together
        self.links: list[list[Link]] = [[] for _ in groups.members]
        self.home = {signature.id: group for group, own in enumerate(groups.members) for signature in own}
        for one, other in _known(decisions.apart, self.home):
            if self.home[one] != self.home[other]:
                groups.keep_apart(self.home[one], self.home[other])

    def persons(self) -> list[Person]:
        grouped = zip(self.groups.members, self.links, strict=True)
        return [Person(signatures=_ids(own), links=tuple(links)) for own, links in grouped if own]

    def join_certain(self) -> list[Link]:
        """Join by what people said, then by ORCID iD, then by e-mail address, unless something keeps both apart."""
        links = [self._join_certain("person", (), one, other) for one, other in _known(self.together, self.home)]
        by_id = sorted((signature.id, signature) for own in self.groups.members for signature in own)
        kinds: tuple[tuple[Kind, Mapping[int, frozenset[str]]], ...] = (
            ("orcid", {key: signature.orcids for key, signature in by_id}),
            ("email", {key: signature.emails for key, signature in by_id}),
        )
        for kind, values in kinds:
            bearers: dict[str, list[int]] = defaultdict(list)
            for key, own in values.items():
                for value in own:
                    bearers[value].append(key)
            for value, (first, *others) in sorted(bearers.items()):
                links += [self._join_certain(kind, (value,), first, other) for other in others]
        return [link for link in links if link is not None]

    def _join_certain(self, kind: Kind, shared: tuple[str, ...], one: int, other: int) -> Link | None:
        first, second = sorted((self.home[one], self.home[other]))
        if first == second or not self.groups.may_join(first, np.array([second]))[0]:
            return None
        return self._join(first, second, Ground(kind=kind, score=math.inf, shared=shared))

    def join_alike(self) -> list[Link]:
        """Join the two most alike groups until none are alike enough; of equally alike ones, those that come first."""
        live = [group for group, own in enumerate(self.groups.members) if own]
        ranking = _Ranking(self._all_scores(live))
        links = []
        while len(live) > 1:
            one, other, score = ranking.top()
            if not score >= self.threshold:
                break
            links.append(self._join(one, other, *self._grounds(one, other)))
            live.remove(other)
            others = np.array([group for group in live if group != one], dtype=np.intp)
            ranking.drop(other)
            ranking.renew(one, others, self._scores(one, others))
        return links

    def closest(self) -> Link:
        """Return the link between the two groups most alike, whether or not it is strong enough to join them."""
        one, other, _ = _Ranking(self._all_scores(list(range(len(self.links))))).top()
        return self._link(one, other, *self._grounds(one, other))

    def _all_scores(self, live: Sequence[int]) -> Vector:
        scores = np.full((len(self.links), len(self.links)), _NEVER)
        for number, group in enumerate(live[:-1]):
            others = np.array(live[number + 1 :])
            scores[group, others] = scores[others, group] = self._scores(group, others)
        return scores

    def _scores(self, group: int, others: Index) -> Vector:
        return np.where(self.groups.may_join(group, others), self.groups.features(group, others) @ self.beta, _NEVER)

    def _join(self, one: int, other: int, *grounds: Ground) -> Link:
        link = self._link(one, other, *grounds)
        for signature in self.groups.members[other]:
            self.home[signature.id] = one
        self.groups.join(one, other)
        self.links[one] += [*self.links[other], link]
        return link

    def _link(self, one: int, other: int, *grounds: Ground) -> Link:
        members = self.groups.members
        score = sum(ground.score for ground in grounds)
        slope, offset = self.calibration
        return Link(one=_ids(members[one]), other=_ids(members[other]), score=score, odds=slope * score + offset, grounds=grounds)

    def _grounds(self, one: int, other: int) -> tuple[Ground, ...]:
        """Return the evidence by kind, strongest first; all scores together are the score of the link."""
        parts = self.groups.features(one, np.array([other]))[0] * self.beta
        scores: dict[Kind, float] = defaultdict(float)
        for (_, kind), part in zip(FEATURES, parts.tolist(), strict=True):
            scores[kind] += part
        if not self.groups.may_join(one, np.array([other]))[0]:
            scores["apart"] = _NEVER
        grounds = [
            Ground(kind=kind, score=score, shared=tuple(self.groups.shared(kind, one, other)[:_MOST_SHOWN]))
            for kind, score in scores.items()
        ]
        return tuple(sorted(grounds, key=lambda ground: (-abs(ground.score), ground.kind)))


def _known(pairs: Pairs, ids: Collection[int]) -> list[tuple[int, int]]:
    """Return the pairs of which both ids are at hand, each in order and once."""
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] in ids and pair[1] in ids})


class _Ranking:
    """A symmetric table of scores that always knows its highest one; looking it up and changing a row take linear time."""

    def __init__(self, scores: Vector) -> None:
        self.scores = scores
        self.best: Index = scores.argmax(axis=1) if len(scores) else np.zeros(0, dtype=np.intp)
        self.height: Vector = scores[np.arange(len(scores)), self.best]

    def top(self) -> tuple[int, int, float]:
        """Return the two that score highest, lower number first, and their score."""
        one = int(self.height.argmax())
        other = int(self.best[one])
        return min(one, other), max(one, other), float(self.height[one])

    def drop(self, gone: int) -> None:
        self.scores[gone, :] = self.scores[:, gone] = self.height[gone] = _NEVER
        self._look_again(np.flatnonzero(self.best == gone))

    def renew(self, one: int, others: Index, scores: Vector) -> None:
        """Replace the scores of `one` with all others that are left."""
        self.scores[one, others] = self.scores[others, one] = scores
        self._look_again(np.append(np.flatnonzero(self.best == one), one))
        risen = others[self.scores[others, one] > self.height[others]]
        self.best[risen] = one
        self.height[risen] = self.scores[risen, one]

    def _look_again(self, rows: Index) -> None:
        for row in rows.tolist():
            self.best[row] = self.scores[row].argmax()
            self.height[row] = self.scores[row, self.best[row]]
