"""One batch of changed drafts to records: plan the works, write what they mention, write them, resolve their bylines."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper

from works.composing import identity
from works.departing import note_departures
from works.domain import merge_works
from works.drafts import AnyDraft, WorkDraft
from works.entities import Crossed
from works.keeping import keep, move_drafts
from works.locking import begin_beside, still_to_come, take_turn
from works.matching import keys_above
from works.mentions import Mentions, complete_mentions, introduce_mentions
from works.models import UpstreamConflict
from works.planning import Plan, plan_works
from works.resolving import remove_emptied, resolve_bylines, unresolved_names
from works.withholding import leave_alone, withheld
from works.writing import Before, Changes, Ids, before, resolve_references, write_changes, write_works

NO_MARKS: Mapping[str, bytes] = {}
_SHARED_IDS = {"orcid": "ORCID iD", "ror": "ROR id"}


class Outcome(msgspec.Struct, kw_only=True):
    """What a batch did: counts by kind, and reservations as (key, sentence)."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    reservations: list[tuple[str, str]] = []


def record_drafts(
    cursor: CursorWrapper,
    fresh: Sequence[tuple[AnyDraft, bytes]],
    *,
    run_id: int,
    now: datetime,
    marks: Mapping[str, bytes] = NO_MARKS,
    beside: bool = False,
) -> Outcome:
    """Write all that these drafts (each with its digest) say. Their keys are distinct; `marks` by key tell the lines they stood on.

    Callers hold imports, or share them: then other batches are written `beside` this one, which raises Crossed, or any
    IntegrityError, where it cannot be done so. Undone and done again by a caller who holds imports, it can.
    """
    fresh = withheld(fresh)
    works = [draft for draft, _ in fresh if isinstance(draft, WorkDraft)]
    unseen = _begin_beside(cursor) if beside and works else 0
    plan = plan_works(cursor, works, run_id=run_id, now=now)
    if beside and plan.touched:
        raise Crossed("Works that are here already are changed by one batch at a time.")
    others = [draft for draft, _ in fresh if not isinstance(draft, WorkDraft)]
    this = _Recording(cursor=cursor, plan=plan, others=others, run_id=run_id, now=now)
    ids = this.write(beside=beside)
    stored = [(plan.drafts.get(draft.key, draft), digest) for draft, digest in fresh]
    homes = plan.homes | {draft.key: ids.row(draft.key) for draft in others}
    keep(cursor, stored, homes, run_id=run_id, now=now, marks=marks, are_new=beside)
    if beside:
        this.take_turn(unseen)
    return this.settle()


def _begin_beside(cursor: CursorWrapper) -> int:
    """Return a key of works: what cannot be seen from now on stands above it, whoever writes it."""
    begin_beside(cursor)
    return still_to_come(cursor)


def record_plan(cursor: CursorWrapper, plan: Plan, *, run_id: int, now: datetime) -> None:
    """Write planned works with all they mention. Callers hold imports."""
    this = _Recording(cursor=cursor, plan=plan, others=[], run_id=run_id, now=now)
    this.write(beside=False)
    this.settle()


class _Recording:
    """One batch being written, in two steps: what is its own, then what others may be writing or waiting for."""

    def __init__(self, *, cursor: CursorWrapper, plan: Plan, others: Sequence[AnyDraft], run_id: int, now: datetime) -> None:
        self.cursor, self.plan, self.run_id, self.now = cursor, plan, run_id, now
        self.mentions = Mentions()
        for draft in (*others, *plan.drafts.values()):
            self.mentions.add(draft)
        left_out = ((draft.key, sentence) for draft in (*others, *plan.drafts.values()) for sentence in draft.left_out)
        self.outcome = Outcome(reservations=[*plan.reservations, *left_out])
        self.changes: Changes = set()
        self.was, self.names = Before(), set[str]()

    def write(self, *, beside: bool) -> Ids:
        """Write the works, and what they mention where it is new; return the rows of what is mentioned."""
        self.introduced = introduce_mentions(self.cursor, self.mentions, run_id=self.run_id, now=self.now)
        if self.plan.targets:
            self.was = before(self.cursor, self.plan.touched)
            self.names = unresolved_names(self.cursor, self.plan.touched)
            _merge(self.plan, self.outcome)
            self.changes |= write_works(self.cursor, self.plan.targets, self.introduced.ids, self.was, beside=beside)
            leave_alone(self.cursor, [target.id for target in self.plan.targets])
        move_drafts(self.cursor, self.plan.moved)
        return self.introduced.ids

    def take_turn(self, unseen: int) -> None:
        """Wait until every batch that was ready before is committed, and see what it brought: nothing that this one is about.

        What others brought since this batch looked stands above the key `unseen`. Raises Crossed if it is about the same papers.
        """
        check_constraints(self.cursor)
        take_turn(self.cursor)
        targets = self.plan.targets
        if not targets:
            return
        arrived = keys_above(self.cursor, unseen, but={target.id for target in targets})
        if arrived and not all(arrived.keys().isdisjoint(identity(draft)) for draft in self.plan.drafts.values()):
            raise Crossed("Another batch brought one of the same papers.")
        self.changes |= resolve_references(self.cursor, targets, arrived)

    def settle(self) -> Outcome:
        """Change what was there before: names and gaps of records, and bylines that are resolved by name."""
        completed = complete_mentions(self.cursor, self.mentions, self.introduced, run_id=self.run_id, now=self.now)
        self.changes |= completed.changes
        if self.plan.targets:
            provenance = {"arxiv": {"at": self.now.isoformat(), "run": self.run_id}}
            self.changes |= _settle_bylines(self.cursor, self.plan, self.was, self.names, outcome=self.outcome, provenance=provenance)
        write_changes(self.cursor, self.changes)
        self._tell(dict.fromkeys((*self.introduced.clashes, *completed.clashes)))
        return self.outcome

    def _tell(self, clashes: Iterable[tuple[str, str, str]]) -> None:
        UpstreamConflict.objects.bulk_create(
            UpstreamConflict(kind=UpstreamConflict.Kind.SHARED_ID, key=key, other_key=f"{column}:{value}") for key, column, value in clashes
        )
        self.outcome.reservations += [_clash(*clash) for clash in clashes]
        self.outcome.counts.update(researchers_new=self.introduced.researchers_new, institutions_new=self.introduced.institutions_new)


def check_constraints(cursor: CursorWrapper) -> None:
    """Let deferred constraints speak now instead of at the end of the transaction."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


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
    if plan.touched:
        note_departures(cursor, {absorbed: target.id for target in plan.targets for absorbed in target.absorbed}, was)
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
