"""What is imported while something is killed: a synthetic snapshot, as a snapshot and as plain files, and the unfaulted result of each."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.synth import snapshot
from tests.faults.bed import Bed, Portal
from tests.faults.dump import difference


@dataclass
class Material:
    """A small corpus and what an import of it gives when nothing is hurt."""

    bed: Bed
    folder: Path
    unhurt: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def files(self) -> list[str]:
        """Every file of records, works first and merged ids last."""
        found = sorted(self.folder.rglob("*.gz"), reverse=True)
        return [str(path) for path in sorted(found, key=lambda path: "merged_ids" in str(path))]

    def questions(self, way: str) -> list[str]:
        """Return the words after `bzpeer import` that bring the material in."""
        match way:
            case "files":
                return ["openalex", *(word for path in self.files for word in ("--file", path))]
            case "snapshot":
                return ["openalex", "--snapshot", str(self.folder)]
        raise ValueError(way)

    def expected(self, way: str) -> list[str]:
        """Return the dump of an import of this kind that nothing happened to."""
        if way not in self.unhurt:
            with self.bed.portal() as portal:
                portal.imports(*self.questions(way))
                self.unhurt[way] = portal.dump()
        return self.unhurt[way]


@contextmanager
def material(bed: Bed, *, works: int = 1_200, seed: int = 3, partitions: int = 4) -> Iterator[Material]:
    """Write the corpus for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="bzpeer-fault-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "snapshot"
        snapshot.write(place, works_count=works, seed=seed, partitions=partitions)
        yield Material(bed, place)


def settled(portal: Portal) -> list[str]:
    """Wait until no import is open, derive what is due, and return the dump."""
    portal.wait(lambda: not portal.open_runs(), "all imports are over")
    return portal.dump("--derive")


def compared(portal: Portal, expected: list[str]) -> str:
    """Return how the settled portal differs from what is expected; "" if it does not."""
    return difference(expected, settled(portal))


Scenario = Callable[[Bed, Material, int], str]
"""Hurts one portal, at a point that the seed chooses; returns how it differs from the unhurt one ("" when it is equal)."""
