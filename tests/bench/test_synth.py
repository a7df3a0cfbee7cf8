"""The synthetic snapshot: the same bytes for the same seed, read without a fault, and like the real thing in its proportions."""

import gzip
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.synth import ids, snapshot
from bench.synth.catalog import SUBFIELDS, TOPICS
from works import identifiers
from works.drafts import AuthorDraft, InstitutionDraft, Merged, Quarantined, Read, SourceDraft, TopicDraft, WorkDraft
from works.sources import openalex

WORKS = 1_500
KINDS: dict[str, type[Read]] = {
    "works": WorkDraft,
    "authors": AuthorDraft,
    "institutions": InstitutionDraft,
    "topics": TopicDraft,
    "sources": SourceDraft,
}


def made(folder: Path, **changes: Any) -> Path:
    snapshot.write(folder, **{"works_count": WORKS, "seed": 5, "partitions": 3} | changes)
    return folder


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


def objects(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for path in sorted(folder.glob(f"{kind}/*/*.gz")) for line in lines(path)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("synth") / "snapshot")


@pytest.fixture(scope="module")
def works(folder: Path) -> list[dict[str, Any]]:
    return objects(folder, "works")


@pytest.fixture(scope="module")
def drafts(folder: Path) -> list[Read]:
    return [read for path in sorted(folder.rglob("*.gz")) for read in openalex.read_file(path)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    assert digest(made(tmp_path / "again")) == digest(folder)
    assert digest(made(tmp_path / "other", seed=6)) != digest(folder)


def test_other_partitions_hold_the_same_works(works: list[dict[str, Any]], tmp_path: Path) -> None:
    def without_date(listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {each["id"]: each | {"updated_date": ""} for each in listed}

    assert without_date(objects(made(tmp_path / "one", partitions=1), "works")) == without_date(works)


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(FileExistsError, match="not empty"):
        made(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", KINDS)
def test_manifest_counts_are_the_lines_and_bytes_of_its_files(folder: Path, kind: str) -> None:
    manifest = orjson.loads((folder / kind / "manifest").read_bytes())
    files = sorted((folder / kind).glob("updated_date=*/part_*.gz"))
    named = {entry["url"].removeprefix(f"s3://openalex/data/{kind}/"): entry["meta"] for entry in manifest["entries"]}
    counted = {
        str(path.relative_to(folder / kind)): {"content_length": path.stat().st_size, "record_count": len(lines(path))} for path in files
    }
    assert named == counted
    assert manifest["meta"] == {key: sum(each[key] for each in counted.values()) for key in ("content_length", "record_count")}
    assert len(files) == (3 if kind in {"works", "authors"} else 1)


def test_every_record_is_read_and_none_is_set_aside(folder: Path, drafts: list[Read]) -> None:
    assert [draft for draft in drafts if isinstance(draft, Quarantined)] == []
    counts = Counter(type(draft) for draft in drafts)
    for kind, draft in KINDS.items():
        assert counts[draft] == orjson.loads((folder / kind / "manifest").read_bytes())["meta"]["record_count"]
    assert counts[WorkDraft] == WORKS
    assert counts[TopicDraft] == TOPICS
    assert counts[Merged] == sum(len(lines(path)) - 1 for path in folder.glob("merged_ids/*/*.csv.gz")) > 0


def test_merged_ids_lead_from_none_of_the_records_to_one(drafts: list[Read]) -> None:
    keys = {draft.key for draft in drafts if not isinstance(draft, Merged | Quarantined)}
    for merged in drafts:
        if isinstance(merged, Merged):
            assert merged.old_key not in keys
            assert merged.new_key in keys


def test_identifiers_are_in_our_range_distinct_and_right(drafts: list[Read]) -> None:
    read = [draft for draft in drafts if isinstance(draft, WorkDraft | AuthorDraft | InstitutionDraft)]
    keys = [draft.key for draft in read]
    assert len(set(keys)) == len(keys)
    assert all(ids.FIRST <= int(key[10:]) < 9_999_999_999 for key in keys)
    orcids = [draft.orcid for draft in read if isinstance(draft, AuthorDraft) and draft.orcid]
    assert len(set(orcids)) == len(orcids)
    assert all(draft.ror for draft in read if isinstance(draft, InstitutionDraft))
    for index in range(3_000):
        assert identifiers.orcid(ids.orcid(index)) == ids.orcid(index)
    # Worked out by hand: 9 and 1 weigh 72 + 7 = 79 = 7 * 11 + 2 in an ISSN.
    assert ids.issn(0) == "9100-0009"
    # A real one, 00jmfr291: j, m, f, r and 2 are 18, 20, 15, 24 and 2 in its base 32.
    assert ids.ror_check(18 * 32**4 + 20 * 32**3 + 15 * 32**2 + 24 * 32 + 2) == 91


def test_authors_agree_with_the_works(folder: Path, works: list[dict[str, Any]]) -> None:
    mine: dict[str, list[dict[str, Any]]] = {}
    for work in works:
        listed = [authorship["author"]["id"] for authorship in work["authorships"]]
        assert len(listed) == len(set(listed)) or None in listed
        for author in listed:
            mine.setdefault(author, []).append(work)
    mine.pop(None, None)  # type: ignore[call-overload]  # an authorship without an author id
    authors = {author["id"]: author for author in objects(folder, "authors")}
    assert mine.keys() <= authors.keys()
    for identifier, written in mine.items():
        author = authors[identifier]
        if author["works_count"] == len(written):
            assert {year for each in author["affiliations"] for year in each["years"]} == {work["publication_year"] for work in written}
            assert author["cited_by_count"] == sum(work["cited_by_count"] for work in written)
    assert sum(author["works_count"] == len(mine.get(identifier, [])) for identifier, author in authors.items()) > 0.98 * len(authors)


def test_references_lead_to_earlier_works_and_are_counted(works: list[dict[str, Any]]) -> None:
    day = {work["id"]: work["publication_date"] for work in works}
    cited = Counter(target for work in works for target in work["referenced_works"])
    for work in works:
        assert len(set(work["referenced_works"])) == len(work["referenced_works"]) == work["referenced_works_count"]
        assert all(day[target] <= work["publication_date"] for target in work["referenced_works"] if target in day)
        assert work["cited_by_count"] == cited[work["id"]]
    inside = sum(count for target, count in cited.items() if target in day)
    assert 0.6 < inside / sum(cited.values()) < 0.85


def test_proportions_are_those_measured(works: list[dict[str, Any]]) -> None:
    def share(count: int) -> float:
        return count / len(works)

    assert share(sum(not work["doi"] for work in works)) == pytest.approx(0.117, abs=0.03)
    assert share(sum(not work["abstract_inverted_index"] for work in works)) == pytest.approx(0.512, abs=0.04)
    assert share(sum(not work["referenced_works"] for work in works)) == pytest.approx(0.346, abs=0.04)
    assert share(sum(not work["topics"] for work in works)) == pytest.approx(0.028, abs=0.015)
    assert share(sum(len(work["authorships"]) <= 4 for work in works)) == pytest.approx(0.59, abs=0.06)
    assert max(len(work["authorships"]) for work in works) > 50
    bylines = [authorship for work in works for authorship in work["authorships"]]
    assert sum(bool(each["author"]["orcid"]) for each in bylines) / len(bylines) == pytest.approx(1 / 6, abs=0.03)
    assert sum(bool(each["institutions"]) for each in bylines) / len(bylines) == pytest.approx(0.632, abs=0.08)
    years = Counter(work["publication_year"] // 10 for work in works)
    assert years[201] > years[200] > years[199] > years[198]


def test_citations_and_works_per_author_have_heavy_tails(folder: Path, works: list[dict[str, Any]]) -> None:
    cited = sorted((work["cited_by_count"] for work in works), reverse=True)
    assert sum(cited[: len(cited) // 10]) > 0.3 * sum(cited)
    written = Counter(author["works_count"] for author in objects(folder, "authors"))
    assert written[1] > 2.2 * written[2] > 2.2 * 1.5 * written[3]
    assert max(written) >= 20


def test_names_have_homonyms_several_scripts_and_both_orders(folder: Path, works: list[dict[str, Any]]) -> None:
    names = Counter(author["display_name"] for author in objects(folder, "authors"))
    assert 1.005 < names.total() / len(names) < 1.3
    printed = "".join({authorship["raw_author_name"] for work in works for authorship in work["authorships"]})
    for low, high in (("\u4e00", "\u9fff"), ("\uac00", "\ud7a3"), ("\u0430", "\u044f"), ("\u0620", "\u064a"), ("\u1ea0", "\u1ef9")):
        assert any(low <= letter <= high for letter in printed)
    assert "," in printed


def test_topics_stand_in_a_tree_of_4_26_and_252(drafts: list[Read]) -> None:
    topics = [draft for draft in drafts if isinstance(draft, TopicDraft)]
    assert len({topic.domain_id for topic in topics}) == 4
    assert len({topic.field_id for topic in topics}) == 26
    assert len({topic.subfield_id for topic in topics}) == SUBFIELDS
    assert len({(topic.subfield_id, topic.field_id, topic.domain_id) for topic in topics}) == SUBFIELDS


def test_arxiv_ids_are_read_from_locations(drafts: list[Read]) -> None:
    found = [draft.arxiv_id for draft in drafts if isinstance(draft, WorkDraft) and draft.arxiv_id]
    assert len(set(found)) == len(found)
    assert 0.04 < len(found) / WORKS < 0.12
