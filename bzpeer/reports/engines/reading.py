"""A document as the evidence engine reads it: zones, sentences with their offsets, and each sentence in a plain form for matching.

Texts come as printed lines, as joined paragraphs or as Markdown. Offsets always count characters of the text as given;
the plain form only serves the patterns and is never shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bzpeer.reports.findings import Document, Kind, Quote, Section

LONGEST_SENTENCE = 700
LONGEST_NOTE = 900
"""A note that says where the authors work is not longer."""
MOST_READ = 600_000
"""Characters beyond it are not read: a thesis or a proceedings volume, not a paper."""

_BLOCK = re.compile(r"\n[ \t]*\n+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“(]?[A-Z0-9\\<])")
_NO_END = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|vs|fig|figs|eq|eqs|sec|secs|tab|ref|refs|resp|approx|dr|prof|st|no|vol|pp|ed|eds|al|w\.r\.t|a\.k\.a|univ|dept|inc|corp|ltd)"
    r"|\b[A-Z]|^\s*\d+(?:\.\d+)*)\.$",
    re.I,
)
_HEADING = re.compile(
    r"(?P<marks>#{1,6}\s+)?(?P<number>(?:\d{1,2}|[A-Z]|[IVX]{1,5})(?:\.\d{1,2}){0,3}[.:)]?\s+)?(?P<title>[^\W\d_][^\n]{1,90}?)[.:]?",
)
_SPAN = re.compile(r"<[^<>\n]{1,80}>")
_PAGE_LINK = re.compile(r"\\?\[\\?\[?([^\[\]]{0,60}?)\\?\]?\\?\]\(#[^)]{0,40}\)")
_LINK = re.compile(r"\[([^\[\]]{0,200})\]\((https?://[^)\s]{1,300})\)")
_LIGATURES = str.maketrans(
    {
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬀ": "ff",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "‐": "-",
        "×": "x",
        "\xa0": " ",
    }
)
_TIMES = re.compile(r"(?<=\d)x(?=[A-Z])")
_CAMEL = re.compile(
    r"\b(Py|Tensor|Git|Bit|Image|Res|Ge|Num|Sci|Deep|Open|Mat|Hugging|Matr?Conv|Mu|Keras|Py Torch|Torch|Light|Cat|XG|Ada|Data|Map|Word|Glo|Fast|Dense|Mobile|"
    r"Alex|Squeeze|Caffe|Mx|MX|Chain|Dy|Rk|Rms|RMS|Hyper|Auto|Post|My|Mo|Li|La|Movie|Wiki|Celeb|SQ|Sha|Max|Soft|Re|Leaky|Co|Fashion|Mini|Tiny|Sh|You|Face|"
    r"Te|Chat|Doc|Web|Free|Word|Event|Big|Key|Link|Book|Doub|Ego|Mind|Lab|Cuda|Cvx|CVX|Gu|Mac|Power|Ama|Sage|Colab|Dr|Nv|Linked|Sense|Byte|Ten|Ali|Di|Mega|Inc) "
    r"(Torch|Flow|Hub|Bucket|Net|Nets|Force|Py|AI|Lab|Face|Mind|Conv|Net|Boost|Base|Frame|Reduce|Vec|Text|Prop|Co|Fold|Graph|Opt|Learn|Lens|Pedia|Text|QA|AD|Pool|"
    r"Plus|LU|Jo|Co|UN|Bench|Gen|GPT|Store|Vid|Stack|Book|Pro|PC|PU|In|Time|Dance|Cent|Baba|DA|Scope|Former)\b"
)
_REFERENCE_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:19|20)\d\d[a-z]?\b",
        r"\b(?:pp\.|pages|vol\.|doi|arXiv|ar Xiv|preprint|Proceedings|Proc\.|Conference|Transactions|Journal|Springer|Press|ISSN|ISBN|NeurIPS|NIPS|ICML|ICLR|CVPR|AAAI|"
        r"ACM|IEEE)\b|\bIn [A-Z]|\d+\s?\(\d+\)|\d{1,4}[-– ]{1,3}\d{1,4}, (?:19|20)\d\d",
        r"^(?:[-*]\s*)?(?:<span[^>]*></span>)?\\?\[?[\w+]{0,12}\\?\]?\s*(?:[A-Z][\w'’`´ -]{1,25},\s+(?:[A-Z]\.|[A-Z][a-z]+)|(?:[A-Z][.\s-]{1,3}){1,3}[A-Z][\w'’-]+(?:,| and)"
        r"|[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+(?:,| and ))",
    )
)
_PROSE = frozenset({"the", "we", "to", "in", "is", "that", "this", "are", "a", "for", "with", "on", "our", "which", "can", "be", "it"})
_NAMED = (
    (Kind.ABSTRACT, re.compile(r"abstract$|summary$", re.I)),
    (Kind.REFERENCES, re.compile(r"references?(?: and notes)?$|bibliography$|literature cited$", re.I)),
    (Kind.ACKNOWLEDGEMENTS, re.compile(r"acknowledge?ments?\b|acknowledge?ments? and|disclosure of funding|funding disclosure", re.I)),
    (Kind.CHECKLIST, re.compile(r"(?:(?:neurips|nips|icml|aaai|paper|reproducibility) )*(?:paper )?checklist\b", re.I)),
    (Kind.APPENDIX, re.compile(r"appendi(?:x|ces)\b|supplement(?:ary|al)?\b", re.I)),
)
_CHECKLIST_LINE = re.compile(
    r"^\W*(?:1\.\s*)?For all authors\.\.\.|Do the main claims made in the abstract and introduction accurately reflect", re.M
)
_FOOTNOTE = re.compile(r"^\s*(?:<sup>)?(?:\d{1,2}|[*†‡§¶∗])(?:</sup>)?\s?(?:https?:|www\.|[A-Z][a-z]+ )")


@dataclass(frozen=True)
class Sentence:
    """One sentence at [start, end) of the text; `plain` is what patterns read."""

    start: int
    end: int
    plain: str
    kind: Kind
    section: str

    @cached_property
    def lower(self) -> str:
        """Return the plain form in small letters."""
        return self.plain.lower()

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the distinct words, in small letters."""
        return frozenset(_WORD.findall(self.lower))


