"""Slices: a bounded, best-first neighbourhood of a record, the same shape for every picture and table.

A slice takes at most MOST_QUERIES queries, whatever its size and whatever the corpus: one for the focus, one for each
layer, one for the nodes, one for the edges. Every step reads at most a fixed number of rows per node (its pool), so the
cost depends on the slice. Beyond the first layer a slice grows through researchers and works only: a topic or an
institution joins almost everything with everything.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from graph.placing import places
from graph.relations import EDGES, NODES, RELATIONS, Relation

KINDS = ("researcher", "work", "topic", "institution")
MOST_QUERIES = 6
MOST_RADIUS = 3
MOST_KNOWN = 1_000
STATEMENT_TIMEOUT = "2000ms"

FOCUS_POOL, HUB_POOL, DEEP_POOL = 2_000, 600, 100
"""How many rows are looked at per relation before the strongest are taken: of the focus, of a topic or institution as
focus (whose pools come strongest first), and of a node further out."""
DEEP_TAKE = 12
MOST_PARENTS = 24
EDGES_PER_NODE = 8
"""Collaborations kept per node of the limit, strongest first: a picture of more is a hairball."""

_TURNS = ("work", "researcher", "topic", "institution", "work", "researcher", "work", "researcher", "work", "researcher", "topic")
"""The order in which kinds take their next strongest node: every kind is represented even in a small slice."""

Ref = tuple[str, int]
"""A record: its kind and own key."""


class UnknownFocus(Exception):
    """No such record. Repeating does not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A record in a slice. `weight` is its works, or for a work its citations here; `degree` counts its edges in this slice."""

    kind: str
    key: int
    label: str
    weight: int
    year: int | None = None
    level: int | None = None
    trust: int | None = None
    degree: int = 0
    x: float = 0.0
    y: float = 0.0

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A relation between two nodes, by their ids.

    "authored" runs from researcher to work, "cites" from the citing work, "about" to the topic, "affiliated" to the institution;
    "collaborated" has no direction. `weight` counts works (collaborated), years (affiliated), else 1 or a topic's score.
    """

    source: str
    target: str
    kind: str
    weight: float
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Truncation:
    """Neighbours of the focus that were left out; `at_least` when counting stopped at the pool's size."""

    more: int
    at_least: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table that equals the picture: how `node` stands to `other` (the focus where they touch)."""

    node: Node
    relation: str
    other: Node | None
    weight: float
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What `slice_around` found. The focus is the first node unless it was known already."""

    focus: Ref
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    truncated: Mapping[str, Truncation]

    def rows(self) -> list[Row]:
        """Return one row per node but the focus, in the order of the nodes, for tables without a script."""
        focus = f"{self.focus[0]}:{self.focus[1]}"
        by_id = {node.id: node for node in self.nodes}
        touching: dict[str, list[Edge]] = {}
        for edge in self.edges:
            touching.setdefault(edge.source, []).append(edge)
            touching.setdefault(edge.target, []).append(edge)
        return [_row(node, touching.get(node.id, []), by_id, focus) for node in self.nodes if node.id != focus]


def slice_around(
    focus: Ref,
    *,
    radius: int = 1,
    limit: int = 150,
    kinds: Collection[str] = KINDS,
    year_from: int | None = None,
    year_to: int | None = None,
    known: Collection[Ref] = frozenset(),
) -> Slice:
    """Return the strongest neighbourhood of `focus` with at most `limit` nodes, itself included.

    `known` records are on screen already: they are left out, but edges to them are told. Years limit works,
    and collaborations and affiliations to those that overlap the span. Raises UnknownFocus, and Django's
    OperationalError when a statement takes longer than STATEMENT_TIMEOUT.
    """
    limit = max(1, min(limit, settings.SLICE_MAX_NODES))
    asked = _Asked(focus=focus, kinds=frozenset(kinds), year_from=year_from, year_to=year_to, known=frozenset(known))
    with transaction.atomic(savepoint=False):
        centre = _centre(focus)
        found = _grown(asked, radius=min(max(radius, 1), MOST_RADIUS), limit=limit) if centre else None
    if centre is None or found is None:
        # Said outside the transaction, which is not to blame.
        raise UnknownFocus(f"There is no {focus[0]} {focus[1]}.")
    nodes, edges, truncated = found
    shown = nodes if focus in asked.known else [centre, *nodes]
    return Slice(focus=focus, nodes=_placed(shown, edges, focus), edges=tuple(edges), truncated=truncated)


