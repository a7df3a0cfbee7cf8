"""The geometry of what pages draw: pure functions from numbers to shapes. Colours are the style sheet's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RING_GAP = 1.1
"""Free space between two segments, in hundredths of the ring."""

_LABELS_THAT_FIT = 9
_VALUES_THAT_FIT = 16


@dataclass(frozen=True, kw_only=True)
class Segment:
    """An arc of the ring in hundredths: it begins at `start`, `track` is what could be reached, `fill` what was."""

    start: float
    track: float
    fill: float
    title: str

    @property
    def offset(self) -> float:
        return -self.start


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A score out of 100 as a ring with one segment per component, each as long as its cap."""

    score: int
    segments: tuple[Segment, ...]

    @property
    def score_text(self) -> str:
        return str(self.score)


def ring(score: int, components: Sequence[Mapping[str, object]]) -> Ring:
    """Return the ring of a trust snapshot; `components` carry "label", "points" and "cap"."""
    parts = [(str(c["label"]), _number(c["points"]), _number(c["cap"])) for c in components]
    whole = sum(cap for _, _, cap in parts) or 1
    segments, start = [], 0.0
    for label, points, cap in parts:
        length = 100 * cap / whole
        track = max(length - RING_GAP, 0.1)
        fill = track * points / cap if cap else 0
        segments.append(
            Segment(
                start=round(start + RING_GAP / 2, 2), track=round(track, 2), fill=round(fill, 2), title=f"{label}: {points:g} of {cap:g}"
            )
        )
        start += length
    return Ring(score=score, segments=tuple(segments))


@dataclass(frozen=True, kw_only=True)
class Year:
    """One year of the axis. Heights are hundredths of the tallest bar of their kind."""

    year: int
    works: int
    citations: int
    height: int
    depth: int
    is_labelled: bool
    is_chosen: bool
    address: str

    @property
    def top(self) -> int:
        return 100 - self.height

    @property
    def words(self) -> str:
        works, times = ("work" if self.works == 1 else "works"), ("time" if self.citations == 1 else "times")
        return f"{self.year}: {self.works:,} {works}, cited {self.citations:,} {times} here{'; shown now' if self.is_chosen else ''}"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Works by year upwards, citations of those works downwards; years without works keep their place."""

    years: tuple[Year, ...]
    shows_values: bool
    has_citations: bool
    is_narrowed: bool


def year_axis(works: Mapping[int, int], citations: Mapping[int, int], *, chosen: int | None, addresses: Mapping[int, str]) -> Axis | None:
    """Return the axis from the first to the last year with works, or None without a dated work."""
    if not works:
        return None
    span = range(min(works), max(works) + 1)
    most, most_cited = max(works.values()), max(citations.values(), default=0)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 500, 1000) if len(span) / step <= _LABELS_THAT_FIT or step == 1000)
    return Axis(
        years=tuple(
            Year(
                year=year,
                works=works.get(year, 0),
                citations=citations.get(year, 0),
                height=_height(works.get(year, 0), most),
                depth=_height(citations.get(year, 0), most_cited),
                is_labelled=year % step == 0 if step > 1 else True,
                is_chosen=year == chosen,
                address=addresses.get(year, ""),
            )
            for year in span
        ),
        shows_values=len(span) <= _VALUES_THAT_FIT,
        has_citations=most_cited > 0,
        is_narrowed=chosen is not None,
    )


def share(part: int, whole: int) -> int:
    """Return `part` of `whole` in hundredths, at least 1 when there is anything to see."""
    return _height(part, whole)


def _height(value: int, most: int) -> int:
    return max(round(100 * value / most), 2) if value and most else 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
