"""The corpus as arrays: who wrote what with whom and when, what cites what. No text yet, some 60 bytes a work.

Works are numbered by date, so that a reference always leads to a lower number. People work in groups that live for some
years: a group's bylines are dealt out so that every author has the planned number of works, spread over a career.
"""

import datetime
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from bench.synth import rates
from bench.synth.catalog import FIELDS, TOPICS, Catalog, zipf_share

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

LAST_DAY = datetime.date(2025, 12, 20).toordinal()
_FIRST_DAY = datetime.date(rates.FIRST_YEAR, 1, 1).toordinal()
_BLOCK = 300
"""Bylines of a group over its life: some 60 works of a hundred people."""
_MOST_IN_BLOCK = 25
"""Works of one author in one group; who writes more has further groups."""
_LIFE = 10 * 365
_OUTSIDERS = 0.08
"""Bylines of people from other groups."""
_LARGE = 50
"""Teams above it are drawn from a collaboration's roster, not from a group."""
_POOL = 1 << 15
"""Sample of the works cited so far in a field; drawing from it is attachment in proportion to citations."""
_ATTACHED, _SAME_FIELD = 0.55, 0.85


@dataclass
class Plan:
    """All that is decided before writing. `origin[i]` is where work i stands in the order of groups, by which bylines are kept."""

    works: int
    authors: int
    day: Small
    topic: npt.NDArray[np.int16]
    origin: Small
    team_start: Ints
    team: Small
    large: dict[int, Small]
    home: Small
    second_home: Small
    moved_on: Small
    reference_start: Ints
    cited: Small
    references: IO[bytes]

    def authors_of(self, work: int) -> Small:
        """Return the authors of a work in the order of its byline."""
        place = int(self.origin[work])
        found = self.large.get(place)
        return self.team[self.team_start[place] : self.team_start[place + 1]] if found is None else found

    def references_of(self, first: int, end: int) -> Small:
        """Return what the works first … end - 1 cite, one after the other; numbers from `works` on are not in the corpus."""
        start, stop = int(self.reference_start[first]), int(self.reference_start[end])
        self.references.seek(4 * start)
        return np.frombuffer(self.references.read(4 * (stop - start)), dtype=np.int32)


def planned(*, works: int, seed: int, catalog: Catalog, folder: Path) -> Plan:
    """Decide on everything. References are kept in a nameless file in `folder`, as they may not fit in memory."""
    rng = np.random.default_rng([seed, 2])
    sizes = team_sizes(rng, works)
    is_large = sizes > _LARGE
    small = np.where(is_large, 0, sizes)
    counts = works_per_author(rng, int(small.sum()))
    home_block, slots, place = dealt(rng, counts)
    start, team = without_repeats(small, slots)
    raw_start = np.concatenate(([0], np.cumsum(small)))[:-1]
    stands = place[np.minimum(raw_start, len(place) - 1)].astype(np.float64)
    del slots, place, raw_start
    day, topic = days(rng, stands), topics_of(rng, stands.astype(np.int64))
    order = np.argsort(day, kind="stable").astype(np.int32)
    home, second_home, moved_on = homes(rng, home_block, len(catalog.institutions))
    topic = topic[order]
    field_of_topic = np.array([topic.field for topic in catalog.topics], dtype=np.int8)
    references = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the plan
    reference_start, cited = cite(np.random.default_rng([seed, 3]), field_of_topic[topic], references)
    return Plan(
        works=works, authors=len(counts), day=day[order], topic=topic, origin=order, team_start=start, team=team,
        large=large_teams(rng, sizes, is_large, len(counts)), home=home, second_home=second_home, moved_on=moved_on,
        reference_start=reference_start, cited=cited, references=references,
    )  # fmt: skip


def team_sizes(rng: np.random.Generator, works: int) -> Ints:
    """Return the number of authors of each work: as measured up to 15, with a Pareto tail of large and very large teams."""
    shares = np.cumsum(rates.TEAM_SIZES) / sum(rates.TEAM_SIZES)
    sizes = np.searchsorted(shares, rng.random(works), side="right") + 1
    tail = rng.random(works) < rates.LARGE_TEAM
    low, high, exponent = len(rates.TEAM_SIZES) + 1, rates.LARGEST_TEAM, rates.LARGE_TEAM_EXPONENT
    draw = rng.random(int(tail.sum()))
    sizes[tail] = (low * (1 - draw * (1 - (low / high) ** exponent)) ** (-1 / exponent)).astype(np.int64)
    return sizes


