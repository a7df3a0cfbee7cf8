"""The profile page, as a stranger, a member and an owner meet it."""

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.utils.html import escape

from bzpeer.addresses import record_address
from bzpeer.claims.models import Claim
from bzpeer.pipeline import rebuild_everything
from researchers.models import Researcher, ResearcherRedirect
from tests.factories.members import MemberFactory
from tests.factories.records import (
    AffiliationFactory,
    AuthorshipFactory,
    InstitutionFactory,
    NameFormFactory,
    ReferenceFactory,
    ResearcherFactory,
    TopicFactory,
    WorkFactory,
)
from works.models import Authorship

pytestmark = pytest.mark.django_db

QUERIES = 9
"""A profile costs this many queries for a visitor without account, whatever the number of works."""


def profile(client, person, **parameters):
    answer = client.get(f"/researchers/{person.pk}/{address_name(person)}/", parameters)
    assert answer.status_code == 200
    return answer.text


def address_name(person):
    return person.display_name.lower().replace(" ", "-")


def text_of(html):
    """The words a reader sees, markup and runs of space aside."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def titles(html):
    return [text_of(title) for title in re.findall(r'class="card__title">(.*?)</h3>', html, re.DOTALL)]


@pytest.fixture
def kangqiao():
    """An unclaimed L1 record with one source and no affiliation: 2 works with arXiv ids, 3 topics, 3 close collaborators."""
    person, *others = (ResearcherFactory(display_name=name) for name in ("Kangqiao Liu", "Takashi Mori", "Liu Ziyin", "Masahito Ueda"))
    topics = [TopicFactory(display_name=name) for name in ("Statistical Mechanics", "Neural Networks", "Stochastic Gradient Descent")]
    for title, arxiv_id in (("Power-law escape rate of SGD", "2105.09557"), ("Strength of Minibatch Noise in SGD", "2102.05375")):
        WorkFactory(title=title, arxiv_id=arxiv_id, authors=[person, *others], topics=topics)
    rebuild_everything()
    return Researcher.objects.get(pk=person.pk)


def test_an_unclaimed_profile_shows_every_element(client, kangqiao):
    words = text_of(profile(client, kangqiao))
    for expected in (
        "Researcher profile Kangqiao Liu",
        "Works on Neural Networks; Statistical Mechanics; Stochastic Gradient Descent. 2 works on this portal, 2022.",
        "Made from the works, their years and their topics on this record; nobody has claimed it.",
        "Author Affiliation not imported",
        "Follow 0",
        "Trust 13 - Unverified",
        "Verification L1",
        "Unclaimed author",
        "2 works",
        "0 followers",
        "3 topics",
        "3 close collaborators",
        "Log in to claim",
        "Direct collaboration Locked until claimed",
        "Research graph",
        "Open full explorer",
        "Published work 2 published items",
        "Masahito Ueda 2 works together 2022 · close collaborator",
    ):
        assert expected in words
    assert "Open to collaborate" not in words
    assert titles(profile(client, kangqiao)) == ["Power-law escape rate of SGD", "Strength of Minibatch Noise in SGD"]


def test_every_count_and_the_score_say_why(client, kangqiao):
    html = profile(client, kangqiao)
    assert len(re.findall(r'<details class="why"><summary>why\?', html)) == 4
    words = text_of(html)
    assert "Verification level 8 of 45 A record with a stable external id; nobody has claimed it (L1)." in words
    assert "Works with a DOI or arXiv id 2 of 20" in words
    assert "Close collaborators 3 of 10" in words
    assert "Formula v1, computed on" in words
    assert "It does not judge the quality of the research" in words


def test_a_card_names_type_year_source_authors_abstract_citations_and_ids(client):
    person, other = ResearcherFactory(display_name="Ada Example"), ResearcherFactory(display_name="Bo Example")
    work = WorkFactory(
        title=r"Noise at $Δ\log L=\log[L(θ^s)/L(θ^*)]$",
        abstract=r"We propose \textit{volumization} where x<y and y>z.",
        doi="10.1000/xyz(1)",
        arxiv_id="2105.09557",
        type="book-chapter",
        authors=[other, person],
        cited_by_count=4,
    )
    html = profile(client, person)
    card = html[html.index('<article class="card') : html.index("</article>")]
    assert '<span class="tex">' in card
    assert "<em>volumization</em>" in card
    assert "x&lt;y and y&gt;z" in card
    assert f'<a href="/researchers/{other.pk}/bo-example/">Bo Example</a><span class="level-mark badge--l1"' in card
    assert '</span>, <span class="self">Ada Example</span>' in card
    assert 'href="https://doi.org/10.1000/xyz(1)"' in card
    assert 'href="https://arxiv.org/abs/2105.09557"' in card
    words = text_of(card)
    for expected in ("Book chapter 2022", work.source.display_name, "4 citations here", "why here? The source gives this byline"):
        assert expected in words


def test_a_byline_far_down_a_long_list_is_still_shown(client):
    person = ResearcherFactory(display_name="Ada Example")
    work = WorkFactory(authors=[ResearcherFactory() for _ in range(11)])
    AuthorshipFactory(work=work, position=12, researcher=person)
    words = text_of(profile(client, person))
    assert "Ada Example (author 12) and 3 more" in words


def test_a_byline_of_nobody_known_is_shown_without_a_link(client):
    person = ResearcherFactory(display_name="Ada Example")
    work = WorkFactory(authors=[person])
    AuthorshipFactory(work=work, position=2, researcher=None, byline="N. Obody")
    assert "<span>N. Obody</span>" in profile(client, person)


def test_works_are_listed_newest_first_then_by_title(client):
    person = ResearcherFactory(display_name="Ada Example")
    for title, year in (("beta", 2020), ("Alpha", 2020), ("Old", 1999), ("Power-law", 2022), ("Power Laws", 2022), ("Undated", None)):
        WorkFactory(title=title, publication_year=year, authors=[person])
    assert titles(profile(client, person)) == ["Power Laws", "Power-law", "Alpha", "beta", "Old", "Undated"]
    assert titles(profile(client, person, sort="oldest")) == ["Old", "Alpha", "beta", "Power Laws", "Power-law", "Undated"]
    assert titles(profile(client, person, sort="title")) == ["Alpha", "beta", "Old", "Power Laws", "Power-law", "Undated"]


def test_two_bylines_on_one_work_list_it_once(client):
    person = ResearcherFactory(display_name="Ada Example")
    work = WorkFactory(authors=[person])
    AuthorshipFactory(work=work, position=2, researcher=person)
    html = profile(client, person)
    assert len(titles(html)) == 1
    assert "1 published item" in text_of(html)


def test_filters_by_year_and_type_keep_only_what_fits_and_can_be_taken_away(client):
    person = ResearcherFactory(display_name="Ada Example")
    WorkFactory(title="This one", publication_year=2021, type="preprint", authors=[person])
    WorkFactory(title="Other year", publication_year=2020, type="preprint", authors=[person])
    WorkFactory(title="Other type", publication_year=2021, type="article", authors=[person])
    html = profile(client, person, year="2021", type="preprint")
    assert titles(html) == ["This one"]
    assert "1 published item of 3" in text_of(html)
    assert '<a class="chip chip--on" href="?type=preprint#published">2021' in html
    assert '<a class="chip chip--on" href="?year=2021#published">Preprint' in html
    assert "No work fits these filters" in profile(client, person, year="1905")


def test_works_with_one_collaborator_are_listed_on_request(client, django_assert_num_queries):
    person, bo, cy = (ResearcherFactory(display_name=f"{name} Example") for name in ("Ada", "Bo", "Cy"))
    WorkFactory(title="With Bo", publication_year=2019, authors=[person, bo])
    WorkFactory(title="With both", publication_year=2020, authors=[cy, bo, person])
    WorkFactory(title="With Cy", publication_year=2021, authors=[person, cy])
    WorkFactory(title="Without Ada", authors=[bo, cy])
    rebuild_everything()
    assert f'<a class="row__fact" href="?with={bo.pk}#published">2 works' in profile(client, person)
    with django_assert_num_queries(QUERIES + 1):
        html = profile(client, person, **{"with": str(bo.pk)})
    assert titles(html) == ["With both", "With Bo"]
    assert "2 published items of 3" in text_of(html)
    assert "With Bo Example remove this filter" in text_of(html)
    assert titles(profile(client, person, **{"with": str(bo.pk), "year": "2019"})) == ["With Bo"]
    assert "No work fits these filters" in profile(client, person, **{"with": "9" * 18})


def test_many_works_are_paged(client):
    person = ResearcherFactory(display_name="Ada Example")
    for number in range(41):
        WorkFactory(title=f"Study {number:02}", authors=[person])
    first, last = profile(client, person), profile(client, person, page="3")
    assert titles(first) == [f"Study {number:02}" for number in range(20)]
    assert titles(last) == ["Study 40"]
    assert 'rel="next" href="?page=2#published"' in first
    assert 'rel="prev" href="?page=2#published"' in last
    assert "41 to 41 of 41" in last


@pytest.mark.parametrize("works", [1, 3, 25])
def test_a_profile_costs_the_same_number_of_queries_whatever_it_lists(client, django_assert_num_queries, works):
    person = ResearcherFactory(display_name="Ada Example")
    topics = [TopicFactory() for _ in range(works)]
    for number in range(works):
        work = WorkFactory(authors=[person, ResearcherFactory(), ResearcherFactory()], topics=topics, publication_year=2000 + number)
        ReferenceFactory(cited=work)
        AffiliationFactory(researcher=person)
        NameFormFactory(researcher=person, name=f"A. Example {number}")
    rebuild_everything()
    with django_assert_num_queries(QUERIES):
        profile(client, person)


def test_a_record_without_works_says_so(client):
    words = text_of(profile(client, ResearcherFactory(display_name="Ada Example")))
    assert "No published work here yet" in words
    assert "No work on this portal carries a byline of this record yet." in words
    assert "The score is not computed yet" in words
    assert "No works Import works by this person's id." in words


def test_a_record_assembled_from_bylines_shows_its_grounds(client):
    person = ResearcherFactory(display_name="Wei Zhang", openalex_id=None, assembled=True, verification_level=0)
    work = WorkFactory(authors=[person])
    Authorship.objects.filter(work=work).update(resolved_by="shared_coauthor", grounds={"shared": ["takashi mori"]})
    words = text_of(profile(client, person))
    assert "Assembled from bylines" in words
    assert "Verification L0" in words
    assert "is the same full name, on works that share a co-author (takashi mori)" in words


def test_names_affiliations_topics_and_sources_are_on_the_page(client):
    person = ResearcherFactory(
        display_name="Ada Example", orcid="0000-0002-1825-0097", provenance={"openalex": {"at": "2026-11-20T10:00:00+00:00", "run": 1}}
    )
    tokyo = InstitutionFactory(display_name="University of Tokyo")
    AffiliationFactory(researcher=person, institution=tokyo, years=[2018, 2019, 2020, 2022])
    AffiliationFactory(researcher=person, institution=tokyo, years=[2021], evidence="authorships", is_last_known=False)
    NameFormFactory(researcher=person, name="例 A.")
    words = text_of(profile(client, person))
    assert "University of Tokyo 2018–2022" in words
    told = "Last known. From the author record of the source (2018–2020, 2022) and the affiliations printed on works (2021)."
    assert told in words
    assert "Also written as 例 A. listed by the source, OpenAlex" in words
    assert f"OpenAlex {person.openalex_id} fetched 20 November 2026" in words
    assert "ORCID 0000-0002-1825-0097" in words


def test_markup_in_a_record_is_shown_and_not_run(client):
    name = 'Mallory <script>alert("1")</script>'
    person = ResearcherFactory(display_name=name, biography="<img src=x onerror=alert(2)>")
    WorkFactory(title="<script>alert(3)</script>", authors=[person])
    html = client.get(f"/researchers/{person.pk}/x/", follow=True).text
    assert escape(name) in html
    assert not re.search(r"<script>|<img", html)
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["name"] == name


def test_a_claimed_profile_says_so_and_does_not_invite_to_collaborate(client):
    person = ResearcherFactory(display_name="Ada Example", is_claimed=True, verification_level=2, biography="I study noise.")
    rebuild_everything()
    words = text_of(profile(client, person))
    for expected in ("I study noise. Written by the owner of this record.", "Claimed by its owner", "Verification L2", "This is me"):
        assert expected in words
    assert "Locked until claimed" not in words
    assert "The owner of this record has not said that they are open to collaborate." in words


def test_a_member_sees_what_they_follow_and_their_own_claim(client):
    person, member = ResearcherFactory(display_name="Ada Example"), MemberFactory()
    client.force_login(member)
    assert "This is me" in text_of(profile(client, person))
    client.post(f"/researchers/{person.pk}/follow/", {"action": "follow"})
    Claim.objects.create(user=member, researcher=person, reason="These are my papers, all of them.", created_at=datetime.now(UTC))
    words = text_of(profile(client, person))
    assert "Following 1" in words
    assert "Your claim is in review" in words


def test_another_member_sees_nothing_of_a_claim_in_review(client):
    person = ResearcherFactory(display_name="Ada Example")
    Claim.objects.create(user=MemberFactory(), researcher=person, reason="Secret words of the applicant.")
    client.force_login(MemberFactory())
    words = text_of(profile(client, person))
    assert "Secret words" not in words
    assert "in review" not in words


@pytest.mark.parametrize("slug", ["", "wrong/", "%00/", "-/", "ada-example-2/", "%E4%BE%8B/"])
def test_a_wrong_name_in_the_address_leads_to_the_right_one_for_good(client, slug):
    person = ResearcherFactory(display_name="Ada Example")
    answer = client.get(f"/researchers/{person.pk}/{slug}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/researchers/{person.pk}/ada-example/")


@pytest.mark.parametrize("name", ["刘子寅", "Follow", "Claim", "!!!", "Ångström Þórsson", "X" * 300])
def test_any_name_has_an_address_that_shows_its_profile(client, name):
    person = ResearcherFactory(display_name=name)
    answer = client.get(f"/researchers/{person.pk}/", follow=True)
    assert answer.status_code == 200
    assert len(answer.redirect_chain) == 1


def test_a_merged_record_leads_to_its_successor(client):
    person = ResearcherFactory(display_name="Ada Example", orcid="0000-0002-1825-0097")
    for key in ("id:999", "openalex:A777", "orcid:0000-0001-5109-3700"):
        ResearcherRedirect.objects.create(key=key, researcher=person)
    to = f"/researchers/{person.pk}/ada-example/"
    for address in (
        "/researchers/999/old-name/",
        "/researchers/openalex:A777/",
        "/researchers/orcid:0000-0001-5109-3700/",
        f"/researchers/openalex:{person.openalex_id}/",
        f"/researchers/openalex:{person.openalex_id.lower()}",
        "/researchers/orcid:0000-0002-1825-0097/",
        "/researchers/orcid:0000-0002-1825-0097",
    ):
        answer = client.get(address)
        assert (answer.status_code in (301, 302), answer.headers["Location"]) == (True, to)


@pytest.mark.parametrize(
    "address",
    [
        "/researchers/12/nobody/",
        f"/researchers/{2**63}/x/",
        f"/researchers/{'9' * 5000}/x/",
        "/researchers/-1/x/",
        "/researchers/1%00/x/",
        "/researchers/orcid:0000-0002-1825-0098/",
        "/researchers/orcid:0000-0002-1825-0097/",
        "/researchers/orcid:%00/",
        "/researchers/openalex:W1/",
        "/researchers/openalex:A99999999999999999999/",
        "/researchers/openalex:A1%00/",
    ],
)
def test_an_address_of_nobody_is_not_found_and_offers_the_search(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert 'action="/search/"' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "year=x",
        f"year={'9' * 30}",
        "year=9999",
        "page=0",
        "page=-1",
        f"page={10**30}",
        "type=%00",
        "type=<b>",
        "sort=%00",
        "year=&type=&page=",
    ],
)
def test_senseless_parameters_still_give_a_page(client, query):
    person = ResearcherFactory(display_name="Ada Example")
    WorkFactory(authors=[person])
    assert client.get(f"/researchers/{person.pk}/ada-example/?{query}").status_code == 200


def test_the_page_tells_machines_who_it_is_about(client):
    person = ResearcherFactory(display_name="Ada Example", orcid="0000-0002-1825-0097")
    html = profile(client, person, page="2")
    address = f"http://testserver/researchers/{person.pk}/ada-example/"
    assert f'<link rel="canonical" href="{address}">' in html
    assert f'<link rel="alternate" type="application/json" href="/api/v1/researchers/{person.pk}/">' in html
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert block is not None
    told = json.loads(block[1])
    assert told["@type"] == "Person"
    assert told["url"] == address
    assert told["sameAs"] == [f"https://openalex.org/{person.openalex_id}", "https://orcid.org/0000-0002-1825-0097"]


def test_nothing_on_the_page_is_inline_or_from_elsewhere(client, kangqiao):
    html = profile(client, kangqiao)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style", html)
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?://(?!testserver)[^"]*"', html)


def test_only_reading_is_allowed(client, kangqiao):
    assert client.post(f"/researchers/{kangqiao.pk}/kangqiao-liu/").status_code == 405


def test_the_document_has_the_order_of_need(client):
    person, other = ResearcherFactory(), ResearcherFactory()
    WorkFactory(authors=[person, other])
    rebuild_everything()
    html = client.get(record_address("researcher", person.pk, person.display_name)).text
    places = [html.index(f' id="{name}"') for name in ("trust", "identity", "graph", "published", "direct", "collaborators", "origins")]
    assert places == sorted(places)
