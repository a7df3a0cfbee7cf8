"""The citations and references of a work: one table, their years, the same as a file, and bringing in what is not here."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bzpeer.addresses import record_address
from bzpeer.pages.drawings import Axis, year_axis
from bzpeer.pages.files import FORMATS, MOST, list_file
from bzpeer.pages.imports import staff_only
from bzpeer.pages.paging import Pager, numbered, page_number, whole_number, with_parameters
from bzpeer.privacy.exporting import safe_cell
from bzpeer.typesetting import plain
from works.asking import ask_again, question_about_key, questions_about_neighbours
from works.bibliography import first_bylines, with_authors_total
from works.models import Reference, Work
from works.network import CITED, CITING, ORDERS, READ, Asked, Link, Neighbour, Network, links_of, network_of
from works.sources.http import BadQuery

ROWS_A_PAGE = 20
ANCHOR = "#network"
_LONGEST_WORDS = 120
_DIRECTIONS = ((CITING, "Cites this work"), (CITED, "Cited by this work"))
_PLACES = (("here", "On this portal"), ("elsewhere", "Not on this portal"))
_OWN = (("without", "Without self-citations"), ("only", "Self-citations only"))


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A work that is not here, by the id that names it."""

    label: str
    id: str
    address: str


@dataclass(frozen=True, kw_only=True)
class NetworkRow:
    """A line of the table. `foreign` names a work that is not here, `address` leads to one that is."""

    link: Neighbour
    direction: str
    address: str
    people: tuple[tuple[str, str, int | None], ...]
    foreign: Foreign | None


@dataclass(frozen=True, kw_only=True)
class NetworkTable:
    """What templates/works/network.html shows."""

    network: Network
    rows: tuple[NetworkRow, ...]
    asked: Asked
    pager: Pager
    axis: Axis | None
    files: list[tuple[str, str]]
    rings: int
    other_ring: str
    everything: str

    most = MOST
    read = READ
    orders = tuple((key, words) for key, (words, _) in ORDERS.items())
    directions = _DIRECTIONS
    places = _PLACES
    own = _OWN

    @property
    def total(self) -> int:
        return self.network.citing.all + self.network.cited.all

    @property
    def selves(self) -> int:
        return self.network.citing.own + self.network.cited.own

    @property
    def elsewhere(self) -> int:
        return self.network.cited.elsewhere

    @property
    def undated(self) -> int:
        return self.network.citing.years.get(None, 0) + self.network.cited.years.get(None, 0)


def foreign(key: str) -> Foreign:
    """Return what "openalex:W…", "doi:10.…" or "arxiv:…" is called and where it leads."""
    kind, _, value = key.partition(":")
    match kind:
        case "doi":
            return Foreign(label="DOI", id=value, address=f"https://doi.org/{quote(value, safe='/:;().,_-')}")
        case "arxiv":
            return Foreign(label="arXiv", id=value, address=f"https://arxiv.org/abs/{quote(value)}")
        case "openalex":
            return Foreign(label="OpenAlex", id=value, address=f"https://openalex.org/{quote(value)}")
    return Foreign(label="", id=key, address="")


def links_asked(request: HttpRequest) -> Asked:
    """Return the part of the table an address asks for; what cannot be read is no filter."""

    def one_of(name: str, known: Sequence[tuple[str, str]]) -> str:
        given = request.GET.get(name, "")
        return given if given in dict(known) else ""

    sort = request.GET.get("sort", "")
    return Asked(
        direction=one_of("direction", _DIRECTIONS),
        where=one_of("where", _PLACES),
        own=one_of("own", _OWN),
        words=" ".join(request.GET.get("find", "").replace("\x00", " ").split())[:_LONGEST_WORDS],
        year=whole_number(request.GET.get("year", ""), digits=4),
        order=sort if sort in ORDERS else "newest",
    )


