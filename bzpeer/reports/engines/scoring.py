"""The statistical model of the evidence engine: named features, learned weights, small trees; read from one JSON file.

Two stages: each candidate sentence of a variable gets log odds from its cues and common words; then the best scores and
the paper's counts are weighed into the probability of a Yes. The file holds names, numbers and single common words only.
It is written by bench/reproducibility.py.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from bzpeer.reports.engines.cues import COMMON, CUES, GATES, JOINED, OWN_LINK
from bzpeer.reports.engines.links import Named
from bzpeer.reports.engines.reading import Sentence
from bzpeer.reports.findings import Kind, Variable

SHIPPED = Path(__file__).resolve().parent.parent / "model" / "evidence.json"
LOWEST = -8.0
"""The log odds of a sentence that is not there."""
RANKS = (1, 2, 3, 5)
LIKELY, POSSIBLE = 0.0, -1.5
EARLY = 0.25
ZONES = (Kind.BODY, Kind.APPENDIX, Kind.FOOTNOTE, Kind.ABSTRACT, Kind.CHECKLIST)


class SentenceModel(msgspec.Struct, frozen=True):
    """Log odds that a sentence is evidence: a constant, and what each cue and each word adds."""

    constant: float
    cues: dict[str, float]
    words: dict[str, float]

    def score(self, cues: Iterable[str], words: Iterable[str]) -> float:
        """Return the log odds of one sentence."""
        return self.constant + sum(self.cues.get(cue, 0.0) for cue in cues) + sum(self.words.get(word, 0.0) for word in words)


class LinearModel(msgspec.Struct, frozen=True):
    """Log odds as a constant and a weight for each named figure."""

    constant: float
    weights: dict[str, float]

    def score(self, figures: Mapping[str, float]) -> float:
        """Return the log odds; figures without a weight do not count."""
        return self.constant + sum(self.weights.get(name, 0.0) * value for name, value in figures.items())


class Tree(msgspec.Struct, frozen=True):
    """A small decision tree as parallel lists; at a leaf `feature` is -1 and `value` counts."""

    feature: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]
    value: list[float]

    def leaf(self, row: Sequence[float]) -> float:
        """Return the value of the leaf that a row of figures falls into."""
        at = 0
        while self.feature[at] >= 0:
            at = self.left[at] if row[self.feature[at]] <= self.threshold[at] else self.right[at]
        return self.value[at]


class DocumentModel(msgspec.Struct, frozen=True):
    """The probability of a Yes: half from a linear model, half from trees, then a threshold for deciding."""

    features: list[str]
    linear: LinearModel
    constant: float
    trees: list[Tree]
    threshold: float

    def probability(self, figures: Mapping[str, float]) -> float:
        """Return the probability of a Yes, 0 to 1."""
        row = [figures.get(name, 0.0) for name in self.features]
        trees = self.constant + sum(tree.leaf(row) for tree in self.trees)
        return (logistic(self.linear.score(figures)) + logistic(trees)) / 2


class AffiliationModel(msgspec.Struct, frozen=True):
    """Log odds that any author works in industry, and that any works in academia."""

    industry: LinearModel
    academia: LinearModel


class Model(msgspec.Struct, frozen=True):
    """Everything that was learned, and what from."""

    version: str
    learned_from: str
    sentences: dict[str, SentenceModel]
    documents: dict[str, DocumentModel]
    affiliation: AffiliationModel


def logistic(log_odds: float) -> float:
    """Return the probability that belongs to log odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """Return the model that the project ships."""
    return msgspec.json.decode(SHIPPED.read_bytes(), type=Model)


def candidates(sentences: Sequence[Sentence]) -> dict[Variable, list[Sentence]]:
    """Return for each variable the sentences that are worth a look."""
    return {variable: [sentence for sentence in sentences if gate.search(sentence.plain)] for variable, gate in GATES.items()}


def cues_of(variable: Variable, sentence: Sentence, named: Named) -> tuple[str, ...]:
    """Return the names of the cues that a sentence shows in a paper whose title names `named`."""
    cues = [name for cues in (COMMON, CUES[variable]) for name, pattern in cues.items() if pattern.search(sentence.plain)]
    if variable is Variable.CODE and "link" in cues and named.own_link(sentence.plain):
        cues.append(OWN_LINK)
    alone = frozenset(cues)
    return (*cues, *(name for name, joined in JOINED.get(variable, {}).items() if joined.holds(alone)))


def summary(scores: Sequence[float], sentences: Sequence[Sentence], length: int) -> dict[str, float]:
    """Return the named figures of a paper's scored candidates: the best, how many, and the best of each zone."""
    ranked = sorted(scores, reverse=True)
    figures = {f"rank {rank}": ranked[rank - 1] if len(ranked) >= rank else LOWEST for rank in RANKS}
    figures["likely"] = math.log1p(sum(score > LIKELY for score in scores))
    figures["possible"] = math.log1p(sum(score > POSSIBLE for score in scores))
    figures["candidates"] = math.log1p(len(scores))
    for zone in ZONES:
        figures[f"best {zone.value}"] = max(
            (score for score, sentence in zip(scores, sentences, strict=True) if sentence.kind is zone), default=LOWEST
        )
    figures["best early"] = max(
        (score for score, sentence in zip(scores, sentences, strict=True) if sentence.start < EARLY * length), default=LOWEST
    )
    return figures


def figures_of(variable: Variable, summaries: Mapping[Variable, Mapping[str, float]], counts: Mapping[str, float]) -> dict[str, float]:
    """Return what the document model of one variable weighs: its own scores, the best score of each other, the counts."""
    figures = dict(summaries[variable])
    figures |= {f"other {other.value}": summaries[other]["rank 1"] for other in summaries if other is not variable}
    return figures | dict(counts)
