"""Topic pages and the list of topics."""

import re

import pytest

from bzpeer.addresses import record_address
from tests.factories.records import AffiliationFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

QUERIES = 8


def address(topic):
    return record_address("topic", topic.pk, topic.display_name)


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


@pytest.mark.parametrize("size", [1, 3])
def test_a_page_costs_the_same_queries_whatever_its_size(client, django_assert_num_queries, size):
    topic = TopicFactory()
    for number in range(size):
        person = ResearcherFactory()
        AffiliationFactory(researcher=person)
        WorkFactory(topics=[topic], authors=[person], publication_year=2020 + number)
        TopicFactory()
    with django_assert_num_queries(QUERIES):
        assert client.get(address(topic)).status_code == 200


def test_a_topic_shows_its_place_its_people_and_its_works(client):
    topic = TopicFactory(display_name="Escape Rates", description="How noise leaves a valley.", keywords=["noise"], works_count=3)
    sibling = TopicFactory(display_name="Flat Minima")
    other = TopicFactory(display_name="Unrelated", subfield_id=9)
    strong, weak = ResearcherFactory(display_name="Ann Strong"), ResearcherFactory(display_name="Bea Weak")
    WorkFactory(title="One", topics=[topic], authors=[strong, weak], publication_year=2020)
    WorkFactory(title="Two", topics=[topic], authors=[strong], publication_year=2022)
    WorkFactory(title="Elsewhere", topics=[other], authors=[weak])
    html = client.get(address(topic)).text
    shown = words(html)
    assert "Physical Sciences Computer Science Artificial Intelligence How noise leaves a valley." in shown
    assert shown.index("Ann Strong 2 works") < shown.index("Bea Weak 1 work")
    assert "Elsewhere" not in shown
    assert f'href="{address(sibling)}"' in html
    assert f'href="{address(other)}"' not in html
    narrowed = words(client.get(address(topic), {"year": "2022"}).text)
    assert "Two" in narrowed
    assert " One " not in narrowed


def test_addresses_lead_to_the_topic_or_nowhere(client):
    topic = TopicFactory(openalex_id="T11612")
    assert client.get("/topics/openalex:T11612/")["Location"] == address(topic)
    assert client.get(f"/topics/{topic.pk}/wrong/")["Location"] == address(topic)
    for path in ("/topics/openalex:W1/", "/topics/99999999999999999999/x/", "/topics/openalex:%00", "/topics/1234567/x/"):
        assert client.get(path).status_code in {400, 404}


def test_the_list_groups_topics_by_field_and_opens_one(client):
    for number in range(10):
        TopicFactory(display_name=f"Computing {number}", works_count=100 - number)
    TopicFactory(display_name="Glaciers", domain_name="Physical Sciences", field_id=19, field_name="Earth Sciences")
    every = words(client.get("/topics/").text)
    assert "Computer Science 10 topics" in every
    assert "Computing 7 " in every
    assert "Computing 8 " not in every
    assert "2 more in this field" in every
    one = words(client.get("/topics/", {"field": "17"}).text)
    assert "Computing 9 " in one
    assert "Glaciers" not in one
    assert "No topic of that field" in client.get("/topics/", {"field": "999"}).text


def test_an_empty_list_says_where_topics_come_from(client):
    assert "No topics yet" in client.get("/topics/").text
    for value in ("\x00", "9" * 5000, "x"):
        assert client.get("/topics/", {"field": value}).status_code == 200
