"""Read the labelled papers of bench/reproducibility.py into named figures, and learn the evidence engine's model from them.

Sentences are learned from the labelled papers' own and from the quotes of papers of which only quotes are known. Papers
are learned from scores that never come from a model that saw the paper (five folds), so that the second stage meets
scores as it will meet them later. Everything is seeded; the same data give the same model.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bzpeer.reports.engines import affiliations
from bzpeer.reports.engines.counting import counts
from bzpeer.reports.engines.cues import COMMON, CUES, GATES, JOINED, OWN_LINK
from bzpeer.reports.engines.links import Named
from bzpeer.reports.engines.reading import Sentence, plain, read, sentences_within
from bzpeer.reports.engines.scoring import (
    AffiliationModel,
    DocumentModel,
    LinearModel,
    SentenceModel,
    Tree,
    candidates,
    cues_of,
    figures_of,
    summary,
)
from bzpeer.reports.findings import ACADEMIA, COLLABORATION, EXPERIMENTAL, INDUSTRY, YES, Document, Kind, Variable

Vector = NDArray[np.float64]

FOLDS = 5
RECENT = 2017
RECENT_WEIGHT = 2.0
"""Papers of 2017 and later are fewer here and are what a portal reads: each counts twice."""
LEAST_PAPERS = 40
"""A word is used where it stands in this many papers and quotes; nothing rarer, so no name of a person and no wording."""
LEAST_SENTENCE = 15
SENTENCE_RIDGE = 0.3
QUOTED_NO = 0.7
POSITIVE_SHARE = 0.3
"""What all evidence sentences weigh beside all others."""
TREES, DEPTH, RATE = 100, 2, 0.06
THRESHOLD = 0.5
THRESHOLDS = {Variable.SOFTWARE: 0.25}
"""Where a Yes begins; one in twenty papers names versions, so that few probabilities reach a half. Not tuned further, as
that would learn chance peaks."""
BEST_ALONE = {Variable.CODE, Variable.SPLITS, Variable.HARDWARE, Variable.SOFTWARE}
"""One or two sentences settle these: the linear half sees the two best scores alone. The others see all scores' figures."""
MORE_ALONE = {Variable.SOFTWARE: ("any_version",)}
FEW = {Variable.SOFTWARE: {"rank 1", "rank 2", "any_version", "dependencies", "dependencies_main", "whole_versions"}}
"""Fifty papers are a Yes here: more figures than these would be learned by heart."""
FOR_ONE = {"any_version", "dependencies", "dependencies_main"}
"""Figures that say something about the variable of `FEW` alone."""
POSITIVE = {YES, EXPERIMENTAL}
LABELS = {variable.label: variable for variable in Variable}
INDUSTRIAL = {INDUSTRY, COLLABORATION}
ACADEMIC = {ACADEMIA, COLLABORATION}
TITLE_BLOCK_WEIGHT = 3.0
"""A real title block counts more than a quoted one, which says less around the names."""

_QUOTED = re.compile(r"[\"'“‘]([^\"'“”‘’]{25,400})[\"'”’]")
_EXPLAINED = re.compile(r"\b(?:paper|No |not )")


@dataclass(frozen=True)
class Row:
    """A candidate sentence: its cues and words, where it stands, and whether it overlaps the labelled evidence."""

    sentence: Sentence
    cues: tuple[str, ...]
    words: frozenset[str]
    overlaps: bool


@dataclass(frozen=True)
class Paper:
    """A labelled paper as it was read."""

    id: str
    year: int
    published: bool
    length: int
    labels: Mapping[Variable, str]
    has_evidence: frozenset[Variable]
    rows: Mapping[Variable, tuple[Row, ...]]
    counts: Mapping[str, float]
    affiliation: Mapping[str, float]


