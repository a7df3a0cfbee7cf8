"""Lines of a file that are not parsed yet: one that was stored as it stands is recognised by its bytes, far quicker than by parsing.

Reading and recognising go ahead of parsing, which goes ahead of storing. Only recognising asks the database, so it is
done by whoever takes the batches.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from works.batching import Batch, Where, batches, place_names
from works.drafts import Known, Line, Read
from works.readahead import read_ahead

CHUNK_BYTES = 16 * 2**20
"""A chunk of long lines ends early, so that what waits to be parsed stays small."""

Recognise = Callable[[Collection[Line]], set[tuple[str, bytes]]]
"""Given lines, return key and mark of those that are stored as they stand."""
Placed = tuple[Read | Line, str]


def batches_ahead(reads: Iterable[Read | Line], *, size: int, where: Where, depth: int, recognise: Recognise) -> Iterator[Batch]:
    """Yield batches of what `reads` yields, prepared up to `depth` ahead. What breaks the reading is raised after all that came before."""
    chunks = read_ahead(_chunks(reads, size=size, where=where), depth=depth)
    waiting: deque[Future[_Prepared]] = deque()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse") as parser:
        try:
            broken: Exception | None = None
            while True:
                try:
                    chunk = next(chunks, None)
                except Exception as error:  # whatever it is, it is raised once all that was read before is stored
                    chunk, broken = None, error
                if chunk is not None:
                    waiting.append(parser.submit(_prepared, chunk, _known(chunk, recognise), size))
                while waiting and (chunk is None or len(waiting) > depth):
                    yield from waiting.popleft().result().taken()
                if chunk is None:
                    break
            if broken:
                raise broken
        finally:
            for future in waiting:
                future.cancel()


def _chunks(reads: Iterable[Read | Line], *, size: int, where: Where) -> Iterator[list[Placed]]:
    name = place_names(where)
    chunk: list[Placed] = []
    held = 0
    try:
        for count, read in enumerate(reads, start=1):
            chunk.append((read, name(count)))
            held += read.size if isinstance(read, Line) else 0
            if len(chunk) >= size or held >= CHUNK_BYTES:
                yield chunk
                chunk, held = [], 0
    except Exception:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def _known(chunk: Sequence[Placed], recognise: Recognise) -> set[tuple[str, bytes]]:
    """Return key and mark of the lines that say nothing new. A record that stands there twice is always parsed."""
    lines = [read for read, _ in chunk if isinstance(read, Line)]
    times = Counter(line.key for line in lines)
    return recognise([line for line in lines if times[line.key] == 1]) if lines else set()


class _Prepared(msgspec.Struct, frozen=True):
    """The batches of a chunk, and what broke off its parsing."""

    batches: list[Batch]
    broken: Exception | None = None

    def taken(self) -> Iterator[Batch]:
        yield from self.batches
        if self.broken:
            raise self.broken


def _prepared(chunk: Sequence[Placed], known: Collection[tuple[str, bytes]], size: int) -> _Prepared:
    found: list[Batch] = []
    try:
        found.extend(batches((_parsed(read, known) for read, _ in chunk), size=size, where=lambda count: chunk[count - 1][1]))
    except Exception as error:  # whatever it is, it is raised once the batches before it are stored
        return _Prepared(found, error)
    return _Prepared(found)


def _parsed(read: Read | Line, known: Collection[tuple[str, bytes]]) -> Read | Known | tuple[Read, bytes]:
    if not isinstance(read, Line):
        return read
    return Known(read.key) if (read.key, read.mark) in known else (read.parse(), read.mark)
