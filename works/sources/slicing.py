"""Which works of a snapshot belong to a slice: by institution, topic, year, country, or a repeatable sample.

All filters given must hold; of several values of one filter, one must. A line is looked at in two steps: `maybe` searches
its bytes for what a wanted record must hold somewhere, `surely` decides on the parsed record.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

import msgspec

from works import identifiers
from works.sources.openalex_snapshot import Chosen, ChosenParsed, own_id

_LEVELS = ("subfields", "fields", "domains")
_TOPIC = re.compile(r"T[1-9][0-9]*", re.IGNORECASE)
_LEVEL_ID = re.compile(rf"(?:https?://openalex\.org/)?({'|'.join(_LEVELS)})/([0-9]+)", re.IGNORECASE)
_SAMPLE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(%|/ ?1000)?")
_INSTITUTION = re.compile(rb'/(I[0-9]+)"')
_YEAR = re.compile(rb'"publication_year"\s*:\s*"?([0-9]{4})')
_FEW = 8


class BadFilter(ValueError):
    """A filter that cannot be meant. The message says what it takes."""


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a slice is limited to, as somebody asked for it."""

    institution: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    from_year: int | None = None
    to_year: int | None = None
    country: tuple[str, ...] = ()
    sample: str = ""

    def as_told(self) -> dict[str, Any]:
        """Return what was asked for, as it is stored with a run: empty if everything is wanted."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def checked(filters: Filters) -> Filters:
    """Return the filters in one spelling. Raises BadFilter."""
    for year in (filters.from_year, filters.to_year):
        if year is not None and not 1000 <= year <= 2200:
            raise BadFilter(f"{year} is no year of publication.")
    if filters.from_year and filters.to_year and filters.from_year > filters.to_year:
        raise BadFilter(f"No year lies between {filters.from_year} and {filters.to_year}.")
    return msgspec.structs.replace(
        filters,
        institution=tuple(map(_institution, filters.institution)),
        topic=tuple(map(_topic, filters.topic)),
        country=tuple(map(_country, filters.country)),
        sample=f"{share_of(filters.sample):.12g}%" if filters.sample else "",
    )


def _institution(text: str) -> str:
    found = identifiers.openalex_id(text, "I") or identifiers.ror(text)
    if not found:
        raise BadFilter(f"“{text}” is neither an OpenAlex id of an institution, such as I74801974, nor a ROR id.")
    return found


def _topic(text: str) -> str:
    """Return "T11612", "fields/17" or a name in lower case."""
    plain = text.strip().rpartition("openalex.org/")[2]
    if _TOPIC.fullmatch(plain):
        return plain.upper()
    if level := _LEVEL_ID.fullmatch(plain):
        return f"{level[1].lower()}/{level[2]}"
    if not plain or plain.isdigit():
        raise BadFilter(f"“{text}” is no topic: give a T… id, fields/17, subfields/1702, or a name such as “Computer Science”.")
    return " ".join(plain.casefold().split())


def _country(text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise BadFilter(f"“{text}” is not a country's code of two letters, such as JP.")
    return code


def share_of(text: str) -> float:
    """Return the percentage that "2", "2.5%" or "3/1000" means. Raises BadFilter."""
    found = _SAMPLE.fullmatch(text.strip())
    percent = float(found[1]) / (10 if found[2] and "1000" in found[2] else 1) if found else 0.0
    if not 0 < percent <= 100:
        raise BadFilter(f"“{text}” is no sample: give a percentage such as 2.5%, or 3/1000.")
    return percent


def in_sample(key: str, percent: float) -> bool:
    """Tell whether a record is in the sample: always the same for an id, and a larger sample holds every smaller one."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) * 100 < percent * 2**64


# --- works ------------------------------------------------------------------------------------------


def wanted_works(filters: Filters, *, institutions: Collection[str]) -> tuple[Chosen, ChosenParsed]:
    """Return the two tests for the lines of works. `institutions` are the ids meant, descendants included."""
    family = frozenset(institutions)
    cheap = [test for test in (_cheap_sample(filters), _cheap_year(filters), _cheap_topic(filters), _cheap_country(filters),
                               _cheap_family(family)) if test]  # fmt: skip
    exact = [test for test in (_exact_year(filters), _exact_topic(filters), _exact_country(filters), _exact_family(family)) if test]
    return (lambda line: all(test(line) for test in cheap)), (lambda value: isinstance(value, dict) and all(test(value) for test in exact))


def _cheap_sample(filters: Filters) -> Chosen | None:
    if not filters.sample:
        return None
    percent = share_of(filters.sample)
    return lambda line: in_sample(own_id(line), percent)


def _cheap_year(filters: Filters) -> Chosen | None:
    if filters.from_year is None and filters.to_year is None:
        return None
    first, last = filters.from_year or 0, filters.to_year or 9999

    def test(line: bytes) -> bool:
        found = _YEAR.search(line)
        return found is not None and first <= int(found[1]) <= last

    return test


def _exact_year(filters: Filters) -> ChosenParsed | None:
    if filters.from_year is None and filters.to_year is None:
        return None
    first, last = filters.from_year or 0, filters.to_year or 9999
    return lambda value: first <= _number(value.get("publication_year")) <= last


