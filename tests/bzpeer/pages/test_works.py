"""The list of works."""

import re
from datetime import date

import pytest

from tests.factories.records import ResearcherFactory, SourceFactory, TopicFactory, WorkFactory
from works.models import Funder, WorkFunder

pytestmark = pytest.mark.django_db

QUERIES = 3  # the works with their authors' number, their bylines, the total


def titles(client, **parameters):
    answer = client.get("/works/", parameters)
    assert answer.status_code == 200
    return re.findall(r'class="card__title"><a href="[^"]*">([^<]*)</a>', answer.text)


def following(client, html_parameters):
    """Walk through the whole list by its "More" links."""
    address, seen = "/works/?" + html_parameters, []
    for _ in range(20):
        html = client.get(address).text
        seen += re.findall(r'class="card__title"><a href="[^"]*">([^<]*)</a>', html)
        more = re.search(r'rel="next" href="(\?[^"]*)"', html)
        if not more:
            return seen
        address = "/works/" + more.group(1).replace("&amp;", "&")
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("size", [1, 3])
def test_the_list_costs_the_same_queries_whatever_its_length(client, django_assert_num_queries, size):
    for _ in range(size):
        WorkFactory(authors=[ResearcherFactory(), ResearcherFactory()])
    with django_assert_num_queries(QUERIES):
        assert len(titles(client)) == size


def test_newest_first_with_undated_works_last(client):
    WorkFactory(title="Old", publication_date=date(1990, 1, 1))
    WorkFactory(title="Undated", publication_date=None, publication_year=None)
    WorkFactory(title="New", publication_date=date(2024, 1, 1))
    assert titles(client) == ["New", "Old", "Undated"]


@pytest.mark.parametrize("sort", ["newest", "cited"])
def test_walking_by_key_shows_each_work_once_whatever_is_equal(client, sort):
    for number in range(45):
        dated = None if number % 5 == 0 else date(2000 + number % 3, 1, 1)
        WorkFactory(title=f"T{number}", publication_date=dated, cited_by_count=number % 4)
    seen = following(client, f"sort={sort}")
    assert sorted(seen) == sorted(f"T{number}" for number in range(45))


def test_filters_narrow_the_list_together(client):
    topic = TopicFactory()
    WorkFactory(title="Fits", publication_year=2020, type="preprint", is_oa=True, topics=[topic])
    WorkFactory(title="Other year", publication_year=2021, type="preprint", is_oa=True, topics=[topic])
    WorkFactory(title="Other type", publication_year=2020, type="book", is_oa=True, topics=[topic])
    WorkFactory(title="Closed", publication_year=2020, type="preprint", is_oa=False, topics=[topic])
    WorkFactory(title="Other topic", publication_year=2020, type="preprint", is_oa=True)
    assert titles(client, year=2020, type="preprint", open="1", topic=topic.pk) == ["Fits"]
    assert len(titles(client)) == 5


def test_an_empty_portal_and_an_empty_filter_say_what_to_do(client):
    assert "No works yet" in client.get("/works/").text
    WorkFactory()
    assert "No work fits these filters" in client.get("/works/", {"year": "1066"}).text


@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 5000, "2020-13-45.1", "undated", "undated.", "x.y", "1.1.1", "'", "9" * 9])
def test_malformed_parameters_are_ignored(client, value):
    WorkFactory()
    for name in ("year", "type", "topic", "sort", "open", "after"):
        for sort in ("newest", "cited"):
            assert client.get("/works/", {"sort": sort, name: value}).status_code == 200


def test_a_card_sets_the_marks_of_the_demo_apart_from_the_abstract(client):
    WorkFactory(abstract="Summary written for the bzpeer demo: We stir.")
    WorkFactory(abstract="We rest.")
    html = client.get("/works/").text
    assert "for the bzpeer demo:" not in html
    assert html.count("Summary written for the demo") == 1
    assert "<p>We stir.</p>" in html
    assert "<p>We rest.</p>" in html


def test_works_are_narrowed_to_a_venue_and_to_a_funder(client):
    venue = SourceFactory(display_name="Journal of <b>Noise</b>")
    funder = Funder.objects.create(openalex_id="F1", display_name="A Foundation")
    paid = WorkFactory(title="Paid there", source=venue)
    WorkFunder.objects.create(work=paid, funder=funder, award_ids=["12-3"])
    WorkFactory(title="Unpaid there", source=venue)
    WorkFactory(title="Elsewhere")
    there = client.get("/works/", {"source": venue.pk}).text
    assert "Unpaid there" in there
    assert "Elsewhere" not in there
    assert "Journal of &lt;b&gt;Noise&lt;/b&gt;" in there
    both = client.get("/works/", {"source": venue.pk, "funder": funder.pk}).text
    assert "Paid there" in both
    assert "Unpaid there" not in both
    assert f'<input type="hidden" name="funder" value="{funder.pk}">' in both
    assert "A venue that is not here" in client.get("/works/", {"source": "9" * 18}).text
    for value in ("\x00", "9" * 400, "-1", "x"):
        assert client.get("/works/", {"source": value, "funder": value}).status_code == 200
    page = client.get(f"/works/{paid.pk}/paid-there/").text
    assert "A Foundation" in page
    assert "award 12-3" in page
