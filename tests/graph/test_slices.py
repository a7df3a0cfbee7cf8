"""Slices: bounded, best first, every kind represented, the same each time, in at most seven queries."""

from collections.abc import Collection
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bzpeer import pipeline
from graph.slices import Edge, Slice, UnknownFocus, slice_around
from researchers.models import Affiliation, Researcher
from tests.factories.records import AuthorshipFactory, InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.models import AuthorshipInstitution, Reference, Work

pytestmark = pytest.mark.django_db


def ids(found: Slice, kind: str = "") -> list[str]:
    return [node.id for node in found.nodes if not kind or node.kind == kind]


def edges(found: Slice, kind: str) -> set[tuple[str, str, float]]:
    return {(edge.source, edge.target, edge.weight) for edge in found.edges if edge.kind == kind}


def cites(citing: Work, cited: Work) -> None:
    ReferenceFactory(citing=citing, cited=cited, raw_key=f"openalex:{cited.openalex_id}")


@pytest.fixture
def corpus() -> dict[str, Any]:
    """Liu with three works, Mori on two of them, Ueda on one; one work cites another; a topic and an institution."""
    liu, mori, ueda = (ResearcherFactory(display_name=name) for name in ("Liu Ziyin", "Takashi Mori", "Masahito Ueda"))
    topic, place = TopicFactory(), InstitutionFactory()
    escape = WorkFactory(authors=[liu, mori, ueda], topics=[topic], publication_year=2022)
    noise = WorkFactory(authors=[liu, mori], publication_year=2021)
    alone = WorkFactory(authors=[liu], publication_year=2018, title="")
    cites(escape, noise)
    Affiliation.objects.create(researcher=liu, institution=place, evidence="author_record", years=[2019, 2021, 2022])
    pipeline.rebuild_everything()
    return {"liu": liu, "mori": mori, "ueda": ueda, "topic": topic, "place": place, "escape": escape, "noise": noise, "alone": alone}


# --- what a slice holds -----------------------------------------------------------------------------


def test_researcher_focus_holds_works_collaborators_topics_and_institutions(corpus):
    found = slice_around(("researcher", corpus["liu"].pk))
    liu, mori, ueda = (f"researcher:{corpus[name].pk}" for name in ("liu", "mori", "ueda"))
    escape, noise, alone = (f"work:{corpus[name].pk}" for name in ("escape", "noise", "alone"))
    topic, place = f"topic:{corpus['topic'].pk}", f"institution:{corpus['place'].pk}"
    assert found.nodes[0].id == liu
    assert set(ids(found)) == {liu, mori, ueda, escape, noise, alone, topic, place}
    assert edges(found, "collaborated") == {(liu, mori, 2), (liu, ueda, 1), (mori, ueda, 1)}
    assert edges(found, "authored") == {
        (liu, escape, 1),
        (liu, noise, 1),
        (liu, alone, 1),
        (mori, escape, 1),
        (mori, noise, 1),
        (ueda, escape, 1),
    }
    assert edges(found, "cites") == {(escape, noise, 1)}
    assert edges(found, "about") == {(escape, topic, 0.9)}
    assert edges(found, "affiliated") == {(liu, place, 3)}
    assert found.truncated == {}
    spans = {edge.target: (edge.first_year, edge.last_year) for edge in found.edges if edge.source == liu and edge.kind != "authored"}
    assert spans == {mori: (2021, 2022), ueda: (2022, 2022), place: (2019, 2022)}


def test_nodes_carry_label_weight_year_level_and_trust(corpus):
    found = {node.id: node for node in slice_around(("researcher", corpus["liu"].pk)).nodes}
    liu, noise, alone = found[f"researcher:{corpus['liu'].pk}"], found[f"work:{corpus['noise'].pk}"], found[f"work:{corpus['alone'].pk}"]
    trust = Researcher.objects.get(pk=corpus["liu"].pk).trust_score
    assert (liu.label, liu.weight, liu.level, liu.trust, liu.year, liu.degree) == ("Liu Ziyin", 3, 1, trust, None, 6)
    assert (noise.weight, noise.year, noise.level, noise.trust) == (1, 2021, None, None)
    assert alone.label == "Untitled"


