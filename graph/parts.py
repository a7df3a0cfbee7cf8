"""What slices and paths are made of: nodes, edges, and what they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.filters import Ref


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A record in a picture.

    `weight` is its works, or for a work its citations here; `degree` counts its edges in this slice. `topics` are the
    strongest ones (ids of records), `institutions` those of a person, the latest first.
    """

    kind: str
    key: int
    label: str
    weight: int
    year: int | None = None
    level: int | None = None
    trust: int | None = None
    citations: int | None = None
    type: str | None = None
    topics: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
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
    `works` are the newest works of a collaboration, by their ids.
    """

    source: str
    target: str
    kind: str
    weight: float
    first_year: int | None = None
    last_year: int | None = None
    works: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A record that nodes or edges name without its being a node itself."""

    kind: str
    key: int
    label: str
    year: int | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Truncation:
    """Neighbours of one kind that were left out: at least so many when `at_least`. Asking around `foci` brings them."""

    more: int
    at_least: bool
    foci: tuple[Ref, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table that equals the picture: how `node` stands to `other` (the focus where they touch)."""

    node: Node
    relation: str
    other: Node | None
    weight: float
    first_year: int | None
    last_year: int | None


RELATION_WORDS = {
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


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What `slice_around` found. The foci are the first nodes unless they were known already.

    `names` tells records that nodes and edges name and that are no nodes here; `edges_left_out` counts edges among the
    nodes that were too many to tell, by kind.
    """

    focus: Ref
    foci: tuple[Ref, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    truncated: Mapping[str, Truncation]
    names: Mapping[str, Named] = field(default_factory=dict)
    edges_left_out: Mapping[str, int] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        """Return one row per node but the focus, in the order of the nodes, for tables without a script."""
        focus = f"{self.focus[0]}:{self.focus[1]}"
        by_id = {node.id: node for node in self.nodes}
        touching: dict[str, list[Edge]] = {}
        for edge in self.edges:
            touching.setdefault(edge.source, []).append(edge)
            touching.setdefault(edge.target, []).append(edge)
        return [_row(node, touching.get(node.id, []), by_id, focus) for node in self.nodes if node.id != focus]


def _row(node: Node, touching: list[Edge], by_id: Mapping[str, Node], focus: str) -> Row:
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
        relation=RELATION_WORDS[best.kind, is_source],
        other=by_id.get(best.target if is_source else best.source),
        weight=best.weight,
        first_year=best.first_year,
        last_year=best.last_year,
    )
