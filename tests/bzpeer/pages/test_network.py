"""Citations and references of a work: the table, its file, self-citations, and bringing in what is not here."""

import csv
import io
import re
from datetime import date
from html import unescape

import pytest

from bzpeer.addresses import record_address
from tests.factories.members import MemberFactory
from tests.factories.records import AuthorshipFactory, ReferenceFactory, ResearcherFactory, WorkFactory
from works import network
from works.models import ImportRun, Reference

pytestmark = pytest.mark.django_db


def page(client, work, **asked):
    answer = client.get(record_address("work", work.pk, work.title), asked)
    assert answer.status_code == 200
    return answer.text


def words(html):
    main = html[html.index('id="network"') : html.index('id="comments"')]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip())


def rows(html):
    table = html[html.index('class="table related"') :]
    found = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.S)[1:]
    return [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip()) for row in found]


@pytest.fixture
def middle():
    """A work of Ann's. Her later work and a stranger's cite it; it cites an older one, an undated one, and one that is not here."""
    ann = ResearcherFactory(display_name="Ann Own")
    work = WorkFactory(title="Middle", openalex_id="W10", authors=[ann])
    ReferenceFactory(
        citing=WorkFactory(title="Zebra later", authors=[ResearcherFactory(), ann], publication_year=2025, cited_by_count=1), cited=work
    )
    ReferenceFactory(
        citing=WorkFactory(title="Stranger", authors=[ResearcherFactory() for _ in range(5)], publication_year=2024), cited=work
    )
    old = WorkFactory(title="Older $x$", authors=[ResearcherFactory(display_name="Éva Old")], publication_year=1999, cited_by_count=9)
    old.authorships.update(name_key="eva old")
    ReferenceFactory(citing=work, cited=old)
    Reference.objects.create(citing=work, cited=old, raw_key="doi:10.5555/the-same-by-another-id")
    ReferenceFactory(citing=work, cited=WorkFactory(title="Undated", authors=[], publication_year=None, publication_date=None))
    Reference.objects.create(citing=work, raw_key="doi:10.5555/elsewhere")
    return work


def test_one_table_says_who_cites_whom(client, middle):
    html = page(client, middle)
    assert rows(html) == [
        "Cites this work Self-citation Zebra later " + rows(html)[0].partition("Zebra later ")[2],
        "Cites this work Stranger " + rows(html)[1].partition("Stranger ")[2],
        "Cited by this work Older x Éva Old 1999",
        "Cited by this work Undated unknown",
        "Cited by this work DOI 10.5555/elsewhere not on this portal title unknown here",
    ]
    assert "et al." in rows(html)[1]
    assert "1 self-citation: 1 of 2 citing and 0 of 2 cited works here share an author record" in words(html)
    assert "2 cite it · 3 cited by it" in words(html)
    assert "1999 : 0 citing, 1 cited" in words(html)
    assert "2025 : 1 citing, 0 cited" in words(html)
    assert "1 without a year is not drawn" in words(html)
    assert 'href="https://doi.org/10.5555/elsewhere"' in html


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"direction": "citing"}, ["Zebra", "Stranger"]),
        ({"direction": "cited", "where": "here"}, ["Older", "Undated"]),
        ({"where": "elsewhere"}, ["10.5555/elsewhere"]),
        ({"own": "only"}, ["Zebra"]),
        ({"own": "without", "direction": "citing"}, ["Stranger"]),
        ({"year": "1999"}, ["Older"]),
        ({"find": "eva OLD"}, ["Older"]),
        ({"find": "zebra"}, ["Zebra"]),
        ({"find": "%"}, ["Zebra", "Stranger", "Older", "Undated", "10.5555/elsewhere"]),
        ({"sort": "oldest", "where": "here"}, ["Older", "Stranger", "Zebra", "Undated"]),
        ({"sort": "title", "where": "here"}, ["Older", "Stranger", "Undated", "Zebra"]),
        ({"sort": "cited", "where": "here"}, ["Older", "Zebra", "Stranger", "Undated"]),
        ({"sort": "author", "direction": "cited", "where": "here"}, ["Older", "Undated"]),
        ({"direction": "x", "sort": "x; DROP", "own": "x", "year": "-1", "page": "0", "where": "\x00"},
         ["Zebra", "Stranger", "Older", "Undated", "10.5555/elsewhere"]),
    ],
)  # fmt: skip
def test_the_table_is_narrowed_and_sorted(client, middle, asked, titles):
    found = rows(page(client, middle, **asked))
    assert len(found) == len(titles)
    for title, row in zip(titles, found, strict=True):
        assert title in row


def test_what_fits_nothing_says_so_and_leads_back(client, middle):
    assert "No citation or reference fits. See all" in words(page(client, middle, find="xylophone"))


