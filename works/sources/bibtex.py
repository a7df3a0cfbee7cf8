"""BibTeX and BibLaTeX files as citations. bibtexparser takes the file apart, what the parts mean is read here.

An entry that cannot be read is told by its line, and the rest goes on.
"""

import logging
import re
from collections.abc import Iterator, Mapping

from bibtexparser.library import Library
from bibtexparser.model import Entry, ParsingFailedBlock
from bibtexparser.splitter import Splitter

from works import identifiers
from works.citations import MOST_AUTHORS, Citation, Fault, Reading, UnreadableList, one_line, refusal, shown, year_in
from works.sources.latex import letters
from works.sources.lists import MOST_ENTRIES, arxiv_id_in, doi_in, too_many

# Its warnings repeat what we tell the person whose file it is.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

_LONGEST_VALUE = 20_000
_MOST_PIECES = 50
_MOST_STRINGS_DEEP = 10
_START = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(]", re.MULTILINE)
_ANY_START = re.compile(r"@\w*[ \t]*[{(]")
_NO_ENTRY = frozenset({"comment", "preamble", "string"})
_TYPES = {
    "article": "article", "inproceedings": "conference paper", "conference": "conference paper", "proceedings": "conference paper",
    "book": "book", "inbook": "book chapter", "incollection": "book chapter", "phdthesis": "dissertation", "mastersthesis": "dissertation",
    "thesis": "dissertation", "techreport": "report", "report": "report", "unpublished": "preprint", "online": "preprint",
    "dataset": "dataset", "software": "software", "patent": "patent",
}  # fmt: skip
_INHERITED = {"booktitle": ("booktitle", "title"), "journal": ("journal", "title"), "year": ("year", "date"), "volume": ("volume",)}
"""What a chapter takes over from the book it refers to with `crossref`; a title or an author is never taken over."""
_AND = re.compile(r"\s+and\s+|^and\s+|\s+and$", re.IGNORECASE)
_OTHERS = re.compile(r"others|et\.? ?al\.?", re.IGNORECASE)
_BRACED_MATHEMATICS = re.compile(r"\{(\$[^$]{1,500}\$)\}")
_WHOLE_BRACES = re.compile(r"\{([^{}]*)\}")
_BARE = re.compile(r"[^\s\"{}#,=]+")


def is_one(text: str) -> bool:
    """Tell whether a text looks like BibTeX."""
    return _START.search(text) is not None


def read(text: str) -> Reading:
    """Return the entries of a BibTeX file. Raises UnreadableList if it holds none, or too many."""
    if (starts := len(_ANY_START.findall(text))) > 3 * MOST_ENTRIES:
        raise too_many(starts)
    library = Splitter(text).split()
    strings = {each.key.lower(): each.value for each in library.strings[:MOST_ENTRIES]}
    entries = {each.key: each for each in library.entries}
    citations: list[Citation] = []
    faults: list[Fault] = []
    for found in _blocks(library):
        read_one = found if isinstance(found, Fault) else _citation(found, strings, entries)
        if isinstance(read_one, Fault):
            faults.append(read_one)
        elif read_one is not None:
            citations.append(read_one)
    if len(citations) + len(faults) > MOST_ENTRIES:
        raise too_many(len(citations) + len(faults))
    if not citations and not faults:
        raise UnreadableList("No BibTeX entry was found: each begins with “@article{…” or the like.")
    return Reading(citations=tuple(citations), faults=tuple(faults))


def _blocks(library: Library) -> Iterator[Entry | Fault]:
    """Yield entries in the order of the file.

    An entry that says a field twice counts with the first one; a second entry under the same key is an entry like any other.
    """
    for block in library.blocks:
        if isinstance(block, Entry):
            yield block
        elif isinstance(block, ParsingFailedBlock):
            if isinstance(block.ignore_error_block, Entry):
                yield block.ignore_error_block
            elif block.ignore_error_block is None and not (block.raw or "").lower().startswith(("@string", "@comment", "@preamble")):
                yield Fault(line=_line(block.start_line), shown=shown(block.raw or ""), reason=_why(block))


