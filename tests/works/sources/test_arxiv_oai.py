"""Harvests: sets and days, lists after lists, tokens that run out, records that are gone."""

import json
from typing import Any

import pytest

from tests.upstream import Fault, Upstream, cut_connection, run_out, running, unavailable, unavailable_until, web_page, wrong_gzip
from tests.works.sources.conftest import paper
from works.drafts import Merged, WorkDraft
from works.sources import arxiv
from works.sources.arxiv_oai import DELETED
from works.sources.http import BadQuery, Gone, Manners, Page, UpstreamGarbled, UpstreamRefused


def pages(upstream: Upstream, *, cursor: str | None = None, slept: list[float] | None = None, **question) -> list[Page]:
    query = arxiv.Query(**question)
    naps = [] if slept is None else slept
    found = arxiv.fetch(query, base_url=upstream.arxiv_url, oai_url=upstream.oai_url, manners=Manners(), cursor=cursor, sleep=naps.append)
    return list(found)


def ids(found: list[Page]) -> list[str]:
    return [read.key.removeprefix("arxiv:") for page in found for read in page.reads if not isinstance(read, Merged)]


def many(count: int) -> list[dict[str, Any]]:
    """Papers of which some change each day of January 2024."""
    return [paper(f"2401.{number:05}", update_date=f"2024-01-{1 + number // 10:02}") for number in range(count)]


@pytest.fixture
def harvest():
    with running(papers=many(100)) as server:
        server.list_size = 30
        yield server


def test_set_and_days_bring_every_record_of_them():
    papers = [*many(100), paper("2401.90001", categories="math.CO", update_date="2024-01-05")]
    with running(papers=papers) as server:
        server.list_size = 30
        found = pages(server, set="cs", from_day="2024-01-03", until_day="2024-01-06")

    assert ids(found) == [f"2401.{number:05}" for number in range(20, 60)]
    assert [page.total for page in found] == [40, 40]
    assert found[-1].next_cursor is None


def test_raw_format_brings_versions_dates_licence_comments_and_reference(upstream):
    upstream.papers["2006.13711"] |= {
        "license": "http://creativecommons.org/licenses/by/4.0/", "journal-ref": "J. Ex. 3 (2021)", "doi": "10.1000/x",
        "authors": "Ada Example (1), Ben Sample ((1) MIT)",
    }  # fmt: skip
    (page,) = pages(upstream, set="cs")
    draft = page.reads[0]

    assert isinstance(draft, WorkDraft)
    assert [(each.number, each.submitted_at) for each in draft.versions] == [(1, "2020-06-22T10:00:00Z"), (2, "2021-01-02T10:00:00Z")]
    assert (draft.publication_date, draft.updated_on, draft.upstream_updated) == ("2020-06-22", "2021-01-02", "2021-01-03")
    assert (draft.license, draft.comments, draft.journal_ref, draft.doi) == (
        "http://creativecommons.org/licenses/by/4.0/", "3 pages", "J. Ex. 3 (2021)", "10.1000/x",
    )  # fmt: skip
    assert draft.categories == ("cs.DL", "math.CO")
    assert [(each.byline, each.raw_affiliations) for each in draft.authorships] == [("Ada Example", ("MIT",)), ("Ben Sample", ())]


def test_withdrawn_papers_are_told_by_a_version_without_a_source(upstream):
    first, second = {"version": "v1", "created": "2020-06-22T10:00:00Z"}, {"version": "v2", "created": "2021-01-02T10:00:00Z"}
    upstream.papers["2006.13711"] |= {
        "versions": [first, second | {"source_type": "I", "size": "0kb"}],
        "comments": "Crucial error in Section 2",
    }
    upstream.papers["2006.13712"] |= {"versions": [first | {"source_type": "I", "size": "0kb"}, second]}
    (page,) = pages(upstream, set="cs")

    assert [(read.is_withdrawn, read.comments) for read in page.reads] == [
        (True, "Crucial error in Section 2"), (False, "3 pages"), (False, "3 pages"),
    ]  # fmt: skip


def test_both_formats_come_one_after_the_other(upstream):
    upstream.list_size = 2
    upstream.papers["2006.13711"]["affiliation"] = "Example Institute"
    found = pages(upstream, set="cs", format="both")

    assert ids(found) == ["2006.13711", "2006.13712", "2006.13713"] * 2
    assert {page.total for page in found} == {6}
    assert [len(page.reads[0].versions) for page in found] == [2, 2, 0, 0]
    assert found[2].reads[0].authorships[0].raw_affiliations == ("Example Institute",)
    assert ids(pages(upstream, set="cs", format="both", cursor=found[1].next_cursor)) == ["2006.13711", "2006.13712", "2006.13713"]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cursor_continues_after_any_list(harvest, after):
    whole = pages(harvest, set="cs")
    assert ids(pages(harvest, set="cs", cursor=whole[after].next_cursor)) == ids(whole[after + 1 :])


