"""An abstract's running words: without mathematics, TeX, tags, addresses and what publishers print around it.

What is taken out leaves BREAK, so that no term reaches across it.
"""

import html
import re

BREAK = " | "

_MATH = re.compile(
    r"\$(?<!\\\$)(?:\$.{0,4000}?(?<!\\)\$\$|[^$]{0,2000}?(?<!\\)\$)"
    r"|\\\(.{0,2000}?\\\)"
    r"|\\\[.{0,4000}?\\\]"
    r"|\\begin\{(?P<name>equation|align|eqnarray|gather|multline|math|displaymath)\*?\}.{0,8000}?\\end\{(?P=name)\*?\}",
    re.DOTALL,
)
_MATH_TAGS = re.compile(
    r"<(?P<tag>(?:mml:)?math|tex-math|inline-formula|disp-formula)\b.{0,20000}?</(?P=tag)\s*>|<jats:title\b[^<>]{0,200}>[^<>]{0,80}</jats:title>",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(
    r"</?(?:jats:[a-z-]{1,20}|mml:[a-z]{1,20}|p|b|i|em|strong|u|sub|sup|span|div|br|hr|a|ul|ol|li|dl|dt|dd|h[1-6]|sec|title|italic|bold|sc"
    r"|small|tt|code|inf|formula|xref|ext-link|list|list-item|label)(?:\s+[\w:-]+=(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'))*\s*/?>",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"[ABCFMOPRS](?<!\w\w)(?:bstract|ummary|ackground|bjectives?|ims?|ethods?|ethodology|esults?|onclusions?|indings|urpose)\s?[.:—–]\s"
)
"""Begins with its first letters, and looks back for the word's edge then: so the search runs from capital to capital."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b10\.\d{4,9}/\S+|\b[Aa]r[Xx]iv:\s?\S+|[^\s@]{1,64}@[\w.-]{3,100}")
_ADDRESS_MARKS = ("://", "www.", "10.", "Xiv:", "xiv:", "@")
_ACCENT = re.compile(r"\\(?:[`'^\"~=.]\s?\{?\\?([a-zA-Z])\}?|[uvHtcdbkr](?:\s|\{)\\?([a-zA-Z])\}?)")
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?(?:\[[^\]]{0,100}\])?")
_SENTENCES = re.compile(r"(?<=[.!?;|])\s")
_TELLTALES = (
    "rights reserved", "(c)", "©", "copyright", "publish", "available", "released", "open-sourced", "open sourced", "licensed", "found",
    "accessed", "creative commons", "accepted", "submitted", "to appear", "supplementary", "presented",
)  # fmt: skip
"""One of them is in whatever TELLS_OF_PUBLICATION matches; looking for them takes a hundredth of its time."""
TELLS_OF_PUBLICATION = re.compile(
    r"\ball rights reserved\b|\(c\) ?\d{4}|©|\bcopyright\b"
    r"|\bpublished by (?:elsevier|wiley|springer|john wiley|the american|aip|iop|oxford|ieee)\b"
    r"|\b(?:code|data|datasets?|implementations?|models?|project page|software|scripts?|weights)\b.{0,60}\b(?:is|are|will be|can be)\s"
    r"(?:\w+\s){0,3}?(?:available|released|open[- ]sourced|found|accessed)\b"
    r"|\b(?:accepted|submitted|to appear|presented|published) (?:to|in|at|for|by)\b.{0,40}"
    r"\b(?:journal|proceedings|conference|workshop|publication|proc\.)"
    r"|\bthis (?:article|paper) is licensed\b|\bcreative commons\b|\bsee (?:the )?supplementary\b",
    re.IGNORECASE,
)


def running_words(abstract: str) -> str:
    """Return the words of an abstract as one line, still in its own spelling."""
    text = _MATH.sub(BREAK, abstract) if "$" in abstract or "\\" in abstract else abstract
    if "<" in text:
        text = _TAG.sub(" ", _MATH_TAGS.sub(BREAK, text))
    if "&" in text:
        text = html.unescape(text)
    text = _HEADING.sub(BREAK, text)
    if any(mark in text for mark in _ADDRESS_MARKS):
        text = _ADDRESS.sub(BREAK, text)
    if "\\" in text:
        text = _COMMAND.sub(" ", _ACCENT.sub(r"\1\2", text)).replace("{", "").replace("}", "")
    text = " ".join(text.split())
    return _without_boilerplate(text) if _may_tell(text) else text


def _without_boilerplate(text: str) -> str:
    return " ".join(
        BREAK if _may_tell(sentence) and TELLS_OF_PUBLICATION.search(sentence) else sentence for sentence in _SENTENCES.split(text)
    )


def _may_tell(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _TELLTALES)
