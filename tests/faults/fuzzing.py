"""Mutants of real records through reading, parting into batches and storing. What must hold of each, and of its neighbours.

A chunk is CHUNK mutants and the same for the same seed and number, so that a finding can be had again.
"""

import gzip
import json
import os
import random
import resource
import tarfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import orjson

from tests.faults.mutating import damaged_gzip, damaged_line, damaged_xml
from works.batching import batches
from works.drafts import Merged, Quarantined, Read
from works.importing import store
from works.models import ImportProblem, ImportRun, UpstreamRecord
from works.sources import arxiv, openalex
from works.sources.files import UnreadableFile

CHUNK = 3_000
GROUP = 25
STORED = 0.25
"""The share of groups that also go into the database; all are read and parted into batches."""
SLOWEST_GROUP, LONGEST_WAIT = 20.0, 180.0
"""Seconds of this process' own time for a group, and on the clock, where the database and whatever else the machine does count."""
MOST_MEMORY = 1_200
"""MB that the process may have taken at its most; the fuzzer itself holds the real records and mutants of 10 MB."""
LONGEST_REASON = 500


class Finding(AssertionError):
    """A mutant that broke what must hold. The message names seed, chunk and group."""


@dataclass
class Records:
    """Real records by format, as they stood in their files."""

    openalex: list[bytes] = field(default_factory=list)
    arxiv: list[bytes] = field(default_factory=list)
    xml: list[bytes] = field(default_factory=list)
    tables: list[bytes] = field(default_factory=list)


