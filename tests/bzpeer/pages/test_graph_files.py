"""The picture as files: read back by networkx and igraph with the same counts; no cell is a formula, no character breaks XML."""

import csv
import io
import json

import igraph
import networkx as nx
import pytest

from bzpeer import pipeline
from bzpeer.pages.graph_files import FORMATS
from graph.slices import slice_around
from researchers.models import Affiliation
from tests.factories.records import InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

HOSTILE = '=HYPERLINK("http://evil") \x0b & <b> \' é $x<y$'


@pytest.fixture
def ada():
    """Ada with two co-authors, works citing each other both ways, a topic and an institution; one title is hostile."""
    ada, ben, cy = (ResearcherFactory(display_name=name) for name in ("Ada Example", "@Ben", "Cy"))
    one = WorkFactory(authors=[ada, ben, cy], topics=[TopicFactory()], title=HOSTILE, publication_year=2020)
    two = WorkFactory(authors=[ada, ben], publication_year=None)
    for citing, cited in ((one, two), (two, one)):
        ReferenceFactory(citing=citing, cited=cited, raw_key=f"openalex:{cited.openalex_id}")
    Affiliation.objects.create(researcher=ada, institution=InstitutionFactory(), evidence="author_record", years=[2019, 2020])
    pipeline.rebuild_everything()
    return ada


@pytest.fixture
def expected(ada):
    found = slice_around(("researcher", ada.pk), limit=180)
    assert len({(edge.source, edge.target) for edge in found.edges}) == len(found.edges)
    return {node.id: node for node in found.nodes}, {(edge.source, edge.target): edge for edge in found.edges}


def exported(client, ada, format, rest=""):
    answer = client.get(f"/explore/export.{format}?focus=researcher:{ada.pk}{rest}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="ada-example.{format}"'
    return answer.content


def test_gexf_is_read_back_by_networkx(client, ada, expected):
    nodes, edges = expected
    graph = nx.read_gexf(io.BytesIO(exported(client, ada, "gexf")))
    assert (set(graph.nodes), set(graph.edges)) == (set(nodes), set(edges))
    assert graph.nodes[f"researcher:{ada.pk}"]["label"] == "Ada Example"
    for pair, edge in edges.items():
        assert (graph.edges[pair]["kind"], graph.edges[pair]["weight"]) == (edge.kind, edge.weight)


def test_graphml_is_read_back_by_networkx_and_igraph(client, ada, expected, tmp_path):
    nodes, edges = expected
    file = tmp_path / "graph.graphml"
    file.write_bytes(exported(client, ada, "graphml"))
    graph = nx.read_graphml(file)
    assert (set(graph.nodes), set(graph.edges)) == (set(nodes), set(edges))
    other = igraph.Graph.Read_GraphML(str(file))
    assert (other.vcount(), other.ecount(), other.is_directed()) == (len(nodes), len(edges), True)
    assert sorted(other.vs["id"]) == sorted(nodes)
    assert sorted(other.es["weight"]) == sorted(edge.weight for edge in edges.values())


def test_both_kinds_of_json_hold_every_node_and_edge(client, ada, expected):
    nodes, edges = expected
    graphology = json.loads(exported(client, ada, "json"))
    assert {node["key"] for node in graphology["nodes"]} == set(nodes)
    assert {(edge["source"], edge["target"]) for edge in graphology["edges"]} == set(edges)
    assert {edge["attributes"]["kind"] for edge in graphology["edges"] if edge["undirected"]} == {"collaborated"}
    graph = nx.node_link_graph(json.loads(exported(client, ada, "node-link.json")), edges="links")
    assert (set(graph.nodes), set(graph.edges)) == (set(nodes), set(edges))


def test_csv_holds_every_row_and_no_formula(client, ada, expected):
    nodes, edges = expected
    rows = {name: list(csv.DictReader(io.StringIO(exported(client, ada, name).decode("utf-8-sig")))) for name in ("nodes.csv", "edges.csv")}
    assert {row["id"] for row in rows["nodes.csv"]} == set(nodes)
    assert {(row["source"], row["target"]) for row in rows["edges.csv"]} == set(edges)
    cells = [cell for part in rows.values() for row in part for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]
    assert not [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert "'@Ben" in cells


def test_files_hold_what_the_address_asks_for(client, ada):
    graph = nx.read_gexf(io.BytesIO(exported(client, ada, "gexf", "&kinds=researcher")))
    assert {values["kind"] for _, values in graph.nodes(data=True)} == {"researcher"}
    assert graph.number_of_nodes() == 3


def test_a_format_or_record_that_is_not_there_is_not_found(client, ada):
    assert client.get(f"/explore/export.exe?focus=researcher:{ada.pk}").status_code == 404
    for format in FORMATS:
        assert client.get(f"/explore/export.{format}?focus=researcher:999999999").status_code == 404
        assert client.get(f"/explore/export.{format}").status_code == 404
