"""How am I connected: the shortest way of works written together from one researcher to another, drawn as a chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.models import Claim
from bzpeer.pages.paging import whole_number, with_parameters
from bzpeer.pages.researchers import Row, rows_of
from graph.paths import DEPTH, MOST_DEPTH, Connection, Step, Way, connection_between
from graph.slices import Node
from researchers.models import Researcher
from researchers.queries import researchers_named, successor

OTHER_WAYS = 5
MATCHES = 8
MOST_AVOIDED = 20
SIZES = (3, 5, 10, 25)
"""Offered as the largest number of authors of the works that count."""
DEPTHS = (DEPTH, MOST_DEPTH)
_LONGEST_QUESTION = 200
_LONGEST_KEY = 18


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person of the chain; `without` is this page going round them, empty for the ends."""

    key: int
    name: str
    address: str
    works: int
    level: int
    is_self: bool
    without: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A work two people of the chain wrote together."""

    title: str
    address: str
    year: int | None


@dataclass(frozen=True, kw_only=True)
class Link:
    """The step after a person: what they wrote with the next one. `thickness` is 1 to 3, by the number of works."""

    papers: tuple[Paper, ...]
    total: int
    further: int
    all_address: str
    years: str
    thickness: int


@dataclass(frozen=True, kw_only=True)
class OtherWay:
    """An alternative as one line, and the address that draws it."""

    names: tuple[str, ...]
    length: int
    address: str
    is_shown: bool


@require_safe
def connection(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show how `?from=` is connected to the researcher of the address; without it ask, or begin from the viewer's own record."""
    person = Researcher.objects.filter(pk=key).first() or successor(f"id:{key}")
    if person is None:
        raise Http404("No researcher has this address.")
    address = f"{record_address('researcher', person.pk, person.display_name)}connection/"
    if person.pk != key or slug != slug_of(person.display_name):
        query = request.GET.urlencode()
        return redirect(f"{address}?{query}" if query else address, permanent=True)
    return render(request, "connection/connection.html", _context(request, person))


def _context(request: HttpRequest, person: Researcher) -> dict[str, Any]:
    asked = _Asked(request, person)
    context: dict[str, Any] = {
        "person": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "asked": asked,
        "matches": asked.matches,
        "start": asked.start,
        "sizes": SIZES,
    }
    if asked.start is None or asked.start.pk == person.pk:
        return context
    found = connection_between(
        "researcher",
        asked.start.pk,
        person.pk,
        alternatives=1 + OTHER_WAYS,
        avoid=[one.pk for one in asked.avoided],
        max_authors=asked.max_authors,
        depth=asked.depth,
    )
    number = min(max(whole_number(request.GET.get("way")) or 1, 1), max(len(found.ways), 1))
    own = {record.pk for record in asked.own}
    return context | {
        "found": found,
        "way_number": number,
        "chain": _chain(request, found.ways[number - 1], own) if found.ways else [],
        "steps": len(found.ways[number - 1].steps) if found.ways else None,
        "ways": _ways(request, found, number),
        "why": _why(found, asked),
        "swap": _swapped(request, asked.start, person),
        "further": "" if found.depth == MOST_DEPTH else with_parameters(request, depth=MOST_DEPTH),
        "plain_address": with_parameters(request, **{"from": asked.start.pk}, avoid=None, way=None, max_authors=None),
    }


