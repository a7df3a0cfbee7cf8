"""F4: PostgreSQL is killed while an import runs and others write. What was acknowledged is there; the import ends as if nothing was."""

import random
import threading
import time
from contextlib import suppress

import psycopg
import pytest

from tests.faults.bed import Bed, Portal
from tests.faults.material import Material, compared


class Diary:
    """A client that writes one row after the other and remembers those that the database acknowledged."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.acknowledged: list[int] = []
        self.over = threading.Event()
        self._prepare()
        self.thread = threading.Thread(target=self._write, daemon=True)

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=str(self.portal.bed.services.run), port=5432, user="bzpeer", dbname=self.portal.name, autocommit=True)

    def _prepare(self) -> None:
        with self._connect() as connection:
            connection.execute("CREATE TABLE diary (entry integer PRIMARY KEY)")

    def _write(self) -> None:
        entry = 0
        while not self.over.is_set():
            with suppress(psycopg.OperationalError), self._connect() as connection:
                while not self.over.is_set():
                    # Each entry has a key, so that one that was written and not acknowledged may be sent again.
                    connection.execute("INSERT INTO diary VALUES (%s) ON CONFLICT DO NOTHING", [entry])
                    self.acknowledged.append(entry)
                    entry += 1
            time.sleep(0.05)

    def missing(self) -> set[int]:
        """End writing; return what was acknowledged and is not there."""
        self.over.set()
        self.thread.join(20)
        return set(self.acknowledged) - {entry for (entry,) in self.portal.rows("SELECT entry FROM diary")}


def killed_database(bed: Bed, material: Material, seed: int) -> str:
    """Kill the server once or twice in the middle; return the difference to an import nobody hurt."""
    chance = random.Random(seed)
    expected = material.expected("files")
    with bed.portal() as portal:
        portal.worker()
        portal.imports(*material.questions("files"), "--background")
        diary = Diary(portal)
        diary.thread.start()
        for stored in sorted(chance.sample(range(1, 3_000), chance.randint(1, 2))):
            portal.wait(portal.reads_beyond(stored - 1), f"{stored} records are stored")
            time.sleep(chance.random() / 4)
            seen = portal.has_read()
            bed.kill_postgres()
            time.sleep(1)
            bed.start_postgres()
            assert portal.has_read() >= seen, "a committed batch is lost"
            portal.cut_leases()
        missing = diary.missing()
        assert len(diary.acknowledged) > 10
        assert not missing, f"{len(missing)} acknowledged writes are lost"
        return compared(portal, expected)


SCENARIOS = (killed_database,)


@pytest.mark.services
def test_a_killed_database_loses_nothing_acknowledged(bed, material):
    assert killed_database(bed, material, 1) == ""
