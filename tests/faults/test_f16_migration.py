"""F16: the schema grows while an import runs: a column with a default and an index built beside the writers. Nothing waits long."""

import random
import threading
import time

import pytest

from tests.faults.bed import Bed, Portal
from tests.faults.material import Material, compared

LONGEST_WAIT = "5s"
MIGRATE = f"""
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
state = MigrationLoader(connection).project_state()
connection.cursor().execute("SET lock_timeout = '{LONGEST_WAIT}'")
for label, model in (("works", "work"), ("researchers", "researcher"), ("works", "authorship")):
    for operation, is_atomic in (
        (AddField(model, "probe", models.TextField(default="", db_default="")), True),
        (AddIndexConcurrently(model, models.Index(fields=["probe"], name=f"probe_{{model}}")), False),
    ):
        before, state = state, state.clone()
        operation.state_forwards(label, state)
        for attempt in range(5):
            try:
                with connection.schema_editor(atomic=is_atomic) as editor:
                    operation.database_forwards(label, editor, before, state)
                break
            except Exception as error:
                if attempt == 4 or "lock timeout" not in str(error):
                    raise
print("migrated")
"""


def migrated(bed: Bed, material: Material, seed: int) -> str:
    """Migrate three tables an import writes to; return the difference to an import without."""
    chance = random.Random(seed)
    expected = material.expected("snapshot")
    with bed.portal() as portal:
        for _ in range(2):
            portal.worker()
        portal.imports(*material.questions("snapshot"), "--background")
        portal.wait(portal.reads_beyond(chance.randint(0, 800)), "the import is under way")
        seen = portal.has_read()
        longest = _LongestSilence(portal)
        assert "migrated" in portal.python(MIGRATE)
        assert portal.has_read() > seen or not portal.open_runs(), "the import stood still"
        assert longest.seconds() < 30, f"nothing was stored for {longest.seconds():.0f} s"
        columns = portal.rows("SELECT count(*) FROM information_schema.columns WHERE column_name = 'probe' AND table_schema = 'public'")
        built = portal.rows("SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE 'probe%%'")
        assert (columns, built) == ([(3,)], [(3,)])
        return compared(portal, expected)


class _LongestSilence:
    """Watches how long nothing is stored."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.longest, self.over = portal, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        seen, since = self.portal.has_read(), time.monotonic()
        while not self.over.wait(0.2) and self.portal.open_runs():
            if (now := self.portal.has_read()) != seen:
                seen, since = now, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - since)

    def seconds(self) -> float:
        self.over.set()
        self.thread.join(5)
        return self.longest


SCENARIOS = (migrated,)


@pytest.mark.services
def test_a_migration_during_an_import_changes_nothing_but_the_schema(bed, material):
    assert migrated(bed, material, 1) == ""
