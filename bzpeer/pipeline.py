"""The stages of derivation and their order: the only file that knows it.

    records changed -> counts -> collaboration edges -> trust
                           -> coverage (counted later, a chunk of works at a time)
                           -> key terms of abstracts that changed (counted and weighed later)
                           -> pairs of works that may be one paper, noted
                           -> news for those who follow what changed
    nothing left to derive -> noted pairs and conflicts: merged where certain, else proposed (bzpeer/curation/settling.py)

Whoever changes a record writes a `RecordChange` row in the same transaction and rings the bell (`derive_soon`).
The rows are the truth: a lost bell is made good by the sweeper in the beat schedule. Deriving takes rows by deleting
them in the transaction that writes what follows from them, so a crash gives them back; deriving twice is harmless.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TypeVar

from celery import shared_task
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from psycopg import errors

from bzpeer.accounts.domain import (
    recount_followers,
    recount_followers_of_institutions,
    recount_followers_of_sources,
    recount_followers_of_topics,
    recount_followers_of_works,
)
from bzpeer.claims.trust import refresh_trust
from bzpeer.curation.settling import is_anything_noted, settle_conflicts, settle_duplicates
from bzpeer.feeds.noting import note_news
from bzpeer.hands import Job, work_through
from graph.edges import rebuild_collaborations, recount_close_collaborators, refresh_collaborations
from researchers.domain import settle_unclaimed_levels
from researchers.models import Institution, Researcher
from works.counts import recount_institutions, recount_researchers, recount_topics, recount_works, settle_affiliations
from works.coverage import count_due, mark_all_due, mark_due
from works.duplicates import note_candidates
from works.models import RecordChange, Source, Topic, Work
from works.refolding import refold_institutions, refold_researchers, refold_topics, refold_works
from works.rulings import note_missing
from works.signals import records_changed
from works.terms.counting import note_all_due, note_due, recount_frequencies, refresh_terms

logger = logging.getLogger(__name__)

TASK_SECONDS = 45
BATCH_CHANGES = 5_000
REBUILD_FROM, REBUILD_SHARE = 20_000, 0.5
"""So many changes, when they are this share of all works and researchers, are cheaper made anew than one by one."""
REBUILD_CHUNK = 5_000
COVERAGE_SECONDS = 15
COVERAGE_REST = timedelta(minutes=10)
TERMS_SECONDS = 30
LOCK_WAIT = "20s"
WORK_MEMORY = "64MB"
"""Counting a chunk sorts some hundred thousand rows; on disk that takes twice as long."""
ATTEMPTS = 3
HEARTBEAT_KEY = "derive-heartbeat"
HEARTBEAT_LIFETIME = 600

_PASSING = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
"""What another writer's presence causes; starting over helps."""

