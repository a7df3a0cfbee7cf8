"""Learn the weights of works.disambiguation from names with known persons: a logistic regression on groups as clustering meets them.

Pairs of single bylines say little about pairs of half-found persons. So the model is learned three times: from single
bylines, then twice from the groups that clustering with the previous model passes through. A pair of groups counts as
one person to the degree in which its pairs of bylines are.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from works.disambiguation import Clustering, Link, Weights
from works.likeness import Groups
from works.signatures import Corpus, Signature

Vector = NDArray[np.float64]

ROUNDS = 2
RIDGE = 2.0
STOPPED_AT = -0.7
"""Log odds at which clustering for learning stops: well below any useful threshold, so that wrong joins are seen as well."""
STAGES = (0.8, 0.6, 0.45, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05)
"""Shares of the bylines at which the groups are looked at."""
SIGNS = (0, -1, 1, 1, 1, 1, 1, 1, 1, 0, -1, 1, 1, -1, -1, 0, 0, 1, 0, -1, 0, 1, -1, -1, 0, 1, 1, 1, 1, 1, 0, 0, 0)
"""Which way each feature of works.likeness may speak: 1 for one person, -1 against, 0 either."""
MOST_TELLING = 12.0
"""A score beyond it is as good as certain and must not bend the calibration."""
THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(-2, 17))


@dataclass(frozen=True, kw_only=True)
class Name:
    """The bylines of one name and who is behind each: signature id -> person."""

    name: str
    signatures: tuple[Signature, ...]
    truth: Mapping[int, Hashable]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Pairs of groups: features, how far they are one person (0 to 1), and how much each pair counts."""

    features: Vector
    same: Vector
    weight: Vector


