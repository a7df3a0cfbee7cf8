"""Records are kept fresh: whose first, within which budget, once a day."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from bzpeer.accounts.models import Follow
from bzpeer.celery import app
from bzpeer.refreshing import followed_or_claimed, refresh_due
from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.upstream import broken, running
from tests.works.sources.conftest import author, work
from works import budget, refreshing, runs, tasks, upstreams
from works.models import ImportProblem, ImportRun, RefreshDay, UpstreamRecord, Work
from works.sources.http import Spent

YEAR = datetime.now(UTC).year


def written_by(number: int, *people: int, **fields: Any) -> dict[str, Any]:
    authorships = [
        {"author": {"id": f"https://openalex.org/A{each}", "display_name": f"Author {each}"}, "raw_author_name": f"A. {each}"}
        for each in people
    ]
    return work(number, authorships=authorships, publication_date=f"{YEAR}-01-01", publication_year=YEAR, **fields)


@pytest.fixture
def upstream(settings, monkeypatch) -> Any:
    works = [written_by(1, 11), written_by(2, 11, 12), written_by(3, 12), written_by(4, 13)]
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda *arguments, **options: None)
    with running(works=works, authors=[author(number) for number in (11, 12, 13)]) as server:
        settings.OPENALEX_URL = server.openalex_url
        yield server


def import_everything(upstream: Any) -> None:
    for asked in ("A11", "A12", "A13"):
        carried_on(runs.ask_for(provider="openalex", author=asked))
    upstream.asked.clear()


def carried_on(run: ImportRun) -> ImportRun:
    ImportRun.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=Now() - timedelta(seconds=1))
    tasks.run_import(run.pk)
    run.refresh_from_db()
    return run


def age(*, days: float, key: str = "") -> None:
    UpstreamRecord.objects.filter(key__startswith=key).update(imported_at=Now() - timedelta(days=days))


def follow(openalex_id: str) -> None:
    Follow.objects.create(user=MemberFactory(), researcher=Researcher.objects.get(openalex_id=openalex_id))


def todays_run() -> ImportRun:
    key = refresh_due()
    assert key is not None
    return ImportRun.objects.get(pk=key)


@pytest.mark.django_db
def test_followed_researchers_come_first_then_their_works_then_the_stalest(upstream):
    import_everything(upstream)
    follow("A12")
    age(days=40)
    age(days=60, key="openalex:W4")
    run = todays_run()

    assert run.parameters == {
        "refresh": True, "authors": ["A12", "A11", "A13"], "works": ["W2", "W3", "W4", "W1"], "from_year": YEAR - 2,
    }  # fmt: skip


@pytest.mark.django_db
def test_claimed_and_followed_researchers_are_wanted_and_no_others(upstream):
    import_everything(upstream)
    Researcher.objects.filter(openalex_id="A11").update(is_claimed=True, verification_level=2)
    for _ in range(2):
        follow("A12")

    assert list(Researcher.objects.filter(pk__in=followed_or_claimed()).order_by("openalex_id").values_list("openalex_id", flat=True)) == [
        "A11",
        "A12",
    ]
    assert len(followed_or_claimed()) == 2


@pytest.mark.django_db
def test_refresh_brings_new_works_changes_merges_and_what_is_gone(upstream):
    import_everything(upstream)
    follow("A12")
    age(days=40)
    upstream.works["W5"] = written_by(5, 12)
    upstream.works["W3"] = written_by(3, 12, title="Changed")
    upstream.merged["W1"] = "W2"
    upstream.gone |= {"W4", "A13"}
    del upstream.works["W1"]
    run = carried_on(todays_run())

    assert (run.state, run.error) == ("finished", "")
    assert Work.objects.filter(openalex_id="W5").exists()
    assert Work.objects.get(openalex_id="W3").title == "Changed"
    assert Work.objects.filter(redirects__key="openalex:W1").get().openalex_id == "W2"
    assert sorted(UpstreamRecord.objects.filter(gone_at__isnull=False).values_list("key", flat=True)) == ["openalex:A13", "openalex:W4"]
    assert Work.objects.filter(openalex_id="W4").exists(), "what we know stays"
    assert sorted(
        ImportProblem.objects.filter(run=run, is_quarantined=False, key__in=["openalex:A13", "openalex:W4"]).values_list(
            "reason", flat=True
        )
    ) == [
        "OpenAlex no longer has A13 (410); what was imported before stays.",
        "OpenAlex no longer has W4 (410); what was imported before stays.",
    ]
    assert run.counts.get("quarantined", 0) == 0
    assert budget.spent_today() == len(upstream.asked)


@pytest.mark.django_db
def test_unchanged_records_count_as_asked_of(upstream):
    import_everything(upstream)
    age(days=40)
    carried_on(todays_run())

    assert not UpstreamRecord.objects.filter(key__regex=r"^openalex:[AW]", imported_at__lt=Now() - timedelta(days=1)).exists()
    RefreshDay.objects.update(day=date(2020, 1, 1))
    assert refresh_due() is None, "everything is fresh"


@pytest.mark.django_db
def test_long_author_lists_are_whole_after_a_refresh(upstream):
    import_everything(upstream)
    follow("A11")
    age(days=40)
    upstream.works["W1"] = written_by(1, 11, *range(100, 230))
    carried_on(todays_run())

    assert Work.objects.get(openalex_id="W1").authorships.count() == 131


@pytest.mark.django_db
def test_a_day_has_one_run_and_days_without_are_caught_up_by_one(upstream):
    import_everything(upstream)
    age(days=40)
    first = todays_run()
    assert refresh_due() is None
    carried_on(first)
    age(days=40)
    assert refresh_due() is None
    RefreshDay.objects.update(day=date(2020, 1, 1))
    assert refresh_due() is not None
    assert refresh_due() is None
    assert ImportRun.objects.filter(parameters__refresh=True).count() == 2


@pytest.mark.django_db
def test_an_open_run_of_another_day_is_not_doubled(upstream):
    import_everything(upstream)
    age(days=40)
    todays_run()
    RefreshDay.objects.update(day=date(2020, 1, 1))

    assert refresh_due() is None


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_begin_one_run(upstream):
    import_everything(upstream)
    age(days=40)
    found: list[int | None] = []
    barrier = threading.Barrier(4)

    def schedule() -> None:
        barrier.wait()
        found.append(refresh_due())
        connection.close()

    threads = [threading.Thread(target=schedule) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(found) == 4
    assert len([each for each in found if each is not None]) == 1
    assert ImportRun.objects.filter(parameters__refresh=True).count() == 1


@pytest.mark.django_db
def test_the_budget_is_never_exceeded_retries_and_single_records_included(upstream, settings):
    import_everything(upstream)
    follow("A11")
    age(days=40)
    upstream.works["W1"] = written_by(1, 11, *range(100, 230))
    upstream.next_answers(broken(), broken())
    settings.OPENALEX_DAILY_BUDGET = 4
    run = carried_on(todays_run())

    assert len(upstream.asked) == budget.spent_today() == 4
    assert (run.state, run.error) == (
        "running",
        "Today's budget for keeping records fresh is used up (4 requests, OPENALEX_DAILY_BUDGET). It goes on tomorrow.",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM (%s AT TIME ZONE 'UTC')::date + interval '1 day' - %s AT TIME ZONE 'UTC')", [datetime.now(UTC)] * 2
        )
        until_midnight = float(cursor.fetchone()[0])
    assert abs((run.lease_until - datetime.now(UTC)).total_seconds() - until_midnight) < 10

    RefreshDay.objects.update(day=date(2020, 1, 1))  # the next day
    run = carried_on(run)
    assert (run.state, budget.spent_today()) == ("finished", len(upstream.asked) - 4)
    assert Work.objects.get(openalex_id="W1").authorships.count() == 131


@pytest.mark.django_db
def test_more_that_is_gone_than_a_days_budget_can_tell_does_not_hold_up_the_others(upstream, settings):
    import_everything(upstream)
    age(days=40)
    upstream.gone |= {"W1", "W2", "W3", "A12", "A13"}
    settings.OPENALEX_DAILY_BUDGET = 3
    run = carried_on(todays_run())
    for _ in range(6):
        RefreshDay.objects.all().delete()
        run = carried_on(run if run.state == "running" else ImportRun.objects.get(pk=refresh_due() or run.pk))

    gone = UpstreamRecord.objects.filter(gone_at__isnull=False).values_list("key", flat=True)
    assert sorted(gone) == [f"openalex:{each}" for each in ("A12", "A13", "W1", "W2", "W3")]


@pytest.mark.django_db
def test_imports_people_start_do_not_touch_the_budget(upstream, settings):
    settings.OPENALEX_DAILY_BUDGET = 0
    import_everything(upstream)

    assert Work.objects.count() == 4
    assert budget.spent_today() == 0


@pytest.mark.django_db
def test_a_budget_of_nothing_switches_it_off(upstream, settings):
    import_everything(upstream)
    age(days=40)
    settings.OPENALEX_DAILY_BUDGET = 0

    assert refresh_due() is None
    with pytest.raises(Spent, match="switched off"):
        budget.spend()


@pytest.mark.django_db
def test_what_upstream_grants_last_is_kept_for_people(upstream):
    import_everything(upstream)
    age(days=40)
    upstream.allowance = 101
    carried_on(runs.ask_for(provider="openalex", works=["W1"]))
    assert upstreams.openalex_allowance().remaining == 100
    run = carried_on(todays_run())

    assert run.error == "OpenAlex grants 100 of 1000 more until its allowance is renewed; that is kept for imports people start."
    assert run.state == "running"
    assert len(upstream.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_budget_spent_by_many_at_once_is_exact(settings):
    settings.OPENALEX_DAILY_BUDGET = 10
    spent: list[bool] = []

    def some() -> None:
        for _ in range(5):
            try:
                budget.spend()
                spent.append(True)
            except Spent:
                spent.append(False)
        connection.close()

    threads = [threading.Thread(target=some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (spent.count(True), spent.count(False)) == (10, 10)
    assert RefreshDay.objects.get().requests == 10


@pytest.mark.django_db
def test_nothing_to_refresh_leaves_the_day_open(upstream):
    assert refresh_due() is None
    import_everything(upstream)
    age(days=40)
    assert refresh_due() is not None


@pytest.mark.django_db
def test_selection_is_bounded_by_the_budget(upstream, settings, monkeypatch):
    import_everything(upstream)
    age(days=40)
    settings.OPENALEX_DAILY_BUDGET = 1
    monkeypatch.setattr(refreshing, "PER_PAGE", 2)
    monkeypatch.setattr(refreshing, "AUTHORS_PER_REQUEST", 1)
    run = todays_run()

    assert (len(run.parameters["authors"]), len(run.parameters["works"])) == (1, 2)


def test_every_scheduled_task_is_known_to_workers(settings):
    app.loader.import_default_modules()

    assert settings.CELERY_BEAT_SCHEDULE["refresh"]["task"] == refresh_due.name
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
