"""Thousands of damaged copies of records: each becomes a draft or is set aside, never an exception."""

import copy
import json
import random
from contextlib import suppress
from typing import Any

import orjson
import pytest

from tests.fidelity import raw_lines, shared
from tests.works.sources.conftest import paper, work
from works.drafts import BadRecord, Read
from works.sources import arxiv, arxiv_bulk, openalex, openalex_drafts
from works.sources.bylines import split_bylines
from works.sources.files import UnreadableFile
from works.sources.latex import letters

ODD: list[Any] = [
    None, True, False, 0, -1, 10**9, 10**30, 1e308, 0.5, "", " ", "x" * 3_000, "\x00", "\u202e", "https://openalex.org/", "A9999999999",
    "javascript:alert(1)", [], [[]], [None], [0, "a", {}], {}, {"id": None}, {"id": 7}, {"": []}, [["a"] * 5], {"a": {"b": {"c": []}}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value inside a JSON value."""
    found = [path] if path else []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        found += places(each, (*path, key))
    return found


def mutant(record: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return the record with one to three values replaced, removed or repeated."""
    changed = copy.deepcopy(record)
    for _ in range(chance.randint(1, 3)):
        where = chance.choice(places(changed)[:4_000] or [("id",)])
        holder: Any = changed
        for step in where[:-1]:
            holder = holder[step]
        match chance.randrange(4):
            case 0:
                del holder[where[-1]]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[where[-1]]))
            case _:
                holder[where[-1]] = copy.deepcopy(chance.choice(ODD))
    return changed


def check(draft, record) -> None:
    reason, digest = "", b""
    try:
        digest = draft(record).digest()
    except BadRecord as bad:
        reason = str(bad)
    assert len(digest) == 16 or reason


def real(name: str, file: str) -> list[dict[str, Any]]:
    return [raw for raw, _ in zip(raw_lines(shared(name) / file), range(150), strict=False)]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_real_works_never_raise(seed):
    chance = random.Random(seed)
    records = real("openalex-api-objects", "geosciencearabia-idb_2026-01-02_works.jsonl.gz")
    for _ in range(500):
        check(openalex_drafts.draft, mutant(chance.choice(records), chance))


def test_damaged_real_entities_never_raise():
    chance = random.Random(5)
    records = real("openalex-api-objects", "geosciencearabia-idb_2026-01-02_authors.jsonl.gz")
    for part in ("institutions/updated_date=2023-09-04", "sources/updated_date=2023-06-25", "works/updated_date=2023-05-16"):
        records += real("openalex-snapshot-sample", f"sample/openalex/{part}/part_000.gz")
    for _ in range(1_500):
        check(openalex_drafts.draft, mutant(chance.choice(records), chance))


def test_damaged_real_arxiv_records_never_raise():
    chance = random.Random(6)
    records = real("arxiv-kaggle-sample", "arxiv-metadata-oai-snapshot.json")
    for _ in range(1_500):
        check(arxiv_bulk.draft, mutant(chance.choice(records), chance))


@pytest.mark.parametrize(
    "name", sorted(work(1) | {"abstract_inverted_index": 0, "topics": 0, "primary_location": 0, "biblio": 0, "ids": 0})
)
@pytest.mark.parametrize("value", ODD, ids=[str(number) for number in range(len(ODD))])
def test_any_field_of_a_work_may_change_its_type(name, value):
    check(openalex_drafts.draft, work(1) | {name: value})


@pytest.mark.parametrize("name", sorted(paper("2001.00001")))
@pytest.mark.parametrize("value", ODD, ids=[str(number) for number in range(len(ODD))])
def test_any_field_of_a_bulk_record_may_change_its_type(name, value):
    check(arxiv_bulk.draft, paper("2001.00001") | {name: value})


def test_files_with_flipped_bytes_never_raise_but_unreadable(write):
    chance = random.Random(7)
    whole = b"".join(json.dumps(work(number)).encode() + b"\n" for number in range(1, 6))
    for _ in range(1_500):
        damaged = bytearray(whole if chance.random() < 0.5 else orjson.dumps([work(1), work(2)]))
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path = write("works.json", bytes(damaged[: chance.randint(1, len(damaged))]))
        reads: list[Read] = []
        with suppress(UnreadableFile):
            reads.extend(openalex.read_file(path))
        assert len(reads) <= 12


def test_author_lines_of_any_characters_never_raise():
    chance = random.Random(8)
    alphabet = "(),;:{}\\'\"^~$`=.&1a and et al Jr v\\c\\'{\\i}"
    for _ in range(3_000):
        line = "".join(chance.choice(alphabet) for _ in range(chance.randint(0, 60)))
        assert all(byline.name for byline in split_bylines(line))
        letters(line)


def test_a_record_of_xml_nested_without_end_is_set_aside(write):
    deep = b"<d>" * 20_000 + b"</d>" * 20_000
    entry = b"<entry><id>http://arxiv.org/abs/%s</id><title>T</title>%s</entry>"
    feed = b'<feed xmlns="http://www.w3.org/2005/Atom">' + entry % (b"nonsense", deep) + entry % (b"2006.13719v1", b"") + b"</feed>"
    found = list(arxiv.read_file(write("feed.xml", feed)))
    assert [type(read).__name__ for read in found] == ["Quarantined", "WorkDraft"]
