"""The list of institutions, those with most works first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from bzpeer.pages.places import country_name
from works.queries import countries, institutions_listed

PER_PAGE = 50


@require_safe
def institutions(request: HttpRequest) -> HttpResponse:
    """Show one page of the list, of all countries or of one."""
    return render(request, "institutions/institutions.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    country = request.GET.get("country", "").upper()
    country = country if len(country) == 2 and country.isascii() and country.isalpha() else ""
    after = _place(request.GET.get("after", ""))
    found = institutions_listed(country=country, after=after, limit=PER_PAGE + 1)
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    return {
        "rows": [
            (place, record_address("institution", place.pk, place.display_name), country_name(place.country_code))
            for place in found[:PER_PAGE]
        ],
        "pager": Pager(
            place="",
            previous=with_parameters(request) if after else "",
            next=with_parameters(request, after=f"{last.works_count}.{last.pk}") if last else "",
            back_label="Back to the start",
            on_label="More",
        ),
        "country": country,
        "country_words": country_name(country),
        "countries": sorted(((code, country_name(code), number) for code, number in countries()), key=lambda row: row[1]),
        "without_country": with_parameters(request, country=None),
    }


def _place(text: str) -> tuple[int, int] | None:
    works, _, key = text.partition(".")
    one, two = whole_number(works), whole_number(key)
    return (one, two) if one is not None and two is not None else None
