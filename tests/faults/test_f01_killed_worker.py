"""F1: a worker is killed at a random point of an import. Another one goes on within 60 s, and the end is the same."""

import random

import pytest

from tests.faults.bed import Bed, kill
from tests.faults.material import Material, compared

RESUMED_WITHIN = 60.0


def killed_worker(bed: Bed, material: Material, seed: int, *, way: str, workers: int, patient: bool = True) -> str:
    """Kill all workers but none of the services, start others; return the difference to an import nobody hurt.

    `patient`: wait for the lease to run out, as it would; else it is cut short.
    """
    chance = random.Random(seed)
    expected = material.expected(way)
    with bed.portal() as portal:
        first = [portal.worker() for _ in range(workers)]
        portal.beat()
        portal.imports(*material.questions(way), "--background")
        stored = chance.randint(1, 2_500)
        portal.wait(lambda: portal.has_read() >= stored, f"{stored} records are stored")
        portal.wait(lambda: True, "a moment", seconds=chance.random() / 2)
        for worker in first:
            kill(worker)
        left = portal.has_read()
        for _ in range(workers):
            portal.worker()
        if not patient:
            portal.cut_leases()
        if portal.open_runs():
            portal.wait(lambda: portal.has_read() > left or not portal.open_runs(), "the import goes on", seconds=RESUMED_WITHIN)
        return compared(portal, expected)


def files(bed: Bed, material: Material, seed: int) -> str:
    return killed_worker(bed, material, seed, way="files", workers=1)


def snapshot(bed: Bed, material: Material, seed: int) -> str:
    return killed_worker(bed, material, seed, way="snapshot", workers=2)


SCENARIOS = (files, snapshot)


@pytest.mark.services
def test_workers_killed_in_a_snapshot_are_replaced_within_a_minute_and_nothing_changes(bed, material):
    assert snapshot(bed, material, 1) == ""


@pytest.mark.services
def test_a_worker_killed_in_a_file_changes_nothing(bed, material):
    assert killed_worker(bed, material, 2, way="files", workers=1, patient=False) == ""
