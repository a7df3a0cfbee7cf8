"""F13, F14: leases follow the database's clock, whatever a worker's says; two schedulers make one run, and days without one as well."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from tests.factories.records import ResearcherFactory
from works import parts, refreshing, runs, tasks
from works.models import ImportPart, ImportRun, RefreshDay, Work

HOURS = (-1, 1)


@pytest.fixture
def file(tmp_path) -> str:
    path = tmp_path / "works.jsonl"
    path.write_text("".join(json.dumps({"id": f"https://openalex.org/W{at}", "title": f"T{at}"}) + "\n" for at in range(1, 701)))
    return str(path)


@pytest.mark.django_db
@pytest.mark.parametrize("hours", HOURS)
def test_a_run_in_hand_is_not_taken_by_a_worker_whose_clock_is_wrong(file, hours):
    run = runs.ask_for(provider="openalex", files=[file])
    assert runs.take(run.pk) is not None
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert runs.take(run.pk) is None
        assert tasks.sweep_imports() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("hours", HOURS)
def test_a_worker_whose_clock_is_wrong_keeps_what_it_took_and_ends_it(file, hours):
    run = runs.ask_for(provider="openalex", files=[file])
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        taken = runs.take(run.pk)
    assert taken is not None
    assert runs.take(run.pk) is None
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert runs.carry_on(taken) is True
    assert Work.objects.count() == 700


@pytest.mark.django_db
@pytest.mark.parametrize("hours", HOURS)
def test_parts_of_a_snapshot_are_leased_likewise(hours):
    run = ImportRun.objects.create(provider="openalex", parameters={"snapshot": "/nowhere"}, state="running")
    ImportPart.objects.create(run=run, path="works/a.gz", entity="works", stage=0, bytes_total=1)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert parts.take_part(run.pk) is not None
    assert parts.take_part(run.pk) is None
    ImportPart.objects.update(lease_until=Now() - timedelta(seconds=1))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert parts.take_part(run.pk) is not None


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_let_one_worker_in(file, monkeypatch):
    run = runs.ask_for(provider="openalex", files=[file])
    taken: list[bool] = []
    together = threading.Barrier(6)

    def worker() -> None:
        together.wait()
        taken.append(runs.take(run.pk) is not None)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_make_one_run_of_a_day(settings):
    settings.OPENALEX_DAILY_BUDGET = 10
    researcher = ResearcherFactory(openalex_id="A11")
    made: list[bool] = []
    together = threading.Barrier(4)

    def scheduler() -> None:
        together.wait()
        made.append(refreshing.begin_today(first=[researcher.pk]) is not None)
        connection.close()

    threads = [threading.Thread(target=scheduler) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(made), ImportRun.objects.count()) == ([False] * 3 + [True], 1)


@pytest.mark.django_db
def test_three_days_without_a_scheduler_are_caught_up_by_one_run(settings):
    settings.OPENALEX_DAILY_BUDGET = 10
    researcher = ResearcherFactory(openalex_id="A11")
    assert refreshing.begin_today(first=[researcher.pk]) is not None
    ImportRun.objects.update(state="finished")
    RefreshDay.objects.update(day=F("day") - 4)
    again = [refreshing.begin_today(first=[researcher.pk]) for _ in range(3)]
    assert [run is not None for run in again] == [True, False, False]
    assert RefreshDay.objects.count() == 2
