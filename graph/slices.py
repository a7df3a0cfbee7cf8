"""Slices: a bounded, best-first neighbourhood of one record or several, the same shape for every picture and table.

A slice takes at most MOST_QUERIES queries, whatever its size and whatever the corpus: one for the foci, one for each
layer, one for the nodes, one for the edges, one for what both name. Every step reads at most a fixed number of rows per
node (its pool), so the cost depends on the slice. Beyond the first layer a slice grows through researchers and works
only: a topic or an institution joins almost everything with everything.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from graph.between import edges_between, number
from graph.details import detailed
from graph.filters import KINDS, Filters, Ref
from graph.parts import Edge, Node, Row, Slice, Truncation
from graph.placing import placed
from graph.relations import NODES, RELATIONS, Relation, node_of

__all__ = ["KINDS", "Edge", "Filters", "Node", "Ref", "Row", "Slice", "Truncation", "UnknownFocus", "slice_around"]

MOST_QUERIES = 7
MOST_RADIUS = 3
MOST_KNOWN = 1_000
MOST_FOCI, MOST_HUBS = 50, 8
"""How many records may be the focus at once, and how many topics and institutions among them."""
STATEMENT_TIMEOUT = "2000ms"

FOCUS_POOL, HUB_POOL, DEEP_POOL = 2_000, 600, 100
"""How many rows are looked at per relation before the strongest are taken: of the focus, of a topic or institution as
focus (whose pools come strongest first), and of a node further out. Several foci share the first two."""
DEEP_TAKE = 12
MOST_PARENTS = 24
FOCI_ONE_BY_ONE = 4
"""So many foci are asked for by a statement's part each, which PostgreSQL plans for the record itself; more by one part for all."""

_TURNS = ("work", "researcher", "topic", "institution", "work", "researcher", "work", "researcher", "work", "researcher", "topic")
"""The order in which kinds take their next strongest node: every kind is represented even in a small slice."""


class UnknownFocus(Exception):
    """No such record; `refs` names all that are missing. Repeating does not help."""

    def __init__(self, refs: Sequence[Ref]) -> None:
        super().__init__(f"There is no {refs[0][0]} {refs[0][1]}.")
        self.refs = tuple(refs)


def slice_around(
    focus: Ref,
    *more: Ref,
    radius: int = 1,
    limit: int = 150,
    kinds: Collection[str] = KINDS,
    year_from: int | None = None,
    year_to: int | None = None,
    types: Collection[str] = (),
    min_weight: int = 1,
    topic: int | None = None,
    institution: int | None = None,
    only: Collection[int] = (),
    known: Collection[Ref] = frozenset(),
) -> Slice:
    """Return the strongest neighbourhood of `focus` and of `more` foci with at most `limit` nodes, themselves included.

    `known` records are on screen already: they are left out, but edges to them are told. Years limit works, and
    collaborations and affiliations to those that overlap the span; `types` limits works; `min_weight` leaves out
    collaborations of fewer works; `topic` and `institution` (own keys) keep works and researchers with that topic or at
    that institution; `only` (own keys) keeps these researchers and works of theirs. Foci and known records stay, whatever
    the filters. Raises UnknownFocus, and Django's OperationalError when a statement takes longer than STATEMENT_TIMEOUT.
    """
    filters = Filters(
        kinds=frozenset(kinds),
        year_from=year_from,
        year_to=year_to,
        types=tuple(sorted(set(types))),
        min_weight=min_weight,
        topic=topic,
        institution=institution,
        only=frozenset(only),
        known=frozenset(known),
    )
    limit = max(1, min(limit, settings.SLICE_MAX_NODES))
    asked = _Asked(foci=tuple(dict.fromkeys((focus, *more))), filters=filters)
    with transaction.atomic(savepoint=False):
        centres = nodes_named(asked.foci)
        missing = [ref for ref in asked.foci if ref not in centres]
        found = None if missing else _grown(asked, centres, radius=min(max(radius, 1), MOST_RADIUS), limit=limit)
    if found is None:
        # Said outside the transaction, which is not to blame.
        raise UnknownFocus(missing)
    return found


