"""From characters with their places on pages to running text: lines, columns, raised signs, headers and footers, paragraphs. Pure.

Places are in PDF points, the origin is at the lower left corner of a page.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_EDGE = 0.09
"""Share of a page's height at its top and bottom where headers, footers and page numbers stand."""
_SMALL, _RAISED, _LOWERED = 0.86, 0.17, 0.07
"""A raised or lowered sign is smaller than the line's letters by the first, and off their foot by a share of their size."""
_WORD_GAP = 0.17
"""Share of the letters' size that parts two words; letters of one word stand closer."""
_FULL_WIDTH = 0.62
"""Share of the text's width from which a line runs across both columns."""


@dataclass(slots=True)
class Character:
    """A sign with its box and the size of its font; `bottom` is where it stands, without what hangs below."""

    sign: str
    left: float
    bottom: float
    right: float
    top: float
    size: float


@dataclass(slots=True)
class Line:
    """Signs that stand beside each other."""

    characters: list[Character] = field(default_factory=list)

    @property
    def left(self) -> float:
        return min(character.left for character in self.characters)

    @property
    def right(self) -> float:
        return max(character.right for character in self.characters)

    @property
    def size(self) -> float:
        """Return the size of most letters in it."""
        return Counter(round(character.size, 1) for character in self.characters).most_common(1)[0][0]

    @property
    def foot(self) -> float:
        """Return where its letters stand."""
        size = self.size
        return statistics.median(character.bottom for character in self.characters if character.size >= size * _SMALL)

    @property
    def top(self) -> float:
        return max(character.top for character in self.characters)


@dataclass(frozen=True, slots=True)
class Printed:
    """A line as text, with what tells paragraphs apart. `number` is the page's, from 1."""

    text: str
    left: float
    right: float
    foot: float
    size: float
    column: int
    page: int
    at_edge: bool


def lines_of(characters: Iterable[Character]) -> list[Line]:
    """Put signs, in the order in which the page draws them, into lines."""
    lines: list[Line] = []
    current = Line()
    for character in characters:
        if current.characters and not _continues(current, character):
            lines.append(current)
            current = Line()
        current.characters.append(character)
    if current.characters:
        lines.append(current)
    return lines


def _continues(line: Line, character: Character) -> bool:
    last = line.characters[-1]
    size = max(last.size, character.size, 1.0)
    if character.left < last.left - 2 * size or character.left - last.right > 3.0 * size:
        return False
    overlap = min(last.top, character.top) - max(last.bottom, character.bottom)
    height = max(min(last.top - last.bottom, character.top - character.bottom), 0.1)
    if overlap > 0.25 * height:
        return True
    # Raised and lowered signs touch the line's letters at least at an edge.
    return abs((last.bottom + last.top) - (character.bottom + character.top)) / 2 < 0.75 * size and character.left >= last.left


def written(line: Line) -> str:
    """Return a line's text; raised signs follow a caret and lowered ones an underscore, so that 10^4 stays what it is."""
    size, foot = line.size, line.foot
    parts: list[str] = []
    level, before = "", None
    for character in sorted(line.characters, key=lambda each: each.left) if _is_jumbled(line) else line.characters:
        if character.sign.isspace():
            parts.append(" ")
            before = None
            continue
        is_apart = before is not None and character.left - before.right > _WORD_GAP * size
        now = _level(character, size, foot)
        if is_apart:
            parts.append(" ")
        if now != level or (is_apart and now):
            parts.append(_mark(now) if now and parts and parts[-1] != " " else "")
        level, before = now, character
        parts.append(character.sign)
    return " ".join("".join(parts).split())


def _is_jumbled(line: Line) -> bool:
    return any(after.left < before.left - 1 for before, after in pairwise(line.characters))


def _level(character: Character, size: float, foot: float) -> str:
    if character.size >= size * _SMALL:
        return ""
    off = (character.bottom - foot) / max(size, 1.0)
    return "up" if off > _RAISED else "down" if off < -_LOWERED else ""


def _mark(level: str) -> str:
    return "^" if level == "up" else "_"


# --- pages ----------------------------------------------------------------------------------------


def printed_lines(lines: Sequence[Line], *, page: int, width: float, height: float) -> list[Printed]:
    """Return a page's lines in reading order: a line across the page parts what is above from what is below, columns go left to right."""
    shown = [(line, text) for line in lines if (text := written(line))]
    if not shown:
        return []
    found = [
        Printed(
            text=text,
            left=line.left,
            right=line.right,
            foot=line.foot,
            size=line.size,
            column=0,
            page=page,
            at_edge=line.foot < _EDGE * height or line.foot > (1 - _EDGE) * height,
        )
        for line, text in shown
    ]
    return _in_columns(found, width)


