"""F3: a record that can never be stored is tried a bounded number of times, kept with payload and reason, and can be tried again."""

import json
from collections.abc import Callable

import pytest
from django.db import connection

from works import redriving, runs, tasks
from works.models import ImportProblem, ImportRun, Work

pytestmark = pytest.mark.django_db
REFUSAL = "ALTER TABLE works_work ADD CONSTRAINT no_poison CHECK (title <> 'Poison')"


@pytest.fixture
def imported(tmp_path) -> Callable[[], ImportRun]:
    """A function that imports a file whose second record the database refuses."""
    path = tmp_path / "works.jsonl"
    titles = ("One", "Poison", "Three")
    path.write_text("".join(json.dumps({"id": f"https://openalex.org/W{at}", "title": title}) + "\n" for at, title in enumerate(titles, 1)))

    def run() -> ImportRun:
        made = runs.ask_for(provider="openalex", files=[str(path)])
        tasks.run_import(made.pk)
        made.refresh_from_db()
        return made

    return run


@pytest.fixture
def refusing(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REFUSAL)


def test_a_poison_record_is_set_aside_alone_with_payload_and_reason(refusing, imported):
    run = imported()
    assert (run.state, run.counts["written"], run.counts["quarantined"]) == ("finished", 2, 1)
    assert sorted(Work.objects.values_list("title", flat=True)) == ["One", "Three"]
    problem = ImportProblem.objects.get()
    assert (problem.key, problem.is_quarantined) == ("openalex:W2", True)
    assert "no_poison" in problem.reason
    assert "Poison" in problem.raw


def test_it_is_tried_again_three_times_at_most_and_stays_with_what_became_of_it(refusing, imported):
    imported()
    problem = ImportProblem.objects.get()
    for _ in range(6):
        for asked in redriving.ask_to_redrive(redriving.Chosen(problem=problem.pk), by=1):
            tasks.run_import(asked.pk)
    problem.refresh_from_db()
    assert (problem.attempts, problem.resolved_at) == (redriving.MOST_ATTEMPTS, None)
    assert problem.outcome
    assert "Poison" in problem.raw
    assert ImportRun.objects.count() == 1 + redriving.MOST_ATTEMPTS


def test_once_what_refused_it_is_mended_it_is_stored(refusing, imported):
    imported()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE works_work DROP CONSTRAINT no_poison")
    problem = ImportProblem.objects.get()
    for asked in redriving.ask_to_redrive(redriving.Chosen(problem=problem.pk), by=1):
        tasks.run_import(asked.pk)
    problem.refresh_from_db()
    assert problem.resolved_at is not None
    assert Work.objects.get(openalex_id="W2").title == "Poison"
