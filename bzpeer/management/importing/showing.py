"""How far an import is: a bar in a terminal, a plain line now and then elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from works.models import ImportRun
from works.progress import progress_of
from works.telling import remaining

PLAIN_LINE_SECONDS = 5


class Display:
    """Shows a run while it goes on. Use as a context manager."""

    def __init__(self, run: ImportRun) -> None:
        console = Console(stderr=True)
        self._bar = (
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[speed]}"),
                TimeElapsedColumn(),
                console=console,
            )
            if console.is_terminal
            else None
        )
        self._console = console
        self._started = self._spoke = time.monotonic()
        self._task = self._bar.add_task(f"Importing from {run.provider}", total=run.total, speed="") if self._bar else None

    def __enter__(self) -> "Display":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, run: ImportRun) -> None:
        """Show how far the run is."""
        read = run.counts.get("read", 0)
        now = time.monotonic()
        speed = f"{read / max(now - self._started, 0.001):,.0f}/s"
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=read, total=run.total, speed=speed)
        elif now - self._spoke >= PLAIN_LINE_SECONDS:
            self._spoke = now
            of = f" of {run.total:,}" if run.total else ""
            self._console.print(f"{read:,}{of} records read, {speed}")


class PartsDisplay:
    """Shows a run of many files, whoever reads them. Use as a context manager."""

    def __init__(self, run: ImportRun) -> None:
        self._run_id = run.pk
        self._console = Console(stderr=True)
        self._bar = _parts_bar(self._console) if self._console.is_terminal else None
        self._task = self._bar.add_task("", total=1, records="", left="") if self._bar else None
        self._spoke = time.monotonic()
        self._looked = 0.0

    def __enter__(self) -> "PartsDisplay":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._looked = 0.0
            self.show()
            self._bar.stop()

    def show(self) -> None:
        """Show how far the run is; asked more often than there is news, it does nothing."""
        now = time.monotonic()
        if now - self._looked < 0.5:
            return
        self._looked = now
        if self._bar and self._task is not None:
            progress = progress_of(self._run_id)
            self._bar.update(
                self._task,
                description=progress.stage,
                completed=progress.bytes_done,
                total=max(progress.bytes_total, 1),
                records=progress.records,
                left=progress.left,
            )
        elif now - self._spoke >= PLAIN_LINE_SECONDS:
            self._spoke = now
            progress = progress_of(self._run_id)
            told = (f"{progress.share} %", progress.stage, progress.records, progress.left)
            self._console.print(", ".join(filter(None, told)), soft_wrap=True)


def _parts_bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[records]}"),
        TextColumn("{task.fields[left]}"),
        console=console,
    )


class RehearsalDisplay:
    """Shows how far a dry run is. Use as a context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._console = console
        self._bar = _parts_bar(console) if console.is_terminal else None
        self._task = self._bar.add_task("", total=1, records="", left="") if self._bar else None
        self._started = self._spoke = time.monotonic()

    def __enter__(self) -> "RehearsalDisplay":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, path: str, done: int, whole: int) -> None:
        """Show which file is at hand and how many bytes are read."""
        now = time.monotonic()
        left = remaining((whole - done) * (now - self._started) / done) if done else ""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=path, completed=done, total=max(whole, 1), left=left)
        elif now - self._spoke >= PLAIN_LINE_SECONDS:
            self._spoke = now
            self._console.print(", ".join(filter(None, (f"{100 * done // max(whole, 1)} %", path, left))), soft_wrap=True)
