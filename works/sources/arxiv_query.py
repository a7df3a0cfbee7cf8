"""What arXiv can be asked: single papers and searches through its API, whole sets by date through OAI-PMH."""

import re
from dataclasses import dataclass
from datetime import date

from works import identifiers
from works.sources.http import BadQuery

FORMATS = {"raw": ("arXivRaw",), "structured": ("arXiv",), "both": ("arXivRaw", "arXiv")}
"""OAI-PMH formats. arXivRaw has every version with its date, and all else; arXiv has each author apart, with affiliations."""
_SET = re.compile(r"[A-Za-z-]+(?::[A-Za-z-]+){0,3}")
FIRST_DAY = date(1991, 8, 1)


@dataclass(frozen=True, kw_only=True)
class Query:
    """What to fetch; exactly one of ids, author, query and a harvest. `query` is in arXiv's own language ("au:… AND cat:cs.LG").

    A harvest names a set ("cs", "physics:hep-th", "all"), days of change (ISO, both included) or both.
    """

    ids: tuple[str, ...] | list[str] = ()
    author: str = ""
    query: str = ""
    set: str = ""
    from_day: str = ""
    until_day: str = ""
    format: str = "raw"

    def __post_init__(self) -> None:
        """Refuse what cannot be asked, with a sentence."""
        if sum(map(bool, (self.ids, self.author.strip(), self.query.strip(), self.is_harvest))) != 1:
            raise BadQuery("Ask for one thing: a list of ids, an author, a query, or a set with dates.")
        for each in self.ids:
            if not identifiers.arxiv_id(each):
                raise BadQuery(f"“{each[:80]}” is not an arXiv id; such an id looks like 2006.13719 or math/0611800.")
        if self.set and self.set != "all" and not _SET.fullmatch(self.set):
            raise BadQuery(f"“{self.set[:80]}” is not a set of arXiv; sets look like cs, math, physics:hep-th or cs:cs:LG.")
        if self.format not in FORMATS:
            raise BadQuery(f"“{self.format[:40]}” is not a format; there are {', '.join(FORMATS)}.")
        first, last = _day(self.from_day), _day(self.until_day)
        if first and last and first > last:
            raise BadQuery(f"The first day ({first}) is after the last ({last}).")

    @property
    def is_harvest(self) -> bool:
        """Tell whether this is for OAI-PMH."""
        return bool(self.set or self.from_day or self.until_day)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) != 10 or found < FIRST_DAY:
        raise BadQuery(f"“{text[:40]}” is not a day since {FIRST_DAY}; days are written like 2024-01-31.")
    return found
