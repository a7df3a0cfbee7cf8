"""A work's page, and the addresses by foreign ids that lead to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf.locale import LANG_INFO
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from bzpeer.abstracts import abstract_of
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import owns_byline_of
from bzpeer.curation.queries import assertions_on_work
from bzpeer.pages.cards import ground, type_label, upstream_of
from bzpeer.pages.comments import comments_on_work
from bzpeer.pages.correcting import in_words
from bzpeer.pages.follow import follow_button
from bzpeer.pages.licences import licence_name, licence_terms
from bzpeer.pages.members import is_staff
from bzpeer.pages.network import foreign, may_import, network_table
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from bzpeer.pages.profile import SOURCES, Figure
from bzpeer.pages.resources import resources_in
from bzpeer.pages.structured import json_ld
from bzpeer.pages.summarising import about
from bzpeer.pages.versions import differences
from bzpeer.reports.queries import score_of
from bzpeer.typesetting import plain
from researchers.models import Institution
from works.facts import Correction, facts_on, records_on
from works.identifiers import arxiv_id, doi, openalex_id
from works.models import Authorship, Work
from works.network import Network
from works.queries import bylines_from, work_known_as, work_with_source

AUTHORS_SHOWN = 30
AUTHORS_A_PAGE = 200
_FIELDS = {
    "is_oa": "open access",
    "oa_status": "kind of open access",
    "landing_page_url": "address",
    "pdf_url": "address of the PDF",
    "cited_by_count": "citation count",
    "is_retracted": "retraction",
    "is_withdrawn": "withdrawal",
    "journal_ref": "journal reference",
    "updated_on": "date of the version shown",
    "license": "licence",
    "doi": "DOI",
}
_OPENNESS = {
    "gold": "Gold: in an open access journal",
    "diamond": "Diamond: in an open access journal without fees",
    "green": "Green: in a repository",
    "hybrid": "Hybrid: open in a subscription journal",
    "bronze": "Bronze: free to read, without an open licence",
    "closed": "Closed",
}


@require_safe
def work(request: HttpRequest, key: int, slug: str = "") -> HttpResponseBase:
    """Show the page. A wrong slug and a merged record lead on for good."""
    found = work_with_source(key)
    if found is None:
        return _moved(request, work_known_as(f"id:{key}"))
    if slug != slug_of(found.title):
        return _moved(request, found)
    return render(request, "works/work.html", _context(request, found))


@require_safe
def by_doi(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from a DOI to the page. The DOI may hold slashes; one slash at the end belongs to the address."""
    found = doi(name.removesuffix("/"))
    return _lead(request, work_known_as(f"doi:{found}") if found else None)


