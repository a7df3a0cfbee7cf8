"""Ways between two records: exact on random graphs (against networkx), and each parameter and bound on small ones."""

from itertools import pairwise

import networkx as nx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from graph.edges import rebuild_collaborations
from graph.models import Collaboration
from graph.paths import Connection, SharedWork, Step, UnknownEnd, connection_between
from researchers.models import Researcher
from tests.factories.records import AuthorshipFactory, ReferenceFactory, ResearcherFactory, WorkFactory, collaborate
from works.models import Reference, Work

pytestmark = pytest.mark.django_db


def lines(found: Connection) -> list[list[int]]:
    return [[node.key for node in way.nodes] for way in found.ways]


def keys(*records: Researcher | Work) -> list[int]:
    return [record.pk for record in records]


def people(*names: str) -> list[Researcher]:
    return [ResearcherFactory(display_name=name) for name in names]


def join(*line: Researcher, weight: str = "1") -> None:
    for one, other in pairwise(line):
        collaborate(one, other, weight=weight)


# --- exact --------------------------------------------------------------------------------------------

SIZE = 14
PAIRS = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda pair: pair[0] < pair[1])


class RandomGraphs(TestCase):
    """networkx finds the same: whether, how far, and every way of the two shortest lengths in order of strength."""

    @classmethod
    def setUpTestData(cls):
        cls.people = [person.pk for person in ResearcherFactory.create_batch(SIZE)]
        cls.works = [work.pk for work in WorkFactory.create_batch(SIZE, source=None)]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        edges=st.dictionaries(PAIRS, st.integers(1, 9), max_size=40),
        depth=st.integers(1, 7),
        avoid=st.sets(st.integers(2, SIZE - 1), max_size=2),
    )
    def test_collaborations(self, edges, depth, avoid):
        Collaboration.objects.bulk_create(
            Collaboration(researcher_id=self.people[a], collaborator_id=self.people[b], works=1, weight=weight)
            for (one, other), weight in edges.items()
            for a, b in ((one, other), (other, one))
        )
        graph = nx.Graph()
        graph.add_nodes_from(self.people)
        for (one, other), weight in edges.items():
            graph.add_edge(self.people[one], self.people[other], value=1_000_000 // weight)
        graph.remove_nodes_from([self.people[key] for key in avoid])
        found = connection_between(
            "researcher", self.people[0], self.people[1], depth=depth, alternatives=5, avoid=[self.people[key] for key in avoid]
        )
        assert lines(found) == expected(graph, self.people[0], self.people[1], depth=depth)[:5]
        self.check_reason(found, graph, self.people[0], self.people[1], depth)
        Collaboration.objects.all().delete()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(edges=st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=40), directed=st.booleans())
    def test_references(self, edges, directed):
        edges = {(a, b) for a, b in edges if a != b}
        Reference.objects.bulk_create(
            Reference(citing_id=self.works[a], cited_id=self.works[b], raw_key=f"{spelling}:W{b}")
            for a, b in edges
            for spelling in ("openalex", "doi")  # one work may be listed twice under two ids
        )
        graph = nx.DiGraph() if directed else nx.Graph()
        graph.add_nodes_from(self.works)
        graph.add_edges_from((self.works[a], self.works[b], {"value": 1}) for a, b in edges)
        found = connection_between("work", self.works[0], self.works[1], depth=6, directed=directed)
        assert lines(found) == expected(graph, self.works[0], self.works[1], depth=6)[:5]
        cites = {(self.works[a], self.works[b]) for a, b in edges}
        for way in found.ways:
            assert [step.relation for step in way.steps] == [
                "cites" if (step.source, step.target) in cites else "cited_by" for step in way.steps
            ]
        self.check_reason(found, graph, self.works[0], self.works[1], 6)
        Reference.objects.all().delete()

    def check_reason(self, found, graph, start, end, depth):
        if found.ways:
            assert found.reason == ""
        elif found.reason == "apart":
            assert not nx.has_path(graph, start, end)
        else:
            assert found.reason == "none_within"
            assert not nx.has_path(graph, start, end) or nx.shortest_path_length(graph, start, end) > depth


