"""Walking through long lists: by page number where the total is known and small, by key where it is neither."""

from dataclasses import dataclass
from math import ceil

from django.http import HttpRequest, QueryDict


@dataclass(frozen=True, kw_only=True)
class Pager:
    """What components/pager.html shows. Addresses are relative ("?page=2") and empty where there is nothing."""

    place: str
    previous: str = ""
    next: str = ""
    back_label: str = "Previous"
    on_label: str = "Next"


def page_number(request: HttpRequest, *, total: int, size: int) -> int:
    """Return the asked page, held between the first and the last; anything that is no number is the first."""
    asked = whole_number(request.GET.get("page", ""))
    return min(max(asked or 1, 1), max(ceil(total / size), 1))


def numbered(request: HttpRequest, *, page: int, total: int, size: int, anchor: str = "") -> Pager:
    """Return the pager of a list whose total is known."""
    last = max(ceil(total / size), 1)
    first = (page - 1) * size + 1
    return Pager(
        place=f"{first:,} to {min(page * size, total):,} of {total:,}" if total else "",
        previous=with_parameters(request, page=page - 1 if page > 2 else None) + anchor if page > 1 else "",
        next=with_parameters(request, page=page + 1) + anchor if page < last else "",
    )


def with_parameters(request: HttpRequest, **changes: object) -> str:
    """Return the query string of this page with some parameters set (None takes one away), e.g. "?year=2022&page=2".

    The page falls away unless it is among the changes: a new choice begins at the first one.
    """
    query: QueryDict = request.GET.copy()
    query.pop("page", None)
    query.pop("after", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"?{query.urlencode()}" if query else "."


def whole_number(text: str | None, *, digits: int = 9) -> int | None:
    """Return a non-negative number of at most `digits` ASCII digits, else None."""
    return int(text) if text and len(text) <= digits and text.isascii() and text.isdigit() else None
