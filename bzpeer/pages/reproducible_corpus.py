"""What the reports of this portal say together: per variable by year, venue, topic and institution. Read from derived counts alone."""

import csv
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.paging import with_parameters
from bzpeer.privacy.exporting import safe_cell
from bzpeer.reports.findings import UNCERTAIN, YES, Variable
from bzpeer.reports.queries import FACETS, ROWS, Counted, counted_by, whole_corpus
from bzpeer.reports.standing import EVERY_WORK, NOT_APPLICABLE

LABELS = {"year": "Year", "venue": "Venue", "topic": "Topic", "institution": "Institution"}
_WIDTH = 100


@dataclass(frozen=True, kw_only=True)
class Part:
    """A result's share of a bar, in hundredths of its width."""

    result: str
    works: int
    percent: int
    x: float
    width: float
    tone: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A line of the drawing and of the table."""

    name: str
    address: str
    works: int
    parts: tuple[Part, ...]
    passed_over: int
    """Works to which the variable does not apply."""

    def number(self, result: str) -> int:
        return next((part.works for part in self.parts if part.result == result), 0)


@require_safe
def corpus(request: HttpRequest) -> HttpResponse:
    """Show every variable over the whole corpus, and one of them by a facet."""
    variable, facet = asked(request)
    whole = whole_corpus()
    rows = [_bar(row, variable, facet) for row in counted_by(facet, variable)]
    scores = {int(score): works for score, works in whole.get("score", {}).items() if score.isdigit()}
    most = max(scores.values(), default=1)
    total = sum(whole.get(EVERY_WORK, {}).values())
    context: dict[str, Any] = {
        "total": total,
        "whole": [
            (
                each,
                _parts(each, whole.get(each.value, {})),
                whole.get(each.value, {}).get(NOT_APPLICABLE, 0),
                with_parameters(request, variable=each.value),
            )
            for each in Variable
        ],
        "scores": [
            (score, number, score * 28, 64 - height, height)
            for score in range(8)
            for number in [scores.get(score, 0)]
            for height in [round(60 * number / most)]
        ],
        "mean": round(sum(score * works for score, works in scores.items()) / sum(scores.values()), 1) if scores else None,
        "scored": sum(scores.values()),
        "variable": variable,
        "variables": list(Variable),
        "facet": facet,
        "facets": [(name, LABELS[name], with_parameters(request, by=name), name == facet) for name in FACETS],
        "label": LABELS[facet],
        "rows": rows,
        "results": [*variable.results, UNCERTAIN],
        "table": [(row, [row.number(result) for result in (*variable.results, UNCERTAIN)]) for row in rows],
        "most": ROWS,
        "file": f"{with_parameters(request, variable=variable.value, by=facet)}",
        "uncertain": _share(whole, UNCERTAIN),
    }
    return render(request, "reproducibility/corpus.html", context)


def asked(request: HttpRequest) -> tuple[Variable, str]:
    """Return the variable and the facet an address asks for; what is not known is the first."""
    facet = request.GET.get("by", "")
    return Variable.named(request.GET.get("variable", "")) or Variable.CODE, (facet if facet in FACETS else "year")


def _bar(row: Counted, variable: Variable, facet: str) -> Bar:
    address = ""
    if facet == "year" and row.key:
        address = f"/works/?year={row.key}"
    elif facet == "venue" and row.key:
        address = f"/works/?source={row.key}"
    elif row.key:
        address = record_address(facet, row.key, row.name)
    passed_over = row.results.get(NOT_APPLICABLE, 0)
    return Bar(name=row.name, address=address, works=row.works, parts=_parts(variable, row.results), passed_over=passed_over)


def _parts(variable: Variable, results: dict[str, int]) -> tuple[Part, ...]:
    shown = [(result, results[result]) for result in (*variable.results, UNCERTAIN) if results.get(result)]
    total, x, parts = sum(works for _, works in shown) or 1, 0.0, []
    for result, works in shown:
        width = _WIDTH * works / total
        tone = "yes" if result == YES or result == variable.results[0] else "unsure" if result == UNCERTAIN else _tone(variable, result)
        parts.append(Part(result=result, works=works, percent=round(100 * works / total), x=round(x, 2), width=round(width, 2), tone=tone))
        x += width
    return tuple(parts)


def _tone(variable: Variable, result: str) -> str:
    return "no" if result == variable.results[1] else "both"


def _share(whole: dict[str, dict[str, int]], result: str) -> int:
    """Return the share of rows with a result among all that apply, in percent."""
    rows = [(said, works) for variable in Variable for said, works in whole.get(variable.value, {}).items() if said != NOT_APPLICABLE]
    total = sum(works for _, works in rows)
    return round(100 * sum(works for said, works in rows if said == result) / total) if total else 0


@require_safe
def corpus_csv(request: HttpRequest) -> HttpResponse:
    """Answer with the table as CSV."""
    variable, facet = asked(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="reproducibility-{variable.value}-by-{facet}.csv"'
    writer = csv.writer(response)
    results = (*variable.results, UNCERTAIN, NOT_APPLICABLE)
    writer.writerow([LABELS[facet], "Works", *results])
    for row in counted_by(facet, variable):
        writer.writerow([safe_cell(row.name), row.works, *(row.results.get(result, 0) for result in results)])
    return response
