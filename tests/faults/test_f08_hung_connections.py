"""F8: a connection that hangs. Whoever makes no progress loses its turn, however alive its process is."""

import contextlib
import random
import selectors
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.bed import Bed
from tests.faults.material import Material, compared


class Wire:
    """A way to the database's socket that can be frozen: nothing is refused, nothing comes through."""

    def __init__(self, folder: Path, target: Path) -> None:
        folder.mkdir()
        self.folder, self.target = folder, target
        self.frozen, self.over = threading.Event(), threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self.over.is_set():
                near, _ = self.listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self.target))
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        ends = selectors.DefaultSelector()
        ends.register(near, selectors.EVENT_READ, far)
        ends.register(far, selectors.EVENT_READ, near)
        with near, far, contextlib.suppress(OSError):
            while not self.over.is_set():
                for key, _ in ends.select(0.2):
                    if self.frozen.is_set():
                        self.over.wait()  # held, not closed
                        return
                    data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]  # sockets alone are registered
                    if not data:
                        return
                    key.data.sendall(data)

    def cut(self) -> None:
        self.over.set()
        self.listener.close()


@contextlib.contextmanager
def wire(bed: Bed, name: str) -> Iterator[Wire]:
    """A wire of one scenario."""
    made = Wire(bed.services.run / name, bed.services.run / ".s.PGSQL.5432")
    try:
        yield made
    finally:
        made.cut()


def database(bed: Bed, material: Material, seed: int) -> str:
    """Freeze one worker's connections in the middle of an import; another one takes over. Return the difference."""
    chance = random.Random(seed)
    expected = material.expected("files")
    with bed.portal() as portal, wire(bed, f"w{bed.portals}") as frozen:
        straight = portal.environment["DATABASE_URL"]
        portal.environment["DATABASE_URL"] = f"postgres://bzpeer@{quote(str(frozen.folder), safe='')}:5432/{portal.name}"
        hung = portal.worker()
        portal.environment["DATABASE_URL"] = straight
        portal.imports(*material.questions("files"), "--background")
        portal.wait(portal.reads_beyond(chance.randint(1, 1_500)), "the import is under way")
        frozen.frozen.set()
        portal.wait(lambda: True, "a moment", seconds=1)
        left = portal.has_read()
        portal.worker()
        portal.beat()
        portal.wait(portal.reads_beyond(left), "another worker goes on", seconds=110)
        assert hung.poll() is None, "the hung one lives, and that does not count"
        return compared(portal, expected)


SCENARIOS = (database,)


@pytest.mark.services
def test_a_worker_whose_database_connection_hangs_is_overtaken(bed, material):
    assert database(bed, material, 1) == ""
