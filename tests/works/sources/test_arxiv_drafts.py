import time

import pytest

from tests.works.sources.conftest import paper
from works.drafts import AuthorshipDraft, BadRecord, Quarantined, SourceDraft, VersionDraft, WorkDraft
from works.sources import arxiv, arxiv_bulk
from works.sources.arxiv_drafts import is_withdrawn, moment, year_of_id

ARXIV = SourceDraft(key="openalex:S4306400194", display_name="arXiv (Cornell University)", type="repository")
TWO_VERSIONS = (VersionDraft(number=1, submitted_at="2020-06-22T10:00:00Z"), VersionDraft(number=2, submitted_at="2021-01-02T10:00:00Z"))
WHOLE = WorkDraft(
    key="arxiv:2006.13719",
    upstream_updated="2021-01-03",
    doi="10.1000/xyz",
    arxiv_id="2006.13719",
    also_known_as=("doi:10.48550/arxiv.2006.13719",),
    title="A $x^2$ title",
    abstract="Words about things.",
    type="preprint",
    publication_date="2020-06-22",
    publication_year=2020,
    updated_on="2021-01-02",
    source=ARXIV,
    landing_page_url="https://arxiv.org/abs/2006.13719",
    license="http://creativecommons.org/licenses/by/4.0/",
    is_oa=True,
    comments="3 pages",
    journal_ref="J. Ex. 1",
    authorships=(AuthorshipDraft(position=1, byline="Ada Example"), AuthorshipDraft(position=2, byline="Ben Sample")),
    categories=("cs.DL", "math.CO"),
    versions=TWO_VERSIONS,
)


def test_bulk_record_gives_every_field():
    raw = paper(
        "2006.13719", title="A $x^2$\n  title", doi="10.1000/XYZ 10.1000/second", license="http://creativecommons.org/licenses/by/4.0/"
    )

    assert arxiv_bulk.draft(raw | {"journal-ref": "J. Ex. 1"}) == WHOLE


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><entry>
<id>http://arxiv.org/abs/2006.13719v2</id><published>2020-06-22T10:00:00Z</published><updated>2021-01-02T10:00:00Z</updated>
<title>A $x^2$
  title</title><summary>Words about
things.</summary><author><name>Ada Example</name></author><author><name>Ben Sample</name></author>
<arxiv:comment>3 pages</arxiv:comment><arxiv:journal_ref>J. Ex. 1</arxiv:journal_ref><arxiv:doi>10.1000/XYZ</arxiv:doi>
<category term="math.CO"/><category term="cs.DL"/><category term="68P20"/><arxiv:primary_category term="cs.DL"/></entry></feed>"""

OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:arXiv.org:2006.13719</identifier><datestamp>2021-01-03</datestamp></header><metadata>{metadata}</metadata></record>
<record><header status="deleted"><identifier>oai:arXiv.org:2006.00001</identifier><datestamp>2021-01-03</datestamp></header></record>
<resumptionToken>x</resumptionToken></ListRecords></OAI-PMH>"""

OAI_ARXIV = """<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2006.13719</id><created>2020-06-22</created><updated>2021-01-02</updated>
<authors><author><keyname>Example</keyname><forenames>Ada</forenames></author><author><keyname>:</keyname></author>
<author><keyname>Sample</keyname><forenames>Ben</forenames></author></authors><title>A $x^2$ title</title>
<categories>cs.DL math.CO</categories><comments>3 pages</comments><journal-ref>J. Ex. 1</journal-ref><doi>10.1000/xyz</doi>
<license>http://creativecommons.org/licenses/by/4.0/</license><abstract>  Words about things.
</abstract></arXiv>"""

OAI_RAW = """<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2006.13719</id><submitter>A</submitter>
<version version="v1"><date>Mon, 22 Jun 2020 10:00:00 GMT</date><size>1kb</size></version>
<version version="v2"><date>Sat, 2 Jan 2021 10:00:00 GMT</date></version><title>A $x^2$ title</title>
<authors>Ada Example and Ben Sample</authors><categories>cs.DL math.CO</categories><comments>3 pages</comments>
<journal-ref>J. Ex. 1</journal-ref><doi>10.1000/xyz</doi><license>http://creativecommons.org/licenses/by/4.0/</license>
<abstract>  Words about things.
</abstract></arXivRaw>"""


def changed(**fields) -> WorkDraft:
    return WorkDraft(**{name: getattr(WHOLE, name) for name in WHOLE.__struct_fields__} | fields)


def test_atom_entry_gives_every_field_it_has(write):
    (made,) = arxiv.read_file(write("feed.xml", ATOM.encode()))

    assert made == changed(license="", upstream_updated="2021-01-02T10:00:00Z")


