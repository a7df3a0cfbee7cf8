"""Runs stop anywhere and go on from there."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from tests.upstream import busy, running
from tests.works.stored import everything
from works import runs, tasks
from works.models import ImportRun, Work
from works.sources.http import UpstreamBusy, UpstreamError

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


def test_whoever_lost_a_run_writes_no_more_of_it(file):
    run = runs.ask_for(provider="openalex", files=[file])
    slow = runs.take(run.pk)
    assert slow is not None

    def overtaken(_: ImportRun) -> None:
        expire(run)
        other = runs.take(run.pk)
        assert other is not None
        assert runs.carry_on(other) is True

    assert runs.carry_on(slow, progress=overtaken) is True
    done = ImportRun.objects.get()
    assert (done.state, done.counts["read"], done.cursor["file"], Work.objects.count()) == ("finished", 1200, 1, 1200)


def test_a_run_cancelled_in_the_middle_stays_so(file):
    run = runs.ask_for(provider="openalex", files=[file])
    taken = runs.take(run.pk)
    assert taken is not None
    assert runs.carry_on(taken, progress=lambda _: runs.cancel(ImportRun.objects.get())) is False
    assert (ImportRun.objects.get().state, Work.objects.count()) == ("cancelled", 500)


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


@pytest.fixture
def question() -> ImportRun:
    return runs.ask_for(provider="openalex", author="A11")


def stopped_by(error: UpstreamError, run: ImportRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("works.sources.openalex.fetch", stop)
    expire(run)
    taken = runs.take(run.pk)
    assert taken is not None
    with pytest.raises(runs.ImportStopped):
        runs.carry_on(taken)
    run.refresh_from_db()


def test_an_upstream_that_cannot_be_reached_is_asked_three_times_later_on(question, monkeypatch):
    states = []
    for _ in range(runs.MOST_ATTEMPTS):
        stopped_by(UpstreamBusy("It cannot be reached."), question, monkeypatch)
        states.append((question.state, question.error, question.lease_until is not None))
    assert states == [("running", "It cannot be reached.", True)] * 2 + [("failed", "It cannot be reached.", False)]


def test_a_delay_that_upstream_asks_for_is_no_attempt(question, monkeypatch):
    for _ in range(runs.MOST_ATTEMPTS + 1):
        stopped_by(UpstreamBusy("Too often.", retry_after=100), question, monkeypatch)
    assert (question.state, question.attempts) == ("running", 0)


def test_a_delayed_question_is_gone_on_with_but_not_one_at_work(question, monkeypatch):
    stopped_by(UpstreamBusy("Too often.", retry_after=4000), question, monkeypatch)
    assert runs.take(question.pk) is None
    assert runs.go_on_with(provider="openalex", author="A12") is None
    assert runs.go_on_with(provider="openalex", author="A11", search="") == question
    assert runs.take(question.pk) is not None
    assert runs.go_on_with(provider="openalex", author="A11") is None


def test_an_old_or_finished_question_is_asked_anew(question):
    ImportRun.objects.filter(pk=question.pk).update(state="failed", cursor={"page": "works:x"})
    ImportRun.objects.filter(pk=question.pk).update(created_at=Now() - timedelta(days=2))
    assert runs.go_on_with(provider="openalex", author="A11") is None
    ImportRun.objects.filter(pk=question.pk).update(created_at=Now(), state="finished")
    assert runs.go_on_with(provider="openalex", author="A11") is None


def test_a_step_without_time_to_wait_gives_the_run_back(question, settings):
    with running(authors=[{"id": "https://openalex.org/A11", "display_name": "Ada Example"}]) as upstream:
        settings.OPENALEX_URL = upstream.openalex_url
        upstream.next_answers(busy(80))
        started = time.monotonic()
        tasks.run_import(question.pk)
        assert time.monotonic() - started < 20
    question.refresh_from_db()
    assert (question.state, question.attempts) == ("running", 0)
    assert question.error == "OpenAlex asks for patience. The import resumes where it stopped."
    assert question.lease_until > timezone.now() + timedelta(seconds=60)


def test_a_run_that_waits_keeps_its_lease(question, settings, monkeypatch):
    leases = []
    monkeypatch.setattr(
        "works.runs.time.sleep", lambda seconds: leases.append((ImportRun.objects.get().lease_until - timezone.now()).total_seconds())
    )
    with running(authors=[{"id": "https://openalex.org/A11", "display_name": "Ada Example"}]) as upstream:
        settings.OPENALEX_URL = upstream.openalex_url
        upstream.next_answers(busy(80))
        taken = runs.take(question.pk)
        assert taken is not None
        assert runs.carry_on(taken) is True
    assert [lease > settings.IMPORT_LEASE + 70 for lease in leases] == [True]