def test_nothing_in_these_days_is_an_empty_harvest(harvest):
    assert pages(harvest, set="cs", from_day="2025-01-01") == [Page(reads=[], next_cursor=None)]


def test_token_that_ran_out_starts_again_from_the_last_day_without_loss(harvest):
    harvest.next_answers(None, None, run_out())
    found = pages(harvest, set="cs", from_day="2024-01-01")

    assert set(ids(found)) == {f"2401.{number:05}" for number in range(100)}
    again = [path for path in harvest.asked if "from=2024-01-06" in path and "resumptionToken" not in path]
    assert len(again) == 1, harvest.asked


def test_list_whose_days_went_back_starts_again_from_its_beginning():
    papers = many(90)
    papers.reverse()
    with running(papers=papers) as server:
        server.list_size = 30
        server.next_answers(None, None, run_out())
        found = pages(server, set="cs", from_day="2024-01-01")
        asked = server.asked

    assert set(ids(found)) == {each["id"] for each in papers}
    assert "from=2024-01-01" in asked[3]


def test_cursor_whose_token_ran_out_meanwhile_loses_nothing(harvest):
    whole = pages(harvest, set="cs")
    harvest.next_answers(run_out())
    rest = pages(harvest, set="cs", cursor=whole[1].next_cursor)

    assert set(ids(whole[:2])) | set(ids(rest)) == set(ids(whole))


def test_tokens_that_always_run_out_are_told(harvest):
    harvest.next_answers(*[each for _ in range(9) for each in (None, run_out())])
    harvest.papers = {bare: each | {"update_date": "2024-01-01"} for bare, each in harvest.papers.items()}
    with pytest.raises(UpstreamGarbled, match="broke off 3 times at the same day"):
        pages(harvest, set="cs")


def test_restarts_are_counted_across_steps(harvest):
    cursor = pages(harvest, set="cs")[0].next_cursor
    kept = json.loads(cursor or "") | {"restarts": 3}
    harvest.next_answers(run_out())
    with pytest.raises(UpstreamGarbled, match="broke off"):
        pages(harvest, set="cs", cursor=json.dumps(kept))


def test_deleted_records_are_told_as_gone(upstream):
    upstream.deleted["2006.13712"] = "2024-01-09"
    (page,) = pages(upstream, set="all", from_day="2020-01-01")

    assert ids([page]) == ["2006.13711", "2006.13713"]
    assert page.gone == (Gone("arxiv:2006.13712", DELETED),)


@pytest.mark.parametrize("wait", [unavailable, unavailable_until], ids=["seconds", "date"])
def test_503_steers_how_fast_lists_are_asked_for(harvest, wait):
    slept: list[float] = []
    harvest.next_answers(None, wait(11))
    assert len(ids(pages(harvest, set="cs", slept=slept))) == 100
    assert [9 < seconds < 13 for seconds in slept] == [True]


@pytest.mark.parametrize(
    "fault",
    [
        web_page(),
        cut_connection(),
        wrong_gzip(),
        Fault(200, {}, b'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>'),
        Fault(200, {}, b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"></OAI-PMH>'),
    ],
    ids=["html", "connection", "gzip", "half a list", "nothing"],
)
def test_garbled_lists_are_told_apart_from_records(harvest, fault):
    harvest.next_answers(*[fault] * 9)
    with pytest.raises(UpstreamGarbled):
        pages(harvest, set="cs")


def test_repeating_token_is_noticed(harvest):
    first = pages(harvest, set="cs")[0]
    token = json.loads(first.next_cursor or "")["token"]
    body = f"<ListRecords><resumptionToken>{token.replace('&', '&amp;')}</resumptionToken></ListRecords>"
    answer = Fault(200, {}, f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{body}</OAI-PMH>'.encode())
    harvest.next_answers(answer)
    with pytest.raises(UpstreamGarbled, match="again and again"):
        pages(harvest, set="cs", cursor=first.next_cursor)


def test_other_errors_are_refusals_in_arxivs_words(harvest):
    body = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badArgument">set does not exist</error></OAI-PMH>'
    harvest.next_answers(Fault(200, {}, body.encode()))
    with pytest.raises(UpstreamRefused, match="badArgument: set does not exist"):
        pages(harvest, set="nonsense")


@pytest.mark.parametrize(
    "question",
    [
        {"set": "cs", "author": "a"},
        {"set": "cs&verb=Identify"},
        {"set": "cs", "from_day": "2024-1-1"},
        {"set": "cs", "from_day": "1985-01-01"},
        {"set": "cs", "from_day": "2024-02-02", "until_day": "2024-02-01"},
        {"set": "cs", "format": "oai_dc"},
    ],
)
def test_impossible_harvest_is_refused_before_asking(question):
    with pytest.raises(BadQuery):
        arxiv.Query(**question)
