"""Import runs: asking for one, carrying it on from where it stands, and what became of it.

A run is a row: whatever stops the process, the next one goes on after the last stored batch.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.models import F, Q
from django.db.models.functions import Now

from works import redriving
from works.budget import spend
from works.drafts import Read
from works.importing import store
from works.models import ImportRun, LostPart, import_lease
from works.noting import keys_of, note_checked, note_page
from works.room import LOOK_AGAIN, NoRoom, database_is_full, is_full, require_room
from works.sources import arxiv, openalex
from works.sources.http import Manners, Page, Sleep, UnreadableFile, UpstreamBusy, UpstreamError, UpstreamGarbled
from works.upstreams import arxiv_manners, openalex_manners

FINDING_PLACE = timedelta(seconds=110)
"""The lease of a run that looks for its place in a file, which stores nothing meanwhile."""
MOST_FINDING = 45.0
"""Seconds; with a step's own 45 this stays below the limit of a task."""
MOST_ATTEMPTS = 3
ASK_AGAIN = timedelta(minutes=10)
"""When an upstream that failed without naming a time is asked again, MOST_ATTEMPTS times in all."""
GONE_ON_WITHIN = timedelta(days=1)
"""An older question is asked anew from the start: what it brought may have changed since."""
FILES_NAMED = 5
State = ImportRun.State
Progress = Callable[[ImportRun], None]
"""Called with the run after each stored batch."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Whom an import asks. A new one is an entry of PROVIDERS and a module of questions in bzpeer/management/importing/.

    `source` is a module with Query (made of a run's parameters, raises BadQuery), fetch(query, *, cursor, sleep, …), which
    yields a Page after the other from a cursor on, and read_file(path, *, start) for what was downloaded.
    `settings` names further arguments of its fetch with the settings they come from; `manners`, given the run, makes the
    argument of that name for a service whose requests all workers agree about.
    """

    spoken: str
    source: ModuleType
    settings: dict[str, str] = field(default_factory=dict)
    manners: Callable[[ImportRun], Manners] | None = None


def _openalex_manners(run: ImportRun) -> Manners:
    return openalex_manners(spend=spend if run.parameters.get("refresh") else None)


PROVIDERS = {
    "openalex": Provider(
        spoken="OpenAlex",
        source=openalex,
        settings={"base_url": "OPENALEX_URL", "api_key": "OPENALEX_API_KEY"},
        manners=_openalex_manners,
    ),
    "arxiv": Provider(
        spoken="arXiv",
        source=arxiv,
        settings={"base_url": "ARXIV_URL", "oai_url": "ARXIV_OAI_URL"},
        manners=lambda run: arxiv_manners(),
    ),
}


class ImportStopped(Exception):
    """An import ended early; what it stored before stays. The message says why and what to do.

    `retry_after`: seconds after which going on makes sense, None if something must change first.
    """

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class BrokenFiles(Exception):
    """One or more files could not be read to their end; the others were. Only other copies of them help."""


class _RunHeld(Exception):
    """Somebody paused or ended the run, or another worker took it over because this one was too long silent."""


class _TimeIsUp(Exception):
    """The step is over; the run goes on in the next one."""


def query_of(run: ImportRun) -> Any:
    """Return what a run asks, a Query of its provider. Raises BadQuery for what cannot be asked."""
    asked: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in run.parameters.items()}
    return PROVIDERS[run.provider].source.Query(**asked)


def ask_for(*, provider: str, **parameters: Any) -> ImportRun:
    """Write down an import to be done: `files` (paths), or what to ask the provider. Raises BadQuery before anything is written."""
    run = ImportRun(provider=provider, parameters={key: value for key, value in parameters.items() if value})
    if "files" not in run.parameters:
        query_of(run)
    run.save()
    return run


def go_on_with(*, provider: str, **parameters: Any) -> ImportRun | None:
    """Set free the newest run that asks an API the same, stopped lately and is nobody's now; None if there is none.

    Files are always read from the start: another copy may stand there by now.
    """
    if parameters.get("files"):
        return None
    asked = {key: value for key, value in parameters.items() if value}
    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=Now()) | ~Q(error="")
    stopped = Q(state=State.FAILED, cursor__page__isnull=False) | Q(state__in=(State.QUEUED, State.RUNNING)) & idle
    lately = ImportRun.objects.filter(stopped, provider=provider, parameters=asked, created_at__gt=Now() - GONE_ON_WITHIN)
    found = lately.order_by("-pk").first()
    if found is None or not ImportRun.objects.filter(stopped, pk=found.pk).update(
        state=State.QUEUED, error="", attempts=0, lease_until=None, finished_at=None
    ):
        return None
    found.refresh_from_db()
    return found