def _grown(asked: "_Asked", *, radius: int, limit: int) -> tuple[list[Node], list[Edge], dict[str, Truncation]]:
    """Take layer after layer; all but the last leave half of the room to what they lead to."""
    chosen = _Chosen(known=asked.known | {asked.focus})
    parents: Sequence[Ref] = (asked.focus,)
    truncated: dict[str, Truncation] = {}
    room = limit - (asked.focus not in asked.known)
    for layer in range(1, radius + 1):
        candidates = _candidates(parents, asked, is_first=layer == 1)
        added = chosen.take(candidates, most=room if layer == radius else max(1, room // 2))
        room -= len(added)
        if layer == 1:
            truncated = _truncated(candidates, chosen)
        parents = [ref for ref in added if ref[0] in _GROWING][:MOST_PARENTS]
        if not parents or room <= 0:
            break
    return _nodes(chosen.refs), _edges(chosen, asked, limit=limit), truncated


# --- what was asked, what was chosen ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Asked:
    focus: Ref
    kinds: frozenset[str]
    year_from: int | None
    year_to: int | None
    known: frozenset[Ref]

    def parameters(self) -> dict[str, Any]:
        excluded = {f"known_{kind}": [key for of, key in self.known | {self.focus} if of == kind] for kind in KINDS}
        return {**excluded, "from": self.year_from, "to": self.year_to}

    def work_years(self, column: str) -> str:
        """Return SQL that keeps works of the years asked for."""
        conditions = [f"{column} >= %(from)s"] * (self.year_from is not None) + [f"{column} <= %(to)s"] * (self.year_to is not None)
        return " AND ".join(conditions) or "true"

    def span_years(self, first: str, last: str) -> str:
        """Return SQL that keeps spans overlapping the years asked for."""
        conditions = [f"{last} >= %(from)s"] * (self.year_from is not None) + [f"{first} <= %(to)s"] * (self.year_to is not None)
        return " AND ".join(conditions) or "true"


class _Candidate(NamedTuple):
    """A record found from a parent, with the edge it was found by."""

    relation: int
    parent_place: int
    parent: int
    key: int
    weight: float
    first_year: int | None
    last_year: int | None
    total: int
    capped: bool
    rank: int


@dataclass
class _Chosen:
    """The nodes taken so far, in the order of their strength, and the edge each was found by."""

    known: frozenset[Ref]
    refs: dict[Ref, Edge] = field(default_factory=dict)

    def take(self, candidates: Iterable[_Candidate], *, most: int) -> list[Ref]:
        """Take up to `most` candidates, the kinds by turns, each kind strongest first; return what was added."""
        queues = self._queues(candidates)
        added: list[Ref] = []
        while any(queues.values()) and len(added) < most:
            for kind in _TURNS:
                if queues[kind] and len(added) < most:
                    ref, edge = queues[kind].pop(0)
                    self.refs[ref] = edge
                    added.append(ref)
        return added

    def _queues(self, candidates: Iterable[_Candidate]) -> dict[str, list[tuple[Ref, Edge]]]:
        found: dict[Ref, list[_Candidate]] = {}
        for candidate in candidates:
            ref = (RELATIONS[candidate.relation].kind, candidate.key)
            if ref not in self.known and ref not in self.refs:
                found.setdefault(ref, []).append(candidate)
        queues: dict[str, list[tuple[Ref, Edge]]] = {kind: [] for kind in KINDS}
        # Reached from several nodes comes first, then by rank within its relation: relations and parents share by turns.
        for ref, grounds in sorted(found.items(), key=lambda item: (-len({c.parent for c in item[1]}), min(map(_order, item[1])))):
            queues[ref[0]].append((ref, _edge_of(min(grounds, key=_order))))
        return queues


def _order(candidate: _Candidate) -> tuple[int, int, int, int]:
    return (candidate.rank, candidate.relation, candidate.parent_place, candidate.key)


def _edge_of(candidate: _Candidate) -> Edge:
    relation = RELATIONS[candidate.relation]
    parent, found = f"{relation.parent}:{candidate.parent}", f"{relation.kind}:{candidate.key}"
    forwards = candidate.parent < candidate.key if relation.edge == "collaborated" else relation.parent_is_source
    source, target = (parent, found) if forwards else (found, parent)
    return Edge(
        source=source,
        target=target,
        kind=relation.edge,
        weight=_number(candidate.weight),
        first_year=candidate.first_year,
        last_year=candidate.last_year,
    )


def _truncated(candidates: Iterable[_Candidate], chosen: _Chosen) -> dict[str, Truncation]:
    totals: dict[int, tuple[int, bool]] = {}
    shown: Counter[int] = Counter()
    for candidate in candidates:
        totals[candidate.relation] = (candidate.total, candidate.capped)
        shown[candidate.relation] += (RELATIONS[candidate.relation].kind, candidate.key) in chosen.refs
    left: dict[str, Truncation] = {}
    for number, (total, capped) in totals.items():
        kind = RELATIONS[number].kind
        before = left.get(kind, Truncation(more=0, at_least=False))
        left[kind] = Truncation(more=before.more + total - shown[number], at_least=before.at_least or capped)
    return {kind: left[kind] for kind in KINDS if kind in left and (left[kind].more or left[kind].at_least)}


# --- what a layer leads to ---------------------------------------------------------------------------

_GROWING = ("researcher", "work")
_HUBS = ("topic", "institution")


def _candidates(parents: Sequence[Ref], asked: _Asked, *, is_first: bool) -> list[_Candidate]:
    """Return what the parents lead to, in one query; per parent and relation the strongest of its pool."""
    known = Counter(kind for kind, _ in asked.known)
    parameters = asked.parameters() | {f"parents_{kind}": [key for of, key in parents if of == kind] for kind in KINDS}
    parts = []
    for number, relation in enumerate(RELATIONS):
        if relation.kind in asked.kinds and parameters[f"parents_{relation.parent}"]:
            if is_first:
                pool = (HUB_POOL if relation.parent in _HUBS else FOCUS_POOL) + known[relation.kind]
                parts.append(_from_focus(number, relation, asked, pool=pool))
            else:
                parts.append(_from_many(number, relation, asked))
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters | {"focus": asked.focus[1]})
        return [_Candidate(*row) for row in cursor.fetchall()]


def _from_focus(number: int, relation: Relation, asked: _Asked, *, pool: int) -> str:
    strongest = _strongest(relation, asked, parent="%(focus)s", pool=pool, take=settings.SLICE_MAX_NODES)
    return f"(SELECT {number}, 1, %(focus)s, {_FOUND} FROM ({strongest}) AS x)"


def _from_many(number: int, relation: Relation, asked: _Asked) -> str:
    strongest = _strongest(relation, asked, parent="p.id", pool=DEEP_POOL, take=DEEP_TAKE)
    parents = f"unnest(%(parents_{relation.parent})s::bigint[]) WITH ORDINALITY AS p(id, place)"
    return f"(SELECT {number}, p.place, p.id, {_FOUND} FROM {parents} CROSS JOIN LATERAL ({strongest}) AS x)"


_FOUND = "x.id, x.weight::float8, x.first_year, x.last_year, x.total, x.capped, x.rank"


def _strongest(relation: Relation, asked: _Asked, *, parent: str, pool: int, take: int) -> str:
    parts = {
        "parent": parent,
        "work_years": asked.work_years("w.publication_year"),
        "span_years": asked.span_years("first_year", "last_year"),
    }
    return f"""
        WITH pool AS MATERIALIZED ({relation.pool.format(**parts)} LIMIT {pool}), found AS ({relation.found.format(**parts)})
        SELECT id, weight, first_year, last_year, count(*) OVER () AS total,
               (SELECT count(*) >= {pool} FROM pool) AS capped, row_number() OVER (ORDER BY {relation.order}) AS rank
          FROM found WHERE id <> ALL(%(known_{relation.kind})s::bigint[])
         ORDER BY rank LIMIT {take}
    """


# --- nodes and edges --------------------------------------------------------------------------------


def _centre(focus: Ref) -> Node | None:
    kind, key = focus
    with connection.cursor() as cursor:
        # The timeout holds for this transaction's later statements and costs no query of its own.
        cursor.execute(
            f"SELECT f.* FROM (SELECT set_config('statement_timeout', %s, true)) s CROSS JOIN LATERAL ({NODES[kind]} WHERE id = %s) f",
            [STATEMENT_TIMEOUT, key],
        )
        row = cursor.fetchone()
    return _node(row) if row else None


def _nodes(refs: Mapping[Ref, Edge]) -> list[Node]:
    """Return the nodes in the order they were chosen."""
    wanted = {kind: [key for of, key in refs if of == kind] for kind in KINDS}
    parts = [f"{NODES[kind]} WHERE id = ANY(%({kind})s)" for kind in KINDS if wanted[kind]]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), wanted)
        found = {(row[0], row[1]): _node(row) for row in cursor.fetchall()}
    return [found[ref] for ref in refs if ref in found]


