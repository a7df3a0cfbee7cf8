"""What an operator meets when an upstream misbehaves: nothing of a bad page is stored, and the run goes on where it stood."""

import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db.models.functions import Now
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.upstream import (
    Fault,
    Upstream,
    broken,
    busy,
    busy_until,
    cut_connection,
    cut_json,
    dripping,
    empty_page,
    hanging,
    refused,
    running,
    web_page,
    wrong_gzip,
)
from tests.works.sources.conftest import author, paper, work
from tests.works.stored import everything
from works import runs, tasks, upstreams
from works.models import ImportProblem, ImportRun, UpstreamRecord, Work, WorkVersion
from works.sources import arxiv_api, http

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings):
    """No sleep between retries, short rests."""
    monkeypatch.setattr(http, "_delay", lambda attempt, asked: 0.0 if asked is None or asked <= http.LONGEST_WAIT else None)
    settings.UPSTREAM_FIRST_REST, settings.UPSTREAM_LONGEST_REST = 0.3, 0.6


@pytest.fixture
def upstream(settings) -> Any:
    with running(works=[work(number) for number in range(1, 251)], authors=[author(11)], papers=[paper("2006.13711")]) as server:
        settings.OPENALEX_URL, settings.ARXIV_URL, settings.ARXIV_OAI_URL = server.openalex_url, server.arxiv_url, server.oai_url
        yield server


def step(run: ImportRun) -> ImportRun:
    """Let a worker have the run once."""
    ImportRun.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=Now() - timedelta(seconds=1))
    tasks.run_import(run.pk)
    run.refresh_from_db()
    return run


