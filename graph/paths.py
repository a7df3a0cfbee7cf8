"""How two records are connected: researchers by works written together, works by their references.

A breadth-first search from both ends at once. Each level is one statement that reads the edges of a whole frontier
through an index, and the end with the smaller frontier goes first, so that a small neighbourhood is used up before a
large one is opened. The answer is exact: the two searches have seen every record within their distance, so where they
first touch lies on every shortest way and on no longer one.

Ways are told shortest first, then those one step longer. Among ways of one length the strongest comes first: the least
sum of 1/weight over its steps (Newman, Phys. Rev. E 64, 016132, 2001), then the keys. A way that is one step longer than
the shortest cannot meet a record twice: cutting the loop out would leave a way shorter than the shortest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from graph.parts import Node
from graph.relations import NODES, node_of

KINDS = ("researcher", "work")
"""What a path can join: two of the same kind."""

DEPTH, MOST_DEPTH = 6, 12
MOST_WAYS = 5
MOST_AVOIDED = 50
TITLES = 3
"""Works named for each step; their number is told beside."""

MOST_EDGES = 200_000
"""Edges read for one answer, which bounds time (0.7 s) and memory (35 MB)."""
STATEMENT_TIMEOUT = "2000ms"

Reason = Literal["", "apart", "none_within", "gave_up"]
"""Why there is no path: "apart" when all that can be reached from one end was seen, "none_within" the depth asked for,
"gave_up" when a bound was met before either was certain."""


class UnknownEnd(Exception):
    """One of the two records is not here. Repeating does not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedWork:
    """A work on which a step rests."""

    key: int
    title: str
    year: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """From one record of a path to the next one.

    `relation` is "collaborated", "cites" (the first cites the second) or "cited_by". `works` are the newest shared works,
    `total` counts all of them; both are empty for works, where the step itself is the reference.
    """

    source: int
    target: int
    relation: str
    works: tuple[SharedWork, ...] = ()
    total: int = 0
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way from the start to the end: a node more than steps."""

    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What `connection_between` found. `ways` is empty where `reason` says why; `seen` counts the records looked at."""

    kind: str
    ends: tuple[Node, Node]
    depth: int
    ways: tuple[Way, ...]
    reason: Reason
    seen: int


def connection_between(
    kind: str,
    start: int,
    end: int,
    *,
    alternatives: int = MOST_WAYS,
    avoid: Collection[int] = (),
    max_authors: int | None = None,
    depth: int = DEPTH,
    directed: bool = False,
) -> Connection:
    """Return the shortest ways between two researchers or two works, at most `alternatives` of them.

    `avoid` are records no way may pass. `max_authors` (researchers) counts only works with at most so many bylines.
    `directed` (works) follows references one way only, from the start back in time. Raises UnknownEnd.
    """
    found = _nodes(kind, {start, end})
    if missing := {start, end} - found.keys():
        raise UnknownEnd(f"There is no {kind} {min(missing)} here.")
    ends = (found[start], found[end])
    if start == end:
        way = Way(nodes=(found[start],), steps=())
        return Connection(kind=kind, ends=ends, depth=depth, ways=(way,), reason="", seen=1)
    edges = _edges_of(kind, max_authors=max_authors, directed=directed)
    search = _Search(edges, start=start, end=end, avoid=frozenset(avoid) - {start, end})
    reason = search.run(depth=depth)
    keys = search.ways(alternatives, longer=search.length < depth) if not reason else []
    ways = _told(kind, keys, known=found, max_authors=max_authors)
    return Connection(kind=kind, ends=ends, depth=depth, ways=ways, reason=reason, seen=search.seen)


# --- edges --------------------------------------------------------------------------------------------


class _Edges(NamedTuple):
    """SQL for the edges of a frontier: rows of (source, target, resistance) onwards from the start and back from the end.

    %(only)s keeps those to given targets unless it is null. Resistance is 1/weight in millionths: whole numbers, whose
    sum does not depend on the order of adding.
    """

    onwards: str
    back: str
    most_authors: int = 0


