"""How far an import is: a bar in a terminal, a plain line now and then elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from works.models import ImportRun

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
