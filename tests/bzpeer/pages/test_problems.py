"""Problems of imports: by reason, one by one, tried again."""

import re

import pytest

from bzpeer.pages.problems import pretty
from tests.factories.members import MemberFactory
from works.models import ImportProblem, ImportRun

pytestmark = pytest.mark.django_db
LIST_QUERIES = 6  # session, member, notices, problems, kinds, how many can be tried
ONE_QUERIES = 4


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The runs a worker was told of."""
    told = []
    monkeypatch.setattr("bzpeer.pages.problems.ring", told.append)
    return told


@pytest.fixture
def staff(client):
    client.force_login(MemberFactory(is_staff=True, email="librarian@example.org"))
    return client


def problem(reason="Two bylines claim position 3.", *, provider="openalex", **facts):
    run = facts.pop("run", None) or ImportRun.objects.create(provider=provider, state="finished")
    return ImportProblem.objects.create(run=run, place="works.gz, line 4", reason=reason, **facts)


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


def test_only_staff_see_problems(client):
    one = problem(key="openalex:W1", raw="secret")
    paths = ("/imports/problems/", f"/imports/problems/{one.pk}/")
    for path in paths:
        assert client.get(path)["Location"].startswith("/accounts/login/")
    client.force_login(MemberFactory())
    for path in paths:
        assert client.get(path).status_code == 403
    assert client.post("/imports/problems/redrive/", {"problem": one.pk}).status_code == 403
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize("size", [1, 3])
def test_the_pages_cost_the_same_queries_whatever_their_length(staff, django_assert_num_queries, size):
    for number in range(size):
        one = problem(f"reason {'x' * number}", key=f"openalex:W{number + 1}")
    with django_assert_num_queries(LIST_QUERIES):
        staff.get("/imports/problems/")
    with django_assert_num_queries(ONE_QUERIES):
        staff.get(f"/imports/problems/{one.pk}/")


def test_problems_are_counted_by_reason_without_its_particulars_and_by_source(staff):
    run = ImportRun.objects.create(provider="openalex")
    for number in range(3):
        problem(f"Two bylines claim position {number}.", run=run, key=f"openalex:W{number + 1}")
    problem("Two bylines claim position 9.", provider="arxiv", key="arxiv:2006.13719")
    problem("The ROR id 057zh3y96 already belongs to another record; it was left out here.", is_quarantined=False)
    shown = words(staff.get("/imports/problems/").text)
    assert "Two bylines claim position … Set aside arXiv 1, OpenAlex 3 4" in shown
    assert "The ROR id … already belongs to another record; it was left out here. Stored with a reservation OpenAlex 1 1" in shown
    narrowed = words(staff.get("/imports/problems/", {"provider": "arxiv"}).text)
    assert "arxiv:2006.13719" in narrowed
    assert "ROR" not in narrowed
    of_run = words(staff.get("/imports/problems/", {"run": run.pk, "kind": "Two bylines claim position …"}).text)
    assert "Try 3 again" in of_run
    assert "arxiv:" not in of_run


def test_a_problem_shows_the_whole_record_as_text_in_lines(staff):
    raw = '{"id":"https://openalex.org/W1","display_name":"<script>alert(1)</script>"}'
    html = staff.get(f"/imports/problems/{problem(key='openalex:W1', raw=raw).pk}/").text
    assert "&quot;display_name&quot;: &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in html
    assert "<script>alert" not in html
    assert "Ask OpenAlex for it anew" in html
    assert 'data-copy="record"' in html


@pytest.mark.parametrize(
    ("raw", "shown", "language"),
    [
        ('{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}', "JSON"),
        ("<a><b>x</b></a>", "<a>\n  <b>x</b>\n</a>", "XML"),
        ('{"a":[1', '{"a":[1', ""),
        ("<a><b>", "<a><b>", ""),
        ('<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>', '<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>', ""),
        ("plain \\x00", "plain \\x00", ""),
        ("", "", ""),
    ],
)
def test_a_record_is_set_in_lines_only_where_it_is_whole(raw, shown, language):
    assert pretty(raw) == (shown, language)


def test_trying_again_is_written_down_with_who_asked_and_rung_for(staff, rung):
    one = problem(key="openalex:W1")
    answer = staff.post("/imports/problems/redrive/", {"problem": one.pk}, follow=True)
    assert "tried again in the background" in answer.text
    run = ImportRun.objects.get(state="queued")
    assert (run.parameters["problems"], run.provider, rung) == ([one.pk], "openalex", [run.pk])
    assert run.parameters["by"] == MemberFactory._meta.model.objects.get(email="librarian@example.org").pk


def test_all_of_a_reason_are_tried_again(staff, rung):
    for number in range(3):
        problem(f"Two bylines claim position {number}.", provider="openalex" if number else "arxiv")
    problem("the work has no title")
    answer = staff.post("/imports/problems/redrive/", {"kind": "Two bylines claim position …"})
    assert answer["Location"] == "/imports/problems/?kind=Two+bylines+claim+position+%E2%80%A6"
    runs = ImportRun.objects.filter(state="queued").order_by("provider")
    assert [run.provider for run in runs] == ["arxiv", "openalex"]
    assert len(rung) == 2


def test_what_came_of_trying_is_told_and_resolved_problems_leave_the_list(staff):
    kept = problem(key="openalex:W1", attempts=3, outcome="Still set aside: no title.", redriven_at="2026-11-20T10:00Z", redriven_by=999)
    problem(key="openalex:W2", attempts=1, outcome="Stored.", redriven_at="2026-11-20T10:00Z", resolved_at="2026-11-20T10:00Z")
    shown = words(staff.get("/imports/problems/").text)
    assert "Kept Tried 3 times, last on 20 November 2026, 10:00 UTC. Still set aside: no title." in shown
    assert "W2" not in shown
    assert "Try" not in shown.replace("Tried", "")
    assert "openalex:W2" in words(staff.get("/imports/problems/", {"state": "resolved"}).text)
    assert "It was tried 3 times and is kept as it is." in staff.get(f"/imports/problems/{kept.pk}/").text
    assert "Nothing to try again" in staff.post("/imports/problems/redrive/", {"problem": kept.pk}, follow=True).text


def test_no_problems_and_strange_addresses(staff):
    assert "Every record that was read is stored." in staff.get("/imports/problems/").text
    assert "Nothing has been resolved yet." in staff.get("/imports/problems/", {"state": "resolved"}).text
    assert staff.get("/imports/problems/99999999999/").status_code == 404
    problem()
    for value in ("\x00", "9" * 400, "-1", "<x>"):
        asked = {"kind": value, "provider": value, "run": value, "after": value, "state": value}
        assert staff.get("/imports/problems/", asked).status_code == 200
        assert staff.post("/imports/problems/redrive/", {**asked, "problem": value}).status_code == 302
