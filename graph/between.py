"""The edges among the nodes of a slice, and from them to what is on screen already."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from graph.filters import KINDS, Filters, Ref
from graph.parts import Edge
from graph.relations import EDGES

EDGES_PER_NODE = 8
"""Collaborations kept per node of the limit, strongest first: a picture of more is a hairball."""


def edges_between(chosen: Mapping[Ref, Edge], foci: Collection[Ref], filters: Filters, *, limit: int) -> tuple[list[Edge], dict[str, int]]:
    """Return the edges, every chosen node within reach of a focus, and how many were left out, by kind.

    `chosen` names the edge each node was found by.
    """
    new = set(chosen) | (set(foci) - filters.known)
    present = new | filters.known | set(foci)
    parameters: dict[str, Any] = {kind: sorted(key for of, key in present if of == kind) for kind in KINDS}
    parameters |= {f"new_{kind}": sorted(key for of, key in new if of == kind) for kind in KINDS}
    parameters |= {"most": EDGES_PER_NODE * limit, "min_weight": filters.min_weight, "from": filters.year_from, "to": filters.year_to}
    parts = []
    for kind, ((source, target), (a, b), statement) in EDGES.items():
        if parameters[source] and parameters[target]:
            is_new = f"({a} = ANY(%(new_{source})s) OR {b} = ANY(%(new_{target})s))" if filters.known else "true"
            told = statement.format(new=is_new, span=filters.span("first_year", "last_year"))
            parts.append(f"(SELECT '{kind}', found.* FROM ({told}) AS found)")
    edges, left_out = _fetched(parts, parameters)
    edges += _short_cuts(chosen, filters)
    edges += _bridges(edges, chosen, (*foci, *filters.known))
    return sorted(edges, key=lambda edge: (edge.kind, -edge.weight, edge.source, edge.target)), left_out


def number(weight: Any) -> float:
    """Return whole numbers as int, so that JSON shows 2 and not 2.0."""
    value = float(weight)
    return int(value) if value.is_integer() else value


def _fetched(parts: Sequence[str], parameters: Mapping[str, Any]) -> tuple[list[Edge], dict[str, int]]:
    if not parts:
        return [], {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    edges, left_out = [], {}
    for kind, a, b, weight, first_year, last_year, total in rows:
        source, target = EDGES[kind].kinds
        edges.append(
            Edge(
                source=f"{source}:{a}", target=f"{target}:{b}", kind=kind, weight=number(weight), first_year=first_year, last_year=last_year
            )
        )
        if total > parameters["most"]:
            left_out[kind] = total - parameters["most"]
    return edges, left_out


def _short_cuts(chosen: Mapping[Ref, Edge], filters: Filters) -> list[Edge]:
    """Return the edges that go over a kind nobody asked for: a researcher's topic when works are left out."""
    return [
        edge
        for edge in chosen.values()
        if (middle := _MIDDLES.get(frozenset((_kind(edge.source), _kind(edge.target))))) and middle not in filters.kinds
    ]


_MIDDLES = {frozenset(("researcher", "topic")): "work", frozenset(("work", "institution")): "researcher"}


def _bridges(edges: Iterable[Edge], chosen: Mapping[Ref, Edge], starts: Iterable[Ref]) -> list[Edge]:
    """Return, for what cannot be reached from a focus or a known node, the edge it was found by."""
    neighbours: dict[str, list[str]] = {}
    for edge in edges:
        neighbours.setdefault(edge.source, []).append(edge.target)
        neighbours.setdefault(edge.target, []).append(edge.source)
    reached: set[str] = set()

    def reach(start: str) -> None:
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if node not in reached:
                reached.add(node)
                waiting += neighbours.get(node, ())

    for kind, key in starts:
        reach(f"{kind}:{key}")
    added = []
    for (kind, key), edge in chosen.items():
        if f"{kind}:{key}" not in reached:
            added.append(edge)
            reach(f"{kind}:{key}")
    return added


def _kind(node: str) -> str:
    return node.partition(":")[0]
