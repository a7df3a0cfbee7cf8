"""Text from outside to pieces: markup is recognised from closed lists, whatever is not on one is text.

The text is read once, from left to right; every look-ahead is bounded or remembered, so that time grows with length only.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from bzpeer.typesetting import mathml
from bzpeer.typesetting.pieces import Break, Close, Math, Open, Piece, Text
from bzpeer.typesetting.texnames import ACCENTS, SPACES, SYMBOLS

LONGEST = 200_000
"""Characters read; the longest real abstracts have some 10,000."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENCODED_TWICE = re.compile(r"&amp;(?=(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|(?:lt|gt|amp|quot|apos|nbsp));)")


def cleaned(text: str) -> str:
    """Return `text` with character references read and without characters nobody can see (controls, bidi overrides)."""
    shorter = text[:LONGEST]
    if "&" in shorter:
        shorter = _ENTITY.sub(lambda match: unescape(match.group()), _ENCODED_TWICE.sub("&", shorter))
    return _UNSEEN.sub("", shorter.replace("\r\n", "\n").replace("\r", "\n"))


def pieces_of(text: str) -> Iterator[Piece]:
    return _Reader(cleaned(text)).pieces()


_EMPHASIS = {
    "i": "em", "italic": "em", "em": "em", "it": "em", "b": "strong", "bold": "strong", "strong": "strong",
    "sub": "sub", "inf": "sub", "sup": "sup", "code": "code", "tt": "code", "monospace": "code",
    "sc": "sc", "scp": "sc", "u": "u", "underline": "u",
}  # fmt: skip
_BLOCKS = frozenset(("p", "sec", "abstract", "list", "list-item", "div", "li", "ul", "ol", "disp-quote", "section", "disp-formula"))
_HEADINGS = frozenset(("title", "h1", "h2", "h3", "h4", "h5", "h6"))
_SEEN_THROUGH = frozenset(
    (
        "span",
        "font",
        "a",
        "ext-link",
        "uri",
        "xref",
        "email",
        "inline-formula",
        "alternatives",
        "named-content",
        "styled-content",
        "roman",
        "fn",
    )
)
_ALONE = frozenset(("br", "break", "hr", "graphic", "inline-graphic", "img"))
_LINES = frozenset(("br", "break", "hr"))
_KNOWN = frozenset(_EMPHASIS) | _BLOCKS | _HEADINGS | _SEEN_THROUGH | _ALONE | {"math", "tex-math"} | mathml.ELEMENTS
_TAG = re.compile(r"<(/?)((?:[A-Za-z0-9]{1,10}:)?)([A-Za-z][A-Za-z0-9-]{0,20})(?=[\s/>])([^<>]{0,2000})>")
_ATTRIBUTES = re.compile(r"""(?:\s+[\w:.-]{1,60}\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?""")
_PREFIXES = frozenset(("jats:", "mml:", "m:", "math:", "xhtml:", "html:", "ns0:", "ns1:", "ns2:", "ns3:", "ns4:"))


@dataclass(slots=True)
class _Tag:
    start: int
    end: int
    name: str
    closes: bool
    prefixed: bool
    partner: "_Tag | None" = None


def _tags(text: str) -> list[_Tag]:
    """Return the tags that are markup: known by name, well formed, and closed again (a lone `<p>` is a mean momentum)."""
    found: list[_Tag] = []
    for match in _TAG.finditer(text):
        slash, prefix, name, rest = match.groups()
        if name.lower() in _KNOWN and (not prefix or prefix.lower() in _PREFIXES) and _ATTRIBUTES.fullmatch(rest):
            tag = _Tag(match.start(), match.end(), name.lower(), bool(slash), bool(prefix))
            if rest.endswith("/") and not slash:
                tag.partner = tag
            found.append(tag)
    _pair(found)
    return [tag for tag in found if tag.partner or tag.prefixed or tag.name in _ALONE or (tag.start == 0 and tag.name == "p")]


def _pair(tags: list[_Tag]) -> None:
    waiting: list[_Tag] = []
    open_names: Counter[str] = Counter()
    for tag in tags:
        if tag.partner or tag.name in _ALONE:
            continue
        if not tag.closes:
            waiting.append(tag)
            open_names[tag.name] += 1
        elif open_names[tag.name]:
            while (opener := waiting.pop()).name != tag.name:
                open_names[opener.name] -= 1
            open_names[tag.name] -= 1
            opener.partner, tag.partner = tag, opener