def real_records(shared: Path) -> Records:
    """Read a share of every set of real records: all schema years, all entities, all of arXiv's formats."""
    found = Records()
    for path in sorted(shared.glob("openalex-*/**/*")):
        if not path.is_file() or path.suffix in (".md", ".txt"):
            continue
        if path.name.endswith((".jsonl.gz", "part_000.gz", ".jsonl")) or (
            path.suffix == ".gz" and "sample" in str(path) and "merged" not in str(path)
        ):
            found.openalex += islice(_lines(path), 400)
        elif path.name.endswith(".tar.gz"):
            found.openalex += islice(_inside(path), 300)
        elif path.suffix == ".json" or path.name == "manifest":
            found.openalex += _objects(path.read_bytes())
        if "merged" in str(path):
            found.tables.append(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    found.openalex += islice(_lines(shared / "hep-1991-1996" / "works.jsonl.gz"), 100)
    for path in (*sorted(shared.glob("arxiv-bulk/*.gz")), *sorted(shared.glob("arxiv-kaggle-sample/*.json"))):
        found.arxiv += islice(_lines(path), 300)
    for path in sorted(shared.glob("unarxive-sample/**/*.jsonl")):
        found.arxiv += islice(_lines(path), 2)
    found.xml = [path.read_bytes() for path in sorted(shared.glob("arxiv-oai/**/*.xml"))]
    for path in sorted(shared.glob("arxiv-atom/**/*.json")):
        found.xml += [str(each["body"]).encode() for each in _recorded(path.read_bytes())]
    found.openalex = [each for each in found.openalex if each.lstrip()[:1] == b"{"]
    return found


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
        for line in handle:
            if line.strip() and len(line) < 300_000:
                yield line.strip()


def _inside(path: Path) -> Iterator[bytes]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (handle := archive.extractfile(member)):
                yield from _objects(handle.read())


def _objects(text: bytes) -> list[bytes]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    listed = value.get("results", [value]) if isinstance(value, dict) else value
    return [orjson.dumps(each) for each in listed if isinstance(each, dict)]


def _recorded(text: bytes) -> Iterator[dict[str, object]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict) and isinstance(each.get("body"), str):
            yield each
        elif isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each


@dataclass
class Tally:
    """What became of the mutants of one or more chunks."""

    mutants: int = 0
    reads: Counter[str] = field(default_factory=Counter)
    broken_files: int = 0
    stored: int = 0
    slowest: float = 0.0

    def add(self, other: "Tally") -> None:
        self.mutants += other.mutants
        self.reads += other.reads
        self.broken_files += other.broken_files
        self.stored += other.stored
        self.slowest = max(self.slowest, other.slowest)

    def told(self) -> str:
        drafts, aside = self.reads["drafts"], self.reads["set aside"]
        return (
            f"{self.mutants:,} mutants: {drafts:,} drafts, {aside:,} set aside with a reason, {self.reads['merges']:,} merges, "
            f"{self.broken_files:,} files that break off; {self.stored:,} stored; slowest group {self.slowest:.1f} s"
        )


def chunk(number: int, *, seed: int, records: Records, folder: Path, mutants: int = CHUNK) -> Tally:
    """Make and try one chunk of mutants. Raises Finding. Needs an open database."""
    tally = Tally()
    group = 0
    while tally.mutants < mutants:
        group += 1
        chance = random.Random(f"{seed}/{number}/{group}")
        try:
            tally.add(_group(chance, records, folder, mark=number * 10_000 + group))
        except Finding as finding:
            raise Finding(f"seed {seed}, chunk {number}, group {group}: {finding}") from finding
        except Exception as error:
            raise Finding(f"seed {seed}, chunk {number}, group {group}: uncaught {type(error).__name__}: {str(error)[:400]}") from error
    return tally


def _group(chance: random.Random, records: Records, folder: Path, *, mark: int) -> Tally:
    kind = chance.choices(("openalex", "arxiv", "xml", "gzip", "table"), (60, 20, 12, 5, 3))[0]
    begun, busy = time.monotonic(), time.process_time()
    path = folder / f"mutants-{kind}"
    match kind:
        case "openalex" | "arxiv":
            lines = [damaged_line(chance.choice(getattr(records, kind)), chance) for _ in range(GROUP)]
            tally = _file_of_lines(path, kind, lines, chance, mark=mark)
        case "table" if records.tables:
            lines = [damaged_line_of_table(chance.choice(records.tables), chance) for _ in range(GROUP)]
            path.write_bytes(b"merge_date,id,merge_into_id\n" + b"\n".join(lines))
            tally = _whole_file(path, "openalex", chance, mutants=GROUP)
        case "gzip":
            few = b"\n".join(chance.sample(records.openalex, 3))
            path.write_bytes(damaged_gzip(few, chance))
            tally = _whole_file(path, "openalex", chance, mutants=1)
        case _:
            if not records.xml:
                return Tally()
            path.write_bytes(damaged_xml(chance.choice(records.xml), chance))
            tally = _whole_file(path, "arxiv", chance, mutants=1)
    tally.slowest, waited = time.process_time() - busy, time.monotonic() - begun
    if tally.slowest > SLOWEST_GROUP or waited > LONGEST_WAIT:
        raise Finding(f"{tally.slowest:.1f} s of work and {waited:.1f} s in all for {tally.mutants} mutants ({kind})")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if memory > MOST_MEMORY:
        raise Finding(f"{memory} MB of memory ({kind})")
    return tally


def damaged_line_of_table(table: bytes, chance: random.Random) -> bytes:
    """Return a line of a merged_ids file, damaged."""
    line = bytearray(chance.choice(table.splitlines()[1:] or [b"2023-01-01,W1,W2"]))
    for _ in range(chance.randint(1, 4)):
        where = chance.randrange(len(line) + 1)
        line[where:where] = chance.choice((b",", b"\x00", b"\xff", b'"', b"W", b"A", b"9" * 30, b"0", b" ", b"\xe2\x80\xae", b"=", b"\\N"))
    return bytes(line).replace(b"\n", b"").replace(b"\r", b"")


def _file_of_lines(path: Path, provider: str, mutants: list[bytes], chance: random.Random, *, mark: int) -> Tally:
    """Read mutants between whole neighbours: each neighbour must come out, and be stored."""
    neighbours = [_neighbour(provider, mark, position) for position in range(3)]
    lines = [neighbours[0][1], *mutants[: GROUP // 2], neighbours[1][1], *mutants[GROUP // 2 :], neighbours[2][1]]
    path.write_bytes(b"\n".join(lines) + b"\n")
    reads = list(_reader(provider)(path))
    keys = [key for key, _ in neighbours]
    _check(reads)
    found = [read.key for read in reads if not isinstance(read, Quarantined | Merged) and read.key in keys]
    if found != keys:
        raise Finding(f"neighbours that came out of reading: {found}, of {keys}")
    tally = _tally(reads, len(mutants))
    if chance.random() < STORED:
        _store(reads, keys, provider)
        tally.stored = len(mutants)
    return tally


def _neighbour(provider: str, mark: int, position: int) -> tuple[str, bytes]:
    number = 8_000_000_000_000 + mark * 10 + position
    if provider == "openalex":
        record = {"id": f"https://openalex.org/W{number}", "title": f"Neighbour {number}", "authorships": []}
        return f"openalex:W{number}", json.dumps(record).encode()
    identifier = f"{1000 + mark % 900_000 // 1_000:04}.{mark % 1_000 * 3 + position:05}"
    return f"arxiv:{identifier}", json.dumps({"id": identifier, "title": f"Neighbour {number}", "authors": "Ada Example"}).encode()


def _whole_file(path: Path, provider: str, chance: random.Random, *, mutants: int) -> Tally:
    """Read a file that may break off: with a sentence, and with what came before the break."""
    reads: list[Read] = []
    broken = 0
    try:
        reads.extend(_reader(provider)(path))
    except UnreadableFile as error:
        broken = 1
        _check_sentence(str(error))
    _check(reads)
    tally = _tally(reads, mutants)
    tally.broken_files = broken
    if chance.random() < STORED and reads:
        _store(reads, [], provider)
        tally.stored = mutants
    return tally


def _reader(provider: str):
    return openalex.read_file if provider == "openalex" else arxiv.read_file


def _tally(reads: Iterable[Read], mutants: int) -> Tally:
    kinds = Counter("set aside" if isinstance(read, Quarantined) else "merges" if isinstance(read, Merged) else "drafts" for read in reads)
    return Tally(mutants=mutants, reads=kinds)


def _check(reads: list[Read]) -> None:
    """Part into batches; every record is in one, or set aside with a sentence."""
    seen = 0
    for batch in batches(iter(reads), size=100, where="mutants"):
        seen += batch.read
        accounted = len(batch.drafts) + batch.repeated + len(batch.merged) + len(batch.set_aside)
        if accounted != batch.read:
            raise Finding(f"a batch of {batch.read} records accounts for {accounted}")
        for aside in batch.set_aside:
            _check_sentence(aside.reason)
    if seen != len(reads):
        raise Finding(f"{len(reads)} records were read and {seen} are in batches")


def _check_sentence(text: str) -> None:
    odd = [character for character in text if not character.isprintable()]
    if not text.strip() or len(text) > LONGEST_REASON or odd or "Traceback" in text or " object at 0x" in text:
        raise Finding(f"this is no plain sentence: {text[:300]!r}")


def _store(reads: list[Read], neighbours: list[str], provider: str) -> None:
    """Store for good; the neighbours' rows are there, the counts add up, and what the database refused says why."""
    run = ImportRun.objects.create(provider=provider)
    counts = store(iter(reads), run=run, where="mutants")
    whole = counts["written"] + counts["unchanged"] + counts["quarantined"] + sum(isinstance(read, Merged) for read in reads)
    if counts["read"] != len(reads) or whole < len(reads):
        raise Finding(f"{len(reads)} records, but counts of {dict(counts)}")
    stored = set(UpstreamRecord.objects.filter(key__in=neighbours).values_list("key", flat=True))
    if stored != set(neighbours):
        raise Finding(f"neighbours stored: {sorted(stored)}, of {neighbours}")
    for reason in ImportProblem.objects.filter(run=run).values_list("reason", flat=True):
        _check_sentence(reason)


def shared_data() -> Path:
    """Return the folder of real records."""
    return Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
