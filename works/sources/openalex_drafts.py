"""OpenAlex's JSON objects as drafts, from today's schema back to that of 2022.

An optional field of an unexpected type is skipped, and the draft says so; an essential one (id, name of an entity, a year that no
calendar has) makes a `BadRecord`. Nothing here does input or output.
"""

import re
import threading
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import msgspec
import orjson

from works import identifiers
from works.drafts import (
    AffiliationDraft,
    AnyDraft,
    AuthorDraft,
    AuthorshipDraft,
    BadRecord,
    FunderDraft,
    FundingDraft,
    InstitutionDraft,
    SourceDraft,
    TopicDraft,
    WorkDraft,
    WorkTopicDraft,
)
from works.sources.shapes import LAST_POSITION, OPENALEX, departures

Json = dict[str, Any]

NOBODY = frozenset({"A9999999999", "A5317838346"})
"""OpenAlex's author ids for "unknown" and "deleted": no person stands behind either."""

API_AUTHOR_LIMIT = 100
"""Lists of the API cut authorships here; single records do not."""

_LONGEST_NAME = 600
"""Characters of a name, enough for the longest printed ones; more is an accident upstream."""
_LONGEST_TEXT = 500_000
_YEARS = range(1000, 2201)
_BIGGEST_INT = 2**31 - 1
_COUNTRY = re.compile(r"[A-Z]{2}")
_DISGUISE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NUMBERED = re.compile(r"https?://openalex\.org/(?:subfields|fields|domains)/(\d{1,9})")
_KIND = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:[a-z-]+/)?)?([A-Z])\d+", re.IGNORECASE)
_NAMED_KIND = re.compile(r"https?://openalex\.org/([a-z-]+)/")
_USUAL_WORK = re.compile(r"https://openalex\.org/(W[1-9][0-9]{0,15})")
_USUAL_WORKS = re.compile(r"https://openalex\.org/W[1-9][0-9]{0,15}(?:\nhttps://openalex\.org/W[1-9][0-9]{0,15})*")
_REMEMBERED = 32_768
"""Institutions and topics as works embed them, which are kept: the same few stand on one work after the other."""
_NOT_KEPT = {"P": "publishers", "C": "concepts", "G": "awards"}


def draft(raw: object) -> AnyDraft:
    """Return the draft of one OpenAlex object; raise BadRecord with the reason if it cannot become one."""
    if not isinstance(raw, dict):
        raise BadRecord("this is not an OpenAlex object")
    identifier = raw.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise BadRecord(_without_id(raw))
    match = _KIND.fullmatch(identifier.strip()) if len(identifier) < 200 else None
    letter = match.group(1).upper() if match else ""
    maker = _MAKERS.get(letter)
    if maker is None:
        raise BadRecord(_unknown_kind(identifier, letter))
    _met.odd = False
    made = maker(raw)
    if _met.odd and (left_out := departures(raw, OPENALEX[letter])):
        return msgspec.structs.replace(made, left_out=left_out)
    return made


def key_of(raw: object) -> str:
    """Return "openalex:W…" for whatever has an OpenAlex id, else ""."""
    found = identifiers.openalex_id(raw.get("id"), "") if isinstance(raw, dict) else None
    return f"openalex:{found}" if found else ""


def _without_id(raw: Json) -> str:
    if "error" in raw:
        return f"an error answer of the API, not a record: {_text(raw.get('message') or raw['error'])[:200]}"
    if "entries" in raw:
        return "a snapshot's manifest, not a record"
    if "group_by" in raw or "meta" in raw or "rate_limit" in raw:
        return "an answer of counts, not a record"
    if "id" in raw and raw["id"] is not None:
        return "the id is not text"
    return "the record has no id"


def _unknown_kind(identifier: str, letter: str) -> str:
    kind = _NOT_KEPT.get(letter)
    if not kind and (named := _NAMED_KIND.match(identifier)):
        kind = named.group(1)
    return f"{kind} are not kept (yet)" if kind else f"“{identifier[:80]}” is not an OpenAlex id"


def _own_id(raw: Json, kind: str) -> str:
    found = identifiers.openalex_id(raw["id"], kind)
    if found is None:
        raise BadRecord(f"“{raw['id'][:80]}” is not an OpenAlex id")
    return found


def _own_name(raw: Json, what: str) -> str:
    name = _name(raw.get("display_name"))
    if not name:
        raise BadRecord(f"the {what} has no name")
    if _DISGUISE.search(name):
        raise BadRecord(_DISGUISED)
    return name


