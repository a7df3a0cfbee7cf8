"""Search over researchers, works, topics and institutions at once. A pasted id leads straight to its record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.cards import Card, cards, type_label
from bzpeer.pages.files import MOST, files_of
from bzpeer.pages.follow import search_button
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from bzpeer.pages.places import country_name
from bzpeer.pages.researchers import Row, rows_of
from bzpeer.typesetting import plain
from researchers.models import Institution, Researcher
from researchers.queries import institutions_named, researcher_by_openalex_id, researcher_by_orcid, researchers_named
from works.bibliography import with_authors_total
from works.identifiers import arxiv_id, doi, openalex_id, orcid, ror
from works.models import Topic, Work
from works.queries import institution_known_as, topic_by_openalex_id, topics_named, work_known_as, works_titled

KINDS = (("researcher", "Researchers"), ("work", "Works"), ("topic", "Topics"), ("institution", "Institutions"))
COUNTED = 20
"""Each kind is counted up to this many: "20+" says there are more."""
FIRST_SHOWN = 5
PER_PAGE = 20
LAST_PAGE = 25
"""Nobody reads further; a narrower question is answered better than a deeper page."""
LONGEST_QUESTION = 200


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """A question that is an id: what kind of id, and the record's address here, if it is here."""

    label: str
    id: str
    address: str
    elsewhere: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One kind of record with the number found."""

    kind: str
    label: str
    count: str
    address: str
    is_chosen: bool
    is_empty: bool


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what matches `q`. `?part=suggestions` answers with the short list under the search field."""
    asked = question_asked(request)
    if request.GET.get("part") == "suggestions":
        return render(request, "search/suggestions.html", {"suggestions": suggestions(asked), "asked": asked})
    pasted = recognised(asked)
    if pasted and pasted.address:
        return redirect(pasted.address)
    return render(
        request,
        "search/search.html",
        {"asked": asked, "pasted": pasted, "follow": search_button(request.user, asked), **_context(request, asked)},
    )


def question_asked(request: HttpRequest) -> str:
    """Return what is searched for: one line, bounded."""
    return " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:LONGEST_QUESTION]


# --- pasted ids -----------------------------------------------------------------------------------


def recognised(asked: str) -> Pasted | None:
    """Return the record that a pasted ORCID iD, DOI, arXiv, ROR or OpenAlex id names."""
    for reader in (_as_orcid, _as_arxiv, _as_doi, _as_ror, _as_openalex):
        if pasted := reader(asked):
            return pasted
    return None


def _as_orcid(asked: str) -> Pasted | None:
    found = orcid(asked)
    person = researcher_by_orcid(found) if found else None
    return _pasted("ORCID iD", found, person, f"https://orcid.org/{found}", f"bzpeer import openalex --orcid {found}")


def _as_arxiv(asked: str) -> Pasted | None:
    found = arxiv_id(asked)
    work = work_known_as(f"arxiv:{found}") if found else None
    return _pasted("arXiv id", found, work, f"https://arxiv.org/abs/{found}", f"bzpeer import arxiv --id {found}")


def _as_doi(asked: str) -> Pasted | None:
    found = doi(asked)
    work = work_known_as(f"doi:{found}") if found else None
    return _pasted("DOI", found, work, f"https://doi.org/{found}", "")


def _as_ror(asked: str) -> Pasted | None:
    found = ror(asked) if "ror.org" in asked.lower() else None
    place = institution_known_as(f"ror:{found}") if found else None
    return _pasted("ROR id", found, place, f"https://ror.org/{found}", "")


_OPENALEX_RECORDS: tuple[tuple[str, Callable[[str], Researcher | Work | Topic | Institution | None], str], ...] = (
    ("A", researcher_by_openalex_id, "--author"),
    ("W", lambda key: work_known_as(f"openalex:{key}"), "--works"),
    ("T", topic_by_openalex_id, ""),
    ("I", lambda key: institution_known_as(f"openalex:{key}"), ""),
)


def _as_openalex(asked: str) -> Pasted | None:
    for letter, reader, option in _OPENALEX_RECORDS:
        if found := openalex_id(asked, letter):
            command = f"bzpeer import openalex {option} {found}" if option else ""
            return _pasted("OpenAlex id", found, reader(found), f"https://openalex.org/{found}", command)
    return None


