import pytest

from tests.works.sources.conftest import author, work
from works.drafts import (
    AffiliationDraft,
    AuthorDraft,
    AuthorshipDraft,
    BadRecord,
    FunderDraft,
    FundingDraft,
    InstitutionDraft,
    SourceDraft,
    TopicDraft,
    WorkTopicDraft,
)
from works.sources.openalex_drafts import abstract_text, draft

MIT = {
    "id": "https://openalex.org/I63966007",
    "display_name": "Massachusetts Institute of Technology",
    "ror": "https://ror.org/042nb2s44",
    "country_code": "US",
    "type": "education",
    "lineage": ["https://openalex.org/I63966007"],
}
MIT_DRAFT = InstitutionDraft(
    key="openalex:I63966007",
    display_name="Massachusetts Institute of Technology",
    ror="042nb2s44",
    country_code="US",
    type="education",
    lineage=("I63966007",),
    is_brief=True,
)


def byline(**fields):
    return {
        "author": {"id": "https://openalex.org/A5", "display_name": "Ada B. Example", "orcid": None},
        "raw_author_name": "A. Example",
        **fields,
    }


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"a": [0, 2], "b": [1]}, "a b a"),
        ({"late": [7], "early": [3]}, "early late"),
        ({"twice": [0, 0]}, "twice"),
        ({"one": [0], "two": [0]}, "one two"),
        ({"good": [0], "below": [-1], "far": [10**9], "true": [True], "text": ["1"], "none": None, "half": [0.5]}, "good"),
        ({}, ""),
        (None, ""),
        ([1], ""),
        ('{"from": [0], "text": [1]}', "from text"),
        ("{broken", ""),
        ({"IndexLength": 2, "InvertedIndex": {"old": [0], "shape": [1]}}, "old shape"),
    ],
)
def test_abstract_is_spelled_from_its_index(index, text):
    assert abstract_text(index) == text


@pytest.mark.parametrize(
    "person", [{"id": None}, {"id": "https://openalex.org/A9999999999"}, {"id": "https://openalex.org/A5317838346"}, {}, None, "x"]
)
def test_byline_without_a_person_is_kept(person):
    made = draft(work(1, authorships=[byline(author=person)]))

    assert made.authorships == (AuthorshipDraft(position=1, byline="A. Example"),)


def test_byline_holds_all_that_is_printed():
    made = draft(
        work(1, authorships=[byline(institutions=[MIT, MIT], is_corresponding=True, raw_affiliation_strings=["MIT, US", "MIT, US", ""])])
    )

    assert made.authorships == (
        AuthorshipDraft(
            position=1,
            byline="A. Example",
            author=AuthorDraft(key="openalex:A5", display_name="Ada B. Example", is_brief=True),
            raw_affiliations=("MIT, US",),
            institutions=(MIT_DRAFT,),
            is_corresponding=True,
        ),
    )


def test_byline_falls_back_to_the_display_name_and_nameless_ones_leave_a_gap():
    nameless = {"author": {"id": "https://openalex.org/A6", "display_name": None}}

    made = draft(work(1, authorships=[nameless, byline(raw_author_name=None), "junk"]))

    assert [(each.position, each.byline) for each in made.authorships] == [(2, "Ada B. Example")]


def test_raw_orcid_is_kept_as_it_stands_and_only_a_right_one_counts():
    wrong = {"id": "https://openalex.org/A5", "display_name": "A", "orcid": "https://orcid.org/0000-0002-1825-0098"}

    (made,) = draft(work(1, authorships=[byline(author=wrong)])).authorships

    assert made.raw_orcid == "https://orcid.org/0000-0002-1825-0098"
    assert made.author.orcid == ""


def test_one_person_printed_twice_and_5000_authors_are_kept_in_order():
    made = draft(work(1, authorships=[byline()] * 2 + [byline(raw_author_name=f"N {number}") for number in range(4_998)]))

    assert [each.position for each in made.authorships] == list(range(1, 5_001))


@pytest.mark.parametrize(
    ("fields", "truncated"),
    [
        ({"is_authors_truncated": True}, True),
        ({"authorships": [byline()] * 100}, True),
        ({"authorships": [byline()] * 100, "is_authors_truncated": False}, False),
        ({"authorships": [byline()] * 101}, False),
    ],
)
def test_cut_author_lists_are_marked(fields, truncated):
    assert draft(work(1, **fields)).authorships_truncated is truncated