@dataclass(frozen=True)
class Quoted:
    """A sentence quoted for a paper of which no text is known."""

    cues: tuple[str, ...]
    words: frozenset[str]
    is_yes: bool
    of_variable: bool


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def paper(record: Mapping[str, Any], text: str) -> Paper:
    """Read one labelled paper."""
    reading = read(Document(text=text, title=record["title"]))
    found, named = candidates(reading.sentences), Named.of(reading.title)
    spans = {LABELS[label]: spans for label, spans in record["evidence_spans"].items()}
    title_block = "\n".join(reading.text[start:end] for start, end in reading.affiliations)
    return Paper(
        id=record["id"],
        year=record["year"],
        published=record["venue_version"],
        length=len(reading.text),
        labels={LABELS[label]: said["result"] for label, said in record["labels"].items()},
        has_evidence=frozenset(variable for variable, known in spans.items() if known),
        rows={
            variable: tuple(
                Row(sentence, cues_of(variable, sentence, named), sentence.words, _overlaps(sentence, spans[variable]))
                for sentence in sentences
            )
            for variable, sentences in found.items()
        },
        counts=counts(reading, found),
        affiliation=affiliations.features(plain(title_block)),
    )


def _overlaps(sentence: Sentence, spans: Sequence[Sequence[int]]) -> bool:
    least = min(20, (sentence.end - sentence.start) / 2)
    return any(min(end, sentence.end) - max(start, sentence.start) > least for start, end in spans)


def quoted(records: Iterator[Mapping[str, Any]]) -> dict[Variable, list[Quoted]]:
    """Read the quotes: evidence of a Yes, what a No quotes, and what is quoted for another variable where this one is No."""
    found: dict[Variable, list[Quoted]] = {variable: [] for variable in GATES}
    for record in records:
        named = Named.of(plain(record["title"]))
        results = {LABELS[label]: said["result"] for label, said in record["labels"].items()}
        for label, said in record["labels"].items():
            for sentence in _pieces(said["result"], said["evidence"] or ""):
                for variable, gate in GATES.items():
                    mine, is_yes = variable is LABELS[label], results[variable] in POSITIVE
                    if (mine or not is_yes) and gate.search(sentence.plain):
                        found[variable].append(Quoted(cues_of(variable, sentence, named), sentence.words, is_yes, mine))
    return found


def _pieces(result: str, evidence: str) -> Iterator[Sentence]:
    if result in POSITIVE or (result == "No" and not _EXPLAINED.search(evidence)):
        texts = [evidence]
    else:
        texts = _QUOTED.findall(evidence) if result == "No" else []
    for text in texts:
        for start, end in sentences_within(text, 0, len(text)):
            if end - start > LEAST_SENTENCE:
                yield Sentence(start, end, plain(text[start:end]), Kind.BODY, "")


class Learner:
    """Learns from some of the papers it was given; what is needed of each is prepared once."""

    def __init__(self, papers: Sequence[Paper], quotes: Mapping[Variable, Sequence[Quoted]]) -> None:
        self.papers = papers
        self.years = np.array([paper.year for paper in papers])
        self.weights = np.where(self.years >= RECENT, RECENT_WEIGHT, 1.0)
        self.sentences = {variable: _Sentences(variable, papers, quotes[variable]) for variable in GATES}

    def truth(self, variable: Variable) -> NDArray[np.bool_]:
        """Return which papers are a Yes, or experimental."""
        return np.array([paper.labels[variable] in POSITIVE for paper in self.papers])

    def scores(self, variable: Variable, folds: NDArray[np.int64]) -> Vector:
        """Return the log odds of every candidate, each from a model that never saw its paper."""
        return self.sentences[variable].unseen_scores(folds)

    def figures(self, scores: Mapping[Variable, Vector]) -> dict[Variable, list[dict[str, float]]]:
        """Return for each variable what the second stage weighs of each paper."""
        parts = {variable: self.sentences[variable].by_paper(values) for variable, values in scores.items()}
        figures: dict[Variable, list[dict[str, float]]] = {variable: [] for variable in scores}
        for number, paper in enumerate(self.papers):
            summaries = {
                variable: summary(parts[variable][number].tolist(), [row.sentence for row in paper.rows[variable]], paper.length)
                for variable in scores
            }
            for variable in scores:
                figures[variable].append(figures_of(variable, summaries, paper.counts))
        return figures


