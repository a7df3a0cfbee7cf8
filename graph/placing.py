"""Starting positions for a slice, so that its first picture can be read before any layout has run.

The nodes begin in sectors by kind, strongest nearest to the focus, and then forces act on them for a fixed number of
steps (Fruchterman and Reingold, Softw. Pract. Exper. 21, 1129, 1991): edges pull, nodes push, so that what belongs
together stands together. A focus that is alone stays at the origin. Coordinates lie within -1 to 1, the y axis points
up, and the same nodes and edges give the same places, which are cached under a digest of both.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from django.core.cache import cache
from redis import RedisError

from graph.filters import Ref
from graph.parts import Edge, Node

FIRST_RING = 0.34
RING_STEP = 0.16
NARROWEST = 0.10
"""The least share of the circle a kind gets, so that two topics do not touch."""
STEPS = 40
_FARTHEST, _NEAREST = 0.12, 0.004
"""How far a node may move in the first step, and in the last."""
_GRAVITY = 0.6
"""A weak pull to the middle: what has no edge would drift away."""
KEPT_FOR = 7 * 24 * 3600
VERSION = 1
"""Belongs to the cache's keys: raise it with every change of the places."""

_ASPECT = 0.82  # pictures are wider than high
_SECTORS = ("work", "topic", "researcher", "institution")
_HUB = 0.25
"""A pull towards the focus counts so much of another: everything is joined to it, which would make one clump."""


def placed(nodes: Sequence[Node], edges: Sequence[Edge], foci: Sequence[Ref], *, is_whole: bool) -> tuple[Node, ...]:
    """Return the nodes with their places. A part of a picture (`is_whole` false) is placed by kind alone, around its focus."""
    centres = [f"{kind}:{key}" for kind, key in foci]
    if not is_whole or len(nodes) < 3:
        return _with_places(nodes, _by_sector(nodes, centres))
    key = f"places:{VERSION}:{_digest(nodes, edges, centres)}"
    spots = _cached(key)
    if spots is None:
        spots = arranged(_by_sector(nodes, centres), edges, centres)
        _keep(key, spots)
    return _with_places(nodes, spots)


def _with_places(nodes: Sequence[Node], spots: Mapping[str, tuple[float, float]]) -> tuple[Node, ...]:
    return tuple(replace(node, x=x, y=y) for node in nodes for x, y in (spots.get(node.id, (0.0, 0.0)),))


def _digest(nodes: Sequence[Node], edges: Sequence[Edge], centres: Sequence[str]) -> str:
    text = "|".join((",".join(centres), ",".join(node.id for node in nodes), ",".join(f"{edge.source}-{edge.target}" for edge in edges)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _cached(key: str) -> dict[str, tuple[float, float]] | None:
    try:
        found: dict[str, tuple[float, float]] | None = cache.get(key)
    except RedisError:  # a cache that is away costs time, not the picture
        return None
    return found


def _keep(key: str, spots: dict[str, tuple[float, float]]) -> None:
    try:
        cache.set(key, spots, KEPT_FOR)
    except RedisError:
        return


# --- forces -----------------------------------------------------------------------------------------


def arranged(start: Mapping[str, tuple[float, float]], edges: Sequence[Edge], centres: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the places after STEPS steps from `start`; costs the square of the number of nodes."""
    ids = list(start)
    place = {name: number for number, name in enumerate(ids)}
    spots = np.array([start[name] for name in ids], dtype=np.float64)
    pairs = [(place[edge.source], place[edge.target]) for edge in edges if edge.source in place and edge.target in place]
    fixed = place.get(centres[0]) if len(centres) == 1 else None
    hubs = {place[name] for name in centres if name in place}
    sources, targets = (np.array(ends, dtype=np.intp) for ends in zip(*pairs, strict=True)) if pairs else (np.zeros(0, np.intp),) * 2
    pulls = np.array([_HUB if source in hubs or target in hubs else 1.0 for source, target in pairs])
    distance = 1.6 / math.sqrt(len(ids))
    for step in range(STEPS):
        weights = distance**2 / _squared_distances(spots)
        # The sum over j of w_ij (s_i - s_j), without an array of all differences.
        force = spots * weights.sum(axis=1)[:, None] - weights @ spots
        along = spots[targets] - spots[sources]
        pull = along * (np.hypot(along[:, 0], along[:, 1]) / distance * pulls)[:, None]
        for axis in (0, 1):
            force[:, axis] += np.bincount(sources, pull[:, axis], len(ids)) - np.bincount(targets, pull[:, axis], len(ids))
        force -= spots * _GRAVITY
        length = np.hypot(force[:, 0], force[:, 1]) + 1e-9
        moved = force * (np.minimum(length, _FARTHEST * (1 - step / STEPS) + _NEAREST) / length)[:, None]
        if fixed is not None:
            moved[fixed] = 0.0
        spots += moved
    if fixed is None:
        spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    return _fitted({name: (float(x), float(y)) for name, (x, y) in zip(ids, spots, strict=True)})


def _squared_distances(spots: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return them with a little added, so that none is zero."""
    across, up = (np.subtract.outer(spots[:, axis], spots[:, axis]) for axis in (0, 1))
    across *= across
    up *= up
    across += up
    across += 1e-6
    return across


# --- sectors ----------------------------------------------------------------------------------------


def _by_sector(nodes: Sequence[Node], centres: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the foci in the middle and the others in the sectors of their kinds."""
    around = {kind: [node.id for node in nodes if node.kind == kind and node.id not in centres] for kind in _SECTORS}
    shown = [name for name in centres if any(node.id == name for node in nodes)]
    turn = math.tau / max(len(shown), 1)
    ring = 0.0 if len(shown) < 2 else 0.6 * FIRST_RING
    middle = {
        name: (round(ring * math.cos(number * turn), 4), round(ring * math.sin(number * turn), 4)) for number, name in enumerate(shown)
    }
    return {**middle, **places(around)}


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
