"""What `bzpeer doctor` says of upstream services. Its other points are looked at where a portal runs (test_up.py)."""

from datetime import UTC, datetime

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bzpeer import embedded
from bzpeer.management.commands import doctor
from tests.upstream import broken, running
from works import budget, runs, tasks, upstreams
from works.sources import http


@pytest.fixture
def points(settings, tmp_path):
    """The points about upstream services by subject, as (found, way out)."""

    def look() -> dict[str, tuple[str, str]]:
        services = embedded.locate(tmp_path)
        asked = (doctor._openalex, doctor._allowance, doctor._refreshing, doctor._arxiv, doctor._turns)
        return {point.subject: (point.found, point.way_out) for point in (each(services) for each in asked)}

    return look


@pytest.fixture
def upstream(settings):
    with running(works=[{"id": "https://openalex.org/W1", "title": "One"}]) as server:
        settings.OPENALEX_URL, settings.ARXIV_URL, settings.ARXIV_OAI_URL = server.openalex_url, server.arxiv_url, server.oai_url
        yield server


@pytest.mark.django_db
def test_upstreams_that_can_be_reached_are_well(points, upstream, settings):
    settings.ARXIV_INTERVAL = 3.0
    assert points() == {
        "OpenAlex": ("127.0.0.1 can be reached", ""),
        "allowance": ("OpenAlex has not yet said what it grants (no key is set)", ""),
        "refreshing": ("0 of today's 50 requests spent on keeping records fresh", ""),
        "arXiv": ("API 127.0.0.1 can be reached, OAI-PMH 127.0.0.1 can be reached", ""),
        "turns": ("all workers together ask arXiv once in 3 seconds", ""),
    }
    assert upstream.asked == [], "looking costs no request"


@pytest.mark.django_db
def test_allowance_and_budget_are_told(points, upstream):
    upstream.allowance = 413
    tasks.run_import(runs.ask_for(provider="openalex", works=["W1"]).pk)
    for _ in range(3):
        budget.spend()
    found = points()

    assert found["allowance"][0].startswith("412 of 1,000 left at OpenAlex until ")
    assert found["allowance"][0].endswith(" UTC")
    assert found["refreshing"][0] == "3 of today's 50 requests spent on keeping records fresh"


@pytest.mark.django_db
def test_allowance_renewed_since_is_not_told_as_if_it_held(points, upstream, monkeypatch):
    known = upstreams.Allowance(remaining=4, limit=1000, resets_at=datetime.now(UTC).timestamp() - 5, heard_at=1_700_000_000)
    monkeypatch.setattr(upstreams, "openalex_allowance", lambda: known)

    assert points()["allowance"][0] == "OpenAlex has renewed it since it was last asked (14 Nov 22:13 UTC)"


@pytest.mark.django_db
def test_open_circuit_is_told_with_the_next_try(points, upstream, monkeypatch):
    monkeypatch.setattr(http, "_delay", lambda attempt, asked: 0.0)
    upstream.next_answers(*[broken()] * 5)
    tasks.run_import(runs.ask_for(provider="openalex", works=["W1"]).pk)

    assert points()["OpenAlex"][0].startswith("127.0.0.1 can be reached; OpenAlex has not answered since ")


@pytest.mark.django_db
def test_doctor_without_network_finds_no_problem(points, settings, monkeypatch):
    monkeypatch.setattr(doctor, "UPSTREAM_SECONDS", 0.5)
    with running() as gone:
        settings.OPENALEX_URL = settings.ARXIV_URL = gone.openalex_url
    settings.ARXIV_OAI_URL = "https://no.such.host.invalid/oai"
    found = points()

    assert found["OpenAlex"] == ("127.0.0.1 cannot be reached from here (Connection refused)", "")
    assert "OAI-PMH no.such.host.invalid cannot be reached from here" in found["arXiv"][0]
    assert not any(way_out for _, way_out in found.values())


@pytest.mark.django_db
def test_missing_redis_is_a_problem_for_turns(points, upstream, monkeypatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(upstreams, "_redis", lambda url: away)

    assert points()["turns"] == ("Redis cannot say whose turn it is to ask arXiv, so nobody asks", "Mend Redis first.")
