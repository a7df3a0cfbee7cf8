"""What the pages of a topic, an institution and a venue have in common: years, people, places, topics and files of their works."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from bzpeer.addresses import record_address
from bzpeer.pages.drawings import year_axis
from bzpeer.pages.files import FORMATS, MOST
from bzpeer.pages.paging import with_parameters
from bzpeer.pages.researchers import rows_of
from researchers.models import Researcher
from works.around import Around, Shared, around
from works.queries import WorkFilter

ANCHOR = "#works"
SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class SharedLink:
    """A place or topic with its address and the works it has in common."""

    name: str
    address: str
    works: int


def surroundings(request: HttpRequest, kind: str, key: int, *, chosen: WorkFilter, with_people: bool = True) -> dict[str, Any]:
    """Return what surrounds a record's works, for the template: one query, and three for the people."""
    found = around(kind, key, most=SHOWN)
    return {
        "around": found,
        "axis": year_axis(
            {year: works for year, (works, _) in found.years.items()},
            {year: cited for year, (_, cited) in found.years.items()},
            chosen=chosen.year,
            addresses={year: with_parameters(request, year=None if year == chosen.year else year) + ANCHOR for year in found.years},
        ),
        **({"people": _people(found)} if with_people else {}),
        "places": [_link("institution", one) for one in found.institutions],
        "related_topics": [_link("topic", one) for one in found.topics],
        "files": [
            (each.label, reverse("works_file", kwargs={"format": ending}) + with_parameters(request, **{kind: key}))
            for ending, each in FORMATS.items()
        ],
        "most": MOST,
    }


def _people(found: Around) -> list[tuple[Any, int]]:
    known = Researcher.objects.in_bulk([one.key for one in found.people])
    people = [(known[one.key], one.works) for one in found.people if one.key in known]
    return [(row, works) for row, (_, works) in zip(rows_of([person for person, _ in people]), people, strict=True)]


def _link(kind: str, one: Shared) -> SharedLink:
    return SharedLink(name=one.display_name, address=record_address(kind, one.key, one.display_name), works=one.works)
