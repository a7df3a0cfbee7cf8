"""Imports, as staff, members and strangers meet them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.pages.imports import described
from tests.factories.members import MemberFactory
from works.models import ImportPart, ImportProblem, ImportRun
from works.upstreams import Condition

pytestmark = pytest.mark.django_db

LIST_QUERIES = 5  # session, member, unread notices, runs, the day's budget
RUN_QUERIES = 6  # session, member, unread notices, run, reasons, problems
SNAPSHOT_QUERIES = RUN_QUERIES + 2  # files, files by state


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


def test_upstream_services_tell_how_they_are_doing(staff, settings, monkeypatch):
    moment = timezone.now().replace(month=3, day=4, hour=5, minute=6)
    known = [
        Condition(service="OpenAlex", remaining=412, limit=1000, resets_at=moment, heard_at=moment),
        Condition(service="arXiv", resting="arXiv has not answered for 5 minutes; trying again at 14:05 UTC."),
    ]
    monkeypatch.setattr("bzpeer.pages.imports.conditions", lambda: known)
    monkeypatch.setattr("bzpeer.pages.imports.spent_today", lambda: 12)
    text = " ".join(staff.get("/imports/").text.split())
    assert "No fault is known. 412 of 1,000 left of its allowance until" in text
    assert "4 Mar, 05:06 UTC" in text
    assert "arXiv has not answered for 5 minutes; trying again at 14:05 UTC." in text
    assert "12 of today’s 50 requests to OpenAlex are spent." in text
    settings.OPENALEX_DAILY_BUDGET = 0
    assert "Switched off" in staff.get("/imports/").text


def test_a_run_that_is_kept_waiting_says_until_when_and_why_and_is_not_called_silent(staff):
    now = timezone.now()
    sentence = "OpenAlex has not answered for 5 minutes; trying again at 14:05 UTC."
    run(state="running", error=sentence, heartbeat_at=now - timedelta(hours=1), lease_until=now + timedelta(hours=1))
    text = staff.get("/imports/").text
    assert sentence in text
    assert "waiting until " in text
    assert "silent since" not in text


def test_a_refresh_is_told_by_its_size(staff):
    ImportRun.objects.create(
        provider="openalex", parameters={"refresh": True, "authors": ["A1"], "works": [f"W{n}" for n in range(1, 40)], "from_year": 2024}
    )
    assert "keeping fresh 1 researcher and 39 works" in staff.get("/imports/").text


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


def snapshot_run(parts: int, **facts):
    one = run(**facts)
    one.parameters = {"snapshot": "/data/openalex", "filters": {"country": ["JP"]}}
    one.save()
    for number in range(parts):
        ImportPart.objects.create(
            run=one, path=f"works/updated_date=2025-11-06/part_{number:03d}.gz", entity="works", stage=5, bytes_total=100, bytes_done=50,
            state="failed" if number == 1 else "waiting", error="The file is <b>damaged</b>." if number == 1 else "", counts={"read": 7},
        )  # fmt: skip
    return one


@pytest.mark.parametrize("size", [1, 3])
def test_files_of_a_snapshot_cost_the_same_queries_whatever_their_number(staff, django_assert_num_queries, size):
    one = snapshot_run(size)
    with django_assert_num_queries(SNAPSHOT_QUERIES):
        html = staff.get(f"/imports/{one.pk}/").text
    assert "snapshot /data/openalex; country JP" in html


def test_files_are_filtered_by_state_and_walked_by_page(staff):
    one = snapshot_run(60, state="running")
    html = staff.get(f"/imports/{one.pk}/").text
    assert ("part_049.gz" in html, "part_050.gz" in html, "&lt;b&gt;damaged" in html, "<b>damaged" in html) == (True, False, True, False)
    fiftieth = one.parts.order_by("pk")[49].pk
    assert f"after_part={fiftieth}" in html
    after = staff.get(f"/imports/{one.pk}/", {"part": "parts", "after_part": fiftieth}).text
    assert ("part_049.gz" in after, "part_050.gz" in after, "<html" in after) == (False, True, False)
    failed = staff.get(f"/imports/{one.pk}/", {"part": "parts", "state": "failed"}).text
    assert ("part_001.gz" in failed, "part_002.gz" in failed) == (True, False)
    for odd in ("\x00", "9" * 400, "x"):
        assert staff.get(f"/imports/{one.pk}/", {"state": odd, "after_part": odd}).status_code == 200


def test_staff_pause_resume_and_cancel_and_it_is_written_down(staff, django_capture_on_commit_callbacks, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr("bzpeer.pages.imports.ring", rung.append)
    one = snapshot_run(2, state="running")
    for verb, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        with django_capture_on_commit_callbacks(execute=True):
            assert staff.post(f"/imports/{one.pk}/{verb}/").status_code == 302
        one.refresh_from_db()
        assert one.state == state
    assert rung == [one.pk]
    me = User.objects.get(is_staff=True)
    assert [(act["did"], act["by"]) for act in one.acts] == [("paused", me.pk), ("resumed", me.pk), ("cancelled", me.pk)]
    assert f"by {me}" in staff.get(f"/imports/{one.pk}/").text
    refused = staff.post(f"/imports/{one.pk}/pause/", {"from": "list"}, follow=True)
    assert f"Import {one.pk} cannot be paused: it is cancelled." in refused.text


def test_nobody_but_staff_holds_an_import_and_only_by_post(client, staff):
    one = snapshot_run(1, state="running")
    assert staff.get(f"/imports/{one.pk}/pause/").status_code == 405
    assert [staff.post(f"/imports/{key}/{verb}/").status_code for key, verb in ((one.pk, "explode"), (10**8, "pause"))] == [404, 404]
    stranger, member = Client(), Client(enforce_csrf_checks=True)
    assert stranger.post(f"/imports/{one.pk}/pause/").status_code == 302
    member.force_login(MemberFactory())
    assert member.post(f"/imports/{one.pk}/cancel/").status_code == 403
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(MemberFactory(is_staff=True))
    assert careless.post(f"/imports/{one.pk}/pause/").status_code == 403
    one.refresh_from_db()
    assert (one.state, one.acts) == ("running", [])


def test_a_live_import_tells_its_rate_and_what_is_left(staff):
    now = timezone.now().timestamp()
    pace = [[now - 30, 1_000, 100], [now, 4_000, 400]]
    one = snapshot_run(1, state="running", started_at=timezone.now(), total=28_000, cursor={"unit": "bytes", "bytes": 4_000, "pace": pace})
    html = staff.get("/imports/").text + staff.get(f"/imports/{one.pk}/", {"part": "figures"}).text
    assert html.count("about 4 minutes left") == 2
    assert "10 records/s" in html
    assert 'aria-label="14 % done"' in html