def expected(graph, start: int, end: int, *, depth: int) -> list[list[int]]:
    """Every way of the shortest length and of one step more, in order."""
    if not nx.has_path(graph, start, end):
        return []
    shortest = nx.shortest_path_length(graph, start, end)
    if shortest > depth:
        return []
    ways = nx.all_simple_paths(graph, start, end, cutoff=min(shortest + 1, depth))
    return sorted(ways, key=lambda way: (len(way), sum(graph[a][b]["value"] for a, b in pairwise(way)), way))


# --- what is told -------------------------------------------------------------------------------------


def test_a_step_names_its_newest_works_and_counts_all():
    liu, mori, ueda = people("Liu", "Mori", "Ueda")
    for year in (2017, 2018, 2019, 2022):
        WorkFactory(title=f"Study of {year}", publication_year=year, authors=[liu, mori])
    untitled = WorkFactory(title="", publication_year=None, authors=[mori, ueda])
    WorkFactory(publication_year=2010, authors=[mori, ueda, *ResearcherFactory.create_batch(49)])  # 51 authors: no collaboration
    rebuild_all()
    found = connection_between("researcher", liu.pk, ueda.pk)
    newest = tuple(
        SharedWork(key=Work.objects.get(publication_year=year).pk, title=f"Study of {year}", year=year) for year in (2022, 2019, 2018)
    )
    assert [node.label for node in found.ways[0].nodes] == ["Liu", "Mori", "Ueda"]
    assert found.ways[0].steps == (
        Step(source=liu.pk, target=mori.pk, relation="collaborated", works=newest, total=4, first_year=2017, last_year=2022),
        Step(
            source=mori.pk,
            target=ueda.pk,
            relation="collaborated",
            works=(SharedWork(key=untitled.pk, title="Untitled", year=None),),
            total=1,
        ),
    )


def rebuild_all() -> None:
    rebuild_collaborations(first_id=0, last_id=2**62)


def test_the_stronger_of_two_ways_comes_first_and_the_longer_last():
    start, weak, strong, end, far = people("Start", "Weak", "Strong", "End", "Far")
    join(start, weak, end, weight="0.5")
    join(start, strong, end, weight="3")
    join(weak, far, end, weight="9")
    assert lines(connection_between("researcher", start.pk, end.pk)) == [
        keys(start, strong, end),
        keys(start, weak, end),
        keys(start, weak, far, end),
    ]
    assert lines(connection_between("researcher", start.pk, end.pk, alternatives=1)) == [keys(start, strong, end)]


def test_a_way_is_told_from_its_start():
    start, middle, end = people("Start", "Middle", "End")
    join(start, middle, end)
    assert lines(connection_between("researcher", end.pk, start.pk)) == [keys(end, middle, start)]


def test_an_avoided_person_is_on_no_way():
    start, hub, one, two, end = people("Start", "Hub", "One", "Two", "End")
    join(start, hub, end)
    join(start, one, two, end)
    assert lines(connection_between("researcher", start.pk, end.pk, avoid=[hub.pk])) == [keys(start, one, two, end)]
    nobody = connection_between("researcher", start.pk, end.pk, avoid=[hub.pk, two.pk])
    assert (nobody.ways, nobody.reason) == ((), "apart")


def test_the_ends_themselves_cannot_be_avoided():
    start, end = people("Start", "End")
    join(start, end)
    assert lines(connection_between("researcher", start.pk, end.pk, avoid=[start.pk, end.pk])) == [keys(start, end)]


def test_works_of_too_many_authors_are_left_out():
    start, middle, end = people("Start", "Middle", "End")
    WorkFactory(authors=[start, end, *ResearcherFactory.create_batch(8)])
    small = WorkFactory(authors=[start, middle])
    WorkFactory(authors=[middle, end])
    AuthorshipFactory(work=WorkFactory(authors=[start, end]), position=3, researcher=None)  # an unresolved byline counts
    rebuild_all()
    assert lines(connection_between("researcher", start.pk, end.pk, max_authors=50))[0] == keys(start, end)
    assert lines(connection_between("researcher", start.pk, end.pk, max_authors=3))[0] == keys(start, end)
    narrow = connection_between("researcher", start.pk, end.pk, max_authors=2)
    assert lines(narrow) == [keys(start, middle, end)]
    assert [work.key for work in narrow.ways[0].steps[0].works] == [small.pk]


