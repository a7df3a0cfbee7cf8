"""A venue's page: a journal, conference, repository or book series."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages.follow import follow_button
from bzpeer.pages.structured import json_ld
from bzpeer.pages.surroundings import ANCHOR, surroundings
from bzpeer.pages.works import filter_asked, total_in_words, work_list
from works.identifiers import openalex_id
from works.models import Source
from works.queries import WorkFilter, number_of, works_chosen


@require_safe
def source(request: HttpRequest, key: int, slug: str = "") -> HttpResponseBase:
    """Show the page; a wrong slug leads on for good."""
    found = Source.objects.filter(pk=key).first()
    if found is None:
        raise Http404("No venue has this address.")
    if slug != slug_of(found.display_name):
        return redirect(record_address("source", found.pk, found.display_name), permanent=True)
    return render(request, "sources/source.html", _context(request, found))


@require_safe
def by_openalex_id(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an OpenAlex source id to the page."""
    known = openalex_id(name, "S")
    found = Source.objects.filter(openalex_id=known).first() if known else None
    if found is None:
        raise Http404("No venue has this address.")
    return redirect(record_address("source", found.pk, found.display_name))


def source_facts(source: Source) -> list[tuple[str, str]]:
    """Return what is known of a venue: its kind, ISSNs and who publishes it."""
    further = ", ".join(number for number in source.issn if number != source.issn_l)
    known = (
        ("Kind", source.type.replace("-", " ").capitalize()),
        ("ISSN-L", source.issn_l or ""),
        ("ISSN", further),
        ("Published by", source.host_organization_name),
    )
    return [(label, value) for label, value in known if value]


def _context(request: HttpRequest, found: Source) -> dict[str, Any]:
    address = record_address("source", found.pk, found.display_name)
    canonical = request.build_absolute_uri(address)
    chosen = filter_asked(request, source=found.pk)
    return {
        "source": found,
        "canonical": canonical,
        "follow": follow_button(request.user, found),
        "atom": f"{address}feed.atom",
        "facts": source_facts(found),
        "total": total_in_words(number_of(works_chosen(WorkFilter(source=found.pk)))),
        "list": work_list(request, chosen, anchor=ANCHOR),
        **surroundings(request, "source", found.pk, chosen=chosen),
        "json_ld": json_ld(
            {
                "@type": "Periodical" if found.type == "journal" else "CreativeWorkSeries",
                "@id": canonical,
                "url": canonical,
                "name": found.display_name,
                "issn": found.issn,
                "publisher": {"@type": "Organization", "name": found.host_organization_name} if found.host_organization_name else None,
                "sameAs": f"https://openalex.org/{found.openalex_id}" if found.openalex_id else "",
            }
        ),
    }
