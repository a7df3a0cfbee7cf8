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
