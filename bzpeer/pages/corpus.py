"""How complete the records of the portal are, by year: for staff with filters, table and CSV, for everybody in short."""

import csv
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bzpeer.pages.cards import type_label
from bzpeer.pages.drawings import Shares, percent, shares
from bzpeer.pages.imports import staff_only
from works.coverage import MEASURES, Coverage, Narrowed, coverage_as_of, coverage_by_year, types_covered, whole_of
from works.runs import PROVIDERS

YEARS_SHOWN = 40
"""Earlier years are put together, so that a year stays wide enough to be seen."""
SOURCES = ("openalex", "arxiv")


@require_safe
@never_cache
@staff_only
def coverage(request: HttpRequest) -> HttpResponse:
    """Show the coverage of the whole corpus, of a source or of a type."""
    narrowed = _narrowed(request)
    by_year = coverage_by_year(narrowed)
    context = {
        **_drawn(by_year),
        "narrowed": narrowed,
        "sources": [(name, PROVIDERS[name].spoken) for name in SOURCES],
        "types": [(type, type_label(type), number) for type, number in types_covered() if type],
        "table": [(_named(year), of_year.works, _row(of_year)) for year, of_year in reversed(list(_together(by_year).items()))],
        "measures": [*MEASURES.values(), "References here"],
        "csv": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "corpus/coverage.html", context)


@require_safe
@never_cache
@staff_only
def coverage_csv(request: HttpRequest) -> HttpResponse:
    """Give the same figures as a file, every year by itself."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="coverage.csv"'})
    rows = csv.writer(answer)
    rows.writerow(["year", "works", *MEASURES, "references_listed", "references_resolved"])
    for year, found in coverage_by_year(_narrowed(request)).items():
        rows.writerow(
            ["" if year is None else year, found.works, *found.having.values(), found.references_listed, found.references_resolved]
        )
    return answer


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show everybody how complete the records are, without filters."""
    return render(request, "corpus/summary.html", _drawn(coverage_by_year(Narrowed())))


def _narrowed(request: HttpRequest) -> Narrowed:
    source = request.GET.get("source", "")
    return Narrowed(source=source if source in SOURCES else "", type=request.GET.get("type", "").replace("\x00", "")[:60])


def _drawn(by_year: Mapping[int | None, Coverage]) -> dict[str, Any]:
    whole = whole_of(list(by_year.values()))
    return {
        "whole": whole,
        "undated": by_year[None].works if None in by_year else 0,
        "as_of": coverage_as_of(),
        "drawings": _drawings(by_year),
    }


def _drawings(by_year: Mapping[int | None, Coverage]) -> list[Shares]:
    dated = {year: found for year, found in _together(by_year).items() if year is not None}
    drawn = [
        shares(label, [(_named(year), found.having[name], found.works) for year, found in dated.items()])
        for name, label in MEASURES.items()
    ]
    references = [(_named(year), found.references_resolved, found.references_listed) for year, found in dated.items()]
    return [*drawn, shares("References that lead to works here", references)] if dated else []


def _together(by_year: Mapping[int | None, Coverage]) -> dict[int | str | None, Coverage]:
    """Put the years before the last YEARS_SHOWN together under "before 1986", and undated works last."""
    dated = [year for year in by_year if year is not None]
    first = dated[-1] - YEARS_SHOWN + 1 if dated else 0
    early = [by_year[year] for year in dated if year < first]
    found: dict[int | str | None, Coverage] = {f"before {first}": whole_of(early)} if early else {}
    found |= {year: by_year[year] for year in dated if year >= first}
    return found | ({None: by_year[None]} if None in by_year else {})


def _named(year: int | str | None) -> str:
    return "No year" if year is None else str(year)


def _row(found: Coverage) -> list[int]:
    return [
        *(percent(number, found.works) for number in found.having.values()),
        percent(found.references_resolved, found.references_listed),
    ]
