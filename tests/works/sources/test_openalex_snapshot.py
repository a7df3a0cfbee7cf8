"""The layout of OpenAlex's snapshot, and slices of it."""

import json
import os
from pathlib import Path

import pytest

from tests.works import snapshots
from works.sources.openalex_snapshot import NoSnapshot, own_id, snapshot_in
from works.sources.slicing import BadFilter, Filters, checked, family_of, in_sample, unknown_topics, wanted_works

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).parents[3] / "../shared/data"))
WORKS = [
    snapshots.work(1),
    snapshots.work(2, institution="I2", country="DE", year=2021),
    snapshots.work(3, topic=12, year=1999),
    {"id": "https://openalex.org/W4", "title": "I1 and JP and 2020 in a title only, /T11", "authorships": None, "topics": [7]},
]


def test_data_below_the_folder_and_packed_files_are_chosen(tmp_path):
    snapshots.write(tmp_path / "data", "works", WORKS)
    (tmp_path / "data" / "works" / snapshots.DATE / "part_000").write_text("the same, unpacked")
    (tmp_path / "data" / "concepts").mkdir()
    found = snapshot_in(tmp_path)
    assert [(file.path, file.kind, file.records, file.is_there) for file in found.files] == [
        (f"works/{snapshots.DATE}/part_000.gz", "works", 4, True)
    ]
    assert (found.root, found.remarks, found.passed_over) == (tmp_path / "data", (), ("concepts",))


def test_a_manifest_may_be_missing_garbled_or_name_other_files(tmp_path):
    path = snapshots.write(tmp_path, "works", WORKS)
    manifest = tmp_path / "works" / "manifest"
    manifest.unlink()
    assert [(file.size, file.records) for file in snapshot_in(tmp_path).files] == [(path.stat().st_size, None)]
    for text in ("{oops", "[]", '{"entries": [{"url": 7}]}'):
        manifest.write_text(text)
        assert snapshot_in(tmp_path).remarks[0].startswith("The manifest of works is not as expected")
    meta = {"content_length": 9, "record_count": 3}
    manifest.write_text(
        json.dumps({"entries": [{"url": f"s3://x/works/{name}", "meta": meta} for name in ("../../secret", "u/part_1.gz")]})
    )
    found = snapshot_in(tmp_path)
    assert [(file.path, file.is_there) for file in found.files] == [
        ("works/u/part_1.gz", False),
        (f"works/{snapshots.DATE}/part_000.gz", True),
    ]
    assert found.remarks == (f"works/{snapshots.DATE}/part_000.gz is not named in the manifest of works; it is read all the same.",)


def test_what_is_no_snapshot_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "empty" / "works").mkdir(parents=True)
    for folder, sentence in ((tmp_path / "no", "There is no folder"), (file, "is a file"), (tmp_path, "is no OpenAlex snapshot"),
                             (tmp_path / "empty", "holds no file of records")):  # fmt: skip
        with pytest.raises(NoSnapshot, match=sentence):
            snapshot_in(folder)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real records are not here (BZPEER_SHARED_DATA)")
