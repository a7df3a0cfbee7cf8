import pytest

from tests.upstream import (
    Fault,
    Upstream,
    broken,
    busy,
    busy_until,
    cut_connection,
    cut_json,
    refused,
    running,
    spent,
    web_page,
    wrong_gzip,
)
from tests.works.sources.conftest import author, work
from works.drafts import AuthorDraft, Merged, Quarantined, WorkDraft
from works.sources import openalex, openalex_api
from works.sources.http import BadQuery, NotThere, Page, UpstreamBusy, UpstreamGarbled, UpstreamRefused


class Naps:
    """Stands for time.sleep and remembers."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


def pages(upstream: Upstream, naps: Naps, *, cursor: str | None = None, api_key: str = "", **question) -> list[Page]:
    query = openalex.Query(**question)
    return list(openalex.fetch(query, base_url=upstream.openalex_url, api_key=api_key, cursor=cursor, sleep=naps))


def keys(found: list[Page]) -> list[str]:
    return [read.key for page in found for read in page.reads if not isinstance(read, Merged)]


def test_author_brings_record_and_all_works(upstream, naps):
    found = pages(upstream, naps, author="A11")

    assert keys(found) == ["openalex:A11", "openalex:W1", "openalex:W2", "openalex:W3"]
    assert isinstance(found[0].reads[0], AuthorDraft)
    assert [page.total for page in found] == [None, 3, 3]
    assert found[-1].next_cursor is None


def test_author_works_beyond_one_page_follow_the_cursor(naps):
    with running(works=[work(number) for number in range(1, 251)], authors=[author(11)]) as server:
        found = pages(server, naps, author="A11")

    assert len(keys(found)) == 251
    assert [len(page.reads) for page in found] == [1, 100, 100, 50, 0]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cursor_continues_after_any_page_without_loss_or_repetition(naps, after):
    with running(works=[work(number) for number in range(1, 251)], authors=[author(11)]) as server:
        whole = pages(server, naps, author="A11")
        rest = pages(server, naps, author="A11", cursor=whole[after].next_cursor)

    assert keys(whole[: after + 1]) + keys(rest) == keys(whole)


def test_orcid_finds_the_author(upstream, naps):
    assert keys(pages(upstream, naps, orcid="0000-0002-1825-0097"))[:2] == ["openalex:A11", "openalex:W1"]


def test_works_are_asked_for_in_chunks_of_100(naps):
    with running(works=[work(number) for number in range(1, 203)]) as server:
        found = pages(server, naps, works=[f"W{number}" for number in range(1, 203)])
        asked = len(server.asked)

    assert len(keys(found)) == 202
    assert asked == 3
    assert [page.next_cursor for page in found] == ["100", "200", None]


def test_works_cursor_continues_with_the_next_chunk(naps):
    with running(works=[work(number) for number in range(1, 203)]) as server:
        found = pages(server, naps, works=[f"W{number}" for number in range(1, 203)], cursor="200")

    assert keys(found) == ["openalex:W201", "openalex:W202"]


def test_one_work_that_was_merged_comes_with_the_merge(upstream, naps):
    upstream.merged["W9"] = "W2"

    (page,) = pages(upstream, naps, works=["W9"])

    assert page.reads[0] == Merged(old_key="openalex:W9", new_key="openalex:W2")
    assert isinstance(page.reads[1], WorkDraft)
    assert page.reads[1].key == "openalex:W2"


def test_merged_and_missing_works_among_others_are_told(upstream, naps):
    upstream.merged["W9"] = "W2"

    (page,) = pages(upstream, naps, works=["W1", "W9", "W404"])

    assert [type(read).__name__ for read in page.reads] == ["WorkDraft", "Merged", "WorkDraft", "Quarantined"]
    assert page.reads[-1].key == "openalex:W404"
    assert "OpenAlex has no record W404" in page.reads[-1].reason


def test_merged_author_leads_to_the_survivors_works(upstream, naps):
    upstream.merged["A99"] = "A11"

    found = pages(upstream, naps, author="A99")

    assert found[0].reads[0] == Merged(old_key="openalex:A99", new_key="openalex:A11")
    assert keys(found)[1:] == ["openalex:W1", "openalex:W2", "openalex:W3"]


def test_merges_in_a_circle_end(upstream, naps):
    upstream.merged |= {"W8": "W9", "W9": "W8"}

    with pytest.raises(UpstreamGarbled, match="in circles"):
        pages(upstream, naps, works=["W8"])


def test_long_author_list_is_completed_by_asking_singly(naps):
    people = [{"author": {"id": f"https://openalex.org/A{number}", "display_name": f"P {number}"}} for number in range(1, 131)]
    with running(works=[work(1, authorships=people), work(2)]) as server:
        (page,) = pages(server, naps, works=["W1", "W2"])

    assert [len(read.authorships) for read in page.reads] == [130, 1]
    assert not page.reads[0].authorships_truncated


def test_search_brings_works(upstream, naps):
    assert keys(pages(upstream, naps, search="number 2")) == ["openalex:W2"]


def test_missing_author_is_a_sentence(upstream, naps):
    with pytest.raises(NotThere, match=r"OpenAlex has no record A404 \(404\)\. Check the id\."):
        pages(upstream, naps, author="A404")


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"author": "A1", "search": "x"},
        {"author": "W1"},
        {"author": "A9999999999"},
        {"orcid": "0000-0002-1825-0098"},
        {"works": ["W1", "x"]},
    ],
)
def test_impossible_question_is_refused_before_asking(question):
    with pytest.raises(BadQuery):
        openalex.Query(**question)


def test_wrong_key_is_refused_with_what_to_do(upstream, naps):
    with pytest.raises(UpstreamRefused, match="OPENALEX_API_KEY") as caught:
        pages(upstream, naps, search="number", api_key="wrong-key")

    assert "wrong-key" not in str(caught.value)
    assert naps.taken == []


def test_right_key_is_sent(upstream, naps):
    upstream.api_key = "right"

    assert len(keys(pages(upstream, naps, search="number", api_key="right"))) == 3
    assert all("right" not in path for path in upstream.asked)


def test_busy_upstream_is_waited_for_as_long_as_it_asks(upstream, naps):
    upstream.next_answers(busy(7))

    assert len(keys(pages(upstream, naps, search="number"))) == 3
    assert len(naps.taken) == 1
    assert 7 <= naps.taken[0] < 8


def test_retry_after_as_date_is_honoured(upstream, naps):
    upstream.next_answers(busy_until(30))

    assert len(keys(pages(upstream, naps, search="number"))) == 3
    assert 28 <= naps.taken[0] < 32


def test_longer_patience_than_ours_gives_the_work_back(upstream, naps):
    upstream.next_answers(busy(3600))

    with pytest.raises(UpstreamBusy, match=r"asks to wait 60 minutes") as caught:
        pages(upstream, naps, search="number")

    assert caught.value.retry_after == 3600
    assert naps.taken == []


def test_spent_budget_is_told(upstream, naps):
    upstream.next_answers(spent(7200))

    with pytest.raises(UpstreamBusy, match="allowance for this key is used up") as caught:
        pages(upstream, naps, search="number")

    assert caught.value.retry_after == 7200


def test_passing_faults_are_outlasted(upstream, naps):
    upstream.next_answers(broken(), broken(503), cut_connection(), web_page())

    assert len(keys(pages(upstream, naps, search="number"))) == 3
    assert len(naps.taken) == 4


def test_lasting_faults_end_after_five_attempts(upstream, naps):
    upstream.next_answers(*[broken(502)] * 9)

    with pytest.raises(UpstreamBusy, match=r"a problem of its own \(502\)"):
        pages(upstream, naps, search="number")

    assert len(upstream.asked) == 5
    assert sum(naps.taken) < 30


def test_pages_before_a_lasting_fault_are_kept(naps):
    with running(works=[work(number) for number in range(1, 251)], authors=[author(11)]) as server:
        server.next_answers(None, None, *[broken()] * 9)
        coming = openalex.fetch(openalex.Query(author="A11"), base_url=server.openalex_url, sleep=naps)
        kept = [next(coming), next(coming)]
        with pytest.raises(UpstreamBusy):
            next(coming)

    assert len(keys(kept)) == 101
    assert kept[-1].next_cursor == "works:at100"


@pytest.mark.parametrize("fault", [web_page(), cut_json(), cut_connection(), wrong_gzip()], ids=["html", "json", "connection", "gzip"])
def test_garbled_answers_are_told_apart_from_records(upstream, naps, fault):
    upstream.next_answers(*[fault] * 9)

    with pytest.raises(UpstreamGarbled):
        pages(upstream, naps, search="number")

    assert len(upstream.asked) == 5


def test_refusal_is_not_repeated(upstream, naps):
    upstream.next_answers(refused(403))

    with pytest.raises(UpstreamRefused, match=r"refused the request \(403\)"):
        pages(upstream, naps, search="number")

    assert len(upstream.asked) == 1


def test_repeating_cursor_is_noticed(naps):
    with running(works=[work(number) for number in range(1, 251)]) as server:
        server.cursor_repeats = True
        with pytest.raises(UpstreamGarbled, match="again and again"):
            pages(server, naps, search="number")

        assert len(server.asked) <= 3


def test_unreachable_address_is_a_sentence(naps):
    with running() as server:
        gone = server
    with pytest.raises(UpstreamBusy, match="OpenAlex cannot be reached"):
        pages(gone, naps, search="number")


def test_one_bad_record_does_not_cost_the_page(naps):
    works = [work(1), work(2, title="half \ud800 pair"), work(3, title="nul \x00 here"), work(4, publication_year=0), work(5)]
    with running(works=works) as server:
        (page,) = pages(server, naps, works=["W1", "W2", "W3", "W4", "W5"])

    assert [type(read) for read in page.reads] == [WorkDraft, Quarantined, Quarantined, Quarantined, WorkDraft]
    assert [read.key for read in page.reads] == [f"openalex:W{number}" for number in (1, 2, 3, 4, 5)]
    assert [read.reason for read in page.reads[1:4]] == [
        "the record holds half of a surrogate pair, which is no character",
        "the record holds a NUL character, which cannot be stored",
        "the publication year 0 is outside 1000-2200",
    ]


def test_a_list_where_one_record_was_asked_for_is_refused():
    with running(authors=[{"id": "https://openalex.org/A11", "display_name": "Ada Example"}]) as upstream:
        upstream.next_answers(Fault(200, {}, b'{"meta": {"count": 0}, "results": []}'))
        with pytest.raises(UpstreamGarbled, match="not the record that was asked for"):
            list(openalex.fetch(openalex.Query(author="A11"), base_url=upstream.openalex_url))


def test_citing_works_come_most_cited_first_and_up_to_a_bound(naps, monkeypatch):
    monkeypatch.setattr(openalex_api, "CITING_FETCHED", 200)
    citing = [work(number, referenced_works=["https://openalex.org/W999"]) for number in range(1, 251)]
    with running(works=[*citing, work(999)], authors=[]) as server:
        found = pages(server, naps, cites="W999")
        assert [len(page.reads) for page in found] == [100, 100]
        assert [page.next_cursor is None for page in found] == [False, True]
        assert {page.total for page in found} == {200}
        assert keys(pages(server, naps, cites="W999", cursor=found[0].next_cursor)) == keys(found[1:])  # the bound counts over a stop


@pytest.mark.parametrize("cites", ["A1", "10.1000/x", "W0", "x"])
def test_works_that_cite_something_else_are_not_asked_for(cites):
    with pytest.raises(BadQuery, match="not the OpenAlex id of a work"):
        openalex.Query(cites=cites)
