"""/api/v1/graph/slice/: the pinned shape, conditional answers, bad input, the cost in queries."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg import errors

from bzpeer import pipeline
from bzpeer.api import slices
from graph.relations import EDGE_KINDS
from graph.slices import KINDS
from researchers.models import Affiliation, Researcher
from tests.factories.records import InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

SHAPE = Path(__file__).parents[2] / "shapes" / "slice.json"
ADDRESS = "/api/v1/graph/slice/"


@pytest.fixture
def focus() -> Researcher:
    """A researcher with two works, one citing the other, a co-author, a topic and an institution."""
    liu, mori = ResearcherFactory.create_batch(2)
    one = WorkFactory(authors=[liu, mori], topics=[TopicFactory()])
    two = WorkFactory(authors=[liu], publication_year=None)
    ReferenceFactory(citing=one, cited=two, raw_key="openalex:W9")
    Affiliation.objects.create(researcher=liu, institution=InstitutionFactory(), evidence="author_record", years=[2020])
    pipeline.rebuild_everything()
    return liu


def outline(value: Any) -> Any:
    """Return names and types only; of a list of objects, one outline per kind of object."""
    if isinstance(value, dict):
        return {key: outline(part) for key, part in value.items()}
    if isinstance(value, list):
        return {part["kind"]: set() for part in value} and {
            kind: {key: types(value, kind, key) for part in value if part["kind"] == kind for key in part}
            for kind in {part["kind"] for part in value}
        }
    return type(value).__name__


def types(parts: list[dict[str, Any]], kind: str, key: str) -> set[str]:
    names = {type(part[key]).__name__ for part in parts if part["kind"] == kind and key in part}
    return {"number" if name in {"int", "float"} else name for name in names}


def test_the_answer_has_the_pinned_shape(client: Client, focus: Researcher):
    pinned = json.loads(SHAPE.read_text())
    answer = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}).json()
    assert list(answer) == list(pinned)
    assert outline(answer["nodes"]) == outline(pinned["nodes"])
    assert outline(answer["edges"]) == outline(pinned["edges"])
    assert {kind: set(named) for kind, named in answer["names"].items()} == {}
    people = client.get(f"{ADDRESS}?focus=researcher:{focus.pk}&kinds=researcher").json()
    named = {name.partition(":")[0]: outline(named) for name, named in people["names"].items()}
    assert named == {name.partition(":")[0]: outline(named) for name, named in pinned["names"].items()}
    short = client.get(f"{ADDRESS}?focus=researcher:{focus.pk}&limit=2").json()
    assert outline(short["truncated"]["work"]) == outline(pinned["truncated"]["work"])
    assert {node["kind"] for node in pinned["nodes"]} == set(KINDS)
    assert {edge["kind"] for edge in pinned["edges"]} == set(EDGE_KINDS)


def test_addresses_of_nodes_lead_to_their_pages(client: Client, focus: Researcher):
    nodes = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}).json()["nodes"]
    assert nodes[0]["url"] == f"/researchers/{focus.pk}/{focus.display_name.lower().replace(' ', '-')}/"


def test_what_was_left_out_comes_with_the_next_request(client: Client, focus: Researcher):
    whole = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}).json()
    short = client.get(f"{ADDRESS}?focus=researcher:{focus.pk}&limit=2").json()
    seen = {node["id"] for node in short["nodes"]}
    assert short["truncated"]["work"]["more"] == 1
    for left in short["truncated"].values():
        more = client.get(left["next"]).json()
        assert not seen & {node["id"] for node in more["nodes"]}
        seen |= {node["id"] for node in more["nodes"]}
    assert seen == {node["id"] for node in whole["nodes"]}


def test_an_unchanged_slice_is_304_and_a_changed_one_is_not(client: Client, focus: Researcher):
    first = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"})
    assert first["Cache-Control"] == "private, no-cache"
    assert client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Researcher.objects.filter(pk=focus.pk).update(display_name="Another Name")
    assert client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_answer_is_compressed_and_its_weak_etag_still_matches(client: Client, focus: Researcher):
    plain = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"})
    packed = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    again = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"}, headers={"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_slice(client: Client, number: int):
    researcher = ResearcherFactory()
    for _ in range(number):
        WorkFactory(authors=[researcher, ResearcherFactory()], topics=[TopicFactory()])
    pipeline.rebuild_everything()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ADDRESS, {"focus": f"researcher:{researcher.pk}"}).status_code == 200
    assert len(queries) == 5


@pytest.mark.parametrize("query", ["focus=researcher:1", "focus=work:9223372036854775807", "focus=topic:7", "focus=institution:0007"])
def test_an_unknown_focus_is_404(client: Client, query: str):
    answer = client.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


@pytest.mark.parametrize(
    "query",
    [
        "", "focus=", "focus=12", "focus=researcher", "focus=researcher:", "focus=person:1", "focus=researcher:-1", "focus=researcher:0",
        "focus=researcher:9223372036854775808", "focus=researcher:" + "9" * 5_000, "focus=researcher:1.0", "focus=researcher:%D9%A1",
        "focus=researcher:1%00", "focus=" + ",".join(f"researcher:{n}" for n in range(1, 53)),
        "focus=topic:1,2,3,4,5,6,7,8,9", "focus=researcher:%FF", "focus=researcher:1&%00=1",
        "focus=researcher:1&radius=0", "focus=researcher:1&radius=4", "focus=researcher:1&radius=1e400", "focus=researcher:1&limit=NaN",
        "focus=researcher:1&limit=0",
        "focus=researcher:1&limit=301", "focus=researcher:1&limit=" + "9" * 6_000, "focus=researcher:1&limit=1_0",
        "focus=researcher:1&kinds=people", "focus=researcher:1&kinds=work,,x",
        "focus=researcher:1&types=a%20b", "focus=researcher:1&types=" + "a," * 30 + "a", "focus=researcher:1&min_weight=0",
        "focus=researcher:1&min_weight=NaN", "focus=researcher:1&topic=researcher:1", "focus=researcher:1&institution=" + "9" * 5_000,
        "focus=researcher:1&only=work:1", "focus=researcher:1&only=x", "focus=researcher:1&topic=9223372036854775808",
        "focus=researcher:1&year_from=99999", "focus=researcher:1&year_to=-3",
        "focus=researcher:1&known=x", "focus=researcher:1&known=7", "focus=researcher:1&known=work:1,2,x",
        "focus=researcher:1&known=work:1,work", "focus=researcher:1&known=" + "work:1," * 1_500,
        "focus=researcher:1&known=" + "work:1," * 9_000,
    ],
)  # fmt: skip
def test_bad_input_is_400_with_the_parameter_named(client: Client, query: str):
    answer = client.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["title"] == "Bad Request"
    assert problem["errors"][0]["parameter"]
    assert problem["errors"][0]["detail"] in problem["detail"]


def test_a_statement_that_takes_too_long_is_503_with_advice(client: Client, focus: Researcher, monkeypatch: pytest.MonkeyPatch):
    def slow(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("canceling statement due to statement timeout") from errors.QueryCanceled()

    monkeypatch.setattr(slices, "slice_around", slow)
    answer = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


def test_the_statement_timeout_really_ends_a_slow_slice(client: Client, focus: Researcher, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graph.slices.STATEMENT_TIMEOUT", "1ms")
    monkeypatch.setitem(
        __import__("graph.relations").relations.NODES, "work", "SELECT 'work', id, title, 0, 0, 0, 0, 0, '' FROM works_work, pg_sleep(1)"
    )
    answer = client.get(ADDRESS, {"focus": f"researcher:{focus.pk}"})
    assert answer.status_code == 503


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_405(client: Client, method: str):
    answer = getattr(client, method)(f"{ADDRESS}?focus=researcher:1")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_text_from_outside_stays_data(client: Client):
    work = WorkFactory(title="</script><script>alert(1)</script> x<y & \u2028 z")
    answer = client.get(ADDRESS, {"focus": f"work:{work.pk}"})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.json()["nodes"][0]["label"] == "</script><script>alert(1)</script> x<y & z"


def test_a_long_question_may_be_sent_as_a_form(client: Client, focus: Researcher):
    asked = f"focus=researcher:{focus.pk}&known=" + ",".join(f"work:{key}" for key in range(900_000, 900_900))
    long = client.post(ADDRESS, asked, content_type="application/x-www-form-urlencoded")
    assert long.status_code == 200
    assert long.json() == client.get(f"{ADDRESS}?{asked}").json()


@pytest.mark.parametrize(
    "body",
    ["", "focus=", "focus=researcher:1&limit=NaN", "focus=researcher:1&known=" + "work:1," * 9_000, "\x00", "focus=researcher:1&x=%00"],
)
def test_a_bad_form_is_400_like_a_bad_address(client: Client, body: str):
    answer = client.post(ADDRESS, body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_the_next_request_keeps_the_filters(client: Client, focus: Researcher):
    topic = focus.authorships.order_by("pk")[0].work.topic_links.get().topic
    query = f"types=article,preprint&min_weight=1&topic={topic.pk}&only=researcher:{focus.pk}&year_to=2100"
    short = client.get(f"{ADDRESS}?focus=researcher:{focus.pk}&limit=1&{query}").json()
    following = short["truncated"]["topic"]["next"]
    for part in (f"topic={topic.pk}", f"only=researcher:{focus.pk}", "types=article,preprint", "year_to=2100", "kinds=topic"):
        assert part in following
    assert {node["kind"] for node in client.get(following).json()["nodes"]} == {"topic"}