def test_arxiv_id_comes_from_the_doi_or_a_location():
    by_doi = draft(work(1, doi="https://doi.org/10.48550/arXiv.2006.13719"))
    location = {"landing_page_url": "http://arxiv.org/abs/math.CA/0611800v2", "pdf_url": "https://arxiv.org/pdf/math/0611800"}
    by_location = draft(work(1, doi="https://doi.org/10.1000/XYZ", locations=[location]))

    assert (by_doi.doi, by_doi.arxiv_id, by_doi.also_known_as) == ("10.48550/arxiv.2006.13719", "2006.13719", ())
    assert (by_location.doi, by_location.arxiv_id) == ("10.1000/xyz", "math/0611800")
    assert by_location.also_known_as == ("doi:10.48550/arxiv.math/0611800",)


def test_further_ids_are_also_known():
    location = {"id": "pmh:oai:arXiv.org:1612.01884"}
    ids = {"openalex": "https://openalex.org/W77", "doi": "https://doi.org/10.1000/other"}

    made = draft(work(1, doi="https://doi.org/10.48550/arxiv.2006.13719", ids=ids, locations=[location]))

    assert made.also_known_as == ("openalex:W77", "doi:10.1000/other", "arxiv:1612.01884", "doi:10.48550/arxiv.1612.01884")


def test_references_are_distinct_and_not_to_itself():
    cited = ["https://openalex.org/W2", "https://openalex.org/W1", "https://openalex.org/W2", None, "junk", "https://openalex.org/W3"]

    assert draft(work(1, referenced_works=cited)).references == ("openalex:W2", "openalex:W3")


def test_funders_and_awards_of_every_schema():
    aramco = {"id": "https://openalex.org/F4320324706", "display_name": "Saudi Aramco", "ror": "https://ror.org/03ypap427"}
    award = {"id": "https://openalex.org/G1", "funder_id": aramco["id"], "funder_display_name": "Saudi Aramco", "funder_award_id": "A-1"}
    grant = {"funder": "https://openalex.org/F2", "funder_display_name": "A foundation", "award_id": None}
    known = FunderDraft(key="openalex:F4320324706", display_name="Saudi Aramco", ror="03ypap427")

    today = draft(work(1, funders=[aramco], awards=[award, award]))
    earlier = draft(work(1, grants=[grant, {"funder": 7}, "none"]))

    assert today.funding == (FundingDraft(funder=known, award_ids=("A-1",)),)
    assert earlier.funding == (FundingDraft(funder=FunderDraft(key="openalex:F2", display_name="A foundation")),)


def topic(number: int, score: object = 0.5) -> dict[str, object]:
    return {
        "id": f"https://openalex.org/T{number}",
        "display_name": f"Topic {number}",
        "score": score,
        "subfield": {"id": "https://openalex.org/subfields/1904", "display_name": "Earth"},
        "field": {"id": 19, "display_name": "Sciences"},
        "domain": None,
    }


def test_topics_are_ranked_with_the_primary_one_first():
    made = draft(work(1, topics=[topic(10), topic(20, None), topic(10)], primary_topic=topic(20, 0.9)))

    subject = {"subfield_id": 1904, "subfield_name": "Earth", "field_id": 19, "field_name": "Sciences"}
    assert made.topics == (
        WorkTopicDraft(topic=TopicDraft(key="openalex:T20", display_name="Topic 20", **subject), score=0.9, rank=1),
        WorkTopicDraft(topic=TopicDraft(key="openalex:T10", display_name="Topic 10", **subject), score=0.5, rank=2),
    )


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        (
            {"primary_location": {"source": {"id": "https://openalex.org/S5", "display_name": "J"}}},
            SourceDraft(key="openalex:S5", display_name="J"),
        ),
        ({"primary_location": {"source": {"id": None, "display_name": "J"}}}, SourceDraft(key="", display_name="J")),
        ({"primary_location": {"source": None, "raw_source_name": "Proc. X"}}, SourceDraft(key="", display_name="Proc. X")),
        ({"primary_location": {"source": {"id": "https://openalex.org/S5", "display_name": None}}}, None),
        ({"primary_location": None}, None),
        (
            {
                "host_venue": {
                    "id": "https://openalex.org/V78",
                    "display_name": "Old",
                    "publisher": "P",
                    "type": "journal",
                    "issn_l": "0031-9007",
                }
            },
            SourceDraft(key="openalex:S78", display_name="Old", type="journal", issn_l="0031-9007", host_organization_name="P"),
        ),
    ],
)
def test_venue_of_every_schema(fields, source):
    assert draft(work(1, **fields)).source == source