Outcome = TypeVar("Outcome", int, "Derived")
Progress = Callable[[str, int, int], None]
"""Called with a stage in plain words, how many are done and how many there are."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """What a call did."""

    changes: int = 0
    snapshots: int = 0

    def __add__(self, other: "Derived") -> "Derived":
        return Derived(changes=self.changes + other.changes, snapshots=self.snapshots + other.snapshots)


@dataclass(kw_only=True)
class Scope:
    """Own keys of the records whose derived facts are due.

    `researchers` get everything anew; `recited` only their citations, since a citing work changed. `changed_works` are the
    works that changed themselves.
    """

    works: set[int] = field(default_factory=set)
    changed_works: set[int] = field(default_factory=set)
    researchers: set[int] = field(default_factory=set)
    recited: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    institutions: set[int] = field(default_factory=set)


def derive_soon() -> None:
    """Ring the bell once the running transaction commits. Never fails: without Redis the sweeper finds the rows."""
    transaction.on_commit(_ring, robust=True)


@receiver(post_save, sender=RecordChange, dispatch_uid="bzpeer.pipeline")
def _ring_for_change(**signal: object) -> None:
    """Ring for every change a person caused, whichever door it came through. Imports write theirs in bulk and ring once."""
    derive_soon()


@receiver(records_changed, dispatch_uid="bzpeer.pipeline.imported")
def _ring_for_import(**signal: object) -> None:
    """Ring when an import in the background is over, so that its figures do not wait for the sweeper."""
    derive_soon()


@shared_task(name="bzpeer.pipeline.derive_pending")
def derive_pending() -> int:
    """Derive what is pending for at most TASK_SECONDS; return how many changes were taken."""
    beat()
    deadline = time.monotonic() + TASK_SECONDS
    done = Derived()
    while (step := _derive_batch()).changes or _settle_batch():
        done += step
        beat()
        if time.monotonic() >= deadline:
            _ring()
            break
    return done.changes


def derive_all_pending(*, progress: Progress | None = None, hands: int = 1) -> Derived:
    """Derive until nothing is pending, however long that takes; after a first import everything is made anew instead."""
    total = RecordChange.objects.count()
    done = Derived()
    if total >= REBUILD_FROM and total > (Work.objects.count() + Researcher.objects.count()) * REBUILD_SHARE:
        done = rebuild_everything(progress=progress, hands=hands)
    while (step := _derive_batch()).changes or _settle_batch():
        done += step
        if progress:
            progress("changed records", done.changes, max(total, done.changes))
    count_due()
    refresh_terms(progress=(lambda number: progress("abstracts: key terms", number, number)) if progress else None)
    return done


def rebuild_everything(*, progress: Progress | None = None, names: bool = False, hands: int = 1) -> Derived:
    """Make every derived fact anew, in chunks of their own transactions. Gives what deriving change by change gives.

    `names`: also fold names and titles again, which changes something only after `researchers.names.fold` changed.
    `hands`: so many chunks at once, by as many connections; inside a transaction, which they could not see into, it is one.
    """
    hands = 1 if connection.in_atomic_block else hands
    covered = _runs_of_changes()
    with _only_rebuild() if hands > 1 else nullcontext():
        waves = (_REFOLDING, *_REBUILDING) if names else _REBUILDING
        snapshots = sum(work_through(_jobs(wave, progress, beside=hands > 1), hands=hands) for wave in waves)
    mark_all_due()
    count_due()
    recount_frequencies()
    note_all_due()
    refresh_terms()
    changes = sum(RecordChange.objects.filter(pk__range=run).delete()[0] for run in covered)
    return Derived(changes=changes, snapshots=snapshots)


def _jobs(wave: "_Stages", progress: Progress | None, *, beside: bool) -> Iterator[Job]:
    """Yield what is to be done for each chunk of each stage. `beside`: chunks may meet those of their own wave."""
    told = threading.Lock()
    for stage in wave:
        done, total = Counter[str](), stage.model.objects.count()

        def job(stage: _Stage, ids: list[int], done: Counter[str] = done, total: int = total) -> int:
            snapshots = _in_turn(partial(stage.rebuild, ids), beside=beside and stage.is_apart)
            with told:
                done[stage.told] += len(ids)
                if progress:
                    progress(stage.told, done[stage.told], max(total, done[stage.told]))
            return snapshots

        for ids in _chunks(stage.model):
            yield partial(job, stage, ids)


@contextmanager
def _only_rebuild() -> Iterator[None]:
    """Hold, for this session, what a rebuild by several hands holds: two would make the same chunks at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('bzpeer.pipeline.rebuild'))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('bzpeer.pipeline.rebuild'))")


def _runs_of_changes() -> list[tuple[int, int]]:
    """Return first and last key of each unbroken run of the changes there are: what commits later stands in none of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(id), max(id) FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS run FROM works_recordchange) AS numbered "
            "GROUP BY run ORDER BY 1"
        )
        return [(first, last) for first, last in cursor.fetchall()]


@shared_task(name="bzpeer.pipeline.count_coverage")
def count_coverage() -> int:
    """Count for a while what the coverage report is due (works/coverage.py); return how many chunks that was."""
    return count_due(deadline=time.monotonic() + COVERAGE_SECONDS, rest=COVERAGE_REST)


@shared_task(name="bzpeer.pipeline.refresh_key_terms")
def refresh_key_terms() -> int:
    """Count abstracts and make key terms for a while (works/terms/counting.py); return how many that were."""
    return refresh_terms(deadline=time.monotonic() + TERMS_SECONDS)


@shared_task(name="bzpeer.pipeline.recount_coverage")
def recount_coverage() -> int:
    """Make the whole coverage report due: works that were merged away leave no change behind them."""
    return mark_all_due()


def refold_everything(*, progress: Progress | None = None) -> None:
    """Fold names and titles again, which changes something only after an upgrade that folds or spells them in another way."""
    work_through(_jobs(_REFOLDING, progress, beside=False), hands=1)


def is_anything_pending() -> bool:
    return RecordChange.objects.exists()


def beat() -> None:
    """Leave a sign of life for /readyz. Losing it is no failure."""
    try:
        cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_LIFETIME)
    except Exception as error:  # the cache's driver raises its own family of errors
        logger.warning("The heartbeat could not be stored: %s", type(error).__name__)


def last_beat() -> float | None:
    """Return when a worker last derived, in seconds since the epoch; None when nothing is known. Raises if the cache is away."""
    found = cache.get(HEARTBEAT_KEY)
    return float(found) if found is not None else None


def _ring() -> None:
    try:
        derive_pending.apply_async(expires=60, retry=False)
    except Exception as error:  # broker errors differ by transport; the rows are safe and the sweeper comes
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)


# --- one batch --------------------------------------------------------------------------------------


def _derive_batch() -> Derived:
    """Take up to BATCH_CHANGES rows and derive what follows from them, in one transaction.

    Each transaction holds the one turn there is: two at once would recount the same rows and could meet crosswise.
    """
    return _in_turn(_take_and_derive) if is_anything_pending() else Derived()


def _settle_batch() -> int:
    """Act on some of what was noted; return how many rows that were. Merging works leaves changes to derive."""
    return _in_turn(settle_conflicts) + _in_turn(settle_duplicates) if is_anything_noted() else 0


def _take_and_derive() -> Derived:
    changes = _take(BATCH_CHANGES)
    if not changes:
        return Derived()
    return Derived(changes=len(changes), snapshots=_derive(_expanded(changes)))


def _take(most: int) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM works_recordchange WHERE id IN (
                SELECT id FROM works_recordchange ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING kind, record_id
            """,
            [most],
        )
        return [(kind, key) for kind, key in cursor.fetchall()]


