"""RIS files (EndNote, Zotero, Mendeley, Scopus, Web of Science, PubMed exports) as citations.

The format is a tag, two blanks, a dash and a value a line; it is read here, because the libraries for it keep no line numbers and
drop without a word what an entry without its end mark holds.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from works import identifiers
from works.citations import MOST_AUTHORS, Citation, Fault, Reading, UnreadableList, one_line, refusal, shown, year_in
from works.sources.latex import letters
from works.sources.lists import MOST_ENTRIES, arxiv_id_in, doi_in, too_many

_TAG = re.compile(r"([A-Z][A-Z0-9])  ?-(?: ?(.*))?")
_TITLES = ("TI", "T1", "CT", "BT")
_AUTHORS = ("AU", "A1")
_VENUES = ("JO", "JF", "T2", "JA", "J2", "J1", "BT", "T3", "PB")
_YEARS = ("PY", "Y1", "DA", "Y2")
_ANY_IDS = ("UR", "L1", "L2", "M3", "AN", "N1", "ID", "C1", "M1")
_TYPES = {
    "JOUR": "article", "EJOUR": "article", "MGZN": "article", "NEWS": "article", "CONF": "conference paper", "CPAPER": "conference paper",
    "BOOK": "book", "EBOOK": "book", "CHAP": "book chapter", "ECHAP": "book chapter", "THES": "dissertation", "RPRT": "report",
    "UNPB": "preprint", "DATA": "dataset", "COMP": "software", "PAT": "patent",
}  # fmt: skip
_OTHERS = re.compile(r"(?:and )?others|et\.? al\.?", re.IGNORECASE)


class _Entry:
    """The lines of one entry: values by tag."""

    def __init__(self, line: int, type_: str) -> None:
        self.line = line
        self.type = type_
        self.values: dict[str, list[str]] = defaultdict(list)
        self.last = ""

    def first(self, *tags: str) -> str:
        """Return the first value under the first of `tags` that has one."""
        return next((value for tag in tags for value in self.values.get(tag, ()) if value.strip()), "")


def is_one(text: str) -> bool:
    """Tell whether a text looks like RIS."""
    return re.search(r"^\ufeff?\s*TY  ?-", text, re.MULTILINE) is not None


def read(text: str) -> Reading:
    """Return the entries of a RIS file. Raises UnreadableList if it holds none, or too many."""
    citations: list[Citation] = []
    faults: list[Fault] = []
    for found in _entries(text):
        read_one = found if isinstance(found, Fault) else _citation(found)
        if isinstance(read_one, Fault):
            faults.append(read_one)
        else:
            citations.append(read_one)
        if len(citations) + len(faults) > MOST_ENTRIES:
            raise too_many(text.count("\nTY  -") + 1)
    if not citations and not faults:
        raise UnreadableList("No RIS entry was found: each begins with a line “TY  - …”.")
    return Reading(citations=tuple(citations), faults=tuple(faults))


def _entries(text: str) -> Iterator[_Entry | Fault]:
    """Yield the entries, and as faults what stands between them or breaks off."""
    entry: _Entry | None = None
    stray = 0
    for number, line in enumerate(text.split("\n"), 1):
        match = _TAG.fullmatch(line.strip("\ufeff\u200b ").ljust(5) if len(line) < 8 else line.strip("\ufeff\u200b "))
        tag, value = (match.group(1), (match.group(2) or "").strip()) if match else ("", line.strip())
        if tag == "TY":
            if entry is not None:
                yield from _ended(entry, unended=True)
            entry = _Entry(number, value.upper())
        elif tag == "ER":
            if entry is not None:
                yield from _ended(entry, unended=False)
            entry = None
        elif entry is not None:
            _add(entry, tag, value)
        elif value and tag and not stray:
            stray = number
            yield Fault(line=number, shown=shown(line), reason="This line belongs to no entry: an entry begins with “TY  - …”.")
        if tag == "TY":
            stray = 0
    if entry is not None:
        yield from _ended(entry, unended=True)


def _add(entry: _Entry, tag: str, value: str) -> None:
    if tag:
        entry.last = tag
        if len(entry.values[tag]) <= MOST_AUTHORS:
            entry.values[tag].append(value)
    elif value and entry.last and entry.values[entry.last]:
        # A value that goes on in the next line. Only its beginning matters, and joining many lines would take quadratic time.
        values = entry.values[entry.last]
        if len(values[-1]) < 10_000:
            values[-1] = f"{values[-1]} {value}"


def _ended(entry: _Entry, *, unended: bool) -> Iterator[_Entry | Fault]:
    """Yield an entry; one without its end mark is still taken when it has a title or an id."""
    if unended and not (entry.first(*_TITLES) or entry.first("DO")):
        yield Fault(
            line=entry.line,
            shown=f"TY  - {shown(entry.type)}",
            reason="The entry breaks off: it has no title, no DOI and no end (“ER  -”).",
        )
    else:
        yield entry


def _citation(entry: _Entry) -> Citation | Fault:
    title = one_line(entry.first(*_TITLES) or (entry.first("T2") if entry.type in ("BOOK", "EBOOK") else ""))
    ids = " ".join(value for tag in ("DO", *_ANY_IDS) for value in entry.values.get(tag, ()))[:20_000]
    if reason := refusal(" ".join([entry.first(*_TITLES), *entry.values.get("AU", ()), *entry.values.get("A1", ()), ids])):
        return Fault(line=entry.line, shown=shown(title), reason=reason)
    doi, paper = _ids(entry, ids)
    if not (title or doi or paper):
        return Fault(line=entry.line, shown=f"TY  - {shown(entry.type)}", reason="The entry has no title, no DOI and no arXiv id.")
    names = [one_line(letters(name)) for tag in _AUTHORS for name in entry.values.get(tag, ())]
    authors = tuple(name for name in names if name and not _OTHERS.fullmatch(name))
    return Citation(
        line=entry.line,
        label=one_line(entry.first("ID"), most=100),
        title=title,
        authors=authors[:MOST_AUTHORS],
        has_more_authors=len(names) > min(len(authors), MOST_AUTHORS),
        year=year_in(entry.first(*_YEARS)),
        doi=doi,
        arxiv_id=paper,
        venue=one_line(next((each for each in (entry.first(tag) for tag in _VENUES) if each and one_line(each) != title), "")),
        type=_TYPES.get(entry.type, ""),
        volume=one_line(entry.first("VL"), most=40),
        first_page=one_line(entry.first("SP").partition("-")[0], most=40),
    )


def _ids(entry: _Entry, ids: str) -> tuple[str, str]:
    """Return the DOI and the arXiv id; arXiv's own DOI counts as the latter."""
    doi = doi_in(entry.first("DO")) or doi_in(ids)
    if paper := identifiers.arxiv_id(doi):
        return "", paper
    return doi, arxiv_id_in(ids) if "arxiv" in ids.lower() else ""
