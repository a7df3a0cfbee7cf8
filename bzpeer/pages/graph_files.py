"""The explorer's picture as a file for other tools: GEXF, GraphML, JSON for graphology and as node-link, CSV of nodes and of edges."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import networkx as nx
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.pictures import picture_asked, picture_of
from bzpeer.privacy.exporting import safe_cell
from bzpeer.typesetting import plain
from graph.parts import Edge, Node, Slice

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""


@require_safe
def export(request: HttpRequest, format: str) -> HttpResponse:
    """Answer with the picture that the address names, in one of FORMATS."""
    if format not in FORMATS:
        raise Http404(f"There is no such format; there are {', '.join(FORMATS)}.")
    content_type, write = FORMATS[format]
    found = picture_of(picture_asked(request))
    name = slugify(plain(found.nodes[0].label))[:60] if found.nodes else ""
    headers = {"Content-Disposition": f'attachment; filename="{name or "graph"}.{format}"', "Cache-Control": "private, no-cache"}
    return HttpResponse(write(found, request.build_absolute_uri("/")[:-1]), content_type=content_type, headers=headers)


def as_graph(found: Slice, portal: str) -> "nx.DiGraph[str]":
    """Return the slice with its attributes. Between two records there is one edge in each direction at most."""
    graph: nx.DiGraph[str] = nx.DiGraph(portal=portal, focus=",".join(f"{kind}:{key}" for kind, key in found.foci))
    for node in found.nodes:
        graph.add_node(node.id, **_node(node, portal))
    titles = titles_of(found)
    for edge in found.edges:
        graph.add_edge(edge.source, edge.target, **_edge(edge, titles))
    return graph


def _node(node: Node, portal: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "label": _text(plain(node.label)),
        "kind": node.kind,
        "url": f"{portal}{record_address(node.kind, node.key, node.label)}",
        "weight": node.weight,
        "year": node.year,
        "type": node.type or None,
        "level": node.level,
        "trust": node.trust,
        "citations": node.citations,
        "degree": node.degree,
        "x": float(node.x),
        "y": float(node.y),
    }
    return {name: value for name, value in values.items() if value is not None}


def _edge(edge: Edge, titles: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": edge.kind,
        "weight": float(edge.weight),
        "directed": edge.kind != "collaborated",
        "first_year": edge.first_year,
        "last_year": edge.last_year,
        "works": "; ".join(titles[work] for work in edge.works if work in titles) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def titles_of(found: Slice) -> dict[str, str]:
    """Return the titles of the works that the slice's collaborations name, by id."""
    labels = {name: named.label for name, named in found.names.items()} | {node.id: node.label for node in found.nodes}
    return {work: _text(plain(labels[work])) for edge in found.edges for work in edge.works if work in labels}


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _gexf(found: Slice, portal: str) -> bytes:
    graph = as_graph(found, portal)
    for _, values in graph.nodes(data=True):
        values["viz"] = {"position": {"x": values.pop("x"), "y": values.pop("y"), "z": 0.0}}
    return "\n".join(nx.generate_gexf(graph, encoding="utf-8")).encode()


def _graphml(found: Slice, portal: str) -> bytes:
    out = io.BytesIO()
    nx.write_graphml(as_graph(found, portal), out, encoding="utf-8")
    return out.getvalue()


def _graphology(found: Slice, portal: str) -> bytes:
    graph = as_graph(found, portal)
    edges = [
        {
            "key": f"{values['kind']}:{source}-{target}",
            "source": source,
            "target": target,
            "undirected": not values["directed"],
            "attributes": values,
        }
        for source, target, values in graph.edges(data=True)
    ]
    body = {
        "options": {"type": "mixed", "multi": False, "allowSelfLoops": False},
        "attributes": graph.graph,
        "nodes": [{"key": name, "attributes": values} for name, values in graph.nodes(data=True)],
        "edges": edges,
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _node_link(found: Slice, portal: str) -> bytes:
    return json.dumps(nx.node_link_data(as_graph(found, portal), edges="links"), ensure_ascii=False, indent=1).encode()


def _nodes_csv(found: Slice, portal: str) -> bytes:
    columns = ("id", "label", "kind", "url", "weight", "year", "type", "level", "trust", "citations", "degree", "x", "y")
    return _csv(columns, ({"id": node.id, **_node(node, portal)} for node in found.nodes))


def _edges_csv(found: Slice, portal: str) -> bytes:
    columns = ("source", "target", "kind", "weight", "directed", "first_year", "last_year", "works")
    titles = titles_of(found)
    return _csv(columns, ({"source": edge.source, "target": edge.target, **_edge(edge, titles)} for edge in found.edges))


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return RFC 4180 with a byte order mark, which spreadsheets need to read UTF-8; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        cells = (row.get(column, "") for column in columns)
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


FORMATS: dict[str, tuple[str, Callable[[Slice, str], bytes]]] = {
    "gexf": ("application/gexf+xml", _gexf),
    "graphml": ("application/graphml+xml", _graphml),
    "json": ("application/json", _graphology),
    "node-link.json": ("application/json", _node_link),
    "nodes.csv": ("text/csv; charset=utf-8", _nodes_csv),
    "edges.csv": ("text/csv; charset=utf-8", _edges_csv),
}