def _derive(scope: Scope) -> int:
    """Bring the derived facts of the scope up to date, in order; return how many trust snapshots were written."""
    _lock_in_order(scope)
    recount_works(scope.works)
    recount_researchers(scope.researchers | scope.recited)
    recount_followers(scope.researchers)
    recount_followers_of_works(scope.changed_works)
    recount_followers_of_topics(scope.topics)
    recount_followers_of_institutions(scope.institutions)
    settle_unclaimed_levels(scope.researchers)
    recount_topics(scope.topics)
    recount_institutions(scope.institutions | settle_affiliations(scope.researchers))
    touched = refresh_collaborations(scope.researchers)
    recounted = recount_close_collaborators(touched | scope.researchers)
    mark_due(scope.works)
    note_due(scope.changed_works)
    note_candidates(scope.changed_works)
    note_missing(scope.changed_works)
    note_news(scope.changed_works, scope.researchers, now=timezone.now())
    return refresh_trust(scope.researchers | recounted, at=timezone.now())


def _lock_in_order(scope: Scope) -> None:
    """Lock the rows about to change by table and key, the order every writer of records keeps."""
    with connection.cursor() as cursor:
        for table, ids in (
            ("researchers_institution", scope.institutions),
            ("researchers_researcher", scope.researchers | scope.recited),
            ("works_topic", scope.topics),
            ("works_work", scope.works),
        ):
            cursor.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) AS held", [list(ids)]
            )


def _expanded(changes: list[tuple[str, int]]) -> Scope:
    """Return every record whose derived facts follow from these changes.

    A work touches the works it cites, its authors, topics and institutions, and the citations of the authors it cites.
    A "citation" is a work of which only who cites it changed. A researcher touches their works' topics and
    institutions, and the trust of whom the record's claimants follow.
    """
    named: dict[str, set[int]] = {"work": set(), "citation": set(), "researcher": set(), "topic": set(), "institution": set()}
    for kind, key in changes:
        named[kind].add(key)
    with connection.cursor() as cursor:
        cursor.execute(_EXPANSION, {kind: list(ids) for kind, ids in named.items()})
        found = cursor.fetchall()
    scope = Scope(
        works=named["work"] | named["citation"],
        changed_works=named["work"],
        researchers=named["researcher"],
        topics=named["topic"],
        institutions=named["institution"],
    )
    for kind, key in found:
        getattr(scope, kind).add(key)
    return scope


_EXPANSION = """
    WITH changed AS MATERIALIZED (
        SELECT id, researcher_id, work_id FROM works_authorship WHERE work_id = ANY(%(work)s)
    ), cited AS MATERIALIZED (
        SELECT cited_id AS id FROM works_reference WHERE citing_id = ANY(%(work)s) AND cited_id IS NOT NULL
        UNION SELECT unnest(%(citation)s::bigint[])
    ), theirs AS MATERIALIZED (
        SELECT id, work_id FROM works_authorship WHERE researcher_id = ANY(%(researcher)s)
    )
    SELECT 'works', id FROM cited
    UNION SELECT 'researchers', researcher_id FROM changed WHERE researcher_id IS NOT NULL
    UNION SELECT 'recited', a.researcher_id FROM works_authorship a JOIN cited ON cited.id = a.work_id WHERE a.researcher_id IS NOT NULL
    UNION SELECT 'topics', topic_id FROM works_worktopic WHERE work_id = ANY(%(work)s)
    UNION SELECT 'topics', t.topic_id FROM works_worktopic t JOIN theirs USING (work_id)
    UNION SELECT 'institutions', l.institution_id FROM works_authorshipinstitution l JOIN changed ON changed.id = l.authorship_id
    UNION SELECT 'institutions', l.institution_id FROM works_authorshipinstitution l JOIN theirs ON theirs.id = l.authorship_id
    UNION SELECT 'institutions', institution_id FROM researchers_affiliation WHERE researcher_id = ANY(%(researcher)s)
    UNION SELECT 'researchers', f.researcher_id FROM accounts_follow f JOIN claims_claim c ON c.user_id = f.user_id
           WHERE c.researcher_id = ANY(%(researcher)s) AND f.researcher_id IS NOT NULL
"""