_COLLABORATIONS = """
    SELECT researcher_id, collaborator_id, trunc(1000000 / weight)::bigint FROM graph_collaboration
     WHERE researcher_id = ANY(%(frontier)s) AND collaborator_id <> ALL(%(avoid)s::bigint[])
       AND (%(only)s::bigint[] IS NULL OR collaborator_id = ANY(%(only)s))
"""
_COLLABORATIONS_ON_SMALLER_WORKS = """
    SELECT mine.researcher_id, others.researcher_id, trunc(1000000 / sum(round(1::numeric / (n - 1), 6)))::bigint
      FROM (SELECT DISTINCT researcher_id, work_id FROM works_authorship WHERE researcher_id = ANY(%(frontier)s)) AS mine
      CROSS JOIN LATERAL (
           SELECT count(*) AS n FROM (SELECT FROM works_authorship WHERE work_id = mine.work_id LIMIT %(most_authors)s + 1) AS bylines
      ) AS size
      CROSS JOIN LATERAL (
           SELECT DISTINCT researcher_id FROM works_authorship
            WHERE work_id = mine.work_id AND n BETWEEN 2 AND %(most_authors)s AND researcher_id <> mine.researcher_id
      ) AS others
     WHERE others.researcher_id <> ALL(%(avoid)s::bigint[])
       AND (%(only)s::bigint[] IS NULL OR others.researcher_id = ANY(%(only)s))
     GROUP BY mine.researcher_id, others.researcher_id
"""
"""The stored edges do not say how many authors each of their works has, so these are made from the bylines."""

_CITES = """
    SELECT DISTINCT citing_id, cited_id, 1::bigint FROM works_reference
     WHERE citing_id = ANY(%(frontier)s) AND cited_id IS NOT NULL AND cited_id <> ALL(%(avoid)s::bigint[])
       AND (%(only)s::bigint[] IS NULL OR cited_id = ANY(%(only)s))
"""
_CITED_BY = """
    SELECT DISTINCT cited_id, citing_id, 1::bigint FROM works_reference
     WHERE cited_id = ANY(%(frontier)s) AND citing_id <> ALL(%(avoid)s::bigint[])
       AND (%(only)s::bigint[] IS NULL OR citing_id = ANY(%(only)s))
"""


def _edges_of(kind: str, *, max_authors: int | None, directed: bool) -> _Edges:
    if kind == "researcher":
        if max_authors is not None and max_authors < settings.COLLABORATION_MAX_AUTHORS:
            return _Edges(_COLLABORATIONS_ON_SMALLER_WORKS, _COLLABORATIONS_ON_SMALLER_WORKS, max_authors)
        return _Edges(_COLLABORATIONS, _COLLABORATIONS)
    if directed:
        return _Edges(_CITES, _CITED_BY)
    either = f"{_CITES} UNION {_CITED_BY}"
    return _Edges(either, either)


# --- the search ---------------------------------------------------------------------------------------

_Row = tuple[int, int, int]
_Ranked = tuple[int, tuple[int, ...]]
"""The resistance of a way and its keys: in this order ways are ranked."""


class _GaveUp(Exception):
    """A bound was met: nothing is known beyond what was read."""


