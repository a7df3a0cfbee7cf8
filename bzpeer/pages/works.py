"""The list of works: filtered, sorted, walked through without counting the corpus."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.pages.cards import Card, cards, type_label
from bzpeer.pages.files import MOST, files_of
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from bzpeer.reports.queries import works_with
from researchers.models import Institution
from works.models import Funder, Source, Topic, Work
from works.queries import COUNTED, Place, WorkFilter, number_of, works_chosen, works_listed
from works.terms.queries import printed_term, term_asked_for

PER_PAGE = 20
SORTS = (("newest", "Newest first"), ("cited", "Most cited here"))
TYPES = (
    "article", "preprint", "review", "book", "book-chapter", "dissertation", "report", "dataset", "conference-paper", "editorial", "letter",
    "erratum", "retraction", "peer-review", "reference-entry", "standard", "software",
    "supplementary-materials", "libguides", "paratext", "other",
)  # fmt: skip
"""The types OpenAlex and arXiv records come with; a list of those in use would read the whole table at every visit."""
_FAR_YEAR = 2_200


@dataclass(frozen=True, kw_only=True)
class WorkList:
    """A page of works as the address asks for it."""

    cards: list[Card]
    pager: Pager
    chosen: WorkFilter
    sort: str

    @property
    def sorts(self) -> tuple[tuple[str, str], ...]:
        return SORTS


@require_safe
def works(request: HttpRequest) -> HttpResponse:
    """Show one page of the list the address asks for."""
    chosen = filter_asked(request)
    names = _names(chosen)
    context: dict[str, Any] = {
        "list": work_list(request, chosen),
        "total": total_in_words(number_of(works_chosen(chosen))),
        "types": [(type, type_label(type)) for type in TYPES],
        "kept": [(name, value) for name, value in _records(chosen).items() if value]
        + ([("term", request.GET["term"])] if chosen.term is not None else []),
        "has_code": request.GET.get("code") == "1",
        "has_data": request.GET.get("data") == "1",
        "active": _active(request, chosen, names),
        "files": files_of("works_file", request),
        "most": MOST,
    }
    return render(request, "works/works.html", context)


def filter_asked(
    request: HttpRequest, *, topic: int | None = None, institution: int | None = None, source: int | None = None
) -> WorkFilter:
    """Return the filter an address asks for; what cannot be read is no filter. On the page of a record it is the only one asked for."""
    year = whole_number(request.GET.get("year", ""))
    asked_type = request.GET.get("type", "")
    on_all = topic is None and institution is None and source is None

    def record(name: str, fixed: int | None) -> int | None:
        return whole_number(request.GET.get(name, ""), digits=18) if on_all else fixed

    return WorkFilter(
        year=year if year is not None and year <= _FAR_YEAR else None,
        type=asked_type if asked_type in TYPES else "",
        topic=record("topic", topic),
        institution=record("institution", institution),
        source=record("source", source),
        funder=record("funder", None),
        term=term_asked_for(request.GET.get("term", "")) if on_all else None,
        open_access=request.GET.get("open") == "1",
        among=_reported(request) if on_all else None,
    )


def _reported(request: HttpRequest) -> QuerySet[Any] | None:
    """Return the works whose report says that their code or data are open, where the address asks for them."""
    code, data = request.GET.get("code") == "1", request.GET.get("data") == "1"
    return works_with(code=code, data=data) if code or data else None


def work_list(request: HttpRequest, chosen: WorkFilter, *, anchor: str = "", per_page: int = PER_PAGE) -> WorkList:
    """Return the page of a list of works that `sort` and `after` in the address ask for."""
    sort = request.GET.get("sort", "")
    sort = sort if sort in dict(SORTS) else "newest"
    after = place_asked(request.GET.get("after", ""), sort=sort)
    found = works_listed(chosen, sort=sort, after=after, limit=per_page + 1)
    last = found[per_page - 1] if len(found) > per_page else None
    pager = Pager(
        place="",
        previous=with_parameters(request) + anchor if after else "",
        next=with_parameters(request, after=place_of(last, sort=sort)) + anchor if last else "",
        back_label="Back to the start",
        on_label="More",
    )
    return WorkList(cards=cards(found[:per_page]), pager=pager, chosen=chosen, sort=sort)


def place_of(work: Work, *, sort: str) -> str:
    """Return where a list is left after `work`: "2022-06-28.12", "undated.12" or, by citations, "40.12"."""
    if sort == "cited":
        return f"{work.cited_by_count}.{work.pk}"
    return f"{work.publication_date.isoformat() if work.publication_date else 'undated'}.{work.pk}"


def place_asked(text: str, *, sort: str) -> Place | None:
    """Return the place an address names; one that cannot be read is the start."""
    value, _, key = text.partition(".")
    number = whole_number(key)
    if number is None:
        return None
    if sort == "cited":
        citations = whole_number(value)
        return Place(key=number, citations=citations) if citations is not None else None
    if value == "undated":
        return Place(key=number)
    try:
        return Place(key=number, date=date.fromisoformat(value))
    except ValueError:
        return None


def total_in_words(number: int) -> str:
    """Return "1 work", "1,234 works" or "more than 10,000 works"."""
    if number > COUNTED:
        return f"more than {COUNTED:,} works"
    return "1 work" if number == 1 else f"{number:,} works"


def _names(chosen: WorkFilter) -> dict[str, str]:
    """Return what topic, institution, venue, funder and key term of the filter are called."""
    named = {name: _MODELS[name]._default_manager.filter(pk=key).first() for name, key in _records(chosen).items() if key is not None}
    names = {name: str(found) if found else f"A {_SPOKEN[name]} that is not here" for name, found in named.items()}
    if chosen.term is not None:
        names["term"] = f"Key term: {printed_term(chosen.term) or 'none of any work here'}"
    return names


_SPOKEN = {"topic": "topic", "institution": "institution", "source": "venue", "funder": "funder"}
_MODELS: dict[str, type[Topic | Institution | Source | Funder]] = {
    "topic": Topic,
    "institution": Institution,
    "source": Source,
    "funder": Funder,
}


def _records(chosen: WorkFilter) -> dict[str, int | None]:
    return {"topic": chosen.topic, "institution": chosen.institution, "source": chosen.source, "funder": chosen.funder}


def _active(request: HttpRequest, chosen: WorkFilter, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return what narrows the list, each with the address without it."""
    found = []
    if chosen.year is not None:
        found.append((str(chosen.year), with_parameters(request, year=None)))
    if chosen.type:
        found.append((type_label(chosen.type), with_parameters(request, type=None)))
    found += [(label, with_parameters(request, **{name: None})) for name, label in names.items()]
    if chosen.open_access:
        found.append(("Open access", with_parameters(request, open=None)))
    if chosen.among is not None:
        asked = [(words, name) for name, words in (("code", "Code is open"), ("data", "Data are open")) if request.GET.get(name) == "1"]
        found += [(words, with_parameters(request, **{name: None})) for words, name in asked]
    return found