def test_work_focus_holds_authors_references_citing_works_and_topics(corpus):
    citing = WorkFactory()
    cites(citing, corpus["escape"])
    found = slice_around(("work", corpus["escape"].pk))
    assert set(ids(found, "work")) == {f"work:{corpus['escape'].pk}", f"work:{corpus['noise'].pk}", f"work:{citing.pk}"}
    assert edges(found, "cites") == {
        (f"work:{corpus['escape'].pk}", f"work:{corpus['noise'].pk}", 1),
        (f"work:{citing.pk}", f"work:{corpus['escape'].pk}", 1),
    }
    assert len(ids(found, "researcher")) == 3
    assert ids(found, "topic") == [f"topic:{corpus['topic'].pk}"]


def test_topic_focus_holds_its_works_and_researchers(corpus):
    found = slice_around(("topic", corpus["topic"].pk))
    assert ids(found, "work") == [f"work:{corpus['escape'].pk}"]
    assert len(ids(found, "researcher")) == 3


def test_institution_focus_holds_researchers_and_works_with_an_edge_each(corpus):
    byline = corpus["alone"].authorships.get()
    AuthorshipInstitution.objects.create(authorship=byline, institution=corpus["place"])
    found = slice_around(("institution", corpus["place"].pk))
    place = f"institution:{corpus['place'].pk}"
    assert ids(found) == [place, f"work:{corpus['alone'].pk}", f"researcher:{corpus['liu'].pk}"]
    assert edges(found, "affiliated") == {(f"researcher:{corpus['liu'].pk}", place, 3)}
    only_works = slice_around(("institution", corpus["place"].pk), kinds=["work"])
    assert edges(only_works, "affiliated") == {(f"work:{corpus['alone'].pk}", place, 1)}


def test_no_node_is_without_an_edge(corpus):
    for focus in ("liu", "escape", "topic", "place"):
        kind = type(corpus[focus]).__name__.lower()
        for kinds in (("topic",), ("institution",), ("researcher",), ("work",)):
            found = slice_around((kind, corpus[focus].pk), kinds=kinds)
            assert all(node.degree for node in found.nodes if len(found.nodes) > 1), (focus, kinds)


def test_only_the_kinds_asked_for_and_the_focus(corpus):
    found = slice_around(("researcher", corpus["liu"].pk), kinds=["topic"])
    liu, topic = f"researcher:{corpus['liu'].pk}", f"topic:{corpus['topic'].pk}"
    assert ids(found) == [liu, topic]
    assert found.edges == (Edge(source=liu, target=topic, kind="about", weight=1),)


@pytest.mark.parametrize(
    ("year_from", "year_to", "works", "people"),
    [
        (2022, None, {"escape"}, {"mori", "ueda"}),
        (None, 2019, {"alone"}, set()),
        (2021, 2021, {"noise"}, {"mori"}),
        (2030, 2031, set(), set()),
    ],
)
def test_years_limit_works_and_spans(corpus, year_from: int | None, year_to: int | None, works: Collection[str], people: Collection[str]):
    found = slice_around(("researcher", corpus["liu"].pk), year_from=year_from, year_to=year_to)
    assert set(ids(found, "work")) == {f"work:{corpus[name].pk}" for name in works}
    assert set(ids(found, "researcher")[1:]) == {f"researcher:{corpus[name].pk}" for name in people}


def test_unknown_focus_is_refused():
    for kind in ("researcher", "work", "topic", "institution"):
        with pytest.raises(UnknownFocus):
            slice_around((kind, 2**62))


# --- bounds -----------------------------------------------------------------------------------------


