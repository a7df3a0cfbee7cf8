"""OpenAlex: its files (API answers, JSON lines, snapshot partitions) and its API as drafts."""

from collections.abc import Iterator
from pathlib import Path

from works.drafts import BadRecord, Quarantined, Read
from works.sources import openalex_drafts
from works.sources.files import KEPT_RAW, Parsed, json_records


def read_file(path: Path, *, start: int = 0) -> Iterator[Read]:
    """Yield what the file holds, one `Read` per record, without the first `start` records.

    Raises UnreadableFile where the file breaks, after everything before it was yielded.
    """
    for found in json_records(path, start=start):
        yield found if isinstance(found, Quarantined) else drafted(found)


def drafted(found: Parsed) -> Read:
    """Return the draft of a parsed object, or set the object aside with the reason."""
    try:
        return openalex_drafts.draft(found.value)
    except BadRecord as error:
        return Quarantined(place=found.place, reason=str(error), key=openalex_drafts.key_of(found.value), raw=found.raw[:KEPT_RAW])