class _Asked:
    """What the address asks for; what cannot be read is left aside, an unknown start is not found."""

    def __init__(self, request: HttpRequest, person: Researcher) -> None:
        self._request = request
        self._person = person
        self.name = " ".join(request.GET.get("name", "").replace("\x00", " ").split())[:_LONGEST_QUESTION]
        size = whole_number(request.GET.get("max_authors"))
        self.max_authors = size if size in SIZES else None
        depth = whole_number(request.GET.get("depth"))
        self.depth = depth if depth in DEPTHS else DEPTH

    @cached_property
    def own(self) -> list[Researcher]:
        """The records of which the viewer's claim is accepted."""
        user = self._request.user
        if not isinstance(user, User):
            return []
        mine = Claim.objects.filter(user=user, state=Claim.State.ACCEPTED)
        return list(Researcher.objects.filter(claims__in=mine).order_by("-works_count", "pk"))

    @cached_property
    def start(self) -> Researcher | None:
        named = self._request.GET.get("from", "").removeprefix("researcher:")
        if not named:
            return None if self.name else next((one for one in self.own if one.pk != self._person.pk), None)
        number = whole_number(named, digits=_LONGEST_KEY)
        found = None if number is None else Researcher.objects.filter(pk=number).first() or successor(f"id:{number}")
        if found is None:
            raise Http404("No such researcher to begin from.")
        return found

    @property
    def begins_with_me(self) -> bool:
        return self.start is not None and self.start.pk in {record.pk for record in self.own}

    @cached_property
    def matches(self) -> list[Row]:
        """Whom the question may mean, when no start is chosen yet."""
        if not self.name or self.start is not None:
            return []
        return rows_of(list(researchers_named(self.name).exclude(pk=self._person.pk)[:MATCHES]))

    @cached_property
    def avoided(self) -> list[Researcher]:
        named = [whole_number(text, digits=_LONGEST_KEY) for text in self._request.GET.getlist("avoid")[:MOST_AVOIDED]]
        ends = {self._person.pk, self.start.pk if self.start else None}
        keys = {number for number in named if number is not None} - ends
        return list(Researcher.objects.filter(pk__in=keys).order_by("pk")) if keys else []

    @property
    def taken_back(self) -> list[tuple[str, str]]:
        """Each avoided person with the address that lets them in again."""
        return [
            (one.display_name, _with_avoided(self._request, [other.pk for other in self.avoided if other.pk != one.pk]))
            for one in self.avoided
        ]


def _with_avoided(request: HttpRequest, keys: Sequence[int]) -> str:
    query = request.GET.copy()
    query.pop("way", None)
    query.setlist("avoid", [str(key) for key in keys])
    return f"?{query.urlencode()}"


def _swapped(request: HttpRequest, start: Researcher, person: Researcher) -> str:
    query = request.GET.copy()
    for name in ("name", "way"):
        query.pop(name, None)
    query["from"] = str(person.pk)
    return f"{record_address('researcher', start.pk, start.display_name)}connection/?{query.urlencode()}"


def _chain(request: HttpRequest, way: Way, own: set[int]) -> list[tuple[Person, Link | None]]:
    """Return each person with the step that follows; the last one has none."""
    avoided = [number for text in request.GET.getlist("avoid") if (number := whole_number(text, digits=_LONGEST_KEY)) is not None]
    people = [_person(request, node, own, avoided, is_end=node in (way.nodes[0], way.nodes[-1])) for node in way.nodes]
    links = [_link(step, person.address) for step, person in zip(way.steps, people, strict=False)]
    return list(zip(people, [*links, None], strict=True))


def _person(request: HttpRequest, node: Node, own: set[int], avoided: list[int], *, is_end: bool) -> Person:
    return Person(
        key=node.key,
        name=node.label,
        address=record_address("researcher", node.key, node.label),
        works=node.weight,
        level=node.level or 0,
        is_self=node.key in own,
        without="" if is_end or len(avoided) >= MOST_AVOIDED else _with_avoided(request, [*avoided, node.key]),
    )


def _link(step: Step, address: str) -> Link:
    return Link(
        papers=tuple(Paper(title=work.title, address=record_address("work", work.key, work.title), year=work.year) for work in step.works),
        total=step.total,
        further=step.total - len(step.works),
        all_address=f"{address}?with={step.target}#published",
        years=_years(step.first_year, step.last_year),
        thickness=1 + (step.total > 2) + (step.total > 9),
    )


def _years(first: int | None, last: int | None) -> str:
    if first is None:
        return ""
    return str(first) if first == last else f"{first}–{last}"


def _ways(request: HttpRequest, found: Connection, shown: int) -> list[OtherWay]:
    return [
        OtherWay(
            names=tuple(node.label for node in way.nodes[1:-1]),
            length=len(way.steps),
            address=with_parameters(request, way=number if number > 1 else None) + "#chain",
            is_shown=number == shown,
        )
        for number, way in enumerate(found.ways, start=1)
    ]


def _why(found: Connection, asked: _Asked) -> str:
    counts = f"Two people are joined when they wrote a work with at most {asked.max_authors or 50} authors together."
    seen = f"The search went out from both, step by step, and looked at {found.seen:,} people" + (
        " until it met: no way is shorter." if found.ways else "."
    )
    ranking = " Among ways of one length the strongest comes first: many works, with few other authors." if len(found.ways) > 1 else ""
    return f"{counts} {seen}{ranking}"