class _Sentences:
    """The candidates of one variable as a matrix of cues and words."""

    def __init__(self, variable: Variable, papers: Sequence[Paper], quotes: Sequence[Quoted]) -> None:
        self.cues = [*COMMON, *CUES[variable], OWN_LINK, *JOINED.get(variable, {})]
        self.words = _vocabulary(variable, papers, quotes)
        self.columns = {name: number for number, name in enumerate([*(f"cue {name}" for name in self.cues), *self.words])}
        rows = [(number, row, paper.labels[variable] in POSITIVE) for number, paper in enumerate(papers) for row in paper.rows[variable]]
        self.paper = np.array([number for number, _, _ in rows])
        self.bounds = np.searchsorted(self.paper, np.arange(len(papers) + 1))
        self.label = np.array([(1 if row.overlaps else -1) if is_yes else 0 for _, row, is_yes in rows])
        self.matrix = self._matrix([(row.cues, row.words) for _, row, _ in rows])
        self.quotes = self._matrix([(quote.cues, quote.words) for quote in quotes])
        self.quote_label = np.array([quote.is_yes for quote in quotes], dtype=int)
        self.quote_weight = np.array([1.0 if quote.of_variable else QUOTED_NO for quote in quotes])

    def _matrix(self, rows: Sequence[tuple[Sequence[str], frozenset[str]]]) -> sparse.csr_matrix:
        indices, bounds = [], [0]
        for cues, words in rows:
            indices += sorted([self.columns[f"cue {cue}"] for cue in cues] + [self.columns[word] for word in words if word in self.columns])
            bounds.append(len(indices))
        return sparse.csr_matrix((np.ones(len(indices)), indices, bounds), shape=(len(rows), len(self.columns)))

    def by_paper(self, scores: Vector) -> list[Vector]:
        return [scores[start:end] for start, end in zip(self.bounds[:-1], self.bounds[1:], strict=True)]

    def fitted(self, papers: NDArray[np.bool_]) -> LogisticRegression:
        """Learn from the candidates of some papers and from all quotes; candidates of a Yes outside its evidence are left out."""
        used = papers[self.paper] & (self.label >= 0)
        label = np.concatenate([self.label[used], self.quote_label])
        weight = np.concatenate([np.ones(int(used.sum())), self.quote_weight])
        positive = label == 1
        weight[positive] *= POSITIVE_SHARE * weight[~positive].sum() / weight[positive].sum()
        learner = LogisticRegression(C=SENTENCE_RIDGE, solver="liblinear", max_iter=80, random_state=0)
        return learner.fit(sparse.vstack([self.matrix[used], self.quotes]), label, sample_weight=weight)

    def unseen_scores(self, folds: NDArray[np.int64]) -> Vector:
        scores = np.zeros(len(self.paper))
        for fold in range(FOLDS):
            unseen = folds[self.paper] == fold
            scores[unseen] = self.fitted(folds != fold).decision_function(self.matrix[unseen])
        return scores

    def model(self) -> SentenceModel:
        """Learn from everything."""
        fitted = self.fitted(np.ones(len(self.bounds) - 1, dtype=bool))
        weights = dict(zip(self.columns, (round(float(weight), 3) for weight in fitted.coef_[0]), strict=True))
        return SentenceModel(
            constant=round(float(fitted.intercept_[0]), 3),
            cues={cue: weights[f"cue {cue}"] for cue in self.cues if weights[f"cue {cue}"]},
            words={word: weights[word] for word in self.words if weights[word]},
        )


def _vocabulary(variable: Variable, papers: Sequence[Paper], quotes: Sequence[Quoted]) -> list[str]:
    in_papers = Counter(word for paper in papers for word in frozenset().union(*(row.words for row in paper.rows[variable])))
    in_quotes = Counter(word for quote in quotes for word in quote.words)
    return sorted(
        word
        for word, times in in_papers.items()
        if times >= LEAST_PAPERS and in_quotes[word] >= LEAST_PAPERS and word.isalpha() and len(word) > 1
    )


@dataclass(frozen=True)
class Weighing:
    """A second stage as scikit-learn left it."""

    names: Sequence[str]
    small: Sequence[int]
    scaler: StandardScaler
    linear: LogisticRegression
    trees: GradientBoostingClassifier

    def probabilities(self, rows: Vector) -> Vector:
        """Return half linear, half trees, as the engine does."""
        linear = self.linear.predict_proba(self.scaler.transform(rows[:, self.small]))[:, 1]
        return (linear + self.trees.predict_proba(rows)[:, 1]) / 2

    def model(self, threshold: float) -> DocumentModel:
        """Return it in the form that the engine reads."""
        scaled = self.linear.coef_[0] / self.scaler.scale_
        constant = float(self.linear.intercept_[0] - (scaled * self.scaler.mean_).sum())
        used = sorted({int(feature) for (tree,) in self.trees.estimators_ for feature in tree.tree_.feature if feature >= 0})
        at = {feature: number for number, feature in enumerate(used)}
        prior = float(self.trees.init_.class_prior_[1])
        return DocumentModel(
            features=[self.names[feature] for feature in used],
            linear=LinearModel(
                constant=round(constant, 4),
                weights={self.names[column]: round(float(weight), 4) for column, weight in zip(self.small, scaled, strict=True)},
            ),
            constant=round(float(np.log(prior / (1 - prior))), 4),
            trees=[_tree(tree.tree_, at) for (tree,) in self.trees.estimators_],
            threshold=threshold,
        )


