"""How long it takes to say how two people are connected, and whether it is right, over the largest real graph of the shared data.

    python -m bench paths          with services of its own
    python bench/paths.py          over whatever the database of DATABASE_URL holds

An empty database is filled as for bench/slices.py. Prints median and 95th percentile of `GET /api/v1/graph/path/` for random
pairs that are connected, for any pairs, for works by their references, and of the suggestions for random researchers; the
number of statements; the ratio to `GET /api/v1/`, which answers without a query; the most memory one search took in Python.
A sample of the answers is compared with networkx: the length, and every way of the shortest length in order of strength.
Times are of the whole request inside one process.
"""

import argparse
import os
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import networkx as nx  # after Django is set up
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.slices import filled, milliseconds  # it sets Django up
from graph.models import Collaboration
from graph.paths import MOST_DEPTH, connection_between
from graph.suggestions import suggested_for
from works.models import Reference

MOST_MEDIAN, MOST_P95 = 40.0, 250.0
MOST_MEGABYTES = 20.0
LONGEST_LISTED = 7
"""networkx lists every shortest way only up to this length: beyond it there may be hundreds of thousands."""


def collaborations() -> "nx.Graph[int]":
    graph: nx.Graph[int] = nx.Graph()
    for one, other, weight in Collaboration.objects.order_by("pk").values_list("researcher_id", "collaborator_id", "weight").iterator():
        graph.add_edge(one, other, value=int(1_000_000 / weight))
    return graph


def references() -> "nx.Graph[int]":
    return nx.Graph(list(Reference.objects.filter(cited__isnull=False).order_by("pk").values_list("citing_id", "cited_id")))


def largest_part(graph: "nx.Graph[int]") -> list[int]:
    return sorted(max(nx.connected_components(graph), key=len))


def pairs_of(keys: list[int], number: int) -> list[tuple[int, int]]:
    return [(one, other) for one, other in (random.sample(keys, 2) for _ in range(number))]


def timed(label: str, act: Callable[[tuple[int, int]], float], pairs: Iterable[tuple[int, int]], trivial: float) -> tuple[float, float]:
    times = sorted(act(pair) for pair in pairs)
    median, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"{label:44} {median:9.1f} {p95:8.1f} {times[-1]:8.1f} {median / trivial:7.1f}")
    return median, p95


def wrong(graph: "nx.Graph[int]", start: int, end: int) -> str:
    """Return what differs from networkx, "" if nothing does."""
    found = connection_between("researcher", start, end, depth=MOST_DEPTH)
    try:
        length = nx.shortest_path_length(graph, start, end)
    except nx.NetworkXNoPath:
        return "" if found.reason == "apart" else f"{start}-{end}: no path, told {found.reason or 'a path'}"
    if length > MOST_DEPTH:
        return "" if found.reason == "none_within" else f"{start}-{end}: {length} steps, told {found.reason or 'a path'}"
    if not found.ways or len(found.ways[0].steps) != length:
        return f"{start}-{end}: {length} steps, told {len(found.ways[0].steps) if found.ways else found.reason}"
    if length <= LONGEST_LISTED:
        told = [tuple(node.key for node in way.nodes) for way in found.ways]
        every = sorted(
            (sum(graph[a][b]["value"] for a, b in pairwise(way)), tuple(way)) for way in nx.all_shortest_paths(graph, start, end)
        )
        if told[: len(every)] != [way for _, way in every[: len(told)]]:
            return f"{start}-{end}: other ways"
    return ""


def megabytes(pair: tuple[int, int]) -> float:
    tracemalloc.start()
    connection_between("researcher", *pair, depth=MOST_DEPTH)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    number = parser.parse_args().pairs
    if not filled():
        return
    random.seed(11)
    client = Client(SERVER_NAME="localhost")
    graph, cited = collaborations(), references()
    people, part, papers = sorted(graph), largest_part(graph), largest_part(cited)
    print(
        f"{len(people):,} researchers with {graph.number_of_edges():,} collaborations, {len(part):,} of them in one part; "
        f"{cited.number_of_edges():,} references, {len(papers):,} works in one part"
    )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; the times below are true only where nothing else runs")

    def path(kind: str, **more: int) -> Callable[[tuple[int, int]], float]:
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return lambda pair: milliseconds(client, f"/api/v1/graph/path/?from={kind}:{pair[0]}&to={kind}:{pair[1]}{query}")[0]

    trivial = statistics.median(milliseconds(client, "/api/v1/")[0] for _ in range(50))
    for pair in pairs_of(part, 10):
        path("researcher")(pair)
    print(f"{'':44} {'median ms':>9} {'p95':>8} {'most':>8} {'ratio':>7}   (a trivial API request: {trivial:.1f} ms)")
    connected = pairs_of(part, number)
    median, p95 = timed("researchers, connected", path("researcher", depth=MOST_DEPTH), connected, trivial)
    timed("  the same with 5 alternatives", path("researcher", depth=MOST_DEPTH, alternatives=5), connected, trivial)
    timed("  the same over works of at most 5 authors", path("researcher", depth=MOST_DEPTH, max_authors=5), connected, trivial)
    timed("researchers, any two, within 6 steps", path("researcher"), pairs_of(people, number), trivial)
    timed("works by references, connected", path("work", alternatives=5), pairs_of(papers, number), trivial)

    def suggested(pair: tuple[int, int]) -> float:
        started = time.perf_counter()
        suggested_for(pair[0])
        return (time.perf_counter() - started) * 1000

    timed("suggested collaborators (no request)", suggested, connected, trivial)

    with CaptureQueriesContext(connection) as queries:
        path("researcher", depth=MOST_DEPTH, alternatives=5)(connected[0])
    print(f"{len(queries)} statements for the first pair")
    memory = max(megabytes(pair) for pair in connected[:40])
    print(f"at most {memory:.1f} MB of Python memory for one search")
    errors = [text for pair in connected[: number // 2] + pairs_of(people, number // 2) if (text := wrong(graph, *pair))]
    print("\n".join(errors) or f"{number} answers equal networkx's")
    failed = bool(errors) or median > MOST_MEDIAN or p95 > MOST_P95 or memory > MOST_MEGABYTES
    print("FAILED" if failed else "OK", f"(median at most {MOST_MEDIAN:.0f} ms, p95 {MOST_P95:.0f} ms, {MOST_MEGABYTES:.0f} MB)")
    sys.exit(failed)


if __name__ == "__main__":
    main()
