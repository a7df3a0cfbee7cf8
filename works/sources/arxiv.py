"""arXiv: its files (Atom, recorded answers, OAI-PMH, the bulk metadata) and its API as drafts."""

import io
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from works import identifiers
from works.drafts import BadRecord, Quarantined, Read
from works.sources import arxiv_api, arxiv_bulk, arxiv_oai, arxiv_xml
from works.sources.arxiv_query import Query
from works.sources.files import (
    BROKEN_COMPRESSION,
    KEPT_RAW,
    Parsed,
    UnreadableFile,
    damaged,
    head_of,
    json_records,
    kept_raw,
    parse_json,
    plain_stream,
)
from works.sources.http import Manners, Page, Sleep

__all__ = ["Page", "Query", "fetch", "read_file", "read_record"]


def fetch(
    query: Query, *, base_url: str, oai_url: str, manners: Manners, cursor: str | None = None, sleep: Sleep = time.sleep
) -> Iterator[Page]:
    """Yield what arXiv answers, page by page; `cursor` (a page's `next_cursor`) continues after that page.

    `manners.turns` must be those of everybody who asks arXiv, by the API or by OAI-PMH.
    Raises an UpstreamError when upstream does not give the records; pages yielded before it stay valid.
    """
    if query.is_harvest:
        return arxiv_oai.fetch(query, base_url=oai_url, manners=manners, cursor=cursor, sleep=sleep)
    return arxiv_api.fetch(query, base_url=base_url, manners=manners, cursor=cursor, sleep=sleep)


def read_file(path: Path, *, start: int = 0) -> Iterator[Read]:
    """Yield what the file holds, one `Read` per record, without the first `start` records.

    Raises UnreadableFile where the file breaks, after everything before it was yielded.
    """
    if head_of(path).startswith(b"<"):
        with plain_stream(path) as stream:
            yield from islice(_xml_file(path, stream), start, None)
    else:
        yield from _json_file(path, start)


def read_record(raw: bytes, place: str) -> Iterator[Read]:
    """Yield what one record as received holds: an entry, an OAI record or a line of the bulk file. Raises NotUtf8."""
    if not raw.lstrip().startswith(b"<"):
        yield from _reads_of(parse_json(place, raw))
        return
    try:
        yield from _reads(arxiv_xml.records(io.BytesIO(raw), place), place)
    except arxiv_xml.XmlFault as fault:
        yield Quarantined(place=place, reason=f"the record breaks at its line {fault.line}: {fault}", raw=raw[:KEPT_RAW])


def _xml_file(path: Path, stream: IO[bytes]) -> Iterator[Read]:
    try:
        yield from _reads(arxiv_xml.records(stream, path.name), path.name)
    except arxiv_xml.XmlFault as fault:
        raise UnreadableFile(path, fault.line, f"{fault}. What came before is kept.") from fault
    except BROKEN_COMPRESSION as error:
        raise damaged(path, 1) from error


def _reads(found: Iterator[object], place: str) -> Iterator[Read]:
    for each in found:
        if isinstance(each, arxiv_xml.ApiError):
            yield Quarantined(place=place, reason=f"an error answer of arXiv, not a record: {each.sentence[:300]}")
        elif isinstance(each, arxiv_xml.Deleted):
            yield Quarantined(place=each.place, reason=arxiv_oai.DELETED, key=each.key)
        elif not isinstance(each, arxiv_xml.Total | arxiv_xml.Resumption):
            yield each  # type: ignore[misc]  # records() yields nothing else


def _json_file(path: Path, start: int) -> Iterator[Read]:
    """Bulk records, or recorded answers ({url, status_code, body}); the latter are few, so skipping reads them."""
    index = 0
    for found in json_records(path, start=0):
        if index < start and not _is_recording(found):
            index += 1
            continue
        for read in _reads_of(found):
            if index >= start:
                yield read
            index += 1


def _is_recording(found: Parsed | Quarantined) -> bool:
    return isinstance(found, Parsed) and isinstance(found.value, dict) and isinstance(found.value.get("body"), str)


def _reads_of(found: Parsed | Quarantined) -> Iterator[Read]:
    if isinstance(found, Quarantined):
        yield found
    elif isinstance(found.value, dict) and isinstance(body := found.value.get("body"), str):
        try:
            yield from _reads(arxiv_xml.records(io.BytesIO(body.encode()), found.place), found.place)
        except arxiv_xml.XmlFault as fault:
            yield Quarantined(place=found.place, reason=f"the recorded answer breaks at its line {fault.line}: {fault}")
    else:
        yield _drafted(found)


def _drafted(found: Parsed) -> Read:
    try:
        return arxiv_bulk.draft(found.value)
    except BadRecord as error:
        key = identifiers.arxiv_id(found.value.get("id")) if isinstance(found.value, dict) else None
        return Quarantined(place=found.place, reason=str(error), key=f"arxiv:{key}" if key else "", raw=kept_raw(found))
