"""Coverage of the corpus: for staff with filters and CSV, for everybody in short."""

import re

import pytest

from bzpeer.pages.drawings import percent, shares
from tests.factories.members import MemberFactory
from tests.factories.records import WorkFactory
from works.coverage import count_due, mark_all_due, mark_due
from works.models import Work

pytestmark = pytest.mark.django_db
QUERIES = 6  # session, member, notices, years, freshness, types


@pytest.fixture
def staff(client):
    client.force_login(MemberFactory(is_staff=True))
    return client


def counted():
    mark_all_due()
    count_due()


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


def test_the_report_is_for_staff_and_its_summary_for_everybody(client):
    WorkFactory()
    counted()
    assert client.get("/imports/coverage/")["Location"].startswith("/accounts/login/")
    assert "1 work" in words(client.get("/about/corpus/").text)
    client.force_login(MemberFactory())
    assert client.get("/imports/coverage/").status_code == 403
    assert client.get("/imports/coverage.csv").status_code == 403


@pytest.mark.parametrize("size", [1, 3])
def test_the_report_costs_the_same_queries_whatever_is_here(staff, django_assert_num_queries, size):
    for number in range(size):
        WorkFactory(publication_year=2000 + number)
    counted()
    with django_assert_num_queries(QUERIES):
        staff.get("/imports/coverage/")


def test_shares_are_drawn_told_and_given_as_a_file(staff):
    WorkFactory(publication_year=2020, abstract="", doi="10.1/a", provenance={"openalex": {}})
    WorkFactory(publication_year=2020, provenance={"openalex": {}, "arxiv": {}})
    WorkFactory(publication_year=1900, type="book", provenance={"openalex": {}})
    WorkFactory(publication_year=None, provenance={"arxiv": {}})
    counted()
    html = staff.get("/imports/coverage/").text
    shown = words(html)
    assert "2020: 50 % (1 of 2)" in shown
    assert "No year 1 100 %" in shown
    assert "Before 1981 1 100 %" in shown
    assert "1 work without a year is not drawn." in shown
    assert 'aria-label="Abstract: 67 % in all, 2 of 3"' in html
    assert "2 works of this choice" in words(staff.get("/imports/coverage/", {"source": "arxiv"}).text)
    assert "1 work of this choice" in words(staff.get("/imports/coverage/", {"type": "book"}).text)
    rows = staff.get("/imports/coverage.csv", {"source": "arxiv"}).text.splitlines()
    assert rows == [
        "year,works,abstracts,dates,dois,licences,topics,affiliations,orcids,with_references,references_listed,references_resolved",
        "2020,1,1,1,0,0,0,0,0,0,0,0",
        ",1,1,0,0,0,0,0,0,0,0,0",
    ]


def test_what_changed_since_is_said(staff):
    WorkFactory()
    counted()
    assert "changed since" not in staff.get("/imports/coverage/").text
    mark_due([Work.objects.get().pk])
    assert "1 of 1 parts of the corpus changed since and is counted anew within minutes" in words(staff.get("/imports/coverage/").text)


def test_nothing_counted_and_strange_addresses(staff, client):
    assert "Nothing is counted yet" in staff.get("/imports/coverage/").text
    assert "Nothing is counted yet" in client.get("/about/corpus/").text
    WorkFactory()
    counted()
    for value in ("\x00", "9" * 400, "<x>"):
        assert "No work of this choice" in staff.get("/imports/coverage/", {"type": value or "x", "source": value}).text or value == "\x00"
        assert staff.get("/imports/coverage.csv", {"type": value, "source": value}).status_code == 200


def test_no_share_is_rounded_to_nothing_or_to_all():
    assert [percent(0, 9), percent(1, 10_000), percent(9_999, 10_000), percent(9, 9), percent(0, 0)] == [0, 1, 99, 100, 0]
    drawn = shares("Abstract", [("2020", 1, 2), ("2021", 0, 0)])
    assert [(bar.x, bar.top, bar.height) for bar in drawn.bars] == [(0, 50, 50), (10, 100, 0)]
    assert (drawn.width, drawn.share, drawn.first, drawn.last) == (20, 50, "2020", "2021")
    assert shares("Nothing", []).width == 10
