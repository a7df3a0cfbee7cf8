"""Numbers become shapes."""

from datetime import UTC, datetime

import pytest

from bzpeer.pages.drawings import ring, share, year_axis
from researchers.trust import TrustEvidence, trust


def test_the_ring_of_formula_v1_has_a_segment_per_component_as_long_as_its_cap():
    score = trust(TrustEvidence(level=1, identified_works=2, close_collaborators=3), at=datetime(2026, 11, 21, tzinfo=UTC))
    drawn = ring(score.score, score.components)
    assert drawn.score == 13
    assert [round(segment.track + 1.1) for segment in drawn.segments] == [component["cap"] for component in score.components]
    assert sum(segment.track + 1.1 for segment in drawn.segments) == pytest.approx(100, abs=0.1)
    assert [segment.fill > 0 for segment in drawn.segments] == [component["points"] > 0 for component in score.components]
    assert drawn.segments[0].title == "Verification level: 8 of 45"


def test_a_full_component_fills_its_track_and_none_goes_beyond():
    drawn = ring(30, [{"label": "A", "points": 30, "cap": 30}, {"label": "B", "points": 0, "cap": 70}])
    assert [(segment.fill, segment.track) for segment in drawn.segments] == [(28.9, 28.9), (0, 68.9)]


def test_a_ring_of_nothing_is_drawn_empty():
    assert ring(0, []).segments == ()


def test_the_axis_keeps_the_place_of_years_without_works():
    axis = year_axis({2019: 1, 2022: 4}, {2019: 10}, chosen=2022, addresses={2019: "?year=2019", 2022: "?"})
    assert axis is not None
    assert [(year.year, year.height, year.top, year.depth, year.is_chosen, year.address) for year in axis.years] == [
        (2019, 25, 75, 100, False, "?year=2019"),
        (2020, 0, 100, 0, False, ""),
        (2021, 0, 100, 0, False, ""),
        (2022, 100, 0, 0, True, "?"),
    ]
    assert (axis.shows_values, axis.has_citations, axis.is_narrowed) == (True, True, True)
    assert [axis.years[0].words, axis.years[3].words] == [
        "2019: 1 work, cited 10 times here",
        "2022: 4 works, cited 0 times here; shown now",
    ]


def test_a_long_axis_labels_round_years_only():
    axis = year_axis(dict.fromkeys(range(1951, 2021), 1), {}, chosen=None, addresses={})
    assert axis is not None
    assert [year.year for year in axis.years if year.is_labelled] == [1960, 1970, 1980, 1990, 2000, 2010, 2020]
    assert (axis.shows_values, axis.has_citations) == (False, False)


def test_no_axis_without_a_dated_work():
    assert year_axis({}, {}, chosen=None, addresses={}) is None


@pytest.mark.parametrize(("part", "whole", "hundredths"), [(0, 5, 0), (5, 5, 100), (1, 3, 33), (1, 1000, 2), (3, 0, 0)])
def test_a_share_is_visible_as_soon_as_it_is_not_nothing(part, whole, hundredths):
    assert share(part, whole) == hundredths
