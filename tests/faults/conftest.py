"""One bed and one corpus for all faults that a test process meets."""

from collections.abc import Iterator

import pytest

from tests.faults import bed as beds
from tests.faults import material as materials

IMPATIENT = {"IMPORT_LEASE": "10", "SWEEP_EVERY": "2"}
"""`python -m bench.faults` waits as long as a portal does by itself."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all that share the bed to one process: another one would make a bed and a corpus again."""
    for item in items:
        if "bed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("bed"))


@pytest.fixture(scope="session")
def bed() -> Iterator[beds.Bed]:
    """Services to kill."""
    with beds.bed(patience=IMPATIENT) as made:
        yield made


@pytest.fixture(scope="session")
def material(bed: beds.Bed) -> Iterator[materials.Material]:
    """A corpus to import meanwhile."""
    with materials.material(bed, works=800) as made:
        yield made
