"""Starting positions: the same each time, what belongs together stands together, kept by content, there without a cache."""

import random
from itertools import combinations
from math import dist

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisAway

from graph import placing
from graph.parts import Edge, Node
from graph.placing import placed

FOCUS = [("researcher", 0)]


def two_circles() -> tuple[list[Node], list[Edge]]:
    """A focus joined to all, and two groups of works densely joined within."""
    nodes = [
        Node(kind="researcher", key=0, label="x", weight=1),
        *(Node(kind="work", key=key, label="x", weight=1) for key in range(1, 41)),
    ]
    drawn = random.Random(5)
    edges = [Edge(source="researcher:0", target=node.id, kind="authored", weight=1) for node in nodes[1:]]
    for group in (nodes[1:21], nodes[21:]):
        edges += [Edge(source=a.id, target=b.id, kind="cites", weight=1) for a, b in combinations(group, 2) if drawn.random() < 0.3]
    return nodes, edges


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.fixture(autouse=True)
def empty():
    cache.clear()


def test_what_belongs_together_stands_together_around_the_focus():
    nodes, edges = two_circles()
    spots = {node.key: (node.x, node.y) for node in placed(nodes, edges, FOCUS, is_whole=True)}
    assert spots[0] == (0.0, 0.0)
    one, other = range(1, 21), range(21, 41)
    within = mean([dist(spots[a], spots[b]) for group in (one, other) for a, b in combinations(group, 2)])
    across = mean([dist(spots[a], spots[b]) for a in one for b in other])
    assert within < 0.7 * across
    assert min(dist(spots[a], spots[b]) for a, b in combinations(spots, 2)) > 0.01
    assert all(-1 <= x <= 1 and -1 <= y <= 1 for x, y in spots.values())


def test_the_same_picture_has_the_same_places_and_they_are_worked_out_once(monkeypatch):
    nodes, edges = two_circles()
    first = placed(nodes, edges, FOCUS, is_whole=True)
    cache.clear()
    assert placed(nodes, edges, FOCUS, is_whole=True) == first
    monkeypatch.setattr(placing, "arranged", None)  # not called again
    assert placed(nodes, edges, FOCUS, is_whole=True) == first


def test_a_part_of_a_picture_is_placed_without_forces(monkeypatch):
    nodes, edges = two_circles()
    monkeypatch.setattr(placing, "arranged", None)
    assert len({(node.x, node.y) for node in placed(nodes[1:], edges, FOCUS, is_whole=False)}) == 40


def test_several_foci_stand_apart():
    nodes, edges = two_circles()
    foci = [("researcher", 0), ("work", 1)]
    spots = {node.id: (node.x, node.y) for node in placed(nodes, edges, foci, is_whole=True)}
    assert dist(spots["researcher:0"], spots["work:1"]) > 0.01


def test_places_are_told_when_the_cache_is_away(monkeypatch):
    nodes, edges = two_circles()
    first = placed(nodes, edges, FOCUS, is_whole=True)

    def away(*args: object) -> None:
        raise RedisAway

    for name in ("get", "set"):
        monkeypatch.setattr(cache, name, away)
    assert placed(nodes, edges, FOCUS, is_whole=True) == first
