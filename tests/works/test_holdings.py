"""The size of the portal."""

import pytest

from tests.factories.records import ResearcherFactory, WorkFactory
from works import holdings as module
from works.holdings import Holding, holdings

pytestmark = pytest.mark.django_db


def test_small_tables_are_counted_exactly():
    WorkFactory(authors=[ResearcherFactory(), ResearcherFactory()])
    held = holdings()
    assert (held.works, held.researchers) == (Holding(number=1, is_estimate=False), Holding(number=2, is_estimate=False))
    assert not held.is_empty


def test_a_large_table_is_told_as_an_estimate(monkeypatch):
    monkeypatch.setattr(module, "_EXACT_UP_TO", 1)
    for _ in range(3):
        ResearcherFactory()
    assert holdings().researchers.is_estimate
    assert holdings().researchers.number >= 2


def test_an_empty_portal_is_empty():
    assert holdings().is_empty