@pytest.fixture
def crowd() -> Researcher:
    """A researcher with 12 works, each with an author and a topic of its own."""
    centre = ResearcherFactory()
    for number in range(12):
        work = WorkFactory(authors=[centre, ResearcherFactory()], topics=[TopicFactory()])
        for _ in range(number % 4):
            cites(WorkFactory(), work)
    pipeline.rebuild_everything()
    return centre


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9, 20])
def test_limit_holds_and_every_kind_is_represented(crowd: Researcher, limit: int):
    found = slice_around(("researcher", crowd.pk), limit=limit)
    assert len(found.nodes) == limit
    kinds = {node.kind for node in found.nodes[1:]}
    assert len(kinds) == min(limit - 1, 3)


def test_strongest_come_first(crowd: Researcher):
    found = slice_around(("researcher", crowd.pk), limit=4, kinds=["work"])
    assert [node.weight for node in found.nodes[1:]] == [3, 3, 3]


def test_truncated_says_exactly_how_many_are_left(crowd: Researcher):
    found = slice_around(("researcher", crowd.pk), limit=10)
    for kind in ("work", "researcher", "topic"):
        shown = len(ids(found, kind)) - (kind == "researcher")
        assert (found.truncated[kind].more, found.truncated[kind].at_least) == (12 - shown, False)
    assert "institution" not in found.truncated


def test_known_nodes_are_left_out_and_their_edges_told(crowd: Researcher):
    focus = ("researcher", crowd.pk)
    first = slice_around(focus, limit=10)
    known = {(node.kind, node.key) for node in first.nodes}
    rest = slice_around(focus, limit=100, known=known)
    assert not set(ids(first)) & set(ids(rest))
    whole = slice_around(focus, limit=100)
    assert set(ids(first)) | set(ids(rest)) == set(ids(whole))
    told = {(edge.kind, edge.source, edge.target) for edge in (*first.edges, *rest.edges)}
    assert {(edge.kind, edge.source, edge.target) for edge in whole.edges if edge.kind != "about"} <= told
    assert rest.truncated == {}


def test_the_same_question_gives_the_same_answer(crowd: Researcher):
    assert slice_around(("researcher", crowd.pk), radius=2, limit=30) == slice_around(("researcher", crowd.pk), radius=2, limit=30)


def test_radius_two_reaches_the_citing_works(crowd: Researcher):
    near = slice_around(("researcher", crowd.pk), limit=300)
    far = slice_around(("researcher", crowd.pk), radius=2, limit=300)
    assert len(ids(near, "work")) == 12
    assert len(ids(far, "work")) == 12 + sum(number % 4 for number in range(12))
    assert len(set(ids(far))) == len(far.nodes)