@require_safe
def by_arxiv_id(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an arXiv id to the page; a version named with it is one of the same work."""
    found = arxiv_id(name.removesuffix("/"))
    return _lead(request, work_known_as(f"arxiv:{found}") if found else None)


@require_safe
def by_openalex_id(request: HttpRequest, name: str) -> HttpResponse:
    """Lead from an OpenAlex work id to the page."""
    found = openalex_id(name.removesuffix("/"), "W")
    return _lead(request, work_known_as(f"openalex:{found}") if found else None)


def _lead(request: HttpRequest, to: Work | None) -> HttpResponse:
    return _moved(request, to, permanent=False)


def _moved(request: HttpRequest, to: Work | None, *, permanent: bool = True) -> HttpResponse:
    if to is None:
        raise Http404("No work has this address.")
    asked = request.GET.urlencode()
    return redirect(record_address("work", to.pk, to.title) + (f"?{asked}" if asked else ""), permanent=permanent)


# --- what the page shows --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Byline:
    """An author as printed, where they belong, and why the byline is theirs."""

    position: int
    name: str
    address: str
    is_claimed: bool
    level: int | None
    is_corresponding: bool
    institutions: tuple[tuple[str, str], ...]
    raw_affiliations: tuple[str, ...]
    orcid: str
    ground: str


@dataclass(frozen=True, kw_only=True)
class Bylines:
    """A stretch of the author list, from position `first` on."""

    rows: tuple[Byline, ...]
    total: int
    first: int
    pager: Pager

    @property
    def further(self) -> int:
        return max(self.total - len(self.rows), 0)

    @property
    def last(self) -> int:
        return self.rows[-1].position if self.rows else self.first

    @property
    def has_corresponding(self) -> bool:
        return any(row.is_corresponding for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A source of the record: when it was read, and which values it gave."""

    source: str
    at: datetime | None
    fields: tuple[str, ...]


def _context(request: HttpRequest, found: Work) -> dict[str, Any]:
    address = record_address("work", found.pk, found.title)
    canonical = request.build_absolute_uri(address)
    title = plain(found.title) or "Untitled"
    first = _first_author(request, found)
    printed = bylines_from(found, first=first, limit=AUTHORS_SHOWN if first == 1 else AUTHORS_A_PAGE)
    bylines = _bylines(request, found, printed, first=first)
    facts, table, records = facts_on(found), network_table(request, found), records_on(found)
    abstract, is_demo = abstract_of(found)
    return {
        "work": found,
        "title": title,
        "type": type_label(found.type),
        "address": address,
        "canonical": canonical,
        "follow": follow_button(request.user, found),
        "description": _description(title, abstract),
        "abstract": abstract,
        "is_demo": is_demo,
        "bylines": bylines,
        "figures": _figures(found, table.network),
        "table": table,
        **may_import(request),
        "topics": [
            (link, record_address("topic", link.key, link.display_name), round(link.score * 100), link.rank == 1) for link in facts.topics
        ],
        "categories": facts.categories,
        "venue_address": record_address("source", found.source.pk, found.source.display_name) if found.source else "",
        "funders": facts.funders,
        "mending": f"{address}quality/" if is_staff(request) or owns_byline_of(request.user, found.pk) else "",
        "versions": facts.versions,
        "last_version": facts.versions[-1].number if facts.versions else "",
        "differences": differences(records),
        "corrections": [_correction(one) for one in facts.corrections],
        "corrects": [_correction(one) for one in facts.corrects],
        "resources": resources_in(((found.comments, "authors' comment"), ("" if is_demo else abstract, "abstract"))),
        "ids": upstream_of(found),
        "once": (record_address("work", facts.once.key, facts.once.title), plain(facts.once.title) or "Untitled") if facts.once else None,
        "other_ids": [foreign(key) for key in facts.other_keys],
        "language": str(LANG_INFO.get(found.language, {}).get("name", found.language)),
        "licence": licence_name(found.license),
        "licence_terms": licence_terms(found.license),
        "licence_address": found.license if found.license.startswith(("https://", "http://")) else "",
        "openness": _OPENNESS.get(found.oa_status, found.oa_status.capitalize()),
        "pages": "–".join(page for page in dict.fromkeys((found.first_page, found.last_page)) if page),
        "origins": _origins(found),
        "records": [(foreign(record.key), record.gone_at) for record in records],
        "said": in_words(list(assertions_on_work(found.pk))) if found.asserted else [],
        "retracted_by": _teller(found, "is_retracted"),
        "withdrawn_by": _teller(found, "is_withdrawn"),
        "meta": _meta(found, bylines.rows, title, canonical),
        "landing_label": "arXiv page with the abstract" if "//arxiv.org/" in found.landing_page_url else "Publisher's page",
        "comments": comments_on_work(found),
        "report": score_of(found.pk),
        "graph_focus": f"work:{found.pk}",
        **about(found),
        "json_ld": _json_ld(found, bylines.rows, [link.display_name for link in facts.topics], title, canonical),
    }


def _first_author(request: HttpRequest, found: Work) -> int:
    """Return the position the address asks for, held inside the list."""
    return min(max(whole_number(request.GET.get("authors", "")) or 1, 1), max(_authors_total(found), 1))


def _bylines(request: HttpRequest, found: Work, printed: Sequence[Authorship], *, first: int) -> Bylines:
    total = _authors_total(found)
    last = printed[-1].position if printed else 0
    is_more = len(printed) < total - first + 1 and bool(printed)
    back = max(first - AUTHORS_A_PAGE, 1)
    return Bylines(
        rows=tuple(_byline(row) for row in printed),
        total=total,
        first=first,
        pager=Pager(
            place=f"Authors {first:,} to {last:,} of {total:,}" if is_more or first > 1 else "",
            previous=with_parameters(request, authors=back if back > 1 else None) + "#authors" if first > 1 else "",
            next=with_parameters(request, authors=last + 1) + "#authors" if is_more else "",
            back_label="Earlier authors",
            on_label="Further authors",
        ),
    )


def _byline(row: Authorship) -> Byline:
    person = row.researcher
    institutions: list[Institution] = getattr(row, "institutions", [])
    return Byline(
        position=row.position,
        name=row.byline,
        address=record_address("researcher", person.pk, person.display_name) if person else "",
        is_claimed=bool(person and person.is_claimed),
        level=person.verification_level if person else None,
        is_corresponding=row.is_corresponding,
        institutions=tuple((place.display_name, record_address("institution", place.pk, place.display_name)) for place in institutions),
        raw_affiliations=tuple(row.raw_affiliations),
        orcid=row.raw_orcid,
        ground=ground(row) if person else "This byline is not tied to a record: nothing says safely whose it is.",
    )


def _description(title: str, abstract: str) -> str:
    words = plain(abstract)
    return f"{title}. {words[:240].rpartition(' ')[0]} …" if len(words) > 240 else f"{title}. {words}".strip()


def _figures(found: Work, network: Network) -> list[Figure]:
    here, references, held = network.citing.here, network.cited.all, network.cited.here
    figures = [
        Figure(
            number=here,
            label="citation here" if here == 1 else "citations here",
            why="Works of this portal whose reference list names this one. They are listed below.",
        ),
        Figure(
            number=references,
            label="reference" if references == 1 else "references",
            why=f"Entries of the reference list that the source gives as ids; {held:,} of them lead to works of this portal.",
        ),
        Figure(
            number=_authors_total(found),
            label="author" if _authors_total(found) == 1 else "authors",
            why="Bylines of the record. A source may cut long author lists, usually after 100.",
        ),
    ]
    if found.upstream_cited_by_count is not None:
        figures.insert(
            1,
            Figure(
                number=found.upstream_cited_by_count,
                label="by OpenAlex's count",
                why="Citations that OpenAlex counts over its whole corpus, as of the day this record was read. "
                "Most of those works are not on this portal.",
            ),
        )
    return figures


def _origins(found: Work) -> list[Origin]:
    told = found.provenance if isinstance(found.provenance, dict) else {}
    origins = []
    for source, stored in sorted(told.items()):
        entry = stored if isinstance(stored, dict) else {}
        moment, fields = entry.get("at"), entry.get("fields")
        origins.append(
            Origin(
                source=SOURCES.get(str(source), str(source)),
                at=parse_datetime(moment) if isinstance(moment, str) else None,
                fields=tuple(_FIELDS.get(str(name), str(name).replace("_", " ")) for name in fields) if isinstance(fields, list) else (),
            )
        )
    return origins


def _correction(one: Correction) -> tuple[str, str, int | None]:
    return record_address("work", one.key, one.title), plain(one.title), one.year


def _teller(found: Work, field: str) -> str:
    """Return which source says it, and when it was read: "OpenAlex, read on 3 May 2026"; "" where nobody recorded it."""
    name = _FIELDS[field]
    for origin in _origins(found):
        if name in origin.fields:
            return f"{origin.source}{f', read on {origin.at:%-d %B %Y}' if origin.at else ''}"
    return ""


def _meta(found: Work, authors: Sequence[Byline], title: str, canonical: str) -> list[tuple[str, str]]:
    """Return the citation_* elements that scholarly search engines read."""
    published = found.publication_date.strftime("%Y/%m/%d") if found.publication_date else str(found.publication_year or "")
    journal = found.source.display_name if found.source else ""
    in_proceedings = bool(found.source and found.source.type == "conference")
    rows = [
        ("citation_title", title),
        *(("citation_author", author.name) for author in authors),
        ("citation_publication_date", published),
        ("citation_conference_title" if in_proceedings else "citation_journal_title", journal),
        ("citation_volume", found.volume),
        ("citation_issue", found.issue),
        ("citation_firstpage", found.first_page),
        ("citation_lastpage", found.last_page),
        ("citation_doi", found.doi or ""),
        ("citation_arxiv_id", found.arxiv_id or ""),
        ("citation_language", found.language),
        ("citation_pdf_url", found.pdf_url if found.pdf_url.startswith(("https://", "http://")) else ""),
        ("citation_abstract_html_url", canonical),
    ]
    return [(name, value) for name, value in rows if value]


def _json_ld(found: Work, authors: Sequence[Byline], topics: Sequence[str], title: str, canonical: str) -> str:
    return json_ld(
        {
            "@type": "Dataset" if found.type == "dataset" else "Book" if found.type == "book" else "ScholarlyArticle",
            "@id": canonical,
            "url": canonical,
            "headline": title[:110],
            "name": title,
            "author": [{"@type": "Person", "name": author.name} for author in authors],
            "datePublished": found.publication_date.isoformat() if found.publication_date else str(found.publication_year or ""),
            "dateModified": found.updated_on.isoformat() if found.updated_on else None,
            "inLanguage": found.language,
            "isPartOf": {"@type": "Periodical", "name": found.source.display_name} if found.source else None,
            "identifier": [f"doi:{found.doi}" if found.doi else "", f"arXiv:{found.arxiv_id}" if found.arxiv_id else ""],
            "sameAs": [link.address for link in upstream_of(found)],
            "about": list(topics),
            "isAccessibleForFree": found.is_oa,
            "abstract": plain(abstract_of(found)[0]),
            "creativeWorkStatus": "Retracted" if found.is_retracted else "Withdrawn" if found.is_withdrawn else "",
        }
    )


def _authors_total(found: Work) -> int:
    total: int = getattr(found, "authors_total", 0)  # annotated by works.bibliography.with_authors_total
    return total
