"""/api/v1/graph/path/: the pinned shape, no path told as such, conditional answers, bad input, the cost in queries."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bzpeer import pipeline
from researchers.models import Researcher
from tests.factories.records import AuthorshipFactory, ReferenceFactory, ResearcherFactory, WorkFactory, collaborate

pytestmark = pytest.mark.django_db

SHAPE = Path(__file__).parents[2] / "shapes" / "path.json"
ADDRESS = "/api/v1/graph/path/"


@pytest.fixture
def people() -> list[Researcher]:
    """Liu, Mori, Ueda in a line; Kangqiao joins the ends as well, by a work of three; a stranger."""
    liu, mori, ueda, kangqiao, stranger = (ResearcherFactory(display_name=name) for name in ("Liu", "Mori", "Ueda", "Kangqiao", "Stranger"))
    WorkFactory(title="Escape & rate", authors=[liu, mori])
    WorkFactory(title="Noise", authors=[mori, ueda], publication_year=None)
    AuthorshipFactory(work=WorkFactory(title="Width", authors=[liu, kangqiao]), position=3, researcher=None)
    WorkFactory(title="Relation", authors=[kangqiao, ueda])
    WorkFactory(authors=[stranger])
    pipeline.rebuild_everything()
    return [liu, mori, ueda, kangqiao, stranger]


def ask(client: Client, start: str, end: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(ADDRESS, {"from": start, "to": end, **parameters})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def ref(person: Researcher) -> str:
    return f"researcher:{person.pk}"


def outline(value: Any) -> Any:
    """Return names and types; of a list the first item, of an object's years whether they are numbers or null aside."""
    if isinstance(value, dict):
        return {key: "year" if "year" in key else outline(part) for key, part in value.items()}
    return [outline(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_the_answer_has_the_pinned_shape(client: Client, people: list[Researcher]):
    pinned = json.loads(SHAPE.read_text())
    answer = ask(client, ref(people[0]), ref(people[2]), alternatives=5)
    assert list(answer) == list(pinned)
    assert outline(answer) == outline(pinned)


def test_the_path_is_told_with_its_works(client: Client, people: list[Researcher]):
    liu, mori, ueda, kangqiao, _ = people
    answer = ask(client, ref(liu), ref(ueda), alternatives=5)
    assert (answer["length"], answer["reason"], answer["searched"]) == (2, None, 6)
    assert [node["label"] for node in answer["nodes"]] == ["Liu", "Mori", "Ueda"]
    assert answer["nodes"][1]["url"] == f"/researchers/{mori.pk}/mori/"
    assert [(edge["source"], edge["target"]) for edge in answer["edges"]] == [(ref(liu), ref(mori)), (ref(mori), ref(ueda))]
    assert [(work["title"], work["year"]) for edge in answer["edges"] for work in edge["works"]] == [
        ("Escape & rate", 2022),
        ("Noise", None),
    ]
    assert [[node["id"] for node in way["nodes"]] for way in answer["alternatives"]] == [[ref(liu), ref(kangqiao), ref(ueda)]]
    assert ask(client, ref(liu), ref(ueda))["alternatives"] == []


def test_no_path_is_200_with_a_null_length_and_the_reason(client: Client, people: list[Researcher]):
    answer = ask(client, ref(people[0]), ref(people[4]), depth=3)
    assert (answer["length"], answer["nodes"], answer["edges"], answer["alternatives"]) == (None, [], [], [])
    assert (answer["reason"], answer["searched"]) == ("apart", 3)
    assert answer["detail"]
    assert ask(client, ref(people[0]), ref(people[2]), depth=1)["reason"] == "none_within"


def test_a_record_and_itself_are_zero_steps_apart(client: Client, people: list[Researcher]):
    answer = ask(client, ref(people[0]), ref(people[0]))
    assert (answer["length"], [node["id"] for node in answer["nodes"]], answer["edges"]) == (0, [ref(people[0])], [])


def test_avoid_is_read_as_often_as_it_is_given(client: Client, people: list[Researcher]):
    liu, mori, ueda, kangqiao, _ = people
    around = client.get(f"{ADDRESS}?from={ref(liu)}&to={ref(ueda)}&avoid={ref(mori)}").json()
    assert [node["label"] for node in around["nodes"]] == ["Liu", "Kangqiao", "Ueda"]
    twice = client.get(f"{ADDRESS}?from={ref(liu)}&to={ref(ueda)}&avoid={ref(mori)}&avoid={ref(kangqiao)}").json()
    assert twice == client.get(f"{ADDRESS}?from={ref(liu)}&to={ref(ueda)}&avoid={ref(mori)},{kangqiao.pk}").json()
    assert (twice["length"], twice["reason"]) == (None, "apart")


def test_larger_works_can_be_left_out(client: Client, people: list[Researcher]):
    liu, _, _, kangqiao, _ = people
    assert ask(client, ref(liu), ref(kangqiao))["length"] == 1
    assert ask(client, ref(liu), ref(kangqiao), max_authors=2)["length"] == 3


def test_works_are_joined_by_references(client: Client):
    new, old, side = WorkFactory.create_batch(3)
    ReferenceFactory(citing=new, cited=old)
    ReferenceFactory(citing=side, cited=old)
    answer = ask(client, f"work:{new.pk}", f"work:{side.pk}")
    assert [edge["relation"] for edge in answer["edges"]] == ["cites", "cited_by"]
    assert [node["year"] for node in answer["nodes"]] == [2022, 2022, 2022]
    assert ask(client, f"work:{new.pk}", f"work:{side.pk}", directed=1)["length"] is None


def test_an_unchanged_path_is_304_and_a_changed_one_is_not(client: Client, people: list[Researcher]):
    query: dict[str, str] = {"from": ref(people[0]), "to": ref(people[2])}
    first = client.get(ADDRESS, query)
    assert first["Cache-Control"] == "private, no-cache"
    assert client.get(ADDRESS, query, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Researcher.objects.filter(pk=people[1].pk).update(display_name="Another Name")
    assert client.get(ADDRESS, query, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_neighbourhood(client: Client, number: int):
    start, middle, end = ResearcherFactory.create_batch(3)
    collaborate(start, middle)
    collaborate(middle, end)
    for person in (start, middle, end):
        for other in ResearcherFactory.create_batch(number):
            collaborate(person, other)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{ADDRESS}?from={ref(start)}&to={ref(end)}&alternatives=5").status_code == 200
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 8


@pytest.mark.parametrize("query", ["from=researcher:1&to=researcher:2", "from=work:9223372036854775807&to=work:1"])
def test_an_unknown_record_is_404(client: Client, query: str):
    answer = client.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "from"),
        ("from=researcher:1", "to"),
        ("from=researcher:1&to=2", "to"),
        ("from=researcher:1&to=work:2", "to"),
        ("from=topic:1&to=topic:2", "from"),
        ("from=researcher:1&to=researcher:2&to=researcher:3", "to"),
        ("from=researcher:9223372036854775808&to=researcher:2", "from"),
        ("from=researcher:1&to=researcher:2%00", "to"),
        ("from=researcher:1&to=researcher:2&depth=0", "depth"),
        ("from=researcher:1&to=researcher:2&depth=13", "depth"),
        ("from=researcher:1&to=researcher:2&alternatives=6", "alternatives"),
        ("from=researcher:1&to=researcher:2&alternatives=NaN", "alternatives"),
        ("from=researcher:1&to=researcher:2&max_authors=1", "max_authors"),
        ("from=researcher:1&to=researcher:2&max_authors=" + "9" * 5_000, "max_authors"),
        ("from=work:1&to=work:2&max_authors=9", "max_authors"),
        ("from=researcher:1&to=researcher:2&directed=1", "directed"),
        ("from=work:1&to=work:2&directed=yes", "directed"),
        ("from=researcher:1&to=researcher:2&avoid=researcher:2", "avoid"),
        ("from=researcher:1&to=researcher:2&avoid=work:7", "avoid"),
        ("from=researcher:1&to=researcher:2&avoid=7", "avoid"),
        ("from=researcher:1&to=researcher:2&avoid=researcher:3&avoid=%00", "avoid"),
        ("from=researcher:1&to=researcher:2" + "&avoid=researcher:3" * 51, "avoid"),
    ],
)
def test_bad_input_is_400_with_the_parameter_named(client: Client, query: str, parameter: str):
    answer = client.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["parameter"] == parameter


def test_giving_up_is_told_as_such(client: Client, people: list[Researcher], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.paths.MOST_EDGES", 1)
    assert ask(client, ref(people[0]), ref(people[2]))["reason"] == "gave_up"


def test_text_from_outside_stays_data(client: Client):
    work = WorkFactory(title="</script><script>alert(1)</script> x<y &   z")
    answer = client.get(ADDRESS, {"from": f"work:{work.pk}", "to": f"work:{work.pk}"})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.json()["nodes"][0]["label"] == "</script><script>alert(1)</script> x<y & z"
