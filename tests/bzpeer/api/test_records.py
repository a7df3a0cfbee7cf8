"""Lists, details and search of the API: what they hold, what they refuse, what they cost."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bzpeer import pipeline
from bzpeer.accounts.domain import follow
from bzpeer.claims.domain import accept_claim, submit_claim, withdraw_claim
from bzpeer.curation.assertions import correct_researcher
from researchers.models import Affiliation, NameForm, Researcher, ResearcherRedirect
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AuthorshipFactory, InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.models import AuthorshipInstitution, GeneratedSummary, Work, WorkRedirect, WorkVersion
from works.terms.counting import note_all_due, refresh_terms

pytestmark = pytest.mark.django_db

LISTS = ("researchers", "works", "topics", "institutions")


def names(answer: Any, key: str = "display_name") -> list[str]:
    return [row[key] for row in answer.json()["results"]]


def full_work(**fields: Any) -> Any:
    """A work with everything that hangs on one."""
    work = WorkFactory(authors=ResearcherFactory.create_batch(2), topics=[TopicFactory(), TopicFactory()], categories=["cs.LG"], **fields)
    place = InstitutionFactory()
    AuthorshipInstitution.objects.create(authorship=work.authorships.get(position=1), institution=place)
    WorkVersion.objects.create(work=work, number=1)
    researcher = work.authorships.get(position=1).researcher
    NameForm.objects.create(researcher=researcher, name="Z. Liu", kind="upstream", source="openalex")
    return work


# --- cost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("resource", "queries"), [("researchers", 2), ("works", 3), ("topics", 2), ("institutions", 2)])
def test_a_list_takes_the_same_queries_for_one_and_three(
    client: Client, django_assert_num_queries: Any, resource: str, queries: int, number: int
):
    for _ in range(number):
        full_work()
    pipeline.rebuild_everything()
    with django_assert_num_queries(queries):
        answer = client.get(f"/api/v1/{resource}/")
    assert len(answer.json()["results"]) >= number


@pytest.mark.parametrize("number", [1, 3])
def test_a_researcher_takes_the_same_queries_for_one_and_three_of_everything(client: Client, django_assert_num_queries: Any, number: int):
    researcher = ResearcherFactory()
    for place in range(number):
        Affiliation.objects.create(researcher=researcher, institution=InstitutionFactory(), evidence="author_record", years=[2020])
        NameForm.objects.create(researcher=researcher, name=f"Name {place}", kind="byline", source="arxiv")
    pipeline.rebuild_everything()
    with django_assert_num_queries(4):
        answer = client.get(f"/api/v1/researchers/{researcher.pk}/").json()
    assert len(answer["affiliations"]) == len(answer["name_forms"]) == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_work_takes_the_same_queries_for_one_and_three_of_everything(client: Client, django_assert_num_queries: Any, number: int):
    work = WorkFactory(
        authors=ResearcherFactory.create_batch(number),
        topics=TopicFactory.create_batch(number),
        categories=["cs.LG", "cs.AI", "stat.ML"][:number],
    )
    for place in range(number):
        WorkFactory(title=f"Related {place}", abstract="Sharp minima of glass.")
    Work.objects.filter(pk=work.pk).update(abstract="Sharp minima escape.")
    note_all_due()
    refresh_terms()
    with django_assert_num_queries(8):
        answer = client.get(f"/api/v1/works/{work.pk}/").json()
    assert [len(answer[part]) for part in ("authorships", "topics", "categories", "related_works")] == [number] * 4


@pytest.mark.parametrize("number", [1, 3])
def test_search_takes_one_query_a_kind(client: Client, django_assert_num_queries: Any, number: int):
    for place in range(number):
        ResearcherFactory(display_name=f"Liu Person{place}")
        WorkFactory(title=f"Liu's theorem {place}", folded_title=f"lius theorem {place}")
    with django_assert_num_queries(4):
        answer = client.get("/api/v1/search/", {"q": "liu"}).json()
    assert [len(hits) for hits in answer["results"].values()] == [number, number, 0, 0]


# --- content ----------------------------------------------------------------------------------------


def test_a_researcher_shows_trust_with_its_grounds_and_no_address(client: Client):
    researcher = ResearcherFactory()
    owner, fan = MemberFactory(email="owner@secret.example"), MemberFactory(email="fan@secret.example")
    follow(user=fan, researcher=researcher)
    accept_claim(submit_claim(user=owner, researcher=researcher, reason="These are my own two papers."), by=MemberFactory(is_staff=True))
    pipeline.derive_all_pending()
    answer = client.get(f"/api/v1/researchers/{researcher.pk}/")
    found = answer.json()
    assert found["trust"] == {"score": 21, "band": "Emerging"}
    assert sum(part["points"] for part in found["trust_snapshot"]["components"]) == 21
    assert (found["is_claimed"], found["verification_level"], found["followers_count"]) == (True, 2, 1)
    assert b"secret.example" not in answer.content


def test_a_researcher_nothing_was_derived_for_has_no_snapshot(client: Client):
    assert client.get(f"/api/v1/researchers/{ResearcherFactory().pk}/").json()["trust_snapshot"] is None


def test_a_work_lists_bylines_in_order_and_is_told_whole(client: Client):
    work = full_work(doi="10.1000/1")
    AuthorshipFactory(work=work, position=3, researcher=None, byline="Anon Y. Mous")
    found = client.get(f"/api/v1/works/{work.pk}/").json()
    assert [(byline["position"], byline["researcher_id"] is None) for byline in found["authorships"]] == [(1, False), (2, False), (3, True)]
    assert (found["doi"], found["categories"], found["source"]["display_name"]) == ("10.1000/1", ["cs.LG"], work.source.display_name)


def test_a_work_tells_its_summary_key_terms_and_related_papers_with_grounds(client: Client):
    work = WorkFactory(title="One", abstract="We find that sharp minima escape. We stay for them.")
    other = WorkFactory(title="Two", abstract="Sharp minima of glass.")
    unrelated = WorkFactory(title="Bees", abstract="Bees dance.")
    note_all_due()
    refresh_terms()
    found = client.get(f"/api/v1/works/{work.pk}/").json()
    assert found["summary"] == {
        "text": "We find that sharp minima escape. We stay for them.", "made": "chosen", "by_author": False, "model": "", "date": None,
    }  # fmt: skip
    terms = found["key_terms"]
    assert (terms["abstracts"], terms["weighed_at"] is None) == (3, False)
    assert [(term["documents"], term["works"]) for term in terms["terms"] if term["term"] == "sharp minima"] == [
        (2, "/works/?term=sharp+minima")
    ]
    assert [term["weight"] for term in terms["terms"]] == sorted((round(term["weight"], 3) for term in terms["terms"]), reverse=True)
    assert [(one["id"], one["url"], one["shared_terms"][0]) for one in found["related_works"]] == [
        (other.pk, f"/works/{other.pk}/two/", "sharp minima")
    ]
    assert [one["id"] for one in client.get("/api/v1/works/?term=Sharp+minima").json()["results"]] == [other.pk, work.pk]
    assert client.get("/api/v1/works/?term=the+of").json()["results"] == []
    assert "key_terms" not in client.get("/api/v1/works/?term=bees+dance").json()["results"][0]
    assert client.get(f"/api/v1/works/{unrelated.pk}/").json()["related_works"] == []


def test_a_work_says_which_model_generated_its_summary_and_shows_none_where_authors_want_none(client: Client):
    now = timezone.now()
    work = WorkFactory(abstract="", asserted={"summary": {"value": {"choice": "generated"}, "at": now.isoformat()}})
    GeneratedSummary.objects.create(
        work=work, state="made", text="Noise helps.", model="small-model", made_at=now, asked_at=now, due_at=now
    )
    told = client.get(f"/api/v1/works/{work.pk}/").json()["summary"]
    assert (told["text"], told["made"], told["model"], told["date"][:10]) == (
        "Noise helps.", "generated", "small-model", now.date().isoformat(),
    )  # fmt: skip
    Work.objects.filter(pk=work.pk).update(asserted={"summary": {"value": {"choice": "none"}, "at": now.isoformat()}})
    assert client.get(f"/api/v1/works/{work.pk}/").json()["summary"] is None


def test_a_list_shows_the_first_bylines_only(client: Client):
    WorkFactory(authors=ResearcherFactory.create_batch(12))
    assert [byline["position"] for byline in client.get("/api/v1/works/").json()["results"][0]["authorships"]] == list(range(1, 11))


# --- filters ----------------------------------------------------------------------------------------


def test_works_by_year_type_topic_institution_researcher_and_citation(client: Client):
    one, other = full_work(publication_year=2020, type="preprint"), full_work(publication_year=2022)
    ReferenceFactory(citing=one, cited=other, raw_key="openalex:W1")
    topic, byline = one.topic_links.first().topic_id, one.authorships.get(position=1)
    for query, expected in (
        ("year=2020", [one.pk]), ("year_from=2021", [other.pk]), ("year_to=2021", [one.pk]), ("type=preprint", [one.pk]),
        (f"topic={topic}", [one.pk]), (f"researcher={byline.researcher_id}", [one.pk]),
        (f"institution={byline.institution_links.get().institution_id}", [one.pk]),
        (f"cites={other.pk}", [one.pk]), (f"cited_by={one.pk}", [other.pk]), ("year=1999", []), (f"topic={2**62}", []),
    ):  # fmt: skip
        assert names(client.get(f"/api/v1/works/?{query}"), "id") == expected, query


def test_researchers_by_orcid_claim_level_institution_topic_and_name(client: Client):
    work = full_work()
    first, second = (work.authorships.get(position=place).researcher for place in (1, 2))
    Researcher.objects.filter(pk=first.pk).update(
        orcid="0000-0002-1825-0097", verification_level=2, is_claimed=True, folded_names="jose nunez"
    )
    pipeline.rebuild_everything()
    place, topic = first.affiliations.get().institution_id, work.topic_links.first().topic_id
    for query, expected in (
        ("has_orcid=true", {first.pk}), ("has_orcid=false", {second.pk}), ("claimed=true", {first.pk}), ("level=2", {first.pk}),
        (f"institution={place}", {first.pk}), (f"topic={topic}", {first.pk, second.pk}), ("q=N%C3%BA%C3%B1ez+Jos", {first.pk}),
        ("q=nobody", set()),
    ):  # fmt: skip
        assert set(names(client.get(f"/api/v1/researchers/?{query}"), "id")) == expected, query


def test_sorting_and_paging_walk_the_whole_list_once(client: Client):
    for number in range(5):
        WorkFactory(cited_by_count=number)
    seen: list[int] = []
    address = "/api/v1/works/?sort=cited&page_size=2"
    while address:
        page = client.get(address).json()
        assert page["count"] == 5
        seen += [work["cited_by_count"] for work in page["results"]]
        address = page["next"]
    assert seen == [4, 3, 2, 1, 0]


def test_counting_stops_and_says_so(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bzpeer.api.paging.DEEPEST", 4)
    TopicFactory.create_batch(6)
    page = client.get("/api/v1/topics/?page_size=2&page=2").json()
    assert (page["count"], page["count_is_at_least"], page["next"]) == (4, True, None)
    assert client.get("/api/v1/topics/?page_size=2&page=3").status_code == 400


# --- bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", LISTS)
@pytest.mark.parametrize("path", ["0", "9223372036854775808", "9" * 5_000, "-1", "x", "1%00", "%FF", "1e3", "..%2f1"])
def test_a_malformed_key_is_404(client: Client, resource: str, path: str):
    answer = client.get(f"/api/v1/{resource}/{path}/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("resource", LISTS)
def test_an_unknown_key_is_404_as_a_problem(client: Client, resource: str):
    answer = client.get(f"/api/v1/{resource}/9223372036854775807/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == f"There is no {resource[:-1]} 9223372036854775807."


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=NaN", "page=" + "9" * 5_000, "page_size=101", "page_size=-1", "page=401", "year=99999", "year=1e400",
     "year=" + "9" * 5_000,
     "topic=x", "topic=9223372036854775808", "has_doi=maybe&has_doi=no", "sort=random", "q=%00", "q=" + "a" * 201, "type=" + "x" * 60_000],
)  # fmt: skip
def test_bad_parameters_are_400_as_a_problem(client: Client, query: str):
    answer = client.get(f"/api/v1/works/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["parameter"] in {"query", query.partition("=")[0]}


@pytest.mark.parametrize("query", ["", "q=", "q=%20", "q=%00", "q=" + "a" * 201, "q=a&q=b", "q=a&kinds=x", "q=a&limit=26"])
def test_search_refuses_what_is_no_question(client: Client, query: str):
    answer = client.get(f"/api/v1/search/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "text", ["'", "\\", "a & b | !c <-> d", "(((", ":*", "﷽" * 200, "☃", "a'); DROP TABLE works_work; --", "\ud7ff\uffff"]
)
def test_search_takes_any_text(client: Client, text: str):
    assert client.get("/api/v1/search/", {"q": text}).status_code == 200


def test_an_address_that_is_none_is_404_as_a_problem(client: Client):
    answer = client.get("/api/v1/nothing/here/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# --- external ids -----------------------------------------------------------------------------------


def test_external_ids_lead_to_the_record(client: Client):
    researcher = ResearcherFactory(openalex_id="A5000000001", orcid="0000-0002-1825-0097")
    work = WorkFactory(openalex_id="W77", doi="10.1000/a/b", arxiv_id="math/0611800")
    for known_as in ("orcid:0000-0002-1825-0097", "openalex:A5000000001"):
        assert client.get(f"/api/v1/researchers/{known_as}/")["Location"] == f"/api/v1/researchers/{researcher.pk}/"
    for known_as in ("doi:10.1000/A/b", "arxiv:math/0611800v2", "openalex:W77"):
        assert client.get(f"/api/v1/works/{known_as}/")["Location"] == f"/api/v1/works/{work.pk}/"
    for path in ("researchers/orcid:0000-0002-1825-0098", "researchers/openalex:W77", "works/doi:x", "works/openalex:W78"):
        assert client.get(f"/api/v1/{path}/").status_code == 404


def test_a_biography_is_told_while_the_word_of_who_wrote_it_stands(client: Client):
    record, writer = ResearcherFactory(), MemberFactory()
    claim = owned(record, user=writer)
    correct_researcher(by=writer, researcher=record, field="biography", value="I read old looms.")
    place = f"/api/v1/researchers/{record.pk}/"
    assert client.get(place).json()["biography"] == "I read old looms."
    withdraw_claim(claim, by=writer)
    assert client.get(place).json()["biography"] == ""
    owned(record)
    assert client.get(place).json()["biography"] == ""


def test_a_merged_key_leads_to_its_successor(client: Client):
    researcher, work = ResearcherFactory(), WorkFactory()
    ResearcherRedirect.objects.create(key="id:4711", researcher=researcher)
    WorkRedirect.objects.create(key="id:4712", work=work)
    moved = [client.get(path) for path in ("/api/v1/researchers/4711/", "/api/v1/works/4712/")]
    assert [(answer.status_code, answer["Location"]) for answer in moved] == [
        (301, f"/api/v1/researchers/{researcher.pk}/"),
        (301, f"/api/v1/works/{work.pk}/"),
    ]


# --- search -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["kangqiao liu", "LIU, Kangqiao", "liu kang", "kang liu", "Liü Kangq"])
def test_names_are_found_by_beginnings_in_any_order_without_accents(client: Client, question: str):
    ResearcherFactory(display_name="Kangqiao Liu")
    ResearcherFactory(display_name="Liu Ziyin")
    found = client.get("/api/v1/search/", {"q": question}).json()["results"]["researcher"]
    assert [hit["label"] for hit in found] == ["Kangqiao Liu"]


def test_exact_names_come_first_then_more_works(client: Client):
    for name, works in (("Liu Ziyinovich", 50), ("Anna Liu Ziyin", 3), ("Liu Ziyin", 1), ("Bert Liu Ziyin", 9)):
        ResearcherFactory(display_name=name, works_count=works)
    found = client.get("/api/v1/search/", {"q": "liu ziyin", "kinds": "researcher"}).json()["results"]
    assert [hit["label"] for hit in found["researcher"]] == ["Liu Ziyin", "Bert Liu Ziyin", "Anna Liu Ziyin", "Liu Ziyinovich"]
    assert list(found) == ["researcher"]


def test_names_in_other_scripts_are_found(client: Client):
    ResearcherFactory(display_name="刘紫音")
    ResearcherFactory(display_name="Лев Ландау")
    for question in ("刘紫", "ландау л"):
        assert len(client.get("/api/v1/search/", {"q": question}).json()["results"]["researcher"]) == 1
