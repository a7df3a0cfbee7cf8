"""Upstream records as they were last stored: the digest that recognises them, and the drafts of works."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper

from works.drafts import AnyDraft, Line, WorkDraft
from works.models import UpstreamRecord
from works.staging import Stage, array_of, load, stage_of, upsert

_COLUMNS = ("key", "digest", "record_id", "imported_at", "upstream_updated", "run_id", "draft", "line_mark")


class Kept(msgspec.Struct, frozen=True):
    """A stored draft of a work: when and by which run it came, and the work it belongs to."""

    draft: WorkDraft
    imported_at: datetime
    run_id: int | None
    work_id: int


class Seal(msgspec.Struct, frozen=True):
    """How a stored draft is recognised: its digest and upstream's own stamp of it."""

    digest: bytes
    upstream_updated: str

    def covers(self, draft: AnyDraft, digest: bytes) -> bool:
        """Tell whether storing `draft` would bring nothing: it is the same, or OpenAlex has already said something newer.

        arXiv's formats stamp different things, so their stamps say nothing about which is newer.
        """
        is_older = draft.key.startswith("openalex:") and "" < draft.upstream_updated < self.upstream_updated
        return digest == self.digest or is_older


def kept_seals(cursor: CursorWrapper, keys: Collection[str]) -> dict[str, Seal]:
    """Return the seal of each of `keys` that is known."""
    cursor.execute("SELECT key, digest, upstream_updated FROM works_upstreamrecord WHERE key = ANY(%s)", [array_of(list(keys))])
    return {key: Seal(bytes(digest), stamp) for key, digest, stamp in cursor.fetchall()}


def known_lines(lines: Collection[Line]) -> set[tuple[str, bytes]]:
    """Return key and mark of the lines that were stored as they stand. An empty digest asks for the record anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, line_mark FROM works_upstreamrecord WHERE key = ANY(%s) AND line_mark IS NOT NULL AND digest <> ''",
            [array_of([line.key for line in lines])],
        )
        return {(key, bytes(mark)) for key, mark in cursor.fetchall()}


def kept_drafts(cursor: CursorWrapper, work_ids: Collection[int]) -> dict[str, Kept]:
    """Return the drafts that these works were composed of, by key; fields younger than a draft have their defaults."""
    if not work_ids:
        return {}
    cursor.execute(
        "SELECT key, draft, imported_at, run_id, record_id FROM works_upstreamrecord "
        "WHERE record_id = ANY(%s) AND draft IS NOT NULL ORDER BY key",
        [list(work_ids)],
    )
    return {
        key: Kept(_renamed(unpacked(draft), key), imported_at, run_id, work_id)
        for key, draft, imported_at, run_id, work_id in cursor.fetchall()
    }


def unpacked(stored: bytes) -> WorkDraft:
    """Return the draft that was kept."""
    return msgspec.json.decode(zlib.decompress(stored), type=WorkDraft)


def _renamed(draft: WorkDraft, key: str) -> WorkDraft:
    """Return a stored draft under its record's key: upstream may have merged the id that stood in it (works/redirecting.py)."""
    if draft.key == key:
        return draft
    others = tuple(dict.fromkeys((*draft.also_known_as, draft.key)))
    return msgspec.structs.replace(draft, key=key, openalex_id=key.partition(":")[2], also_known_as=others)


def keep(
    cursor: CursorWrapper,
    drafts: Sequence[tuple[AnyDraft, bytes]],
    homes: Mapping[str, int],
    *,
    run_id: int,
    now: datetime,
    marks: Mapping[str, bytes],
    are_new: bool = False,
) -> None:
    """Store drafts with their digests; `homes` leads from a draft's key to its row.

    `are_new`: none of them is known; one that another transaction just brought is an IntegrityError.
    """
    rows = (
        (draft.key, digest, homes[draft.key], now, draft.upstream_updated, run_id, _packed(draft), marks.get(draft.key))
        for draft, digest in sorted(drafts, key=lambda pair: pair[0].key)
    )
    if are_new:
        load(cursor, UpstreamRecord, _COLUMNS, rows)
        return
    stage = stage_of(UpstreamRecord, *_COLUMNS)
    stage.fill(cursor, rows)
    upsert(cursor, model=UpstreamRecord, stage=stage, conflict="key", update=_COLUMNS[1:])


def move_drafts(cursor: CursorWrapper, homes: Mapping[str, int]) -> None:
    """Let stored drafts belong to other works from now on."""
    stage = Stage("staged_homes", {"key": "text", "record_id": "bigint"})
    if stage.fill(cursor, sorted(homes.items())):
        cursor.execute("UPDATE works_upstreamrecord u SET record_id = s.record_id FROM staged_homes s WHERE s.key = u.key")


def _packed(draft: AnyDraft) -> bytes | None:
    return zlib.compress(msgspec.json.encode(draft), 1) if isinstance(draft, WorkDraft) else None
