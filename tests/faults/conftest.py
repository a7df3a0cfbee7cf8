"""One bed and one corpus for all faults that a test process meets."""

from collections.abc import Iterator

import pytest

from tests.faults import bed as beds
from tests.faults import material as materials


@pytest.fixture(scope="session")
def bed() -> Iterator[beds.Bed]:
    """Services to kill."""
    with beds.bed() as made:
        yield made


@pytest.fixture(scope="session")
def material(bed: beds.Bed) -> Iterator[materials.Material]:
    """A corpus to import meanwhile."""
    with materials.material(bed, works=800) as made:
        yield made
