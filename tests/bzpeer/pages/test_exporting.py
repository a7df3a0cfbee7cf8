"""References and lists of works to take away, read back by programs that are not ours."""

import csv
import io
import json

import bibtexparser
import pytest
import rispy

from bzpeer.addresses import slug
from tests.factories.records import ResearcherFactory, SourceFactory, WorkFactory

pytestmark = pytest.mark.django_db

EVIL = '=cmd|"/C calc"!A0, {x}\r\nER  - \r\nTY  - BOOK\u2028AU  - Eve\x1b[31m'


@pytest.fixture
def person():
    return ResearcherFactory(display_name="Kangqiao Liu")


@pytest.fixture
def works(person):
    journal = SourceFactory(display_name="J. Noise & {Sound}", type="journal")
    return [
        WorkFactory(
            title=f"Noise {number} & {{x}}_{number}", publication_year=2020 + number, source=journal, authors=[person, ResearcherFactory()]
        )
        for number in range(3)
    ]


def keys(works):
    return {f"liu{work.pk}" for work in works}


def test_a_profile_as_bibtex_reads_back_with_every_work(client, person, works):
    answer = client.get(f"/researchers/{person.pk}/kangqiao-liu/works.bib")
    library = bibtexparser.parse_string(answer.text)
    assert {entry.key for entry in library.entries} == keys(works)
    assert not library.failed_blocks
    assert answer["Content-Disposition"] == 'attachment; filename="kangqiao-liu.bib"'


def test_a_profile_as_ris_reads_back_with_every_work(client, person, works):
    records = rispy.loads(client.get(f"/researchers/{person.pk}/kangqiao-liu/works.ris").text)
    assert [record["title"] for record in records] == [work.title for work in reversed(works)]
    assert {record["authors"][0] for record in records} == {"Kangqiao Liu"}


def test_a_profile_as_csl_names_given_and_family_name(client, person, works):
    items = json.loads(client.get(f"/researchers/{person.pk}/kangqiao-liu/works.json").text)
    assert {item["id"] for item in items} == keys(works)
    assert items[0]["author"][0] == {"given": "Kangqiao", "family": "Liu"}


def test_a_file_is_narrowed_as_the_page_is(client, person, works):
    rows = list(csv.DictReader(io.StringIO(client.get(f"/researchers/{person.pk}/kangqiao-liu/works.csv?year=2021").text)))
    assert [row["id"] for row in rows] == [str(works[1].pk)]
    page = client.get(f"/researchers/{person.pk}/kangqiao-liu/?year=2021").text
    assert f'href="/researchers/{person.pk}/kangqiao-liu/works.csv?year=2021"' in page


def test_the_list_of_works_and_a_search_as_files(client, works):
    listed = list(csv.DictReader(io.StringIO(client.get("/works/export.csv?sort=newest").text)))
    found = rispy.loads(client.get("/search/works.ris?q=noise").text)
    assert {row["id"] for row in listed} == {str(work.pk) for work in works}
    assert len(found) == 3
    assert client.get("/search/works.ris").text == ""


@pytest.mark.parametrize("path", ["/works/export.exe", "/search/works.exe?q=a", "/researchers/99999999/x/works.bib"])
def test_a_format_or_a_record_that_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_whatever_its_length(client, django_assert_num_queries, person, works, number):
    for work in works[number:]:
        work.delete()
    with django_assert_num_queries(3):
        client.get(f"/researchers/{person.pk}/kangqiao-liu/works.bib")


def test_no_cell_begins_a_formula_and_no_value_a_record(client):
    work = WorkFactory(title=EVIL, authors=[ResearcherFactory(display_name="=Eve")], source=SourceFactory(display_name="@venue"))
    row = next(csv.DictReader(io.StringIO(client.get("/works/export.csv").text)))
    assert row["title"].startswith("'=cmd")
    assert row["authors"] == "'=Eve"
    assert row["venue"] == "'@venue"
    assert len(rispy.loads(client.get("/works/export.ris").text)) == 1
    library = bibtexparser.parse_string(client.get("/works/export.bib").text)
    assert [entry.key for entry in library.entries] == [f"eve{work.pk}"]
    assert not library.failed_blocks


def test_the_key_outlives_a_correction_of_the_title(client, works):
    before = client.get(f"/works/{works[0].pk}/cite.bib").text.partition(",")[0]
    works[0].title, works[0].publication_year = "Something else altogether", 1999
    works[0].save()
    assert client.get(f"/works/{works[0].pk}/cite.bib").text.partition(",")[0] == before == f"@article{{liu{works[0].pk}"


def test_the_page_writes_the_reference_in_four_styles_and_escapes_it(client, person):
    journal = SourceFactory(display_name="Journal of Noise", type="journal")
    authors = [person, ResearcherFactory(display_name="Ludwig van der Berg")]
    printed = {"publication_date": "2022-03-01", "volume": "7", "first_page": "11", "last_page": "19"}
    work = WorkFactory(title="On <script>alert(1)</script> a<b", doi="10.1/x", source=journal, authors=authors, **printed)
    page = client.get(f"/works/{work.pk}/{slug(work.title)}/cite/").text
    title = "On &lt;script&gt;alert(1)&lt;/script&gt; a&lt;b"
    assert f"Liu, K., &amp; van der Berg, L. (2022). {title}. <i>Journal of Noise</i>, <i>7</i>, 11–19. https://doi.org/10.1/x" in page
    assert f"K. Liu and L. van der Berg, “{title}”, <i>Journal of Noise</i>, vol. 7, pp. 11–19, Mar. 2022, doi: 10.1/x." in page
    assert f"Liu K, van der Berg L. {title}. Journal of Noise. 2022;7:11–9. doi:10.1/x" in page
    assert "Liu, K., and L. van der Berg. 2022." in page


def test_a_page_with_a_wrong_slug_leads_on(client, works):
    assert client.get(f"/works/{works[0].pk}/nonsense/cite/").headers["Location"] == f"/works/{works[0].pk}/{slug(works[0].title)}/cite/"
