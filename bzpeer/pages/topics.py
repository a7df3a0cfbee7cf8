"""The topics of this portal, field by field."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.drawings import share
from bzpeer.pages.paging import whole_number
from works.models import Topic
from works.queries import topics_with_works

SHOWN_A_FIELD = 8


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A field with its topics, the largest first, each with its address and its works as a share of the largest topic."""

    field: str
    field_id: int | None
    total: int
    topics: tuple[tuple[Topic, str, int], ...]

    @property
    def further(self) -> int:
        return self.total - len(self.topics)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain with its fields."""

    name: str
    branches: tuple[Branch, ...]


@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """Show all fields with their largest topics, or one field with all of them."""
    return render(request, "topics/topics.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    field = whole_number(request.GET.get("field", ""))
    found = topics_with_works()
    chosen = [topic for topic in found if topic.field_id == field] if field is not None else found
    return {
        "total": len(found),
        "field": chosen[0].field_name if field is not None and chosen else "",
        "is_narrowed": field is not None,
        "domains": _domains(chosen, shown=len(chosen) if field is not None else SHOWN_A_FIELD),
    }


def _domains(topics: list[Topic], *, shown: int) -> list[Domain]:
    most = max((topic.works_count for topic in topics), default=0)
    return [
        Domain(name=name, branches=tuple(_branches(list(rows), shown=shown, most=most)))
        for name, rows in groupby(topics, key=lambda topic: topic.domain_name)
    ]


def _branches(topics: list[Topic], *, shown: int, most: int) -> list[Branch]:
    branches = []
    for name, rows in groupby(topics, key=lambda topic: topic.field_name):
        held = list(rows)
        branches.append(
            Branch(
                field=name,
                field_id=held[0].field_id,
                total=len(held),
                topics=tuple(
                    (topic, record_address("topic", topic.pk, topic.display_name), share(topic.works_count, most)) for topic in held[:shown]
                ),
            )
        )
    return branches
