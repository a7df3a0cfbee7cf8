"""Scientific text from outside (TeX, MathML, JATS, HTML, plain prose) as safe HTML or as plain text.

Nothing here trusts its input and nothing here deletes prose. Markup is recognised from closed lists; whatever is
not on a list is text and is shown as it came: `x<y and y>z`, `<script>`, `$5 and $10`, `\\ourmethod` all survive.
The HTML is written from a closed set of elements with every character escaped, so nothing in the input can execute.

Mathematics stays TeX, in `<span class="tex">`: the source is readable as it is, and static/pages/typeset.ts sets it.

The text is read once, from left to right; every look-ahead is bounded or remembered, so that time grows with length only.
"""

import re
from typing import Final

from bzpeer.typesetting.pieces import Break, Math, Text
from bzpeer.typesetting.reading import cleaned, pieces_of
from bzpeer.typesetting.texnames import readable_math
from bzpeer.typesetting.writing import Inline, Paragraphs, cut

__all__ = ["cleaned", "excerpt_html", "inline_html", "paragraphs_html", "plain"]

_BARE: Final = re.compile(r"[\w ,.:;()?!/+'’“”–—-]*")
"""Text in which nothing can be markup: most titles, and read at no cost."""


def inline_html(text: str) -> str:
    """Return HTML for one line: a title. Block structure becomes spaces, links become their text."""
    return Inline().written(pieces_of(text))


def paragraphs_html(text: str) -> str:
    """Return HTML of `<p>` elements: an abstract. Web addresses become links."""
    return Paragraphs().written(pieces_of(text))


def excerpt_html(text: str, length: int) -> str:
    """Return inline HTML of about the first `length` visible characters, cut between words and ended by an ellipsis."""
    return Inline().written(cut(pieces_of(text), length))


def plain(text: str) -> str:
    """Return one line of readable text for page titles, meta elements and exports: simple TeX becomes Unicode."""
    if "--" not in text and "''" not in text and _BARE.fullmatch(text):
        return " ".join(text.split())
    parts: list[str] = []
    for piece in pieces_of(text):
        match piece:
            case Text(value):
                parts.append(value)
            case Math(source):
                parts.append(readable_math(source))
            case Break():
                parts.append(" ")
    return " ".join("".join(parts).split())
