"""F2: a process of a worker's pool is killed. What it did is tried again and counted; what kills it each time is given up."""

import os
import random
import signal
from pathlib import Path

import pytest

from tests.faults.bed import Bed, Portal, pool_of
from tests.faults.material import Material, compared

MOST_ATTEMPTS = 3


def killed_child(bed: Bed, material: Material, seed: int, *, way: str) -> str:
    """Kill the pool's process twice during an import; return the difference to an import nobody hurt."""
    chance = random.Random(seed)
    expected = material.expected(way)
    with bed.portal() as portal:
        workers = [portal.worker() for _ in range(2 if way == "snapshot" else 1)]
        portal.imports(*material.questions(way), "--background")
        for stored in sorted(chance.sample(range(1, 3_000), 2)):
            portal.wait(portal.reads_beyond(stored - 1), f"{stored} records are stored")
            for worker in workers:
                for child in pool_of(worker):
                    os.kill(child, signal.SIGKILL)
            assert all(worker.poll() is None for worker in workers), "the worker itself lives on"
            portal.wait(lambda: all(pool_of(worker) for worker in workers), "the pool is whole again", seconds=20)
            portal.cut_leases()
        return compared(portal, expected)


def files(bed: Bed, material: Material, seed: int) -> str:
    return killed_child(bed, material, seed, way="files")


def snapshot(bed: Bed, material: Material, seed: int) -> str:
    return killed_child(bed, material, seed, way="snapshot")


def poison(bed: Bed, material: Material, seed: int) -> str:
    """Import a file at which every process dies: it is tried three times, then given up with a reason, and others go on."""
    with bed.portal() as portal:
        worker = portal.worker()
        pipe = portal.home / "poison.jsonl"
        os.mkfifo(pipe)  # reading it never ends, so that the process can be killed in the middle of the job
        run = portal.asks_for_file(pipe)
        taken = [_killed_while_working(portal, worker.pid, run, attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]
        portal.cut_leases()
        portal.wait(lambda: portal.runs("state") == ["failed"], "the poison job is given up", seconds=20)
        assert taken == [1, 2, 3]
        assert portal.runs("error")[0].startswith("It stopped 3 times at the same place")
        assert portal.runs("attempts") == [MOST_ATTEMPTS]
        other = portal.home / "others.jsonl"
        other.write_text('{"id": "https://openalex.org/W1", "title": "The next one"}\n')
        portal.asks_for_file(other)
        portal.wait(lambda: portal.runs("state") == ["failed", "finished"], "the next job is done")
    return ""


def _killed_while_working(portal: Portal, worker: int, run: int, attempt: int) -> int:
    """Kill the process that has the job; return the attempts the job's row tells of."""

    def attempts() -> int:
        return int(portal.rows("SELECT attempts FROM works_importrun WHERE id = %s", run)[0][0])

    if attempt > 1:
        portal.cut_leases()
    portal.wait(lambda: attempts() >= attempt and _is_reading(worker), f"attempt {attempt} begins", seconds=30)
    for child in _children(worker):
        os.kill(child, signal.SIGKILL)
    portal.wait(lambda: not _is_reading(worker), "it is dead", seconds=10)
    return attempts()


def _children(worker: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{worker}/task/{worker}/children").read_text().split()]


def _is_reading(worker: int) -> bool:
    """Tell whether a process of the pool waits for the other end of a pipe."""
    for child in _children(worker):
        try:
            if any("wait_for_partner" in path.read_text() for path in Path(f"/proc/{child}/task").glob("*/wchan")):
                return True
        except OSError:
            continue
    return False


SCENARIOS = (files, snapshot, poison)


@pytest.mark.services
def test_killed_children_of_two_pools_change_nothing_in_a_snapshot(bed, material):
    assert snapshot(bed, material, 1) == ""


@pytest.mark.services
def test_a_job_that_kills_each_process_is_given_up_after_three(bed, material):
    assert poison(bed, material, 1) == ""
