"""The weights of an abstract's terms, and which of them are shown.

Weight: TF-IDF as scikit-learn has it, count × (ln((1 + N) / (1 + documents)) + 1), the whole abstract's scaled to length 1.
Left out are terms that few abstracts hold: they lead nowhere, and many are misprints. How few that is grows with the
number of abstracts, since a small portal cannot tell what is rare (`floor_of`).
Shown are the SHOWN heaviest after folding: a word that, in this abstract, occurs only inside a listed pair is not listed beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfTransformer

SHOWN = 20
RANKED = 3 * SHOWN
"""So many of the heaviest are enough to list SHOWN: each listed pair takes at most two words out."""
FLOOR_FROM, FLOOR_STEP = 5_000, 750
HIGHEST_FLOOR = 40
PAIRS_FLOOR = 1.5
"""A pair of words must be in so many times as many abstracts as a word."""


class Ranked(NamedTuple):
    """A term with its weight and the number of abstracts that hold it."""

    term: str
    weight: float
    documents: int


def floor_of(abstracts: int) -> int:
    """Return in how many of so many abstracts a word must occur: 1 up to 5,000 abstracts, then one more per 750, at most 40."""
    return min(max((abstracts - FLOOR_FROM) // FLOOR_STEP, 1), HIGHEST_FLOOR)


def least_documents(term: str, abstracts: int) -> int:
    """Return in how many of so many abstracts a term must occur."""
    floor = floor_of(abstracts)
    return floor if " " not in term or floor == 1 else int(floor * PAIRS_FLOOR)


def weighted(counts: Sequence[Mapping[str, int]], *, documents: Mapping[str, int], abstracts: int) -> tuple[csr_array, list[str]]:
    """Return the TF-IDF of each abstract as a row of a matrix, and the terms its columns stand for."""
    floors = {False: least_documents("a", abstracts), True: least_documents("a b", abstracts)}
    terms = sorted(term for term in set().union(*counts) if documents.get(term, 0) >= floors[" " in term])
    column = {term: place for place, term in enumerate(terms)}
    starts: list[int] = [0]
    columns: list[int] = []
    values: list[int] = []
    for count in counts:
        held = count.keys() & column.keys()
        columns += map(column.__getitem__, held)
        values += map(count.__getitem__, held)
        starts.append(len(columns))
    matrix = csr_array((numpy.array(values, dtype=numpy.float64), columns, starts), shape=(len(counts), len(terms)))
    return _transformer([documents[term] for term in terms], abstracts).transform(matrix, copy=False) if terms else matrix, terms


def _transformer(documents: Sequence[int], abstracts: int) -> "TfidfTransformer":
    """Return scikit-learn's transformer as if it had been fitted on all the abstracts."""
    # Two seconds of a processor and 75 MB that only counting needs, and every command, worker and page process would pay.
    from sklearn.feature_extraction.text import TfidfTransformer  # noqa: PLC0415

    transformer = TfidfTransformer(norm="l2", smooth_idf=True)
    transformer.n_features_in_ = len(documents)
    transformer.idf_ = numpy.log((1 + abstracts) / (1 + numpy.array(documents, dtype=numpy.float64))) + 1
    return transformer


def rankings(matrix: csr_array, terms: Sequence[str], documents: Mapping[str, int], *, most: int = RANKED) -> Iterator[list[Ranked]]:
    """Yield the heaviest terms of each row of `weighted`, heaviest first; of terms as heavy the pair, then by the alphabet."""
    is_word = numpy.array([" " not in term for term in terms], dtype=bool)
    rows = numpy.repeat(numpy.arange(matrix.shape[0]), numpy.diff(matrix.indptr))
    order = numpy.lexsort((matrix.indices, is_word[matrix.indices], -matrix.data.round(9), rows))
    columns, weights = matrix.indices[order], matrix.data[order]
    for first, last in pairwise(matrix.indptr.tolist()):
        held = slice(first, min(first + most, last))
        found = [terms[column] for column in columns[held].tolist()]
        yield [Ranked(term, weight, documents[term]) for term, weight in zip(found, weights[held].tolist(), strict=True)]


def folded(ranked: Sequence[Ranked], counts: Mapping[str, int], *, shown: int = SHOWN) -> list[Ranked]:
    """Return what is listed: no word that is everywhere part of one listed pair.

    Taking a word out lets a further term in, which may be a pair that takes another word out; a word once out stays out.
    """
    gone: set[str] = set()
    while True:
        listed = [one for one in ranked if one.term not in gone][:shown]
        inside = {word for one in listed if " " in one.term for word in one.term.split(" ") if counts[word] <= counts[one.term]} & {
            one.term for one in listed
        }
        if not inside:
            return listed
        gone |= inside
