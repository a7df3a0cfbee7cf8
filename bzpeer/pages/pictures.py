"""What an address of the explorer asks for: the same words the script writes, read once for the table and the files.

What makes no sense in such an address is left out, as the script does it; only a focus that is no record is not found.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict

from bzpeer.pages.paging import whole_number
from graph.filters import KINDS, Ref
from graph.parts import Slice
from graph.slices import HUBS, MOST_FOCI, MOST_HUBS, MOST_KNOWN, MOST_RADIUS, UnknownFocus, slice_around

MOST_NODES, FIRST_NODES = 300, 180
"""Nodes at most, and where the address does not say; the picture and the table hold the same records."""
LONGEST_KEY, MOST_TYPES, MOST_ONLY, LONGEST_FIND = 18, 20, 300, 100
LONGEST_ADDRESS = 3_900
"""Servers refuse longer first lines."""
_TYPE = re.compile(r"[a-z][a-z-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A picture as an address names it. `filters` are as `slice_around` takes them; `without` leaves records out of what it found."""

    foci: tuple[Ref, ...]
    expanded: tuple[Ref, ...] = ()
    radius: int = 1
    limit: int = FIRST_NODES
    filters: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    def address(self, **changes: Any) -> str:
        """Return the query of this picture, beginning with "?", with some of `filters`, radius or limit set otherwise."""
        values = {**self.filters, "radius": self.radius, "limit": self.limit, **changes}
        parts: dict[str, str] = {"focus": comma_list(changes.get("foci", self.foci))}
        if self.expanded and "foci" not in changes:
            parts["expanded"] = comma_list(self.expanded)
        for name, usual in (("radius", 1), ("limit", FIRST_NODES), ("year_from", None), ("year_to", None), ("min_weight", 1)):
            if values.get(name, usual) != usual:
                parts[name] = str(values[name])
        parts |= {name: str(values[name]) for name in ("topic", "institution") if values.get(name)}
        if set(values.get("kinds", KINDS)) != set(KINDS):
            parts["kinds"] = ",".join(values["kinds"])
        if values.get("types"):
            parts["types"] = ",".join(values["types"])
        if values.get("only"):
            parts["only"] = comma_list(("researcher", key) for key in values["only"])
        if values.get("known"):
            parts["known"] = comma_list(values["known"])
        if self.without and "foci" not in changes:
            parts["without"] = comma_list(sorted(map(_split, self.without)))
        return f"?{urlencode(parts, safe=':,~')}"


def comma_list(refs: Iterable[Ref]) -> str:
    """Return "researcher:12,13,work:7": each kind named where it changes."""
    parts: list[str] = []
    last = ""
    for kind, key in refs:
        parts.append(str(key) if kind == last else f"{kind}:{key}")
        last = kind
    return ",".join(parts)


def picture_asked(request: HttpRequest) -> Asked:
    """Read the address. Raises Http404 for a focus that is no record's name."""
    query = request.GET
    foci = _listed(query.getlist("focus"), most=MOST_FOCI)
    head = query.get("focus", "").split(",")[0]
    if not foci or comma_list(foci[:1]) != head:
        raise Http404("No such record.")
    expanded = [ref for ref in _listed([part.partition("~")[0] for part in query.get("expanded", "").split(",")]) if ref not in foci]
    several = _few_hubs([*foci, *expanded])
    known = frozenset(_listed(query.getlist("known"), most=MOST_KNOWN))
    return Asked(
        foci=tuple(foci),
        expanded=tuple(ref for ref in several if ref not in foci),
        radius=_number(query, "radius", least=1, most=MOST_RADIUS) or 1,
        limit=_number(query, "limit", least=1, most=MOST_NODES) or FIRST_NODES,
        filters={**_filters(query), **({"known": known} if known else {})},
        without=frozenset(f"{kind}:{key}" for kind, key in _listed(query.getlist("without"))),
    )


def picture_of(asked: Asked) -> Slice:
    """Return what the address names. Raises Http404 when its first focus is not here; others that are gone are passed over."""
    foci = [*asked.foci, *asked.expanded]
    try:
        found = slice_around(*foci, radius=asked.radius, limit=asked.limit, **asked.filters)
    except UnknownFocus as error:
        if foci[0] in error.refs:
            raise Http404(str(error)) from error
        found = slice_around(*(ref for ref in foci if ref not in error.refs), radius=asked.radius, limit=asked.limit, **asked.filters)
    if not asked.without:
        return found
    hidden = asked.without - {f"{kind}:{key}" for kind, key in asked.foci[:1]}
    return replace(
        found,
        nodes=tuple(node for node in found.nodes if node.id not in hidden),
        edges=tuple(edge for edge in found.edges if edge.source not in hidden and edge.target not in hidden),
    )


def _filters(query: QueryDict) -> dict[str, Any]:
    first, _, last = query.get("years", "").partition("-")
    shown = [part.strip() for part in ",".join(query.getlist("kinds")).split(",")]
    hidden = [part.strip() for part in ",".join(query.getlist("hidden")).split(",")]
    kinds = tuple(kind for kind in KINDS if kind not in hidden and (kind in shown or not set(shown) & set(KINDS)))
    found = {
        "kinds": kinds,
        "year_from": _number(query, "year_from", least=1000, most=2200) or _year(first),
        "year_to": _number(query, "year_to", least=1000, most=2200) or _year(last),
        "min_weight": _number(query, "min_weight", least=2, most=10_000) or _number(query, "weight", least=2, most=10_000),
        "topic": _key(query, "topic"),
        "institution": _key(query, "institution"),
        "types": tuple(part for part in query.get("types", "").split(",")[:MOST_TYPES] if _TYPE.fullmatch(part)),
        "only": tuple(key for kind, key in _listed(query.getlist("only"), most=MOST_ONLY) if kind == "researcher"),
    }
    return {name: value for name, value in found.items() if value not in (None, ())} | {"kinds": kinds}


def _number(query: QueryDict, name: str, *, least: int, most: int) -> int | None:
    value = whole_number(query.get(name, "").strip())
    return value if value is not None and least <= value <= most else None


def _year(text: str) -> int | None:
    value = whole_number(text, digits=4)
    return value if value is not None and 1000 <= value <= 2200 else None


def _key(query: QueryDict, kind: str) -> int | None:
    return whole_number(query.get(kind, "").strip().removeprefix(f"{kind}:"), digits=LONGEST_KEY) or None


def _listed(values: Iterable[str], *, most: int = MOST_FOCI) -> list[Ref]:
    found: dict[Ref, None] = {}
    kind = ""
    for part in ",".join(values).split(","):
        name, colon, digits = part.strip().rpartition(":")
        kind = name if colon else kind
        key = whole_number(digits, digits=LONGEST_KEY)
        if kind in KINDS and key and len(found) < most:
            found[kind, key] = None
    return list(found)


def _few_hubs(refs: Iterable[Ref]) -> list[Ref]:
    kept: list[Ref] = []
    for ref in refs:
        if len(kept) < MOST_FOCI and (ref[0] not in HUBS or sum(kind in HUBS for kind, _ in kept) < MOST_HUBS):
            kept.append(ref)
    return kept


def _split(name: str) -> Ref:
    kind, _, key = name.partition(":")
    return kind, int(key)