class Learner:
    """Learns from some of the names it knows; what is needed for each name is prepared once."""

    def __init__(self, names: Sequence[Name], corpus: Corpus) -> None:
        self.names = {name.name: name for name in names}
        self.groups = {name.name: Groups([[signature] for signature in name.signatures], corpus) for name in names}
        self.singles = {name.name: [_sample(self.groups[name.name], name)] for name in names}

    def learn(self, chosen: Sequence[str], version: str) -> Weights:
        """Return weights and threshold learned from the chosen names alone."""
        values = _regression([sample for name in chosen for sample in self.singles[name]])
        for _ in range(ROUNDS):
            weights = Weights(version=version, values=tuple(values), threshold=STOPPED_AT)
            values = _regression([sample for name in chosen for sample in self.singles[name] + self._stages(name, weights)])
        threshold = self._best_threshold(chosen, Weights(version=version, values=tuple(values), threshold=min(THRESHOLDS)))
        return Weights(version=version, values=tuple(values), threshold=threshold)

    def _links(self, name: str, weights: Weights) -> list[Link]:
        return Clustering(self.groups[name].copy(), weights).join_alike()

    def _stages(self, name: str, weights: Weights) -> list[Sample]:
        links = self._links(name, weights)
        groups = self.groups[name].copy()
        home = {signature.id: group for group, (signature,) in enumerate(groups.members)}
        count = len(home)
        wanted = {count - int(count * share) for share in STAGES} | {len(links)}
        samples = []
        for number, link in enumerate(links, start=1):
            groups.join(home[link.one[0]], home[link.other[0]])
            for key in link.other:
                home[key] = home[link.one[0]]
            if number in wanted:
                samples.append(_sample(groups, self.names[name]))
        return samples

    def _best_threshold(self, chosen: Sequence[str], weights: Weights) -> float:
        """Return the middle of the thresholds whose averaged B-cubed F1 is within 0.005 of the best."""
        runs = {name: self._links(name, weights) for name in chosen}
        scores = {
            each: float(np.mean([b_cubed(clustered(self.names[n], runs[n], each), self.names[n].truth)[2] for n in chosen]))
            for each in THRESHOLDS
        }
        good = [each for each, score in scores.items() if score >= max(scores.values()) - 0.005]
        return good[len(good) // 2]


def calibration(checked: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return slope and offset that turn the score of a link into the log odds that it is right (Platt 1999)."""
    finite = [(score, right) for score, right in checked if np.isfinite(score)]
    features = np.array([[1.0, min(score, MOST_TELLING)] for score, _ in finite])
    offset, slope = _newton(features, np.array([right for _, right in finite]), np.ones(len(finite)))
    return round(float(slope), 4), round(float(offset), 4)


def merged(names: Sequence[Name], count: int) -> list[Name]:
    """Return blocks as large as only the commonest names have: the bylines of `count` names as if all were called Lei Wang."""
    blocks = []
    for first in range(0, len(names), count):
        own = names[first : first + count]
        truth: dict[int, Hashable] = {}
        signatures: list[Signature] = []
        for name in own:
            for signature in name.signatures:
                truth[len(signatures)] = (name.name, name.truth[signature.id])
                signatures.append(msgspec.structs.replace(signature, id=len(signatures), name="Lei Wang"))
        blocks.append(Name(name=f"{own[0].name} and {len(own) - 1} more", signatures=tuple(signatures), truth=truth))
    return blocks


def clustered(name: Name, links: Sequence[Link], threshold: float) -> dict[int, int]:
    """Return signature id -> group as clustering with this threshold gives it, from the links of a lower one."""
    home = {signature.id: signature.id for signature in name.signatures}
    for link in links:
        if link.score < threshold:
            break
        home.update(dict.fromkeys(link.other, home[link.one[0]]))
    return home


def _sample(groups: Groups, name: Name) -> Sample:
    """Return all pairs of groups. Pairs count by the square root of their pairs of bylines, names by that of their bylines."""
    live = np.array([group for group, own in enumerate(groups.members) if own])
    persons = sorted({str(person) for person in name.truth.values()})
    counts = np.array([[sum(str(name.truth[s.id]) == person for s in groups.members[group]) for person in persons] for group in live])
    features, same, weight = [np.zeros((0, groups.features(0, live[:1]).shape[1]))], [np.zeros(0)], [np.zeros(0)]
    for number, group in enumerate(live[:-1]):
        others = live[number + 1 :]
        pairs = groups.sizes[group] * groups.sizes[others]
        features.append(groups.features(int(group), others))
        same.append(counts[number + 1 :] @ counts[number] / pairs)
        weight.append(np.sqrt(pairs))
    weights = np.concatenate(weight)
    total = weights.sum() or 1.0
    return Sample(features=np.concatenate(features), same=np.concatenate(same), weight=weights / total * 10 * np.sqrt(len(weights)))


def _regression(samples: Sequence[Sample]) -> list[float]:
    """Return the weights of a logistic regression in which no evidence counts the wrong way round.

    A feature whose weight has the wrong sign (a gap of years that speaks for one person) is left out, and the rest learned again.
    """
    features = np.concatenate([sample.features for sample in samples])
    same = np.concatenate([sample.same for sample in samples])
    weight = np.concatenate([sample.weight for sample in samples])
    used = np.ones(len(SIGNS), dtype=bool)
    values = np.zeros(len(SIGNS))
    while True:
        values[:] = 0
        values[used] = _newton(features[:, used], same, weight)
        wrong = values * np.array(SIGNS) < 0
        if not wrong.any():
            return [float(value) for value in values]
        used &= ~wrong


def _newton(features: Vector, same: Vector, weight: Vector, most_steps: int = 25) -> Vector:
    """Fit a logistic regression with a ridge on all but the first column."""
    values = np.zeros(features.shape[1])
    ridge = np.full(len(values), RIDGE)
    ridge[0] = 1e-6
    for _ in range(most_steps):
        odds = 1 / (1 + np.exp(-np.clip(features @ values, -30, 30)))
        slope = features.T @ (weight * (odds - same)) + ridge * values
        curve = (features * (weight * odds * (1 - odds))[:, None]).T @ features + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        values -= step
        if np.abs(step).max() < 1e-6:
            break
    return values


def b_cubed(found: Mapping[int, Hashable], truth: Mapping[int, Hashable]) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1 (Bagga and Baldwin 1998)."""
    both = Counter((found[key], truth[key]) for key in truth)
    groups, persons = Counter(found[key] for key in truth), Counter(truth.values())
    precision = sum(count * count / groups[group] for (group, _), count in both.items()) / len(truth)
    recall = sum(count * count / persons[person] for (_, person), count in both.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def pairwise(found: Mapping[int, Hashable], truth: Mapping[int, Hashable]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over pairs of bylines; of nothing found or nothing to find all is right."""
    right = _pairs(Counter((found[key], truth[key]) for key in truth))
    claimed, known = _pairs(Counter(found[key] for key in truth)), _pairs(Counter(truth.values()))
    precision, recall = right / claimed if claimed else 1.0, right / known if known else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _pairs(counts: Counter[Hashable]) -> float:
    return sum(count * (count - 1) / 2 for count in counts.values())