def test_a_small_pool_bounds_the_rows_and_is_told(crowd: Researcher, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.slices.FOCUS_POOL", 5)
    found = slice_around(("researcher", crowd.pk), kinds=["work"])
    assert len(ids(found, "work")) == 5
    assert (found.truncated["work"].more, found.truncated["work"].at_least) == (0, True)


def test_starting_positions_are_apart_and_within_the_frame(crowd: Researcher):
    found = slice_around(("researcher", crowd.pk), limit=300, radius=2)
    spots = [(node.x, node.y) for node in found.nodes]
    assert spots[0] == (0.0, 0.0)
    assert len(set(spots)) == len(spots)
    assert all(-1 <= x <= 1 and -1 <= y <= 1 for x, y in spots)


@pytest.mark.parametrize("radius", [1, 2, 3])
@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow(number: int, radius: int):
    researcher = ResearcherFactory()
    for _ in range(number):
        work = WorkFactory(authors=[researcher, ResearcherFactory()], topics=[TopicFactory()])
        cites(WorkFactory(authors=[ResearcherFactory()]), work)
        cites(Work.objects.latest("pk"), WorkFactory(authors=[ResearcherFactory()]))
        byline = AuthorshipFactory(work=work, position=9)
        AuthorshipInstitution.objects.create(authorship=byline, institution=InstitutionFactory())
    pipeline.rebuild_everything()
    with CaptureQueriesContext(connection) as queries:
        slice_around(("researcher", researcher.pk), radius=radius, limit=300)
    assert len(queries) == 4 + radius


# --- several foci, filters, what nodes and edges tell -------------------------------------------------


def test_nodes_name_their_topics_and_institutions_and_collaborations_their_works(corpus):
    place = f"institution:{corpus['place'].pk}"
    found = slice_around(("researcher", corpus["liu"].pk), kinds=["researcher"])
    liu, mori = (next(node for node in found.nodes if node.key == corpus[name].pk) for name in ("liu", "mori"))
    topic = f"topic:{corpus['topic'].pk}"
    assert (liu.topics, liu.institutions, mori.topics, mori.institutions) == ((topic,), (place,), (topic,), ())
    edge = next(edge for edge in found.edges if {edge.source, edge.target} == {liu.id, mori.id})
    escape, noise = f"work:{corpus['escape'].pk}", f"work:{corpus['noise'].pk}"
    assert edge.works == (escape, noise)
    assert {name: (named.label, named.year) for name, named in found.names.items()} == {
        topic: (corpus["topic"].display_name, None),
        place: (corpus["place"].display_name, None),
        escape: (corpus["escape"].title, 2022),
        noise: (corpus["noise"].title, 2021),
    }


def test_a_work_of_too_many_authors_is_not_named_by_a_collaboration(settings):
    settings.COLLABORATION_MAX_AUTHORS = 3
    ada, ben = ResearcherFactory.create_batch(2)
    together = WorkFactory(authors=[ada, ben])
    WorkFactory(authors=[ada, ben, ResearcherFactory(), ResearcherFactory()])
    pipeline.rebuild_everything()
    (edge,) = slice_around(("researcher", ada.pk), kinds=["researcher"]).edges
    assert (edge.weight, edge.works) == (1, (f"work:{together.pk}",))


def test_several_foci_come_first_and_share_one_slice(corpus):
    stranger = ResearcherFactory()
    WorkFactory(authors=[stranger])
    pipeline.rebuild_everything()
    mori, strange = ("researcher", corpus["mori"].pk), ("researcher", stranger.pk)
    found = slice_around(mori, strange, mori, kinds=["work"])
    assert ids(found)[:2] == [f"researcher:{corpus['mori'].pk}", f"researcher:{stranger.pk}"]
    assert found.foci == (mori, strange)
    assert len(ids(found, "work")) == 3
    assert len({(node.x, node.y) for node in found.nodes}) == 5
    with pytest.raises(UnknownFocus) as error:
        slice_around(mori, ("work", 2**60), ("topic", 2**60))
    assert error.value.refs == (("work", 2**60), ("topic", 2**60))


def test_many_foci_are_asked_for_together_and_find_the_same(crowd: Researcher):
    works = [("work", work.pk) for work in Work.objects.order_by("pk") if work.cited_by_count]
    assert len(works) > 4
    found = slice_around(*works, limit=300)
    one_by_one = [slice_around(work, limit=300) for work in works]
    assert set(ids(found)) == {name for part in one_by_one for name in ids(part)}
    with CaptureQueriesContext(connection) as queries:
        slice_around(*works, limit=300)
    assert len(queries) == 5


@pytest.mark.parametrize(
    ("filters", "works", "people"),
    [
        ({"types": ["preprint"]}, {"noise"}, {"mori", "ueda"}),
        ({"types": ["article", "preprint"]}, {"escape", "noise", "alone"}, {"mori", "ueda"}),
        ({"min_weight": 2}, {"escape", "noise", "alone"}, {"mori"}),
        ({"topic": "topic"}, {"escape"}, {"mori", "ueda"}),
        ({"institution": "place"}, {"alone"}, {"ueda"}),
        ({"only": ["ueda"]}, {"escape"}, {"ueda"}),
        ({"only": ["ueda", "mori"], "topic": "topic", "min_weight": 2}, {"escape"}, {"mori"}),
    ],
)
def test_filters_keep_what_they_say(corpus, filters: dict[str, Any], works: set[str], people: set[str]):
    Work.objects.update(type="article")
    Work.objects.filter(pk=corpus["noise"].pk).update(type="preprint")
    Affiliation.objects.create(researcher=corpus["ueda"], institution=corpus["place"], evidence="authorship", years=[2022])
    AuthorshipInstitution.objects.create(authorship=corpus["alone"].authorships.get(), institution=corpus["place"])
    asked = {name: corpus[value].pk if isinstance(value, str) else value for name, value in filters.items()}
    if "only" in asked:
        asked["only"] = [corpus[name].pk for name in asked["only"]]
    found = slice_around(("researcher", corpus["liu"].pk), **asked)
    assert set(ids(found, "work")) == {f"work:{corpus[name].pk}" for name in works}
    assert set(ids(found, "researcher")[1:]) == {f"researcher:{corpus[name].pk}" for name in people}
    assert all(edge.weight >= asked.get("min_weight", 1) for edge in found.edges if edge.kind == "collaborated")


def test_edges_keep_the_years_asked_for(corpus):
    found = slice_around(("work", corpus["escape"].pk), year_to=2021)
    mori, ueda = f"researcher:{corpus['mori'].pk}", f"researcher:{corpus['ueda'].pk}"
    assert {mori, ueda} <= set(ids(found))
    assert (mori, ueda, 1) not in edges(found, "collaborated")


def test_what_lies_further_out_and_was_left_out_comes_from_its_own_foci(crowd: Researcher):
    first = slice_around(("researcher", crowd.pk), radius=2, limit=20, kinds=["work"])
    left = first.truncated["work"]
    assert left.more > 0
    known = {(node.kind, node.key) for node in first.nodes}
    rest = slice_around(*left.foci, known=known, kinds=["work"], limit=300)
    whole = slice_around(("researcher", crowd.pk), radius=2, limit=300, kinds=["work"])
    assert set(ids(first)) | set(ids(rest)) == set(ids(whole))
    assert len(ids(rest)) >= left.more


def test_edges_too_many_to_tell_are_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.between.EDGES_PER_NODE", 1)
    people = ResearcherFactory.create_batch(6)
    WorkFactory(authors=people)
    pipeline.rebuild_everything()
    found = slice_around(("researcher", people[0].pk), limit=6, kinds=["researcher"])
    told = sum(edge.kind == "collaborated" for edge in found.edges)
    assert (len(found.nodes), found.edges_left_out) == (6, {"collaborated": 9})
    assert told >= 6


# --- the table --------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_every_node_but_the_focus(corpus):
    found = slice_around(("researcher", corpus["liu"].pk))
    rows = found.rows()
    assert [row.node.id for row in rows] == ids(found)[1:]
    said = {row.node.label: (row.relation, row.other and row.other.label, row.weight, row.first_year, row.last_year) for row in rows}
    assert said["Takashi Mori"] == ("collaborated with", "Liu Ziyin", 2, 2021, 2022)
    assert said["Untitled"] == ("work by", "Liu Ziyin", 1, None, None)
    assert said[corpus["topic"].display_name] == ("topic of", corpus["escape"].title, 0.9, None, None)
    assert said[corpus["place"].display_name] == ("institution of", "Liu Ziyin", 3, 2019, 2022)


def test_the_table_tells_who_cites_whom():
    one, two, three = WorkFactory.create_batch(3)
    cites(one, two)
    cites(three, one)
    rows = slice_around(("work", one.pk)).rows()
    assert {(row.node.key, row.relation) for row in rows} == {(two.pk, "cited by"), (three.pk, "cites")}
    assert Reference.objects.count() == 2