def network_table(request: HttpRequest, work: Work) -> NetworkTable:
    """Return the table as the address asks for it, with one query; one more where the page asked for lies behind the end."""
    asked = links_asked(request)
    page = min(whole_number(request.GET.get("page", "")) or 1, 1 + 2 * READ // ROWS_A_PAGE)
    found = network_of(work, asked, first=(max(page, 1) - 1) * ROWS_A_PAGE, limit=ROWS_A_PAGE)
    held = page_number(request, total=found.chosen, size=ROWS_A_PAGE)
    if held != page and found.chosen:
        found = network_of(work, asked, first=(held - 1) * ROWS_A_PAGE, limit=ROWS_A_PAGE)
    rings = 2 if request.GET.get("rings") == "2" else 1
    query = with_parameters(request)
    return NetworkTable(
        network=found,
        rows=tuple(_row(link) for link in found.rows),
        asked=asked,
        pager=numbered(request, page=held, total=found.chosen, size=ROWS_A_PAGE, anchor=ANCHOR),
        axis=_axis(request, found, chosen=asked.year),
        files=[
            (kind.label, reverse("network_file", kwargs={"key": work.pk, "format": ending}) + ("" if query == "." else query))
            for ending, kind in FORMATS.items()
        ],
        rings=rings,
        other_ring=with_parameters(request, rings=None if rings == 2 else 2) + "#graph",
        everything=with_parameters(request, direction=None, where=None, own=None, find=None, year=None, sort=None) + ANCHOR,
    )


def _row(link: Neighbour) -> NetworkRow:
    return NetworkRow(
        link=link,
        direction=dict(_DIRECTIONS)[link.direction],
        address=record_address("work", link.key, link.title) if link.key is not None else "",
        people=tuple(
            (one.name, record_address("researcher", one.key, one.display_name) if one.key is not None else "", one.level)
            for one in link.authors
        ),
        foreign=foreign(link.raw_key) if link.key is None else None,
    )


def _axis(request: HttpRequest, found: Network, *, chosen: int | None) -> Axis | None:
    citing = {year: number for year, number in found.citing.years.items() if year is not None}
    cited = {year: number for year, number in found.cited.years.items() if year is not None}
    years = {*citing, *cited}
    return year_axis(
        {year: citing.get(year, 0) for year in years},
        cited,
        chosen=chosen,
        addresses={year: with_parameters(request, year=None if year == chosen else year) + ANCHOR for year in years},
    )


# --- as a file --------------------------------------------------------------------------------------

_COLUMNS = ("direction", "self_citation", "id", "title", "authors", "year", "venue", "doi", "arxiv", "openalex", "cited_here", "url")


@require_safe
def network_file(request: HttpRequest, key: int, format: str) -> HttpResponse:
    """Give the first MOST links that the address asks for. Formats other than CSV hold the works that are on this portal."""
    work = Work.objects.filter(pk=key).first()
    if work is None or format not in FORMATS:
        raise Http404("No list of citations has this address.")
    links = links_of(work, links_asked(request), limit=MOST)
    works = with_authors_total(Work.objects.filter(pk__in={link.key for link in links if link.key is not None})).select_related("source")
    known = {found.pk: found for found in works}
    if format == "csv":
        return _csv(request, work, links, known)
    distinct = dict.fromkeys(link.key for link in links if link.key in known)
    return list_file(request, [known[each] for each in distinct if each is not None], format=format, name=f"work-{work.pk}-citations")


def _csv(request: HttpRequest, work: Work, links: Sequence[Link], known: dict[int, Work]) -> HttpResponse:
    authors = first_bylines(list(known), most=50)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for link in links:
        here = known.get(link.key) if link.key is not None else None
        rows.writerow([safe_cell(" ".join(cell.replace("\x00", " ").split())) for cell in _cells(request, link, here, authors)])
    return HttpResponse(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="work-{work.pk}-citations.csv"', "X-Robots-Tag": "noindex"},
    )


def _cells(request: HttpRequest, link: Link, work: Work | None, authors: dict[int, list[str]]) -> list[str]:
    told = ["cites this work" if link.direction == CITING else "cited by this work", "yes" if link.is_self else "no" if work else ""]
    if work is None:
        ids = {"doi": "", "arxiv": "", "openalex": ""}
        kind, _, value = link.raw_key.partition(":")
        ids[kind] = value
        return [*told, "", "", "", "", "", ids["doi"], ids["arxiv"], ids["openalex"], "", foreign(link.raw_key).address]
    more = ["and others"] if getattr(work, "authors_total", 0) > len(authors[work.pk]) else []
    return [
        *told, str(work.pk), plain(work.title), "; ".join([*authors[work.pk], *more]), str(work.publication_year or ""),
        work.source.display_name if work.source else "", work.doi or "", work.arxiv_id or "", work.openalex_id or "",
        str(work.cited_by_count), request.build_absolute_uri(record_address("work", work.pk, work.title)),
    ]  # fmt: skip


# --- bringing in ------------------------------------------------------------------------------------


@require_POST
@staff_only
def import_neighbours(request: HttpRequest, key: int) -> HttpResponse:
    """Ask upstream for one reference that is not here, or for all of them and the works that cite this one."""
    work = Work.objects.filter(pk=key).first()
    if work is None:
        raise Http404("No work has this address.")
    named = request.POST.get("key", "").replace("\x00", "")
    if named and not Reference.objects.filter(citing=work, raw_key=named, cited__isnull=True).exists():
        raise Http404("This work has no reference of that name which is not here.")
    one = question_about_key(named) if named else None
    questions = ([one] if one else []) if named else questions_about_neighbours(work)
    back = record_address("work", work.pk, work.title) + ANCHOR
    try:
        runs = [ask_again(question) for question in questions]
    except BadQuery as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    if not runs:
        messages.info(request, "No source can be asked: this record has no OpenAlex id, and every reference known by one is here.")
        return redirect(back)
    numbers = " and ".join(str(run.pk) for run in runs)
    plural = "s" if len(runs) > 1 else ""
    messages.success(request, f"Import{plural} {numbers} {'are' if plural else 'is'} asked for; progress is on the page of imports.")
    return redirect(back if named else "imports")


def may_import(request: HttpRequest) -> dict[str, Any]:
    """Return what the table says about bringing in: staff start it, members learn how to ask."""
    user = request.user
    return {"may_import": bool(user.is_authenticated and user.is_staff), "is_member": user.is_authenticated}
