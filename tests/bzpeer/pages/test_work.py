"""A work's page, its reference files and the addresses that lead to it."""

import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.utils.html import escape

from bzpeer.addresses import record_address
from bzpeer.pages.citing import Cited, bibtex, csl, ris
from tests.factories.records import (
    AuthorshipFactory,
    InstitutionFactory,
    ReferenceFactory,
    ResearcherFactory,
    SourceFactory,
    TopicFactory,
    WorkFactory,
)
from works.models import Authorship, AuthorshipInstitution, Reference, WorkRedirect, WorkVersion

pytestmark = pytest.mark.django_db

QUERIES = 10
"""A work's page costs this many queries for a visitor without account, whatever hangs on the work."""

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def address(work):
    return record_address("work", work.pk, work.title)


def page(client, work, **parameters):
    answer = client.get(address(work), parameters)
    assert answer.status_code == 200
    return answer.text


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip())


def whole_work(size):
    """A work with `size` of everything that hangs on one."""
    people = [ResearcherFactory() for _ in range(size)]
    work = WorkFactory(authors=people, topics=[TopicFactory() for _ in range(size)], categories=[f"cs.A{n}" for n in range(size)])
    for byline in work.authorships.all():
        AuthorshipInstitution.objects.create(authorship=byline, institution=InstitutionFactory())
    for number in range(1, size + 1):
        WorkVersion.objects.create(work=work, number=number, submitted_at=datetime(2020, number, 1, tzinfo=UTC))
        ReferenceFactory(citing=work, cited=WorkFactory(authors=[ResearcherFactory()], topics=[]))
        ReferenceFactory(citing=WorkFactory(authors=[ResearcherFactory()]), cited=work)
        Reference.objects.create(citing=work, raw_key=f"openalex:W88{number}")
        WorkRedirect.objects.create(key=f"doi:10.1/{work.pk}.{number}", work=work)
    return work


@pytest.mark.parametrize("size", [1, 3])
def test_a_page_costs_the_same_queries_whatever_hangs_on_the_work(client, django_assert_num_queries, size):
    work = whole_work(size)
    with django_assert_num_queries(QUERIES):
        page(client, work)


def test_a_bare_record_says_what_is_missing(client):
    work = WorkFactory(title="", abstract="", source=None, publication_date=None, publication_year=None, type="")
    shown = words(page(client, work))
    for told in (
        "Untitled",
        "No authors on this record.",
        "No source gives an abstract for this work.",
        "No reference list on this portal names this work.",
        "No source gives the reference list of this work.",
        "No source is recorded.",
    ):
        assert told in shown


def test_everything_known_is_shown_and_linked(client):
    tokyo = InstitutionFactory(display_name="The University of Tokyo")
    liu, mori = (
        ResearcherFactory(display_name="Kangqiao Liu"),
        ResearcherFactory(display_name="Takashi Mori", is_claimed=True, verification_level=2),
    )
    topic = TopicFactory(display_name="Stochastic Optimization")
    work = WorkFactory(
        title=r"Escape rate $\alpha$ of \textit{SGD}",
        arxiv_id="2105.09557",
        doi="10.1000/x(1)<y>",
        publication_year=2021,
        publication_date="2021-05-20",
        updated_on="2022-06-28",
        source=SourceFactory(display_name="Journal of Noise", type="journal"),
        volume="7",
        issue="2",
        first_page="11",
        last_page="19",
        license="cc-by",
        oa_status="gold",
        is_oa=True,
        comments="12 pages, $n$ figures",
        upstream_cited_by_count=1234,
        provenance={"openalex": {"at": "2026-01-02T03:04:05+00:00", "run": 3, "fields": ["title", "publication_date"]}},
        topics=[topic],
        categories=["cs.LG", "stat.ML"],
    )
    byline = AuthorshipFactory(
        work=work, position=1, researcher=liu, byline="K. Liu", is_corresponding=True, raw_affiliations=["Univ. Tokyo"]
    )
    AuthorshipInstitution.objects.create(authorship=byline, institution=tokyo)
    AuthorshipFactory(work=work, position=2, researcher=mori)
    AuthorshipFactory(work=work, position=3, researcher=None, byline="N. Obody")
    html = page(client, work)
    shown = words(html)
    assert 'Escape rate <span class="tex">\\alpha</span> of <em>SGD</em></h1>' in html
    assert "<title>Escape rate α of SGD · bzpeer</title>" in html
    for kind, record in (("researcher", liu), ("researcher", mori), ("institution", tokyo), ("topic", topic)):
        assert f'href="{record_address(kind, record.pk, record.display_name)}"' in html
    for told in (
        "K. Liu (corresponding)",
        "Takashi Mori (claimed)",
        "N. Obody",
        "First public version 20 May 2021",
        "Version shown 28 June 2022",
        "Journal of Noise volume 7, issue 2, pages 11–19",
        "CC BY",
        "Gold: in an open access journal",
        "1,234 by OpenAlex's count",
        "cs.LG Machine Learning primary",
        "OpenAlex read 2 January 2026, 03:04 UTC gave title, publication date",
        "This byline is not tied to a record",
    ):
        assert told in shown, told
    assert 'href="https://doi.org/10.1000/x(1)%3Cy%3E"' in html
    assert 'href="https://arxiv.org/abs/2105.09557"' in html
    assert f'<link rel="canonical" href="http://testserver{address(work)}">' in html


