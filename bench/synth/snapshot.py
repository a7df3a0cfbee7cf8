"""The snapshot's folders and files: partitions of gzip'd JSON lines, a manifest for each kind of record, merged ids."""

import datetime
import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bench.synth import authors, ids, rates, works
from bench.synth.catalog import Catalog
from bench.synth.names import People
from bench.synth.plan import planned
from bench.synth.words import Vocabulary

WORKS_PER_PARTITION = 25_000
FULL_UPDATE = datetime.date(2025, 11, 6)
"""Measured: 86 % of the works carry one date, the rest is spread over the days after it."""

Lines = Callable[[int, str], Iterator[bytes]]


@dataclass
class Written:
    """What was written: records and compressed bytes of each kind, and merged ids."""

    records: dict[str, int] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    merged: int = 0


@dataclass(frozen=True)
class Part:
    """A partition's file within the folder of its kind."""

    date: str
    number: int

    @property
    def path(self) -> str:
        """Return its path as the manifest has it."""
        return f"updated_date={self.date}/part_{self.number:03d}.gz"


def write(folder: Path, *, works_count: int, seed: int, partitions: int | None = None) -> Written:
    """Write a snapshot of `works_count` works into `folder`, which must be empty or new. The same arguments give the same bytes."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty. Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary(seed)
    catalog = Catalog(works=works_count, seed=seed, vocabulary=vocabulary)
    plan = planned(works=works_count, seed=seed, catalog=catalog, folder=folder)
    people = People(count=plan.authors, seed=seed)
    written = Written()
    parts = partitions or max(1, -(-works_count // WORKS_PER_PARTITION))
    of_works = works.Works(plan=plan, catalog=catalog, people=people, vocabulary=vocabulary, seed=seed)
    _kind(folder, "works", chunks=-(-works_count // works.CHUNK), parts=parts, lines=of_works.chunk, written=written)
    plan.references.close()
    of_authors = authors.Authors(plan=plan, catalog=catalog, people=people)
    _kind(folder, "authors", chunks=-(-plan.authors // authors.CHUNK), parts=parts, lines=of_authors.chunk, written=written)
    for kind, records, counts in (
        ("institutions", [each.record for each in catalog.institutions], of_works.of_institution),
        ("topics", [each.record for each in catalog.topics], of_works.of_topic),
        ("sources", [each.record for each in catalog.sources], of_works.of_source),
    ):
        _kind(folder, kind, chunks=1, parts=1, lines=_counted(records, counts), written=written)
    sizes = {"works": works_count, "authors": plan.authors, "institutions": len(catalog.institutions), "sources": len(catalog.sources)}
    written.merged = _merged_ids(folder / "merged_ids", sizes, np.random.default_rng([seed, 6]))
    return written


def _counted(records: list[str], counts: list[int]) -> Lines:
    def lines(_: int, updated: str) -> Iterator[bytes]:
        for record, count in zip(records, counts, strict=True):
            fields = orjson.loads(record)
            fields |= {
                "works_count": count,
                "cited_by_count": 0,
                "updated_date": f"{updated}T03:32:42.076287",
                "created_date": "2025-01-02",
            }
            yield orjson.dumps(fields) + b"\n"

    return lines


def parts_of(count: int) -> list[Part]:
    """Return the partitions: most on the day of a full update, then one a day."""
    full = max(1, round(count * 0.86))
    later = [FULL_UPDATE + datetime.timedelta(days=day) for day in range(1, count - full + 1)]
    return [Part(FULL_UPDATE.isoformat(), number) for number in range(full)] + [Part(day.isoformat(), 0) for day in later]


def _kind(folder: Path, kind: str, *, chunks: int, parts: int, lines: Lines, written: Written) -> None:
    """Write one kind's partitions, each of every n-th chunk, so that every partition has works of all years, and the manifest."""
    parts = min(parts, chunks)
    entries: list[dict[str, Any]] = []
    for index, part in enumerate(parts_of(parts)):
        path = folder / kind / part.path
        path.parent.mkdir(parents=True, exist_ok=True)
        records = _compressed(path, (line for chunk in range(index, chunks, parts) for line in lines(chunk, part.date)))
        entries.append(
            {"url": f"s3://openalex/data/{kind}/{part.path}", "meta": {"content_length": path.stat().st_size, "record_count": records}}
        )
    total = {key: sum(entry["meta"][key] for entry in entries) for key in ("content_length", "record_count")}
    (folder / kind / "manifest").write_bytes(orjson.dumps({"entries": entries, "meta": total}, option=orjson.OPT_INDENT_2))
    written.records[kind], written.size[kind] = total["record_count"], total["content_length"]


def _compressed(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines, gzip'd without a time or a name in the header; return how many."""
    found = 0
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed:
        waiting: list[bytes] = []
        for line in lines:
            found += 1
            waiting.append(line)
            if len(waiting) == 64:
                packed.write(b"".join(waiting))
                waiting.clear()
        packed.write(b"".join(waiting))
    return found


def _merged_ids(folder: Path, sizes: dict[str, int], rng: np.random.Generator) -> int:
    """Write which ids were merged into records of the snapshot. Some references still lead to the old ones, as upstream."""
    shares = {"works": rates.MERGED_WORKS, "authors": rates.MERGED_AUTHORS}
    total = 0
    for kind, size in sizes.items():
        count = max(2, round(size * shares.get(kind, rates.MERGED_OTHERS)))
        letter = kind[0].upper()
        survivors = ids.numbers(rng.integers(0, size, size=count)).tolist()
        gone = ids.numbers(np.arange(size, size + count)).tolist()
        for nth, day in enumerate((FULL_UPDATE - datetime.timedelta(days=30), FULL_UPDATE)):
            rows = [f"{day},{letter}{old},{letter}{new}\n" for old, new in zip(gone[nth::2], survivors[nth::2], strict=True)]
            (folder / kind).mkdir(parents=True, exist_ok=True)
            _compressed(folder / kind / f"{day}.csv.gz", [line.encode() for line in ["merge_date,id,merge_into_id\n", *rows]])
        total += count
    return total