def _brace_pairs(text: str) -> dict[int, int]:
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for match in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if match.group() == "{":
            waiting.append(match.start())
        elif match.group() == "}" and waiting:
            pairs[waiting.pop()] = match.start()
    return pairs


class _Ahead:
    """The next occurrence of a fixed string, found once and remembered until passed."""

    def __init__(self, text: str, wanted: str) -> None:
        self._text, self._wanted, self._known, self._from = text, wanted, -2, 0

    def after(self, position: int) -> int:
        """Return the first occurrence at or after `position`, or -1."""
        if self._known == -2 or self._from > position or 0 <= self._known < position:
            self._known, self._from = self._text.find(self._wanted, position), position
        return self._known


_SPECIAL = re.compile(r"[$\\<~{}\n]|``|''|--+|\bhttps?://|\bwww\.")
_URL = re.compile(r"""(?:https?://|www\.)[^\s<>"{}|\\^`$“”]{3,2000}""")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][\x21-\x7e]{0,2000})?")
_WORD = re.compile(r"\\([A-Za-z]+)\*?")
_SWITCH = re.compile(r"\{\s*\\(it|em|sl|bf|tt|sc|rm|sf|cal|large|small|tiny|normalfont|itshape|bfseries|ttfamily|scshape)(?![A-Za-z])\s*")
_SWITCHES = {
    "it": "em",
    "em": "em",
    "sl": "em",
    "itshape": "em",
    "bf": "strong",
    "bfseries": "strong",
    "tt": "code",
    "ttfamily": "code",
    "sc": "sc",
    "scshape": "sc",
}
_STYLED = {
    "textit": "em", "emph": "em", "textsl": "em", "textbf": "strong", "texttt": "code", "textsc": "sc",
    "underline": "u", "uline": "u", "textsuperscript": "sup", "textsubscript": "sub",
    "mathit": "em", "mathbf": "strong", "mathtt": "code",
    "textrm": "", "textsf": "", "textup": "", "textnormal": "", "textmd": "", "text": "", "mbox": "", "hbox": "", "mathrm": "",
    "mathsf": "", "mathcal": "", "ensuremath": "", "operatorname": "",
}  # fmt: skip
_BARE_SWITCHES = frozenset((*_SWITCHES, "rm", "sf", "large", "Large", "small", "tiny", "noindent", "normalfont", "centering", "protect"))
_CITING = frozenset(("cite", "citep", "citet", "citealt", "citealp", "onlinecite", "ref", "eqref", "autoref", "label"))
_LINE_BREAKS = frozenset(("linebreak", "newline", "break"))
_ACCENT = re.compile(r"""\\(?:(["'`^~=.])|([cvHukrbd])(?![A-Za-z]))\s*(?:\{\s*(\\[ij]|[^\W\d_])?\s*\}|(\\[ij](?![A-Za-z])|[^\W\d_]))""")
_ENVIRONMENT = re.compile(
    r"\\begin\{(equation|align|aligned|gather|multline|eqnarray|displaymath|math|array|matrix|pmatrix|bmatrix|cases|split)(\*?)\}"
)
_TEX_SIGN = re.compile(r"\\[A-Za-z]|[\^_={}<>\\]|[\u0370-\u03ff\u2190-\u22ff\u2a00-\u2aff]")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}[,;]?\s+[A-Za-z]{2,}[,;]?\s+[A-Za-z]{2,}")
_IN_WORDS = re.compile(r"\\(?:text|mbox|hbox|textrm|textit|textbf|mathrm|operatorname)[a-z]*\s*\{[^{}]*\}|\\[A-Za-z]+")
_UNESCAPED_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)
_LINE_END = re.compile(r"\n[ \t]*(?:\n\s*)?")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(slots=True)
class _Reader:
    """One pass over a text. Closing braces that end something are noted when it begins, so nothing recurses."""

    text: str
    at: int = 0
    closers: dict[int, tuple[Piece, ...]] = field(default_factory=dict)
    braces: dict[int, int] = field(default_factory=dict)
    tags: dict[int, _Tag] = field(default_factory=dict)
    tag_starts: list[int] = field(default_factory=list)
    dollars: list[int] = field(default_factory=list)
    ahead: dict[str, _Ahead] = field(default_factory=dict)
    quotes_open: int = 0

    def pieces(self) -> Iterator[Piece]:
        text = self.text
        if "<" in text:
            self.tags = {tag.start: tag for tag in _tags(text)}
            self.tag_starts = list(self.tags)
        if "$" in text:
            self.dollars = [match.start() for match in _UNESCAPED_DOLLAR.finditer(text) if match.group() == "$"]
        if "\\" in text:
            self.braces = _brace_pairs(text)
        length = len(text)
        while self.at < length:
            match = _SPECIAL.search(text, self.at)
            if match is None:
                yield Text(text[self.at :])
                return
            if match.start() > self.at:
                yield Text(text[self.at : match.start()])
                self.at = match.start()
            yield from self._special(match.group())

    def _next(self, wanted: str, position: int) -> int:
        if wanted not in self.ahead:
            self.ahead[wanted] = _Ahead(self.text, wanted)
        return self.ahead[wanted].after(position)

    def _take(self, length: int) -> str:
        taken = self.text[self.at : self.at + length]
        self.at += len(taken)
        return taken

    def _special(self, sign: str) -> Iterator[Piece]:
        match sign[0]:
            case "$":
                yield self._dollars()
            case "\\":
                yield from self._command()
            case "<":
                yield from self._tag()
            case "{":
                yield from self._group()
            case "}":
                yield from self.closers.get(self.at, (Text("}"),))
                self.at += 1
            case "\n":
                yield self._line_end()
            case "~":
                yield self._tie()
            case "-":
                yield self._dashes(sign)
            case "h" | "w":
                yield from self._address()
            case _:
                yield self._quotes(sign)

    # mathematics

    def _dollars(self) -> Piece:
        text, start = self.text, self.at
        if text.startswith("$$", start):
            end = self._next("$$", start + 2)
            if end > start + 2 and self._is_math(start + 2, end):
                self.at = end + 2
                return Math(text[start + 2 : end].strip(), display=True)
            return Text(self._take(2))
        end = self._closing_dollar(start + 1)
        if end > start + 1 and self._is_math(start + 1, end) and self._is_meant(start + 1, end):
            self.at = end + 1
            return Math(text[start + 1 : end].strip())
        return Text(self._take(1))

    def _closing_dollar(self, position: int) -> int:
        index = bisect_left(self.dollars, position)
        return self.dollars[index] if index < len(self.dollars) else -1

    def _is_math(self, start: int, end: int) -> bool:
        content = self.text[start:end]
        if not content.strip() or _BLANK_LINE.search(content):
            return False
        first = bisect_left(self.tag_starts, start)
        if first < len(self.tag_starts) and self.tag_starts[first] < end:
            return False
        return not _PROSE.search(_IN_WORDS.sub(" ", content))

    def _is_meant(self, start: int, end: int) -> bool:
        """Tell `$n$` from a price: `$5 and $10`, `$5-$10`, `US$ 3 or $ 4`."""
        content = self.text[start:end]
        if self.text[end + 1 : end + 2].isdigit() and (content[0].isdigit() or content[-1].isspace()):
            return False
        if _TEX_SIGN.search(content):
            return True
        stripped = content.strip()
        if content[0].isspace() or content[-1].isspace():
            return len(stripped) <= 12 and not stripped[0].isdigit() and " " not in stripped
        return len(stripped) <= 200

    def _delimited(self, opening: str, closing: str) -> Piece | None:
        r"""Return the mathematics between \( and \), or \[ and \], if there is any before the next opening one."""
        start = self.at + len(opening)
        end = self._next(closing, start)
        another = self._next(opening, start)
        if end <= start or 0 <= another < end or not self._is_math(start, end):
            return None
        self.at = end + len(closing)
        return Math(self.text[start:end].strip(), display=opening != "\\(")

    def _environment(self, match: re.Match[str]) -> Piece | None:
        closing = f"\\end{{{match.group(1)}{match.group(2)}}}"
        end = self._next(closing, match.end())
        another = self._next(match.group(), match.end())
        if end < 0 or 0 <= another < end:
            return None
        source = self.text[match.start() : end + len(closing)]
        if _BLANK_LINE.search(source):
            return None
        self.at = end + len(closing)
        return Math(source, display=True)

    # commands of TeX in prose

    def _command(self) -> Iterator[Piece]:
        text = self.text
        for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
            if text.startswith(opening, self.at):
                yield self._delimited(opening, closing) or Text(self._take(2))
                return
        if (environment := _ENVIRONMENT.match(text, self.at)) and (math := self._environment(environment)):
            yield math
        elif (accent := _ACCENT.match(text, self.at)) and (letter := _accented(accent)):
            self.at = accent.end()
            yield Text(letter)
        elif word := _WORD.match(text, self.at):
            yield from self._word(word)
        else:
            yield self._sign()

    def _sign(self) -> Piece:
        r"""Read \% \& \_ and the like, \, and other spaces, \\ as a new line."""
        sign = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if sign == "\\":
            return Break(paragraph=False)
        if sign in SPACES:
            return Text(SPACES[sign])
        return Text(sign if sign and sign in "%&_#${}'\"" else f"\\{sign}")

    def _word(self, match: re.Match[str]) -> Iterator[Piece]:
        name, after = match.group(1), match.end()
        group = self._argument(after)
        if name in _STYLED and group is not None:
            yield from self._styled(_STYLED[name], group)
        elif name in {"href", "hyperlink"} and group is not None:
            yield from self._link(group)
        elif name == "url" and group is not None:
            address = self.text[group + 1 : self.braces[group]]
            self.at = self.braces[group] + 1
            yield from _linked(address, (Text(address),))
        elif name in {"textcolor", "colorbox"} and group is not None and self._second(group) is not None:
            yield from self._styled("", self._second(group) or 0)
        elif name == "color" and group is not None:
            self.at = self.braces[group] + 1
        elif name == "footnote" and group is not None:
            self.closers[self.braces[group]] = (Text(")"),)
            self.at = group + 1
            yield Text(" (")
        elif name in _CITING and group is not None:
            keys = self.text[group + 1 : self.braces[group]]
            self.at = self.braces[group] + 1
            yield Text(f"[{keys}]")
        elif name == "sqrt" and group is not None:
            yield Text("√")
            yield from self._styled("", group)
        elif name in _BARE_SWITCHES:
            self.at = after + (1 if self.text[after : after + 1] == " " else 0)
        elif name in _LINE_BREAKS or name == "par":
            self.at = after
            yield Break(paragraph=name == "par")
        elif name in SYMBOLS:
            self.at = after
            yield Text(self._symbol(name))
        else:
            self.at = after
            yield Text(match.group())

    def _symbol(self, name: str) -> str:
        """Return the character of a command; a letter such as \\ss takes the space that ends its name with it."""
        symbol = SYMBOLS[name]
        if self.text.startswith("{}", self.at):
            self.at += 2
        elif symbol.isalpha() and ord(symbol[0]) < 0x250 and self.text[self.at : self.at + 1] == " ":
            self.at += 1
        return symbol

    def _argument(self, position: int) -> int | None:
        """Return the place of the opening brace of a closed group at `position` (spaces may stand before it)."""
        while self.text[position : position + 1] == " ":
            position += 1
        return position if position in self.braces else None

    def _second(self, group: int) -> int | None:
        return self._argument(self.braces[group] + 1)

    def _styled(self, kind: str, group: int) -> Iterator[Piece]:
        self.at = group + 1
        if kind:
            yield Open(kind)
        self.closers[self.braces[group]] = (Close(kind),) if kind else ()

    def _link(self, group: int) -> Iterator[Piece]:
        address = self.text[group + 1 : self.braces[group]]
        shown = self._second(group)
        if shown is None:
            self.at = self.braces[group] + 1
            yield from _linked(address, (Text(address),))
            return
        self.at = shown + 1
        if _is_safe(address):
            yield Open("a", address)
            self.closers[self.braces[shown]] = (Close("a"),)
        else:
            self.closers[self.braces[shown]] = (Text(f" ({address})"),)

    def _group(self) -> Iterator[Piece]:
        """Read `{\\it …}` and `{\\"o}`; any other brace is a brace."""
        end = self.braces.get(self.at)
        if end is None:
            yield Text(self._take(1))
        elif switch := _SWITCH.match(self.text, self.at):
            kind = _SWITCHES.get(switch.group(1), "")
            self.at = switch.end()
            if kind:
                yield Open(kind)
            self.closers[end] = (Close(kind),) if kind else ()
        elif self._begins_a_command(self.at + 1):
            self.closers[end] = ()
            self.at += 1
        else:
            yield Text(self._take(1))

    def _begins_a_command(self, position: int) -> bool:
        if _ACCENT.match(self.text, position):
            return True
        word = _WORD.match(self.text, position)
        return bool(word and (word.group(1) in _STYLED or word.group(1) in SYMBOLS))

    # marks of prose

    def _line_end(self) -> Piece:
        match = _LINE_END.match(self.text, self.at)
        gap = match.group() if match else "\n"
        self.at += len(gap)
        # arXiv begins a paragraph by two spaces at the start of a line.
        return Break() if gap.count("\n") > 1 or gap == "\n  " else Text("\n")

    def _tie(self) -> Piece:
        before, after = self.text[self.at - 1 : self.at] if self.at else "", self.text[self.at + 1 : self.at + 2]
        self.at += 1
        ties = bool(before and after) and (before.isalnum() or before in ".,)]}$'’") and (after.isalnum() or after in "$\\([{")
        return Text("\u00a0" if ties and not (before.isdigit() and after.isdigit()) else "~")

    def _dashes(self, run: str) -> Piece:
        before, after = self.text[self.at - 1 : self.at] if self.at else "", self.text[self.at + len(run) : self.at + len(run) + 1]
        self.at += len(run)
        is_option = len(run) == 2 and after.isalpha() and not (before and not before.isspace())
        if len(run) > 3 or is_option:
            return Text(run)
        return Text("–" if len(run) == 2 else "—")

    def _quotes(self, sign: str) -> Piece:
        self.at += 2
        if sign == "``" and self._next("''", self.at) >= 0:
            self.quotes_open += 1
            return Text("“")
        if sign == "''" and self.quotes_open:
            self.quotes_open -= 1
            return Text("”")
        return Text(sign)

    def _address(self) -> Iterator[Piece]:
        match = _URL.match(self.text, self.at)
        if match is None:
            yield Text(self._take(4))
            return
        address = match.group().rstrip(".,;:!?'’*")
        for _ in range(5):
            if address.endswith((")", "]")) and address.count(")") + address.count("]") > address.count("(") + address.count("["):
                address = address[:-1].rstrip(".,;:!?'’*")
        self.at += len(address)
        yield from _linked(address if address.startswith("http") else f"https://{address}", (Text(address),))

    # elements of JATS, MathML and HTML

    def _tag(self) -> Iterator[Piece]:
        tag = self.tags.get(self.at)
        if tag is None:
            yield Text(self._take(1))
            return
        self.at = tag.end
        closing = tag.partner if tag.partner is not tag else None
        if tag.name in {"math", "tex-math"} and not tag.closes and closing:
            yield from self._element_of_math(tag, closing)
        elif tag.name in _EMPHASIS and tag.partner:
            yield Close(_EMPHASIS[tag.name]) if tag.closes else Open(_EMPHASIS[tag.name])
        elif tag.name in _HEADINGS:
            yield Close("strong") if tag.closes else Break()
            yield Break() if tag.closes else Open("strong")
        elif tag.name in _BLOCKS or tag.name in _LINES:
            yield Break(paragraph=tag.name in _BLOCKS)

    def _element_of_math(self, tag: _Tag, closing: _Tag) -> Iterator[Piece]:
        inner = self.text[tag.end : closing.start]
        source = mathml.tex(inner) if tag.name == "math" else _tex_inside(inner)
        self.at = closing.end
        if source:
            yield Math(source)
        if around := self._alternatives(tag, closing):
            self.at = around.start  # the same formula once more in another notation

    def _alternatives(self, tag: _Tag, closing: _Tag) -> _Tag | None:
        """Return the closing tag of the `<alternatives>` in which `tag` stands first."""
        index = bisect_left(self.tag_starts, tag.start)
        before = self.tags[self.tag_starts[index - 1]] if index else None
        if before and before.name == "alternatives" and not before.closes and before.partner and before.partner.start >= closing.end:
            return before.partner
        return None


def _accented(match: re.Match[str]) -> str | None:
    mark = ACCENTS[match.group(1) or match.group(2)]
    base = match.group(3) or match.group(4) or ""
    letter = {"\\i": "i", "\\j": "j"}.get(base, base)
    whole = unicodedata.normalize("NFC", letter + mark)
    return whole if len(whole) == 1 and letter else None


def _is_safe(address: str) -> bool:
    return bool(_SAFE_URL.fullmatch(address))


def _linked(address: str, shown: tuple[Piece, ...]) -> Iterator[Piece]:
    if not _is_safe(address):
        yield from shown
        return
    yield Open("a", address)
    yield from shown
    yield Close("a")


_DOCUMENT = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)


def _tex_inside(inner: str) -> str:
    document = _DOCUMENT.search(inner)
    source = (document.group(1) if document else inner).strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if source.startswith(opening) and source.endswith(closing) and len(source) > 2 * len(opening):
            return source[len(opening) : -len(closing)].strip()
    return source
