"""ROUGE-L: how much of a reference's words a summary has in the same order.

Lin (2004), "ROUGE: A Package for Automatic Evaluation of Summaries". By hand, since its package comes without a wheel.
Words are lower-cased, parted at whatever is no letter or digit, and stemmed when longer than three letters.
"""

import re
from dataclasses import dataclass

from snowballstemmer import stemmer

_WORD = re.compile(r"[a-z0-9]+")
_STEM = stemmer("porter")


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean, each from 0 to 1."""

    precision: float
    recall: float
    fmeasure: float


def rouge_l(reference: str, summary: str) -> Score:
    """Return the score of the longest common subsequence of words."""
    wanted, found = _words(reference), _words(summary)
    common = _longest_common(wanted, found)
    if not common:
        return Score(0.0, 0.0, 0.0)
    precision, recall = common / len(found), common / len(wanted)
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def _words(text: str) -> list[str]:
    return [_STEM.stemWord(word) if len(word) > 3 else word for word in _WORD.findall(text.lower())]


def _longest_common(one: list[str], other: list[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for index, each in enumerate(other, 1):
            before, row[index] = row[index], before + 1 if each == word else max(row[index], row[index - 1])
    return row[-1]
