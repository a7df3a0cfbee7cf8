"""What the tests of sources share: small records made here, files of them, and a local upstream."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.upstream import Upstream, running


def work(number: int, **fields: Any) -> dict[str, Any]:
    """Return a small work in OpenAlex's shape."""
    return {
        "id": f"https://openalex.org/W{number}",
        "title": f"On the number {number}",
        "publication_year": 2020,
        "publication_date": "2020-05-04",
        "authorships": [
            {"author": {"id": "https://openalex.org/A11", "display_name": "Ada Example"}, "raw_author_name": "A. Example"},
        ],
        "updated_date": "2024-01-01",
        **fields,
    }


def author(number: int, **fields: Any) -> dict[str, Any]:
    """Return a small author record in OpenAlex's shape."""
    return {"id": f"https://openalex.org/A{number}", "display_name": f"Author {number}", **fields}


def paper(identifier: str, **fields: Any) -> dict[str, Any]:
    """Return a small record in the shape of arXiv's bulk metadata."""
    return {
        "id": identifier,
        "authors": "Ada Example, Ben Sample",
        "title": f"A paper called {identifier}",
        "categories": "cs.DL math.CO",
        "abstract": "  Words about\nthings.\n",
        "comments": "3 pages",
        "journal-ref": None,
        "doi": None,
        "license": None,
        "versions": [{"version": "v1", "created": "2020-06-22T10:00:00Z"}, {"version": "v2", "created": "2021-01-02T10:00:00Z"}],
        "update_date": "2021-01-03",
        "authors_parsed": None,
        **fields,
    }


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file of bytes, or of records one a line."""

    def written(name: str, content: bytes | list[Any]) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else b"".join(json.dumps(each).encode() + b"\n" for each in content))
        return path

    return written


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Serve three works of one author and three papers."""
    works = [work(number) for number in (1, 2, 3)]
    papers = [paper(f"2006.1371{number}") for number in (1, 2, 3)]
    with running(works=works, authors=[author(11, orcid="https://orcid.org/0000-0002-1825-0097")], papers=papers) as server:
        yield server
