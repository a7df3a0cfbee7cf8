"""ORCID's public API (v3.0): the works a person lists on their record, as citations. Needs no key.

A record groups what it holds to be one work told by several sources; within a group the one its owner prefers speaks. Only what
is public is ever answered. A list on an ORCID record is a hint which works are somebody's, not a proof: anybody with an iD can
list anything.
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from works import identifiers
from works.citations import Citation, Fault, one_line, refusal, shown, year_in
from works.sources.http import BadQuery, Client, Manners, Moved, NotThere, Sleep, UpstreamGarbled, UpstreamRefused
from works.sources.lists import MOST_ENTRIES, arxiv_id_in, doi_in

_MOST_MOVES = 3
_IN_ADDRESS = re.compile(r"/([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X])(?:/|$)", re.IGNORECASE)
_TYPES = {
    "journal-article": "article", "conference-paper": "conference paper", "book": "book", "book-chapter": "book chapter",
    "preprint": "preprint", "dissertation": "dissertation", "dissertation-thesis": "dissertation", "data-set": "dataset",
    "software": "software", "report": "report",
}  # fmt: skip
_OWN = "self"
_VERSION = "version-of"
"""Relationships of an id: "part-of" names the journal or book, "funded-by" the grant; neither is the work's."""

Json = dict[str, Any]


class WorksList(msgspec.Struct, frozen=True, kw_only=True):
    """The public works of a record. `orcid` is the iD that answered, another one than asked for if the records were merged."""

    orcid: str
    citations: tuple[Citation, ...]
    faults: tuple[Fault, ...] = ()
    left_out: int = 0
    """Works beyond the limit."""


def fetch_works(orcid: str, *, base_url: str, sleep: Sleep = time.sleep, manners: Manners | None = None) -> WorksList:
    """Return the works an ORCID record lists. Raises BadQuery for what is no iD, an UpstreamError if ORCID does not give them.

    A citation's `line` is its place on the record (1 is the first), its `label` ORCID's put-code.
    """
    asked = identifiers.orcid(orcid)
    if asked is None:
        raise BadQuery(f"“{orcid[:80]}” is not an ORCID iD: 16 digits in four groups, the last one checks the others.")
    client = Client("ORCID", headers={"Accept": "application/json"}, manners=manners, sleep=sleep)
    for _ in range(_MOST_MOVES):
        try:
            return _read(client.get(f"{base_url.rstrip('/')}/v3.0/{asked}/works", _parsed), asked)
        except Moved as moved:
            # Only the iD is taken from the address: the question stays with the configured service.
            match = _IN_ADDRESS.search(moved.location)
            target = identifiers.orcid(match.group(1)) if match else None
            if target is None or target == asked:
                raise UpstreamGarbled(f"ORCID says that {asked} has moved but not where to. Try again later.") from None
            asked = target
        except NotThere as error:
            raise NotThere(f"ORCID has no record {asked} ({error.status}). Check the iD.", status=error.status) from error
        except UpstreamRefused as error:
            raise _refused(asked, error) from error
    raise UpstreamGarbled(f"ORCID sends {orcid} around in circles. Try again later.")


def _refused(orcid: str, error: UpstreamRefused) -> UpstreamRefused:
    """Say what ORCID means with 409: the record's owner deactivated it, or ORCID locked it."""
    if error.status != 409:
        return error
    if "lock" in str(error).lower():
        return UpstreamRefused(f"ORCID has locked the record {orcid}; nothing on it is public. Its owner can ask ORCID why.", status=409)
    return UpstreamRefused(f"The ORCID record {orcid} was deactivated by its owner; nothing on it is public.", status=409)


def _parsed(body: bytes) -> Json:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        looks = "XML or a web page" if body.lstrip()[:1] == b"<" else "damaged"
        raise UpstreamGarbled(f"ORCID's answer is no JSON ({looks}). Check ORCID_API_URL, or try again later.") from None
    if not isinstance(value, dict) or not isinstance(value.get("group"), list):
        raise UpstreamGarbled("ORCID's answer is no list of works. Check ORCID_API_URL, or try again later.")
    return value


def _read(raw: Json, orcid: str) -> WorksList:
    citations, faults = [], []
    groups = raw["group"]
    for place, group in enumerate(groups[:MOST_ENTRIES], 1):
        found = _citation(group, place)
        if isinstance(found, Fault):
            faults.append(found)
        elif found is not None:
            citations.append(found)
    return WorksList(orcid=orcid, citations=tuple(citations), faults=tuple(faults), left_out=max(len(groups) - MOST_ENTRIES, 0))


def _citation(group: object, place: int) -> Citation | Fault | None:
    """Return what a group says, a fault if it cannot be read, None if nothing in it is public."""
    listed = _at(group, "work-summary")
    summaries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    public = [each for each in summaries if str(each.get("visibility") or "public").lower() == "public"]
    if not public:
        return None if summaries else Fault(line=place, shown="", reason="The entry on the ORCID record is empty.")
    preferred = max(public, key=_preference)
    title = one_line(": ".join(filter(None, (_text(preferred, "title", "title", "value"), _text(preferred, "title", "subtitle", "value")))))
    ids = list(_ids(_at(group, "external-ids", "external-id"))) + [
        each for summary in (preferred, *public) for each in _ids(_at(summary, "external-ids", "external-id"))
    ]
    doi, paper = _doi(ids), _arxiv_id(ids)
    if reason := refusal(title + _text(preferred, "journal-title", "value")):
        return Fault(line=place, shown=shown(title), reason=reason)
    if not (title or doi or paper):
        return Fault(
            line=place, shown=f"put-code {preferred.get('put-code')}"[:60], reason="The entry has no title, no DOI and no arXiv id."
        )
    return Citation(
        line=place,
        label=str(preferred.get("put-code") or "")[:40],
        title=title,
        year=year_in(_text(preferred, "publication-date", "year", "value")),
        doi=doi,
        arxiv_id=paper,
        venue=one_line(_text(preferred, "journal-title", "value")),
        type=_TYPES.get(str(preferred.get("type") or "").lower().replace("_", "-"), ""),
    )


def _preference(summary: Json) -> int:
    index = str(summary.get("display-index") or "0")
    return int(index) if index.isdecimal() and len(index) < 10 else 0


def _at(value: object, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: object, *path: str) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _ids(listed: object) -> Iterator[tuple[str, str, str]]:
    """Yield relationship, type and value of each external id."""
    for each in listed if isinstance(listed, list) else ():
        value = _text(each, "external-id-normalized", "value") or _text(each, "external-id-value")
        yield _text(each, "external-id-relationship").lower(), _text(each, "external-id-type").lower(), value


def _doi(ids: list[tuple[str, str, str]]) -> str:
    for wanted in (_OWN, _VERSION):
        for relationship, kind, value in ids:
            if (
                relationship == wanted
                and kind == "doi"
                and (found := identifiers.doi(value) or doi_in(value))
                and not identifiers.arxiv_id(found)
            ):
                return found
    return ""


def _arxiv_id(ids: list[tuple[str, str, str]]) -> str:
    for wanted in (_OWN, _VERSION):
        for relationship, kind, value in ids:
            if relationship == wanted and kind in ("arxiv", "doi") and (found := identifiers.arxiv_id(value) or _named(kind, value)):
                return found
    return ""


def _named(kind: str, value: str) -> str:
    return arxiv_id_in(value) if kind == "arxiv" else ""
