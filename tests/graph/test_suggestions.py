"""Suggested collaborators: who, in which order, for which reasons, at which cost."""

from math import log

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graph.suggestions import TOPIC_WEIGHT, SharedCollaborator, suggested_for
from researchers.models import Researcher
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory, collaborate

pytestmark = pytest.mark.django_db


@pytest.fixture
def circle() -> dict[str, Researcher]:
    """I work with Ann and Ben; Ann with Cora and Dan, Ben with Cora and with many others; Eve knows nobody of us."""
    people: dict[str, Researcher] = {name: ResearcherFactory(display_name=name) for name in ("Me", "Ann", "Ben", "Cora", "Dan", "Eve")}
    for one, other in (("Me", "Ann"), ("Me", "Ben"), ("Ann", "Cora"), ("Ann", "Dan"), ("Ben", "Cora")):
        collaborate(people[one], people[other])
    return people


def names(found) -> list[str]:
    return [one.researcher.display_name for one in found]


def test_people_two_steps_away_are_suggested_with_whom_they_share(circle):
    cora, dan = suggested_for(circle["Me"].pk)
    assert (cora.researcher, dan.researcher) == (circle["Cora"], circle["Dan"])
    ann, ben = (SharedCollaborator(key=circle[name].pk, name=name) for name in ("Ann", "Ben"))
    assert (cora.shared, cora.shared_total) == ((ben, ann), 2)  # Ben works with fewer people, so he says more
    assert (dan.shared, dan.shared_total) == ((ann,), 1)
    assert cora.score == pytest.approx(1 / log(2) + 1 / log(3), abs=1e-6)
    assert dan.score == pytest.approx(1 / log(3), abs=1e-6)


def test_a_collaborator_who_works_with_everybody_says_little(circle):
    for _ in range(30):
        collaborate(circle["Ann"], ResearcherFactory())
    quiet = ResearcherFactory(display_name="Quiet")
    collaborate(circle["Ben"], quiet)
    assert names(suggested_for(circle["Me"].pk))[:2] == ["Cora", "Quiet"]


def test_shared_topics_count_and_are_named(circle):
    ours, theirs = TopicFactory(display_name="Noise"), TopicFactory(display_name="Birds")
    WorkFactory(authors=[circle["Me"]], topics=[ours])
    WorkFactory(authors=[circle["Dan"]], topics=[ours, theirs])
    dan = next(one for one in suggested_for(circle["Me"].pk) if one.researcher == circle["Dan"])
    assert [topic.display_name for topic in dan.topics] == ["Noise"]
    assert dan.score == pytest.approx(1 / log(3) + TOPIC_WEIGHT, abs=1e-6)


def test_nobody_i_have_written_with_nor_i_myself(circle):
    assert names(suggested_for(circle["Me"].pk)) == ["Cora", "Dan"]
    collaborate(circle["Me"], circle["Cora"])
    assert names(suggested_for(circle["Me"].pk)) == ["Dan"]


def test_whoever_is_to_be_left_out_makes_room_for_the_next(circle, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.suggestions.CANDIDATES", 1)
    assert names(suggested_for(circle["Me"].pk)) == ["Cora"]
    assert names(suggested_for(circle["Me"].pk, without=[circle["Cora"].pk])) == ["Dan"]


def test_a_namesake_is_not_suggested(circle):
    Researcher.objects.filter(pk=circle["Cora"].pk).update(display_name="ME")
    assert names(suggested_for(circle["Me"].pk)) == ["Dan"]


def test_somebody_without_collaborators_gets_no_suggestion(circle):
    assert suggested_for(circle["Eve"].pk) == []


def test_only_the_strongest_of_a_large_neighbourhood_are_looked_at(circle, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.suggestions.NEIGHBOURS", 1)
    strong = ResearcherFactory(display_name="Strong")
    collaborate(circle["Me"], strong, works=9)
    collaborate(strong, circle["Eve"])
    assert names(suggested_for(circle["Me"].pk)) == ["Eve"]


@pytest.mark.parametrize("number", [1, 20])
def test_queries_do_not_grow_with_the_neighbourhood(number: int):
    me = ResearcherFactory()
    for _ in range(number):
        middle = ResearcherFactory()
        collaborate(me, middle)
        collaborate(middle, ResearcherFactory())
    with CaptureQueriesContext(connection) as queries:
        assert len(suggested_for(me.pk)) == number
    assert len(queries) == 4