def _line(start: int | None) -> int:
    return (start or 0) + 1


def _why(block: ParsingFailedBlock) -> str:
    said = str(getattr(block.error, "abort_reason", ""))
    if "end of file" in said:
        return "The entry is never closed: a brace or a quotation mark is missing before the file ends."
    if "block start" in said:
        return "The entry is not closed before the next one begins: a brace or a quotation mark is missing."
    if "comma after entry key" in said:
        return "The entry has no key: it begins like “@article{key, …”."
    return "A field is not written as “name = {value},”: a comma, a brace or an equals sign is missing."


def _citation(entry: Entry, strings: Mapping[str, str], entries: Mapping[str, Entry]) -> Citation | Fault | None:
    fields = _fields(entry, strings)
    parent = entries.get(fields.get("crossref", "").strip())
    if parent is not None and parent is not entry:
        _inherit(fields, _fields(parent, strings))
    line = _line(entry.start_line)
    everything = " ".join([fields.get(name, "") for name in ("title", "author", "doi", "eprint", "journal", "booktitle", "url")])
    if reason := refusal(everything + entry.key):
        return Fault(line=line, shown=shown(f"@{entry.entry_type}{{{entry.key}"), reason=reason)
    title = _title(fields)
    doi, paper = _ids(fields)
    if not (title or doi or paper):
        if entry.entry_type.lower() in _NO_ENTRY:
            return None
        return Fault(line=line, shown=shown(f"@{entry.entry_type}{{{entry.key}"), reason="The entry has no title, no DOI and no arXiv id.")
    authors, more = _names(fields.get("author", "") or fields.get("editor", ""))
    return Citation(
        line=line,
        label=one_line(entry.key, most=100),
        title=title,
        authors=authors,
        has_more_authors=more,
        year=year_in(fields.get("year", "") or fields.get("date", "")),
        doi=doi,
        arxiv_id=paper,
        venue=one_line(
            letters(next((fields[name] for name in ("journal", "journaltitle", "booktitle", "series", "school") if fields.get(name)), ""))
        ),
        type=_TYPES.get(entry.entry_type.lower(), ""),
        volume=one_line(fields.get("volume", ""), most=40),
        first_page=one_line(re.split(r"[-–—,]", fields.get("pages", ""), maxsplit=1)[0], most=40),
    )


def _fields(entry: Entry, strings: Mapping[str, str]) -> dict[str, str]:
    """Return the values by lower-case name, the first where a name repeats, with @string names and “#” worked out."""
    found: dict[str, str] = {}
    for field in entry.fields:
        found.setdefault(field.key.strip().lower(), _value(str(field.value), strings, 0))
    return found


def _inherit(fields: dict[str, str], parent: Mapping[str, str]) -> None:
    for name, sources in _INHERITED.items():
        if not fields.get(name):
            fields[name] = next((parent[each] for each in sources if parent.get(each)), "")


def _value(written: str, strings: Mapping[str, str], depth: int) -> str:
    """Return what a value says: quoted, braced, a number, a @string's name, or several of these joined by “#”."""
    parts = []
    for piece in _pieces(written[:_LONGEST_VALUE]):
        if piece[0] in '{"':
            parts.append(piece[1:-1])
        elif (known := strings.get(piece.lower())) is not None and depth < _MOST_STRINGS_DEEP:
            parts.append(_value(known, strings, depth + 1))
        else:
            parts.append(piece)
        if sum(map(len, parts)) > _LONGEST_VALUE:
            break
    return "".join(parts)[:_LONGEST_VALUE]


def _pieces(written: str) -> Iterator[str]:
    """Yield the parts between “#” outside of braces and quotes; the whole where it is not written that way."""
    text = written.strip()
    place = given = 0
    while place < len(text) and given < _MOST_PIECES:
        end = _end_of_piece(text, place)
        if end is None:
            yield from [text[place:]] if text[place:].strip() else []
            return
        yield text[place:end]
        given += 1
        rest = re.compile(r"\s*#?\s*").match(text, end)
        place = rest.end() if rest else len(text)


