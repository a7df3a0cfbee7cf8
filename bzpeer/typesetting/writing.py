"""Pieces to HTML: a closed set of elements, every character escaped, so nothing in the input can execute."""

import re
from collections import Counter
from collections.abc import Iterator
from html import escape

from bzpeer.typesetting.pieces import Break, Close, Math, Open, Piece, Text

_DEEPEST = 12
"""Nested emphasis beyond this is not shown as such (its text is)."""

_ELEMENTS = {
    "em": ("<em>", "</em>"),
    "strong": ("<strong>", "</strong>"),
    "code": ("<code>", "</code>"),
    "sub": ("<sub>", "</sub>"),
    "sup": ("<sup>", "</sup>"),
    "u": ("<u>", "</u>"),
    "sc": ('<span class="small-caps">', "</span>"),
    "a": ("", "</a>"),
}


class Inline:
    """Writes pieces as HTML. `wanted` is the emphasis asked for, `opened` what stands open in the output;
    they are brought together only before visible text, so no element is ever empty or wrongly nested."""

    links = False

    def __init__(self) -> None:
        self.out: list[str] = []
        self.wanted: list[Open] = []
        self.opened: list[Open] = []
        self.too_deep: Counter[str] = Counter()
        self.gap = False

    def written(self, pieces: Iterator[Piece]) -> str:
        for piece in pieces:
            match piece:
                case Text(value):
                    self._text(value)
                case Math(source, display):
                    self._content(f'<span class="tex"{" data-display" if display else ""}>{escape(source, quote=False)}</span>')
                case Open(kind):
                    self._open(piece)
                case Close(kind):
                    self._close(kind)
                case Break(paragraph):
                    self._break(paragraph)
        self._unwind()
        return "".join(self.out)

    def _open(self, piece: Open) -> None:
        if len(self.wanted) >= _DEEPEST or (piece.kind == "a" and (not self.links or any(item.kind == "a" for item in self.wanted))):
            self.too_deep[piece.kind] += 1
        else:
            self.wanted.append(piece)

    def _close(self, kind: str) -> None:
        if self.too_deep[kind]:
            self.too_deep[kind] -= 1
            return
        for index in range(len(self.wanted) - 1, -1, -1):
            if self.wanted[index].kind == kind:
                del self.wanted[index]
                return

    def _text(self, value: str) -> None:
        words = re.sub(r"[ \t\n]+", " ", value)
        if words.startswith(" "):
            self.gap, words = True, words[1:]
        if not words:
            return
        ends_in_gap = words.endswith(" ")
        self._content(escape(words[:-1] if ends_in_gap else words, quote=False))
        self.gap = ends_in_gap

    def _content(self, html: str) -> None:
        same = 0
        while same < min(len(self.wanted), len(self.opened)) and self.wanted[same] is self.opened[same]:
            same += 1
        self._unwind(same)
        if self.gap and self.out:
            self.out.append(" ")
        self.gap = False
        self._begin()
        for piece in self.wanted[same:]:
            self.out.append(_anchor(piece.href) if piece.kind == "a" else _ELEMENTS[piece.kind][0])
            self.opened.append(piece)
        self.out.append(html)

    def _unwind(self, keep: int = 0) -> None:
        while len(self.opened) > keep:
            self.out.append(_ELEMENTS[self.opened.pop().kind][1])

    def _begin(self) -> None:
        """Called before content; a paragraph writer opens its paragraph here."""

    def _break(self, paragraph: bool) -> None:
        self.gap = True


class Paragraphs(Inline):
    links = True

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.new_line = False

    def written(self, pieces: Iterator[Piece]) -> str:
        html = super().written(pieces)
        return f"{html}</p>" if self.inside else html

    def _begin(self) -> None:
        if not self.inside:
            self.out.append("<p>")
        elif self.new_line:
            self.out.append("<br>")
        self.inside, self.new_line = True, False

    def _break(self, paragraph: bool) -> None:
        self.gap = False
        if paragraph and self.inside:
            self._unwind()
            self.out.append("</p>")
            self.inside = self.new_line = False
        elif self.inside:
            self._unwind()
            self.new_line = True


def _anchor(href: str) -> str:
    return f'<a href="{escape(href)}" rel="nofollow ugc noopener">'


def cut(pieces: Iterator[Piece], length: int) -> Iterator[Piece]:
    """Yield pieces up to about `length` visible characters, cut between words and ended by an ellipsis."""
    left = length
    for piece in pieces:
        if isinstance(piece, Text):
            if len(piece.value) > left:
                whole_words = piece.value[:left].rpartition(" ")[0] or piece.value[:left]
                yield Text(whole_words.rstrip(" ,;:") + " …")
                return
            left -= len(piece.value)
        elif isinstance(piece, Math):
            left -= min(len(piece.source), 40)
        yield piece
        if left <= 0:
            yield Text(" …")
            return