_WORD = re.compile(r"[a-z][a-z0-9+]*|\d+(?:\.\d+)?%?")


@dataclass(frozen=True)
class Reading:
    """A document read once: its sections and its sentences, in order."""

    document: Document
    title: str
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]

    @cached_property
    def text(self) -> str:
        """Return the text that was read."""
        return self.document.text[:MOST_READ]

    @cached_property
    def affiliations(self) -> tuple[tuple[int, int], ...]:
        """Return the stretches that say where the authors work: the title block and notes on the first pages."""
        return tuple(_affiliations(self.text, self.sections))

    def quote(self, sentence: Sentence) -> Quote:
        """Return the sentence as it stands in the text."""
        return Quote(
            start=sentence.start, end=sentence.end, text=self.document.text[sentence.start : sentence.end], section=sentence.section
        )


def plain(text: str) -> str:
    """Return text without ligatures, Markdown and the gaps that some extractions leave in "Git Hub"."""
    text = _TIMES.sub("x ", text.translate(_LIGATURES))
    if "<" in text or "](" in text or "\\" in text or "*" in text:
        text = _SPAN.sub(lambda tag: tag.group()[1:-1] if "://" in tag.group() else " ", text)
        text = _PAGE_LINK.sub(r"[\1]", text)
        text = _LINK.sub(r"\1 \2", text)
        text = text.replace("\\_", "_").replace("\\%", "%").replace("**", "").replace("\\times", "x").replace("\\", "")
    return " ".join(_CAMEL.sub(r"\1\2", text).split())


def read(document: Document) -> Reading:
    """Read a document: sections as given, else as found, then its sentences."""
    text = document.text[:MOST_READ]
    known = (replace(each, end=min(each.end, len(text))) for each in document.sections if each.start < len(text))
    sections = tuple(known) or sections_of(text)
    title = document.title or next((line.strip("# *") for line in text.split("\n") if line.strip()), "")
    return Reading(document, plain(title), sections, tuple(_sentences(text, sections)))