def take(run_id: int) -> ImportRun | None:
    """Take a run that nobody works on, by the database's clock; None if somebody does or if it is over.

    A run that was taken MOST_ATTEMPTS times without getting any further is given up with a reason.
    """
    open_runs = ImportRun.objects.filter(pk=run_id, state__in=(State.QUEUED, State.RUNNING))
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    worn_out = f"It stopped {MOST_ATTEMPTS} times at the same place without a word. Look at the log, then start it again."
    open_runs.filter(free, attempts__gte=MOST_ATTEMPTS).update(state=State.FAILED, error=worn_out, finished_at=Now(), lease_until=None)
    taken = open_runs.filter(free).update(
        state=State.RUNNING, error="", lease_until=Now() + import_lease(), attempts=F("attempts") + 1, heartbeat_at=Now()
    )
    if not taken:
        return None
    ImportRun.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=Now())
    return ImportRun.objects.get(pk=run_id)


def carry_on(run: ImportRun, *, seconds: float | None = None, progress: Progress | None = None) -> bool:
    """Go on with a taken run, for about `seconds` at most; return whether it is finished.

    Raises ImportStopped if upstream or a file breaks off. A run that upstream only delays, or that waits for room on a disk,
    stays open, others have failed. A run that somebody else holds by now is left to them.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    try:
        return _carry_on(run, deadline, progress)
    except (_RunHeld, LostPart):
        run.refresh_from_db()
        return run.state == State.FINISHED


def _carry_on(run: ImportRun, deadline: float, progress: Progress | None) -> bool:
    try:
        require_room()
        if "problems" in run.parameters:
            _redrive(run, deadline, progress)
        elif "files" in run.parameters:
            _read_files(run, deadline, progress)
        else:
            _fetch_pages(run, deadline, progress)
    except _TimeIsUp:
        _keep(run, lease_until=None)
        return False
    except BrokenFiles as error:
        _keep(run, state=State.FAILED, error=str(error), finished_at=Now(), lease_until=None)
        raise ImportStopped(str(error)) from error
    except UpstreamError as error:
        _stop(run, error)
        raise ImportStopped(str(error), retry_after=error.retry_after) from error
    except NoRoom as error:
        raise _waiting_for_room(run, error) from error
    except OperationalError as error:
        if not is_full(error):
            raise
        raise _waiting_for_room(run, database_is_full()) from error
    _keep(run, state=State.FINISHED, error="", finished_at=Now(), lease_until=None)
    return True


def _waiting_for_room(run: ImportRun, error: NoRoom) -> ImportStopped:
    """Keep the run open: the sweeper takes it again after a while, and so on until there is room."""
    _keep(run, error=str(error), lease_until=Now() + LOOK_AGAIN, attempts=F("attempts") - 1)
    return ImportStopped(str(error), retry_after=LOOK_AGAIN.total_seconds())


def cancel(run: ImportRun) -> None:
    """End a run that is not over; what it stored stays."""
    _update(run, state=State.CANCELLED, finished_at=Now(), lease_until=None)


def _stop(run: ImportRun, error: UpstreamError) -> None:
    """Keep a delayed run open until upstream wants to be asked again, a failing one for some attempts; end any other."""
    if error.retry_after is not None:
        wait = timedelta(seconds=error.retry_after)
        _keep(run, state=State.RUNNING, error=str(error), lease_until=Now() + wait, attempts=F("attempts") - 1)
    elif isinstance(error, UpstreamBusy | UpstreamGarbled) and run.attempts < MOST_ATTEMPTS:
        _keep(run, state=State.RUNNING, error=str(error), lease_until=Now() + ASK_AGAIN)
    else:
        _keep(run, state=State.FAILED, error=str(error), finished_at=Now(), lease_until=None)


def _update(run: ImportRun, **values: Any) -> None:
    ImportRun.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()


def _keep(run: ImportRun, **values: Any) -> None:
    """Write to a run that is in hand. Raises _RunHeld if it is no longer: each taking and renewal has a lease of its own."""
    if not ImportRun.objects.filter(pk=run.pk, state=State.RUNNING, lease_until=run.lease_until).update(**values):
        raise _RunHeld
    run.refresh_from_db()


def _read_files(run: ImportRun, deadline: float, progress: Progress | None) -> None:
    """Read the files from the cursor {"file": index, "records": taken of it, "broken": sentences} on.

    A file that breaks does not keep the next ones from being read. Raises BrokenFiles at the end.
    """
    files: list[str] = run.parameters["files"]
    read_file = PROVIDERS[run.provider].source.read_file
    while (place := _Place.of(run)).file < len(files):
        path = Path(files[place.file])
        if place.records:
            _keep(run, lease_until=Now() + FINDING_PLACE)
        reads = _until(deadline, read_file(path, start=place.records))
        try:
            _store(run, reads, where=path.name, bookmark=place.after, progress=progress)
            broken = place.broken
        except UnreadableFile as error:
            broken = [*place.broken, str(error)]
        except OSError as error:
            broken = [*place.broken, f"{path.name} cannot be read: {error.strerror or error}."]
        _keep(run, cursor=_Place(place.file + 1, 0, broken).as_cursor())
    if place.broken:
        raise BrokenFiles(_told(place.broken))


def _told(broken: list[str]) -> str:
    """Return the first sentence in full and where the other files break."""
    others = [sentence.partition(":")[0] for sentence in broken[1:]]
    if not others:
        return broken[0]
    shown = "; ".join(others[:FILES_NAMED]) + (f" and {len(others) - FILES_NAMED:,} more" if others[FILES_NAMED:] else "")
    return f"{broken[0]} {'Another file breaks' if len(others) == 1 else f'{len(others):,} other files break'}, too: {shown}."


@dataclass(frozen=True)
class _Place:
    """Where a run over files stands."""

    file: int
    records: int
    broken: list[str]

    @classmethod
    def of(cls, run: ImportRun) -> "_Place":
        return cls(run.cursor.get("file", 0), run.cursor.get("records", 0), run.cursor.get("broken", []))

    def as_cursor(self) -> dict[str, Any]:
        return {"file": self.file, "records": self.records, "broken": self.broken}

    def after(self, taken: int) -> dict[str, Any]:
        return {**self.as_cursor(), "records": self.records + taken}


def _redrive(run: ImportRun, deadline: float, progress: Progress | None) -> None:
    """Try again what earlier imports set aside (works/redriving.py)."""
    sleep = _patience(run, deadline)

    def ask(keys: Sequence[str]) -> Iterator[Read]:
        for page in _pages(run, sleep, query=redriving.question(run.provider, keys)):
            yield from page.reads

    def after_chunk() -> None:
        _keep(run, lease_until=Now() + import_lease(), attempts=1)
        if progress:
            progress(run)

    if not redriving.redrive(run, ask=ask, deadline=deadline, after_chunk=after_chunk):
        raise _TimeIsUp


def _fetch_pages(run: ImportRun, deadline: float, progress: Progress | None) -> None:
    """Ask for pages from the cursor {"page": …} on. A page cut short by a crash is asked for again: nothing changes twice."""
    for page in _pages(run, _patience(run, deadline)):
        if page.total is not None and page.total != run.total:
            _keep(run, total=page.total)
        after = {"page": page.next_cursor}
        size = len(page.reads)
        here = run.cursor

        def bookmark(taken: int, after: dict[str, Any] = after, size: int = size, here: dict[str, Any] = here) -> dict[str, Any]:
            return after if taken >= size else here

        note_page(run, page)
        _store(run, page.reads, where=run.provider, bookmark=bookmark, progress=progress)
        if run.parameters.get("refresh"):
            note_checked([*keys_of(page.reads), *(gone.key for gone in page.gone)])
        if not page.reads:
            _keep(run, cursor=after)
            if progress:
                progress(run)
        if page.next_cursor is not None and time.monotonic() >= deadline:
            raise _TimeIsUp


def _patience(run: ImportRun, deadline: float) -> Sleep:
    """Return how this run waits: the lease is kept meanwhile, and a step that has no time left gives the run back instead."""

    def wait(seconds: float) -> None:
        if time.monotonic() + seconds > deadline:
            raise UpstreamBusy(
                f"{PROVIDERS[run.provider].spoken} asks for patience. The import resumes where it stopped.", retry_after=seconds
            )
        _keep(run, lease_until=Now() + import_lease() + timedelta(seconds=seconds), heartbeat_at=Now())
        time.sleep(seconds)

    return wait


def _pages(run: ImportRun, sleep: Sleep, *, query: Any = None) -> Iterable[Page]:
    """Ask what the run asks from its cursor on, or another `query` from its start."""
    provider = PROVIDERS[run.provider]
    how: dict[str, Any] = {name: getattr(settings, setting) for name, setting in provider.settings.items()}
    if provider.manners:
        how["manners"] = provider.manners(run)
    asked, cursor = (query_of(run), run.cursor.get("page")) if query is None else (query, None)
    pages: Iterable[Page] = provider.source.fetch(asked, cursor=cursor, sleep=sleep, **how)
    return pages


def _store(
    run: ImportRun, reads: Iterable[Read], *, where: str, bookmark: Callable[[int], dict[str, Any]], progress: Progress | None
) -> None:
    def after_batch() -> None:
        _keep(run, lease_until=Now() + import_lease(), attempts=1)
        if progress:
            progress(run)
        require_room()

    store(reads, run=run, where=where, bookmark=bookmark, after_batch=after_batch)


def _until(deadline: float, reads: Iterable[Read]) -> Iterator[Read]:
    """Yield reads until the time is up; the batch at hand is still stored.

    The time that finding the place in a file takes does not count, up to MOST_FINDING, so that a large one gets further.
    """
    begun = time.monotonic()
    for count, read in enumerate(reads):
        if count == 0:
            deadline += min(time.monotonic() - begun, MOST_FINDING)
        if time.monotonic() >= deadline:
            raise _TimeIsUp
        yield read
