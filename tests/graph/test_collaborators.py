"""Who somebody works with."""

import pytest

from graph.collaborators import collaborators_of, is_close
from tests.factories.records import ResearcherFactory, collaborate

pytestmark = pytest.mark.django_db


def test_the_strongest_come_first_and_two_shared_works_make_it_close():
    ada, bo, cy, di = (ResearcherFactory() for _ in range(4))
    collaborate(ada, bo, works=1, weight="1")
    collaborate(ada, cy, works=2, weight="0.2")
    collaborate(ada, di, works=2, weight="0.5")
    collaborate(bo, cy, works=9)
    assert [(edge.collaborator, is_close(edge)) for edge in collaborators_of(ada.pk)] == [(di, True), (cy, True), (bo, False)]
