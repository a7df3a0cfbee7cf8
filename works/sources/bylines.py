"""The author line of a paper split into bylines: "A. Smith (1), B. Jones, Jr. and C. Wu ((1) MIT)"."""

import re
from collections.abc import Iterator

import msgspec

from works.sources.latex import letters

_LONGEST_LINE = 400_000
"""Characters; collaborations of 5,000 members print about a quarter of it."""
_LONGEST_NAME = 600

_TOKENS = re.compile(r"[(),;:]|[^(),;:]+")
_AND = re.compile(r"(?:^|(?<=\s))(?:and|&)(?=\s|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_NO_NAME = re.compile(r"(?:\W|_)*|et\.? ?al\.?|(?:and )?others|\d+", re.IGNORECASE)
_ON_BEHALF = re.compile(
    r"(?:and )?(?:(?:presented )?by |with |for |on behalf of |representing )(?:the )?(?=.*collaboration)", re.IGNORECASE
)
_MARKS = re.compile(r"[\d*†‡§a-z]{1,3}(?:\s*(?:,|and|&)\s*[\d*†‡§a-z]{1,3})*")
_BARE_LEGEND = re.compile(r"\d{1,2} \w.*[;,] \d{1,2} \w", re.DOTALL)
_BARE_ENTRY = re.compile(r"(?:^|[;,] )(\d{1,2}) ([^;]*?)(?=[;,] \d{1,2} |;|$)")
_LEGEND_ENTRY = re.compile(r"\(([\w*†‡§]{1,3})\)([^()]*)")


class Byline(msgspec.Struct):
    """A printed name and the affiliations printed with it."""

    name: str
    affiliations: tuple[str, ...] = ()


def split_bylines(line: str) -> tuple[Byline, ...]:
    """Return the bylines of an author line in order; "et al.", stray colons and numbers are no bylines."""
    text = letters(line[:_LONGEST_LINE])
    if text.count("(") != text.count(")"):
        text = " ".join(text.replace("(", " ").replace(")", " ").split())
    found: list[Byline] = []
    groups: list[tuple[int, str]] = []
    for kind, part in _parts(text):
        if kind == "name":
            _add_name(found, part)
        else:
            groups.append((len(found), part))
    _attach(found, groups)
    return tuple(found)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield ("name", …) and ("group", inside of parentheses) in order."""
    depth, pending = 0, [""]
    for piece in _TOKENS.findall(text):
        if piece == "(":
            if depth == 0:
                yield from _names("".join(pending))
                pending = []
            else:
                pending.append(piece)
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
            if depth == 0:
                yield "group", "".join(pending).strip()
                pending = []
            else:
                pending.append(piece)
        elif depth == 0 and piece in ",;:":
            yield from _names("".join(pending))
            pending = []
        else:
            pending.append(piece)
    yield from _names("".join(pending))


def _names(part: str) -> Iterator[tuple[str, str]]:
    for name in _AND.split(part):
        if stripped := name.strip(" *†‡§"):
            yield "name", stripped


def _add_name(found: list[Byline], name: str) -> None:
    cleaned = name[:_LONGEST_NAME].strip()
    if opening := _ON_BEHALF.match(cleaned):
        cleaned = cleaned[opening.end() :]
    if _NO_NAME.fullmatch(cleaned):
        return
    if found and _SUFFIX.fullmatch(cleaned):
        found[-1].name = f"{found[-1].name} {cleaned}"
        return
    found.append(Byline(cleaned))


def _attach(found: list[Byline], groups: list[tuple[int, str]]) -> None:
    """Hang each parenthesis on the name before it; "(1)" is looked up in the legend, "((1) MIT, (2) ETH)"."""
    legend: dict[str, str] = {}
    for _, group in groups:
        if _is_legend(group):
            entries = _LEGEND_ENTRY if group.startswith("(") else _BARE_ENTRY
            legend |= {mark: _clean(text) for mark, text in entries.findall(group)}
    plain = [(index, group) for index, group in groups if not _is_legend(group)]
    for index, group in plain:
        if not index:
            continue
        if _MARKS.fullmatch(group) and (legend or group[0].isdigit()):
            texts = [legend[mark] for mark in re.findall(r"[\w*†‡§]+", group) if legend.get(mark)]
        else:
            texts = [_clean(group)]
        byline = found[index - 1]
        byline.affiliations = tuple(dict.fromkeys((*byline.affiliations, *filter(None, texts))))
    if len(plain) == 1 and plain[0][0] == len(found) and not legend:
        # One parenthesis after the last name speaks of everybody.
        for byline in found:
            byline.affiliations = found[-1].affiliations


def _is_legend(group: str) -> bool:
    return group.startswith("(") or bool(_BARE_LEGEND.match(group[:20_000]))


def _clean(text: str) -> str:
    return text.strip(" ,;.")