def test_oai_record_gives_every_field_it_has(write):
    made, deleted = arxiv.read_file(write("oai.xml", OAI.format(metadata=OAI_ARXIV).encode()))

    assert made == changed(versions=())
    assert isinstance(deleted, Quarantined)
    assert (deleted.key, deleted.reason) == ("arxiv:2006.00001", "arXiv lists this record as deleted")


def test_raw_oai_record_has_its_versions(write):
    made, _ = arxiv.read_file(write("oai.xml", OAI.format(metadata=OAI_RAW).encode()))

    assert made == WHOLE


def test_oai_of_another_format_and_error_are_told(write):
    found = list(arxiv.read_file(write("oai.xml", OAI.format(metadata="<dc/>").encode())))
    error = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="noRecordsMatch">Nothing</error></OAI-PMH>'
    (said,) = arxiv.read_file(write("error.xml", error.encode()))

    assert "ask arXiv for the format arXiv or arXivRaw" in found[0].reason
    assert said.reason == "an error answer of arXiv, not a record: noRecordsMatch: Nothing"


@pytest.mark.parametrize(
    ("comments", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the authors. It is replaced by arXiv:1004.2220", "", True),
        ("The draft paper has been withdrawn by the author", "", True),
        ("12 pages, 12 figures. This paper has been withdrawn due to extensive updating", "", True),
        ("Withdrawn: see v3", "", True),
        ("", "This paper has been withdrawn.", True),
        ("", "withdrawn by author ", True),
        ("The tables in the previous withdrawn version (v2) have been corrected", "", False),
        ("Submission withdrawn from the International Journal of Digital Curation", "", False),
        ("I would like to withdraw it from the arXiv", "", False),
        ("", "We study how funds are withdrawn from banks.", False),
        ("3 pages", "", False),
    ],
)
def test_withdrawal_is_recognised(comments, abstract, withdrawn):
    assert is_withdrawn(comments, abstract) is withdrawn


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02T19:18:42Z"),
        ("2016-05-26T17:59:46Z", "2016-05-26T17:59:46Z"),
        ("2016-05-26T17:59:46+02:00", "2016-05-26T15:59:46Z"),
        ("2000-08-24", "2000-08-24T00:00:00Z"),
        ("0000-00-00", ""),
        ("Mon, 99 Foo", ""),
        ("", ""),
        ("0001-01-01T00:00:00+23:59", ""),
    ],
)
def test_moments_are_iso_in_utc(text, iso):
    assert moment(text) == iso


@pytest.mark.parametrize(
    ("identifier", "year"), [("2006.13719", 2020), ("0704.0001", 2007), ("hep-th/9108001", 1991), ("math/0611800", 2006)]
)
def test_year_of_an_id(identifier, year):
    assert year_of_id(identifier) == year


def test_record_without_versions_knows_only_its_year():
    made = arxiv_bulk.draft(paper("2503.11731", versions=[]))

    assert (made.publication_date, made.publication_year, made.updated_on, made.versions) == ("", 2025, "", ())


def test_parsed_authors_win_where_the_readings_differ():
    parsed = [["Example", "Ada", "Jr.", "MIT"], ["Yuan", "C. -P.", ""], ["", "", ""]]

    made = arxiv_bulk.draft(paper("2006.13719", authors="unreadable", authors_parsed=parsed))

    assert [(each.byline, each.raw_affiliations) for each in made.authorships] == [("Ada Example Jr.", ("MIT",)), ("C.-P. Yuan", ())]


def test_printed_names_are_kept_where_the_readings_agree():
    made = arxiv_bulk.draft(paper("2006.13719", authors="V.N. Tolstoy (INP)", authors_parsed=[["Tolstoy", "V. N.", "", "INP"]]))

    assert [(each.byline, each.raw_affiliations) for each in made.authorships] == [("V.N. Tolstoy", ("INP",))]


@pytest.mark.parametrize("identifier", [None, 7, "", "x", "2006.1"])
def test_record_without_an_id_is_refused(identifier):
    with pytest.raises(BadRecord, match="arXiv id"):
        arxiv_bulk.draft(paper("2006.13719") | {"id": identifier})


@pytest.mark.parametrize("piece", ["paper ", "paper is ", "withdrawn ", "\n  ", " ", "paper has been ", "\n\n "])
def test_hostile_comments_of_100_kb_are_read_in_time(piece):
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    arxiv_bulk.draft(paper("2006.13719", comments=text, abstract=text, title=text))

    assert time.process_time() - started < 1.0