def test_the_table_is_walked_by_page_and_held_at_its_end(client):
    work = WorkFactory(publication_year=1990)
    for number in range(23):
        ReferenceFactory(citing=WorkFactory(title=f"Citing {number:02}", publication_date=date(2010, 1, 1 + number)), cited=work)
    first, second = page(client, work), page(client, work, page="2")
    assert len(rows(first)) == 20
    assert "1 to 20 of 23" in words(first)
    assert len(rows(second)) == 3
    assert rows(page(client, work, page="9" * 9)) == rows(second)
    assert rows(page(client, work, page="9" * 5000)) == rows(first)


def test_a_work_with_more_links_than_are_read_says_so(client, monkeypatch):
    monkeypatch.setattr(network, "READ", 2)
    work = WorkFactory()
    for _ in range(3):
        ReferenceFactory(citing=WorkFactory(), cited=work)
    html = page(client, work)
    assert len(rows(html)) == 2
    assert "links of a direction are read; this work has more." in words(html)


def test_an_author_far_down_a_long_list_makes_no_self_citation(client):
    ann = ResearcherFactory()
    work = WorkFactory()
    AuthorshipFactory(work=work, position=network.AUTHORS_COMPARED + 1, researcher=ann)
    ReferenceFactory(citing=WorkFactory(authors=[ann]), cited=work)
    assert "0 self-citations" in words(page(client, work))


def test_the_picture_asks_for_citations_and_on_demand_for_a_second_ring(client, middle):
    html = page(client, middle)
    assert 'data-kinds="work" data-radius="1" data-colour="citations" data-layout-first="year"' in html
    assert 'data-radius="2"' in page(client, middle, rings="2")


def test_the_file_holds_what_the_table_shows(client, middle):
    answer = client.get(f"/works/{middle.pk}/network.csv", {"sort": "title"})
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["direction"], row["self_citation"], row["title"] or row["doi"]) for row in found] == [
        ("cited by this work", "no", "Older x"),
        ("cites this work", "no", "Stranger"),
        ("cited by this work", "no", "Undated"),
        ("cites this work", "yes", "Zebra later"),
        ("cited by this work", "", "10.5555/elsewhere"),
    ]
    bib = client.get(f"/works/{middle.pk}/network.bib", {"direction": "citing"}).text
    assert bib.count("title = ") == 2
    assert client.get(f"/works/{middle.pk}/network.exe").status_code == 404
    assert client.get("/works/99999999/network.csv").status_code == 404


# --- bringing in ------------------------------------------------------------------------------------


@pytest.fixture
def staff(client, monkeypatch):
    monkeypatch.setattr("works.asking.ring", lambda run: None)
    user = MemberFactory(is_staff=True)
    client.force_login(user)
    return user


def asked_of_upstream():
    return [(run.provider, run.parameters) for run in ImportRun.objects.order_by("pk")]


def test_staff_import_one_reference(client, staff, middle):
    assert "Import this DOI 10.5555/elsewhere" in words(page(client, middle))
    answer = client.post(f"/works/{middle.pk}/import/", {"key": "doi:10.5555/elsewhere"})
    assert answer["Location"] == record_address("work", middle.pk, middle.title) + "#network"
    client.post(f"/works/{middle.pk}/import/", {"key": "doi:10.5555/elsewhere"})  # a second press asks nothing new
    assert asked_of_upstream() == [("openalex", {"dois": ["10.5555/elsewhere"]})]


def test_staff_import_the_neighbourhood(client, staff, middle):
    Reference.objects.create(citing=middle, raw_key="openalex:W77")
    assert "Import its neighbourhood" in words(page(client, middle))
    assert client.post(f"/works/{middle.pk}/import/")["Location"] == "/imports/"
    assert asked_of_upstream() == [("openalex", {"works": ["W77"]}), ("openalex", {"cites": "W10"})]


@pytest.mark.parametrize("key", ["openalex:W5", "doi:10.5555/the-same-by-another-id", "x", "\x00"])
def test_only_a_missing_reference_of_this_work_is_asked_for(client, staff, middle, key):
    named = client.post(f"/works/{middle.pk}/import/", {"key": key})
    assert (named.status_code, asked_of_upstream()) in [(404, []), (302, [("openalex", {"cites": "W10"})])]
    assert (named.status_code == 302) == (key == "\x00")  # nothing named: the neighbourhood


def test_a_work_no_source_can_be_asked_about_says_so(client, staff):
    work = WorkFactory(openalex_id=None)
    assert "No source can be asked" in client.post(f"/works/{work.pk}/import/", follow=True).text
    assert asked_of_upstream() == []


def test_members_learn_how_to_ask(client, middle):
    assert "Members may ask them for one." in words(page(client, middle))
    client.force_login(MemberFactory())
    assert "Send them the id to ask for one" in words(page(client, middle))
    assert "Import this" not in words(page(client, middle))
    assert client.post(f"/works/{middle.pk}/import/").status_code == 403
