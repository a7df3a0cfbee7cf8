"""F9, F10: upstream refuses, delays, dies for a while or answers nonsense. What is there afterwards is what an untroubled import brings.

What each single fault does to a run is in tests/works/test_upstreams.py; here they come in any order.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.db import connection
from django.db.models.functions import Now
from redis import Redis

from tests.faults.dump import difference, lines
from tests.upstream import (
    Fault,
    Upstream,
    broken,
    busy,
    busy_until,
    cut_connection,
    cut_json,
    empty_page,
    hanging,
    refused,
    running,
    unavailable,
    web_page,
    wrong_gzip,
)
from tests.works.sources.conftest import author, paper, work
from works import refreshing, runs, tasks
from works.models import ImportRun, RefreshDay, UpstreamRecord, Work
from works.sources import http

pytestmark = pytest.mark.django_db
WORKS = 450
PASSING: tuple[Callable[[], Fault], ...] = (
    broken, lambda: broken(502), busy, lambda: busy_until(0), lambda: unavailable(0), web_page, cut_connection, cut_json, wrong_gzip,
    empty_page, lambda: hanging(1.5),
)  # fmt: skip
MOST_STEPS = 60


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings):
    """No sleep between retries, short rests, and little patience with a connection that says nothing."""
    monkeypatch.setattr(http, "_delay", lambda attempt, asked: 0.0 if asked is None or asked <= http.LONGEST_WAIT else None)
    monkeypatch.setattr(http, "READ", 0.5)
    settings.UPSTREAM_FIRST_REST, settings.UPSTREAM_LONGEST_REST, settings.ARXIV_INTERVAL = 0.05, 0.1, 0.0


@pytest.fixture
def upstream(settings) -> Any:
    papers = [paper(f"2006.{number:05}") for number in range(1, 41)]
    with running(works=[work(number) for number in range(1, WORKS + 1)], authors=[author(11)], papers=papers) as server:
        settings.OPENALEX_URL, settings.ARXIV_URL, settings.ARXIV_OAI_URL = server.openalex_url, server.arxiv_url, server.oai_url
        yield server


def step(run: ImportRun) -> ImportRun:
    """Let a worker have the run once; one that has failed is asked for again, as a person would."""
    ImportRun.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=Now() - timedelta(seconds=1))
    tasks.run_import(run.pk)
    run.refresh_from_db()
    if run.state == ImportRun.State.FAILED:
        found = runs.go_on_with(provider=run.provider, **run.parameters)
        run = found or runs.ask_for(provider=run.provider, **run.parameters)
    return run


def to_its_end(run: ImportRun) -> None:
    for _ in range(MOST_STEPS):
        run = step(run)
        if run.state == ImportRun.State.FINISHED:
            return
    raise AssertionError(f"import {run.pk} does not end: {run.state}, {run.error}")


def emptied() -> None:
    """Forget everything, what Redis remembers of upstream included."""
    models = [model for model in apps.get_models() if model._meta.app_label in ("works", "researchers")]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending stands in the way
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in models)} CASCADE")
    with Redis.from_url(configured.REDIS_URL) as client:
        client.flushdb()


QUESTIONS: tuple[dict[str, Any], ...] = ({"provider": "openalex", "author": "A11"}, {"provider": "arxiv", "query": "cat:cs.DL"})


@pytest.mark.services
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["provider"])
def test_any_row_of_faults_only_delays(question, upstream: Upstream):
    emptied()
    to_its_end(runs.ask_for(**question))
    untroubled = lines()
    assert len(untroubled) > 100
    chance = random.Random(question["provider"])
    for _ in range(3):
        emptied()
        storm = [chance.choice(PASSING)() if chance.random() < 0.7 else None for _ in range(12)]
        upstream.next_answers(*storm)
        run = runs.ask_for(**question)
        for _ in range(4):
            if run.state != ImportRun.State.FINISHED:
                run = step(run)
        upstream.forget_faults()  # an hour later
        to_its_end(run)
        assert difference(untroubled, lines()) == ""


def test_a_refusal_in_the_middle_keeps_what_came_before_and_the_place(upstream: Upstream):
    emptied()
    run = runs.ask_for(provider="openalex", author="A11")
    upstream.next_answers(None, None, refused(401))
    before = Work.objects.count()
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.FAILED
    assert run.error.startswith("OpenAlex refused the request (401)")
    assert run.cursor.get("page")
    assert before < Work.objects.count() < WORKS


def test_the_budget_of_a_day_is_never_exceeded_however_upstream_behaves(upstream: Upstream, settings):
    emptied()
    settings.OPENALEX_DAILY_BUDGET = 7
    UpstreamRecord.objects.bulk_create(
        UpstreamRecord(key=f"openalex:W{number}", digest=b"", record_id=number, imported_at=Now() - timedelta(days=90))
        for number in range(1, WORKS + 1)
    )
    run = refreshing.begin_today(first=[])
    assert run is not None
    upstream.asked.clear()
    upstream.next_answers(broken(), busy(), cut_json(), None, web_page(), *[broken() for _ in range(30)])
    for _ in range(6):
        run = step(run)
    assert 0 < len(upstream.asked) <= 7
    assert RefreshDay.objects.get().requests <= 7
