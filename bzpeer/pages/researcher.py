"""A researcher's profile, and the addresses by foreign ids that lead to it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.models import Claim
from bzpeer.claims.queries import biography_stands, may_edit_record, open_claim
from bzpeer.curation.models import Assertion
from bzpeer.curation.queries import assertions_on
from bzpeer.pages import profile
from bzpeer.pages.cards import cards, type_label
from bzpeer.pages.collaborations import collaboration_state
from bzpeer.pages.correcting import in_words
from bzpeer.pages.drawings import Axis, ring, year_axis
from bzpeer.pages.editing import owner_says
from bzpeer.pages.files import MOST, files_of
from bzpeer.pages.follow import follow_button
from bzpeer.pages.members import is_staff
from bzpeer.pages.paging import numbered, page_number, whole_number, with_parameters
from bzpeer.pages.removal import gone_or_missing
from bzpeer.pages.structured import json_ld
from bzpeer.pages.suggestions import suggestions_on_profile
from bzpeer.privacy.visibility import NOTHING, hidden_parts
from graph.collaborators import collaborators_of
from graph.models import Collaboration
from researchers.models import Affiliation, Researcher, TrustSnapshot
from researchers.queries import affiliations_of, name_forms_of, researcher_by_openalex_id, researcher_by_orcid, successor, trust_history_of
from researchers.trust import LIMITS, band
from works.bibliography import ORDERS, Selection, TopicOfWorks, YearCount, topics_of, works_of, year_counts
from works.identifiers import openalex_id, orcid

WORKS_PER_PAGE = 20
TOPICS_SHOWN = 12
COLLABORATORS_SHOWN = 12
NAMES_SHOWN = 10
SAID_KINDS = (Assertion.Kind.FIELD, Assertion.Kind.NAME, Assertion.Kind.AFFILIATION)
"""What people said that the profile lists; works carry it with their byline."""
_FAR_YEAR = 2_200


@require_safe
def researcher(request: HttpRequest, key: int, slug: str = "") -> HttpResponseBase:
    """Show the profile. A wrong slug and a merged record lead on for good."""
    found = Researcher.objects.filter(pk=key).first()
    if found is None:
        moved = successor(f"id:{key}")
        return _moved(moved) if moved else gone_or_missing(request, f"id:{key}")
    if slug != slug_of(found.display_name):
        return _moved(found)
    return render(request, "researchers/researcher.html", _context(request, found))


@require_safe
def by_orcid(request: HttpRequest, orcid_id: str) -> HttpResponse:
    """Lead from an ORCID iD to the profile. A wrong check character is not found, like an unknown iD."""
    known = orcid(orcid_id)
    found = researcher_by_orcid(known) if known else None
    return gone_or_missing(request, f"orcid:{known}") if known and found is None else _moved(found, permanent=False)


@require_safe
def by_openalex_id(request: HttpRequest, author_id: str) -> HttpResponse:
    """Lead from an OpenAlex author id to the profile."""
    known = openalex_id(author_id, "A")
    found = researcher_by_openalex_id(known) if known else None
    return gone_or_missing(request, f"openalex:{known}") if known and found is None else _moved(found, permanent=False)


def _moved(to: Researcher | None, *, permanent: bool = True) -> HttpResponse:
    if to is None:
        raise Http404("No researcher has this address.")
    return redirect(record_address("researcher", to.pk, to.display_name), permanent=permanent)


def _context(request: HttpRequest, person: Researcher) -> dict[str, Any]:
    own_claim = open_claim(request.user, person.pk)
    is_owner = own_claim is not None and own_claim.state == Claim.State.ACCEPTED
    concealed = hidden_parts(person, request.user, is_owner=is_owner)
    if "biography" in concealed:
        person.biography = ""  # the page then says what the record itself tells
    record = _Record(person, concealed)
    published = _Published(request, record)
    address = record_address("researcher", person.pk, person.display_name)
    biography = profile.biography(person, record.topics, record.years, says_owner=biography_stands(person))
    career = profile.career(record.affiliations)
    return {
        "researcher": person,
        "address": address,
        "canonical": request.build_absolute_uri(address),
        "biography": biography,
        "description": f"{person.display_name}: {biography.text}",
        "counts": [
            figure
            for figure in profile.figures(
                person,
                works=record.works_total,
                closeness=settings.CLOSE_COLLABORATOR_WORKS,
                most_authors=settings.COLLABORATION_MAX_AUTHORS,
            )
            if not ("followers" in concealed and figure.label.startswith("follower"))
        ],
        "concealed": concealed,
        "posts": career.posts,
        "career": career,
        "names": profile.names(record.names[:NAMES_SHOWN]),
        "further_names": record.names[NAMES_SHOWN:],
        "origins": profile.origins(person),
        "said": in_words(
            [
                row
                for row in assertions_on(person.pk, SAID_KINDS)
                if row.new_value is not None and row.subject != "biography" and not _is_told(row, concealed)
            ]
        )
        if person.is_claimed or person.asserted
        else [],
        "gaps": profile.gaps(person, affiliations=record.affiliations, topics=record.topics, works=record.works_total),
        "focus": f"researcher:{person.pk}",
        "topics": profile.subjects(record.topics, works=record.works_total),
        "further_topics": max(person.topics_count - len(record.topics), 0),
        "collaborators": profile.partners(record.collaborators),
        "has_more_collaborators": record.has_more_collaborators,
        "published": published,
        "files": files_of("researcher_works_file", request, key=person.pk, slug=slug_of(person.display_name)),
        "most": MOST,
        "own_claim": own_claim,
        "owner_says": owner_says(request.user, person, is_owner=is_owner),
        "may_edit": is_owner or (person.is_claimed and may_edit_record(request.user, person.pk)),
        "collaboration": collaboration_state(request.user, person),
        "mending": f"{address}quality/" if is_staff(request) or is_owner else "",
        "follow": follow_button(request.user, person, shows_count="followers" not in concealed),
        "is_owner": is_owner,
        "suggestions": suggestions_on_profile(request.user, person.pk) if is_owner else [],
        "atom": f"{address}feed.atom",
        "json_ld": _json_ld(request, person, record, address),
        **_trust(record.trust),
    }


def _is_told(said: Assertion, concealed: frozenset[str]) -> bool:
    """Tell whether an assertion gives away a part of the profile that the viewer does not see."""
    part = {Assertion.Kind.NAME: "names", Assertion.Kind.AFFILIATION: "affiliations"}.get(Assertion.Kind(said.kind), said.subject)
    return part in concealed


def _trust(history: list[TrustSnapshot]) -> dict[str, Any]:
    if not history:
        return {"trust": None}
    current = history[0]
    return {
        "trust": current,
        "trust_band": band(current.score),
        "trust_ring": ring(current.score, current.components),
        "trust_history": history[1:],
        "trust_limits": LIMITS,
    }


@dataclass(frozen=True)
class _Record:
    """What the page reads about one person, each thing with one query."""

    person: Researcher
    concealed: frozenset[str] = NOTHING

    @cached_property
    def years(self) -> list[YearCount]:
        return year_counts(self.person.pk)

    @cached_property
    def works_total(self) -> int:
        return sum(row["works"] for row in self.years)

    @cached_property
    def topics(self) -> list[TopicOfWorks]:
        return topics_of(self.person.pk, limit=TOPICS_SHOWN)

    @cached_property
    def affiliations(self) -> list[Affiliation]:
        return [] if "affiliations" in self.concealed else affiliations_of(self.person.pk)

    @cached_property
    def names(self) -> list[Any]:
        return [] if "names" in self.concealed else name_forms_of(self.person)

    @cached_property
    def trust(self) -> list[TrustSnapshot]:
        return trust_history_of(self.person.pk)

    @cached_property
    def _edges(self) -> list[Collaboration]:
        return list(collaborators_of(self.person.pk)[: COLLABORATORS_SHOWN + 1])

    @property
    def collaborators(self) -> list[Collaboration]:
        return self._edges[:COLLABORATORS_SHOWN]

    @property
    def has_more_collaborators(self) -> bool:
        return len(self._edges) > COLLABORATORS_SHOWN


class _Published:
    """The list of works as the address asks for it: year, type, sort, page."""

    anchor = "#published"

    def __init__(self, request: HttpRequest, record: _Record) -> None:
        self._request = request
        self._record = record
        self.selection = selection_asked(request)
        self._years = year_counts(record.person.pk, self.selection) if self.selection.together else record.years
        self.total = sum(row["works"] for row in self._years if self._is_chosen(row))
        page = page_number(request, total=self.total, size=WORKS_PER_PAGE)
        self.pager = numbered(request, page=page, total=self.total, size=WORKS_PER_PAGE, anchor=self.anchor)
        first = (page - 1) * WORKS_PER_PAGE
        works = list(works_of(record.person.pk, self.selection, first=first, most=WORKS_PER_PAGE)) if self.total else []
        self.cards = cards(works, of=record.person.pk)
        self.shows_filters = record.works_total > 1

    def _is_chosen(self, row: YearCount) -> bool:
        chosen = self.selection
        return chosen.year in (None, row["publication_year"]) and chosen.type in ("", row["type"])

    @cached_property
    def axis(self) -> Axis | None:
        works: dict[int, int] = {}
        citations: dict[int, int] = {}
        for row in self._years:
            year = row["publication_year"]
            if year is not None and self.selection.type in ("", row["type"]):
                works[year] = works.get(year, 0) + row["works"]
                citations[year] = citations.get(year, 0) + row["citations"]
        chosen = self.selection.year
        addresses = {year: with_parameters(self._request, year=None if year == chosen else year) + self.anchor for year in works}
        return year_axis(works, citations, chosen=chosen, addresses=addresses)

    @cached_property
    def citations(self) -> int:
        return sum(row["citations"] for row in self._years)

    @cached_property
    def types(self) -> list[tuple[str, str, int]]:
        """Types with their label and number of works, the most frequent first."""
        totals: dict[str, int] = {}
        for row in self._years:
            if row["type"]:
                totals[row["type"]] = totals.get(row["type"], 0) + row["works"]
        return [(type, type_label(type), number) for type, number in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]

    @cached_property
    def year_choices(self) -> list[tuple[int, int]]:
        """Years with their number of works, the newest first."""
        totals: dict[int, int] = {}
        for row in self._years:
            if row["publication_year"] is not None:
                totals[row["publication_year"]] = totals.get(row["publication_year"], 0) + row["works"]
        return sorted(totals.items(), reverse=True)

    @cached_property
    def undated(self) -> int:
        return sum(row["works"] for row in self._years if row["publication_year"] is None)

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in ORDERS.items()]

    @property
    def active(self) -> list[tuple[str, str]]:
        """What narrows the list, each with the address without it."""
        found = []
        if self.selection.year is not None:
            found.append((str(self.selection.year), with_parameters(self._request, year=None) + self.anchor))
        if self.selection.type:
            found.append((type_label(self.selection.type), with_parameters(self._request, type=None) + self.anchor))
        if self.selection.together is not None:
            found.append((f"With {self._partner(self.selection.together)}", with_parameters(self._request, **{"with": None}) + self.anchor))
        return found

    def _partner(self, key: int) -> str:
        known = next((edge.collaborator for edge in self._record.collaborators if edge.collaborator_id == key), None)
        person = known or Researcher.objects.filter(pk=key).first()
        return person.display_name if person else "somebody unknown"


def selection_asked(request: HttpRequest) -> Selection:
    """Return which works an address asks for; what cannot be read narrows nothing."""
    year = whole_number(request.GET.get("year", ""))
    asked_type = request.GET.get("type", "")
    order = request.GET.get("sort", "")
    return Selection(
        year=year if year is not None and year <= _FAR_YEAR else None,
        type="" if "\x00" in asked_type else asked_type[:60],
        order=order if order in ORDERS else "newest",
        together=whole_number(request.GET.get("with", ""), digits=18),
    )


def _json_ld(request: HttpRequest, person: Researcher, record: _Record, address: str) -> str:
    same = [
        f"https://openalex.org/{person.openalex_id}" if person.openalex_id else "",
        f"https://orcid.org/{person.orcid}" if person.orcid else "",
    ]
    current = [{"@type": "Organization", "name": row.institution.display_name} for row in record.affiliations if row.is_last_known]
    return json_ld(
        {
            "@type": "Person",
            "@id": request.build_absolute_uri(address),
            "name": person.display_name,
            "alternateName": [form.name for form in record.names[:NAMES_SHOWN]],
            "url": request.build_absolute_uri(address),
            "sameAs": [link for link in same if link],
            "affiliation": current,
            "knowsAbout": [topic.display_name for topic in record.topics],
        }
    )
