"""arXiv's XML: Atom answers of its API and OAI-PMH answers (formats arXiv and arXivRaw)."""

from collections.abc import Callable, Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse, tostring

from works import identifiers
from works.drafts import BadRecord, Quarantined, VersionDraft, WorkDraft
from works.sources import arxiv_drafts
from works.sources.bylines import Byline, split_bylines
from works.sources.files import KEPT_RAW
from works.sources.latex import letters

ERROR_IDS = "/api/errors"
"""arXiv's API tells errors as an entry whose id holds this."""


class ApiError(msgspec.Struct, frozen=True):
    """An error that arrived as an entry or as an OAI error element."""

    sentence: str


class Deleted(msgspec.Struct, frozen=True):
    """A record that OAI-PMH lists as deleted."""

    key: str
    place: str


class Resumption(msgspec.Struct, frozen=True):
    """Where an OAI-PMH list goes on; an empty token says that it ends here."""

    token: str
    total: int | None


class Total(msgspec.Struct, frozen=True):
    """How many results the API says there are."""

    count: int


_ROOTS = frozenset(("feed", "OAI-PMH", "ListRecords", "GetRecord", "entry", "record"))
"""What an answer of arXiv begins with, whole or cut out of one."""


class XmlFault(Exception):
    """The XML breaks at `line`, or asks for something we refuse."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


class _Counted:
    """A stream that knows how many lines went through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.lines = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.lines += data.count(b"\n")
        return data


Found = WorkDraft | Quarantined | ApiError | Total | Deleted | Resumption


def records(stream: IO[bytes], place: str, *, days: Callable[[str], object] | None = None) -> Iterator[Found]:
    """Yield the records of an Atom feed or OAI answer as they are read, errors as `ApiError`.

    `days` is told the day of change of every OAI record, readable or not.

    Raises XmlFault where the XML breaks; declared entities are refused (they can be made to explode).
    """
    counted = _Counted(stream)
    open_elements: list[Element] = []
    number = 0
    try:
        for event, element in iterparse(counted, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if not open_elements and not number and _local(element) not in _ROOTS:
                    raise XmlFault(
                        counted.lines or 1, f"this XML is a <{_local(element)[:40]}>, neither an Atom feed nor an OAI-PMH answer"
                    )
                open_elements.append(element)
                continue
            open_elements.pop()
            name = _local(element)
            if name == "totalResults" and (text := (element.text or "").strip()).isdecimal():
                yield Total(int(text[:9]))
            if name == "resumptionToken":
                size = element.get("completeListSize") or ""
                yield Resumption((element.text or "").strip(), int(size[:9]) if size.isdecimal() else None)
            if name == "error" and len(open_elements) == 1:
                yield ApiError(_said(element))
            if name in ("entry", "record") and not any(_local(each) in ("entry", "record") for each in open_elements):
                number += 1
                if days and (day := _child_text(_child(element, "header"), "datestamp")[:10]):
                    days(day)
                yield _one(element, name, f"{place}, record {number}")
                if open_elements:
                    open_elements[-1].remove(element)
    except ParseError as error:
        raise XmlFault(error.position[0], "the XML breaks here") from error
    except DefusedXmlException as error:
        raise XmlFault(counted.lines + 1, "the XML declares a document type or entities, which are refused") from error
    except (ValueError, LookupError) as error:
        raise XmlFault(counted.lines + 1, "the XML names an encoding nobody knows") from error


def _said(error: Element) -> str:
    return f"{error.get('code') or 'error'}: {arxiv_drafts.flat(error.text or '')}"


def _written(element: Element) -> bytes:
    """Return the XML of a record to keep; one that is nested too deeply to be written is known by its place alone."""
    try:
        return bytes(tostring(element)[:KEPT_RAW])
    except RecursionError:
        return b""


def _one(element: Element, name: str, place: str) -> WorkDraft | Quarantined | ApiError | Deleted:
    identifier = ""
    try:
        if name == "entry":
            identifier = _child_text(element, "id")
            if ERROR_IDS in identifier:
                return ApiError(arxiv_drafts.flat(_child_text(element, "summary")) or "an error without words")
            return _entry(element)
        header = _child(element, "header")
        identifier = _child_text(header, "identifier")
        if header is not None and header.get("status") == "deleted" and (deleted := identifiers.arxiv_id(identifier)):
            return Deleted(f"arxiv:{deleted}", place)
        return _oai_record(element, header)
    except BadRecord as error:
        found = identifiers.arxiv_id(identifier)
        return Quarantined(place=place, reason=str(error), key=f"arxiv:{found}" if found else "", raw=_written(element))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Element | None, name: str) -> Element | None:
    return next((each for each in element if _local(each) == name), None) if element is not None else None


def _children(element: Element | None, name: str) -> list[Element]:
    return [each for each in element if _local(each) == name] if element is not None else []


