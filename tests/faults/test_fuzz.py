"""One chunk of the fuzzer (bench/fuzz.py), another with each day: thousands of damaged records, none of which is an exception."""

import resource
from datetime import UTC, datetime

import pytest

from tests.faults import fuzzing
from tests.faults.mutating import damaged_line
from tests.works.sources.conftest import work

pytestmark = pytest.mark.services  # it takes a while; the fast loop has test_mutations.py
FIXED = 1


def test_a_chunk_of_mutants_gives_no_exception_and_keeps_their_neighbours(db, tmp_path, monkeypatch):
    folder = fuzzing.shared_data()
    if not folder.is_dir():
        pytest.skip("real records are not at hand; BZPEER_SHARED_DATA names their folder")
    # Other tests of this process may have taken much memory already.
    monkeypatch.setattr(fuzzing, "MOST_MEMORY", fuzzing.MOST_MEMORY + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    records = fuzzing.real_records(folder)
    tally = fuzzing.chunk(FIXED, seed=1, records=records, folder=tmp_path, mutants=1_500)
    tally.add(fuzzing.chunk(datetime.now(UTC).toordinal(), seed=2, records=records, folder=tmp_path, mutants=1_500))
    assert tally.mutants >= 3_000
    assert tally.reads["set aside"] > 100
    assert tally.stored > 300


def test_the_same_seed_gives_the_same_mutants():
    import random

    raw = fuzzing.orjson.dumps(work(1))
    once, again = ([damaged_line(raw, random.Random(number)) for number in range(200)] for _ in range(2))
    assert once == again
    assert len(set(once)) > 150


def test_a_neighbour_that_gets_lost_is_a_finding(db, tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzing, "store", lambda *_, **__: fuzzing.Counter(read=5, written=5))
    reads = list(fuzzing.openalex.read_file(_file(tmp_path)))
    with pytest.raises(fuzzing.Finding, match="neighbours stored: "):
        fuzzing._store(reads, [read.key for read in reads], "openalex")


def _file(folder):
    path = folder / "works.jsonl"
    path.write_bytes(b"\n".join(fuzzing.orjson.dumps(work(number)) for number in range(1, 6)))
    return path
