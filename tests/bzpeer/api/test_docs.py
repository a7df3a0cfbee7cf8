"""The schema and its page: complete, valid, and shown in a browser under the strict policy."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page, expect
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from bzpeer import pipeline
from bzpeer.api.docs import SchemaView
from bzpeer.wsgi import application
from tests.factories.records import InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory

PATHS = {
    "/api/v1/researchers/", "/api/v1/researchers/{key}/", "/api/v1/works/", "/api/v1/works/{key}/", "/api/v1/topics/",
    "/api/v1/topics/{key}/",
    "/api/v1/institutions/", "/api/v1/institutions/{key}/", "/api/v1/search/", "/api/v1/graph/slice/", "/api/v1/graph/path/",
    "/api/v1/schema/",
}  # fmt: skip

OWN = "/api/v1/graph/views/"
"""A member's own list: nothing to get wrong, but one must be logged in."""


def document() -> dict[str, Any]:
    return dict(SchemaView.generator_class(api_version="1").get_schema(request=None, public=True))


@pytest.mark.django_db
def test_the_schema_is_valid_and_names_every_endpoint(client: Client):
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    validate_schema(answer.json())
    assert set(answer.json()["paths"]) >= PATHS - {"/api/v1/schema/"}


@pytest.mark.django_db
def test_every_endpoint_tells_its_problems(client: Client):
    for path, operations in document()["paths"].items():
        if path not in {"/api/v1/schema/", OWN}:
            assert set(operations["get"]["responses"]) >= {"200", "400", "404"}, path
    assert set(document()["paths"][OWN]["get"]["responses"]) >= {"200", "403"}


def test_every_named_endpoint_is_reached_from_the_root(client: Client):
    named = client.get("/api/v1/").json()
    assert set(named) == {"researchers", "works", "topics", "institutions", "search", "slice", "path", "schema", "docs"}
    assert all(get_resolver().resolve(address.removeprefix("http://testserver")) for address in named.values())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_docs_page_shows_every_endpoint_under_the_policy(page: Page, live_server: Any):
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("request", lambda request: refused.append(request.url) if not request.url.startswith((live_server.url, "data:")) else None)
    page.goto(f"{live_server.url}/api/v1/docs/")
    operations = sum(len(operations) for operations in document()["paths"].values())
    expect(page.locator(".opblock")).to_have_count(operations)
    expect(page.locator("#swagger-ui")).to_contain_text("/api/v1/graph/slice/")
    assert refused == []


# --- every operation, by machine --------------------------------------------------------------------


@pytest.fixture
def connection_stays() -> Iterator[None]:
    """Outside Django's test client a request closes its connection, which here holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def corpus(db: None, connection_stays: None) -> None:
    for _ in range(3):
        work = WorkFactory(authors=ResearcherFactory.create_batch(2), topics=[TopicFactory()])
        ReferenceFactory(citing=work, raw_key="openalex:W9")
        InstitutionFactory()
    pipeline.rebuild_everything()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", sorted(PATHS - {"/api/v1/schema/"}))
def test_no_question_is_answered_outside_the_schema(corpus: None, path: str, mode: GenerationMode):
    """Schemathesis asks what the schema allows and what it does not: never a 500, always the shape that was promised."""
    operation = schemathesis.openapi.from_dict(document())[path]["GET"]

    @settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.operation.app = application
        answer = case.call(headers={"Accept-Encoding": "identity"})
        case.validate_response(
            answer, checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
        )

    ask()