def _grown(asked: "_Asked", centres: Mapping[Ref, Node], *, radius: int, limit: int) -> Slice:
    """Take layer after layer; all but the last leave half of the room to what they lead to."""
    filters = asked.filters
    shown = [ref for ref in asked.foci if ref not in filters.known]
    chosen = _Chosen(known=filters.known | set(asked.foci))
    parents: Sequence[Ref] = asked.foci
    seen: list[_Candidate] = []
    room = limit - len(shown)
    for layer in range(1, radius + 1):
        candidates = _candidates(parents, asked, is_first=layer == 1)
        seen += candidates
        added = chosen.take(candidates, most=max(room, 0) if layer == radius else max(1, room // 2))
        room -= len(added)
        parents = [ref for ref in added if ref[0] in _GROWING][:MOST_PARENTS]
        if not parents or room <= 0:
            break
    nodes = [*(centres[ref] for ref in shown), *_nodes(chosen.refs)]
    edges, left_out = edges_between(chosen.refs, asked.foci, filters, limit=limit)
    nodes, edges, names = detailed(nodes, edges)
    degrees = Counter(end for edge in edges for end in (edge.source, edge.target))
    return Slice(
        focus=asked.foci[0],
        foci=asked.foci,
        nodes=placed([replace(node, degree=degrees[node.id]) for node in nodes], edges, asked.foci, is_whole=not filters.known),
        edges=tuple(edges),
        truncated=_truncated(seen, chosen, asked.foci),
        names=names,
        edges_left_out=left_out,
    )


# --- what was asked, what was chosen ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Asked:
    foci: tuple[Ref, ...]
    filters: Filters


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
        weight=number(candidate.weight),
        first_year=candidate.first_year,
        last_year=candidate.last_year,
    )


def _truncated(candidates: Sequence[_Candidate], chosen: _Chosen, foci: Sequence[Ref]) -> dict[str, Truncation]:
    """Count by kind what the foci, and the nodes grown from, lead to and what was not taken.

    What was listed whole is counted one by one. Beyond that two lists may share records: only one parent's are added up,
    of several the longest says what is missing at least.
    """
    by_kind: dict[str, dict[Ref, dict[int, list[_Candidate]]]] = {}
    for candidate in candidates:
        relation = RELATIONS[candidate.relation]
        parents = by_kind.setdefault(relation.kind, {})
        parents.setdefault((relation.parent, candidate.parent), {}).setdefault(candidate.relation, []).append(candidate)
    left = {kind: _left_of(kind, by_kind[kind], chosen, foci) for kind in KINDS if kind in by_kind}
    return {kind: truncation for kind, truncation in left.items() if truncation.more or truncation.at_least}


def _left_of(kind: str, parents: Mapping[Ref, Mapping[int, list[_Candidate]]], chosen: _Chosen, foci: Sequence[Ref]) -> Truncation:
    missing = {
        ref: sum(found[0].total - sum((kind, c.key) in chosen.refs for c in found) for found in lists.values())
        for ref, lists in parents.items()
    }
    capped = {ref for ref, lists in parents.items() if any(found[0].capped for found in lists.values())}
    listed = [found for lists in parents.values() for found in lists.values()]
    apart = len({c.key for found in listed for c in found if (kind, c.key) not in chosen.refs})
    if all(found[0].total <= len(found) for found in listed):
        more, at_least = apart, bool(capped)
    elif len(parents) == 1:
        more, at_least = sum(missing.values()), bool(capped)
    else:
        more, at_least = max(apart, *missing.values()), True
    ask = [ref for ref in parents if missing[ref] > 0 or ref in capped]
    return Truncation(
        more=more,
        at_least=at_least,
        foci=(*(ref for ref in foci if ref in ask), *(ref for ref in ask if ref not in foci))[:MOST_FOCI],
    )


# --- what a layer leads to ---------------------------------------------------------------------------

_GROWING = ("researcher", "work")
HUBS = ("topic", "institution")


def _candidates(parents: Sequence[Ref], asked: _Asked, *, is_first: bool) -> list[_Candidate]:
    """Return what the parents lead to, in one query; per parent and relation the strongest of its pool."""
    filters = asked.filters
    known = filters.known_of()
    parameters = filters.parameters(frozenset(asked.foci))
    parts = []
    for place, relation in enumerate(RELATIONS):
        keys = [key for of, key in parents if of == relation.parent]
        if relation.kind not in filters.kinds or not keys:
            continue
        parameters[f"parents_{relation.parent}"] = keys
        parameters |= {f"{relation.parent}_{turn}": key for turn, key in enumerate(keys)}
        if not is_first:
            parts.append(_from_many(place, relation, filters, pool=DEEP_POOL, take=DEEP_TAKE))
            continue
        pool = (HUB_POOL if relation.parent in HUBS else FOCUS_POOL) // len(parents) + known[relation.kind]
        take = settings.SLICE_MAX_NODES // len(parents)
        if relation.parent in HUBS or len(keys) <= FOCI_ONE_BY_ONE:
            parts += [_from_one(place, relation, filters, turn=turn, pool=pool, take=take) for turn in range(len(keys))]
        else:
            parts.append(_from_many(place, relation, filters, pool=max(pool, DEEP_POOL), take=max(take, DEEP_TAKE)))
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        return [_Candidate(*row) for row in cursor.fetchall()]


def _from_one(place: int, relation: Relation, filters: Filters, *, turn: int, pool: int, take: int) -> str:
    parent = f"%({relation.parent}_{turn})s"
    strongest = _strongest(relation, filters, parent=parent, pool=pool, take=take)
    return f"(SELECT {place}, {turn + 1}, {parent}, {_FOUND} FROM ({strongest}) AS x)"


def _from_many(place: int, relation: Relation, filters: Filters, *, pool: int, take: int) -> str:
    strongest = _strongest(relation, filters, parent="p.id", pool=pool, take=take)
    parents = f"unnest(%(parents_{relation.parent})s::bigint[]) WITH ORDINALITY AS p(id, place)"
    return f"(SELECT {place}, p.place, p.id, {_FOUND} FROM {parents} CROSS JOIN LATERAL ({strongest}) AS x)"


_FOUND = "x.id, x.weight::float8, x.first_year, x.last_year, x.total, x.capped, x.rank"


def _strongest(relation: Relation, filters: Filters, *, parent: str, pool: int, take: int) -> str:
    parts = {"parent": parent, "works": filters.works("w"), "span": filters.span("first_year", "last_year")}
    return f"""
        WITH pool AS MATERIALIZED ({relation.pool.format(**parts)} LIMIT {pool}), found AS ({relation.found.format(**parts)})
        SELECT id, weight, first_year, last_year, count(*) OVER () AS total,
               (SELECT count(*) >= {pool} FROM pool) AS capped, row_number() OVER (ORDER BY {relation.order}) AS rank
          FROM found WHERE {filters.candidates(relation.kind, relation.edge)}
         ORDER BY rank LIMIT {take}
    """


# --- nodes ------------------------------------------------------------------------------------------


def nodes_named(foci: Sequence[Ref]) -> dict[Ref, Node]:
    """Return these records as nodes without places; those that are not here are left out."""
    keys = {kind: [key for of, key in foci if of == kind] for kind in KINDS}
    asked = " UNION ALL ".join(f"{NODES[kind]} WHERE id = ANY(%({kind})s)" for kind in KINDS if keys[kind])
    with connection.cursor() as cursor:
        # In a transaction the timeout holds for its later statements, and costs no query of its own.
        cursor.execute(
            f"SELECT f.* FROM (SELECT set_config('statement_timeout', %(timeout)s, true)) s CROSS JOIN LATERAL ({asked}) f",
            {**keys, "timeout": STATEMENT_TIMEOUT},
        )
        return {(row[0], row[1]): node_of(row) for row in cursor.fetchall()}


def _nodes(refs: Mapping[Ref, Edge]) -> list[Node]:
    """Return the nodes in the order they were chosen."""
    wanted = {kind: [key for of, key in refs if of == kind] for kind in KINDS}
    parts = [f"{NODES[kind]} WHERE id = ANY(%({kind})s)" for kind in KINDS if wanted[kind]]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), wanted)
        found = {(row[0], row[1]): node_of(row) for row in cursor.fetchall()}
    return [found[ref] for ref in refs if ref in found]
