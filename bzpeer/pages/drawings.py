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


TERM_HEIGHTS = {"authorships": (0, 5), "author_record": (5, 5), "owner": (10, 5)}
"""Where each kind of evidence stands in the line of a place: from the top, and how high."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """Years in a row at a place, by one kind of evidence, drawn from `x` on."""

    evidence: str
    x: int
    width: int
    words: str

    @property
    def y(self) -> int:
        return TERM_HEIGHTS[self.evidence][0]

    @property
    def height(self) -> int:
        return TERM_HEIGHTS[self.evidence][1]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The line of one place from the first year of all places to the last."""

    width: int
    terms: tuple[Term, ...]

    @property
    def height(self) -> int:
        return 15 if any(term.evidence == "owner" for term in self.terms) else 10


def terms(years: Mapping[str, Sequence[int]], *, first: int, last: int) -> Terms:
    """Return the line of a place; `years` are its years by kind of evidence (Affiliation.Evidence)."""
    found = []
    for evidence, known in years.items():
        for begin, end in runs_of_years(known):
            words = str(begin) if begin == end else f"{begin}–{end}"
            found.append(Term(evidence=evidence, x=10 * (begin - first), width=10 * (end - begin + 1), words=words))
    return Terms(width=10 * (last - first + 1), terms=tuple(found))


def runs_of_years(years: Sequence[int]) -> list[tuple[int, int]]:
    """Return years as (first, last) of each run: [2018, 2019, 2022] is [(2018, 2019), (2022, 2022)]."""
    runs: list[tuple[int, int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], year)
        else:
            runs.append((year, year))
    return runs


@dataclass(frozen=True, kw_only=True)
class ShareBar:
    """The share of one year in hundredths, drawn from `x` on, one unit of ten wide."""

    x: int
    height: int
    words: str

    @property
    def top(self) -> int:
        return 100 - self.height


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How large a part has something, year by year and in all; every bar is measured against the same hundred."""

    label: str
    part: int
    whole: int
    bars: tuple[ShareBar, ...]
    first: str
    last: str

    @property
    def width(self) -> int:
        return 10 * max(len(self.bars), 1)

    @property
    def share(self) -> int:
        return percent(self.part, self.whole)


def shares(label: str, by_year: Sequence[tuple[str, int, int]]) -> Shares:
    """Return the drawing of (year in words, part, whole) in the order given."""
    return Shares(
        label=label,
        part=sum(part for _, part, _ in by_year),
        whole=sum(whole for _, _, whole in by_year),
        bars=tuple(
            ShareBar(x=10 * place, height=_height(part, whole), words=f"{year}: {percent(part, whole)} % ({part:,} of {whole:,})")
            for place, (year, part, whole) in enumerate(by_year)
        ),
        first=by_year[0][0] if by_year else "",
        last=by_year[-1][0] if by_year else "",
    )


def percent(part: int, whole: int) -> int:
    """Return `part` of `whole` in hundredths; 0 and 100 only where that is exact."""
    if not whole or not part:
        return 0
    return 100 if part == whole else min(max(round(100 * part / whole), 1), 99)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A point of a history, in units of the drawing: `x` from the first moment on, `y` from the top."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, kw_only=True)
class History:
    """A score over time as steps: it holds until the next moment."""

    moments: tuple[Moment, ...]
    path: str

    WIDTH = 600
    HEIGHT = 100


def history(scores: Sequence[tuple[float, int, str]]) -> History | None:
    """Return the drawing of (seconds, score of 0-100, words), the oldest first; None for fewer than two."""
    if len(scores) < 2:
        return None
    first, last = scores[0][0], scores[-1][0]
    whole = (last - first) or 1
    moments = tuple(Moment(x=round(History.WIDTH * (at - first) / whole, 1), y=100 - score, words=words) for at, score, words in scores)
    steps = "".join(f"H{moment.x:g}V{moment.y:g}" for moment in moments[1:])
    return History(moments=moments, path=f"M{moments[0].x:g} {moments[0].y:g}{steps}")
