"""Reading in a thread of its own, a few items ahead of whoever uses them.

Waiting for the database leaves the interpreter free; parsing the next records meanwhile makes good use of that.
"""

import threading
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")
_PATIENCE = 0.1
"""Seconds between looks at whether the other side is still there."""


class _End:
    """Nothing more comes: reading is done, or `error` broke it off."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterable[T], *, depth: int) -> Iterator[T]:
    """Yield `items` in order while a thread reads up to `depth` of them ahead.

    What breaks the reading is raised here after every item before it was yielded. Leaving early ends the thread.
    """
    ready: Queue[T | _End] = Queue(maxsize=depth)
    is_left = threading.Event()
    reader = threading.Thread(target=_read, args=(items, ready, is_left), name="read-ahead", daemon=True)
    reader.start()
    try:
        while True:
            found = _next(ready, reader)
            if isinstance(found, _End):
                if found.error:
                    raise found.error
                return
            yield found
    finally:
        is_left.set()
        reader.join()


def _next(ready: "Queue[T | _End]", reader: threading.Thread) -> T | _End:
    while True:
        try:
            return ready.get(timeout=_PATIENCE)
        except Empty:
            if not reader.is_alive() and ready.empty():
                raise RuntimeError("the reading thread ended without a word") from None


def _read(items: Iterable[T], ready: "Queue[T | _End]", is_left: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            _hand_over(item, ready, is_left)
            if is_left.is_set():
                return
    except BaseException as error:  # whatever it is, it is raised where the items are used
        end = _End(error)
    _hand_over(end, ready, is_left)


def _hand_over(item: "T | _End", ready: "Queue[T | _End]", is_left: threading.Event) -> None:
    while not is_left.is_set():
        try:
            ready.put(item, timeout=_PATIENCE)
        except Full:
            continue
        return
