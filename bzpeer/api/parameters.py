"""Query parameters, read strictly: each of these returns a value in range or raises BadParameter."""

from collections.abc import Collection, Iterable, Sequence

from django.http import HttpRequest

from bzpeer.addresses import KINDS
from bzpeer.api.problems import BadParameter

LONGEST_QUERY = 32_000
LARGEST_KEY = 2**63 - 1
Ref = tuple[str, int]


def check_query(request: HttpRequest, *, repeatable: Collection[str] = ()) -> None:
    """Refuse what no endpoint can mean: a query that is too long, holds a NUL byte or repeats a parameter (but for the `repeatable`)."""
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
        raise BadParameter("query", f"The query is longer than {LONGEST_QUERY:,} characters.")
    for name, values in request.GET.lists():
        shown = name[:40].replace("\x00", "") or "query"
        if len(values) > 1 and name not in repeatable:
            raise BadParameter(shown, "Give this parameter once.")
        if "\x00" in name or any("\x00" in value for value in values):
            raise BadParameter(shown, "A NUL byte is no text.")


def number(request: HttpRequest, name: str, *, least: int, most: int) -> int | None:
    """Return a whole number of the range; None when the parameter is absent or empty."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    value = _whole(text)
    if value is None or not least <= value <= most:
        raise BadParameter(name, f"Give a whole number from {least} to {most}.")
    return value


def one_ref(request: HttpRequest, name: str) -> Ref:
    """Return the record named "researcher:12"."""
    text = request.GET.get(name, "").strip()
    if not text:
        raise BadParameter(name, "Name a record, for example researcher:12.")
    return _ref(name, text)


def refs(request: HttpRequest, name: str, *, most: int) -> frozenset[Ref]:
    """Return the records of a comma list; a bare number is of the kind before it: "work:1,2,topic:3".

    A parameter that may be repeated is read as one list.
    """
    return frozenset(ref_list(request, name, most=most))


def ref_list(request: HttpRequest, name: str, *, most: int) -> list[Ref]:
    """Return the same in the order given, each once."""
    text = ",".join(request.GET.getlist(name)).strip(", ")
    parts = text.split(",") if text else []
    if len(parts) > most:
        raise BadParameter(name, f"Name at most {most:,} records.")
    found = []
    kind = ""
    for part in map(str.strip, parts):
        found.append(_ref(name, part if ":" in part else f"{kind}:{part}"))
        kind = found[-1][0]
    return list(dict.fromkeys(found))


def own_key(request: HttpRequest, name: str, *, kind: str) -> int | None:
    """Return the own key of a record of one kind, given as "topic:3" or "3"; None when the parameter is absent or empty."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    of, key = _ref(name, text if ":" in text else f"{kind}:{text}")
    if of != kind:
        raise BadParameter(name, f"Name a {kind}, for example {kind}:3.")
    return key


def comma_list(records: Iterable[Ref]) -> str:
    """Return the shortest text that `refs` reads as these records."""
    parts: list[str] = []
    kind = ""
    for of, key in sorted(records):
        parts.append(str(key) if of == kind else f"{of}:{key}")
        kind = of
    return ",".join(parts)


def choices(request: HttpRequest, name: str, *, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a comma list in the order of `allowed`; all of them when the parameter is absent or empty."""
    text = request.GET.get(name, "").strip(", ")
    if not text:
        return tuple(allowed)
    asked = {part.strip() for part in text.split(",")}
    if not asked <= set(allowed):
        raise BadParameter(name, f"Choose from {', '.join(allowed)}.")
    return tuple(word for word in allowed if word in asked)


def _ref(name: str, text: str) -> Ref:
    kind, colon, digits = text.partition(":")
    key = _whole(digits)
    if not colon or kind not in KINDS or key is None or not 1 <= key <= LARGEST_KEY:
        raise BadParameter(name, f"Name a record as kind:number, the kind one of {', '.join(KINDS)}.")
    return kind, key


def _whole(text: str) -> int | None:
    """Return a plain ASCII whole number. int() alone would take "１２", "1_000" and, beyond 4,300 digits, raise."""
    digits = text.removeprefix("-")
    return int(text) if 0 < len(digits) <= 20 and digits.isascii() and digits.isdigit() else None
