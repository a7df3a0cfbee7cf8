"""Lists as people keep them: text files, pasted lines, columns of a table; and what all lists of works share.

A list of ids names DOIs and arXiv ids in any spelling, one a line or several, among other words. A line that holds
neither is told with its number, comments and headings are not.
"""

import re
from collections.abc import Iterator

from works import identifiers
from works.citations import Citation, Fault, Reading, UnreadableList, refusal, shown

LARGEST = 5 * 1024 * 1024
"""Bytes of a list of any kind."""
MOST_ENTRIES = 5_000
_LONGEST_LINE = 20_000

# A SICI inside a DOI holds what no other DOI does: 10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O
_DOI = re.compile(r"(?<![0-9a-z.])10\.[0-9]{4,9}/(?:\(SICI\)[^\s\"'|\\^`]{1,400}|[^\s\"'<>|;\\^`]{1,400})", re.IGNORECASE)
_ARXIV_NEW = re.compile(
    r"(?:(?<![0-9a-z./])|(?<=arxiv:)|(?<=arxiv\.org/abs/)|(?<=arxiv\.org/pdf/)|(?<=arxiv\.org/html/))[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,3})?(?![0-9a-z]|\.[0-9])",
    re.IGNORECASE,
)
_ARXIV_OLD = re.compile(r"(?<![0-9a-z.-])[a-z]{2,9}(?:-[a-z]{2,4})?(?:\.[a-z-]{2,10})?/[0-9]{7}(?:v[0-9]{1,3})?(?![0-9a-z])", re.IGNORECASE)
_COMMENT = re.compile(r"\s*(?:#|//|%|--)")
_HEADING = re.compile(r"[\s\W]*(?:doi|arxiv|id|identifier|title|year|author|journal)[a-z_ ]*(?:[,;\t|].*)?", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s\W_]*")
_TRAILING = ".,:;!?*"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_RESOLVER_TAIL = re.compile(r"(?:/(?:full|abstract|pdf|epdf|meta|html)|\.pdf|[?#].*)$", re.IGNORECASE)


def text_of(content: bytes) -> str:
    """Return the text of an uploaded list. Raises UnreadableList for what is no text or too much of it."""
    if len(content) > LARGEST:
        raise UnreadableList(f"The file has {len(content) / 2**20:,.1f} MB; at most {LARGEST // 2**20} MB are read. Split it.")
    if content.startswith((b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"\x89PNG")):
        raise UnreadableList(
            "This is a PDF, an archive or an office document, not a text file. Export the list as .bib, .ris or plain text."
        )
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # Old reference managers write Windows' Western letters; every byte but five has a meaning there.
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise UnreadableList("The file is no text that can be read. Save it again as UTF-8.") from None
    if text.count("\x00") > len(text) // 100:
        raise UnreadableList("The file is no text: it is full of NUL characters. Export the list as .bib, .ris or plain text.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UnreadableList("The file is empty.")
    return text


def too_many(number: int) -> UnreadableList:
    """Return the refusal of a list with too many entries."""
    return UnreadableList(f"The list has {number:,} entries; at most {MOST_ENTRIES:,} are read at a time. Split it.")


def read(text: str) -> Reading:
    """Return each id once, at the line where it is first named. Raises UnreadableList for too many."""
    citations: dict[str, Citation] = {}
    faults: list[Fault] = []
    is_first = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or _COMMENT.match(line):
            continue
        found, reason = _of_line(line, number)
        if reason and not (is_first and _HEADING.fullmatch(line[:500])):
            faults.append(Fault(line=number, shown=shown(line), reason=reason))
        is_first = False
        for each in found:
            citations.setdefault(each.keys[0], each)
        if len(citations) + len(faults) > MOST_ENTRIES:
            raise too_many(len(citations) + len(faults))
    return Reading(citations=tuple(citations.values()), faults=tuple(faults))


def _of_line(line: str, number: int) -> tuple[list[Citation], str]:
    """Return the ids of a line, or why it holds none."""
    if len(line) > _LONGEST_LINE:
        return [], f"This line has {len(line):,} characters; at most {_LONGEST_LINE:,} are read."
    if reason := refusal(line):
        return [], reason
    found = list(_ids(line, number))
    if found or _SEPARATOR.fullmatch(line):
        return found, ""
    return [], _why_none(line)


def _why_none(line: str) -> str:
    if re.search(r"\b10\.[0-9]", line):
        return "It looks like a DOI but is none: a DOI has the form 10.1234/name."
    if re.search(r"arxiv", line, re.IGNORECASE) or re.search(r"\b[0-9]{4}\.[0-9]{2,}", line):
        return "It looks like an arXiv id but is none: such an id looks like 2006.13719 or math/0611800."
    return "No DOI and no arXiv id is in this line."


def _ids(line: str, number: int) -> Iterator[Citation]:
    rest = line.replace("%2F", "/").replace("%2f", "/").replace("\\_", "_")
    for match in _DOI.finditer(rest):
        value = identifiers.doi(_trimmed(match.group()))
        if paper := identifiers.arxiv_id(value):
            yield Citation(line=number, arxiv_id=paper)
        elif value:
            yield Citation(line=number, doi=value)
    rest = _DOI.sub(" ", rest)
    for pattern in (_ARXIV_NEW, _ARXIV_OLD):
        for match in pattern.finditer(rest):
            if (paper := identifiers.arxiv_id(match.group())) and _can_be(paper):
                yield Citation(line=number, arxiv_id=paper)


def doi_in(text: str) -> str:
    """Return the first DOI named in a text, "" if there is none."""
    match = _DOI.search(text[:_LONGEST_LINE].replace("%2F", "/").replace("\\_", "_"))
    return (identifiers.doi(_trimmed(match.group())) or "") if match else ""


def arxiv_id_in(text: str) -> str:
    """Return the first arXiv id named in a text, "" if there is none."""
    rest = text[:_LONGEST_LINE]
    if (match := _DOI.search(rest)) and (paper := identifiers.arxiv_id(_trimmed(match.group()))):
        return paper
    rest = _DOI.sub(" ", rest)
    for pattern in (_ARXIV_NEW, _ARXIV_OLD):
        for match in pattern.finditer(rest):
            if (paper := identifiers.arxiv_id(match.group())) and _can_be(paper):
                return paper
    return ""


def _can_be(paper: str) -> bool:
    """Tell whether the digits of an id are a year and month of arXiv's: 1234.5678 is a number, not a paper."""
    digits = paper.rpartition("/")[2]
    year, month = int(digits[:2]), int(digits[2:4])
    if not 1 <= month <= 12:
        return False
    if "/" in paper:
        return year >= 91 or year <= 7
    is_five = len(digits) == 10
    return 7 <= year <= 90 and (year * 100 + month >= 1501) == is_five


def _trimmed(found: str) -> str:
    """Return a DOI without what follows it in prose or in an address: "10.1/x)." and "10.1/x/full?…"."""
    previous = ""
    while found != previous:
        previous = found
        found = found.rstrip(_TRAILING)
        if found and (opening := _CLOSING.get(found[-1])) and found.count(found[-1]) > found.count(opening):
            found = found[:-1]
        found = _RESOLVER_TAIL.sub("", found)
    # A comma parts columns, unless the text after it goes on like a DOI's own (old DOIs of some publishers hold commas).
    head, comma, tail = found.partition(",")
    return head if comma and not re.fullmatch(r"[0-9.]{1,12}", tail) else found
