"""The list of researchers."""

import re

import pytest

from bzpeer.pages import researchers as page_module
from tests.factories.records import AffiliationFactory, InstitutionFactory, NameFormFactory, ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

QUERIES = 3


def listed(client, query=""):
    answer = client.get(f"/researchers/{query}")
    assert answer.status_code == 200
    return answer.text


def names(html):
    return re.findall(r'class="row__name"><a href="[^"]*">([^<]*)</a>', html)


@pytest.fixture
def three():
    return [
        ResearcherFactory(display_name="Beta Two", works_count=2, trust_score=40, close_collaborators_count=1),
        ResearcherFactory(display_name="Alpha Nine", works_count=9, trust_score=13, close_collaborators_count=0),
        ResearcherFactory(
            display_name="Ünal Nine", works_count=9, trust_score=13, close_collaborators_count=5, is_claimed=True, verification_level=3
        ),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Alpha Nine", "Ünal Nine", "Beta Two"]),
        ("?sort=trust", ["Beta Two", "Alpha Nine", "Ünal Nine"]),
        ("?sort=collaborators", ["Ünal Nine", "Beta Two", "Alpha Nine"]),
        ("?sort=name", ["Alpha Nine", "Beta Two", "Ünal Nine"]),
        ("?sort=%00", ["Alpha Nine", "Ünal Nine", "Beta Two"]),
        ("?claimed=1", ["Ünal Nine"]),
        ("?q=nin", ["Alpha Nine", "Ünal Nine"]),
        ("?q=NINE+unal", ["Ünal Nine"]),
        ("?q=ine", []),
        ("?q=%27%26!", []),
        ("?q=a%00lpha", ["Alpha Nine"]),
        ("?q=" + "x" * 5000, []),
    ],
)
def test_the_list_is_sorted_filtered_and_searched(client, three, query, expected):
    assert names(listed(client, query)) == expected


def test_only_those_with_an_affiliation_are_kept_on_request(client, three):
    AffiliationFactory(researcher=three[0])
    assert names(listed(client, "?affiliation=1")) == ["Beta Two"]


def test_a_row_says_place_topics_works_trust_and_level(client, three):
    tokyo, old = InstitutionFactory(display_name="University of Tokyo"), InstitutionFactory(display_name="Old Place")
    AffiliationFactory(researcher=three[1], institution=old, years=[2030], is_last_known=False)
    AffiliationFactory(researcher=three[1], institution=tokyo, years=[2019])
    often, rare = TopicFactory(display_name="Often"), TopicFactory(display_name="Rare")
    WorkFactory(authors=[three[1]], topics=[often])
    WorkFactory(authors=[three[1]], topics=[often, rare])
    row = re.search(r"Alpha Nine.*?</li>", listed(client), re.DOTALL)
    assert row is not None
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row[0]))
    for expected in ("9 works", "University of Tokyo · Often, Rare", "Trust 13", "Verification L1"):
        assert expected in words


@pytest.mark.parametrize("people", [1, 3, 30])
def test_the_list_costs_the_same_number_of_queries(client, django_assert_num_queries, people):
    for _ in range(people):
        person = ResearcherFactory()
        WorkFactory(authors=[person], topics=[TopicFactory()])
        AffiliationFactory(researcher=person)
    with django_assert_num_queries(QUERIES):
        listed(client)


@pytest.mark.parametrize("sort", ["works", "trust", "collaborators", "name"])
def test_walking_through_the_list_shows_everybody_once(client, monkeypatch, sort):
    monkeypatch.setattr(page_module, "PER_PAGE", 2)
    everybody = {ResearcherFactory(display_name=f"Person {'AABBC'[n]}", works_count=n // 2, trust_score=n // 2).pk for n in range(5)}
    query, seen = f"?sort={sort}", []
    for _ in range(3):
        html = listed(client, query)
        seen += [int(key) for key in re.findall(r'row__name"><a href="/researchers/(\d+)/', html)]
        following = re.search(r'rel="next" href="([^"]*)"', html)
        query = following[1].replace("&amp;", "&") if following else ""
    assert query == ""
    assert len(seen) == 5
    assert set(seen) == everybody


@pytest.mark.parametrize("after", ["x", ":", "1:", "1:x", "%00:1", "1:%00", f"{'9' * 40}:1", f"1:{'9' * 40}", "-1:5", "1:-5"])
def test_a_place_that_cannot_be_read_still_gives_a_page(client, three, after):
    listed(client, f"?after={after}")
    listed(client, f"?sort=name&after={after}")


def test_nobody_found_and_nobody_there_are_told_apart(client):
    assert "No researchers yet" in listed(client)
    assert "Nobody fits" in listed(client, "?q=somebody")


def test_a_name_form_finds_its_researcher(client):
    person = ResearcherFactory(display_name="Ada Example", folded_names="ada example 刘子寅")
    NameFormFactory(researcher=person, name="刘子寅")
    assert names(listed(client, "?q=刘子")) == ["Ada Example"]
