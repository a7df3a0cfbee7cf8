from typing import Any

import pytest

from tests.upstream import Fault, Upstream, broken, busy, running, web_page
from tests.works.sources.conftest import paper
from works.drafts import Merged, Quarantined, WorkDraft
from works.sources import arxiv, arxiv_api
from works.sources.http import BadQuery, Manners, Pace, Page, UpstreamBusy, UpstreamGarbled, UpstreamRefused


def pages(upstream: Upstream, *, cursor: str | None = None, **question) -> list[Page]:
    query = arxiv.Query(**question)
    return list(
        arxiv.fetch(
            query, base_url=upstream.arxiv_url, cursor=cursor, sleep=lambda seconds: None, oai_url=upstream.oai_url, manners=Manners()
        )
    )


def keys(found: list[Page]) -> list[str]:
    return [read.key for page in found for read in page.reads if not isinstance(read, Merged)]


def many(count: int) -> list[dict[str, Any]]:
    return [paper(f"2101.{number:05}") for number in range(1, count + 1)]


def test_ids_bring_papers_and_tell_missing_ones(upstream):
    (page,) = pages(upstream, ids=["2006.13711v2", "arXiv:2006.13713", "9999.99999"])

    assert [type(read) for read in page.reads] == [WorkDraft, WorkDraft, Quarantined]
    assert keys([page]) == ["arxiv:2006.13711", "arxiv:2006.13713", "arxiv:9999.99999"]
    assert page.reads[-1].reason == "arXiv has no paper 9999.99999. Check the id."


def test_author_brings_all_slices(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 40)
    with running(papers=many(100)) as server:
        found = pages(server, author="Ada Example")

    assert len(keys(found)) == len(set(keys(found))) == 100
    assert [page.next_cursor for page in found] == ["40", "80", None]
    assert found[0].total == 100


def test_cursor_continues_after_a_slice(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 40)
    with running(papers=many(100)) as server:
        found = pages(server, author="Ada Example", cursor="80")

    assert keys(found) == [f"arxiv:2101.{number:05}" for number in range(81, 101)]


def test_query_in_arxivs_language_goes_through(upstream):
    assert keys(pages(upstream, query="cat:cs.DL AND ti:2006.13712")) == ["arxiv:2006.13712"]


def test_empty_result_is_an_empty_page(upstream):
    assert pages(upstream, query="ti:nothing") == [Page(reads=[], next_cursor=None, total=0)]


def test_spurious_empty_slice_is_asked_again(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 40)
    with running(papers=many(100)) as server:
        server.empty_slices = 2
        assert len(keys(pages(server, author="Ada Example"))) == 100


def test_lasting_empty_slices_are_told(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 40)
    with running(papers=many(100)) as server:
        server.empty_slices = 9
        with pytest.raises(UpstreamBusy, match="empty pages although there are more results"):
            pages(server, author="Ada Example")


def test_more_results_than_arxiv_gives_come_in_windows_of_submission_dates(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 20)
    monkeypatch.setattr(arxiv_api, "MOST_RESULTS", 30)
    papers = [
        paper(f"2101.{number:05}", versions=[{"version": "v1", "created": f"{2000 + number % 20}-{1 + number % 12:02}-03T10:20:30Z"}])
        for number in range(1, 201)
    ]
    with running(papers=papers) as server:
        server.most_results = 30
        found = pages(server, author="Ada Example")
        asked = len(server.asked)
        later = pages(server, author="Ada Example", cursor=found[4].next_cursor)

    assert set(keys(found)) == {f"arxiv:{each['id']}" for each in papers}
    assert found[0].notes == (
        "The question has 200 results; arXiv gives at most 30 for one question. "
        "It is asked in windows of submission dates, so that all of them come.",
    )
    assert (found[0].reads, found[0].total, found[-1].next_cursor) == ([], 200, None)
    assert set(keys(found[:5])) | set(keys(later)) == set(keys(found))
    assert asked < 60


def test_more_papers_in_a_minute_than_arxiv_gives_are_told(monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 20)
    monkeypatch.setattr(arxiv_api, "MOST_RESULTS", 30)
    with running(papers=many(40)) as server:
        server.most_results = 30
        found = pages(server, author="Ada Example")

    assert [note for page in found[1:] for note in page.notes] == [
        f"More than 30 papers of one minute (2020-06-22 {minute}): arXiv does not give the others." for minute in ("09:59", "10:00")
    ]


def test_error_entry_with_status_400_is_a_refusal(upstream):
    with pytest.raises(UpstreamRefused):
        list(arxiv_api._by_ids(arxiv_api.Client("arXiv", sleep=lambda s: None), upstream.arxiv_url, ["abc"], 0))


def test_error_entry_with_status_200_is_a_refusal(upstream):
    feed = (
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#x</id>'
        b"<title>Error</title><summary>start must be an integer</summary></entry></feed>"
    )
    upstream.next_answers(Fault(200, {"Content-Type": "application/atom+xml"}, feed))

    with pytest.raises(UpstreamRefused, match="start must be an integer"):
        pages(upstream, author="Ada")


def test_faults_are_outlasted_and_lasting_ones_told(upstream):
    upstream.next_answers(busy(1), broken(503), web_page())
    assert len(keys(pages(upstream, author="Ada Example"))) == 3

    upstream.next_answers(*[web_page()] * 9)
    with pytest.raises(UpstreamGarbled, match="no feed"):
        pages(upstream, author="Ada Example")


def test_entities_in_an_answer_are_refused(upstream):
    bomb = b'<!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>'
    upstream.next_answers(*[Fault(200, {}, bomb)] * 9)

    with pytest.raises(UpstreamGarbled):
        pages(upstream, author="Ada Example")


@pytest.mark.parametrize("question", [{}, {"ids": ["x"]}, {"author": " "}, {"author": "a", "query": "b"}])
def test_impossible_question_is_refused_before_asking(question):
    with pytest.raises(BadQuery):
        arxiv.Query(**question)


def test_pace_keeps_three_seconds_between_requests():
    now = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(3.0, clock=lambda: now[0])
    for _ in range(3):
        pace.take(sleep)
        pace.give_back()
    now[0] += 10
    pace.take(sleep)

    assert slept == [3.0, 3.0]