def test_smaller_works_give_the_edges_that_are_stored():
    crowd = ResearcherFactory.create_batch(7)
    for number in range(12):
        WorkFactory(source=None, authors=[crowd[number % 7], crowd[(number * 3 + 1) % 7], crowd[(number + 3) % 7]])
    rebuild_all()
    for other in crowd[1:]:
        stored = connection_between("researcher", crowd[0].pk, other.pk)
        assert lines(connection_between("researcher", crowd[0].pk, other.pk, max_authors=49)) == lines(stored)


def test_one_record_is_connected_to_itself():
    person = ResearcherFactory()
    found = connection_between("researcher", person.pk, person.pk)
    assert (lines(found), found.ways[0].steps, found.reason) == ([[person.pk]], (), "")


def test_an_unknown_record_is_refused():
    person = ResearcherFactory()
    with pytest.raises(UnknownEnd, match="no researcher 99999"):
        connection_between("researcher", person.pk, 99999)
    with pytest.raises(UnknownEnd, match="no work"):
        connection_between("work", person.pk, 99999)


def test_references_say_which_way_they_go():
    new, old, side = WorkFactory.create_batch(3)
    ReferenceFactory(citing=new, cited=old)
    ReferenceFactory(citing=side, cited=old)
    found = connection_between("work", new.pk, side.pk)
    assert [(step.source, step.target, step.relation) for step in found.ways[0].steps] == [
        (new.pk, old.pk, "cites"),
        (old.pk, side.pk, "cited_by"),
    ]
    assert connection_between("work", new.pk, side.pk, directed=True).reason == "apart"
    assert connection_between("work", old.pk, new.pk, directed=True).reason == "apart"
    assert lines(connection_between("work", new.pk, old.pk, directed=True)) == [keys(new, old)]


# --- bounds -------------------------------------------------------------------------------------------


def chain(length: int) -> list[Researcher]:
    line = ResearcherFactory.create_batch(length + 1)
    join(*line)
    return line


def test_none_within_a_depth_is_told_apart_from_none_at_all():
    line = chain(5)
    join(line[0], *ResearcherFactory.create_batch(4))  # goes on elsewhere, so that neither end is used up
    join(line[5], *ResearcherFactory.create_batch(4))
    assert connection_between("researcher", line[0].pk, line[5].pk, depth=4).reason == "none_within"
    assert len(connection_between("researcher", line[0].pk, line[5].pk, depth=5).ways) == 1
    alone = ResearcherFactory()
    assert connection_between("researcher", line[0].pk, alone.pk, depth=4).reason == "apart"


def test_too_many_edges_is_giving_up_not_none(monkeypatch: pytest.MonkeyPatch):
    line = chain(4)
    monkeypatch.setattr("graph.paths.MOST_EDGES", 2)
    found = connection_between("researcher", line[0].pk, line[4].pk)
    assert (found.ways, found.reason) == ((), "gave_up")


def test_a_statement_that_takes_too_long_is_giving_up(monkeypatch: pytest.MonkeyPatch):
    line = chain(2)
    monkeypatch.setattr("graph.paths.STATEMENT_TIMEOUT", "5ms")
    monkeypatch.setattr("graph.paths._COLLABORATIONS", "SELECT 1, 2, 3 FROM pg_sleep(1)")
    found = connection_between("researcher", line[0].pk, line[2].pk)
    assert (found.ways, found.reason) == ((), "gave_up")


def test_a_bound_met_by_the_alternatives_leaves_the_shortest(monkeypatch: pytest.MonkeyPatch):
    start, middle, end = people("Start", "Middle", "End")
    join(start, middle, end)
    join(start, end)
    monkeypatch.setattr("graph.paths.MOST_EDGES", 2)
    assert lines(connection_between("researcher", start.pk, end.pk)) == [keys(start, end)]


@pytest.mark.parametrize("crowd", [1, 12])
def test_queries_grow_with_the_length_not_with_the_neighbourhood(crowd: int):
    line = chain(3)
    for person in line:
        for other in ResearcherFactory.create_batch(crowd):
            join(person, other)
    with CaptureQueriesContext(connection) as queries:
        connection_between("researcher", line[0].pk, line[3].pk)
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 9  # the ends, three levels, the longer ways, names, works, and two timeouts set
