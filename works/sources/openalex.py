"""OpenAlex: its files (API answers, JSON lines, snapshot partitions, recorded answers) and its API as drafts."""

from collections.abc import Iterator
from pathlib import Path

from works.drafts import BadRecord, Quarantined, Read
from works.sources import merged_ids, openalex_drafts, recordings
from works.sources.files import Parsed, head_of, json_records, kept_raw, parse_json, results_or_self
from works.sources.http import Page
from works.sources.openalex_api import Query, fetch

__all__ = ["Page", "Query", "fetch", "read_file", "read_record"]


def read_file(path: Path, *, start: int = 0) -> Iterator[Read]:
    """Yield what the file holds, one `Read` per record, without the first `start` records.

    Raises UnreadableFile where the file breaks, after everything before it was yielded.
    """
    head = head_of(path)
    if merged_ids.is_one(head):
        yield from merged_ids.read(path, start=start)
        return
    found_in = recordings.json_records if recordings.is_one(head) else json_records
    for found in found_in(path, start=start):
        yield found if isinstance(found, Quarantined) else drafted(found)


def read_record(raw: bytes, place: str) -> Iterator[Read]:
    """Yield what one record as received holds. Raises NotUtf8."""
    found = parse_json(place, raw)
    if isinstance(found, Quarantined):
        yield found
    else:
        yield from map(drafted, results_or_self(found))


def drafted(found: Parsed) -> Read:
    """Return the draft of a parsed object, or set the object aside with the reason."""
    try:
        return openalex_drafts.draft(found.value)
    except BadRecord as error:
        return Quarantined(place=found.place, reason=str(error), key=openalex_drafts.key_of(found.value), raw=kept_raw(found))
