"""An import waits while a disk is nearly full, and goes on by itself."""

import json
from collections import namedtuple
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from psycopg import errors

from works import room, runs, tasks
from works.models import ImportRun, Work

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")
GB = 10**9


@pytest.fixture
def disk(monkeypatch, settings):
    """A function that says how much of every disk is free."""
    settings.IMPORT_LEAST_FREE = 0.1

    def has(*, total: float, free: float) -> None:
        monkeypatch.setattr("works.room.shutil.disk_usage", lambda _: Usage(int(total * GB), int((total - free) * GB), int(free * GB)))

    return has


@pytest.mark.parametrize(
    ("total", "free", "is_enough"),
    [(40, 4.1, True), (40, 3.9, False), (2_000, 11, True), (2_000, 9, False), (0.05, 0.004, False), (0, 0, True)],
)
def test_a_tenth_must_stay_free_and_ten_gigabytes_are_enough_on_any_disk(disk, total, free, is_enough):
    disk(total=total, free=free)
    if is_enough:
        room.require_room()
    else:
        with pytest.raises(room.NoRoom, match=r"must stay. Make room; it goes on by itself.$"):
            room.require_room()


@pytest.fixture
def run(tmp_path: Path) -> ImportRun:
    path = tmp_path / "works.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"https://openalex.org/W{number}", "title": f"T{number}"}) + "\n" for number in range(1, 1201))
    )
    return runs.ask_for(provider="openalex", files=[str(path)])


def test_an_import_waits_between_batches_and_goes_on_once_there_is_room(disk, run):
    disk(total=40, free=20)
    taken = runs.take(run.pk)
    assert taken is not None
    with pytest.raises(runs.ImportStopped, match=r"^The import waits for room: 2% of the disk") as stop:
        runs.carry_on(taken, progress=lambda _: disk(total=40, free=1))
    assert stop.value.retry_after == 60
    run.refresh_from_db()
    assert (run.state, run.cursor["records"], run.attempts, Work.objects.count()) == ("running", 500, 0, 500)
    for _ in range(5):  # the sweeper looks again, as often as it takes
        ImportRun.objects.update(lease_until=Now())
        tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error[:27]) == ("running", "The import waits for room: ")
    disk(total=40, free=20)
    ImportRun.objects.update(lease_until=Now())
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.counts["written"], Work.objects.count()) == ("finished", "", 1200, 1200)


def test_a_database_without_room_is_no_failed_import(run, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OperationalError("could not extend file") from errors.DiskFull()

    monkeypatch.setattr("works.runs.store", full)
    taken = runs.take(run.pk)
    assert taken is not None
    with pytest.raises(runs.ImportStopped, match="the disk of the database is full"):
        runs.carry_on(taken)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("running", 0)