def test_old_schema_gives_its_address_license_and_affiliation():
    venue = {"url": "https://example.org/1", "license": "cc-by", "display_name": None}

    made = draft(work(1, host_venue=venue, authorships=[byline(raw_affiliation_string="Berlin")]))

    assert (made.landing_page_url, made.license, made.source) == ("https://example.org/1", "cc-by", None)
    assert made.authorships[0].raw_affiliations == ("Berlin",)


def test_only_web_addresses_become_links():
    made = draft(work(1, primary_location={"landing_page_url": "javascript:alert(1)", "pdf_url": "data:x"}))

    assert (made.landing_page_url, made.pdf_url) == ("", "")


@pytest.mark.parametrize("year", [0, -5, 999, 2201, 10**12, 2020.5])
def test_year_that_no_calendar_has_is_refused(year):
    with pytest.raises(BadRecord, match="publication year"):
        draft(work(1, publication_year=year))


@pytest.mark.parametrize(("fields", "year", "day"), [
    ({"publication_year": None}, 2020, "2020-05-04"),
    ({"publication_year": 2021}, 2021, "2020-05-04"),
    ({"publication_year": 2020, "publication_date": "2020-13-40"}, 2020, ""),
    ({"publication_year": None, "publication_date": None}, None, ""),
])  # fmt: skip
def test_year_and_day(fields, year, day):
    made = draft(work(1, **fields))

    assert (made.publication_year, made.publication_date) == (year, day)


def test_author_record_has_years_and_last_known_institutions():
    affiliations = [{"institution": MIT, "years": [2021, 2019, 2021, 0, "x"]}, {"institution": MIT, "years": [2018]}, {"institution": None}]
    other = MIT | {
        "id": "https://openalex.org/I2",
        "display_name": "Other",
        "ror": None,
        "country_code": "usa",
        "type": None,
        "lineage": None,
    }

    made = draft(author(5, orcid="https://orcid.org/0000-0002-1825-0097", display_name_alternatives=["Author 5", "A. Five"],
                        affiliations=affiliations, last_known_institutions=[MIT, other]))  # fmt: skip

    assert made == AuthorDraft(
        key="openalex:A5",
        display_name="Author 5",
        orcid="0000-0002-1825-0097",
        other_names=("A. Five",),
        affiliations=(
            AffiliationDraft(institution=MIT_DRAFT, years=(2018, 2019, 2021), is_last_known=True),
            AffiliationDraft(institution=InstitutionDraft(key="openalex:I2", display_name="Other", is_brief=True), is_last_known=True),
        ),
    )


def test_author_record_of_the_old_schema():
    made = draft(author(5, last_known_institution=MIT))

    assert made.affiliations == (AffiliationDraft(institution=MIT_DRAFT, is_last_known=True),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (author(9999999999), "nobody's record"),
        (author(5, display_name=" "), "the author has no name"),
        ({"id": "https://openalex.org/P4310319965"}, r"publishers are not kept \(yet\)"),
        ({"id": "https://openalex.org/subfields/1904"}, r"subfields are not kept \(yet\)"),
        ({"id": "https://example.org/1"}, "is not an OpenAlex id"),
        ({"error": "x"}, "error answer"),
        ([], "not an OpenAlex object"),
    ],
)
def test_what_is_not_kept_says_why(raw, reason):
    with pytest.raises(BadRecord, match=reason):
        draft(raw)


def test_digest_follows_content_and_not_the_upstream_date():
    first, later, other = draft(work(1)), draft(work(1, updated_date="2025-01-01")), draft(work(1, title="Other"))

    assert first.digest() == later.digest() != other.digest()
