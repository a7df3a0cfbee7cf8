"""The explorer's page: the picture for browsers with scripts, the same neighbourhood as a table for all others."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import KINDS, record_address
from bzpeer.pages.paging import whole_number
from bzpeer.typesetting import plain
from graph.slices import Node, Row, Slice, Truncation, UnknownFocus, slice_around
from researchers.queries import researchers_listed

MOST_NODES = 180
"""The picture and the table hold the same records."""

SUGGESTED = 10
_LONGEST_KEY = 18


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One line of the table: a record and how it stands to the focus, in words."""

    id: str
    kind: str
    label: str
    address: str
    relation: str
    other: str
    years: str
    weight: str


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show the explorer around `?focus=`; without a focus offer the search and where to begin."""
    asked = request.GET.get("focus", "")
    if not asked:
        return render(request, "explorer/start.html", {"people": list(researchers_listed(sort="works")[:SUGGESTED])})
    kind, key = _focus(asked)
    try:
        found = slice_around((kind, key), limit=MOST_NODES)
    except UnknownFocus as error:
        raise Http404(str(error)) from error
    node = found.nodes[0]
    return render(
        request,
        "explorer/explore.html",
        {
            "node": node,
            "limit": MOST_NODES,
            "address": record_address(node.kind, node.key, node.label),
            "rows": table_rows(found),
            "left_out": left_out_words(found.truncated),
            "wants_table": request.GET.get("view") == "table",
        },
    )


def table_rows(found: Slice) -> list[TableRow]:
    """Return the slice as lines of the table, in the order of its nodes."""
    return [_table_row(row, focus=found.nodes[0]) for row in found.rows()]


def left_out_words(truncated: Mapping[str, Truncation]) -> str:
    """Return "7 more works and at least 40 more topics"; "" when nothing was left out."""
    parts = [
        f"{'at least ' if left.at_least else ''}{left.more:,} more {kind if left.more == 1 else f'{kind}s'}"
        for kind, left in truncated.items()
        if left.more
    ]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _focus(asked: str) -> tuple[str, int]:
    """Read "researcher:12". Raises Http404 for anything else."""
    kind, _, digits = asked.partition(":")
    key = whole_number(digits, digits=_LONGEST_KEY)
    if kind not in KINDS or not key:
        raise Http404("No such record.")
    return kind, key


def _table_row(row: Row, *, focus: Node) -> TableRow:
    node, other = row.node, row.other
    return TableRow(
        id=node.id,
        kind=node.kind.capitalize(),
        label=plain(node.label),
        address=record_address(node.kind, node.key, node.label),
        relation=row.relation,
        other=plain(other.label) if other is not None and other.id != focus.id else "",
        years=_years(node, row),
        weight=_measure(node),
    )


def _years(node: Node, row: Row) -> str:
    if node.year is not None:
        return str(node.year)
    if row.first_year is None:
        return ""
    return str(row.first_year) if row.first_year == row.last_year else f"{row.first_year}–{row.last_year}"


def _measure(node: Node) -> str:
    noun = "citation" if node.kind == "work" else "work"
    return f"{node.weight:,} {noun}{'' if node.weight == 1 else 's'}"