def test_search_engines_read_what_a_reader_sees(client):
    work = WorkFactory(title="Noise", arxiv_id="2105.09557", authors=[ResearcherFactory(display_name="Kangqiao Liu")], is_oa=True)
    html = page(client, work)
    told = dict(re.findall(r'<meta name="(citation_\w+)" content="([^"]*)">', html))
    assert told == {
        "citation_title": "Noise",
        "citation_author": "Kangqiao Liu",
        "citation_publication_date": "2022/03/01",
        "citation_journal_title": work.source.display_name,
        "citation_arxiv_id": "2105.09557",
        "citation_abstract_html_url": f"http://testserver{address(work)}",
    }
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL).group(1))
    assert (data["@type"], data["name"], data["author"], data["datePublished"], data["isAccessibleForFree"]) == (
        "ScholarlyArticle",
        "Noise",
        [{"@type": "Person", "name": "Kangqiao Liu"}],
        "2022-03-01",
        True,
    )


def test_a_retraction_and_a_withdrawal_are_said_before_anything_is_read(client):
    retracted = words(page(client, WorkFactory(is_retracted=True)))
    withdrawn = words(page(client, WorkFactory(is_withdrawn=True, comments="An error in Lemma 2")))
    assert retracted.index("Retracted.") < retracted.index("Abstract")
    assert withdrawn.index("Withdrawn. The authors withdrew this paper from arXiv: An error in Lemma 2") < withdrawn.index("Abstract")
    assert "Retracted." not in words(page(client, WorkFactory()))


def test_a_correction_is_said_on_both_pages_with_its_ground(client):
    work = WorkFactory(title="Flat minima of networks", folded_title="flat minima of networks")
    erratum = WorkFactory(title="Erratum: Flat minima of networks", folded_title="erratum flat minima of networks", publication_year=2021)
    html, shown = page(client, work), words(page(client, erratum))
    assert "Corrected. Erratum: Flat minima of networks (2021) is, by its title, a correction or retraction notice" in words(html)
    assert f'href="{address(erratum)}"' in html
    assert "About another work. By its title this is a correction or notice of Flat minima of networks" in shown


def test_code_and_data_are_told_with_where_they_are_named(client):
    work = WorkFactory(abstract="We sum up. Code: https://github.com/a/b.", comments=r"Data at \url{https://zenodo.org/record/1}")
    html = page(client, work)
    assert "Data: zenodo.org/record/1 named in the authors' comment Code: github.com/a/b named in the abstract" in words(html)
    assert 'href="https://github.com/a/b" rel="nofollow ugc noopener external"' in html
    assert "Code and data" not in words(page(client, WorkFactory(abstract="Nothing at https://example.org/a.")))


def test_the_head_tells_first_and_shown_version_apart(client):
    work = WorkFactory(
        publication_date="2020-06-24",
        updated_on="2020-10-13",
        arxiv_id="2006.13719",
        license="http://creativecommons.org/licenses/by/4.0/",
        categories=["cs.LG", "stat.ML"],
    )
    for number, month in ((1, 6), (2, 10)):
        WorkVersion.objects.create(work=work, number=number, submitted_at=datetime(2020, month, 13, tzinfo=UTC))
    shown = words(page(client, work))
    assert "First public 24 June 2020 Version shown v2, 13 October 2020" in shown
    assert "cs.LG, stat.ML CC BY 4.0: share and adapt, with credit" in shown
    assert "what changed between them is not known here" in shown


