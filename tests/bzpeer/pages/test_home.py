"""The front page."""

import re

import pytest

from bzpeer.pipeline import rebuild_everything
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

QUERIES = 7


def test_an_empty_portal_says_how_to_fill_it(client):
    html = client.get("/").text
    assert "Nothing imported yet" in html
    assert "bzpeer demo" in html
    assert "bzpeer import openalex" in html
    assert 'action="/search/"' in html


def test_a_filled_portal_shows_what_it_holds(client):
    busy, other, third = (ResearcherFactory(display_name=name) for name in ("Busy Person", "Other Person", "Third Person"))
    topic = TopicFactory(display_name="Noise")
    for number in range(8):
        WorkFactory(title=f"Study {number}", authors=[busy, other] if number % 2 else [busy, third], topics=[topic])
    rebuild_everything()
    html = client.get("/").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    for expected in (
        "Researchers 3",
        "Works 8",
        "Topics 1",
        "Institutions 0",
        "The graph around Busy Person",
        "Noise 8",
        "Busy Person 2 close collaborators 8 works",
    ):
        assert expected in words
    assert re.findall(r"Study \d", words) == [f"Study {number}" for number in range(7, 0, -1)]
    assert "Nothing imported yet" not in words


@pytest.mark.parametrize("works", [1, 3])
def test_the_front_page_costs_the_same_number_of_queries(client, django_assert_num_queries, works):
    for _ in range(works):
        WorkFactory(authors=[ResearcherFactory(), ResearcherFactory()], topics=[TopicFactory()])
    rebuild_everything()
    with django_assert_num_queries(QUERIES):
        assert client.get("/").status_code == 200


def test_few_works_show_their_abstracts(client):
    WorkFactory(abstract="We stir the noise.", authors=[ResearcherFactory()])
    rebuild_everything()
    assert "We stir the noise." in client.get("/").text


def test_many_works_are_listed_in_brief(client):
    for _ in range(7):
        WorkFactory(abstract="We stir the noise.", authors=[ResearcherFactory()])
    rebuild_everything()
    assert "We stir the noise." not in client.get("/").text


def test_the_old_address_of_the_mark_leads_to_it(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 301
    assert "icons/mark" in answer.headers["Location"]