@dataclass
class _Side:
    """What one end has seen: `layers[i]` are the records at distance i, `rows[i]` the edges read from them."""

    statement: str
    start: int
    layers: list[set[int]] = field(default_factory=list)
    rows: list[list[_Row]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.layers.append({self.start})
        self.seen.add(self.start)

    @property
    def frontier(self) -> set[int]:
        return self.layers[-1]

    @property
    def distance(self) -> int:
        return len(self.layers) - 1

    def layer(self, distance: int) -> set[int]:
        return self.layers[distance] if 0 <= distance < len(self.layers) else set()

    def rows_from(self, distance: int) -> list[_Row]:
        return self.rows[distance] if 0 <= distance < len(self.rows) else []

    def grow(self, rows: list[_Row]) -> None:
        """Take the edges of the frontier; what they lead to for the first time is the next frontier."""
        self.rows.append(rows)
        self.layers.append({target for _, target, _ in rows} - self.seen)
        self.seen |= self.frontier


class _Search:
    """The two sides and what they read. `length` is the length of the shortest way once they met."""

    def __init__(self, edges: _Edges, *, start: int, end: int, avoid: frozenset[int]) -> None:
        self._edges = edges
        self._near, self._far = _Side(edges.onwards, start), _Side(edges.back, end)
        self._avoid = sorted(avoid)
        self._room = MOST_EDGES

    @property
    def length(self) -> int:
        return self._near.distance + self._far.distance

    @property
    def seen(self) -> int:
        return len(self._near.seen | self._far.seen)

    def run(self, *, depth: int) -> Reason:
        """Search until the sides meet ("") or it is known why they do not."""
        try:
            with _bounded():
                while self.length < depth:
                    side, other = sorted((self._near, self._far), key=lambda one: len(one.frontier))
                    side.grow(self._read(side))
                    if not side.frontier:
                        return "apart"
                    if not side.frontier.isdisjoint(other.frontier):
                        return ""
        except _GaveUp:
            return "gave_up"
        return "none_within"

    def ways(self, most: int, *, longer: bool) -> list[tuple[int, ...]]:
        """Return the keys of the best ways: the shortest and, with `longer`, those one step longer where there is room."""
        found = self._best(self._shortest(), most)
        if longer and len(found) < most:
            try:
                with _bounded():
                    between = self._between()
            except _GaveUp:
                return found
            found += self._best(self._one_longer(between), most - len(found))
        return found

    def _read(self, side: _Side, only: set[int] | None = None) -> list[_Row]:
        parameters = {
            "frontier": list(side.frontier),
            "avoid": self._avoid,
            "only": None if only is None else list(only),
            "most_authors": self._edges.most_authors,
            "room": self._room,
        }
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({side.statement}) AS edges LIMIT %(room)s + 1", parameters)
            rows: list[_Row] = cursor.fetchall()
        if len(rows) > self._room:
            raise _GaveUp
        self._room -= len(rows)
        return rows

    # Ways are put together from levels: edges from place i to place i + 1, for each i. The near side has the places
    # up to its distance, the far side the others.

    def _shortest(self) -> list[list[_Row]]:
        """Return the levels of all shortest ways: out of the records where the sides met, back to both ends."""
        met = self._near.frontier & self._far.frontier
        return self._near_levels(met, slack=0) + self._far_levels(met, slack=0)

    def _one_longer(self, between: list[_Row]) -> list[list[_Row]]:
        """Return the levels of all ways one step longer; their middle step leads from what one side saw to what the other did."""
        near, far = self._near, self._far
        last, first = near.frontier | near.layer(near.distance - 1), far.frontier | far.layer(far.distance - 1)
        middle = [row for row in near.rows_from(near.distance - 1) if row[1] in first]
        middle += [(target, source, value) for source, target, value in far.rows_from(far.distance - 1) if target in last]
        middle += between
        return [
            *self._near_levels({row[0] for row in middle}, slack=1),
            middle,
            *self._far_levels({row[1] for row in middle}, slack=1),
        ]

    def _between(self) -> list[_Row]:
        """Read the edges between both frontiers, from the smaller one."""
        if len(self._near.frontier) <= len(self._far.frontier):
            return self._read(self._near, only=self._far.frontier)
        return [(target, source, value) for source, target, value in self._read(self._far, only=self._near.frontier)]

    def _near_levels(self, reached: set[int], *, slack: int) -> list[list[_Row]]:
        levels = [[row for row in rows if row[1] in wanted] for rows, wanted in _walk_back(self._near, reached, slack)]
        return levels[::-1]

    def _far_levels(self, reached: set[int], *, slack: int) -> list[list[_Row]]:
        return [
            [(target, source, value) for source, target, value in rows if target in wanted]
            for rows, wanted in _walk_back(self._far, reached, slack)
        ]

    def _best(self, levels: list[list[_Row]], most: int) -> list[tuple[int, ...]]:
        """Return the ways through the levels from start to end, the least resistance first."""
        best: dict[int, list[_Ranked]] = {self._near.start: [(0, (self._near.start,))]}
        for level in levels:
            reached: dict[int, list[_Ranked]] = {}
            for source, target, value in level:
                if source in best:
                    reached.setdefault(target, []).extend((cost + value, (*keys, target)) for cost, keys in best[source])
            best = {key: nsmallest(most, ranked) for key, ranked in reached.items()}
        return [keys for _, keys in best.get(self._far.start, [])]


def _walk_back(side: _Side, reached: set[int], slack: int) -> Iterator[tuple[list[_Row], set[int]]]:
    """Yield for each place back to the side's start the edges read there and what of their targets leads on.

    With `slack` 1 a record may be one step nearer to the start than its place says.
    """
    for distance in range(side.distance - 1, -1, -1):
        rows = side.rows_from(distance) + (side.rows_from(distance - 1) if slack else [])
        yield rows, reached
        reached = {source for source, target, _ in rows if target in reached}


@contextmanager
def _bounded() -> Iterator[None]:
    """Hold each statement to its timeout; one that is cut off means giving up."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [STATEMENT_TIMEOUT])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise _GaveUp from error
        raise


# --- what is told of a way ----------------------------------------------------------------------------

_SHARED_WORKS = """
    SELECT pair.a, pair.b, found.*
      FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS pair(a, b)
      CROSS JOIN LATERAL (
           SELECT w.id, w.title, w.publication_year, count(*) OVER () AS total,
                  min(w.publication_year) OVER () AS first_year, max(w.publication_year) OVER () AS last_year
             FROM (SELECT work_id FROM works_authorship WHERE researcher_id = pair.a
                   INTERSECT
                   SELECT work_id FROM works_authorship WHERE researcher_id = pair.b) AS shared
             JOIN works_work w ON w.id = shared.work_id
            WHERE (SELECT count(*) FROM (SELECT FROM works_authorship WHERE work_id = w.id LIMIT %(most)s + 1) AS bylines) <= %(most)s
            ORDER BY w.publication_date DESC NULLS LAST, w.id DESC LIMIT %(titles)s
      ) AS found
"""
_DIRECTIONS = """
    SELECT pair.a, pair.b FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS pair(a, b)
     WHERE EXISTS (SELECT FROM works_reference WHERE citing_id = pair.a AND cited_id = pair.b)
"""


def _told(kind: str, ways: Sequence[tuple[int, ...]], *, known: Mapping[int, Node], max_authors: int | None) -> tuple[Way, ...]:
    pairs = sorted({pair for keys in ways for pair in pairwise(keys)})
    nodes = {**known, **_nodes(kind, {key for keys in ways for key in keys} - known.keys())}
    steps = _collaborations(pairs, max_authors) if kind == "researcher" else _references(pairs)
    return tuple(
        Way(nodes=tuple(nodes[key] for key in keys), steps=tuple(steps[pair] for pair in pairwise(keys)))
        for keys in ways
        if nodes.keys() >= set(keys)  # a record may go while we look
    )


def _collaborations(pairs: Sequence[tuple[int, int]], max_authors: int | None) -> dict[tuple[int, int], Step]:
    most = min(max_authors or settings.COLLABORATION_MAX_AUTHORS, settings.COLLABORATION_MAX_AUTHORS)
    steps = {pair: Step(source=pair[0], target=pair[1], relation="collaborated") for pair in pairs}
    for a, b, key, title, year, total, first_year, last_year in _fetched(_SHARED_WORKS, pairs, most=most, titles=TITLES):
        steps[a, b] = Step(
            source=a,
            target=b,
            relation="collaborated",
            works=(*steps[a, b].works, SharedWork(key=key, title=title or "Untitled", year=year)),
            total=total,
            first_year=first_year,
            last_year=last_year,
        )
    return steps


def _references(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Step]:
    citing = set(_fetched(_DIRECTIONS, pairs))
    return {pair: Step(source=pair[0], target=pair[1], relation="cites" if pair in citing else "cited_by") for pair in pairs}


def _fetched(statement: str, pairs: Sequence[tuple[int, int]], **parameters: Any) -> list[tuple[Any, ...]]:
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, {"a": [a for a, _ in pairs], "b": [b for _, b in pairs], **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _nodes(kind: str, keys: Iterable[int]) -> dict[int, Node]:
    wanted = sorted(keys)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"{NODES[kind]} WHERE id = ANY(%s)", [wanted])
        rows = cursor.fetchall()
    return {row[1]: node_of(row) for row in rows}
