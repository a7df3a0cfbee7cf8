"""The explorer's page: the picture for browsers with scripts, the same slice as tables for all others."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.graph_table import Table, table_of
from bzpeer.pages.paging import with_parameters
from bzpeer.pages.pictures import FIRST_NODES, MOST_NODES, picture_asked
from bzpeer.savedviews.models import SavedView
from bzpeer.savedviews.queries import visible_views
from graph.filters import KINDS, Ref
from graph.parts import Node
from graph.relations import EDGE_KINDS
from graph.slices import MOST_RADIUS, nodes_named
from researchers.queries import researchers_listed

SUGGESTED = 10


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """Show the explorer around `?focus=`; without a focus offer the search and where to begin.

    With `view=table` the slice stands in the page as tables, which is where browsers without scripts are sent.
    """
    if not request.GET.get("focus"):
        return render(request, "explorer/start.html", {"people": list(researchers_listed(sort="works")[:SUGGESTED])})
    if request.GET.get("view") == "table":
        table = table_of(request)
        return render(request, "explorer/explore.html", {**heading(table.focus), **choices(request, table), "saved": opened_view(request)})
    asked = picture_asked(request)
    tables = with_parameters(request, view="table")
    return render(request, "explorer/explore.html", {**heading(_focus(asked.foci[0])), "tables": tables, "saved": opened_view(request)})


def heading(node: Node) -> dict[str, Any]:
    """Return what the head of the page and the script need to know of the first focus."""
    return {"node": node, "limit": FIRST_NODES, "address": record_address(node.kind, node.key, node.label)}


def choices(request: HttpRequest, table: Table) -> dict[str, Any]:
    """Return the tables with what their form offers."""
    kept = [(name, value) for name, value in request.GET.lists() if name not in _FIELDS]
    return {
        "table": table,
        "kept": [(name, value) for name, values in kept for value in values[:1]],
        "kinds": [(kind, kind in table.asked.filters["kinds"]) for kind in KINDS],
        "relation_kinds": EDGE_KINDS,
        "radii": range(1, MOST_RADIUS + 1),
        "limits": (50, FIRST_NODES, MOST_NODES),
        "every": table.asked.address(
            kinds=KINDS, year_from=None, year_to=None, min_weight=1, topic=None, institution=None, types=(), only=()
        ),
    }


_FIELDS = {
    "find",
    "kinds",
    "hidden",
    "years",
    "year_from",
    "year_to",
    "weight",
    "min_weight",
    "radius",
    "limit",
    "sort",
    "relation",
    "view",
    "page",
}


def opened_view(request: HttpRequest) -> SavedView | None:
    """Return the kept picture that `saved=` names, if the visitor may see it."""
    given = request.GET.get("saved", "")
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        return None
    return visible_views(request.user).filter(pk=int(given)).first()


def _focus(ref: Ref) -> Node:
    found = nodes_named([ref])
    if ref not in found:
        raise Http404(f"There is no {ref[0]} {ref[1]}.")
    return found[ref]
