"""Finding records by name: every word a prefix, whatever the accents, the order, the script and the spelling.

The words of a question are folded as the stored columns are (`researchers.names.fold`), so "Liu Zi", "ziyin liu"
and "LIU, Žiyin" meet the same record. Names of researchers are spelled out further on both sides
(`researchers.romanising`): what is stored beside the folded forms is `searchable`, what is asked is `spelled_out`.
What is asked is bounded: a long question is cut, and a word is only ever data.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, F, IntegerField, Model, QuerySet, TextField, Value, When
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import GreaterThan

from researchers.names import fold
from researchers.romanising import CONSONANTS, SHORTEST_SKELETON, further_words, readings, written_together

LONGEST_QUESTION = 200
MOST_WORDS = 8
LONGEST_WORD = 100
"""PostgreSQL refuses words beyond 2 kB, and folding one character can give many."""
MOST_SPELLED = 5
"""Words: a longer question is no name that somebody writes in another way."""
MOST_STORED = 500
"""Further words of one record; a few records with thousands of bylines would have more."""

Found = TypeVar("Found", bound=Model)


# --- stored ------------------------------------------------------------------------------------------


def searchable(names: Iterable[str]) -> str:
    """Return what is stored for a person's names: "form | form || further words". Marks part words and are not searched.

    The folded forms stand whole and in a fixed order, so that a question can be told to be one of them.
    """
    folded = {name: fold(name) for name in set(names)}
    forms = sorted(set(folded.values()) - {""})
    found: set[str] = set().union(*(further_words(name, form) for name, form in folded.items()))
    further = sorted(found.difference(*(form.split() for form in forms)))[:MOST_STORED]
    return " || ".join(filter(None, (" | ".join(forms), " ".join(further))))


# --- asked -------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """Return the folded words a search looks for. NUL bytes and marks part words as spaces do."""
    return [word[:LONGEST_WORD] for word in fold(text[:LONGEST_QUESTION]).split()[:MOST_WORDS]]


def prefixes(words: list[str]) -> SearchQuery:
    """Return the query for columns in which every word begins some word."""
    return _query(" & ".join(f"'{word}':*" for word in words))


def spelled_out(words: list[str]) -> SearchQuery:
    """Return the query for names: every word, or what it may stand for; words written together; given names as initials."""
    return _query(" | ".join(f"({way})" for way in dict.fromkeys(_ways(words))))


def _ways(words: list[str]) -> list[str]:
    groups = [_group(word) for word in words]
    ways = [" & ".join(groups)]
    if len(words) > MOST_SPELLED:
        return ways
    for before, joined, after in written_together(words):
        ways.append(" & ".join([*map(_group, before), _group(joined), *map(_group, after)]))
    return ways + _with_initials(words, groups)


def _with_initials(words: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Return the ways in which one word stands whole and others by their first letter: "j serre", "j p serre", "jp serre"."""
    if len(words) < 2:
        return []
    ways = []
    for whole, word in enumerate(words):
        if len(word) > 1:
            others = [f"({group} | '{words[at][0]}')" for at, group in enumerate(groups) if at != whole]
            ways.append(" & ".join([groups[whole], *others]))
    for first in range(len(words) - 2 + 1 if len(words) > 2 else 0):
        rest = [group for at, group in enumerate(groups) if at not in (first, first + 1)]
        ways.append(" & ".join([f"'{words[first][0]}{words[first + 1][0]}'", *rest]))
    return ways


def _group(word: str) -> str:
    """Return the part of a query for one word: itself or a beginning, or one of its readings."""
    ways = [f"'{word}':*"]
    for reading in readings(word):
        if len(reading) == 1 and len(reading[0]) >= SHORTEST_SKELETON and not reading[0].startswith(CONSONANTS):
            ways.append(f"'{reading[0]}':*")
        else:
            ways.append("(" + " & ".join(f"'{each}'" for each in reading) + ")")
    return f"({' | '.join(ways)})" if len(ways) > 1 else ways[0]


def _query(text: str) -> SearchQuery:
    return SearchQuery(text, search_type="raw", config="simple")


# --- found -------------------------------------------------------------------------------------------


def best_matches(records: QuerySet[Found], text: str, *, column: str, then_by: str) -> QuerySet[Found]:
    """Return the records whose `search` vector matches, best first: the text itself at the start of `column`,
    then whole words, then beginnings of words; equals by `then_by` descending and key. Nothing for an empty question.
    """
    words = words_of(text)
    if not words:
        return records.none()
    whole = _query(" & ".join(f"'{word}'" for word in words))
    asked = " ".join(words)
    exactness = Case(
        When(**{column: asked}, then=Value(0)),
        When(**{f"{column}__startswith": f"{asked} "}, then=Value(1)),
        When(search=whole, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return records.filter(search=prefixes(words)).order_by(exactness, f"-{then_by}", "pk")


def best_named(records: QuerySet[Found], text: str, *, then_by: str) -> QuerySet[Found]:
    """Return the records of people whose names match, best first: a form exactly as asked, then with the family name
    moved from end to start or back, then forms that begin so, whole words, beginnings of words, other spellings.
    """
    words = words_of(text)
    if not words:
        return records.none()
    asked = " ".join(words)
    turned = (" ".join([*words[1:], words[0]]), " ".join([words[-1], *words[:-1]]))
    exactness = Case(
        When(_holds_form(f"| {asked} |"), then=Value(0)),
        *(When(_holds_form(f"| {each} |"), then=Value(1)) for each in turned),
        When(_holds_form(f"| {asked} "), then=Value(2)),
        When(search=_query(" & ".join(f"'{word}'" for word in words)), then=Value(3)),
        When(search=prefixes(words), then=Value(4)),
        When(search=_query(" & ".join(map(_group, words))), then=Value(5)),
        default=Value(6),
        output_field=IntegerField(),
    )
    return records.filter(search=spelled_out(words)).order_by(exactness, f"-{then_by}", "pk")


def _holds_form(text: str) -> GreaterThan:
    """Tell whether the stored forms, each between marks (see `searchable`), contain the text."""
    forms = Concat(Value("| "), F("folded_names"), Value(" |"), output_field=TextField())
    return GreaterThan(StrIndex(forms, Value(text)), 0)
