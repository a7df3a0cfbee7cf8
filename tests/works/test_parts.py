"""Snapshots: files are read in parts, by any number of workers, and whatever stops one loses nothing."""

import gzip
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from bzpeer.pipeline import derive_all_pending, derive_pending
from researchers.models import Researcher
from tests.conftest import Worker
from tests.works import snapshots
from tests.works.stored import everything
from works import parts, steering, tasks
from works.choosing import Filters
from works.models import ImportPart, ImportProblem, ImportRun, UpstreamRecord, Work
from works.sources.lines import Lines, Place
from works.sources.openalex_snapshot import snapshot_in

EVERY_WORK = 1_499


def planned(root: Path, **filters: Any) -> ImportRun:
    return parts.plan(snapshot_in(root), Filters(**filters))


def read_all(run: ImportRun) -> ImportRun:
    parts.work_through(run.pk)
    run.refresh_from_db()
    return run


def taken_works(run: ImportRun) -> ImportPart:
    """Read everything before the works, then take the larger file of works."""
    parts.start(run.pk)
    while (part := parts.take_part(run.pk)) is not None and part.entity != "works":
        parts.work_on(part)
    assert part is not None
    return part


def expire(part: ImportPart) -> None:
    # Longer ago than the test's own transaction began, by whose start parts are taken.
    ImportPart.objects.filter(pk=part.pk).update(lease_until=Now() - timedelta(hours=1))


def die(_: ImportPart) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return snapshots.small(tmp_path)


@pytest.mark.django_db
def test_a_snapshot_is_read_whole_and_a_second_time_writes_no_row(root):
    run = read_all(planned(root))
    assert (run.state, run.error, run.cursor["bytes"]) == ("finished", "", run.total)
    assert run.counts == {
        "read": EVERY_WORK + 11, "written": EVERY_WORK + 11, "works_new": EVERY_WORK, "researchers_new": 7, "institutions_new": 2,
    }  # fmt: skip
    before, sealed = everything(), list(UpstreamRecord.objects.order_by("pk").values())
    again = read_all(planned(root))
    assert again.counts == {"read": EVERY_WORK + 11, "unchanged": EVERY_WORK + 11}
    assert (everything(), list(UpstreamRecord.objects.order_by("pk").values())) == (before, sealed)


@pytest.mark.django_db
def test_a_step_ends_in_time_and_the_next_one_goes_on_inside_the_file(root):
    run = planned(root)
    part = taken_works(run)
    assert parts.work_on(part, until=time.monotonic()) is False
    part.refresh_from_db()
    assert (part.state, part.lease_until, part.cursor["line"], part.counts["read"]) == ("waiting", None, 1, 1)
    read_all(run)
    assert (run.state, run.counts["read"], Work.objects.count()) == ("finished", EVERY_WORK + 11, EVERY_WORK)
    part.refresh_from_db()
    assert part.counts["read"] == 1_299


@pytest.mark.django_db
def test_a_killed_reader_loses_no_stored_batch_and_repeats_none(root):
    run = planned(root)
    part = taken_works(run)
    with pytest.raises(KeyboardInterrupt):
        parts.work_on(part, heard=die)
    part.refresh_from_db()
    assert (part.state, part.cursor["line"], part.counts["read"]) == ("running", 500, 500)
    assert parts.take_part(run.pk, part_id=part.pk) is None
    expire(part)
    read_all(run)
    assert (run.state, run.counts["read"], Work.objects.count()) == ("finished", EVERY_WORK + 11, EVERY_WORK)


@pytest.mark.django_db
def test_who_lost_a_part_cannot_write_any_more(root):
    part = taken_works(planned(root))
    expire(part)
    other = parts.take_part(part.run_id, part_id=part.pk)
    assert other is not None
    assert parts.work_on(part) is False
    assert (Work.objects.count(), ImportPart.objects.get(pk=part.pk).counts) == (0, {})
    assert parts.work_on(other) is True
    assert Work.objects.count() == 1_299


@pytest.mark.django_db
def test_parts_are_taken_once_and_wait_for_earlier_kinds(root):
    run = planned(root)
    assert parts.take_part(run.pk) is None  # nobody started it
    parts.start(run.pk)
    institutions = parts.take_part(run.pk)
    assert institutions is not None
    assert institutions.entity == "institutions"
    assert parts.take_part(run.pk) is None
    assert parts.work_on(institutions)
    beside = [part for _ in range(3) if (part := parts.take_part(run.pk))]
    assert {part.entity for part in beside} == {"authors", "topics"}  # neither mentions the other
    assert all(map(parts.work_on, beside))
    first, second = parts.take_part(run.pk), parts.take_part(run.pk)
    assert first is not None
    assert second is not None
    assert (first.path[-10:], second.path[-10:], parts.take_part(run.pk)) == ("part_000.gz"[-10:], "part_001.gz"[-10:], None)


