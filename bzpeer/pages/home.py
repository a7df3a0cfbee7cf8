"""The front page: what this portal is and what it holds now."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.cards import cards
from bzpeer.pages.drawings import share
from bzpeer.pages.researchers import Row, rows_of
from researchers.queries import researchers_listed
from works.bibliography import with_authors_total
from works.holdings import Holdings, holdings, most_worked_on, newly_added

WORKS_SHOWN = 7
PEOPLE_SHOWN = 6
TOPICS_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class TopicBar:
    """A topic with its works, drawn as a share of the largest."""

    name: str
    field: str
    address: str
    works: int
    share: int


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the front page; an empty portal says how to fill it."""
    return render(request, "home.html", _context(holdings()))


def _context(held: Holdings) -> dict[str, Any]:
    if held.is_empty:
        return {"held": held}
    added = cards(list(with_authors_total(newly_added())[:WORKS_SHOWN]))
    people = rows_of(list(researchers_listed(sort="collaborators")[:PEOPLE_SHOWN]))
    return {
        "held": held,
        "cards": added,
        "is_full": len(added) == WORKS_SHOWN,  # few works show their abstracts, or the column beside them would be the longer one
        "people": people,
        "topics": _bars(),
        **_figure(people),
    }


def _bars() -> list[TopicBar]:
    topics = list(most_worked_on()[:TOPICS_SHOWN])
    most = topics[0].works_count if topics else 0
    return [
        TopicBar(
            name=topic.display_name,
            field=topic.field_name,
            address=record_address("topic", topic.pk, topic.display_name),
            works=topic.works_count,
            share=share(topic.works_count, most),
        )
        for topic in topics
    ]


def _figure(people: list[Row]) -> dict[str, Any]:
    """The graph on the front page is drawn around the researcher with the most close collaborators."""
    if not people:
        return {}
    return {"focus": f"researcher:{people[0].researcher.pk}", "label": people[0].researcher.display_name}


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead whoever asks at the old address for the portal's mark to it."""
    return redirect(static("icons/mark.svg"), permanent=True)