def _tree(tree: Any, at: Mapping[int, int]) -> Tree:
    return Tree(
        feature=[at[int(feature)] if feature >= 0 else -1 for feature in tree.feature],
        threshold=[round(float(value), 4) if feature >= 0 else 0.0 for value, feature in zip(tree.threshold, tree.feature, strict=True)],
        left=[max(0, int(child)) for child in tree.children_left],
        right=[max(0, int(child)) for child in tree.children_right],
        value=[
            round(RATE * float(value), 4) if feature < 0 else 0.0 for value, feature in zip(tree.value[:, 0, 0], tree.feature, strict=True)
        ],
    )


def weighed(variable: Variable, names: Sequence[str], rows: Vector, label: NDArray[np.bool_], weight: Vector) -> Weighing:
    """Learn the second stage: the linear half sees the sentences' scores alone, the trees everything."""
    told = (
        ("rank 1", "rank 2", *MORE_ALONE.get(variable, ()))
        if variable in BEST_ALONE
        else ("rank", "likely", "possible", "best", "candidates")
    )
    small = [number for number, name in enumerate(names) if name.startswith(told)]
    scaler = StandardScaler().fit(rows[:, small])
    linear = LogisticRegression(C=1.0 if variable in BEST_ALONE else 0.05, max_iter=300).fit(
        scaler.transform(rows[:, small]), label, sample_weight=weight
    )
    trees = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        subsample=0.6,
        max_features=None if variable in FEW else 0.25,
        min_samples_leaf=8,
        random_state=0,
    )
    return Weighing(names, small, scaler, linear, trees.fit(rows, label, sample_weight=weight))


def weighable(variable: Variable, figures: Mapping[str, float]) -> list[str]:
    """Return the names of the figures that the second stage of a variable may weigh."""
    return sorted(name for name in figures if name in FEW.get(variable, figures.keys() - FOR_ONE))


def unseen(
    variable: Variable, names: Sequence[str], rows: Vector, label: NDArray[np.bool_], weight: Vector, *, folds: NDArray[np.int64]
) -> Vector:
    """Return the probability of each paper from a second stage that never saw it."""
    found = np.zeros(len(label))
    for fold in sorted(set(folds.tolist())):
        seen = folds != fold
        found[~seen] = weighed(variable, names, rows[seen], label[seen], weight[seen]).probabilities(rows[~seen])
    return found


def affiliation_model(figures: Sequence[Mapping[str, float]], labels: Sequence[str], weight: Vector) -> AffiliationModel:
    """Learn whether any author works in industry, and whether any in academia."""
    return AffiliationModel(
        industry=_linear(figures, [label in INDUSTRIAL for label in labels], weight),
        academia=_linear(figures, [label in ACADEMIC for label in labels], weight),
    )


def _linear(figures: Sequence[Mapping[str, float]], label: Sequence[bool], weight: Vector) -> LinearModel:
    names = {name: number for number, name in enumerate(sorted({name for each in figures for name in each}))}
    indices, values, bounds = [], [], [0]
    for each in figures:
        for name in sorted(each):
            indices.append(names[name])
            values.append(each[name])
        bounds.append(len(indices))
    matrix = sparse.csr_matrix((values, indices, bounds), shape=(len(figures), len(names)))
    fitted = LogisticRegression(C=1.0, solver="liblinear", max_iter=200, random_state=0).fit(matrix, label, sample_weight=weight)
    weights = {name: round(float(fitted.coef_[0][number]), 3) for name, number in names.items()}
    return LinearModel(constant=round(float(fitted.intercept_[0]), 3), weights={name: value for name, value in weights.items() if value})
