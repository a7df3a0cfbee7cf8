"""A slice as tables: every node by kind, every relation; sorted, filtered and continued by plain links."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from bzpeer.addresses import record_address
from bzpeer.pages.graph_files import FORMATS, titles_of
from bzpeer.pages.paging import Pager, numbered, page_number, with_parameters
from bzpeer.pages.pictures import LONGEST_ADDRESS, LONGEST_FIND, MOST_NODES, Asked, picture_asked, picture_of
from bzpeer.typesetting import plain
from graph.filters import KINDS
from graph.parts import RELATION_WORDS, Edge, Node, Row, Slice, Truncation
from graph.relations import EDGE_KINDS
from researchers.names import fold

RELATIONS_PER_PAGE = 500
SORTS = {"": "Strongest first", "name": "Name", "year": "Year, latest first", "weight": "Works or citations", "degree": "Relations here"}
HEADINGS = {"researcher": "Researchers", "work": "Works", "topic": "Topics", "institution": "Institutions"}
FORMAT_WORDS = {
    "gexf": "GEXF",
    "graphml": "GraphML",
    "json": "JSON (graphology)",
    "node-link.json": "JSON (node-link)",
    "nodes.csv": "CSV of the records",
    "edges.csv": "CSV of the relations",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: a record and how it stands to the focus, in words."""

    id: str
    kind: str
    label: str
    address: str
    relation: str
    other: str
    years: str
    weight: str
    degree: int
    node: Node


@dataclass(frozen=True, kw_only=True)
class Relation:
    """One relation in words: who, how, whom, how strong, when, on what."""

    source: str
    source_address: str
    words: str
    target: str
    target_address: str
    weight: str
    years: str
    works: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The records of a kind, and the address that brings those left out; `left` says how many, in words."""

    kind: str
    heading: str
    lines: Sequence[Line]
    total: int
    left: str
    more: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything the page shows, and where its choices lead."""

    asked: Asked
    focus: Node
    found: Slice
    groups: Sequence[Group]
    relations: Sequence[Relation]
    relations_total: int
    pager: Pager
    left_out: str
    edges_left_out: int
    find: str
    sort: str
    relation: str
    files: Sequence[tuple[str, str]]
    sorts: Sequence[tuple[str, str, str]]
    is_filtered: bool


def table_of(request: HttpRequest) -> Table:
    """Return the tables of the picture that the address names. Raises Http404."""
    asked = picture_asked(request)
    found = picture_of(asked)
    find = request.GET.get("find", "").replace("\x00", " ").strip()[:LONGEST_FIND]
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    relation = request.GET.get("relation", "")
    relation = relation if relation in EDGE_KINDS else ""
    words = fold(find).split()
    fits = {node.id for node in found.nodes if all(word in fold(plain(node.label)) for word in words)}
    edges = [edge for edge in found.edges if {edge.source, edge.target} & fits or not words]
    edges = _sorted_edges([edge for edge in edges if relation in ("", edge.kind)], found, sort)
    page = page_number(request, total=len(edges), size=RELATIONS_PER_PAGE)
    return Table(
        asked=asked,
        focus=found.nodes[0],
        found=found,
        groups=_groups(found, asked, fits, sort),
        relations=_relations(edges[(page - 1) * RELATIONS_PER_PAGE : page * RELATIONS_PER_PAGE], found),
        relations_total=len(edges),
        pager=numbered(request, page=page, total=len(edges), size=RELATIONS_PER_PAGE, anchor="#relations"),
        left_out=left_out_words(found.truncated),
        edges_left_out=sum(found.edges_left_out.values()),
        find=find,
        sort=sort,
        relation=relation,
        files=[(FORMAT_WORDS[name], f"export.{name}{asked.address()}") for name in FORMATS],
        sorts=[(key, label, with_parameters(request, sort=key or None, view="table")) for key, label in SORTS.items()],
        is_filtered=bool(find or relation or len(asked.filters["kinds"]) < len(KINDS) or len(asked.filters) > 1),
    )


def table_rows(found: Slice) -> list[Line]:
    """Return the slice as lines, one for each node but the focus, in the order of its nodes."""
    return [_line(row, focus=found.nodes[0]) for row in found.rows()]


