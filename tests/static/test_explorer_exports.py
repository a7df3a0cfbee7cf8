"""What the explorer exports, read by the programs it is for: tests/static/explorer/exports pins the files from the pinned slice."""

import json
from pathlib import Path

import igraph
import networkx
import pytest

SHAPES = Path(__file__).parents[1] / "shapes"


@pytest.fixture(scope="module")
def slice_answer():
    return json.loads((SHAPES / "slice.json").read_text())


def told(graph) -> tuple[dict[str, str], set[tuple[str, str, str]]]:
    nodes = {node: data["label"] for node, data in graph.nodes(data=True)}
    return nodes, {(source, target, data["kind"]) for source, target, data in graph.edges(data=True)}


def expected(answer) -> tuple[dict[str, str], set[tuple[str, str, str]]]:
    nodes = {node["id"]: node["label"] for node in answer["nodes"]}
    return nodes, {(edge["source"], edge["target"], edge["kind"]) for edge in answer["edges"]}


def test_networkx_reads_graphml_with_every_node_and_edge(slice_answer):
    graph = networkx.read_graphml(SHAPES / "picture.graphml", force_multigraph=True)
    assert told(graph) == expected(slice_answer)
    assert graph.nodes["work:7"]["year"] == 2022
    assert [data["directed"] for *_, data in graph.edges(data=True) if data["kind"] == "collaborated"] == [False]


def test_networkx_reads_gexf_with_every_node_and_edge(slice_answer):
    assert told(networkx.read_gexf(SHAPES / "picture.gexf")) == expected(slice_answer)


def test_networkx_reads_node_link_json_with_every_node_and_edge(slice_answer):
    data = json.loads((SHAPES / "picture.node-link.json").read_text())
    assert told(networkx.node_link_graph(data, edges="links")) == expected(slice_answer)


def test_igraph_reads_graphml_with_every_node_and_edge(slice_answer):
    graph = igraph.Graph.Read_GraphML(str(SHAPES / "picture.graphml"))
    nodes, edges = expected(slice_answer)
    assert {vertex["id"]: vertex["label"] for vertex in graph.vs} == nodes
    assert {(graph.vs[edge.source]["id"], graph.vs[edge.target]["id"], edge["kind"]) for edge in graph.es} == edges
