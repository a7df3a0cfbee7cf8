"""Starting positions for a slice, so that its first picture can be read before any layout has run.

The focus stands at the origin. Each kind owns a sector as wide as its share of the nodes and fills it outwards,
strongest first. Coordinates lie within about -1 to 1, the y axis points up, and the same nodes give the same places.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph.filters import Ref
from graph.parts import Edge, Node

FIRST_RING = 0.34
RING_STEP = 0.16
NARROWEST = 0.10
"""The least share of the circle a kind gets, so that two topics do not touch."""

_ASPECT = 0.82  # pictures are wider than high


_SECTORS = ("work", "topic", "researcher", "institution")


def placed(nodes: Sequence[Node], edges: Sequence[Edge], foci: Sequence[Ref], *, is_whole: bool) -> tuple[Node, ...]:
    """Return the nodes with their places."""
    centre = f"{foci[0][0]}:{foci[0][1]}"
    spots = places({kind: [node.id for node in nodes if node.kind == kind and node.id != centre] for kind in _SECTORS})
    return tuple(replace(node, x=x, y=y) for node in nodes for x, y in (spots.get(node.id, (0.0, 0.0)),))


def places(strongest_first: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, float]]:
    """Return (x, y) for every node id; the keys are kinds in the order of their sectors."""
    kinds = [kind for kind, ids in strongest_first.items() if ids]
    total = sum(len(strongest_first[kind]) for kind in kinds)
    shares = {kind: max(len(strongest_first[kind]) / total, NARROWEST) for kind in kinds}
    whole = sum(shares.values())
    placed: dict[str, tuple[float, float]] = {}
    start = math.pi * 0.5
    for kind in kinds:
        width = math.tau * shares[kind] / whole
        placed.update(_sector(strongest_first[kind], start=start, width=width))
        start += width
    return _fitted(placed)


def _sector(ids: Sequence[str], *, start: float, width: float) -> dict[str, tuple[float, float]]:
    """Fill a sector ring by ring; a ring holds as many nodes as fit RING_STEP apart."""
    placed: dict[str, tuple[float, float]] = {}
    done, ring = 0, 0
    while done < len(ids):
        radius = FIRST_RING + RING_STEP * ring
        row = ids[done : done + max(1, int(width * radius / RING_STEP))]
        for place, node in enumerate(row):
            # Centred in its cell; every other ring is shifted by half a cell, so that labels do not stack.
            angle = start + width * (place + 0.5 + (0.25 if ring % 2 else -0.25) * (len(row) > 1)) / len(row)
            placed[node] = (radius * math.cos(angle), radius * math.sin(angle) * _ASPECT)
        done, ring = done + len(row), ring + 1
    return placed


def _fitted(placed: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    furthest = max((max(abs(x), abs(y)) for x, y in placed.values()), default=1.0)
    scale = 1.0 / max(furthest, 1.0)
    return {node: (round(x * scale, 4), round(y * scale, 4)) for node, (x, y) in placed.items()}