def _end_of_piece(text: str, start: int) -> int | None:
    if text[start] not in '{"':
        match = _BARE.match(text, start)
        return match.end() if match else None
    depth = 0
    for place in range(start, len(text)):
        letter = text[place]
        if letter == "{" and text[place - 1 : place] != "\\":
            depth += 1
        elif letter == "}" and text[place - 1 : place] != "\\":
            depth -= 1
        if (depth == 0 and text[start] == "{") or (letter == '"' and text[start] == '"' and depth == 0 and place > start):
            return place + 1
    return None


def _title(fields: Mapping[str, str]) -> str:
    """Return the title with its subtitle, without the braces that only keep capitals."""
    main, sub = fields.get("title", ""), fields.get("subtitle", "")
    text = _BRACED_MATHEMATICS.sub(r"\1", one_line(f"{main}: {sub}" if main and sub else main))
    for _ in range(3):
        bare = _WHOLE_BRACES.sub(_without_braces, text)
        if bare == text:
            break
        text = bare
    return text


def _without_braces(match: "re.Match[str]") -> str:
    """Keep the braces of TeX's own: arguments of commands, accents, mathematics."""
    before = match.string[max(match.start() - 40, 0) : match.start()]
    is_argument = re.search(r"\\[A-Za-z]+\*?\s*$|\\[`'^~=.\"]$|[_^]$|\}$", before)
    in_mathematics = match.string.count("$", 0, match.start()) % 2
    return match.group() if is_argument or in_mathematics or match.group(1).startswith("\\") else match.group(1)


def _names(author: str) -> tuple[tuple[str, ...], bool]:
    """Return the names of an author field in their printed spelling, and whether “and others” ends them.

    A name wholly in braces is a group's; “and” inside braces parts nothing.
    """
    found: list[str] = []
    more = False
    for raw in _parted(one_line(author, most=_LONGEST_VALUE)):
        name = one_line(letters(raw))
        if not name or name.lower() == "and":
            continue
        if _OTHERS.fullmatch(name):
            more = True
        elif len(found) < MOST_AUTHORS:
            found.append(name)
        else:
            more = True
    return tuple(found), more


def _parted(author: str) -> Iterator[str]:
    depth, start = 0, 0
    for match in re.finditer(r"\\.|[{}]|\s+and(?=\s)\s*", author, re.IGNORECASE):
        mark = match.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
        elif depth == 0 and mark[0] != "\\":
            yield author[start : match.start()]
            start = match.end()
    yield _AND.sub("", author[start:]) if start == 0 else author[start:]


def _ids(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return the DOI and the arXiv id an entry names, from any of the fields people put them in."""
    elsewhere = " ".join(fields.get(name, "") for name in ("url", "ee", "note", "howpublished", "journal", "link"))
    doi = doi_in(fields.get("doi", "")) or doi_in(fields.get("url", "") + " " + fields.get("ee", ""))
    named = fields.get("arxivid", "") or fields.get("arxiv", "")
    if not named and fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).strip().lower() in ("arxiv", ""):
        named = fields.get("eprint", "")
    paper = identifiers.arxiv_id(_old_style(one_line(letters(named)), fields)) or ""
    if not paper and "arxiv" in elsewhere.lower():
        paper = arxiv_id_in(elsewhere)
    if from_doi := identifiers.arxiv_id(doi):
        return "", paper or from_doi
    return doi, paper


def _old_style(named: str, fields: Mapping[str, str]) -> str:
    """Return an old id with its archive, which some exports keep in a field of its own: eprint 9405001, class hep-th."""
    if re.fullmatch(r"[0-9]{7}(?:v[0-9]+)?", named) and (archive := fields.get("primaryclass", "").strip()):
        return f"{archive}/{named}"
    return named