def _in_columns(lines: list[Printed], width: float) -> list[Printed]:
    body = [line for line in lines if not line.at_edge] or lines
    left, right = min(line.left for line in body), max(line.right for line in body)
    middle, span = (left + right) / 2, max(right - left, 1.0)
    halves = [line for line in body if line.right < middle + 0.02 * span or line.left > middle - 0.02 * span]
    long_halves = [line for line in halves if line.right - line.left > 0.3 * span]
    on_the_right = sum(line.left > middle - 0.02 * span for line in long_halves)
    if span < 0.45 * width or len(long_halves) < 0.5 * len(body) or not 0.2 < on_the_right / max(len(long_halves), 1) < 0.8:
        return lines if _goes_down(lines) else sorted(lines, key=lambda line: (-round(line.foot), line.left))
    ordered: list[Printed] = []
    band: list[Printed] = []
    for line in sorted(lines, key=lambda each: -each.foot):
        if line.right - line.left > _FULL_WIDTH * span or (line.left < middle - 0.02 * span and line.right > middle + 0.06 * span):
            ordered += _band(band, middle, span)
            ordered.append(line)
            band = []
        else:
            band.append(line)
    return [*ordered, *_band(band, middle, span)]


def _band(lines: Sequence[Printed], middle: float, span: float) -> Iterator[Printed]:
    for column, is_left in ((1, True), (2, False)):
        for line in lines:
            if (line.left < middle - 0.02 * span) is is_left:
                yield _in_column(line, column)


def _in_column(line: Printed, column: int) -> Printed:
    return Printed(
        text=line.text,
        left=line.left,
        right=line.right,
        foot=line.foot,
        size=line.size,
        column=column,
        page=line.page,
        at_edge=line.at_edge,
    )


def _goes_down(lines: Sequence[Printed]) -> bool:
    """Tell whether lines as drawn already run down the page but for a few."""
    rising = sum(after.foot > before.foot + before.size for before, after in pairwise(lines))
    return rising <= max(3, len(lines) // 20)


def without_running_heads(pages: Sequence[Sequence[Printed]]) -> list[Printed]:
    """Return the lines of all pages without headers, footers and page numbers: what stands at an edge and comes again."""
    seen = Counter(_shape(line.text) for page in pages for line in {_shape(each.text): each for each in page if each.at_edge}.values())
    often = max(2, len(pages) // 4)
    return [line for page in pages for line in page if not (line.at_edge and _is_running_head(line, seen, often, len(pages)))]


def _is_running_head(line: Printed, seen: Counter[str], often: int, pages: int) -> bool:
    text = line.text.strip()
    if re.fullmatch(r"(?:page\s+)?[-–—]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—]?(?:\s*(?:of|/)\s*\d{1,4})?", text, re.IGNORECASE):
        return True
    if re.match(r"arXiv:\d{4}\.\d{4,5}", text):
        return True
    return pages > 2 and seen[_shape(text)] >= often


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()


# --- running text ---------------------------------------------------------------------------------


def paragraphs_of(lines: Sequence[Printed]) -> list[str]:
    """Join lines to paragraphs and words that were parted at a line's end."""
    if not lines:
        return []
    gap = _usual_gap(lines)
    groups: list[list[Printed]] = [[lines[0]]]
    for before, line in pairwise(lines):
        if _begins_paragraph(before, line, groups[-1], gap):
            groups.append([line])
        else:
            groups[-1].append(line)
    known = {word for line in lines for compound in re.findall(r"\w+(?:-\w+)+", line.text) for word in _stretches(compound.lower())}
    return [joined for group in groups if (joined := _joined([line.text for line in group], known))]


def _stretches(compound: str) -> Iterator[str]:
    """Yield "a-b", "b-c" and "a-b-c" of "a-b-c"."""
    words = compound.split("-")[:6]
    for start in range(len(words) - 1):
        for end in range(start + 2, len(words) + 1):
            yield "-".join(words[start:end])


def _usual_gap(lines: Sequence[Printed]) -> float:
    gaps = [
        before.foot - line.foot
        for before, line in pairwise(lines)
        if before.page == line.page and before.column == line.column and 0 < before.foot - line.foot < 4 * line.size
    ]
    return statistics.median(gaps) if gaps else 12.0


def _begins_paragraph(before: Printed, line: Printed, group: Sequence[Printed], gap: float) -> bool:
    if abs(before.size - line.size) > 0.12 * max(before.size, line.size):
        return True
    if before.page != line.page or before.column != line.column:
        # A sentence runs on over a column's end unless it has ended there.
        return bool(re.search(r"[.!?:]['\"”’)\]]?$", before.text)) and line.text[:1].isupper()
    fell = before.foot - line.foot
    if fell > 1.45 * gap or fell < -gap:
        return True
    is_indented = line.left - min(each.left for each in group) > 0.8 * line.size and len(group) > 1
    ended = bool(re.search(r"[.!?:]['\"”’)\]]?$", before.text))
    is_short = before.right < max(each.right for each in group) - 4 * line.size and len(group) > 1
    return (is_indented and ended) or (is_short and ended and line.text[:1].isupper())


def _joined(texts: Sequence[str], known: set[str]) -> str:
    whole = texts[0]
    for text in texts[1:]:
        part = re.search(r"(\w[\w-]*)[-\u00ad\u2010]$", whole)
        following = re.match(r"\w+", text)
        if part and following and (following.group()[0].islower() or "\u00ad" in whole[-1:]):
            is_compound = f"{part.group(1)}-{following.group()}".lower() in known
            whole = whole[:-1] + ("-" if is_compound else "") + text
        else:
            whole = f"{whole} {text}"
    return " ".join(whole.replace("\u00ad", "").split())
