"""The explorer's page: what stands there before and without any script."""

import re

import pytest

from bzpeer.pages.graph_table import left_out_words, table_rows
from graph.slices import Truncation, slice_around
from tests.factories.records import (
    AffiliationFactory,
    InstitutionFactory,
    ReferenceFactory,
    ResearcherFactory,
    TopicFactory,
    WorkFactory,
    collaborate,
)

pytestmark = pytest.mark.django_db

QUERIES = 5  # slice_around's with radius 1; the page adds none


@pytest.fixture
def ada():
    return ResearcherFactory(display_name="Ada Example", works_count=2)


@pytest.fixture
def neighbourhood(ada):
    """Ada with a co-author, two works of which one cites the other, a topic and an institution."""
    ben = ResearcherFactory(display_name="Ben <b>Bold</b>", works_count=1)
    topic = TopicFactory(display_name="Quiet Graphs", works_count=2)
    first = WorkFactory(title=r"The $\alpha$ of x<y", publication_year=2019, authors=[ada, ben], topics=[topic])
    second = WorkFactory(title="A second study", publication_year=2022, authors=[ada], topics=[topic])
    ReferenceFactory(citing=second, cited=first)
    institution = InstitutionFactory(display_name="University of Tables", works_count=2)
    AffiliationFactory(researcher=ada, institution=institution, years=[2019, 2020])
    collaborate(ada, ben, works=1, years=(2019, 2019))
    return ben, topic, first, second, institution


def names(html):
    return re.findall(r'<th scope="row"><a href="([^"]*)">(.*?)</a></th>', html)


def test_table_lists_every_neighbour_with_its_page(client, ada, neighbourhood):
    html = client.get(f"/explore/?focus=researcher:{ada.pk}&view=table").text
    expected = {node.id for node in slice_around(("researcher", ada.pk), limit=180).nodes} - {f"researcher:{ada.pk}"}
    assert set(re.findall(r'explore/\?focus=([a-z]+:\d+)&amp;view=table">Around', html)) == expected
    ben, topic, first, second, institution = neighbourhood
    assert {address.split("/")[1:3][0] + ":" + address.split("/")[2] for address, _ in names(html)} == {
        f"researchers:{ben.pk}",
        f"topics:{topic.pk}",
        f"works:{first.pk}",
        f"works:{second.pk}",
        f"institutions:{institution.pk}",
    }


def test_table_rows_say_how_each_record_stands_to_the_focus(ada, neighbourhood):
    rows = {row.label: row for row in table_rows(slice_around(("researcher", ada.pk)))}
    assert (rows["A second study"].kind, rows["A second study"].relation, rows["A second study"].years) == ("Work", "work by", "2022")
    assert rows["University of Tables"].relation == "institution of"
    assert rows["University of Tables"].years == "2019–2020"
    ben = rows["Ben Bold"]
    assert (ben.relation, ben.other, ben.years, ben.weight) == ("collaborated with", "", "2019", "1 work")


def test_markup_in_names_stays_text(client, ada, neighbourhood):
    html = client.get(f"/explore/?focus=researcher:{ada.pk}&view=table").text
    assert "<b>Bold</b>" not in html
    assert "x<y" not in html


def test_browsers_without_scripts_are_sent_to_the_tables(client, ada, neighbourhood):
    picture = client.get(f"/explore/?focus=researcher:{ada.pk}&years=2019-2022").text
    table = client.get(f"/explore/?focus=researcher:{ada.pk}&view=table").text
    address = f"?focus=researcher%3A{ada.pk}&amp;years=2019-2022&amp;view=table"
    assert f'<noscript><meta http-equiv="refresh" content="0; url={address}"></noscript>' in picture
    assert "A second study" not in picture
    assert "A second study" in table
    assert "http-equiv" not in table


def test_page_tells_the_script_where_to_ask(client, ada):
    html = client.get(f"/explore/?focus=researcher:{ada.pk}").text
    attributes = {"focus": f"researcher:{ada.pk}", "slice-url": "/api/v1/graph/slice/", "limit": "180", "explore-url": "/explore/"}
    assert 'data-explorer="full" ' + " ".join(f'data-{name}="{value}"' for name, value in attributes.items()) in html
    assert f'<link rel="preload" as="fetch" href="/api/v1/graph/slice/?focus=researcher:{ada.pk}&amp;limit=180" crossorigin>' in html
    assert " style=" not in html
    assert "Nothing is known here around Ada Example" in client.get(f"/explore/?focus=researcher:{ada.pk}&view=table").text


@pytest.mark.parametrize("works", [1, 3])
def test_page_takes_few_queries(client, ada, works, django_assert_max_num_queries):
    for _ in range(works):
        WorkFactory(authors=[ada, ResearcherFactory()], topics=[TopicFactory()])
    with django_assert_max_num_queries(QUERIES):
        client.get(f"/explore/?focus=researcher:{ada.pk}&view=table")


@pytest.mark.parametrize("kind", ["work", "topic", "institution"])
def test_every_kind_can_be_the_focus(client, kind, neighbourhood):
    _, topic, first, _, institution = neighbourhood
    record = {"work": first, "topic": topic, "institution": institution}[kind]
    answer = client.get(f"/explore/?focus={kind}:{record.pk}&view=table")
    assert answer.status_code == 200
    assert names(answer.text)


@pytest.mark.parametrize(
    "focus",
    [
        "researcher:0",
        "researcher:-1",
        "researcher:999999999",
        "researcher:99999999999999999999999",
        "researcher:1e3",
        "researcher:١",
        "researcher",
        "planet:1",
        "work:1%00",
        "%00",
    ],
)
def test_a_focus_that_is_no_record_is_not_found(client, focus):
    assert client.get(f"/explore/?focus={focus}").status_code == 404


