"""After an upgrade that spells names in another way, a worker brings them up to date, a step at a time."""

import pytest

from researchers import tasks
from researchers.models import Researcher
from researchers.queries import are_names_stale
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db


def test_names_up_to_date_are_left_alone():
    ResearcherFactory.create_batch(3)

    assert (are_names_stale(), tasks.mend_names()) == (False, 0)


def test_stale_names_are_mended_and_a_step_out_of_time_asks_for_the_next(monkeypatch):
    people = ResearcherFactory.create_batch(3, display_name="Karl Müller")
    Researcher.objects.update(folded_names="karl muller")
    asked: list[int] = []
    monkeypatch.setattr(tasks, "CHUNK", 2)
    monkeypatch.setattr(tasks, "STEP_SECONDS", 0)
    monkeypatch.setattr(tasks.mend_names, "delay", asked.append)

    assert (tasks.mend_names(), asked) == (2, [people[1].pk])
    assert (tasks.mend_names(after=asked[0]), are_names_stale()) == (1, False)
