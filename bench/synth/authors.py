"""Author records as lines of JSON, in agreement with the works: counts, years at each institution, topics, spellings."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from bench.synth import ids
from bench.synth.catalog import Catalog
from bench.synth.names import People
from bench.synth.plan import Ints, Plan, Small

CHUNK = 500
"""Authors made together."""


class Authors:
    """Makes the lines from each author's works, which it sorts out first."""

    def __init__(self, *, plan: Plan, catalog: Catalog, people: People) -> None:
        self._plan, self._catalog, self._people = plan, catalog, people
        self._start, self._works = works_by_author(plan)
        self._year = (
            (plan.day.astype("datetime64[D]") - np.timedelta64(719_163, "D")).astype("datetime64[Y]").astype(np.int32) + 1970
        ).astype(np.int16)

    def chunk(self, number: int, updated: str) -> Iterator[bytes]:
        """Yield the lines of a chunk."""
        first, end = number * CHUNK, min((number + 1) * CHUNK, self._plan.authors)
        for author in range(first, end):
            yield self._line(author, updated)

    def _line(self, author: int, updated: str) -> bytes:
        plan, people = self._plan, self._people
        mine = self._works[self._start[author] : self._start[author + 1]]
        years: list[int] = self._year[mine].tolist()
        cited: list[int] = plan.cited[mine].tolist()
        name, own = people.display(author), f"https://openalex.org/A{ids.number(author)}"
        orcid = f'"https://orcid.org/{ids.orcid(author)}"' if people.has_orcid(author) else "null"
        spellings = dict.fromkeys((name, people.initials(author), people.inverted(author), people.native(author)))
        alternatives = ",".join([f'"{each}"' for each in [*spellings][: min(4, 1 + len(mine))]])
        affiliations, last = self._affiliations(author, mine, years)
        topics = Counter(plan.topic[mine].tolist()).most_common(5)
        embedded = ",".join([self._catalog.topics[topic].scored("count", str(count)) for topic, count in topics])
        by_year = ",".join(
            [
                f'{{"year":{year},"works_count":{count},"oa_works_count":0,"cited_by_count":0}}'
                for year, count in sorted(Counter(years).items())
            ]
        )
        return (
            f'{{"id":"{own}","orcid":{orcid},"display_name":"{name}","display_name_alternatives":[{alternatives}],"works_count":{len(mine)},'
            f'"cited_by_count":{sum(cited)},"summary_stats":{{"2yr_mean_citedness":0,'
            f'"h_index":{h_index(cited)},"i10_index":{sum(each >= 10 for each in cited)}}},'
            f'"ids":{{"openalex":"{own}","orcid":{orcid}}},"affiliations":[{affiliations}],"last_known_institutions":{last},'
            f'"topics":[{embedded}],"topic_share":[],'
            f'"x_concepts":[],"counts_by_year":[{by_year}],"longest_name":"{name}",'
            f'"works_api_url":"https://api.openalex.org/works?filter=author.id:{own[21:]}",'
            f'"updated_date":"{updated}T04:12:42.849631","created_date":"2023-07-21"}}\n'
        ).encode()

    def _affiliations(self, author: int, mine: Small, years: list[int]) -> tuple[str, str]:
        """Return the institutions with the years of the works written there, and the last one, as JSON."""
        plan = self._plan
        second, moved_on = int(plan.second_home[author]), int(plan.moved_on[author])
        places: dict[int, set[int]] = {}
        for year, day in zip(years, plan.day[mine].tolist(), strict=True):
            places.setdefault(second if second >= 0 and day >= moved_on else int(plan.home[author]), set()).add(year)
        pieces = [
            f'{{"institution":{self._catalog.institutions[place].json},"years":[{",".join(map(str, sorted(found, reverse=True)))}]}}'
            for place, found in places.items()
        ]
        last = self._catalog.institutions[next(reversed(places))].json if places else ""
        return ",".join(pieces), f"[{last}]" if last and author % 4 else "null"


def works_by_author(plan: Plan) -> tuple[Ints, Small]:
    """Return where each author's works start, and the works, in order of time within each author.

    One array is sorted in place: at a million works this is where memory peaks.
    """
    work_at = np.empty(plan.works, dtype=np.int32)
    work_at[plan.origin] = np.arange(plan.works, dtype=np.int32)
    large = [(np.int64(work_at[place]), team) for place, team in plan.large.items()]
    keys = np.empty(len(plan.team) + sum(len(team) for _, team in large), dtype=np.int64)
    place = len(plan.team)
    keys[:place] = plan.team
    keys[:place] <<= 32
    keys[:place] += np.repeat(work_at, np.diff(plan.team_start))
    for work, team in large:
        keys[place : place + len(team)] = (team.astype(np.int64) << 32) + work
        place += len(team)
    keys.sort()
    start = np.searchsorted(keys, np.arange(plan.authors + 1, dtype=np.int64) << 32)
    keys &= 0xFFFFFFFF
    return start, keys.astype(np.int32)


def h_index(cited: list[int]) -> int:
    """Return the largest h such that h works are cited h times each."""
    ranked = sorted(cited, reverse=True)
    return sum(count >= rank for rank, count in enumerate(ranked, 1))
