"""The addresses of records on this portal. Every door (pages, API, mail, feeds) builds links here."""

import re
from functools import cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.text import slugify

from researchers.names import fold

KINDS = ("researcher", "work", "topic", "institution")
_LONGEST_SLUG = 80
_STEPS = {"claim", "follow", "followers", "vouch"}
"""What may stand in place of a slug: a record of that name must not take its address."""
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\\[A-Za-z]+(?=\s*\{)")
"""Tags and styling commands of titles, which are no words of them."""


def slug(label: str) -> str:
    """Return the readable tail of an address; never empty, so that the pattern always matches."""
    readable = slugify(fold(_MARKUP.sub(" ", label)), allow_unicode=True)[:_LONGEST_SLUG].strip("-") or "-"
    return f"{readable}-" if readable in _STEPS else readable


def record_address(kind: str, key: int, label: str) -> str:
    """Return `/researchers/12/liu-ziyin/` for ("researcher", 12, "Liu Ziyin"), and so for every kind."""
    return f"{_root(kind)}{key}/{quote(slug(label))}/"


@cache
def _root(kind: str) -> str:
    """Ask the URLconf once per kind: a slice names hundreds of records, and reversing each took half its time."""
    return reverse(kind, kwargs={"key": 0, "slug": "-"}).removesuffix("0/-/")
