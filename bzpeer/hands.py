"""Jobs shared by a few threads, each with a database connection of its own: the database works, on as many of its cores."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

MOST_HANDS = 4
Job = Callable[[], int]


def hands_here() -> int:
    """Return how many threads are of use on this machine."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_HANDS)


def work_through(jobs: Iterable[Job], *, hands: int) -> int:
    """Do all jobs, each once, and return the sum of what they return. One hand alone works here, in the caller's connection.

    The first error ends the others after the job at hand, and is raised.
    """
    if hands == 1:
        return sum(job() for job in jobs)
    waiting = _Waiting(jobs)
    with ThreadPoolExecutor(hands, thread_name_prefix="hand") as pool:
        try:
            return sum(done.result() for done in [pool.submit(_work, waiting) for _ in range(hands)])
        except BaseException:  # a person's Ctrl+C as well
            waiting.is_over = True
            raise


class _Waiting:
    """Jobs that several threads take from. What makes the next job may ask the database, so one thread at a time does."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.is_over = False
        self._jobs: Iterator[Job] = iter(jobs)
        self._taking = threading.Lock()

    def taken(self) -> Iterator[Job]:
        while not self.is_over:
            with self._taking:
                job = next(self._jobs, None)
            if job is None:
                return
            yield job


def _work(waiting: _Waiting) -> int:
    try:
        return sum(job() for job in waiting.taken())
    except BaseException:
        waiting.is_over = True
        raise
    finally:
        connection.close()
