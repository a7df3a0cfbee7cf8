"""Adding works to one's own record: from a file, from ids, from an ORCID record; what was recognised, and what the owner decides."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.bibliographies.domain import AddingRefused, Outcome, bring, bring_from_orcid, citation_of, look_up, take_in, undo
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.bibliographies.queries import (
    WorksNamed,
    bibliographies_for,
    bibliography_for,
    counts_of,
    entries_of,
    record_to_add_to,
    works_named,
)
from bzpeer.bibliographies.tasks import ring
from bzpeer.claims.queries import owns_record
from bzpeer.curation.assertions import AssertionRefused
from bzpeer.pages.members import member
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from researchers.models import Researcher
from works.citations import Citation, UnreadableList
from works.sources.lists import LARGEST, MOST_ENTRIES

ENTRIES_A_PAGE = 100
LISTS_SHOWN = 20
_NAMES = 4
_FETCH = "fetch"

Finding = Entry.Finding
State = Entry.State

_KINDS = (
    Finding.MATCHED, Finding.NAMELESS, Finding.SEVERAL, Finding.FETCHABLE, Finding.UNKNOWN, Finding.ABSENT, Finding.UNREADABLE,
    Finding.REPEATED, Finding.YOURS, State.ASKED, State.PROPOSED, State.CONFIRMED,
)  # fmt: skip
"""What entries are counted by, what asks for a decision first."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """A work an entry may mean. `names` are the bylines to choose from where none is known to be the owner's."""

    key: int
    title: str
    address: str
    authors: str
    year: int | None
    venue: str
    percent: int
    grounds: tuple[dict[str, str], ...]
    byline: str
    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry of the list as the page shows it. `control`: "tick", "choose", "fetch", "undo", or "" (as while it is being fetched)."""

    entry: Entry
    citation: Citation | None
    authors: str
    ids: tuple[str, ...]
    options: tuple[Option, ...]
    control: str
    is_ticked: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_works(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show the three ways and the lists brought so far; take one in."""
    person = _own(request, key)
    if slug != slug_of(person.display_name):
        return redirect(_address(person), permanent=True)
    error = ""
    if request.method == "POST":
        try:
            found = _brought(request, person)
        except (UnreadableList, AddingRefused) as refusal:
            error = str(refusal)
        else:
            if found.state == Bibliography.State.WAITING:
                ring(found.pk)
            return redirect("bibliography", key=person.pk, slug=slug, bibliography=found.pk)
    context = {
        "person": person,
        "is_owner": owns_record(request.user, person.pk),
        "address": record_address("researcher", person.pk, person.display_name),
        "lists": bibliographies_for(member(request), person, limit=LISTS_SHOWN),
        "error": error,
        "way": request.POST.get("way", ""),
        "ids": request.POST.get("ids", "")[:200_000],
        "largest": LARGEST // 2**20,
        "most": MOST_ENTRIES,
    }
    return render(request, "adding/add_works.html", context, status=422 if error else 200)


def _brought(request: HttpRequest, person: Researcher) -> Bibliography:
    by = member(request)
    way = request.POST.get("way")
    if way == "orcid":
        return bring_from_orcid(by=by, researcher=person)
    if way == "ids":
        pasted = request.POST.get("ids", "")
        if not pasted.strip():
            raise UnreadableList("Paste at least one DOI or arXiv id.")
        return bring(by=by, researcher=person, content=pasted.encode(errors="replace"))
    file = request.FILES.get("file")
    if file is None:
        raise UnreadableList("Choose a file first.")
    return bring(by=by, researcher=person, content=file.read(LARGEST + 1), name=file.name or "")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bibliography(request: HttpRequest, key: int, slug: str, bibliography: int) -> HttpResponse:
    """Show what was recognised of a list, and act on what the owner ticked. `?part=state` answers with the progress alone."""
    person, listed = _own_list(request, key, bibliography)
    if request.method == "POST":
        outcome = take_in(by=member(request), bibliography=listed, **_decided(request))
        _tell(request, outcome)
        return redirect(_here(person, listed) + with_parameters(request, page=whole_number(request.GET.get("page", ""))).removeprefix("."))
    counts = counts_of(listed)
    context: dict[str, Any] = {
        "person": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "add_address": _address(person),
        "listed": listed,
        "total": sum(counts.values()),
        "looked_at": sum(counts.values()) - counts.get(Finding.UNSEEN, 0),
        "is_live": listed.state == Bibliography.State.WAITING or State.ASKED in counts,
        "asked": counts.get(State.ASKED, 0),
    }
    if request.GET.get("part") == "state":
        return render(request, "adding/state.html", context)
    return render(request, "adding/bibliography.html", context | _preview(request, person, listed, counts))


