"""F5: the disk fills up. Imports wait, a database that found no room loses nothing, and the end is the same once there is room."""

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults import bed as beds
from tests.faults.bed import Bed
from tests.faults.material import Material, compared

MB = 2**20
DISK = 640 * MB


class NotFilled(AssertionError):
    """The disk could not be filled as far as the scenario asks."""


class CannotMount(Exception):
    """Only root, outside of a container without that right, gets a small disk of its own."""


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a disk of DISK bytes for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="bzpeer-disk-", dir="/tmp"))
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, check=False).returncode
    ):
        folder.rmdir()
        raise CannotMount
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        folder.rmdir()


def _fill(path: Path, *, leave: int) -> None:
    """Put something large beside the database, so that so many bytes are left."""
    with path.open("wb") as file:
        for _ in range(20):  # the database writes, too, between asking and taking
            found = os.statvfs(path.parent)
            with suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(found.f_bavail * found.f_frsize - leave, 1))
                return
    raise NotFilled(path)


def waits(bed: Bed, material: Material, seed: int) -> str:
    """Leave less of the disk than must stay free in the middle of an import, then make room; return the difference to one with room."""
    chance = random.Random(seed)
    expected = material.expected("files")
    with small_disk() as disk, beds.bed(home=disk, patience=bed.patience) as hurt, hurt.portal(IMPORT_LEAST_FREE="0.2") as portal:
        portal.worker()
        portal.imports(*material.questions("files"), "--background")
        stored = chance.randint(1, 1_500)
        portal.wait(portal.reads_beyond(stored), f"{stored} records are stored")
        ballast = disk / "ballast"
        _fill(ballast, leave=DISK * 3 // 20)  # the server's own log, in pieces of 16 MB, must still find room
        portal.wait(lambda: "waits for room" in portal.runs("error")[0], "the import waits", seconds=40)
        sentence, state, left = portal.runs("error")[0], portal.runs("state")[0], portal.has_read()
        assert sentence.endswith("Make room; it goes on by itself.")
        portal.cut_leases()  # it looks again, and nothing has changed
        portal.wait(lambda: portal.runs("lease_until > now()") == [True], "the worker has looked again", seconds=20)
        assert (state, portal.has_read()) == ("running", left)
        ballast.unlink()
        portal.cut_leases()
        return compared(portal, expected)


def full(bed: Bed, material: Material, seed: int) -> str:
    """Leave nothing at all, so that the database itself finds no room; return the difference to an import with room."""
    chance = random.Random(seed)
    expected = material.expected("files")
    with small_disk() as disk, beds.bed(home=disk, patience=bed.patience) as hurt, hurt.portal(IMPORT_LEAST_FREE="0") as portal:
        portal.worker()
        portal.imports(*material.questions("files"), "--background")
        stored = chance.randint(1, 1_500)
        portal.wait(portal.reads_beyond(stored), f"{stored} records are stored")
        seen = portal.has_read()
        ballast = disk / "ballast"
        _fill(ballast, leave=2 * MB)

        def is_hurt() -> bool:
            if any("No space left on device" in log.read_text(errors="replace") for log in portal.logs):
                return True  # there may be no room to note that at the import itself
            with suppress(psycopg.OperationalError):
                return "disk of the database is full" in portal.runs("error")[0] or not portal.open_runs()
            return True  # it could not even write its log, and went down

        portal.wait(is_hurt, "the database finds no room", seconds=60)
        ballast.unlink()
        if hurt.server.process is not None and hurt.server.process.poll() is not None:
            hurt.start_postgres()
        portal.wait(hurt.postgres.ready, "the database is back", seconds=30)
        assert portal.has_read() >= seen
        portal.cut_leases()
        return compared(portal, expected)


SCENARIOS = (waits, full)


@pytest.mark.services
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_a_full_disk_delays_an_import_and_changes_nothing(scenario, bed, material):
    try:
        assert scenario(bed, material, 1) == ""
    except CannotMount:
        pytest.skip("a small disk of its own takes root; tests/works/test_room.py has the decisions themselves")