def sections_of(text: str) -> tuple[Section, ...]:
    """Find a paper's sections by their headings and, where an extraction lost those, by the look of the paragraphs."""
    marks: list[tuple[int, Kind, str]] = []
    blocks = list(_blocks(text))
    referring = _references(text, blocks)
    kind, seen_references = Kind.TITLE_BLOCK, False
    for number, (start, end) in enumerate(blocks):
        first = text[start:end].split("\n", 1)[0]
        found = _heading(first, kind=kind, late=seen_references, far=start > 0.25 * len(text))
        if found is None and kind is Kind.TITLE_BLOCK and number and _is_prose(text[start:end]):
            found = (Kind.ABSTRACT, "Abstract")
        if found is None and kind is not Kind.CHECKLIST and _CHECKLIST_LINE.search(text, start, min(end, start + 300)):
            found = (Kind.CHECKLIST, "Checklist")
        if found is None and referring[number] and kind is not Kind.REFERENCES:
            found = (Kind.REFERENCES, "References")
        elif (
            found is None
            and kind is Kind.REFERENCES
            and not referring[number]
            and not any(referring[number : number + 4])
            and _is_prose(text[start:end])
        ):
            found = (Kind.APPENDIX, "Appendix")
        if found is not None and (found != (kind, "") or not marks):
            kind = found[0]
            seen_references = seen_references or kind is Kind.REFERENCES
            marks.append((start, kind, found[1]))
    if not marks or marks[0][0] > 0:
        marks.insert(0, (0, Kind.TITLE_BLOCK, "Title"))
    ends = [start for start, _, _ in marks[1:]] + [len(text)]
    return tuple(
        Section(kind=kind, title=title, start=start, end=end) for (start, kind, title), end in zip(marks, ends, strict=True) if end > start
    )


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield paragraphs; where a text has no blank lines, its headings part it."""
    if text.count("\n\n") * 60 < text.count("\n"):
        yield from _by_headings(text)
        return
    start = 0
    for gap in _BLOCK.finditer(text):
        if gap.start() > start:
            yield from _lines_apart(text, start, gap.start())
        start = gap.end()
    if start < len(text):
        yield from _lines_apart(text, start, len(text))


def _lines_apart(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a paragraph, parted where one of its lines is a heading that names a zone."""
    at = start
    for line in re.finditer(r"[^\n]+", text[start:end]):
        if line.start() and len(line.group()) < 60 and _named(line.group()) is not None:
            yield at, start + line.start()
            at = start + line.start()
    yield at, end