_DISGUISED = "a title or name holds invisible direction controls, which can disguise what it says"


# --- values -------------------------------------------------------------------------------------------------------


class _Met(threading.local):
    """Whether the record at hand holds a value of an unexpected type, so that good records cost no second look."""

    odd = False


_met = _Met()


def _is_odd(value: object) -> None:
    if value is not None:
        _met.odd = True


def _is_odd_id(value: object) -> None:
    if value is not None and not isinstance(value, str):
        _met.odd = True


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()[:_LONGEST_TEXT]
    _is_odd(value)
    return ""


def _name(value: object) -> str:
    if isinstance(value, str):
        return value.strip()[:_LONGEST_NAME]
    _is_odd(value)
    return ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        _is_odd(value)
        return ()
    return tuple(dict.fromkeys(text for each in value if (text := _name(each))))


def _url(value: object) -> str:
    """Web addresses only: a page makes links of them."""
    if not isinstance(value, str) or len(value) > 2_000:
        _is_odd(value)
        return ""
    found = value.strip()
    return found if found.lower().startswith(("https://", "http://")) else ""


def _object(value: object) -> Json:
    if isinstance(value, dict):
        return value
    _is_odd(value)
    return {}


def _objects(value: object) -> list[Json]:
    if not isinstance(value, list):
        _is_odd(value)
        return []
    found = [each for each in value if isinstance(each, dict)]
    if len(found) < len(value):
        _met.odd = True
    return found


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _BIGGEST_INT:
        return value
    _is_odd(value)
    return None


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    _is_odd(value)
    return None


def _day(value: object) -> str:
    """Return an ISO date, or "" for what is none."""
    if not isinstance(value, str) or len(value) < 10:
        _is_odd(value)
        return ""
    try:
        found = date.fromisoformat(value[:10])
    except ValueError:
        return ""
    return found.isoformat() if found.year in _YEARS else ""


def _number(value: object) -> int | None:
    """Return 1904 for ".../subfields/1904"; ids of this kind also come as plain numbers."""
    if isinstance(value, str) and (match := _NUMBERED.fullmatch(value)):
        return int(match.group(1))
    return _count(value)


def _year(value: object, day: str) -> int | None:
    if value is None or isinstance(value, (bool, list, dict, str)):
        _is_odd(value)
        return int(day[:4]) if day else None
    if isinstance(value, float) and not value.is_integer():
        raise BadRecord(f"the publication year {value:.6g} is no year")
    if value not in _YEARS:
        raise BadRecord(f"the publication year {value:.6g} is outside {_YEARS.start}-{_YEARS.stop - 1}")
    return int(value)  # type: ignore[call-overload, no-any-return]  # JSON leaves only numbers here


# --- institutions, authors, sources, topics ------------------------------------------------------------------------