def works_per_author(rng: np.random.Generator, bylines: int) -> Small:
    """Return the number of works of each author by Lotka's law, `bylines` in all."""
    found: list[npt.NDArray[np.int32]] = []
    total = 0
    while total < bylines:
        drawn = rng.zipf(rates.LOTKA, size=max(1_000, (bylines - total) // 3))
        found.append(np.where(drawn > rates.MOST_WORKS, 1, drawn).astype(np.int32))
        total += int(found[-1].sum())
    counts = np.concatenate(found)
    ends = np.cumsum(counts, dtype=np.int64)
    last = int(np.searchsorted(ends, bylines))
    counts = counts[: last + 1].copy()
    counts[last] -= int(ends[last]) - bylines
    return counts


def dealt(rng: np.random.Generator, counts: Small) -> tuple[Small, Small, npt.NDArray[np.float32]]:
    """Deal every author's bylines out over groups and time.

    Returns each author's group, the author of each byline in the order of groups and time, and that order: the group's
    number, with the share of its life that has passed behind the decimal point.
    """
    total = int(counts.sum())
    begins = np.cumsum(counts, dtype=np.int32) - counts
    block = begins // _BLOCK
    author = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    nth = np.arange(total, dtype=np.int32) - begins[author]
    length = np.minimum(0.1 + 0.1 * counts, 1.0).astype(np.float32)
    opening = rng.random(len(counts), dtype=np.float32) * (1 - length)
    place = rng.random(total, dtype=np.float32) / np.float32(2)  # half: the works of one person keep a distance
    place += (nth % _MOST_IN_BLOCK).astype(np.float32)
    place *= (length / np.minimum(counts, _MOST_IN_BLOCK).astype(np.float32))[author]
    place += opening[author]
    np.minimum(place, np.float32(0.99), out=place)
    place += ((block[author] + nth // _MOST_IN_BLOCK) % (total // _BLOCK + 1)).astype(np.float32)
    del nth
    outside = np.flatnonzero(rng.random(total, dtype=np.float32) < _OUTSIDERS)
    # Guests come from groups of about the same age, or careers would last a century.
    near = np.argsort(place[outside] + rng.normal(0, 0.04 * total / _BLOCK, size=len(outside)).astype(np.float32))
    place[outside[np.argsort(place[outside], kind="stable")]] = place[outside[near]]
    order = np.argsort(place, kind="stable")
    return block, author[order], place[order]


def without_repeats(sizes: Ints, slots: Small) -> tuple[Ints, Small]:
    """Return where each work's bylines start and the bylines, with nobody twice on one work."""
    kept, counts, step = [], [], 100_000
    ends = np.cumsum(sizes)
    for first in range(0, len(sizes), step):
        some = sizes[first : first + step]
        low = int(ends[first] - sizes[first])
        part = slots[low : low + int(some.sum())]
        work = np.repeat(np.arange(len(some)), some)
        _, where = np.unique(work * (int(slots.max(initial=0)) + 1) + part, return_index=True)
        where.sort()
        kept.append(part[where])
        counts.append(np.bincount(work[where], minlength=len(some)))
    return np.concatenate(([0], np.cumsum(np.concatenate(counts)))), np.concatenate(kept)


def large_teams(rng: np.random.Generator, sizes: Ints, is_large: npt.NDArray[np.bool_], authors: int) -> dict[int, Small]:
    """Return the authors of the works of large teams: most of a collaboration's roster."""
    places = np.flatnonzero(is_large)
    rosters = np.sort(rng.integers(0, authors, size=max(1, len(places) // 30)))
    found = {}
    for place in places.tolist():
        size = min(int(sizes[place]), max(_LARGE, authors // 20))
        listed = np.flatnonzero(rng.random(size + size // 8 + 8) < 0.95)[:size]
        # Works and authors are both in the order of groups, so this is a collaboration of the work's time.
        roster = int(rosters[place * len(rosters) // len(sizes)])
        found[place] = ((roster + listed) % authors).astype(np.int32)
    return found


def days(rng: np.random.Generator, place: Floats) -> Small:
    """Return each work's date: groups come more and more, exponentially; a work stands in its group's life where it was dealt."""
    blocks = int(place.max(initial=0)) + 1
    # Neighbouring groups are of an age, so that who has several has one career.
    born = np.sort(rng.exponential(rates.YEARS_BACK_MEAN * 365.25, size=blocks))
    passed = place % 1.0
    back = np.abs(
        born[place.astype(np.int64)]
        + (0.5 - passed) * _LIFE * np.minimum(1, born[place.astype(np.int64)] / _LIFE)
        + rng.normal(0, 200, size=len(place))
    )
    day = LAST_DAY - back.astype(np.int64)
    early = day < _FIRST_DAY
    day[early] = rng.integers(_FIRST_DAY, _FIRST_DAY + 30 * 365, size=int(early.sum()))
    year_only = rng.random(len(place)) < rates.ON_FIRST_OF_JANUARY
    dates = day.astype("datetime64[D]") - np.timedelta64(719_163, "D")
    day[year_only] = dates[year_only].astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 719_163
    return day.astype(np.int32)


def topics_of(rng: np.random.Generator, block: Ints) -> npt.NDArray[np.int16]:
    """Return each work's first topic: the group's one mostly, else any."""
    share = zipf_share(TOPICS, 0.7)
    shuffled = rng.permutation(TOPICS)
    own = shuffled[np.searchsorted(share, rng.random(int(block.max(initial=0)) + 1))]
    found = own[block]
    second = rng.random(len(block)) < 0.25
    found[second] = (own[block[second]] * 31 + 7) % TOPICS
    elsewhere = rng.random(len(block)) < 0.1
    found[elsewhere] = shuffled[np.searchsorted(share, rng.random(int(elsewhere.sum())))]
    return found.astype(np.int16)


def homes(rng: np.random.Generator, block: Small, institutions: int) -> tuple[Small, Small, Small]:
    """Return each author's institution, the later one (-1: none) and the day of the move."""
    share = zipf_share(institutions, 0.8)
    of_block = np.searchsorted(share, rng.random(int(block.max(initial=0)) + 1))
    home = of_block[block].astype(np.int32)
    guests = rng.random(len(block)) < 0.3
    home[guests] = np.searchsorted(share, rng.random(int(guests.sum())))
    second = np.where(rng.random(len(block)) < rates.MOVED, np.searchsorted(share, rng.random(len(block))), -1).astype(np.int32)
    moved_on = LAST_DAY - rng.exponential(rates.YEARS_BACK_MEAN * 365.25, size=len(block)).astype(np.int32)
    return home, second, moved_on


def cite(rng: np.random.Generator, field: npt.NDArray[np.int8], store: IO[bytes]) -> tuple[Ints, Small]:
    """Write every work's references to `store` and return where each work's start and how often each work is cited.

    Price's cumulative advantage: a reference repeats one made before, or leads to any earlier work, a recent one rather.
    """
    works = len(field)
    counts = np.minimum(rng.lognormal(np.log(rates.REFERENCES_MEDIAN), rates.REFERENCES_SIGMA, size=works), rates.MOST_REFERENCES).astype(
        np.int32
    )
    counts[rng.random(works) < rates.WITHOUT_REFERENCES] = 0
    members = [np.flatnonzero(field == each).astype(np.int32) for each in range(len(FIELDS))]
    pools = np.zeros((len(FIELDS), _POOL), dtype=np.int32)
    filled = np.zeros(len(FIELDS), dtype=np.int64)
    cited = np.zeros(works, dtype=np.int32)
    made = np.zeros(works, dtype=np.int32)
    step = min(2_000, max(20, works // 100))
    for first in range(0, works, step):
        some = counts[first : first + step]
        work = np.repeat(np.arange(len(some)), some)
        target = _targets(rng, field[first + work].astype(np.int64), first=first, members=members, pools=pools, filled=filled, works=works)
        pairs = np.unique(work * (1 << 32) + target)
        work, target = pairs >> 32, pairs & 0xFFFFFFFF
        store.write(target.astype(np.int32).tobytes())
        made[first : first + step] = np.bincount(work, minlength=len(some))
        inside = target < works
        cited += np.bincount(target[inside], minlength=works).astype(np.int32)
        _remember(rng, field[first + work[inside]], target[inside], pools, filled)
    return np.concatenate(([0], np.cumsum(made, dtype=np.int64))), cited


def _targets(rng: np.random.Generator, field: Ints, *, first: int, members: list[Small], pools: Small, filled: Ints, works: int) -> Ints:
    count = len(field)
    outside = works + (rng.random(count) ** 3 * max(1, works // 2)).astype(np.int64)
    if not first:
        return outside
    abroad = rng.random(count) > _SAME_FIELD
    field = np.where(abroad, field[rng.permutation(count)], field)
    recent = 1 - rng.random(count) ** 2
    target = (recent * first).astype(np.int64)
    for each, listed in enumerate(members):
        here = np.flatnonzero(field == each)
        if len(here) and (known := int(np.searchsorted(listed, first))):
            target[here] = listed[(recent[here] * known).astype(np.int64)]
    attached = (rng.random(count) < _ATTACHED) & (filled[field] > 0)
    target[attached] = pools[field[attached], (rng.random(int(attached.sum())) * filled[field[attached]]).astype(np.int64)]
    return np.where(rng.random(count) < rates.UNRESOLVED_REFERENCES, outside, target)


def _remember(rng: np.random.Generator, field: npt.NDArray[np.int8], target: Ints, pools: Small, filled: Ints) -> None:
    for each in np.unique(field).tolist():
        fresh = target[field == each]
        room = min(len(fresh), _POOL - int(filled[each]))
        pools[each, filled[each] : filled[each] + room] = fresh[:room]
        filled[each] += room
        pools[each, rng.integers(0, _POOL, size=len(fresh) - room)] = fresh[room:]