STIRRED = "We stir the coffee and show how the noise of its surface grows with the spoon."


def test_a_demo_abstract_is_told_from_the_authors(client):
    demo = words(page(client, WorkFactory(abstract="Summary written for the bzpeer demo: " + STIRRED)))
    assert f"Abstract {STIRRED} This is not the authors' abstract" in demo
    assert f"Quick summary {STIRRED} Chosen from the summary written for the demo of this portal, not from the authors' abstract" in demo
    told = words(page(client, WorkFactory(abstract=STIRRED)))
    assert "not the authors' abstract" not in told
    assert "not from the authors' abstract" not in told


def test_five_thousand_authors_are_read_a_stretch_at_a_time(client, django_assert_num_queries):
    work = WorkFactory(authors=[ResearcherFactory(display_name="First Author")])
    Authorship.objects.bulk_create(Authorship(work=work, position=n, byline=f"Author {n}") for n in range(2, 5_001))
    with django_assert_num_queries(QUERIES):
        html = page(client, work)
    shown = words(html)
    assert "and 4,970 more" in shown
    assert "Author 30" in shown
    assert "Author 31" not in shown
    assert "Authors 1 to 30 of 5,000" in shown
    later = words(page(client, work, authors="4801"))
    assert "Author 5000" in later
    assert "Author 4800" not in later
    assert "Authors 4,801 to 5,000 of 5,000" in later
    assert len(html) < 200_000


def test_hostile_records_are_only_text_everywhere(client):
    person = ResearcherFactory(display_name=HOSTILE)
    work = WorkFactory(
        title=HOSTILE,
        abstract=HOSTILE,
        source=SourceFactory(display_name=HOSTILE),
        comments=HOSTILE,
        journal_ref=HOSTILE,
        license="javascript:alert(1)",
        landing_page_url="javascript:alert(1)",
        pdf_url="data:text/html,x",
        topics=[TopicFactory(display_name=HOSTILE)],
        provenance={HOSTILE: {"at": HOSTILE, "fields": [HOSTILE]}, "x": [1]},
    )
    AuthorshipFactory(work=work, position=1, researcher=person, byline=HOSTILE, raw_affiliations=[HOSTILE], raw_orcid=HOSTILE)
    Reference.objects.create(citing=work, raw_key=f"doi:10.1/{HOSTILE}")
    html = page(client, work)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert 'href="javascript:' not in html
    assert 'href="data:' not in html
    assert escape(HOSTILE) in html or HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in html


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/works/arxiv:2105.09557/", 302),
        ("/works/arxiv:2105.09557", 302),
        ("/works/arxiv:2105.09557v3/", 302),
        ("/works/doi:10.1000/a/b/", 302),
        ("/works/doi:10.1000/A/B", 302),
        ("/works/doi:10.48550/arXiv.2105.09557/", 302),
        ("/works/openalex:W77/", 302),
        ("/works/openalex:w77", 302),
        ("/works/openalex:W66/", 302),
    ],
)
def test_a_foreign_id_leads_to_the_work(client, path, status):
    work = WorkFactory(arxiv_id="2105.09557", doi="10.1000/a/b", openalex_id="W77")
    WorkRedirect.objects.create(key="openalex:W66", work=work)
    WorkRedirect.objects.create(key="doi:10.48550/arxiv.2105.09557", work=work)
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (status, address(work))


def test_an_old_arxiv_id_with_a_slash_leads_to_the_work(client):
    work = WorkFactory(arxiv_id="math/0611800")
    for path in ("/works/arxiv:math/0611800/", "/works/arxiv:math.CA/0611800v2", "/works/arxiv:math/0611800"):
        assert client.get(path)["Location"] == address(work)


def test_a_wrong_slug_and_a_merged_key_lead_on_for_good(client):
    work = WorkFactory(title="Of Noise")
    WorkRedirect.objects.create(key="id:987654", work=work)
    for path in (f"/works/{work.pk}/", f"/works/{work.pk}/else/", "/works/987654/of-noise/"):
        answer = client.get(path, {"references": "2"})
        assert (answer.status_code, answer["Location"]) == (301, f"{address(work)}?references=2")


def test_the_readable_part_of_an_address_holds_words_and_no_markup():
    assert record_address(
        "work", 1, r"<i>In vivo</i> rate of \textit{SGD} at $\alpha<β$"
    ) == "/works/1/in-vivo-rate-of-sgd-at-alpha-β/".replace("β", "%CE%B2")


