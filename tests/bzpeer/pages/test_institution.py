"""Institution pages and the list of institutions."""

import re

import pytest

from bzpeer.addresses import record_address
from researchers.models import InstitutionRedirect
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.models import AuthorshipInstitution

pytestmark = pytest.mark.django_db

QUERIES = 8  # one of them for those above and below it


def address(place):
    return record_address("institution", place.pk, place.display_name)


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


def work_at(place, **facts):
    work = WorkFactory(authors=[ResearcherFactory()], **facts)
    AuthorshipInstitution.objects.create(authorship=work.authorships.get(), institution=place)
    return work


@pytest.mark.parametrize("size", [1, 3])
def test_a_page_costs_the_same_queries_whatever_its_size(client, django_assert_num_queries, size):
    place = InstitutionFactory(lineage=["I999"])
    for _ in range(size):
        work_at(place, topics=[TopicFactory()])
        AffiliationFactory(institution=place)
    with django_assert_num_queries(QUERIES):
        assert client.get(address(place)).status_code == 200


def test_an_institution_shows_its_people_and_its_works(client):
    parent = InstitutionFactory(display_name="The Whole", openalex_id="I500")
    place = InstitutionFactory(
        display_name="The Part", ror="057zh3y96", homepage_url="javascript:alert(1)", lineage=["I500"], type="education", works_count=1
    )
    AffiliationFactory(institution=place, researcher=ResearcherFactory(display_name="Ann Here", works_count=4), years=[2019, 2020, 2021])
    AffiliationFactory(researcher=ResearcherFactory(display_name="Bea Elsewhere"))
    work_at(place, title="Made here", topics=[TopicFactory(display_name="Noise")])
    WorkFactory(title="Made elsewhere", authors=[ResearcherFactory()])
    html = client.get(address(place)).text
    shown = words(html)
    for told in (
        "Institution Education Japan",
        "Ann Here 4 works here 2019–2021 · last known place",
        "Made here",
        "Noise 1",
        "What it belongs to The Whole The Part",
    ):
        assert told in shown, told
    assert "Elsewhere" not in shown
    assert "Made elsewhere" not in shown
    assert 'href="https://ror.org/057zh3y96"' in html
    assert f'href="{address(parent)}"' in html
    assert "javascript:" not in html


def test_partners_and_files_are_those_of_its_works(client):
    tokyo, riken, far = (InstitutionFactory(display_name=name) for name in ("Tokyo", "RIKEN", "Far away"))
    work = work_at(tokyo, title="Made together")
    work_at(far, title="Made far away")
    AuthorshipInstitution.objects.create(authorship=work.authorships.get(), institution=riken)
    html = client.get(address(tokyo)).text
    assert "Works together with RIKEN 1 " in words(html)
    assert "Far away" not in words(html)
    assert f'href="/works/export.csv?institution={tokyo.pk}"' in html
    exported = client.get("/works/export.csv", {"institution": tokyo.pk}).text
    assert "Made together" in exported
    assert "Made far away" not in exported
    assert "Tokyo" in words(client.get("/works/", {"institution": tokyo.pk}).text)


def test_addresses_lead_to_the_institution_or_nowhere(client):
    place = InstitutionFactory(openalex_id="I74801974", ror="057zh3y96")
    InstitutionRedirect.objects.create(key="openalex:I5", institution=place)
    InstitutionRedirect.objects.create(key="id:987654", institution=place)
    for path in (
        "/institutions/openalex:I74801974/",
        "/institutions/openalex:I5",
        "/institutions/ror:057zh3y96/",
        "/institutions/987654/x/",
    ):
        assert client.get(path)["Location"] == address(place)
    for path in (
        "/institutions/ror:nonsense/",
        "/institutions/openalex:A1",
        "/institutions/99999999999999999999/x/",
        "/institutions/ror:%00/",
    ):
        assert client.get(path).status_code in {400, 404}