def _preview(request: HttpRequest, person: Researcher, listed: Bibliography, counts: dict[str, int]) -> dict[str, Any]:
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in counts else ""
    pages = Paginator(entries_of(listed, kind=chosen), ENTRIES_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    entries = list(page.object_list)
    named = works_named(entries)
    rows = [_row(entry, named) for entry in entries]
    return {
        "rows": rows,
        "has_controls": any(row.control in ("tick", "choose", "fetch") for row in rows),
        "kinds": [
            (kind.label, counts[kind], with_parameters(request, show=str(kind)), kind == chosen) for kind in _KINDS if counts.get(kind)
        ],
        "every": with_parameters(request, show=None),
        "chosen": chosen,
        "pager": Pager(
            place=f"{page.start_index():,} to {page.end_index():,} of {pages.count:,}",
            previous=with_parameters(request, page=page.previous_page_number()) if page.has_previous() else "",
            next=with_parameters(request, page=page.next_page_number()) if page.has_next() else "",
        ),
    }


@login_required
@require_POST
def look_again(request: HttpRequest, key: int, slug: str, bibliography: int) -> HttpResponse:
    """Look every open entry up again: works may have come since."""
    person, listed = _own_list(request, key, bibliography)
    if listed.state == Bibliography.State.READY:
        look_up(listed, again=True)
        messages.success(request, "Looked up again.")
    return redirect(_here(person, listed))


@login_required
@require_POST
def undo_entry(request: HttpRequest, key: int, slug: str, bibliography: int, entry: int) -> HttpResponse:
    """Take back what was decided about one entry."""
    person, listed = _own_list(request, key, bibliography)
    found = Entry.objects.filter(pk=entry, bibliography=listed).exclude(state=State.OPEN).first()
    if found is None:
        raise Http404("There is nothing to undo here.")
    try:
        undo(by=member(request), entry=found)
    except (AddingRefused, AssertionRefused) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Entry {found.number} is taken back.")
    return redirect(_here(person, listed))


def _own(request: HttpRequest, key: int) -> Researcher:
    found = record_to_add_to(request.user, key)
    if found is None:
        raise Http404("Works are added by the person whose record it is, once their claim is accepted.")
    return found


def _own_list(request: HttpRequest, key: int, bibliography: int) -> tuple[Researcher, Bibliography]:
    person = _own(request, key)
    listed = bibliography_for(member(request), person, bibliography)
    if listed is None:
        raise Http404("This list is not yours or not there any more.")
    return person, listed


def _address(person: Researcher) -> str:
    return reverse("add_works", kwargs={"key": person.pk, "slug": slug_of(person.display_name)})


def _here(person: Researcher, listed: Bibliography) -> str:
    return f"{_address(person)}{listed.pk}/"


def _decided(request: HttpRequest) -> dict[str, Any]:
    """Return the ticked entries with the work meant (None: fetch it) and the bylines chosen."""
    chosen: dict[int, int | None] = {}
    positions: dict[int, int] = {}
    for name, value in request.POST.items():
        kind, _, number = name.partition("_")
        entry, said = whole_number(number, digits=15), str(value)
        if entry is None:
            continue
        if kind == "pick" and (said == _FETCH or whole_number(said, digits=15) is not None):
            chosen[entry] = whole_number(said, digits=15)
        elif kind == "byline" and (position := whole_number(said)):
            positions[entry] = position
    return {"chosen": chosen, "positions": positions}


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    said = []
    if outcome.confirmed:
        said.append(f"{_works(outcome.confirmed)} on your record now.")
    if outcome.proposed:
        said.append(f"{_works(outcome.proposed)} proposed to the moderators.")
    if outcome.asked:
        said.append(f"{_works(outcome.asked)} being fetched; come back in a minute to add what has arrived.")
    if said:
        messages.success(request, " ".join(said))
    if outcome.refused:
        verb = "entry needs" if outcome.refused == 1 else "entries need"
        messages.warning(request, f"{outcome.refused} {verb} another look: see the note beside it.")
    if not said and not outcome.refused:
        messages.info(request, "Nothing was ticked.")


def _works(number: int) -> str:
    return f"{number:,} work is" if number == 1 else f"{number:,} works are"


# --- rows -------------------------------------------------------------------------------------------


def _row(entry: Entry, named: WorksNamed) -> Row:
    citation = citation_of(entry) if entry.citation else None
    is_open = entry.state == State.OPEN
    control = _CONTROLS.get(entry.finding, "") if is_open else "" if entry.state == State.ASKED else "undo"
    return Row(
        entry=entry,
        citation=citation,
        authors=_shortened(citation.authors, more=citation.has_more_authors) if citation else "",
        ids=citation.keys if citation else (),
        options=tuple(_options(entry, named)),
        control=control,
        is_ticked=control == "tick" and entry.finding == Finding.MATCHED,
    )


_CONTROLS = {
    Finding.MATCHED.value: "tick",
    Finding.NAMELESS.value: "tick",
    Finding.SEVERAL.value: "choose",
    Finding.FETCHABLE.value: "fetch",
    Finding.ABSENT.value: "fetch",
}


def _options(entry: Entry, named: WorksNamed) -> list[Option]:
    """Return the works offered: all where there is a choice, the one decided on or recognised otherwise."""
    candidates = entry.candidates if entry.finding == Finding.SEVERAL and entry.state == State.OPEN else entry.candidates[:1]
    if entry.work_id:
        candidates = [each for each in entry.candidates if each["work"] == entry.work_id]
    return [_option(each, entry, named) for each in candidates if each["work"] in named.works]


def _option(candidate: dict[str, Any], entry: Entry, named: WorksNamed) -> Option:
    work = named.works[candidate["work"]]
    bylines = named.bylines.get(work.pk, [])
    asks = entry.finding == Finding.NAMELESS and entry.state == State.OPEN
    return Option(
        key=work.pk,
        title=work.title,
        address=record_address("work", work.pk, work.title),
        authors=_shortened([each.byline for each in bylines], more=len(bylines) > _NAMES),
        year=work.publication_year,
        venue=work.source.display_name if work.source else "",
        percent=round(100 * candidate["score"]),
        grounds=tuple(candidate["grounds"]),
        byline=candidate.get("byline", ""),
        names=tuple((each.position, each.byline) for each in bylines) if asks else (),
    )


def _shortened(names: "tuple[str, ...] | list[str]", *, more: bool) -> str:
    shown = "; ".join(names[:_NAMES])
    return f"{shown} and others" if shown and (more or len(names) > _NAMES) else shown
