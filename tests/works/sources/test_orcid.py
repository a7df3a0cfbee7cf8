"""Works lists of ORCID records, against a local server with ORCID's manners."""

from collections.abc import Iterator

import pytest

from tests.orcid_upstream import JOSIAH, MERGED, OrcidUpstream, external_id, group, running, summary, works
from works.citations import Citation, Fault
from works.sources import orcid
from works.sources.http import BadQuery, NotThere, UpstreamBusy, UpstreamGarbled, UpstreamRefused

RECORD = works(
    group(
        summary(11, "Minibatch noise (old title)", external_id("doi", "10.1000/A", normalized="10.1000/a"), **{"display-index": "0"}),
        summary(
            12, "Strength of minibatch noise in SGD", external_id("doi", "https://doi.org/10.1000/A"),
            external_id("issn", "1234-5678", "part-of"), external_id("arxiv", "arXiv:2102.05375v3", "version-of"),
            year="2021", journal="Proc. of Things", **{"display-index": "2"},
        ),
    ),
    group(
        summary(
            13, "A chapter", external_id("doi", "10.1000/book", "part-of"), external_id("eid", "2-s2.0-1"), year=None, type="book-chapter"
        )
    ),
    group(summary(14, "A preprint", external_id("doi", "10.48550/arXiv.2006.13719"), type="preprint")),
    group(summary(15, "", year=None)),
    group(summary(16, "Hidden", visibility="limited")),
    group(summary(17, "Turned \u202e round")),
    {"work-summary": []},
)  # fmt: skip


@pytest.fixture
def upstream() -> Iterator[OrcidUpstream]:
    with running({JOSIAH: RECORD}) as found:
        yield found


def fetched(upstream: OrcidUpstream, asked: str = JOSIAH) -> orcid.WorksList:
    return orcid.fetch_works(asked, base_url=upstream.base_url, sleep=lambda seconds: None)


def test_each_group_is_one_citation_as_its_owner_prefers_it(upstream: OrcidUpstream) -> None:
    assert fetched(upstream).citations == (
        Citation(
            line=1, label="12", title="Strength of minibatch noise in SGD", year=2021, doi="10.1000/a", arxiv_id="2102.05375",
            venue="Proc. of Things", type="article",
        ),
        Citation(line=2, label="13", title="A chapter", type="book chapter"),
        Citation(line=3, label="14", title="A preprint", year=2020, arxiv_id="2006.13719", type="preprint"),
    )  # fmt: skip


def test_entries_that_cannot_be_read_are_told_and_hidden_ones_are_not(upstream: OrcidUpstream) -> None:
    assert fetched(upstream).faults == (
        Fault(line=4, shown="put-code 15", reason="The entry has no title, no DOI and no arXiv id."),
        Fault(line=6, shown="Turned round", reason="It holds characters that turn the direction of writing and can disguise what it says."),
        Fault(line=7, shown="", reason="The entry on the ORCID record is empty."),
    )


def test_a_merged_id_is_followed_and_told(upstream: OrcidUpstream) -> None:
    upstream.moved[MERGED] = JOSIAH
    assert fetched(upstream, MERGED).orcid == JOSIAH
    assert upstream.asked == [f"/v3.0/{MERGED}/works", f"/v3.0/{JOSIAH}/works"]


def test_ids_that_lead_in_circles_end(upstream: OrcidUpstream) -> None:
    upstream.moved.update({MERGED: JOSIAH, JOSIAH: MERGED})
    with pytest.raises(UpstreamGarbled, match="around in circles"):
        fetched(upstream, MERGED)


def test_unknown_deactivated_and_locked_records_are_told_apart(upstream: OrcidUpstream) -> None:
    with pytest.raises(NotThere, match=rf"^ORCID has no record {MERGED} \(404\)\. Check the iD\.$"):
        fetched(upstream, MERGED)
    upstream.deactivated.add(MERGED)
    with pytest.raises(UpstreamRefused, match="was deactivated by its owner"):
        fetched(upstream, MERGED)
    upstream.deactivated.clear()
    upstream.locked.add(MERGED)
    with pytest.raises(UpstreamRefused, match="ORCID has locked the record"):
        fetched(upstream, MERGED)


def test_a_passing_failure_is_asked_again_and_a_lasting_one_told(upstream: OrcidUpstream) -> None:
    upstream.faults = [(500, b""), (429, b"{}")]
    assert len(fetched(upstream).citations) == 3
    upstream.faults = [(503, b"")] * 9
    with pytest.raises(UpstreamBusy):
        fetched(upstream)


@pytest.mark.parametrize("body", [b"<html>Back soon</html>", b'{"group": ', b"[]", b'{"group": {}}', b'{"path": "/x"}', b"[" * 100_000])
def test_an_answer_that_is_no_list_of_works_is_told(upstream: OrcidUpstream, body: bytes) -> None:
    upstream.faults = [(200, body)] * 9
    with pytest.raises(UpstreamGarbled, match="ORCID's answer is no"):
        fetched(upstream)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        1,
        "x",
        [],
        {},
        {"work-summary": "x"},
        {"work-summary": [None, 1]},
        {"work-summary": [{"title": {"title": 1}, "external-ids": 3}]},
    ],
)
def test_odd_groups_never_break_the_reading(upstream: OrcidUpstream, odd: object) -> None:
    upstream.records[JOSIAH] = {"group": [odd, *RECORD["group"][:1]]}
    found = fetched(upstream)
    assert [each.label for each in found.citations] == ["12"]
    assert [each.line for each in found.faults] == [1]


def test_what_is_no_id_is_refused_before_anybody_is_asked(upstream: OrcidUpstream) -> None:
    with pytest.raises(BadQuery, match="is not an ORCID iD"):
        fetched(upstream, "0000-0002-1825-0098")
    assert upstream.asked == []