def _number(told: object) -> int:
    return int(told) if isinstance(told, int) or (isinstance(told, str) and told.isdecimal()) else -1


def _cheap_topic(filters: Filters) -> Chosen | None:
    if not filters.topic:
        return None
    if not all(map(str.isascii, filters.topic)):
        return lambda line: True  # JSON may spell it in several ways
    sought = [f'/{wanted}"'.encode() if _is_id(wanted) else f'"{wanted}"'.encode() for wanted in filters.topic]
    if all(map(_is_id, filters.topic)):
        return lambda line: any(each in line for each in sought)

    def test(line: bytes) -> bool:
        lowered = line.lower()
        return any(each.lower() in lowered for each in sought)

    return test


def _is_id(wanted: str) -> bool:
    return bool(_TOPIC.fullmatch(wanted) or _LEVEL_ID.fullmatch(wanted))


def _exact_topic(filters: Filters) -> ChosenParsed | None:
    if not filters.topic:
        return None
    wanted = frozenset(filters.topic)
    return lambda value: any(
        wanted & topic_spellings(topic) for topic in _dicts((*_listed(value.get("topics")), value.get("primary_topic")))
    )


def topic_spellings(topic: dict[str, Any]) -> set[str]:
    """Return every spelling of a filter that means this topic or what it belongs to."""
    found = {_tail(topic.get("id")), _folded(topic.get("display_name"))}
    for level in _LEVELS:
        above = topic.get(level.removesuffix("s"))
        if isinstance(above, dict):
            found |= {f"{level}/{_tail(str(above.get('id', '')))}", _folded(above.get("display_name"))}
    return found - {""}


def _tail(told: object) -> str:
    return told.rpartition("/")[2] if isinstance(told, str) else ""


def _folded(told: object) -> str:
    return " ".join(told.casefold().split()) if isinstance(told, str) else ""


def _cheap_country(filters: Filters) -> Chosen | None:
    if not filters.country:
        return None
    sought = [f'"{code}"'.encode() for code in filters.country]
    return lambda line: any(code in line for code in sought)


def _exact_country(filters: Filters) -> ChosenParsed | None:
    if not filters.country:
        return None
    wanted = frozenset(filters.country)

    def test(value: dict[str, Any]) -> bool:
        for authorship in _dicts(value.get("authorships")):
            if any(code in wanted for code in _listed(authorship.get("countries")) if isinstance(code, str)):
                return True
            if any(each.get("country_code") in wanted for each in _dicts(authorship.get("institutions"))):
                return True
        return False

    return test


def _cheap_family(family: frozenset[str]) -> Chosen | None:
    if not family:
        return None
    sought = {key.encode() for key in family}
    if len(sought) <= _FEW:
        quoted = [b"/" + key + b'"' for key in sought]
        return lambda line: any(each in line for each in quoted)
    return lambda line: not sought.isdisjoint(_INSTITUTION.findall(line))


def _exact_family(family: frozenset[str]) -> ChosenParsed | None:
    if not family:
        return None

    def test(value: dict[str, Any]) -> bool:
        for authorship in _dicts(value.get("authorships")):
            for each in _dicts(authorship.get("institutions")):
                if not family.isdisjoint(_tail(key) for key in (each.get("id"), *_listed(each.get("lineage")))):
                    return True
        return False

    return test


def _listed(told: object) -> list[Any]:
    return told if isinstance(told, list) else []


def _dicts(told: object) -> list[dict[str, Any]]:
    return [each for each in (told if isinstance(told, list | tuple) else ()) if isinstance(each, dict)]


# --- what the filters mean --------------------------------------------------------------------------


def family_of(wanted: Collection[str], records: Iterable[bytes]) -> set[str]:
    """Return the ids of the institutions meant by `wanted` (ids or ROR ids) and of all below them, from institution records.

    Newer records tell their whole line of ancestors; older ones only their children, of which each generation takes a look.
    """
    known = [value for line in records if isinstance(value := _parsed(line), dict)]
    family = {
        _tail(value.get("id")) for value in known if {_tail(value.get("id")), identifiers.ror(str(value.get("ror") or ""))} & set(wanted)
    }
    grown = True
    while grown:
        before = len(family)
        for value in known:
            own = _tail(value.get("id"))
            if own in family:
                family |= {
                    _tail(each.get("id")) for each in _dicts(value.get("associated_institutions")) if each.get("relationship") == "child"
                }
            elif not family.isdisjoint(map(_tail, _listed(value.get("lineage")))):
                family.add(own)
        grown = len(family) > before
    return family - {""}


def _parsed(line: bytes) -> Any:
    try:
        return _SLIM.decode(line)
    except msgspec.DecodeError:
        return None


_SLIM = msgspec.json.Decoder()


def unknown_topics(wanted: Collection[str], records: Iterable[bytes]) -> list[str]:
    """Return which of `wanted` no topic record is or belongs to."""
    missing = set(wanted)
    for line in records:
        value = _parsed(line)
        if isinstance(value, dict):
            missing -= topic_spellings(value)
    return sorted(missing)


def only(known: Callable[[int], bool]) -> Chosen:
    """Return the test for records whose number (of "A123") is known here."""

    def test(line: bytes) -> bool:
        number = own_id(line)[1:]
        return number.isdecimal() and known(int(number))

    return test
