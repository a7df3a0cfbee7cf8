"""Imports, as staff, members and strangers meet them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.pages.imports import described
from tests.factories.members import MemberFactory
from works.models import ImportProblem, ImportRun

pytestmark = pytest.mark.django_db

LIST_QUERIES = 3  # session, member, runs
RUN_QUERIES = 5  # session, member, run, reasons, problems


@pytest.fixture
def staff(client):
    client.force_login(MemberFactory(is_staff=True))
    return client


def run(**facts):
    facts.setdefault("counts", {"read": 1200, "written": 1000, "unchanged": 190, "quarantined": 10, "researchers_new": 7})
    return ImportRun.objects.create(provider="openalex", parameters={"files": ["works.jsonl.gz"]}, **facts)


def test_only_staff_see_imports(client):
    secret = run(error="secret place")
    for path in ("/imports/", f"/imports/{secret.pk}/", f"/imports/{secret.pk}/?part=figures", "/imports/?part=rows"):
        stranger = client.get(path)
        assert stranger.status_code == 302
        assert stranger["Location"].startswith("/accounts/login/?next=")
    client.force_login(MemberFactory())
    for path in ("/imports/", f"/imports/{secret.pk}/", f"/imports/{secret.pk}/?part=figures"):
        member = client.get(path)
        assert member.status_code == 403
        assert "secret place" not in member.text


@pytest.mark.parametrize("size", [1, 3])
def test_pages_cost_the_same_queries_whatever_their_length(staff, django_assert_num_queries, size):
    for _ in range(size):
        one = run()
        for number in range(size):
            ImportProblem.objects.create(run=one, place="here", reason=f"reason {number}")
    with django_assert_num_queries(LIST_QUERIES):
        staff.get("/imports/")
    with django_assert_num_queries(RUN_QUERIES):
        staff.get(f"/imports/{one.pk}/")


def test_a_running_import_shows_its_figures_and_asks_to_be_refreshed(staff):
    now = timezone.now()
    live = run(state="running", started_at=now - timedelta(seconds=10), heartbeat_at=now, total=2400)
    rows = staff.get("/imports/", {"part": "rows"}).text
    assert 'data-live="yes"' in rows
    assert "1,200" in rows
    assert "files works.jsonl.gz" in rows
    assert "<html" not in rows
    figures = staff.get(f"/imports/{live.pk}/", {"part": "figures"}).text
    assert 'aria-label="50 % done"' in figures
    assert "Researchers new" in figures
    live.state, live.finished_at = "finished", now
    live.save()
    assert 'data-live="no"' in staff.get("/imports/", {"part": "rows"}).text


def test_a_run_without_a_sign_of_life_is_called_silent():
    now = timezone.now()
    quiet = ImportRun(provider="arxiv", state="running", heartbeat_at=now - timedelta(minutes=3), counts={"read": True, "x": "y"})
    fresh = ImportRun(provider="arxiv", state="running", heartbeat_at=now - timedelta(minutes=1), counts=None, parameters=None)
    assert described(quiet, now=now).is_silent
    assert not described(fresh, now=now).is_silent
    assert described(fresh, now=now).asked == "everything"


def test_problems_are_counted_by_reason_and_their_records_shown_as_text(staff):
    one = run(state="failed", error="The file ends in the middle of line 7.")
    for number in range(25):
        ImportProblem.objects.create(
            run=one,
            place=f"file line {number}",
            key=f"W{number}",
            reason="no title" if number else "<b>year 0</b>",
            raw="<script>alert(1)</script>" + "x" * 5000,
        )
    ImportProblem.objects.create(run=one, place="file line 99", reason="no venue", is_quarantined=False)
    html = staff.get(f"/imports/{one.pk}/").text
    for told in (
        "The file ends in the middle of line 7.",
        "25 records set aside, 26 problems in all",
        "&lt;b&gt;year 0&lt;/b&gt;",
        "Stored without this part",
        "3,025 more characters",
    ):
        assert told in html, told
    assert "<script>alert" not in html
    assert "<b>year 0" not in html
    narrowed = staff.get(f"/imports/{one.pk}/", {"reason": "no venue"}).text
    assert "file line 99" in narrowed
    assert "file line 3<" not in narrowed
    last = ImportProblem.objects.order_by("pk")[19].pk
    assert "file line 20" in staff.get(f"/imports/{one.pk}/", {"after": last}).text


def test_nothing_imported_and_unknown_runs(staff):
    assert "No imports yet" in staff.get("/imports/").text
    for path in ("/imports/1/", "/imports/99999999999999999999999/"):
        assert staff.get(path).status_code == 404
    one = run()
    for value in ("\x00", "9" * 5000, "-1", "x"):
        assert staff.get("/imports/", {"before": value}).status_code == 200
        assert staff.get(f"/imports/{one.pk}/", {"reason": value, "after": value}).status_code == 200