def test_without_a_focus_search_and_the_busiest_researchers_are_offered(client):
    for number in range(12):
        ResearcherFactory(display_name=f"Person {number:02}", works_count=number)
    html = client.get("/explore/").text
    offered = re.findall(r'\?focus=researcher:\d+">(Person \d+)', html)
    assert offered == [f"Person {number:02}" for number in range(11, 1, -1)]
    assert 'id="explore-q"' in html


def test_without_any_record_the_page_says_so(client):
    assert "Nothing has been imported" in client.get("/explore/").text


def test_left_out_is_told_by_kind():
    assert left_out_words({}) == ""
    assert left_out_words({"work": Truncation(more=1, at_least=False)}) == "1 more work"
    assert (
        left_out_words({"work": Truncation(more=1200, at_least=True), "topic": Truncation(more=2, at_least=False)})
        == "at least 1,200 more works and 2 more topics"
    )
    assert left_out_words({kind: Truncation(more=2, at_least=False) for kind in ("work", "researcher", "topic")}) == (
        "2 more works, 2 more researchers and 2 more topics"
    )


# --- the tables -------------------------------------------------------------------------------------


def relations(html):
    """Return the relations' cells as plain texts."""
    part = html[html.index('id="relations">') :]
    return [
        tuple(re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL))
        for row in re.findall(r"<tr><td>(.*?</td>)</tr>", part, re.DOTALL)
        for row in (f"<td>{row}",)
    ]


def test_every_relation_stands_in_the_tables_with_what_it_rests_on(client, ada, neighbourhood):
    html = client.get(f"/explore/?focus=researcher:{ada.pk}&view=table").text
    found = slice_around(("researcher", ada.pk), limit=180)
    told = relations(html)
    assert len(told) == len(found.edges)
    assert ("Ada Example", "collaborated with", "Ben Bold", "1 work", "2019", "The α of x&lt;y") in told
    assert ("A second study", "cites", "The α of x&lt;y", "", "", "") in told
    assert ("Ada Example", "at", "University of Tables", "2 years", "2019–2020", "") in told


def test_tables_are_sorted_found_and_filtered_by_the_address(client, ada, neighbourhood):
    def titles(query):
        return [
            re.sub(r"<[^>]+>", "", name)
            for address, name in names(client.get(f"/explore/?focus=researcher:{ada.pk}&view=table&{query}").text)
        ]

    assert titles("kinds=work&sort=name")[0] == "A second study"
    assert titles("kinds=work&sort=year")[0] == "A second study"
    assert titles("kinds=work&kinds=topic&find=quiet") == ["Quiet Graphs"]
    assert titles("year_from=2020&kinds=work") == ["A second study"]
    assert titles("years=2018-2019&hidden=researcher,topic,institution")[0].startswith("The")
    assert len(titles("years=2018-2019&hidden=researcher,topic,institution")) == 1
    assert titles("find=nothing+of+that+name") == []
    unfiltered, filtered = (client.get(f"/explore/?focus=researcher:{ada.pk}&view=table{more}").text for more in ("", "&min_weight=2"))
    assert "Take every filter away" not in unfiltered
    assert f'href="?focus=researcher:{ada.pk}&amp;view=table">Take every filter away' in filtered
    assert relations(client.get(f"/explore/?focus=researcher:{ada.pk}&view=table&relation=cites").text) == [
        ("A second study", "cites", "The α of x&lt;y", "", "", "")
    ]


def test_more_of_a_kind_comes_by_a_plain_link(client, ada):
    works = [WorkFactory(authors=[ada], title=f"Study {number:02}") for number in range(8)]
    first = client.get(f"/explore/?focus=researcher:{ada.pk}&view=table&kinds=work&limit=4").text
    assert "5 more works" in first
    link = re.search(r'href="(\?focus=[^"]+)">Show them', first)
    rest = client.get("/explore/" + link[1].replace("&amp;", "&")).text
    shown = [{address for address, _ in names(html)} for html in (first, rest)]
    assert not shown[0] & shown[1]
    assert len(shown[0] | shown[1]) == len(works)


def test_several_foci_and_records_left_out_are_read_from_the_address(client, ada, neighbourhood):
    _, topic, first, *_ = neighbourhood
    html = client.get(f"/explore/?focus=researcher:{ada.pk}&expanded=work:{first.pk}~topic&without=topic:{topic.pk}&view=table").text
    assert f'href="/works/{first.pk}/' in html
    assert "Quiet Graphs" not in html


@pytest.mark.parametrize(
    "rest",
    [
        "limit=NaN", "limit=1e400", "radius=9", "years=x-y", "years=" + "9" * 5_000, "weight=-1", "topic=9999999999999999999999",
        "institution=%00", "types=%FF", "only=work:1", "known=x", "sort=zzz", "relation=%00", "find=%00", "page=" + "9" * 5_000,
        "kinds=planet",
        "without=work:" + "9" * 5_000, "expanded=work:999999999999999", "expanded=" + "work:1," * 5_000, "saved=" + "9" * 5_000, "saved=x",
        "known=" + "work:1," * 8_000,
    ],
)  # fmt: skip
def test_what_makes_no_sense_in_an_address_is_passed_over(client, ada, rest):
    assert client.get(f"/explore/?focus=researcher:{ada.pk}&view=table&{rest}").status_code == 200
