"""The list of researchers: found by name, filtered, sorted, walked through without counting the corpus."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from researchers.models import Affiliation, Researcher
from researchers.queries import Place, beyond, latest_affiliations, researchers_listed
from works.bibliography import TopicOfWorks, main_topics

PER_PAGE = 25
_SORT_WORDS = (("works", "Most works"), ("collaborators", "Most close collaborators"), ("trust", "Highest trust"), ("name", "Name"))
_LONGEST_QUESTION = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """One researcher in the list."""

    researcher: Researcher
    address: str
    affiliation: Affiliation | None
    topics: list[TopicOfWorks]


@require_safe
def researchers(request: HttpRequest) -> HttpResponse:
    """Show one page of the list the address asks for."""
    return render(request, "researchers/researchers.html", _context(request))


def rows_of(people: list[Researcher], *, topics: int = 2) -> list[Row]:
    """Return a row for each researcher in order, with two queries in all."""
    keys = [person.pk for person in people]
    places, subjects = latest_affiliations(keys), main_topics(keys, each=topics)
    return [
        Row(
            researcher=person,
            address=record_address("researcher", person.pk, person.display_name),
            affiliation=places.get(person.pk),
            topics=subjects[person.pk],
        )
        for person in people
    ]


def _context(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("q", "").replace("\x00", "")[:_LONGEST_QUESTION].strip()
    sort = request.GET.get("sort", "")
    sort = sort if sort in dict(_SORT_WORDS) else "works"
    claimed, affiliated = request.GET.get("claimed") == "1", request.GET.get("affiliation") == "1"
    chosen = researchers_listed(named=asked, sort=sort, claimed=claimed, affiliated=affiliated)
    place = _place(request.GET.get("after", ""))
    people = list((beyond(chosen, place, sort=sort) if place else chosen)[: PER_PAGE + 1])
    return {
        "rows": rows_of(people[:PER_PAGE]),
        "pager": _pager(request, people, begins=place is None),
        "asked": asked,
        "sort": sort,
        "sorts": _SORT_WORDS,
        "claimed": claimed,
        "affiliated": affiliated,
        "is_narrowed": bool(asked or claimed or affiliated),
    }


def _pager(request: HttpRequest, people: list[Researcher], *, begins: bool) -> Pager:
    last = people[PER_PAGE - 1] if len(people) > PER_PAGE else None
    return Pager(
        place="",
        previous="" if begins else with_parameters(request),
        next=with_parameters(request, after=f"{last.pk}:{getattr(last, 'sorted_by')}") if last else "",  # noqa: B009  # an annotation
        back_label="Back to the start",
        on_label="More",
    )


def _place(text: str) -> Place | None:
    """Return the place an address names, "12:Liu Ziyin"; one that cannot be read is the start."""
    key, separator, value = text.partition(":")
    number = whole_number(key, digits=18)
    if not separator or number is None or "\x00" in value:
        return None
    return Place(value=value, key=number)
