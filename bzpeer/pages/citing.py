"""A work as a reference for somebody's bibliography: BibTeX, RIS, CSL JSON. Pure functions.

Values come from upstream, so each is one line, and the signs that mean something in the format are escaped:
a title can neither end its field nor begin another one.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bzpeer.typesetting import plain
from researchers.names import PARTICLES, SUFFIXES, fold, is_collective
from works.models import Work

AUTHORS_CITED = 200
"""More names than this are "and others": no bibliography prints them."""

_BIBTEX_TYPES = {
    "article": "article", "review": "article", "letter": "article", "editorial": "article", "book": "book", "monograph": "book",
    "book-chapter": "incollection", "dissertation": "phdthesis", "report": "techreport",
}  # fmt: skip
_RIS_TYPES = {
    "article": "JOUR", "review": "JOUR", "letter": "JOUR", "editorial": "JOUR", "book": "BOOK", "monograph": "BOOK",
    "book-chapter": "CHAP", "dissertation": "THES", "report": "RPRT", "dataset": "DATA", "preprint": "UNPB",
}  # fmt: skip
_CSL_TYPES = {
    "article": "article-journal", "review": "article-journal", "letter": "article-journal", "book": "book", "monograph": "book",
    "book-chapter": "chapter", "dissertation": "thesis", "report": "report", "dataset": "dataset", "preprint": "article",
}  # fmt: skip
_BIBTEX_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cited:
    """What a reference is made of. `authors` are bylines in print order."""

    work: Work
    authors: Sequence[str]
    has_more_authors: bool
    address: str

    @property
    def venue(self) -> str:
        return self.work.source.display_name if self.work.source else ""

    @property
    def is_in_proceedings(self) -> bool:
        return bool(self.work.source and self.work.source.type == "conference")


def bibtex(cited: Cited) -> str:
    """Return one BibTeX entry."""
    work = cited.work
    kind = "inproceedings" if cited.is_in_proceedings else _BIBTEX_TYPES.get(work.type, "misc")
    venue = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle", "phdthesis": "school"}.get(
        kind, "howpublished"
    )
    names = [_bibtex_name(name) for name in cited.authors] + (["others"] if cited.has_more_authors else [])
    fields = {
        "title": f"{{{_bibtex(plain(work.title)) or 'Untitled'}}}",
        "author": " and ".join(names),
        "year": str(work.publication_year or ""),
        venue: _bibtex(cited.venue),
        "volume": _bibtex(work.volume),
        "number": _bibtex(work.issue),
        "pages": "--".join(_bibtex(page) for page in (work.first_page, work.last_page) if page),
        "doi": _line(work.doi or "").replace("{", "").replace("}", ""),
        "eprint": _line(work.arxiv_id or ""),
        "archiveprefix": "arXiv" if work.arxiv_id else "",
        "url": cited.address,
    }
    told = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{entry_key(cited)},\n{told}\n}}\n"


def ris(cited: Cited) -> str:
    """Return one RIS record. Each field is one line, lines end as the format wants them."""
    work = cited.work
    kind = "CPAPER" if cited.is_in_proceedings else _RIS_TYPES.get(work.type, "GEN")
    rows = [("TY", kind), ("TI", plain(work.title) or "Untitled")]
    rows += [("AU", name) for name in cited.authors]
    rows += [
        ("PY", str(work.publication_year or "")),
        ("DA", work.publication_date.strftime("%Y/%m/%d") if work.publication_date else ""),
        ("T2", cited.venue),
        ("VL", work.volume),
        ("IS", work.issue),
        ("SP", work.first_page),
        ("EP", work.last_page),
        ("DO", work.doi or ""),
        ("AN", f"arXiv:{work.arxiv_id}" if work.arxiv_id else ""),
        ("UR", cited.address),
    ]
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in rows if _line(value)) + "ER  - \r\n"


def csl(*all_cited: Cited) -> str:
    """Return CSL JSON, as citation managers and citeproc read it: a list with one item a work."""
    return json.dumps([csl_item(cited) for cited in all_cited], ensure_ascii=False, indent=2) + "\n"


def csl_item(cited: Cited) -> dict[str, Any]:
    """Return the reference as an item of CSL JSON, without what is not known."""
    work = cited.work
    item = {
        "id": entry_key(cited),
        "type": "paper-conference" if cited.is_in_proceedings else _CSL_TYPES.get(work.type, "document"),
        "title": _line(plain(work.title)) or "Untitled",
        "author": [_csl_name(name) for name in cited.authors],
        "issued": {"date-parts": [_date_parts(work)]} if _date_parts(work) else None,
        "container-title": _line(cited.venue),
        "volume": _line(work.volume),
        "issue": _line(work.issue),
        "page": "-".join(_line(page) for page in (work.first_page, work.last_page) if page),
        "DOI": _line(work.doi or ""),
        "number": f"arXiv:{work.arxiv_id}" if work.arxiv_id else "",
        "URL": "" if work.doi else f"https://arxiv.org/abs/{_line(work.arxiv_id)}" if work.arxiv_id else cited.address,
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    """Return a byline as given and family name, with particles and suffix by themselves; a group or a single word stays whole.

    "Ludwig van der Berg Jr." and "van der Berg, Ludwig, Jr." give the same.
    """
    said = _line(name)
    if is_collective(said) or "and" in fold(said).split():
        return {"literal": said}
    before, comma, after = said.partition(",")
    words = [*after.replace(",", " ").split(), *before.split()] if comma else said.split()
    suffix = next((words.pop(place) for place in range(len(words) - 1, -1, -1) if fold(words[place]) in SUFFIXES), "")
    start = len(words) - (len(before.split()) if comma else 1)
    while start > 1 and fold(words[start - 1]) in PARTICLES and words[start - 1][0].islower():
        start -= 1
    family = words[start:]
    if not family or start < 1:
        return {"literal": said}
    particles = " ".join(family[: _particles_leading(family)])
    parts = {"given": " ".join(words[:start]), "family": " ".join(family[_particles_leading(family) :])}
    return {**parts, **({"non-dropping-particle": particles} if particles else {}), **({"suffix": suffix} if suffix else {})}


def _particles_leading(family: Sequence[str]) -> int:
    leading = 0
    while leading < len(family) - 1 and family[leading][0].islower() and fold(family[leading]) in PARTICLES:
        leading += 1
    return leading


def _date_parts(work: Work) -> list[int]:
    if work.publication_date:
        return [work.publication_date.year, work.publication_date.month, work.publication_date.day]
    return [work.publication_year] if work.publication_year else []


def entry_key(cited: Cited) -> str:
    """Return "liu412": the first author's family name in ASCII and the work's number on this portal.

    A title that is corrected and a preprint that is published later leave it as it is, so that \\cite commands keep their meaning;
    the number makes it the only one in any list.
    """
    family = (fold(cited.authors[0]).split() or [""])[-1] if cited.authors else ""
    return f"{re.sub(r'[^a-z]', '', family) or 'work'}{cited.work.pk}"


def _line(value: str) -> str:
    """Return the value as one line without control characters: a line break would begin a new field."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _bibtex(value: str) -> str:
    return _line(value).translate(_BIBTEX_SIGNS)


def _bibtex_name(name: str) -> str:
    """Return a name that BibTeX reads as one person, whatever it holds."""
    escaped = _bibtex(name)
    return f"{{{escaped}}}" if re.search(r"\sand\s|^and\s|\sand$|,.*,", escaped, re.IGNORECASE) else escaped