def test_the_list_is_walked_by_key_and_narrowed_by_country(client):
    for number in range(60):
        InstitutionFactory(display_name=f"Place {number:02}", works_count=number // 7, country_code="FR" if number % 2 else "JP")
    first = client.get("/institutions/").text
    more = re.search(r'rel="next" href="(\?[^"]*)"', first).group(1)
    second = client.get("/institutions/" + more.replace("&amp;", "&")).text
    names = re.findall(r"Place \d\d", first) + re.findall(r"Place \d\d", second)
    assert sorted(names) == [f"Place {number:02}" for number in range(60)]
    french = re.findall(r"Place (\d\d)", client.get("/institutions/", {"country": "fr"}).text)
    assert french
    assert all(int(number) % 2 for number in french)
    assert "No institution of Chile" in client.get("/institutions/", {"country": "CL"}).text
    for value in ("\x00", "9" * 5000, "x.y", "1.", "\x001"):
        assert client.get("/institutions/", {"after": value, "country": value}).status_code == 200


def test_the_tree_sets_every_institution_below_the_nearest_one_it_belongs_to(client):
    InstitutionFactory(display_name="State", openalex_id="I1001", lineage=["I1001"])
    InstitutionFactory(display_name="University", openalex_id="I1002", lineage=["I1001", "I1002"])
    place = InstitutionFactory(
        display_name="Faculty", openalex_id="I1003", lineage=["I1003", "I1001", "I1002"], other_names=["FAC", "Facultas"]
    )
    InstitutionFactory(display_name="Chair", openalex_id="I1004", lineage=["I1001", "I1002", "I1003", "I1004"])
    InstitutionFactory(display_name="Laboratory", openalex_id="I1005", lineage=["I1001", "I1002", "I1003", "I1004", "I1005"])
    InstitutionFactory(display_name="Other faculty", openalex_id="I1006", lineage=["I1001", "I1002", "I1006"])
    html = client.get(address(place)).text
    tree = html[html.index('<ul class="tree">') : html.index("As OpenAlex tells it")]
    depth, found = 0, []
    for tag, name in re.findall(r"<(/?ul)|>([A-Z][^<>]+)</(?:a|b)>", tree):
        depth += {"ul": 1, "/ul": -1}.get(tag, 0)
        found += [(depth, name)] if name else []
    assert found == [(1, "State"), (2, "University"), (3, "Faculty"), (4, "Chair"), (5, "Laboratory")]
    assert "Also called FAC, Facultas" in words(html)


def test_an_institution_of_several_parents_stands_by_itself_and_names_them(client):
    for number, name in ((3001, "State"), (3002, "Academy")):
        InstitutionFactory(display_name=name, openalex_id=f"I{number}", lineage=[f"I{number}"])
    InstitutionFactory(display_name="Section", openalex_id="I3003", lineage=["I3002", "I3003"])
    place = InstitutionFactory(display_name="Joint unit", openalex_id="I3004", lineage=["I3004", "I3001", "I3002", "I3003"])
    InstitutionFactory(display_name="Team", openalex_id="I3005", lineage=["I3005", "I3004", "I3001", "I3002", "I3003"])
    shown = words(client.get(address(place)).text)
    assert "What it belongs to Academy Section State Joint unit belongs to Section, State Team As OpenAlex" in shown


def test_lineages_that_contradict_each_other_still_make_a_tree(client):
    place = InstitutionFactory(display_name="One", openalex_id="I2001", lineage=["I2001", "I2002"])
    InstitutionFactory(display_name="Two", openalex_id="I2002", lineage=["I2002", "I2001"])
    shown = words(client.get(address(place)).text)
    assert "What it belongs to Two One As OpenAlex tells it" in shown


def test_an_institution_that_stands_alone_has_no_tree(client):
    assert "What it belongs to" not in client.get(address(InstitutionFactory(lineage=["I999"]))).text
    assert "What it belongs to" not in client.get(address(InstitutionFactory(openalex_id=None, lineage=[]))).text
