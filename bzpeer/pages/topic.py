"""A topic's page."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages.follow import follow_button
from bzpeer.pages.structured import json_ld
from bzpeer.pages.surroundings import ANCHOR, surroundings
from bzpeer.pages.works import filter_asked, work_list
from works.identifiers import openalex_id
from works.models import Topic
from works.queries import siblings_of, topic_by_openalex_id

SIBLINGS_SHOWN = 8


@require_safe
def topic(request: HttpRequest, key: int, slug: str = "") -> HttpResponseBase:
    """Show the page; a wrong slug leads on for good."""
    found = Topic.objects.filter(pk=key).first()
    if found is None:
        raise Http404("No topic has this address.")
    if slug != slug_of(found.display_name):
        return redirect(record_address("topic", found.pk, found.display_name), permanent=True)
    return render(request, "topics/topic.html", _context(request, found))


@require_safe
def by_openalex_id(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an OpenAlex topic id to the page."""
    known = openalex_id(name, "T")
    found = topic_by_openalex_id(known) if known else None
    if found is None:
        raise Http404("No topic has this address.")
    return redirect(record_address("topic", found.pk, found.display_name))


def _context(request: HttpRequest, found: Topic) -> dict[str, Any]:
    address = record_address("topic", found.pk, found.display_name)
    canonical = request.build_absolute_uri(address)
    chosen = filter_asked(request, topic=found.pk)
    return {
        "topic": found,
        "canonical": canonical,
        "follow": follow_button(request.user, found),
        "atom": f"{address}feed.atom",
        "list": work_list(request, chosen, anchor=ANCHOR),
        **surroundings(request, "topic", found.pk, chosen=chosen),
        "siblings": [(other, record_address("topic", other.pk, other.display_name)) for other in siblings_of(found, limit=SIBLINGS_SHOWN)],
        "graph_focus": f"topic:{found.pk}",
        "json_ld": json_ld(
            {
                "@type": "DefinedTerm",
                "@id": canonical,
                "url": canonical,
                "name": found.display_name,
                "description": found.description,
                "inDefinedTermSet": "https://openalex.org/topics",
                "sameAs": f"https://openalex.org/{found.openalex_id}",
            }
        ),
    }