def test_the_true_excerpt_is_understood():
    found = snapshot_in(SHARED / "openalex-snapshot-sample" / "sample" / "openalex")
    there = {kind: len(found.of(kind)) for kind in ("institutions", "sources", "funders", "authors", "works", "merged_ids")}
    assert there == {"institutions": 1, "sources": 1, "funders": 1, "authors": 1, "works": 1, "merged_ids": 2}
    assert found.passed_over == ("concepts", "publishers")


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(institution=("I1",)), [1, 3]),
        (Filters(institution=("I9",)), [1, 2, 3]),
        (Filters(institution=("I2", "I77")), [2]),
        (Filters(country=("jp",)), [1, 3]),
        (Filters(country=("DE", "JP")), [1, 2, 3]),
        (Filters(topic=("T12",)), [3]),
        (Filters(topic=("https://openalex.org/fields/17",)), [1, 2, 3]),
        (Filters(topic=("computer  SCIENCE",)), [1, 2, 3]),
        (Filters(topic=("Topic 11",)), [1, 2]),
        (Filters(from_year=2000), [1, 2]),
        (Filters(to_year=2000), [3]),
        (Filters(from_year=2020, to_year=2020, country=("JP",)), [1]),
        (Filters(sample="100%"), [1, 2, 3, 4]),
        (Filters(institution=tuple(f"I{number}" for number in range(1, 30))), [1, 2, 3]),
    ],
)
def test_works_are_chosen_by_their_fields_and_never_lost_by_the_look_at_their_bytes(filters, wanted):
    told = checked(filters)
    maybe, surely = wanted_works(told, institutions=told.institution)
    for spacing in ((",", ":"), (", ", ": ")):
        chosen = [int(record["id"][22:]) for record in WORKS if maybe(json.dumps(record, separators=spacing).encode()) and surely(record)]
        assert chosen == wanted
    assert [int(record["id"][22:]) for record in WORKS if surely(record)] == wanted


def test_a_sample_is_repeatable_nested_and_of_the_asked_size():
    ids = [f"W{number}" for number in range(20_000)]
    small, large = ({key for key in ids if in_sample(key, percent)} for percent in (0.5, 5.0))
    assert small < large
    assert (70 <= len(small) <= 130, 900 <= len(large) <= 1_100) == (True, True)
    assert [checked(Filters(sample=text)).sample for text in ("5", "5 %", "50/1000", "0.5%")] == ["5%", "5%", "5%", "0.5%"]


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        (Filters(institution=("X1",)), "“X1” is neither an OpenAlex id of an institution"),
        (Filters(topic=("12",)), "“12” is no topic"),
        (Filters(country=("Japan",)), "“Japan” is not a country's code of two letters"),
        (Filters(from_year=20), "20 is no year of publication"),
        (Filters(from_year=2021, to_year=2020), "No year lies between 2021 and 2020"),
        (Filters(sample="0"), "“0” is no sample"),
        (Filters(sample="200%"), "“200%” is no sample"),
    ],
)
def test_filters_that_cannot_be_meant_are_refused(filters, sentence):
    with pytest.raises(BadFilter, match=sentence):
        checked(filters)


def test_the_family_of_an_institution_is_found_by_lineage_and_by_children():
    records = [
        {"id": "https://openalex.org/I1", "ror": "https://ror.org/041kmwe10", "lineage": ["https://openalex.org/I1"]},
        {"id": "https://openalex.org/I2", "lineage": ["https://openalex.org/I2", "https://openalex.org/I1"]},
        {"id": "https://openalex.org/I3", "associated_institutions": [{"id": "https://openalex.org/I4", "relationship": "child"}]},
        {"id": "https://openalex.org/I4", "associated_institutions": [{"id": "https://openalex.org/I5", "relationship": "child"}]},
        {"id": "https://openalex.org/I6", "associated_institutions": [{"id": "https://openalex.org/I3", "relationship": "parent"}]},
    ]
    lines = [json.dumps(record).encode() for record in records] + [b"{oops", b"7"]
    assert family_of(["041kmwe10"], lines) == {"I1", "I2"}
    assert family_of(["I3"], lines) == {"I3", "I4", "I5"}
    assert family_of(["I77"], lines) == set()


def test_topics_that_nothing_is_called_are_named():
    lines = [json.dumps(snapshots.topic_record(11)).encode()]
    assert unknown_topics(["T11", "fields/17", "artificial intelligence", "T99", "alchemy"], lines) == ["T99", "alchemy"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id":"https://openalex.org/W12","x":1}', "W12"),
        (b' { "id" : "W12" }', "W12"),
        (b'{"title":"a","authorships":[{"author":{"id":"https://openalex.org/A1"}}],"id":"https://openalex.org/W12"}', "W12"),
        (b'{"title":"a"}', ""),
        (b"{oops", ""),
        (b"[]", ""),
    ],
)
def test_a_records_own_id_is_read_wherever_it_stands(line, key):
    assert own_id(line) == key
