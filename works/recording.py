"""One batch of changed drafts to records: plan the works, write what they mention, write them, resolve their bylines."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper

from works.domain import merge_works
from works.drafts import AnyDraft, WorkDraft
from works.keeping import keep, move_drafts
from works.mentions import Mentions, record_mentions
from works.models import UpstreamConflict
from works.planning import Plan, plan_works
from works.resolving import remove_emptied, resolve_bylines, unresolved_names
from works.writing import Before, Changes, Ids, before, write_changes, write_works

_SHARED_IDS = {"orcid": "ORCID iD", "ror": "ROR id"}


class Outcome(msgspec.Struct, kw_only=True):
    """What a batch did: counts by kind, and reservations as (key, sentence)."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    reservations: list[tuple[str, str]] = []


def record_drafts(cursor: CursorWrapper, fresh: Sequence[tuple[AnyDraft, bytes]], *, run_id: int, now: datetime) -> Outcome:
    """Write all that these drafts (each with its digest) say. Their keys are distinct; callers hold the import lock."""
    plan = plan_works(cursor, [draft for draft, _ in fresh if isinstance(draft, WorkDraft)], run_id=run_id, now=now)
    others = [draft for draft, _ in fresh if not isinstance(draft, WorkDraft)]
    outcome, ids = record_plan(cursor, plan, others, run_id=run_id, now=now)
    stored = [(plan.drafts.get(draft.key, draft), digest) for draft, digest in fresh]
    keep(cursor, stored, plan.homes | {draft.key: ids.row(draft.key) for draft in others}, run_id=run_id, now=now)
    return outcome


def record_plan(cursor: CursorWrapper, plan: Plan, others: Sequence[AnyDraft], *, run_id: int, now: datetime) -> tuple[Outcome, Ids]:
    """Write planned works with all they mention, and the records of other kinds in `others`; return the rows of what is mentioned too."""
    mentions = Mentions()
    for draft in (*others, *plan.drafts.values()):
        mentions.add(draft)
    mentioned = record_mentions(cursor, mentions, run_id=run_id, now=now)
    outcome = Outcome(reservations=[*plan.reservations, *(_clash(*clash) for clash in mentioned.clashes)])
    outcome.counts.update(researchers_new=mentioned.researchers_new, institutions_new=mentioned.institutions_new)
    changes = mentioned.changes
    if plan.targets:
        was = before(cursor, plan.touched)
        names = unresolved_names(cursor, plan.touched)
        _merge(plan, outcome)
        changes |= write_works(cursor, plan.targets, mentioned.ids, was)
        changes |= _settle_bylines(cursor, plan, was, names, outcome=outcome, provenance={"arxiv": {"at": now.isoformat(), "run": run_id}})
    move_drafts(cursor, plan.moved)
    write_changes(cursor, changes)
    UpstreamConflict.objects.bulk_create(
        UpstreamConflict(kind=UpstreamConflict.Kind.SHARED_ID, key=key, other_key=f"{column}:{value}")
        for key, column, value in dict.fromkeys(mentioned.clashes)
    )
    return outcome, mentioned.ids


def _clash(key: str, column: str, value: str) -> tuple[str, str]:
    return key, f"The {_SHARED_IDS[column]} {value} already belongs to another record; it was left out here."


def _merge(plan: Plan, outcome: Outcome) -> None:
    for target in plan.targets:
        for absorbed in target.absorbed:
            merge_works(keep=target.id, absorb=absorbed)
    outcome.counts.update(
        works_new=sum(target.is_new for target in plan.targets),
        works_updated=sum(not target.is_new for target in plan.targets),
        works_merged=sum(len(target.absorbed) for target in plan.targets),
    )


def _settle_bylines(
    cursor: CursorWrapper, plan: Plan, was: Before, names: set[str], *, outcome: Outcome, provenance: dict[str, Any]
) -> Changes:
    """Resolve what upstream does not, and retire assembled records whose bylines now belong to others."""
    work_ids = [target.id for target in plan.targets]
    names = names | unresolved_names(cursor, work_ids)
    resolved = resolve_bylines(cursor, work_ids=work_ids, names=names, provenance=provenance)
    outcome.reservations += [
        (name, f"Two claimed records of the name “{name}” would have met; a person must decide.") for name in resolved.contested
    ]
    UpstreamConflict.objects.bulk_create(
        UpstreamConflict(kind=UpstreamConflict.Kind.CLAIMED_NAMESAKES, key=f"name:{name}") for name in dict.fromkeys(resolved.contested)
    )
    emptied = remove_emptied(cursor, _left(cursor, plan, was)) if plan.touched else 0
    outcome.counts.update(researchers_new=resolved.new, researchers_merged=resolved.merged + emptied)
    return {("researcher", key) for key in resolved.changed}


def _left(cursor: CursorWrapper, plan: Plan, was: Before) -> dict[int, Counter[int]]:
    """Count, for each researcher that bylines of these works left, whom the bylines went to: by name, else by position."""
    home = {absorbed: target.id for target in plan.targets for absorbed in target.absorbed}
    now: dict[int, list[tuple[str, int]]] = defaultdict(list)
    cursor.execute(
        "SELECT work_id, name_key, researcher_id FROM works_authorship WHERE work_id = ANY(%s) ORDER BY work_id, position",
        [[target.id for target in plan.targets]],
    )
    for work_id, name, researcher_id in cursor.fetchall():
        now[work_id].append((name, researcher_id))
    left: dict[int, Counter[int]] = defaultdict(Counter)
    for work_id, bylines in was.bylines.items():
        present = now[home.get(work_id, work_id)]
        for place, byline in enumerate(bylines):
            if byline.researcher_id is None:
                continue
            found = next((who for name, who in present if name == byline.name_key), present[place][1] if place < len(present) else None)
            gone = left[byline.researcher_id]
            if found and found != byline.researcher_id:
                gone[found] += 1
    return left