# --- from scratch -----------------------------------------------------------------------------------


def _rebuild_researchers(ids: list[int]) -> int:
    recount_researchers(ids)
    recount_followers(ids)
    settle_unclaimed_levels(ids)
    settle_affiliations(ids)
    return 0


def _rebuild_edges(ids: list[int]) -> int:
    rebuild_collaborations(first_id=ids[0], last_id=ids[-1])
    recount_close_collaborators(ids)
    return 0


def _rebuild_works(ids: list[int]) -> int:
    recount_works(ids)
    recount_followers_of_works(ids)
    return 0


def _rebuild_topics(ids: list[int]) -> int:
    recount_topics(ids)
    recount_followers_of_topics(ids)
    return 0


def _rebuild_institutions(ids: list[int]) -> int:
    recount_institutions(ids)
    recount_followers_of_institutions(ids)
    return 0


def _note_news_of_works(ids: list[int]) -> int:
    note_news(ids, (), now=timezone.now())
    return 0


def _note_news_of_researchers(ids: list[int]) -> int:
    note_news((), ids, now=timezone.now())
    return 0


def _rebuild_trust(ids: list[int]) -> int:
    return refresh_trust(ids, at=timezone.now())


_Model = type[Work | Researcher | Topic | Institution | Source]


@dataclass(frozen=True)
class _Stage:
    """What people read, the records a stage goes through, and what it does with some of them; it returns the snapshots written.

    `is_apart`: what it does with some of them touches no row of what it, or another stage of its wave, does with others.
    """

    told: str
    model: _Model
    rebuild: Callable[[list[int]], int]
    is_apart: bool = True


_Stages = tuple[_Stage, ...]


def _without_snapshots(step: Callable[[list[int]], int]) -> Callable[[list[int]], int]:
    def stage(ids: list[int]) -> int:
        step(ids)
        return 0

    return stage


_REFOLDING: _Stages = (
    _Stage("titles for search", Work, _without_snapshots(refold_works)),
    _Stage("names of researchers for search", Researcher, _without_snapshots(refold_researchers)),
    _Stage("names of topics for search", Topic, _without_snapshots(refold_topics)),
    _Stage("names of institutions for search", Institution, _without_snapshots(refold_institutions)),
)

_REBUILDING: tuple[_Stages, ...] = (
    (
        _Stage("collaborations", Researcher, _rebuild_edges),
        _Stage("works: references and citations", Work, _rebuild_works),
        _Stage("topics", Topic, _rebuild_topics),
        _Stage("venues: followers", Source, _without_snapshots(recount_followers_of_sources)),
    ),
    (_Stage("researchers: works, topics, affiliations", Researcher, _rebuild_researchers),),
    (
        _Stage("trust", Researcher, _rebuild_trust),
        _Stage("institutions", Institution, _rebuild_institutions),
        _Stage("works that may be one paper", Work, _without_snapshots(note_candidates), is_apart=False),
        _Stage("news of works", Work, _note_news_of_works, is_apart=False),
        _Stage("news of researchers", Researcher, _note_news_of_researchers, is_apart=False),
    ),
)
"""Waves, one after the other: a wave needs what earlier ones made, never what stands in it itself."""


def _chunks(model: _Model) -> Iterator[list[int]]:
    last = 0
    while ids := list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:REBUILD_CHUNK]):
        yield ids
        last = ids[-1]


# --- turns ------------------------------------------------------------------------------------------


def _in_turn(step: Callable[[], Outcome], *, beside: bool = False) -> Outcome:
    """Run `step` in a transaction while nobody else derives; a deadlock with another writer is tried again.

    `beside`: others may derive who say the same of theirs.
    """
    lock = "pg_advisory_xact_lock_shared" if beside else "pg_advisory_xact_lock"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true), set_config('work_mem', %s, true)", [LOCK_WAIT, WORK_MEMORY])
                cursor.execute(f"SELECT {lock}(hashtext('bzpeer.pipeline'))")
                return step()
        except OperationalError as error:
            if not isinstance(error.__cause__, _PASSING) or attempt == ATTEMPTS:
                raise
            logger.info("Deriving met another writer and starts over: %s", type(error.__cause__).__name__)
            time.sleep(0.2 * attempt)
    raise AssertionError("unreachable: the loop returns or raises")