def _node(row: Sequence[Any]) -> Node:
    kind, key, label, weight, year, level, trust = row
    return Node(kind=kind, key=key, label=label or "Untitled", weight=weight, year=year, level=level, trust=trust)


def _edges(chosen: _Chosen, asked: _Asked, *, limit: int) -> list[Edge]:
    """Return the edges among the nodes and from them to known ones, every node within reach of the focus."""
    new = set(chosen.refs) | ({asked.focus} - asked.known)
    present = new | asked.known | {asked.focus}
    parameters: dict[str, Any] = {kind: sorted(key for of, key in present if of == kind) for kind in KINDS}
    parameters |= {f"new_{kind}": sorted(key for of, key in new if of == kind) for kind in KINDS}
    parameters["most"] = EDGES_PER_NODE * limit
    parts = []
    for kind, ((source, target), (a, b), statement) in EDGES.items():
        if parameters[source] and parameters[target]:
            is_new = f"({a} = ANY(%(new_{source})s) OR {b} = ANY(%(new_{target})s))" if asked.known else "true"
            parts.append(f"(SELECT '{kind}', found.* FROM ({statement.format(new=is_new)}) AS found)")
    edges = list(_fetched_edges(parts, parameters))
    edges += _short_cuts(chosen, asked)
    edges += _bridges(edges, chosen, asked)
    return sorted(edges, key=lambda edge: (edge.kind, -edge.weight, edge.source, edge.target))


