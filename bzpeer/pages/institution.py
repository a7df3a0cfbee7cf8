"""An institution's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages.follow import follow_button
from bzpeer.pages.places import country_name
from bzpeer.pages.profile import year_ranges
from bzpeer.pages.structured import json_ld
from bzpeer.pages.surroundings import ANCHOR, surroundings
from bzpeer.pages.works import filter_asked, work_list
from researchers.models import Affiliation, Institution, Researcher
from works.identifiers import openalex_id, ror
from works.queries import Family, family_of, institution_known_as, researchers_at

PEOPLE_SHOWN = 12
CHILDREN_SHOWN = 40
NAMES_SHOWN = 12


@require_safe
def institution(request: HttpRequest, key: int, slug: str = "") -> HttpResponseBase:
    """Show the page. A wrong slug and a merged record lead on for good."""
    found = Institution.objects.filter(pk=key).first()
    if found is None:
        return _moved(institution_known_as(f"id:{key}"), permanent=True)
    if slug != slug_of(found.display_name):
        return _moved(found, permanent=True)
    return render(request, "institutions/institution.html", _context(request, found))


@require_safe
def by_ror(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from a ROR id to the page."""
    known = ror(name)
    return _moved(institution_known_as(f"ror:{known}") if known else None)


@require_safe
def by_openalex_id(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an OpenAlex institution id to the page."""
    known = openalex_id(name, "I")
    return _moved(institution_known_as(f"openalex:{known}") if known else None)


def _moved(to: Institution | None, *, permanent: bool = False) -> HttpResponse:
    if to is None:
        raise Http404("No institution has this address.")
    return redirect(record_address("institution", to.pk, to.display_name), permanent=permanent)


def _context(request: HttpRequest, found: Institution) -> dict[str, Any]:
    address = record_address("institution", found.pk, found.display_name)
    canonical = request.build_absolute_uri(address)
    chosen = filter_asked(request, institution=found.pk)
    country = country_name(found.country_code)
    family = family_of(found, most=CHILDREN_SHOWN)
    return {
        "institution": found,
        "canonical": canonical,
        "follow": follow_button(request.user, found),
        "atom": f"{address}feed.atom",
        "country": country,
        "tree": tree(found, family),
        "has_more_below": family.has_more,
        "names": found.other_names[:NAMES_SHOWN],
        "further_names": found.other_names[NAMES_SHOWN:],
        "people": [_person(person, rows) for person, rows in researchers_at(found, limit=PEOPLE_SHOWN)],
        "list": work_list(request, chosen, anchor=ANCHOR),
        **surroundings(request, "institution", found.pk, chosen=chosen, with_people=False),
        "graph_focus": f"institution:{found.pk}",
        "homepage": found.homepage_url if found.homepage_url.startswith(("https://", "http://")) else "",
        "json_ld": json_ld(
            {
                "@type": "Organization",
                "@id": canonical,
                "url": canonical,
                "name": found.display_name,
                "alternateName": found.other_names[:NAMES_SHOWN],
                "sameAs": [
                    link
                    for link in (
                        f"https://ror.org/{found.ror}" if found.ror else "",
                        f"https://openalex.org/{found.openalex_id}" if found.openalex_id else "",
                    )
                    if link
                ],
                "address": {"@type": "PostalAddress", "addressCountry": found.country_code} if found.country_code else None,
            }
        ),
    }


@dataclass(frozen=True, kw_only=True)
class Branch:
    """An institution with what stands directly below it in the tree; `belongs_to` are its parents where it has several."""

    institution: Institution
    address: str
    is_self: bool
    below: list["Branch"]
    belongs_to: list[str]


def tree(institution: Institution, family: Family) -> list[Branch]:
    """Return the roots of the family's tree: each stands below the nearest of those it belongs to. [] if it is alone.

    The institution itself may belong to several; then it is a root of its own and names them.
    """
    members = {each.openalex_id or "": each for each in (*family.above, institution, *family.below)}
    if len(members) < 2:
        return []
    parents = _parents(institution, family.above)
    below: dict[int | None, list[Institution]] = defaultdict(list)
    for each in family.above:
        below[_nearest(each, family.above)].append(each)
    below[parents[0].pk if len(parents) == 1 else None].append(institution)
    further = [each for each in family.below if each not in family.above]  # two that claim each other
    for each in further:
        below[_nearest(each, [institution, *further])].append(each)

    def branch(each: Institution) -> Branch:
        is_self = each.pk == institution.pk
        return Branch(
            institution=each,
            address=record_address("institution", each.pk, each.display_name),
            is_self=is_self,
            below=[branch(other) for other in below[each.pk]],
            belongs_to=[parent.display_name for parent in parents] if is_self and len(parents) > 1 else [],
        )

    return [branch(each) for each in below[None]]


def _above(institution: Institution, others: Sequence[Institution]) -> list[Institution]:
    """Return those of `others` that an institution belongs to. Who contains more stands lower: a circle cannot close."""
    held = set(institution.lineage)
    return [other for other in others if other.openalex_id in held and len(other.lineage) < len(institution.lineage)]


def _nearest(institution: Institution, others: Sequence[Institution]) -> int | None:
    nearest = max(_above(institution, others), key=lambda other: (len(other.lineage), other.pk), default=None)
    return nearest.pk if nearest else None


def _parents(institution: Institution, above: Sequence[Institution]) -> list[Institution]:
    """Return what an institution belongs to directly: what nothing else of `above` belongs to."""
    real = _above(institution, above)
    further = {other.pk for each in real for other in _above(each, real)}
    return [each for each in real if each.pk not in further]


def _person(person: Researcher, rows: list[Affiliation]) -> tuple[Researcher, str, str, bool]:
    """Return the researcher with address, years there and whether it is the last known place."""
    return (
        person,
        record_address("researcher", person.pk, person.display_name),
        year_ranges(year for row in rows for year in row.years),
        any(row.is_last_known for row in rows),
    )