def _pasted(
    label: str, id: str | None, record: Researcher | Work | Topic | Institution | None, elsewhere: str, command: str
) -> Pasted | None:
    if id is None:
        return None
    return Pasted(label=label, id=id, address=_address(record) if record else "", elsewhere=elsewhere, command=command)


def _address(record: Researcher | Work | Topic | Institution) -> str:
    if isinstance(record, Work):
        return record_address("work", record.pk, record.title)
    kind = "researcher" if isinstance(record, Researcher) else "topic" if isinstance(record, Topic) else "institution"
    return record_address(kind, record.pk, record.display_name)


# --- results --------------------------------------------------------------------------------------


def _context(request: HttpRequest, asked: str) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    found = {name: _found(name, asked, first=0, limit=COUNTED + 1) for name, _ in KINDS}
    tabs = [
        Tab(
            kind=name,
            label=label,
            count=f"{COUNTED}+" if len(found[name]) > COUNTED else str(len(found[name])),
            address=with_parameters(request, kind=name),
            is_chosen=name == kind,
            is_empty=not found[name],
        )
        for name, label in KINDS
    ]
    page = min(max(whole_number(request.GET.get("page", "")) or 1, 1), LAST_PAGE) if kind else 1
    first = (page - 1) * PER_PAGE
    if kind:
        rows = found[kind] if page == 1 else _found(kind, asked, first=first, limit=PER_PAGE + 1)
        shown = {kind: rows[:PER_PAGE]}
        has_next = len(rows) > PER_PAGE and page < LAST_PAGE
    else:
        shown = {name: rows[:FIRST_SHOWN] for name, rows in found.items()}
        has_next = False
    return {
        "kind": kind,
        "tabs": tabs,
        "all_address": with_parameters(request, kind=None),
        "is_empty": not any(found.values()),
        "results": _results(shown),
        "pager": Pager(
            place=f"page {page}" if page > 1 or has_next else "",
            previous=with_parameters(request, page=page - 1 if page > 2 else None) if page > 1 else "",
            next=with_parameters(request, page=page + 1) if has_next else "",
        ),
        "is_last_page": page == LAST_PAGE,
        "files": files_of("found_works_file", request),
        "most": MOST,
    }


def _found(kind: str, asked: str, *, first: int, limit: int) -> list[Any]:
    records: dict[str, Callable[[str], QuerySet[Any]]] = {
        "researcher": researchers_named,
        "work": lambda text: with_authors_total(works_titled(text).select_related("source")),
        "topic": topics_named,
        "institution": institutions_named,
    }
    return list(records[kind](asked)[first : first + limit])


def _results(shown: dict[str, list[Any]]) -> dict[str, Sequence[Any]]:
    people: list[Row] = rows_of(shown["researcher"]) if shown.get("researcher") else []
    works: list[Card] = cards(shown["work"]) if shown.get("work") else []
    return {
        "researcher": people,
        "work": works,
        "topic": [(topic, _address(topic)) for topic in shown.get("topic", [])],
        "institution": [(place, _address(place), country_name(place.country_code)) for place in shown.get("institution", [])],
    }


# --- suggestions ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One line under the search field."""

    kind: str
    label: str
    fact: str
    address: str


def suggestions(asked: str) -> list[Suggestion]:
    """Return a few records of each kind for what has been typed so far; nothing for less than two characters."""
    if len(asked) < 2:
        return []
    people = [_suggestion("researcher", row, f"{row.works_count:,} works") for row in researchers_named(asked)[:4]]
    works = [_suggestion("work", row, _work_fact(row)) for row in works_titled(asked)[:4]]
    topics = [_suggestion("topic", row, row.field_name) for row in topics_named(asked)[:2]]
    places = [_suggestion("institution", row, country_name(row.country_code)) for row in institutions_named(asked)[:2]]
    return [*people, *works, *topics, *places]


def _suggestion(kind: str, record: Researcher | Work | Topic | Institution, fact: str) -> Suggestion:
    label = plain(record.title) or "Untitled" if isinstance(record, Work) else record.display_name
    return Suggestion(kind=kind, label=label, fact=fact, address=_address(record))


def _work_fact(work: Work) -> str:
    return ", ".join(part for part in (type_label(work.type), str(work.publication_year or "")) if part)