@pytest.mark.parametrize(
    "path",
    [
        "/works/1/nobody/",
        "/works/99999999999999999999999/x/",
        f"/works/{'9' * 5000}/x/",
        "/works/arxiv:nonsense/",
        "/works/arxiv:2105.99999/",
        "/works/arxiv:%00/",
        "/works/doi:10.1000/%00/",
        f"/works/doi:10.1000/{'x' * 5000}/",
        "/works/doi:nothing",
        "/works/openalex:A1/",
        "/works/openalex:W0/",
        "/works/-1/x/",
        "/works/1/%00/",
        "/works/1/cite.exe",
        "/works/99999999999999999999999/cite.bib",
    ],
)
def test_an_unknown_or_malformed_address_is_not_found(client, path):
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert 'action="/search/"' in answer.text


@pytest.mark.parametrize("value", ["%00", "\x00", "-1", "1e400", "NaN", "9" * 5000, "٣", "'; --"])
def test_malformed_parameters_are_ignored(client, value):
    work = WorkFactory(authors=[ResearcherFactory()])
    for name in ("authors", "references", "citations", "year"):
        assert client.get(address(work), {name: value}).status_code == 200


# --- references for bibliographies ----------------------------------------------------------------


def test_reference_files(client):
    work = WorkFactory(
        title=r"On $\alpha$ & {co}_2",
        arxiv_id="2105.09557",
        doi="10.1/x",
        volume="7",
        first_page="11",
        last_page="19",
        source=SourceFactory(display_name="J. Noise", type="journal"),
        authors=[ResearcherFactory(display_name="Kangqiao Liu"), ResearcherFactory(display_name="Ørsted and Sons")],
    )
    link = f"http://testserver{address(work)}"
    answers = {name: client.get(f"/works/{work.pk}/cite.{name}") for name in ("bib", "ris", "json")}
    assert answers["bib"].text == (
        f"@article{{liu{work.pk},\n"
        "  title = {{On α \\& \\{co\\}\\_2}},\n"
        "  author = {Kangqiao Liu and {Ørsted and Sons}},\n"
        "  year = {2022},\n"
        "  journal = {J. Noise},\n"
        "  volume = {7},\n"
        "  pages = {11--19},\n"
        "  doi = {10.1/x},\n"
        "  eprint = {2105.09557},\n"
        "  archiveprefix = {arXiv},\n"
        f"  url = {{{link}}}\n"
        "}\n"
    )
    assert answers["ris"].text == (
        "TY  - JOUR\r\nTI  - On α & {co}_2\r\nAU  - Kangqiao Liu\r\nAU  - Ørsted and Sons\r\nPY  - 2022\r\nDA  - 2022/03/01\r\n"
        f"T2  - J. Noise\r\nVL  - 7\r\nSP  - 11\r\nEP  - 19\r\nDO  - 10.1/x\r\nAN  - arXiv:2105.09557\r\nUR  - {link}\r\nER  - \r\n"
    )
    assert json.loads(answers["json"].text)[0]["issued"] == {"date-parts": [[2022, 3, 1]]}
    assert answers["bib"]["Content-Disposition"] == f'attachment; filename="work-{work.pk}.bib"'
    assert all("nosniff" in answer["X-Content-Type-Options"] for answer in answers.values())


def test_no_value_begins_another_field_of_a_reference():
    evil = "x}, note = {owned}\r\nER  - \r\nTY  - BOOK\u2028AU  - Eve\x00\x1b[31m"
    work = WorkFactory.build(
        pk=1, title=evil, volume=evil, publication_date=None, doi="10.1/" + evil, source=SourceFactory.build(display_name=evil)
    )
    cited = Cited(work=work, authors=[evil, "a and b", "x, y, z"], has_more_authors=True, address="http://testserver/")
    entry, record = bibtex(cited), ris(cited)
    depth = 0
    fields = 0
    for sign in re.sub(r"\\[{}]", "", entry):
        depth += (sign == "{") - (sign == "}")
        fields += sign == "=" and depth == 1
        assert depth >= 0
    assert depth == 0
    assert fields == len(re.findall(r"^  \w+ = ", entry, re.MULTILINE))
    assert [line[:5] for line in record.split("\r\n") if line].count("TY  -") == 1
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in record.split("\r\n") if line)
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\u2028]", entry + record)
    assert " and others" in entry
    assert json.loads(csl(cited))[0]["author"][1] == {"literal": "a and b"}
