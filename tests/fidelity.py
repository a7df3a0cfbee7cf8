"""What a real upstream object says, field by field, worked out here without the project's own parsers.

`expected_work_fields(raw)` is compared with drafts (tests/test_field_fidelity.py) and can be compared with stored records.
"""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def shared(name: str) -> Path:
    """Return a folder of real records; skip the test where they are not at hand."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"real records are not at hand ({name}); BZPEER_SHARED_DATA names their folder")
    return folder


def raw_lines(path: Path) -> Iterator[Json]:
    """Yield the objects of a JSON lines file."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
        for line in handle:
            yield json.loads(line)


def tail(address: str | None) -> str:
    """Return what follows the last slash."""
    return (address or "").rpartition("/")[2]


def without_resolver(doi: str | None) -> str:
    """Return a DOI as DOIs are compared: no resolver, lower case."""
    return (doi or "").lower().replace("https://doi.org/", "").replace("http://doi.org/", "")


def spelled(index: dict[str, list[int]] | None) -> str:
    """Return the text of an inverted index."""
    return " ".join(
        word
        for _, _, word in sorted((position, order, word) for order, (word, each) in enumerate((index or {}).items()) for position in each)
    )


def expected_work_fields(raw: Json) -> Json:
    """Return field -> value for a work of OpenAlex's schema of 2023 or later, in the names of WorkDraft.

    `authorships` is a list of dicts; `topics` of (id, name, score); `source` a dict or None.
    """
    primary, best = raw.get("primary_location") or {}, raw.get("best_oa_location") or {}
    venue = primary.get("source") or {}
    biblio, access = raw.get("biblio") or {}, raw.get("open_access") or {}
    venue_name = str(venue.get("display_name") or primary.get("raw_source_name") or "")
    return {
        "openalex_id": tail(raw["id"]),
        "doi": without_resolver(raw.get("doi")),
        "arxiv_id": expected_arxiv_id(raw),
        "title": (raw.get("title") or "").strip(),
        "abstract": spelled(raw.get("abstract_inverted_index")).strip(),
        "type": raw.get("type") or "",
        "language": raw.get("language") or "",
        "publication_date": raw.get("publication_date") or "",
        "publication_year": raw.get("publication_year"),
        "volume": (biblio.get("volume") or "").strip(),
        "issue": (biblio.get("issue") or "").strip(),
        "first_page": (biblio.get("first_page") or "").strip(),
        "last_page": (biblio.get("last_page") or "").strip(),
        "landing_page_url": primary.get("landing_page_url") or "",
        "pdf_url": primary.get("pdf_url") or best.get("pdf_url") or "",
        "license": primary.get("license") or best.get("license") or "",
        "is_oa": access.get("is_oa"),
        "oa_status": access.get("oa_status") or "",
        "is_retracted": bool(raw.get("is_retracted")),
        "cited_by_count": raw.get("cited_by_count"),
        "upstream_updated": raw.get("updated_date") or "",
        "source": {
            "key": f"openalex:{tail(venue['id'])}" if venue.get("id") else "",
            "display_name": venue_name.strip(),
            "type": venue.get("type") or "",
            "issn_l": venue.get("issn_l") or "",
            "issn": tuple(venue.get("issn") or ()),
        }
        if venue_name
        else None,
        "authorships": [_expected_authorship(position, each) for position, each in enumerate(raw["authorships"], 1)],
        "topics": [(tail(each["id"]), each["display_name"], each["score"]) for each in raw.get("topics") or ()],
        "references": sorted({f"openalex:{tail(each)}" for each in raw.get("referenced_works") or ()} - {f"openalex:{tail(raw['id'])}"}),
    }


def _expected_authorship(position: int, raw: Json) -> Json:
    person = raw.get("author") or {}
    identifier = tail(person.get("id"))
    return {
        "position": position,
        "byline": str(raw.get("raw_author_name") or person.get("display_name")).strip(),
        "author": f"openalex:{identifier}" if identifier and identifier not in ("A9999999999", "A5317838346") else None,
        "author_name": person.get("display_name") if identifier else None,
        "raw_orcid": person.get("orcid") or "",
        "is_corresponding": bool(raw.get("is_corresponding")),
        "raw_affiliations": sorted({each.strip() for each in raw.get("raw_affiliation_strings") or () if each.strip()}),
        "institutions": sorted(
            {
                (tail(each["id"]), each["display_name"].strip(), tail(each.get("ror")), each.get("country_code") or "")
                for each in raw["institutions"]
            }
        ),
    }


def expected_arxiv_id(raw: Json) -> str:
    """Return the arXiv id of a work: that of an arXiv DOI, else of the first location on arXiv."""
    doi = without_resolver(raw.get("doi"))
    if doi.startswith("10.48550/arxiv."):
        return doi.removeprefix("10.48550/arxiv.")
    for location in [raw.get("primary_location") or {}, raw.get("best_oa_location") or {}, *(raw.get("locations") or ())]:
        address = location.get("landing_page_url") or ""
        for beginning in ("http://arxiv.org/abs/", "https://arxiv.org/abs/", "https://doi.org/10.48550/arxiv."):
            if address.startswith(beginning):
                return address.removeprefix(beginning)
    return ""


def drafted_work_fields(draft: Any) -> Json:
    """Return a WorkDraft in the shape of `expected_work_fields`."""
    fields = {name: getattr(draft, name) for name in draft.__struct_fields__}
    source = draft.source
    return {
        **fields,
        "source": source and {name: getattr(source, name) for name in ("key", "display_name", "type", "issn_l", "issn")},
        "authorships": [
            {
                "position": each.position,
                "byline": each.byline,
                "author": each.author.key if each.author else None,
                "author_name": each.author.display_name if each.author else None,
                "raw_orcid": each.raw_orcid,
                "is_corresponding": each.is_corresponding,
                "raw_affiliations": sorted(each.raw_affiliations),
                "institutions": sorted((tail(i.key.replace(":", "/")), i.display_name, i.ror, i.country_code) for i in each.institutions),
            }
            for each in draft.authorships
        ],
        "topics": [(each.topic.key.removeprefix("openalex:"), each.topic.display_name, each.score) for each in draft.topics],
        "references": sorted(draft.references),
    }
