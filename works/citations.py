"""A citation: what somebody else's list says of a work. Sources of lists make them, `works.recognising` looks for the work.

Like drafts they are frozen and know no database. Unlike drafts they are nobody's record: nothing of them is stored as a fact.
"""

import re

import msgspec

MOST_AUTHORS = 200
"""Names kept of one citation: more tell nothing more about which work is meant."""
LONGEST_FIELD = 2_000
"""Characters."""

_DISGUISE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list. Empty text and None mean that the list says nothing.

    `title` keeps its TeX; `authors` are names with letters for TeX accents, as printed or "Family, Given".
    """

    line: int
    label: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    has_more_authors: bool = False
    year: int | None = None
    doi: str = ""
    arxiv_id: str = ""
    venue: str = ""
    type: str = ""
    volume: str = ""
    first_page: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys a work may be known as, the DOI first."""
        return tuple(key for key in (self.doi and f"doi:{self.doi}", self.arxiv_id and f"arxiv:{self.arxiv_id}") if key)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that could not be read: its line, its beginning as written, and a sentence that says why."""

    line: int
    shown: str
    reason: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a list holds, in its order."""

    citations: tuple[Citation, ...]
    faults: tuple[Fault, ...] = ()


class UnreadableList(ValueError):
    """The list as a whole cannot be read. The message says why and what to do."""


def refusal(text: str) -> str:
    """Return why this text cannot be taken, or ""."""
    if "\x00" in text:
        return "It holds a NUL character, which no text has. Save the file again as UTF-8 text."
    if _DISGUISE.search(text):
        return "It holds characters that turn the direction of writing and can disguise what it says."
    return ""


def one_line(text: str, *, most: int = LONGEST_FIELD) -> str:
    """Return text on one line, bounded, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())[:most]


def shown(text: str) -> str:
    """Return the beginning of a bad entry for people, harmless to show."""
    return one_line(_DISGUISE.sub("", text), most=120)


_YEAR = re.compile(r"(?<![0-9])(1[5-9][0-9]{2}|20[0-9]{2})(?![0-9])")


def year_in(text: str) -> int | None:
    """Return the year a date or a note holds ("2019/03//", "May 2019", "in press, 2019")."""
    found = _YEAR.search(text)
    return int(found.group(1)) if found else None
