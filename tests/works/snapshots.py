"""Snapshots small enough to write by hand, in the layout of OpenAlex."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DATE = "updated_date=2025-11-06"


def work(number: int, *, institution: str = "I1", country: str = "JP", year: int = 2020, topic: int = 11, **more: Any) -> dict[str, Any]:
    """A work of one author at one institution below I9, about one topic of the field 17."""
    place = {
        "id": f"https://openalex.org/{institution}",
        "display_name": f"Institute {institution}",
        "country_code": country,
        "lineage": [f"https://openalex.org/{institution}", "https://openalex.org/I9"],
    }
    author = {"id": f"https://openalex.org/A{number % 7 + 1}", "display_name": f"Ada Example {'abcdefg'[number % 7]}"}
    return {
        "id": f"https://openalex.org/W{number}",
        "title": f"On the number {number}",
        "publication_year": year,
        "authorships": [{"author": author, "raw_author_name": author["display_name"], "institutions": [place], "countries": [country]}],
        "topics": [{**topic_record(topic), "score": 0.9}],
        "referenced_works": [f"https://openalex.org/W{number + 1}"],
        **more,
    }


def topic_record(number: int) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/T{number}",
        "display_name": f"Topic {number}",
        "subfield": {"id": "https://openalex.org/subfields/1702", "display_name": "Artificial Intelligence"},
        "field": {"id": "https://openalex.org/fields/17", "display_name": "Computer Science"},
        "domain": {"id": "https://openalex.org/domains/3", "display_name": "Physical Sciences"},
    }


def institution(number: int) -> dict[str, Any]:
    return {"id": f"https://openalex.org/I{number}", "display_name": f"Institute I{number}", "country_code": "JP"}


def author(number: int) -> dict[str, Any]:
    return {"id": f"https://openalex.org/A{number}", "display_name": f"Ada Example {'abcdefg'[number % 7 - 1]}", "orcid": None}


def write(root: Path, kind: str, records: Iterable[dict[str, Any]], *, number: int = 0, told: int | None = None) -> Path:
    """Write a partition and name it in the manifest, which tells the true number of records or `told`."""
    path = root / kind / DATE / f"part_{number:03d}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record) for record in records]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    name_in_manifest(root, kind, path.relative_to(root).as_posix(), size=path.stat().st_size, records=len(lines) if told is None else told)
    return path


def name_in_manifest(root: Path, kind: str, path: str, *, size: int, records: int) -> None:
    manifest = root / kind / "manifest"
    entries = json.loads(manifest.read_text())["entries"] if manifest.exists() else []
    meta = {"content_length": size, "record_count": records}
    manifest.write_text(json.dumps({"entries": [*entries, {"url": f"s3://openalex/data/{path}", "meta": meta}]}))


def merged(root: Path, kind: str, date: str, *pairs: tuple[str, str]) -> None:
    """Write a list of merged ids."""
    path = root / "merged_ids" / kind / f"{date}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["merge_date,id,merge_into_id", *(f"{date},{old},{new}" for old, new in pairs)]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def small(root: Path, *, works: int = 1_300) -> Path:
    """Write topics, institutions, authors and two partitions of works."""
    write(root, "topics", [topic_record(11), topic_record(12)])
    write(
        root,
        "institutions",
        [{"id": f"https://openalex.org/I{n}", "display_name": f"Institute I{n}", "country_code": "JP"} for n in (1, 9)],
    )
    write(root, "authors", map(author, range(1, 8)))
    write(root, "works", (work(number) for number in range(1, works)))
    write(root, "works", (work(number) for number in range(works, works + 200)), number=1)
    return root