FAULTS = {
    "429": lambda: busy(5000),
    "429 until a date": lambda: busy_until(5000),
    "500": broken,
    "502": lambda: broken(502),
    "401": lambda: refused(401),
    "403": lambda: refused(403),
    "html": web_page,
    "half a JSON": cut_json,
    "cut connection": cut_connection,
    "wrong gzip": wrong_gzip,
    "empty page": empty_page,
    "hangs": lambda: hanging(1.0),
    "drips": lambda: dripping(0.02),
    "another thing": lambda: Fault(200, {}, b'{"results": {}, "meta": []}'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_of_a_bad_page_is_stored_and_the_cursor_is_kept(upstream: Upstream, monkeypatch, name):
    if name in ("hangs", "drips"):
        monkeypatch.setattr(http, "READ", 0.5)
        monkeypatch.setattr(http, "WHOLE_ANSWER", 0.7)
    run = runs.ask_for(provider="openalex", search="number")
    upstream.next_answers(None, *[FAULTS[name]()] * 5)
    step(run)

    assert Work.objects.count() == 100
    assert run.cursor == {"page": "at100"}
    assert run.error
    assert run.state == ("failed" if name in ("401", "403") else "running")
    assert (run.lease_until is None) == (run.state == "failed")

    again = runs.go_on_with(provider="openalex", search="number")
    assert again == run
    upstream.forget_faults()
    time.sleep(0.35)  # the circuit's rest, where silence opened it
    step(run)
    assert (run.state, run.counts["read"], Work.objects.count()) == ("finished", 250, 250)


def test_repeating_cursor_stores_its_page_once_and_is_told(upstream):
    upstream.cursor_repeats = True
    run = step(runs.ask_for(provider="openalex", search="number"))

    assert "its cursor repeats" in run.error
    assert run.counts["read"] == run.counts["written"] == Work.objects.count() == 100


def test_an_outage_is_outlasted_with_few_requests_and_the_time_of_the_next_try(upstream):
    upstream.next_answers(None, *[broken(503)] * 8)
    run = runs.ask_for(provider="openalex", search="number")
    step(run)
    assert run.error.startswith("OpenAlex has not answered since ")
    assert "trying again at" in run.error
    asked = len(upstream.asked)
    step(run)
    assert len(upstream.asked) == asked, "while the circuit is open nobody asks"
    for _ in range(4):
        time.sleep(0.65)
        step(run)

    assert (run.state, run.attempts <= 1, Work.objects.count()) == ("finished", True, 250)
    assert len(upstream.asked) == 1 + 8 + 3


def test_another_run_meets_the_open_circuit_without_asking(upstream):
    upstream.next_answers(*[broken()] * 5)
    step(runs.ask_for(provider="openalex", search="number"))
    asked = len(upstream.asked)
    other = step(runs.ask_for(provider="openalex", author="A11"))

    assert len(upstream.asked) == asked
    assert (other.state, other.error.startswith("OpenAlex has not answered")) == ("running", True)
    assert [each.resting != "" for each in upstreams.conditions()] == [True, False]


def test_without_redis_arxiv_is_not_asked_and_the_run_waits(upstream, monkeypatch):
    away = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(upstreams, "_redis", lambda url: away)
    run = step(runs.ask_for(provider="arxiv", ids=["2006.13711"]))

    assert upstream.asked == []
    assert run.error == (
        "arXiv is not asked: whose turn it is to ask is kept in Redis, which does not answer. "
        "The import goes on by itself once Redis is back."
    )
    assert (run.state, run.lease_until > timezone.now() + timedelta(seconds=20)) == ("running", True)
    monkeypatch.undo()
    step(run)
    assert run.state == "finished"


def test_the_api_and_harvests_of_several_runs_take_turns(upstream, settings):
    settings.ARXIV_INTERVAL = 0.6
    for asked in ({"ids": ["2006.13711"]}, {"set": "cs"}, {"query": "cat:cs.DL"}):
        assert step(runs.ask_for(provider="arxiv", **asked)).state == "finished"
    starts = [began for began, _ in upstream.spans]

    assert len(starts) == 3
    # Seen where they arrive, which a busy machine notices a little late; test_turns.py has the intervals as they are kept.
    assert min(starts[1] - starts[0], starts[2] - starts[1]) >= 0.4


def test_allowance_is_kept_and_shown_and_renewed(upstream):
    upstream.allowance = 400
    step(runs.ask_for(provider="openalex", works=["W1", "W2"]))
    condition = upstreams.conditions()[0]

    assert (condition.service, condition.remaining, condition.limit) == ("OpenAlex", 399, 1000)
    assert condition.resets_at is not None
    known = upstreams.openalex_allowance()
    assert known is not None
    assert known.now_remaining(known.resets_at + 1) is None


def test_harvest_stores_versions_and_tells_deleted_records(upstream):
    upstream.papers |= {f"2006.{number:05}": paper(f"2006.{number:05}") for number in range(1, 8)}
    upstream.list_size = 3
    assert step(runs.ask_for(provider="arxiv", set="cs", from_day="2020-01-01")).counts["read"] == 8
    assert (Work.objects.count(), WorkVersion.objects.count()) == (8, 16)
    before = everything()

    upstream.deleted = {"2006.00003": "2024-01-01"}
    run = step(runs.ask_for(provider="arxiv", set="all", from_day="2024-01-01"))
    assert (run.state, run.counts.get("read", 0)) == ("finished", 0)
    assert list(UpstreamRecord.objects.filter(gone_at__isnull=False).values_list("key", flat=True)) == ["arxiv:2006.00003"]
    assert [(each.key, each.is_quarantined) for each in ImportProblem.objects.filter(run=run)] == [("arxiv:2006.00003", False)]
    assert everything() == before

    upstream.deleted = {}
    step(runs.ask_for(provider="arxiv", set="cs"))
    assert not UpstreamRecord.objects.filter(gone_at__isnull=False).exists()


def test_both_formats_together_give_the_whole_record(upstream):
    upstream.papers["2006.13711"] |= {"affiliation": "Example Institute", "license": "http://creativecommons.org/licenses/by/4.0/"}
    step(runs.ask_for(provider="arxiv", set="cs", format="both"))
    stored = Work.objects.get()

    assert list(stored.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert (str(stored.publication_date), str(stored.updated_on)) == ("2020-06-22", "2021-01-02")
    assert stored.authorships.get(position=1).raw_affiliations == ["Example Institute"]


def test_withdrawal_told_by_one_format_holds_until_a_newer_version(upstream):
    versions = [
        {"version": "v1", "created": "2020-06-22T10:00:00Z"},
        {"version": "v2", "created": "2021-01-02T10:00:00Z", "source_type": "I"},
    ]
    upstream.papers["2006.13711"] |= {"versions": versions, "comments": "Crucial error in Section 2"}
    step(runs.ask_for(provider="arxiv", set="cs", format="both"))
    step(runs.ask_for(provider="arxiv", ids=["2006.13711"]))
    assert Work.objects.get().is_withdrawn

    upstream.papers["2006.13711"]["versions"] = [*versions, {"version": "v3", "created": "2022-01-02T10:00:00Z"}]
    step(runs.ask_for(provider="arxiv", ids=["2006.13711"]))
    assert not Work.objects.get().is_withdrawn


def test_a_step_of_a_harvest_goes_on_by_its_token(upstream, monkeypatch):
    upstream.papers |= {f"2006.{number:05}": paper(f"2006.{number:05}") for number in range(1, 8)}
    upstream.list_size = 3
    monkeypatch.setattr(tasks, "STEP_SECONDS", 0.001)
    monkeypatch.setattr(tasks.run_import, "delay", lambda run_id: None)
    monkeypatch.setattr(runs.time, "sleep", lambda seconds: None)
    run = runs.ask_for(provider="arxiv", set="cs")
    states = [step(run).state for _ in range(9)]

    assert states[-1] == "finished"
    assert (run.counts["read"], Work.objects.count()) == (8, 8)


def test_a_window_without_papers_is_passed_and_kept(upstream, monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 20)
    monkeypatch.setattr(arxiv_api, "MOST_RESULTS", 30)
    upstream.most_results = 30
    upstream.papers = {
        f"2101.{number:05}": paper(f"2101.{number:05}", versions=[{"version": "v1", "created": f"{2000 + number % 20}-01-03T10:20:30Z"}])
        for number in range(60)
    }
    run = step(runs.ask_for(provider="arxiv", author="Ada Example"))

    assert (run.state, Work.objects.count(), run.total) == ("finished", 60, 60)
    assert run.cursor == {"page": None}
    assert [each.reason for each in ImportProblem.objects.filter(run=run)] == [
        "The question has 60 results; arXiv gives at most 30 for one question. "
        "It is asked in windows of submission dates, so that all of them come."
    ]
