"""Where a JSON object departs from its documented shape, in plain sentences.

Parsers read on over such places. They call `departures` only for records in which they met one: a walk takes time.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

TEXT, NUMBER, FLAG, ANY = "text", "a number", "true or false", "anything"
INDEX = "words with their positions"
LAST_POSITION = 100_000
"""Of a word in an abstract; further ones are an accident upstream."""
NAMED = 5
"""Departures of one record that are told in full."""

Shape = str | list["Shape"] | Mapping[str, "Shape"]
"""A name of a type, a list with the shape of its entries, or the fields of an object; fields that are not named may be anything."""


def departures(value: object, shape: Shape) -> tuple[str, ...]:
    """Return a sentence for each field of another type than its shape says; null is always right."""
    found = _found(value, shape, "", "")
    told = list(islice(found, NAMED))
    further = sum(1 for _ in found)
    if further:
        told.append(f"{further:,} further field{'s' if further > 1 else ''} of a wrong type {'were' if further > 1 else 'was'} left out.")
    return tuple(told)


def _found(value: object, shape: Shape, holder: str, field: str) -> Iterator[str]:
    if value is None or shape == ANY:
        return
    if isinstance(shape, Mapping) and isinstance(value, dict):
        inside = f"{holder}.{field}".strip(".")
        for name, each in shape.items():
            yield from _found(value.get(name), each, inside, name)
    elif isinstance(shape, list) and isinstance(value, list):
        for position, each in enumerate(value):
            if each is None:
                yield _sentence(None, shape[0], holder, f"{field}[{position}]")
            else:
                yield from _found(each, shape[0], holder, f"{field}[{position}]")
    elif not _is(value, shape):
        yield _sentence(value, shape, holder, field)


def _is(value: object, shape: Shape) -> bool:
    match shape:
        case "text":
            return isinstance(value, str)
        case "a number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "true or false":
            return isinstance(value, bool)
        case "words with their positions":
            return isinstance(value, str) or (isinstance(value, dict) and _is_index(value.get("InvertedIndex", value)))
    return False


def _is_index(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return all(isinstance(each, list) and all(type(one) is int and 0 <= one <= LAST_POSITION for one in each) for each in value.values())


def _sentence(value: object, shape: Shape, holder: str, field: str) -> str:
    wanted = shape if isinstance(shape, str) else "a list" if isinstance(shape, list) else "an object"
    where = f", in {holder}" if holder else ""
    if shape == INDEX:
        return f"{field} holds what is no word with its positions; that was left out."
    return f"{field} was {_kind(value)}, not {wanted}{where}; it was left out."


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return FLAG
        case str():
            return TEXT
        case int() | float():
            return NUMBER
        case list():
            return "a list"
    return "an object"


# --- OpenAlex's objects, all schema years -----------------------------------------------------------------------------

_NAMED: Shape = {"id": ANY, "display_name": TEXT}
_INSTITUTION: Shape = {"id": TEXT, "display_name": TEXT, "ror": TEXT, "country_code": TEXT, "type": TEXT, "lineage": [TEXT]}
_VENUE: Shape = {
    "id": TEXT, "display_name": TEXT, "type": TEXT, "issn_l": TEXT, "issn": [TEXT], "host_organization_name": TEXT, "publisher": TEXT,
    "url": TEXT, "license": TEXT,
}  # fmt: skip
_LOCATION: Shape = {"source": _VENUE, "raw_source_name": TEXT, "landing_page_url": TEXT, "pdf_url": TEXT, "license": TEXT, "id": TEXT}
_TOPIC: Shape = {
    "id": TEXT, "display_name": TEXT, "score": NUMBER, "subfield": _NAMED, "field": _NAMED, "domain": _NAMED, "keywords": [TEXT],
    "description": TEXT,
}  # fmt: skip
_AUTHORSHIP: Shape = {
    "author": {"id": TEXT, "display_name": TEXT, "orcid": TEXT}, "raw_author_name": TEXT, "raw_orcid": TEXT, "is_corresponding": FLAG,
    "raw_affiliation_strings": [TEXT], "institutions": [_INSTITUTION],
}  # fmt: skip
_FUNDER: Shape = {"id": TEXT, "display_name": TEXT, "ror": TEXT}
_AWARD: Shape = {"funder_id": TEXT, "funder": TEXT, "funder_display_name": TEXT, "funder_award_id": TEXT, "award_id": TEXT}

OPENALEX: Mapping[str, Shape] = {
    "W": {
        "doi": TEXT, "ids": {}, "title": TEXT, "display_name": TEXT, "type": TEXT, "language": TEXT, "publication_date": TEXT,
        "publication_year": NUMBER, "abstract_inverted_index": INDEX, "cited_by_count": NUMBER, "is_retracted": FLAG,
        "primary_location": _LOCATION, "best_oa_location": _LOCATION, "locations": [_LOCATION],
        "host_venue": _VENUE, "alternate_host_venues": [_VENUE],
        "open_access": {"is_oa": FLAG, "oa_status": TEXT},
        "biblio": {"volume": TEXT, "issue": TEXT, "first_page": TEXT, "last_page": TEXT}, "authorships": [_AUTHORSHIP],
        "primary_topic": _TOPIC, "topics": [_TOPIC], "funders": [_FUNDER], "awards": [_AWARD], "grants": [_AWARD],
        "referenced_works": [TEXT],
    },
    "A": {
        "display_name": TEXT, "orcid": TEXT, "ids": {}, "display_name_alternatives": [TEXT], "last_known_institutions": [_INSTITUTION],
        "last_known_institution": _INSTITUTION, "affiliations": [{"institution": _INSTITUTION, "years": [NUMBER]}],
    },
    "I": {
        "display_name": TEXT, "ror": TEXT, "ids": {}, "country_code": TEXT, "type": TEXT, "homepage_url": TEXT, "lineage": [TEXT],
        "display_name_acronyms": [TEXT], "display_name_alternatives": [TEXT],
    },
    "S": _VENUE,
    "T": _TOPIC,
    "F": {"display_name": TEXT, "country_code": TEXT, "homepage_url": TEXT, "ids": {}},
}  # fmt: skip

ARXIV_BULK: Shape = {
    "title": TEXT, "abstract": TEXT, "comments": TEXT, "journal-ref": TEXT, "doi": TEXT, "license": TEXT, "update_date": TEXT,
    "versions": [{"version": TEXT, "created": TEXT}], "authors_parsed": [[TEXT]],
}  # fmt: skip