def _by_headings(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in re.finditer(r"[^\n]+\n?", text):
        short = line.group().strip()
        begins = re.match(r"\[?\d{1,3}[\].]\s", short) or (
            len(short) < 80 and _heading(short, kind=Kind.BODY, late=True, far=True) is not None
        )
        if line.start() > start and begins:
            yield start, line.start()
            start = line.start()
    if start < len(text):
        yield start, len(text)


def _named(line: str) -> tuple[Kind, str] | None:
    """Return the zone that a heading names, "7. References" for one."""
    match = _HEADING.fullmatch(_bare(line))
    if match is None:
        return None
    title = match["title"].strip()
    for kind, pattern in _NAMED:
        if pattern.match(title) and len(title) < 70:
            return kind, title
    return None


def _bare(line: str) -> str:
    return _SPAN.sub("", line).replace("*", "").strip()


def _heading(line: str, *, kind: Kind, late: bool, far: bool) -> tuple[Kind, str] | None:  # noqa: PLR0911 - a list of reasons why a line is no heading
    """Return the zone and title that a line opens, None where it is no heading."""
    bare = _bare(line)
    if not 3 <= len(bare) <= 100:
        return None
    if (named := _named(bare)) is not None and (named[0] is not Kind.REFERENCES or far):
        return named
    match = _HEADING.fullmatch(bare)
    if match is None or not (match["marks"] or match["number"]):
        return None
    title = match["title"].strip()
    if (
        kind is Kind.TITLE_BLOCK
        and not re.match(r"introduction|motivation|background|overview|1\b", title, re.I)
        and not (match["number"] or "").startswith("1")
    ):
        return None
    if kind is Kind.CHECKLIST and not match["marks"]:
        return None
    lettered = bool(match["number"]) and match["number"][0].isalpha()
    if not match["marks"] and (len(title.split()) > 11 or not title[0].isupper() or re.search(r"\b(?:19|20)\d\d\b|[,;=]\s|\.$", title)):
        return None
    if kind in (Kind.REFERENCES, Kind.APPENDIX) or (late and lettered):
        if (kind is Kind.REFERENCES and not (lettered or match["marks"])) or (lettered and re.search(r"\band\b [A-Z]\.|\b[A-Z]\.", title)):
            return None
        return Kind.APPENDIX, title
    if lettered and not match["marks"] and not far:
        return None
    return Kind.BODY, title


def _is_prose(block: str) -> bool:
    words = block.lower().split()
    return len(words) >= 45 and sum(word in _PROSE for word in words) >= 0.13 * len(words)


def _references(text: str, blocks: Sequence[tuple[int, int]]) -> list[bool]:
    """Tell for each paragraph whether it stands in a list of references: most of its neighbours look like entries."""
    like = [start > 0.25 * len(text) and _is_reference(text[start : min(end, start + 500)]) for start, end in blocks]
    runs = [sum(like[max(0, at - 3) : at + 4]) / len(like[max(0, at - 3) : at + 4]) for at in range(len(like))]
    return [run >= 0.5 and (mine or run >= 0.7) for run, mine in zip(runs, like, strict=True)]


def _is_reference(block: str) -> bool:
    if len(block) < 25:
        return False
    year, place, author = (mark.search(block) is not None for mark in _REFERENCE_MARKS)
    words = block.lower().split()
    prose = sum(word in {"we", "our", "is", "are", "this", "that", "can"} for word in words)
    return (year + place + author) >= 2 and prose <= 0.06 * len(words)


def _sentences(text: str, sections: Sequence[Section]) -> Iterator[Sentence]:
    for section in sections:
        if section.kind is Kind.REFERENCES:
            continue
        for start, end in _blocks_within(text, section):
            block = text[start:end]
            kind = Kind.FOOTNOTE if section.kind is Kind.BODY and len(block) < 500 and _FOOTNOTE.match(block) else section.kind
            for at, to in sentences_within(text, start, end):
                if re.search(r"\w", text[at:to]):
                    yield Sentence(at, to, plain(text[at:to]), kind, section.title)


def _blocks_within(text: str, section: Section) -> Iterator[tuple[int, int]]:
    start = section.start
    for gap in re.finditer(r"\n[ \t]*\n+|\n(?=\s*(?:\||Algorithm \d|[-*] |\d{1,2}: ))", text[section.start : section.end]):
        if section.start + gap.start() > start:
            yield start, section.start + gap.start()
        start = section.start + gap.end()
    if start < section.end:
        yield start, section.end


def sentences_within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for gap in _SENTENCE_END.finditer(text, start, end):
        if _NO_END.search(text, max(at, gap.start() - 12), gap.start()) and not text[gap.start() - 2 : gap.start() - 1].isdigit():
            continue
        yield from _trimmed(text, at, gap.start())
        at = gap.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch without the space around it, cut where it is longer than a sentence can be."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_SENTENCE:
        cut = max(text.rfind(mark, start + 200, start + LONGEST_SENTENCE) for mark in ("\n", "; ", ", ", " "))
        cut = cut + 1 if cut > 0 else start + LONGEST_SENTENCE
        yield start, cut if not text[cut - 1].isspace() else cut - 1
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if end > start:
        yield start, end


def _affiliations(text: str, sections: Sequence[Section]) -> Iterator[tuple[int, int]]:
    head = next((section for section in sections if section.kind is Kind.TITLE_BLOCK), None)
    until = min(head.end, 6_000) if head else 0
    if until:
        yield 0, until
    for start, end in _blocks(text[:14_000]):
        if (start >= until and end - start < LONGEST_NOTE and _NOTE.match(text, start, end)) or _WORK_DONE.search(
            text, start, min(end, start + LONGEST_NOTE)
        ):
            yield start, min(end, start + LONGEST_NOTE)


_OPENING = re.compile(r"introduction|motivation|background|overview", re.I)
_NOTE = re.compile(r"[\W_]*(?:<sup>)?(?:[1a*†‡∗§]|\\\*)\W{0,4}(?:</sup>)?\W{0,3}[A-Z]\w|(?:<sup>)?\W*Equal contribution")
_WORK_DONE = re.compile(r"Correspondence to|Work (?:was )?(?:partially |mainly )?(?:done|performed|conducted)|Affiliations?:")
