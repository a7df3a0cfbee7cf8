"""Snapshots: a run of many files, each a part that any worker takes, reads for a while and gives back or finishes.

A part is taken by lease, by the database's clock. Every batch is stored with the place after it and renews the lease,
so whatever stops a worker, another one goes on after the last stored batch as soon as the lease has run out.

Parts wait for those of every earlier stage. Without a filter what others mention by id and a few fields comes first, so
institutions before authors, and works last: records would be written twice otherwise. The result would be the same.
With a filter works come first, since only they tell which authors, institutions and sources belong to the slice: of those
kinds the records are then taken that the portal has come to know. Lists of merged ids come last, one after the other,
since a later one may go on from an earlier one, and since they lead only to records that are here.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone

from works.choosing import Filters, checked, choice_of, here_of, tests_for
from works.drafts import Line, Merged, Read
from works.importing import store
from works.models import ImportPart, ImportRun, LostPart, import_lease
from works.room import LOOK_AGAIN, NoRoom, database_is_full, is_full, require_room
from works.sources import merged_ids
from works.sources.files import UnreadableFile
from works.sources.lines import Lines, place_in
from works.sources.openalex_snapshot import KINDS, MERGED_IDS, PartReader, Snapshot, SnapshotFile

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
SLICE_SECONDS = 8.0
"""How long a part is read at most between two renewals of its lease, when no record of it is wanted."""
LEAST_SECONDS = 5.0
"""How long a part is read at least once its place is found, if that took long."""
LOOKING_COUNTS_FROM = 0.5
SLOWEST_SKIP = 4 << 20
"""Bytes of a file a second, on its way to a place: a tenth of what a plain disk and zlib give."""
LIST_LINES = 2_000
OBSERVED_EVERY = timedelta(seconds=2)
PACE_SECONDS = 60
LOOK_EVERY = 0.1
"""Seconds between looks at whether there is a part to take. Each is one statement on an index of open parts."""
PARTS_NAMED = 3
PartState, RunState = ImportPart.State, ImportRun.State
_OPEN = (PartState.WAITING, PartState.RUNNING)

Heard = Callable[[ImportPart], None]
"""Called with the part after each stored batch. What it raises stops the part; the place is kept."""


class RunHeld(Exception):
    """Somebody paused or ended the run."""


# --- planning ---------------------------------------------------------------------------------------


@transaction.atomic
def plan(snapshot: Snapshot, filters: Filters) -> ImportRun:
    """Write down a run over the files of a snapshot, a part for each. Raises BadFilter before anything is written."""
    filters = checked(filters)
    told = filters.as_told()
    chosen = choice_of(filters, snapshot)
    parts = list(_parts(snapshot, is_filtered=bool(told)))
    run = ImportRun.objects.create(
        provider="openalex",
        parameters={"snapshot": str(snapshot.root), **({"filters": told} if told else {})},
        cursor={"unit": "bytes", "bytes": 0, **({"chosen": chosen} if chosen else {})},
        total=sum(part.bytes_total for part in parts if part.state == PartState.WAITING),
    )
    for part in parts:
        part.run = run
    ImportPart.objects.bulk_create(parts, batch_size=1_000)
    return run


def is_of_parts(run: ImportRun) -> bool:
    """Tell whether a run is over the files of a snapshot."""
    return "snapshot" in run.parameters


_STAGES = {"institutions": 0, "topics": 1, "sources": 1, "funders": 1, "authors": 1, "works": 2}
"""Kinds that do not mention each other share a stage, so that all workers have something to do."""


def _parts(snapshot: Snapshot, *, is_filtered: bool) -> Iterator[ImportPart]:
    stage_of_list = len(KINDS)
    for file in snapshot.files:
        if file.kind == MERGED_IDS:
            stage_of_list += 1
            stage = stage_of_list
        elif is_filtered:
            stage = 0 if file.kind == "works" else 1
        else:
            stage = _STAGES[file.kind]
        yield _part(file, stage)


def _part(file: SnapshotFile, stage: int) -> ImportPart:
    part = ImportPart(path=file.path, entity=file.kind, stage=stage, bytes_total=file.size, records_told=file.records)
    if not file.is_there:
        part.state, part.error = PartState.FAILED, "The manifest names this file, but it is not there. Fetch it, then resume the import."
    return part


# --- taking -----------------------------------------------------------------------------------------


def start(run_id: int) -> bool:
    """Let the parts of a waiting run be taken; return whether the run is at work."""
    ImportRun.objects.filter(pk=run_id, state=RunState.QUEUED).update(
        state=RunState.RUNNING, error="", started_at=Coalesce("started_at", Now()), heartbeat_at=Now()
    )
    return ImportRun.objects.filter(pk=run_id, state=RunState.RUNNING).exists()


def take_part(run_id: int, *, part_id: int | None = None) -> ImportPart | None:
    """Take the next part nobody works on, or exactly `part_id`; None if there is none (yet).

    A part that was taken MOST_ATTEMPTS times without getting any further is given up with a reason.
    """
    _give_up_worn_out(run_id)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"run": run_id, "part": part_id, "lease": import_lease().total_seconds()})
        found = cursor.fetchone()
    return ImportPart.objects.select_related("run").get(pk=found[0]) if found else None


_TAKE = """
    UPDATE works_importpart SET state = 'running', lease_until = now() + %(lease)s * interval '1 second',
           attempts = attempts + 1, taken = taken + 1, heartbeat_at = now(), started_at = coalesce(started_at, now())
     WHERE id = (
        SELECT p.id FROM works_importpart p JOIN works_importrun r ON r.id = p.run_id
         WHERE p.run_id = %(run)s AND r.state = 'running' AND p.state IN ('waiting', 'running')
           AND (p.lease_until IS NULL OR p.lease_until < now()) AND (%(part)s::bigint IS NULL OR p.id = %(part)s)
           AND NOT EXISTS (SELECT 1 FROM works_importpart e WHERE e.run_id = p.run_id AND e.stage < p.stage
                           AND e.state IN ('waiting', 'running'))
         -- What was left first, then large files, so that all workers end together.
         ORDER BY p.stage, p.state, p.bytes_total DESC, p.id
         LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
    RETURNING id
"""


def _give_up_worn_out(run_id: int) -> None:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    worn_out = f"It stopped {MOST_ATTEMPTS} times at the same place without a word. Look at the log, then resume the import."
    ImportPart.objects.filter(free, run_id=run_id, state__in=_OPEN, attempts__gte=MOST_ATTEMPTS).update(
        state=PartState.FAILED, error=worn_out, finished_at=Now(), lease_until=None
    )


def free_parts(run_id: int, *, limit: int) -> list[int]:
    """Return parts that could be taken now, as `take_part` would choose them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM works_importpart p
             WHERE run_id = %(run)s AND state IN ('waiting', 'running') AND (lease_until IS NULL OR lease_until < now())
               AND stage = (SELECT min(stage) FROM works_importpart WHERE run_id = %(run)s AND state IN ('waiting', 'running'))
             ORDER BY state, bytes_total DESC, id LIMIT %(limit)s
            """,
            {"run": run_id, "limit": limit},
        )
        return [key for (key,) in cursor.fetchall()]


def run_of(part_id: int) -> int | None:
    return ImportPart.objects.filter(pk=part_id).values_list("run_id", flat=True).first()


def is_stage_over(run_id: int, stage: int) -> bool:
    """Tell whether no part of a stage is open, so that those of the next one can be read."""
    return not ImportPart.objects.filter(run_id=run_id, stage=stage, state__in=_OPEN).exists()


# --- working ----------------------------------------------------------------------------------------


def seconds_to_skip(part: ImportPart) -> float:
    """Return how long going to the part's place in its file may take: whatever was read of a gzip member is unpacked again."""
    place = place_in(part.cursor)
    return (place.bytes - place.member) / SLOWEST_SKIP


def longest_skip(part_id: int) -> float:
    """The same by own key; 0 for a part that is gone."""
    part = ImportPart.objects.filter(pk=part_id).only("cursor").first()
    return seconds_to_skip(part) if part else 0.0


def put_back(part: ImportPart) -> None:
    """Leave a taken part, as it stands, to whoever takes it next."""
    _give_back(part, attempts=Greatest(F("attempts") - 1, 0))


def work_on(part: ImportPart, *, until: float = float("inf"), latest: float = float("inf"), heard: Heard | None = None) -> bool:
    """Read a taken part until it is over or `until` (by time.monotonic) has come; return whether it is over.

    The time that going to its place takes does not count, so that a large file gets further in each step; but `latest` ends it.

    What goes wrong with the file ends the part with a reason. Somebody else's having the part, or the run's having been
    paused, is no error. Anything else is raised, after the part was given back: it will be tried again.
    """
    try:
        require_room()
        if not _read(part, until, latest, heard):
            _give_back(part)
            return False
        _finish(part, _what_differs(part))
    except UnreadableFile as error:
        _finish(part, str(error))
    except (RunHeld, LostPart) as held:
        if isinstance(held, RunHeld):
            _give_back(part, attempts=Greatest(F("attempts") - 1, 0))
        return False
    except NoRoom as error:
        _wait_for_room(part, error)
        return False
    except OperationalError as error:
        if not is_full(error):
            raise  # the lease runs out, and another try follows
        _wait_for_room(part, database_is_full())
        return False
    except Exception as error:
        _give_back_or_up(part, error)
        raise
    return True


def _read(part: ImportPart, until: float, latest: float, heard: Heard | None) -> bool:
    path = Path(part.run.parameters["snapshot"]) / part.path

    def after_batch() -> None:
        if heard:
            heard(part)
        observe(part.run_id)
        require_room()
        go_on()

    def go_on() -> None:
        if not ImportRun.objects.filter(pk=part.run_id, state=RunState.RUNNING).exists():
            raise RunHeld

    def renew() -> None:
        part.remember(counts=part.counts, place=None, now=timezone.now())
        ImportPart.objects.filter(pk=part.pk).update(attempts=part.attempts)  # looking for the place is no progress
        go_on()

    with Lines(path, start=place_in(part.cursor)) as lines:
        begun = time.monotonic()
        lines.skip(often=renew)
        until = _after_looking(until, latest, begun)
        if part.entity == MERGED_IDS:
            return _read_merged(part, lines, until, after_batch)
        return _read_records(part, lines, until, after_batch)


def _after_looking(until: float, latest: float, begun: float) -> float:
    """Return until when to read, now that the place is found that was looked for since `begun`."""
    now = time.monotonic()
    if now - begun < LOOKING_COUNTS_FROM:
        return until
    return max(min(until + now - begun, latest), now + LEAST_SECONDS)


def _read_records(part: ImportPart, lines: Lines, until: float, after_batch: Callable[[], None]) -> bool:
    maybe, surely = tests_for(part.run, part.entity)
    reader = PartReader(lines, name=part.path, passed_over=part.cursor.get("passed_over", 0), maybe=maybe, surely=surely)
    while True:
        until_renewal = min(until, time.monotonic() + SLICE_SECONDS)
        _store(
            part, reader.reads(until=until_renewal), where=lambda _: reader.place_of_last(), bookmark=reader.after, after_batch=after_batch
        )
        _keep_place(part, reader.here())
        after_batch()
        if reader.is_over or time.monotonic() >= until:
            return reader.is_over


def _read_merged(part: ImportPart, lines: Lines, until: float, after_batch: Callable[[], None]) -> bool:
    """Follow the merges of records that are here: a list names those of the whole world, most of which do not matter here."""
    reader = merged_ids.ListReader(lines, name=part.path, passed_over=part.cursor.get("passed_over", 0))
    while True:
        reads = reader.some(LIST_LINES)
        ours = list(_ours(reads))
        reader.passed_over += len(reads) - len(ours)
        # One batch, so that the place after these lines is stored with them.
        _store(part, ours, where=part.path, batch_size=LIST_LINES, bookmark=lambda _: reader.here(), after_batch=lambda: None)
        _keep_place(part, reader.here())
        after_batch()
        if reader.is_over or time.monotonic() >= until:
            return reader.is_over


def _ours(reads: Iterable[Read]) -> Iterator[Read]:
    """Yield the merges that lead from or to what is here, a chain of them included, and lines that are none."""
    here = here_of(reads)
    for read in reads:
        if not isinstance(read, Merged):
            yield read
        elif read.old_key in here or read.new_key in here:
            here.add(read.new_key)
            yield read


def _store(part: ImportPart, reads: Iterable[Read | Line], **how: Any) -> None:
    store(reads, run=part.run, ledger=part, **how)


def _keep_place(part: ImportPart, place: dict[str, Any]) -> None:
    part.remember(counts=part.counts, place=place, now=timezone.now())
    part.cursor, part.bytes_done = place, place["bytes"]


def _what_differs(part: ImportPart) -> str:
    """Return how a file that was read to its end differs from what the manifest tells of it; "" if it does not."""
    if part.records_told is None:
        return ""
    held = part.counts.get("read", 0) + part.cursor.get("passed_over", 0)
    size = (Path(part.run.parameters["snapshot"]) / part.path).stat().st_size
    if held == part.records_told and size == part.bytes_total:
        return ""
    differs = f"{part.records_told:,} records in {part.bytes_total:,} bytes; the file holds {held:,} in {size:,}"
    return f"The manifest tells of {differs}. What it holds is stored; fetch it again, then resume the import."


# --- ending -----------------------------------------------------------------------------------------


def _mine(part: ImportPart) -> Any:
    return ImportPart.objects.filter(pk=part.pk, taken=part.taken, state=PartState.RUNNING)


def _finish(part: ImportPart, error: str) -> None:
    state = PartState.FAILED if error else PartState.FINISHED
    ended: dict[str, Any] = {} if error else {"bytes_done": F("bytes_total")}
    _mine(part).update(state=state, error=error, finished_at=Now(), lease_until=None, **ended)


def _give_back(part: ImportPart, **values: Any) -> None:
    _mine(part).update(state=PartState.WAITING, lease_until=None, **values)


def _give_back_or_up(part: ImportPart, error: Exception) -> None:
    logger.exception("A part of an import stopped unexpectedly")
    if part.attempts >= MOST_ATTEMPTS:
        _finish(part, f"It stopped {MOST_ATTEMPTS} times at the same place, last with {type(error).__name__}. Look at the log.")
    else:
        _give_back(part)


def _wait_for_room(part: ImportPart, error: NoRoom) -> None:
    """Let nobody take the part for a while; then it is tried again, and so on until there is room."""
    _mine(part).update(lease_until=Now() + LOOK_AGAIN, attempts=Greatest(F("attempts") - 1, 0))
    ImportRun.objects.filter(pk=part.run_id, state=RunState.RUNNING).update(error=str(error))


@transaction.atomic
def settle(run_id: int) -> bool:
    """End a run at work whose parts are all over; return whether this call did."""
    run = ImportRun.objects.select_for_update().filter(pk=run_id, state=RunState.RUNNING).first()
    if run is None or ImportPart.objects.filter(run_id=run_id, state__in=_OPEN).exists():
        return False
    error = _what_failed(run_id)
    counts, done, _ = totals(run_id)
    ImportRun.objects.filter(pk=run_id).update(
        state=RunState.FAILED if error else RunState.FINISHED, error=error, counts=counts, finished_at=Now(), heartbeat_at=Now(),
        cursor={**run.cursor, "bytes": done}, lease_until=None,
    )  # fmt: skip
    return True


def _what_failed(run_id: int) -> str:
    failed = ImportPart.objects.filter(run_id=run_id, state=PartState.FAILED).order_by("stage", "path")
    count = failed.count()
    if not count:
        return ""
    first = failed.values_list("path", "error")[0]
    others = f" {count - 1:,} more file{'s' if count > 2 else ''} could not be read in full." if count > 1 else ""
    return f"{first[0]}: {first[1].removeprefix(Path(first[0]).name + ', ')}{others}"


def work_through(run_id: int, *, heard: Heard | None = None, wait: Callable[[], None] = lambda: time.sleep(LOOK_EVERY)) -> None:
    """Read parts one after the other until the run is over or somebody else ends it; `wait` while others have all there is.

    Raises OperationalError when the database goes away. What else goes wrong is logged and tried again by whoever is next.
    """
    while start(run_id):
        part = take_part(run_id)
        if part is not None:
            try:
                work_on(part, heard=heard)
            except OperationalError:
                raise
            except Exception as error:  # work_on logged it and gave the part back
                logger.info("Going on with other parts after %s", type(error).__name__)
        elif not settle(run_id):
            wait()


# --- watching ---------------------------------------------------------------------------------------


def totals(run_id: int) -> tuple[dict[str, int], int, int]:
    """Return the counts of all parts added up, the bytes read, and the bytes of all parts that are or can be read."""
    counts: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.key, sum(c.value::bigint) FROM works_importpart p, jsonb_each_text(p.counts) c WHERE p.run_id = %(run)s GROUP BY 1
            UNION ALL SELECT 'passed_over', sum((cursor->>'passed_over')::bigint) FROM works_importpart WHERE run_id = %(run)s
            """,
            {"run": run_id},
        )
        counts.update({name: int(number) for name, number in cursor.fetchall() if number})
        cursor.execute(
            "SELECT coalesce(sum(bytes_done), 0), coalesce(sum(bytes_total) FILTER (WHERE state <> 'failed'), 0) "
            "FROM works_importpart WHERE run_id = %s",
            [run_id],
        )
        done, whole = cursor.fetchone()
    return dict(counts), int(done), int(whole)


def observe(run_id: int) -> None:
    """Bring the run's own figures up to date, at most every OBSERVED_EVERY seconds whoever of the workers asks."""
    due = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=Now() - OBSERVED_EVERY)
    with transaction.atomic():
        run = ImportRun.objects.select_for_update(skip_locked=True).filter(due, pk=run_id, state=RunState.RUNNING).first()
        if run is None:
            return
        counts, done, whole = totals(run_id)
        now = time.time()
        pace = [each for each in run.cursor.get("pace", []) if now - each[0] <= PACE_SECONDS]
        cursor = {**run.cursor, "bytes": done, "pace": [*pace, [round(now, 1), done, counts.get("read", 0)]]}
        ImportRun.objects.filter(pk=run_id).update(counts=counts, cursor=cursor, total=whole, error="", heartbeat_at=Now())
