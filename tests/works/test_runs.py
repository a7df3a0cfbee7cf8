"""Runs stop anywhere and go on from there."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from tests.works.stored import everything
from works import runs, tasks
from works.models import ImportRun, Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "works.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"https://openalex.org/W{number}", "title": f"T{number}"}) + "\n" for number in range(1, 1201))
    )
    return str(path)


def expire(run: ImportRun) -> None:
    ImportRun.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_step_ends_in_time_and_the_next_one_goes_on(file):
    run = runs.ask_for(provider="openalex", files=[file])
    taken = runs.take(run.pk)
    assert taken is not None
    assert runs.carry_on(taken, seconds=0) is False
    assert (taken.state, taken.lease_until, taken.counts) == ("running", None, {})
    again = runs.take(run.pk)
    assert again is not None
    assert runs.carry_on(again) is True
    assert (again.state, again.counts["read"], Work.objects.count()) == ("finished", 1200, 1200)


def test_a_killed_worker_loses_no_stored_batch_and_repeats_none(file, monkeypatch):
    run = runs.ask_for(provider="openalex", files=[file])
    taken = runs.take(run.pk)
    assert taken is not None

    def die(_: ImportRun) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.carry_on(taken, progress=die)
    assert ImportRun.objects.get().cursor["records"] == 500
    assert runs.take(run.pk) is None
    expire(run)
    tasks.run_import(run.pk)
    done = ImportRun.objects.get()
    assert (done.state, done.counts["read"], done.counts["written"], Work.objects.count()) == ("finished", 1200, 1200, 1200)


def test_a_run_is_taken_by_one_worker_only(file):
    run = runs.ask_for(provider="openalex", files=[file])
    assert runs.take(run.pk) is not None
    assert runs.take(run.pk) is None


def test_a_run_that_never_gets_further_is_given_up_with_a_reason(file):
    run = runs.ask_for(provider="openalex", files=[file])
    for _ in range(runs.MOST_ATTEMPTS):
        assert runs.take(run.pk) is not None
        expire(run)
    assert runs.take(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("failed", 3)
    assert run.error.startswith("It stopped 3 times at the same place")


def test_the_sweeper_rings_for_what_waits_and_for_what_was_left(file, monkeypatch):
    waiting, left, busy, over = (runs.ask_for(provider="openalex", files=[file]) for _ in range(4))
    for run in (left, busy):
        runs.take(run.pk)
    expire(left)
    runs.cancel(over)
    rung: list[int] = []
    monkeypatch.setattr(tasks.run_import, "delay", rung.append)
    assert tasks.sweep_imports() == 2
    assert rung == [waiting.pk, left.pk]


def test_tasks_delivered_three_times_change_nothing_more(file):
    run = runs.ask_for(provider="openalex", files=[file])
    for _ in range(3):
        tasks.run_import(run.pk)
    once = everything()
    started = time.monotonic()
    tasks.run_import(run.pk)
    assert everything() == once
    assert time.monotonic() - started < 5
    assert ImportRun.objects.get().counts["read"] == 1200