def _child_text(element: Element | None, name: str) -> str:
    found = _child(element, name)
    return (found.text or "").strip() if found is not None else ""


# --- Atom ----------------------------------------------------------------------------------------------------------


def _entry(entry: Element) -> WorkDraft:
    identifier = _child_text(entry, "id")
    published, updated = _child_text(entry, "published"), _child_text(entry, "updated")
    primary = _child(entry, "primary_category")
    categories = [each.get("term") or "" for each in ([primary] if primary is not None else []) + _children(entry, "category")]
    return arxiv_drafts.draft(
        arxiv_drafts.ArxivRecord(
            id=identifier,
            title=_child_text(entry, "title"),
            abstract=_child_text(entry, "summary"),
            bylines=[byline for each in _children(entry, "author") if (byline := _atom_byline(each))],
            categories=categories,
            comments=_child_text(entry, "comment"),
            journal_ref=_child_text(entry, "journal_ref"),
            doi=_child_text(entry, "doi"),
            versions=_known_versions(identifier, published, updated),
            created=published,
            updated=updated,
            record_changed=updated,
        )
    )


def _atom_byline(author: Element) -> Byline | None:
    name = letters(_child_text(author, "name"))[:600]
    if not any(character.isalnum() for character in name):
        return None
    places = (letters(each.text or "") for each in _children(author, "affiliation"))
    return Byline(name, tuple(dict.fromkeys(each for each in places if each)))


def _known_versions(identifier: str, published: str, updated: str) -> list[VersionDraft]:
    """An entry knows the first version's time and the shown version's number and time."""
    parts = identifiers.arxiv_id_and_version(identifier)
    shown = parts[1] if parts else None
    if shown is None:
        return []
    first = [VersionDraft(number=1, submitted_at=arxiv_drafts.moment(published))]
    return first if shown == 1 else [*first, VersionDraft(number=shown, submitted_at=arxiv_drafts.moment(updated))]


# --- OAI-PMH -------------------------------------------------------------------------------------------------------


def _oai_record(record: Element, header: Element | None) -> WorkDraft:
    metadata = _child(record, "metadata")
    body = next(iter(metadata), None) if metadata is not None else None
    if body is None:
        raise BadRecord("the record has no metadata")
    if _local(body) not in ("arXiv", "arXivRaw"):
        raise BadRecord(f"metadata in the format “{_local(body)[:40]}”; ask arXiv for the format arXiv or arXivRaw")
    versions = _raw_versions(body)
    return arxiv_drafts.draft(
        arxiv_drafts.ArxivRecord(
            id=_child_text(body, "id") or _child_text(header, "identifier"),
            title=_child_text(body, "title"),
            abstract=_child_text(body, "abstract"),
            bylines=_oai_bylines(_child(body, "authors")),
            categories=_child_text(body, "categories").split(),
            comments=_child_text(body, "comments"),
            journal_ref=_child_text(body, "journal-ref"),
            doi=_child_text(body, "doi"),
            license=_child_text(body, "license"),
            versions=versions,
            created=_child_text(body, "created"),
            updated=_child_text(body, "updated") or ("" if versions else _child_text(body, "created")),
            record_changed=_child_text(header, "datestamp"),
            is_withdrawn=_is_withdrawn(body),
        )
    )


def _oai_bylines(authors: Element | None) -> list[Byline]:
    structured = _children(authors, "author")
    if not structured:
        return list(split_bylines(authors.text or "")) if authors is not None else []
    return [byline for each in structured if (byline := _oai_byline(each))]


def _oai_byline(author: Element) -> Byline | None:
    parts = (letters(_child_text(author, name)) for name in ("forenames", "keyname", "suffix"))
    name = " ".join(filter(None, parts))[:600]
    if not any(character.isalnum() for character in name) or name.lower().rstrip(".") == "et al":
        return None
    places = (letters(each.text or "") for each in _children(author, "affiliation"))
    return Byline(name, tuple(dict.fromkeys(each for each in places if each)))


def _is_withdrawn(body: Element) -> bool:
    """Tell whether the newest version has no paper: arXivRaw then gives its source the type I (to be ignored)."""
    newest = _children(body, "version")[-1:]
    return bool(newest) and "I" in _child_text(newest[0], "source_type")


def _raw_versions(body: Element) -> list[VersionDraft]:
    found: dict[int, VersionDraft] = {}
    for each in _children(body, "version"):
        name = each.get("version") or ""
        if name[:1] == "v" and name[1:].isdecimal() and len(name) < 6 and int(name[1:]):
            found[int(name[1:])] = VersionDraft(number=int(name[1:]), submitted_at=arxiv_drafts.moment(_child_text(each, "date")))
    return [found[number] for number in sorted(found)]
