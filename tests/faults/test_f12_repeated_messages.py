"""F12: every message comes three times, shuffled, to several workers at once. The same state follows."""

import random

import pytest

from tests.faults.bed import Bed, Portal
from tests.faults.material import Material, compared


def repeated(bed: Bed, material: Material, seed: int, *, way: str) -> str:
    """Flood two workers of two processes with messages for one import; return the difference to an import nobody hurt."""
    chance = random.Random(seed)
    expected = material.expected(way)
    with bed.portal() as portal:
        portal.imports(*material.questions(way), "--background")  # rings once
        _send_all(portal, chance)
        for _ in range(2):
            portal.worker("--concurrency", "2")
        rounds = 0
        while portal.open_runs() and rounds < 12:
            before = portal.has_read()
            portal.wait(portal.reads_beyond(before), "the import goes on", seconds=60)
            _send_all(portal, chance)
            rounds += 1
        return compared(portal, expected)


def _send_all(portal: Portal, chance: random.Random) -> None:
    """Send each message there is three times, in any order."""
    runs = [("works.tasks.run_import", key) for key in portal.runs("id")]
    parts = [("works.tasks.import_part", key) for (key,) in portal.rows("SELECT id FROM works_importpart ORDER BY id")]
    others: list[tuple[str, ...]] = [("works.tasks.sweep_imports",), ("bzpeer.pipeline.derive_pending",)]
    messages = [*runs, *chance.sample(parts, min(len(parts), 8)), *others] * 3
    chance.shuffle(messages)
    for task, *arguments in messages:
        portal.send(str(task), *arguments)


def files(bed: Bed, material: Material, seed: int) -> str:
    return repeated(bed, material, seed, way="files")


def snapshot(bed: Bed, material: Material, seed: int) -> str:
    return repeated(bed, material, seed, way="snapshot")


SCENARIOS = (files, snapshot)


@pytest.mark.services
def test_messages_that_come_three_times_change_nothing_in_a_snapshot(bed, material):
    assert snapshot(bed, material, 1) == ""
