"""Which row each paper of a batch goes to, and what shall stand in it. Reads the database, writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import orjson
from django.db.backends.utils import CursorWrapper

from works.composing import compose, identity, provider, with_assertions, with_known
from works.drafts import WorkDraft
from works.keeping import Kept, kept_drafts
from works.matching import Paper, Tie, connected, papers, works_by_key
from works.models import Work
from works.staging import next_ids
from works.writing import Target

Stamps = Mapping[str, tuple[datetime, int | None]]
"""When and by which run each draft came, by its key."""


Asserted = Mapping[str, Mapping[str, Any]]
"""What people corrected on one work, see `Work.asserted`."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Targets in the order of their rows; `drafts` by key are all that the targets were composed of.

    `homes` leads from a draft's key to its work, `moved` holds those of them that leave another work,
    `touched` are the works that were here before, `reservations` are (key, sentence).
    """

    targets: list[Target]
    drafts: dict[str, WorkDraft]
    homes: dict[str, int]
    moved: dict[str, int]
    touched: list[int]
    reservations: list[tuple[str, str]]


def plan_works(cursor: CursorWrapper, incoming: Sequence[WorkDraft], *, run_id: int, now: datetime, again: Collection[int] = ()) -> Plan:
    """Match drafts with each other and with what is stored, and compose the works they make.

    `again` are works to compose anew from what is stored of them, although no source says anything new.
    """
    news = {draft.key for draft in incoming}
    stored_again = {key: one for key, one in kept_drafts(cursor, list(again)).items() if key not in news}
    drafts = [*incoming, *(one.draft for one in stored_again.values())]
    known_works = works_by_key(cursor, {key for draft in drafts for key in identity(draft)}) if drafts else {}
    known_works |= {key: one.work_id for key, one in stored_again.items()}
    touched = sorted(set(known_works.values()))
    kept = kept_drafts(cursor, touched)
    asserted = _asserted(cursor, touched)
    ties = _ties(cursor, touched)
    drafts = [with_known(draft, kept[draft.key].draft if draft.key in kept else None) for draft in drafts]
    stamps = {key: (one.imported_at, one.run_id) for key, one in kept.items()} | dict.fromkeys(news, (now, run_id))
    places = [place for group in _groups(drafts, known_works, kept, ties) for place in group]
    fresh = iter(next_ids(cursor, Work, sum(row is None for _, row, _ in places)))
    targets: list[Target] = []
    homes: dict[str, int] = {}
    reservations: list[tuple[str, str]] = []
    for paper, row, absorbed in places:
        work_id = next(fresh) if row is None else row
        targets.append(_target(paper, work_id, is_new=row is None, absorbed=absorbed, stamps=stamps, asserted=asserted))
        homes |= {draft.key: work_id for draft in paper.drafts}
        if not _is_tied(paper, ties) and (reservation := paper.reservation()):
            reservations.append((paper.drafts[0].key, reservation))
    return Plan(
        targets=sorted(targets, key=lambda target: target.id),
        drafts={draft.key: draft for paper, _, _ in places for draft in paper.drafts},
        homes=homes,
        moved={key: home for key, home in homes.items() if key in kept and kept[key].work_id != home},
        touched=touched,
        reservations=reservations,
    )


def _groups(
    incoming: Sequence[WorkDraft], known_works: Mapping[str, int], kept: Mapping[str, Kept], ties: Sequence[Tie]
) -> Iterable[list[tuple[Paper, int | None, tuple[int, ...]]]]:
    """Yield the papers of each connected group with their rows, stored drafts of the works they touch included."""
    replaced = {draft.key for draft in incoming}
    of_work: dict[int, list[WorkDraft]] = defaultdict(list)
    for one in kept.values():
        if one.draft.key not in replaced:
            of_work[one.work_id].append(one.draft)
    for group, work_ids in connected(incoming, known_works, ties):
        yield _rows(papers(group + [draft for work_id in work_ids for draft in of_work[work_id]], ties), work_ids, kept)


def _rows(found: Sequence[Paper], work_ids: Sequence[int], kept: Mapping[str, Kept]) -> list[tuple[Paper, int | None, tuple[int, ...]]]:
    """Give each paper the oldest row that holds one of its drafts; rows that nobody takes are absorbed by the first paper."""
    free = list(work_ids)
    rows: list[int | None] = []
    for paper in found:
        held = sorted({kept[draft.key].work_id for draft in paper.drafts if draft.key in kept} & set(free))
        rows.append(held[0] if held else None)
        free = [work_id for work_id in free if work_id not in held[:1]]
    if rows[0] is None and free:
        rows[0] = free.pop(0)
    return [(paper, row, () if place else tuple(free)) for place, (paper, row) in enumerate(zip(found, rows, strict=True))]


def _asserted(cursor: CursorWrapper, work_ids: Sequence[int]) -> dict[int, Asserted]:
    """Return what people corrected on these works; most have nothing."""
    if not work_ids:
        return {}
    cursor.execute("SELECT id, asserted::text FROM works_work WHERE id = ANY(%s) AND asserted <> '{}'", [list(work_ids)])
    return {work_id: orjson.loads(asserted) for work_id, asserted in cursor.fetchall()}


def _ties(cursor: CursorWrapper, work_ids: Sequence[int]) -> list[Tie]:
    """Return which records were made one work here; most works have none."""
    if not work_ids:
        return []
    cursor.execute(
        "SELECT kept_drafts, absorbed_drafts FROM works_workmerge WHERE kept_id = ANY(%s) AND undone_at IS NULL ORDER BY id",
        [list(work_ids)],
    )
    return [(kept, absorbed) for kept, absorbed in cursor.fetchall()]


def _is_tied(paper: Paper, ties: Sequence[Tie]) -> bool:
    keys = {draft.key for draft in paper.drafts}
    return any(not keys.isdisjoint(kept) and not keys.isdisjoint(absorbed) for kept, absorbed in ties)


def _target(
    paper: Paper, work_id: int, *, is_new: bool, absorbed: tuple[int, ...], stamps: Stamps, asserted: Mapping[int, Asserted]
) -> Target:
    work = compose(paper.drafts, without=paper.lost)
    for one in (*absorbed, work_id):
        work = with_assertions(work, asserted.get(one, {}))
    provenance: dict[str, Any] = {}
    for at, run_id, name in sorted((*stamps[draft.key], provider(draft)) for draft in paper.drafts):
        provenance[name] = {"at": at.isoformat(), "run": run_id, "fields": sorted(work.origins[name])}
    return Target(id=work_id, is_new=is_new, work=work, provenance=provenance, absorbed=absorbed)