def _short_cuts(chosen: _Chosen, asked: _Asked) -> list[Edge]:
    """Return the edges that go over a kind nobody asked for: a researcher's topic when works are left out."""
    return [
        edge
        for edge in chosen.refs.values()
        if (middle := _MIDDLES.get(frozenset((_kind(edge.source), _kind(edge.target))))) and middle not in asked.kinds
    ]


_MIDDLES = {frozenset(("researcher", "topic")): "work", frozenset(("work", "institution")): "researcher"}


def _bridges(edges: Iterable[Edge], chosen: _Chosen, asked: _Asked) -> list[Edge]:
    """Return, for what cannot be reached from the focus or a known node, the edge it was found by."""
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

    for kind, key in (asked.focus, *asked.known):
        reach(f"{kind}:{key}")
    added = []
    for (kind, key), edge in chosen.refs.items():
        if f"{kind}:{key}" not in reached:
            added.append(edge)
            reach(f"{kind}:{key}")
    return added


def _kind(node: str) -> str:
    return node.partition(":")[0]


def _fetched_edges(parts: Sequence[str], parameters: Mapping[str, Any]) -> Iterator[Edge]:
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    for kind, a, b, weight, first_year, last_year in rows:
        source, target = EDGES[kind].kinds
        yield Edge(
            source=f"{source}:{a}", target=f"{target}:{b}", kind=kind, weight=_number(weight), first_year=first_year, last_year=last_year
        )


def _number(weight: Any) -> float:
    """Return whole numbers as int, so that JSON shows 2 and not 2.0."""
    value = float(weight)
    return int(value) if value.is_integer() else value


def _placed(nodes: Sequence[Node], edges: Sequence[Edge], focus: Ref) -> tuple[Node, ...]:
    degrees = Counter(end for edge in edges for end in (edge.source, edge.target))
    centre = f"{focus[0]}:{focus[1]}"
    by_kind = {
        kind: [node.id for node in nodes if node.kind == kind and node.id != centre]
        for kind in ("work", "topic", "researcher", "institution")
    }
    spots = places(by_kind)
    placed = []
    for node in nodes:
        x, y = spots.get(node.id, (0.0, 0.0))
        placed.append(replace(node, degree=degrees[node.id], x=x, y=y))
    return tuple(placed)


# --- the table --------------------------------------------------------------------------------------

_RELATION_WORDS = {
    # (edge kind, the node is its source): how the node stands to the other one
    ("collaborated", True): "collaborated with",
    ("collaborated", False): "collaborated with",
    ("authored", True): "author of",
    ("authored", False): "work by",
    ("cites", True): "cites",
    ("cites", False): "cited by",
    ("about", True): "works on",
    ("about", False): "topic of",
    ("affiliated", True): "at",
    ("affiliated", False): "institution of",
}


def _row(node: Node, touching: Sequence[Edge], by_id: Mapping[str, Node], focus: str) -> Row:
    """Return the row of the edge with the focus if there is one, else of the strongest edge."""
    best = min(
        touching,
        key=lambda edge: (focus not in (edge.source, edge.target), -edge.weight, edge.kind, edge.source, edge.target),
        default=None,
    )
    if best is None:
        return Row(node=node, relation="", other=None, weight=0, first_year=None, last_year=None)
    is_source = best.source == node.id
    return Row(
        node=node,
        relation=_RELATION_WORDS[best.kind, is_source],
        other=by_id.get(best.target if is_source else best.source),
        weight=best.weight,
        first_year=best.first_year,
        last_year=best.last_year,
    )