@pytest.mark.django_db
def test_a_part_that_never_gets_further_fails_and_the_others_go_on(root):
    run = planned(root)
    part = taken_works(run)
    for _ in range(parts.MOST_ATTEMPTS - 1):
        expire(part)
        assert parts.take_part(run.pk, part_id=part.pk) is not None
    expire(part)
    read_all(run)
    assert (run.state, Work.objects.count()) == ("failed", 200)
    assert run.error.startswith("works/updated_date=2025-11-06/part_000.gz: It stopped 3 times at the same place")


@pytest.mark.django_db
def test_a_damaged_file_keeps_what_came_before_and_a_better_copy_is_read_after_resuming(root):
    whole = (root / "works" / snapshots.DATE / "part_000.gz").read_bytes()
    (root / "works" / snapshots.DATE / "part_000.gz").write_bytes(whole[: len(whole) // 2])
    run = read_all(planned(root))
    assert run.state == "failed"
    assert "the compressed file is damaged or cut off here" in run.error
    assert 200 < Work.objects.count() < EVERY_WORK
    (root / "works" / snapshots.DATE / "part_000.gz").write_bytes(whole)
    steering.resume(run.pk, by=None)
    read_all(run)
    assert (run.state, run.error, Work.objects.count()) == ("finished", "", EVERY_WORK)


@pytest.mark.django_db
def test_files_that_differ_from_the_manifest_are_told_and_what_they_hold_is_stored(tmp_path):
    snapshots.write(tmp_path, "works", [snapshots.work(1), snapshots.work(2)], told=5)
    snapshots.name_in_manifest(tmp_path, "works", f"works/{snapshots.DATE}/part_007.gz", size=10, records=1)
    run = read_all(planned(tmp_path))
    assert (run.state, Work.objects.count()) == ("failed", 2)
    errors = list(run.parts.order_by("path").values_list("error", flat=True))
    assert errors[0].startswith("The manifest tells of 5 records in ")
    assert errors[1] == "The manifest names this file, but it is not there. Fetch it, then resume the import."


@pytest.mark.django_db
def test_pausing_takes_effect_within_a_batch_and_resuming_goes_on(root):
    run = planned(root)
    part = taken_works(run)
    assert parts.work_on(part, heard=lambda _: steering.pause(run.pk, by=None)) is False
    part.refresh_from_db()
    assert (part.state, part.attempts, part.cursor["line"]) == ("waiting", 0, 500)
    assert parts.take_part(run.pk) is None
    read_all(run)
    assert (run.state, Work.objects.count()) == ("paused", 500)
    steering.resume(run.pk, by=None)
    read_all(run)
    assert (run.state, run.counts["read"], Work.objects.count()) == ("finished", EVERY_WORK + 11, EVERY_WORK)
    with pytest.raises(steering.NotPossible, match="cannot be paused: it is finished"):
        steering.pause(run.pk, by=None)


@pytest.mark.django_db
def test_merged_ids_are_followed_in_the_order_of_their_dates_and_only_where_they_matter(tmp_path):
    snapshots.write(tmp_path, "works", [snapshots.work(1)])
    snapshots.write(tmp_path, "authors", [snapshots.author(2)])
    snapshots.merged(tmp_path, "authors", "2025-01-02", ("A3", "A4"), ("A70", "A71"))
    snapshots.merged(tmp_path, "authors", "2025-01-01", ("A2", "A3"), ("A80", "A81"), ("A90", "A91"))
    run = read_all(planned(tmp_path))
    assert Researcher.objects.get().openalex_id == "A4"
    assert (run.counts["merged"], run.counts["passed_over"]) == (2, 3)


@pytest.mark.django_db
def test_a_slice_takes_works_first_then_what_they_mention(root):
    snapshots.write(root, "authors", [snapshots.author(99)], number=1)
    run = read_all(planned(root, from_year=2020, sample="10%"))
    assert [part.entity for part in run.parts.order_by("stage", "entity")] == [
        "works",
        "works",
        "authors",
        "authors",
        "institutions",
        "topics",
    ]
    assert 100 < Work.objects.count() < 200
    assert not Researcher.objects.filter(openalex_id="A99").exists()
    assert run.counts["passed_over"] + run.counts["read"] == EVERY_WORK + 12
    chosen = set(Work.objects.values_list("openalex_id", flat=True))
    read_all(planned(root, sample="20%"))
    assert chosen < set(Work.objects.values_list("openalex_id", flat=True))


@pytest.mark.django_db
def test_a_bad_line_is_set_aside_with_its_place(tmp_path):
    path = snapshots.write(tmp_path, "works", [snapshots.work(1), snapshots.work(2)], told=3)
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    path.write_bytes(gzip.compress(b"\n".join([lines[0], b"{oops", lines[1], b""])))
    read_all(planned(tmp_path))
    problem = ImportProblem.objects.get()
    assert (problem.place, Work.objects.count()) == (f"works/{snapshots.DATE}/part_000.gz, line 2", 2)


@pytest.mark.django_db
def test_tasks_delivered_again_and_in_any_order_change_nothing(root, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr(tasks.import_part, "apply_async", lambda args, **_: rung.append(args[0]))
    run = planned(root)
    tasks.run_import(run.pk)
    while rung:
        part = rung.pop()
        for _ in range(2):
            tasks.import_part(part)
    tasks.run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["read"], Work.objects.count()) == ("finished", EVERY_WORK + 11, EVERY_WORK)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_replaced_and_the_result_is_that_of_an_undisturbed_run(
    root: Path, start_worker: Callable[[], Worker], wait_for: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = planned(root)
    first = start_worker()
    tasks.ring(run.pk)
    wait_for(lambda: ImportPart.objects.filter(run=run, entity="works", counts__read__gte=1).exists(), log=first.log)
    first.kill()
    left = list(ImportPart.objects.filter(run=run, state="running"))
    for part in left:
        expire(part)
    second = start_worker()
    tasks.sweep_imports()
    wait_for(lambda: ImportRun.objects.get(pk=run.pk).state == "finished", log=second.log)
    run.refresh_from_db()
    assert run.counts["read"] == EVERY_WORK + 11
    second.kill()
    derive_all_pending()  # the worker may have begun
    disturbed = everything()
    for model in (Work, Researcher, UpstreamRecord):
        model.objects.all().delete()
    read_all(planned(root))
    derive_all_pending()
    assert everything() == disturbed


@pytest.fixture
def slow_skip(monkeypatch):
    """Make going to a place in a file take as long as one says, by the clock that steps go by."""
    late = [0.0]
    real, skip = time.monotonic, Lines.skip

    def slowly(self: Lines, *, often: Callable[[], None] = lambda: None, every: float = 5.0) -> None:
        for _ in range(slow.ticks if self.place.offset else 0):
            late[0] += 10.0
            often()
        skip(self, often=often, every=every)

    class Slow:
        ticks = 0

    slow = Slow()
    monkeypatch.setattr(time, "monotonic", lambda: real() + late[0])
    monkeypatch.setattr(Lines, "skip", slowly)
    return slow


@pytest.mark.django_db
def test_a_file_whose_place_takes_longer_to_find_than_a_step_gets_further_in_each(root, slow_skip, monkeypatch):
    rung: list[tuple[int, float]] = []
    monkeypatch.setattr(tasks.import_part, "apply_async", lambda args, time_limit, **_: rung.append((args[0], time_limit)))
    monkeypatch.setattr(tasks, "STEP_SECONDS", 0.0)
    monkeypatch.setattr(parts, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(parts, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(parts, "SLOWEST_SKIP", 200)
    run = planned(root)
    part = taken_works(run)
    parts.put_back(part)
    ImportPart.objects.filter(run=run).exclude(pk=part.pk).update(state="finished")
    slow_skip.ticks = 9
    places = []
    for _ in range(4):
        rung.clear()
        tasks.import_part(part.pk)
        part.refresh_from_db()
        places.append(part.cursor["line"])
        assert (part.state, part.attempts) == ("waiting", 1)
    assert places == sorted(set(places))
    assert rung[-1][1] == pytest.approx(120 + part.cursor["bytes"] / 200)


@pytest.mark.django_db
def test_the_lease_is_renewed_on_the_way_to_a_place_and_a_pause_is_heard_there(root, slow_skip):
    run = planned(root)
    part = taken_works(run)
    parts.work_on(part, until=time.monotonic())
    again = parts.take_part(run.pk, part_id=part.pk)
    assert again is not None
    leases = []
    slow_skip.ticks = 3
    remember = ImportPart.remember

    def renewed(self: ImportPart, **values: Any) -> None:
        remember(self, **values)
        leases.append(ImportPart.objects.values_list("lease_until", flat=True).get(pk=self.pk))
        if len(leases) == 2:
            steering.pause(run.pk, by=None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImportPart, "remember", renewed)
        assert parts.work_on(again) is False
    assert len(leases) == 2
    again.refresh_from_db()
    assert (again.state, again.cursor["line"]) == ("waiting", part.cursor["line"])


def test_what_is_called_on_the_way_is_called_by_the_clock(tmp_path, monkeypatch):
    path = tmp_path / "many.gz"
    path.write_bytes(gzip.compress(b"0123456789\n" * 600_000))
    with Lines(path, start=Place()) as lines:
        for _, line in zip(range(500_000), lines, strict=False):
            assert line
        place = lines.place
    calls = []
    with Lines(path, start=place) as lines:
        lines.skip(often=lambda: calls.append(lines.place), every=0.0)
        assert next(iter(lines)) == b"0123456789"
    assert len(calls) >= 4


@pytest.mark.django_db
def test_deriving_begins_as_soon_as_the_last_part_is_read(root, monkeypatch, django_capture_on_commit_callbacks):
    rung: list[int] = []
    derived: list[int] = []
    monkeypatch.setattr(tasks.import_part, "apply_async", lambda args, **_: rung.append(args[0]))
    monkeypatch.setattr(derive_pending, "apply_async", lambda **_: derived.append(len(rung)))
    run = planned(root)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.run_import(run.pk)
        while rung:
            tasks.import_part(rung.pop())
            run.refresh_from_db()
            assert bool(derived) == (run.state == "finished") or derived == []
    assert (run.state, len(derived)) == ("finished", 1)
