"""Finding records by name: every word a prefix, whatever the accents and the order.

The words of a question are folded as the stored columns are (`researchers.names.fold`), so "Liu Zi", "ziyin liu"
and "LIU, Žiyin" meet the same record. What is asked is bounded: a long question is cut, and a word is only ever data.
"""

from typing import TypeVar

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, IntegerField, Model, QuerySet, Value, When

from researchers.names import fold

LONGEST_QUESTION = 200
MOST_WORDS = 8
LONGEST_WORD = 100
"""PostgreSQL refuses words beyond 2 kB, and folding one character can give many."""

Found = TypeVar("Found", bound=Model)


def words_of(text: str) -> list[str]:
    """Return the folded words a search looks for. NUL bytes and marks part words as spaces do."""
    return [word[:LONGEST_WORD] for word in fold(text[:LONGEST_QUESTION]).split()[:MOST_WORDS]]


def prefixes(words: list[str]) -> SearchQuery:
    """Return the query for columns in which every word begins some word."""
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple")


def best_matches(records: QuerySet[Found], text: str, *, column: str, then_by: str) -> QuerySet[Found]:
    """Return the records whose `search` vector matches, best first: the text itself at the start of `column`,
    then whole words, then beginnings of words; equals by `then_by` descending and key. Nothing for an empty question.
    """
    words = words_of(text)
    if not words:
        return records.none()
    whole = SearchQuery(" & ".join(f"'{word}'" for word in words), search_type="raw", config="simple")
    asked = " ".join(words)
    exactness = Case(
        When(**{column: asked}, then=Value(0)),
        When(**{f"{column}__startswith": f"{asked} "}, then=Value(1)),
        When(search=whole, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return records.filter(search=prefixes(words)).order_by(exactness, f"-{then_by}", "pk")