def _lineage(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        _is_odd(value)
        return ()
    return tuple(dict.fromkeys(found for each in value if (found := identifiers.openalex_id(each, "I"))))


def _brief_institution(raw: Json) -> InstitutionDraft | None:
    lineage = raw.get("lineage")
    if type(lineage) is list:
        fields = ("id", "display_name", "ror", "country_code", "type")
        try:
            return _usual_institution(*[raw.get(field) for field in fields], *lineage)
        except (_Unusual, TypeError):  # TypeError: a value that cannot be looked up by, such as a list
            pass
    return _made_institution(raw)


class _Unusual(Exception):
    """A value of an unexpected type is met, which must be noticed each time."""


@lru_cache(_REMEMBERED, typed=True)
def _usual_institution(identifier: object, name: object, ror: object, country: object, type_: object, *lineage: object) -> InstitutionDraft:
    held, _met.odd = _met.odd, False
    try:
        raw = {"id": identifier, "display_name": name, "ror": ror, "country_code": country, "type": type_, "lineage": list(lineage)}
        made = _made_institution(raw)
        if made is None or _met.odd:
            raise _Unusual
        return made
    finally:
        _met.odd = held


def _made_institution(raw: Json) -> InstitutionDraft | None:
    found = identifiers.openalex_id(raw.get("id"), "I")
    name = _name(raw.get("display_name"))
    if not found or not name:
        _is_odd_id(raw.get("id"))
        return None
    country = raw.get("country_code")
    return InstitutionDraft(
        key=f"openalex:{found}",
        display_name=name,
        ror=identifiers.ror(raw.get("ror")) or "",
        country_code=country if isinstance(country, str) and _COUNTRY.fullmatch(country) else "",
        type=_name(raw.get("type")),
        lineage=_lineage(raw.get("lineage")),
        is_brief=True,
    )


def _institutions(value: object) -> tuple[InstitutionDraft, ...]:
    if not value:
        return ()
    found = {draft.key: draft for raw in _objects(value) if (draft := _brief_institution(raw))}
    return tuple(found.values())


def _institution(raw: Json) -> InstitutionDraft:
    found = _own_id(raw, "I")
    name = _own_name(raw, "institution")
    country = raw.get("country_code")
    others = _texts(raw.get("display_name_acronyms")) + _texts(raw.get("display_name_alternatives"))
    return InstitutionDraft(
        key=f"openalex:{found}",
        upstream_updated=_updated(raw),
        display_name=name,
        ror=identifiers.ror(raw.get("ror") or _object(raw.get("ids")).get("ror")) or "",
        country_code=country if isinstance(country, str) and _COUNTRY.fullmatch(country) else "",
        type=_name(raw.get("type")),
        homepage_url=_url(raw.get("homepage_url")),
        lineage=_lineage(raw.get("lineage")),
        other_names=tuple(dict.fromkeys(other for other in others if other != name)),
    )


def _updated(raw: Json) -> str:
    return _name(raw.get("updated_date") or raw.get("updated"))


def _years_of(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        _is_odd(value)
        return ()
    return tuple(sorted({year for year in value if isinstance(year, int) and not isinstance(year, bool) and year in _YEARS}))


def _affiliations(raw: Json) -> tuple[AffiliationDraft, ...]:
    last = raw.get("last_known_institutions")
    last_known = _institutions(last if isinstance(last, list) else [raw.get("last_known_institution")])
    found: dict[str, AffiliationDraft] = {}
    last_keys = {institution.key for institution in last_known}
    for each in _objects(raw.get("affiliations")):
        institution = _brief_institution(_object(each.get("institution")))
        if institution is None:
            continue
        years = set(_years_of(each.get("years")))
        if earlier := found.get(institution.key):
            years |= set(earlier.years)
        found[institution.key] = AffiliationDraft(
            institution=institution, years=tuple(sorted(years)), is_last_known=institution.key in last_keys
        )
    for institution in last_known:
        if institution.key not in found:
            found[institution.key] = AffiliationDraft(institution=institution, is_last_known=True)
    return tuple(found.values())


def _author(raw: Json) -> AuthorDraft:
    found = _own_id(raw, "A")
    if found in NOBODY:
        raise BadRecord("OpenAlex uses this id for unknown or deleted authors: it is nobody's record")
    name = _own_name(raw, "author")
    return AuthorDraft(
        key=f"openalex:{found}",
        upstream_updated=_updated(raw),
        display_name=name,
        orcid=identifiers.orcid(raw.get("orcid") or _object(raw.get("ids")).get("orcid")) or "",
        other_names=tuple(other for other in _texts(raw.get("display_name_alternatives")) if other != name),
        affiliations=_affiliations(raw),
    )


def _venue(raw: Json, key: str, updated: str, name: str) -> SourceDraft:
    return SourceDraft(
        key=key,
        upstream_updated=updated,
        display_name=name,
        type=_name(raw.get("type")),
        issn_l=_name(raw.get("issn_l")),
        issn=_texts(raw.get("issn")),
        host_organization_name=_name(raw.get("host_organization_name")) or _name(raw.get("publisher")),
    )


def _source(raw: Json) -> SourceDraft:
    return _venue(raw, f"openalex:{_own_id(raw, 'S')}", _updated(raw), _own_name(raw, "source"))


def _embedded_source(raw: object, printed_name: object = None) -> SourceDraft | None:
    """Return the venue of a location; one that has no record there is known by its printed name."""
    venue = _object(raw)
    name = _name(venue.get("display_name")) or _name(printed_name)
    if not name:
        return None
    identifier = venue.get("id")
    found = identifiers.openalex_id(identifier, "S")
    if found is None and isinstance(identifier, str):
        # Until 2022 sources were "venues", V…; the numbers are the same.
        found = identifiers.openalex_id(identifier.replace("/V", "/S"), "S")
    return _venue(venue, f"openalex:{found}" if found else "", "", name)


def _topic_fields(raw: Json, found: str, name: str) -> TopicDraft:
    plain = _topic_in_brief(raw, found, name)
    own: Json = {"upstream_updated": _updated(raw), "description": _text(raw.get("description")), "keywords": _texts(raw.get("keywords"))}
    return msgspec.structs.replace(plain, **own) if any(own.values()) else plain


def _topic_in_brief(raw: Json, found: str, name: str) -> TopicDraft:
    subfield, field, domain = _object(raw.get("subfield")), _object(raw.get("field")), _object(raw.get("domain"))
    levels = [one.get(each) for one in (subfield, field, domain) for each in ("id", "display_name")]
    try:
        return _usual_topic(found, name, *levels)
    except (_Unusual, TypeError):
        return _made_topic(found, name, subfield, field, domain)


@lru_cache(_REMEMBERED, typed=True)
def _usual_topic(found: str, name: str, *levels: object) -> TopicDraft:
    held, _met.odd = _met.odd, False
    try:
        subfield, field, domain = ({"id": levels[at], "display_name": levels[at + 1]} for at in (0, 2, 4))
        made = _made_topic(found, name, subfield, field, domain)
        if _met.odd:
            raise _Unusual
        return made
    finally:
        _met.odd = held


def _made_topic(found: str, name: str, subfield: Json, field: Json, domain: Json) -> TopicDraft:
    return TopicDraft(
        key=f"openalex:{found}",
        display_name=name,
        subfield_id=_number(subfield.get("id")),
        subfield_name=_name(subfield.get("display_name")),
        field_id=_number(field.get("id")),
        field_name=_name(field.get("display_name")),
        domain_id=_number(domain.get("id")),
        domain_name=_name(domain.get("display_name")),
    )


def _topic(raw: Json) -> TopicDraft:
    return _topic_fields(raw, _own_id(raw, "T"), _own_name(raw, "topic"))


def _brief_funder(identifier: object, name: object, ror: object = None) -> FunderDraft | None:
    found, name = identifiers.openalex_id(identifier, "F"), _name(name)
    if not found or not name:
        return None
    return FunderDraft(key=f"openalex:{found}", display_name=name, ror=identifiers.ror(ror) or "")


def _funder(raw: Json) -> FunderDraft:
    country = raw.get("country_code")
    return FunderDraft(
        key=f"openalex:{_own_id(raw, 'F')}",
        upstream_updated=_updated(raw),
        display_name=_own_name(raw, "funder"),
        ror=identifiers.ror(raw.get("ror") or _object(raw.get("ids")).get("ror")) or "",
        country_code=country if isinstance(country, str) and _COUNTRY.fullmatch(country) else "",
        homepage_url=_url(raw.get("homepage_url")),
    )


# --- works ---------------------------------------------------------------------------------------------------------


def _topics(raw: Json) -> tuple[WorkTopicDraft, ...]:
    found: dict[str, WorkTopicDraft] = {}
    listed = _objects(raw.get("topics"))
    if isinstance(primary := raw.get("primary_topic"), dict):
        listed = [primary, *listed]
    for each in listed:
        identifier = identifiers.openalex_id(each.get("id"), "T")
        name = _name(each.get("display_name"))
        if not identifier or not name or identifier in found:
            continue
        score = each.get("score")
        found[identifier] = WorkTopicDraft(
            topic=_topic_fields(each, identifier, name),
            score=float(score) if isinstance(score, (int, float)) and 0 <= score <= 1 else 0.0,
            rank=len(found) + 1,
        )
    return tuple(found.values())


def _funding(raw: Json) -> tuple[FundingDraft, ...]:
    """Return funders with their awards: from "funders" and "awards", or from "grants" as it was until 2025."""
    funders: dict[str, FunderDraft] = {}
    awards: dict[str, dict[str, None]] = {}
    for each in _objects(raw.get("funders")):
        if draft := _brief_funder(each.get("id"), each.get("display_name"), each.get("ror")):
            funders.setdefault(draft.key, draft)
    for each in (*_objects(raw.get("awards")), *_objects(raw.get("grants"))):
        draft = _brief_funder(each.get("funder_id") or each.get("funder"), each.get("funder_display_name"))
        if draft is None:
            continue
        funders.setdefault(draft.key, draft)
        if number := _name(each.get("funder_award_id") or each.get("award_id")):
            awards.setdefault(draft.key, {})[number] = None
    return tuple(FundingDraft(funder=draft, award_ids=tuple(awards.get(key, ()))) for key, draft in funders.items())


def _brief_author(raw: Json, byline: str) -> AuthorDraft | None:
    found = identifiers.openalex_id(raw.get("id"), "A")
    if found is None or found in NOBODY:
        _is_odd_id(raw.get("id"))
        return None
    return AuthorDraft(
        key=f"openalex:{found}",
        display_name=_name(raw.get("display_name")) or byline,
        orcid=identifiers.orcid(raw.get("orcid")) or "",
        is_brief=True,
    )


def _raw_affiliations(raw: Json) -> tuple[str, ...]:
    listed = raw.get("raw_affiliation_strings")
    if listed is None:
        listed = raw.get("raw_affiliation_string")
    if isinstance(listed, str):
        listed = [listed]
    if not isinstance(listed, list):
        _is_odd(listed)
        return ()
    return tuple(dict.fromkeys(text for each in listed if (text := _text(each)[:10_000])))


def _authorships(value: object) -> tuple[AuthorshipDraft, ...]:
    found: list[AuthorshipDraft] = []
    if not isinstance(value, list):
        _is_odd(value)
        return ()
    for position, raw in enumerate(value, 1):
        if not isinstance(raw, dict):
            _met.odd = True
            continue
        person = _object(raw.get("author"))
        byline = _name(raw.get("raw_author_name")) or _name(person.get("display_name"))
        if not byline:
            continue
        found.append(
            AuthorshipDraft(
                position=position,
                byline=byline,
                author=_brief_author(person, byline),
                raw_orcid=_name(raw.get("raw_orcid")) or _name(person.get("orcid")),
                raw_affiliations=_raw_affiliations(raw),
                institutions=_institutions(raw.get("institutions")),
                is_corresponding=_flag(raw.get("is_corresponding")) is True,
            )
        )
    return tuple(found)


def abstract_text(index: object) -> str:
    """Return the abstract an inverted index (word -> positions) spells; gaps close, impossible positions are dropped."""
    if isinstance(index, str):
        try:
            index = orjson.loads(index)
        except orjson.JSONDecodeError:
            return ""
    if not isinstance(index, dict):
        _is_odd(index)
        return ""
    if isinstance(inner := index.get("InvertedIndex"), dict):
        index = inner
    if (usual := _usual_abstract(index)) is not None:
        return usual
    words: list[tuple[int, str]] = []
    for word, positions in index.items():
        if isinstance(positions, list):
            whole = [each for each in positions if type(each) is int and 0 <= each <= LAST_POSITION]
            if len(whole) < len(positions):
                _met.odd = True
            words += [(each, word) for each in (whole if len(whole) < 2 else dict.fromkeys(whole))]
        else:
            _is_odd(positions)
    words.sort(key=_position)
    return " ".join([word for _, word in words])[:_LONGEST_TEXT].strip()


def _usual_abstract(index: Json) -> str | None:
    """Return the text of an index that holds each position from 0 on once, as nearly all do; None if it is another one."""
    if set(map(type, index.values())) != {list}:
        return None
    positions = list(chain.from_iterable(index.values()))
    count = len(positions)
    if set(map(type, positions)) != {int} or set(positions) != set(range(count)) or count > LAST_POSITION:
        return None
    words = [""] * count
    for position, word in zip(positions, chain.from_iterable(map(repeat, index, map(len, index.values()))), strict=True):
        words[position] = word
    return " ".join(words)[:_LONGEST_TEXT].strip()


def _position(entry: tuple[int, str]) -> int:
    return entry[0]


def _arxiv_ids(raw: Json, locations: Iterable[Json], doi: str) -> list[str]:
    """Return every arXiv id the record carries, the one of its own DOI first."""
    candidates: list[object] = [doi] if doi.startswith("10.48550/") else []
    for location in locations:
        places = (location.get("landing_page_url"), location.get("pdf_url"), location.get("id"))
        candidates += [
            place.removeprefix("pmh:").removeprefix("doi:") for place in places if isinstance(place, str) and "arxiv" in place.lower()
        ]
    candidates.append(_object(raw.get("ids")).get("arxiv"))
    return list(dict.fromkeys(found for each in candidates if (found := identifiers.arxiv_id(each))))


def _work_id(text: object) -> str | None:
    """References are by far the most ids: the usual spelling is recognised first."""
    usual = _USUAL_WORK.fullmatch(text) if isinstance(text, str) else None
    return usual.group(1) if usual else identifiers.openalex_id(text, "W")


def _references(value: object, own: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        _is_odd(value)
        return ()
    if (usual := _usual_references(value, own)) is not None:
        return usual
    found = dict.fromkeys([_work_id(each) for each in value])
    if None in found:
        _met.odd = True
    return tuple(f"openalex:{each}" for each in found if each and each != own)


def _usual_references(value: list[Any], own: str) -> tuple[str, ...] | None:
    """Return the keys of a list in which all are spelled as usual, recognised at once; None if it is another one."""
    try:
        text = "\n".join(value)
    except TypeError:
        return None
    if not _USUAL_WORKS.fullmatch(text):
        return None
    keys = dict.fromkeys(text.replace("https://openalex.org/", "openalex:").split("\n"))
    if text.count("\n") != len(value) - 1:
        return None
    keys.pop(f"openalex:{own}", None)
    return tuple(keys)


def _also(own: str, doi: str, arxiv_ids: list[str], other_ids: Json) -> tuple[str, ...]:
    found: dict[str, None] = {}
    other = identifiers.openalex_id(other_ids.get("openalex"), "W")
    if other and other != own:
        found[f"openalex:{other}"] = None
    other_doi = identifiers.doi(other_ids.get("doi"))
    if other_doi and other_doi != doi:
        found[f"doi:{other_doi}"] = None
    for position, each in enumerate(arxiv_ids):
        if position:
            found[f"arxiv:{each}"] = None
        if doi != f"10.48550/arxiv.{each}":
            found[f"doi:10.48550/arxiv.{each}"] = None
    return tuple(found)


def _work(raw: Json) -> WorkDraft:
    own = _own_id(raw, "W")
    ids = _object(raw.get("ids"))
    doi = identifiers.doi(raw.get("doi") or ids.get("doi")) or ""
    if not doi:
        _is_odd_id(raw.get("doi"))
    primary, best = _object(raw.get("primary_location")), _object(raw.get("best_oa_location"))
    venue = _object(raw.get("host_venue"))
    locations = [primary, best, venue, *_objects(raw.get("locations")), *_objects(raw.get("alternate_host_venues"))]
    arxiv_ids = _arxiv_ids(raw, locations, doi)
    authorships = _authorships(raw.get("authorships"))
    access, biblio = _object(raw.get("open_access")), _object(raw.get("biblio"))
    day = _day(raw.get("publication_date"))
    title = _text(raw.get("title")) or _text(raw.get("display_name"))
    if _DISGUISE.search(title) or any(_DISGUISE.search(each.byline) for each in authorships):
        raise BadRecord(_DISGUISED)
    return WorkDraft(
        key=f"openalex:{own}",
        upstream_updated=_updated(raw),
        openalex_id=own,
        doi=doi,
        arxiv_id=arxiv_ids[0] if arxiv_ids else "",
        also_known_as=_also(own, doi, arxiv_ids, ids),
        title=title,
        abstract=abstract_text(raw.get("abstract_inverted_index")),
        type=_name(raw.get("type")),
        language=_name(raw.get("language")),
        publication_date=day,
        publication_year=_year(raw.get("publication_year"), day),
        source=_embedded_source(primary.get("source"), primary.get("raw_source_name")) or _embedded_source(venue),
        volume=_name(biblio.get("volume")),
        issue=_name(biblio.get("issue")),
        first_page=_name(biblio.get("first_page")),
        last_page=_name(biblio.get("last_page")),
        landing_page_url=_url(primary.get("landing_page_url")) or _url(venue.get("url")),
        pdf_url=_url(primary.get("pdf_url")) or _url(best.get("pdf_url")),
        license=_name(primary.get("license")) or _name(best.get("license")) or _name(venue.get("license")),
        is_oa=_flag(access.get("is_oa")),
        oa_status=_name(access.get("oa_status")),
        is_retracted=_flag(raw.get("is_retracted")) is True,
        cited_by_count=_count(raw.get("cited_by_count")),
        authorships=authorships,
        authorships_truncated=is_truncated(raw),
        topics=_topics(raw),
        funding=_funding(raw),
        references=_references(raw.get("referenced_works"), own),
    )


def is_truncated(raw: Json) -> bool:
    """OpenAlex marks cut lists; older answers did not, and a list of exactly 100 names there may be a cut one."""
    flag = raw.get("is_authors_truncated")
    if isinstance(flag, bool):
        return flag
    listed = raw.get("authorships")
    return isinstance(listed, list) and len(listed) == API_AUTHOR_LIMIT


_MAKERS: dict[str, Callable[[Json], AnyDraft]] = {"W": _work, "A": _author, "I": _institution, "S": _source, "T": _topic, "F": _funder}
