"""The trust formula, as pure arithmetic: the known points, every cap, every band."""

from datetime import UTC, datetime

import pytest

from researchers.trust import TrustEvidence, band, trust

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def points(evidence: TrustEvidence) -> dict[str, int]:
    return {component["key"]: component["points"] for component in trust(evidence, at=NOW).components}


def test_known_point_two_works_three_close_collaborators():
    found = trust(TrustEvidence(level=1, identified_works=2, close_collaborators=3), at=NOW)
    assert (found.score, found.band, found.version, found.computed_at) == (13, "Unverified", "v1", NOW)


def test_known_point_nine_works_four_close_collaborators():
    found = trust(TrustEvidence(level=1, identified_works=9, close_collaborators=4), at=NOW)
    assert (found.score, found.band) == (21, "Emerging")


def test_everything_there_is_gives_exactly_100():
    everything = TrustEvidence(
        level=5, identified_works=900, close_collaborators=900, confirmed_works=900, proved_followers=900,
        affiliations=9, agreeing_works=9, is_claimed=True, open_disputes=0,
    )  # fmt: skip
    assert trust(everything, at=NOW).score == 100
    assert points(everything) == {
        "level": 45, "identified_works": 20, "close_collaborators": 10, "confirmed_works": 10, "proved_followers": 5,
        "affiliation": 3, "sources_agree": 2, "no_open_dispute": 5,
    }  # fmt: skip


@pytest.mark.parametrize(("level", "expected"), list(enumerate([0, 8, 16, 32, 40, 45])))
def test_level_points(level: int, expected: int):
    assert points(TrustEvidence(level=level))["level"] == expected


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (TrustEvidence(level=1), 0),
        (TrustEvidence(level=2, is_claimed=True), 5),
        (TrustEvidence(level=2, is_claimed=True, open_disputes=1), 0),
        (TrustEvidence(level=1, is_claimed=False, open_disputes=1), 0),
    ],
)
def test_no_open_dispute_counts_only_once_claimed(evidence: TrustEvidence, expected: int):
    assert points(evidence)["no_open_dispute"] == expected


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "Unverified"), (19, "Unverified"), (20, "Emerging"), (39, "Emerging"), (40, "Established"),
     (59, "Established"), (60, "Trusted"), (79, "Trusted"), (80, "Anchored"), (100, "Anchored")],
)  # fmt: skip
def test_bands_at_their_edges(score: int, expected: str):
    assert band(score) == expected


def test_components_add_up_and_say_what_was_counted():
    found = trust(TrustEvidence(level=1, identified_works=25, affiliations=2), at=NOW)
    assert sum(component["points"] for component in found.components) == found.score == 8 + 20 + 3
    works = next(component for component in found.components if component["key"] == "identified_works")
    assert works == {
        "key": "identified_works", "label": "Works with a DOI or arXiv id", "points": 20, "cap": 20, "count": 25,
        "evidence": "25 works on this record with a DOI or an arXiv id; one point each.",
    }  # fmt: skip