def left_out_words(truncated: Mapping[str, Truncation]) -> str:
    """Return "7 more works and at least 40 more topics"; "" when nothing was left out."""
    parts = [_left_words(kind, left) for kind, left in truncated.items() if left.more]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _left_words(kind: str, left: Truncation) -> str:
    return f"{'at least ' if left.at_least else ''}{left.more:,} more {kind if left.more == 1 else f'{kind}s'}"


def _groups(found: Slice, asked: Asked, fits: set[str], sort: str) -> list[Group]:
    lines = table_rows(found)
    groups = []
    for kind in KINDS:
        of_kind = [line for line in lines if line.node.kind == kind]
        shown = [line for line in of_kind if line.id in fits]
        left = found.truncated.get(kind)
        if not of_kind and left is None:
            continue
        groups.append(
            Group(
                kind=kind,
                heading=HEADINGS[kind],
                lines=sorted(shown, key=_ORDERS[sort]) if sort else shown,
                total=len(of_kind),
                left=_left_words(kind, left) if left is not None and left.more else "",
                more=_more(found, asked, kind, left) if left is not None else "",
            )
        )
    return groups


_ORDERS: dict[str, Callable[[Line], Any]] = {
    "name": lambda line: (fold(line.label), line.id),
    "year": lambda line: (-int(line.years[-4:] or 0), fold(line.label), line.id),
    "weight": lambda line: (-line.node.weight, fold(line.label), line.id),
    "degree": lambda line: (-line.degree, fold(line.label), line.id),
}


def _more(found: Slice, asked: Asked, kind: str, left: Truncation) -> str:
    """Return the address of a table with more of one kind; "" when what is shown already is too much to be named in it."""
    known = {*asked.filters.get("known", ()), *((node.kind, node.key) for node in found.nodes if node.kind == kind)}
    foci = left.foci or asked.foci
    address = asked.address(foci=foci, kinds=(kind,), known=sorted(known - set(foci)), limit=MOST_NODES, radius=1)
    return f"{address}&view=table" if len(address) < LONGEST_ADDRESS else ""


def _line(row: Row, *, focus: Node) -> Line:
    node, other = row.node, row.other
    return Line(
        id=node.id,
        kind=node.kind.capitalize(),
        label=plain(node.label),
        address=record_address(node.kind, node.key, node.label),
        relation=row.relation,
        other=plain(other.label) if other is not None and other.id != focus.id else "",
        years=str(node.year) if node.year is not None else _span(row.first_year, row.last_year),
        weight=_measure(node),
        degree=node.degree,
        node=node,
    )


def _span(first: int | None, last: int | None) -> str:
    if first is None or first == last:
        return str(first or "")
    return f"{first}–{last}"  # a span of years


def _measure(node: Node) -> str:
    return _counted(node.weight, "citation" if node.kind == "work" else "work")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _sorted_edges(edges: list[Edge], found: Slice, sort: str) -> list[Edge]:
    labels = {node.id: fold(plain(node.label)) for node in found.nodes}
    match sort:
        case "name":
            return sorted(edges, key=lambda edge: (labels.get(edge.source, ""), labels.get(edge.target, ""), edge.kind))
        case "year":
            return sorted(edges, key=lambda edge: -(edge.last_year or 0))
        case "weight":
            return sorted(edges, key=lambda edge: -edge.weight)
    return edges


_VERBS = {kind: RELATION_WORDS[kind, True] for kind in EDGE_KINDS}
_WEIGHTS: dict[str, Callable[[float], str]] = {
    "collaborated": lambda weight: _counted(int(weight), "work"),
    "affiliated": lambda weight: _counted(int(weight), "year"),
    "about": lambda weight: f"score {weight:g}",
    "authored": lambda weight: "",
    "cites": lambda weight: "",
}


def _relations(edges: Sequence[Edge], found: Slice) -> list[Relation]:
    labels = {node.id: (plain(node.label), record_address(node.kind, node.key, node.label)) for node in found.nodes}
    titles = titles_of(found)
    relations = []
    for edge in edges:
        source, target = (labels.get(end, (end, "")) for end in (edge.source, edge.target))
        words = "about" if edge.kind == "about" and edge.source.startswith("work:") else _VERBS[edge.kind]
        relation = Relation(
            source=source[0],
            source_address=source[1],
            words=words,
            target=target[0],
            target_address=target[1],
            weight=_WEIGHTS[edge.kind](edge.weight),
            years=_span(edge.first_year, edge.last_year),
            works="; ".join(titles[work] for work in edge.works if work in titles),
        )
        relations.append(relation)
    return relations
