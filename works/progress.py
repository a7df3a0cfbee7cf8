"""How far a run over many files is: shares, rates over the last minute, time left."""

import time
from dataclasses import dataclass

from django.db.models import Count, Q

from works.models import ImportPart, ImportRun
from works.parts import PartState, totals
from works.telling import remaining


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The figures of a run and the words for them."""

    counts: dict[str, int]
    bytes_done: int
    bytes_total: int
    seconds_left: float | None
    rate: float | None
    """Records read a second, of the last minute."""
    stage: str
    """What is being read: "works: 12 of 120 files"."""

    @property
    def share(self) -> int:
        """Hundredths, by bytes; 100 only when all is read."""
        return min(100 * self.bytes_done // self.bytes_total, 100) if self.bytes_total else 100

    @property
    def records(self) -> str:
        rate = f", {self.rate:,.0f}/s" if self.rate is not None else ""
        return f"{self.counts.get('read', 0):,} records{rate}"

    @property
    def left(self) -> str:
        return remaining(self.seconds_left) if self.bytes_done < self.bytes_total else ""


def progress_of(run_id: int) -> Progress:
    """Return how far a run is now."""
    counts, done, whole = totals(run_id)
    pace = ImportRun.objects.values_list("cursor", flat=True).get(pk=run_id).get("pace", [])
    bytes_rate, rate = _rates(pace, done, counts.get("read", 0))
    return Progress(
        counts=counts,
        bytes_done=done,
        bytes_total=whole,
        seconds_left=(whole - done) / bytes_rate if bytes_rate else None,
        rate=rate,
        stage=_stage(run_id),
    )


def pace_of(run: ImportRun) -> tuple[float | None, float | None]:
    """Return records a second of the last minute and the seconds left, from the run's row alone; None where nobody knows."""
    cursor = run.cursor if isinstance(run.cursor, dict) else {}
    pace = cursor.get("pace") or []
    if len(pace) < 2 or not run.total:
        return None, None
    (then, bytes_then, read_then), (now, bytes_now, read_now) = pace[0], pace[-1]
    seconds = max(now - then, 0.1)
    bytes_rate = (bytes_now - bytes_then) / seconds
    return max(read_now - read_then, 0) / seconds, (run.total - bytes_now) / bytes_rate if bytes_rate > 0 else None


def _rates(pace: list[list[float]], done: int, read: int) -> tuple[float | None, float | None]:
    """Return bytes and records a second since the oldest note of the last minute, None where there is no note old enough."""
    if not pace or (seconds := time.time() - pace[0][0]) < 1:
        return None, None
    return max(done - pace[0][1], 0) / seconds, max(read - pace[0][2], 0) / seconds


def _stage(run_id: int) -> str:
    is_open = Q(state__in=(PartState.WAITING, PartState.RUNNING))
    open_now = ImportPart.objects.filter(is_open, run_id=run_id).order_by("stage", "entity").values_list("entity", flat=True).first()
    if open_now is None:
        return "all files read"
    found = ImportPart.objects.filter(run_id=run_id, entity=open_now).aggregate(all=Count("pk"), over=Count("pk", filter=~is_open))
    return f"{open_now.replace('_', ' ')}: {found['over']:,} of {found['all']:,} files"


def parts_of(run: ImportRun, *, state: str, after: int | None, limit: int) -> list[ImportPart]:
    """Return files of a run in the order in which they are read, in one state or ("") all, those behind part `after`."""
    found = ImportPart.objects.filter(run=run)
    if state:
        found = found.filter(state=state)
    if after is not None and (stage := ImportPart.objects.filter(run=run, pk=after).values_list("stage", flat=True).first()) is not None:
        found = found.filter(Q(stage__gt=stage) | Q(stage=stage, pk__gt=after))
    return list(found.order_by("stage", "pk")[:limit])


def parts_by_state(run: ImportRun) -> dict[str, int]:
    """Return how many files of a run are in each state."""
    rows = ImportPart.objects.filter(run=run).order_by().values_list("state").annotate(Count("pk"))
    return dict(rows)
