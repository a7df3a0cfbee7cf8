"""The page of a venue."""

import re

import pytest

from bzpeer.addresses import record_address
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory, SourceFactory, TopicFactory, WorkFactory
from works.models import AuthorshipInstitution

pytestmark = pytest.mark.django_db

QUERIES = 8


def address(source):
    return record_address("source", source.pk, source.display_name)


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


@pytest.mark.parametrize("size", [1, 3])
def test_a_page_costs_the_same_queries_whatever_its_size(client, django_assert_num_queries, size):
    venue = SourceFactory()
    for number in range(size):
        person = ResearcherFactory()
        AffiliationFactory(researcher=person)
        WorkFactory(source=venue, authors=[person], topics=[TopicFactory()], publication_year=2020 + number)
    with django_assert_num_queries(QUERIES):
        assert client.get(address(venue)).status_code == 200


def test_a_venue_shows_its_people_places_topics_and_works(client):
    venue = SourceFactory(
        display_name="Journal of Noise",
        type="journal",
        issn_l="1234-5678",
        issn=["1234-5678", "8765-4321"],
        host_organization_name="A Press",
    )
    strong, weak = ResearcherFactory(display_name="Ann Strong"), ResearcherFactory(display_name="Bea Weak")
    topic = TopicFactory(display_name="Escape Rates")
    one = WorkFactory(title="One", source=venue, authors=[strong, weak], topics=[topic], publication_year=2020)
    WorkFactory(title="Two", source=venue, authors=[strong], topics=[], publication_year=2022)
    WorkFactory(title="Elsewhere", authors=[weak], topics=[topic])
    AuthorshipInstitution.objects.create(authorship=one.authorships.get(position=2), institution=InstitutionFactory(display_name="Tokyo"))
    html = client.get(address(venue)).text
    shown = words(html)
    for told in ("2 works here.", "ISSN-L 1234-5678 ISSN 8765-4321 Published by A Press", "Where they work Tokyo 1", "Escape Rates 1"):
        assert told in shown, told
    assert shown.index("Ann Strong 2 works") < shown.index("Bea Weak 1 work")
    assert "Elsewhere" not in shown
    narrowed = words(client.get(address(venue), {"year": "2022"}).text)
    assert "Two" in narrowed
    assert " One " not in narrowed
    assert f'href="/works/export.bib?source={venue.pk}"' in html
    exported = client.get("/works/export.csv", {"source": venue.pk}).text
    assert "Two" in exported
    assert "Elsewhere" not in exported
    feed = client.get(f"{address(venue)}feed.atom").text
    assert "Works in Journal of Noise" in feed
    assert feed.count("<entry>") == 2
    assert f'href="{address(venue)}"' in client.get(record_address("work", one.pk, one.title)).text


def test_addresses_lead_to_the_venue_or_nowhere(client):
    venue = SourceFactory(openalex_id="S1234")
    assert client.get("/sources/openalex:S1234/")["Location"] == address(venue)
    assert client.get(f"/sources/{venue.pk}/wrong/")["Location"] == address(venue)
    assert client.get(f"/sources/{venue.pk}/")["Location"] == address(venue)
    for path in ("/sources/openalex:W1/", "/sources/99999999999999999999/x/", "/sources/openalex:%00", "/sources/12345678/x/"):
        assert client.get(path).status_code == 404


def test_a_hostile_name_is_only_text(client):
    venue = SourceFactory(display_name='"><script>alert(1)</script>', type='"><b>', host_organization_name="<img src=x>")
    html = client.get(address(venue)).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert '"><b>' not in html
