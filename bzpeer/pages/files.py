"""Works as files: BibTeX, RIS, CSL JSON or CSV, of one work or of a whole list."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from bzpeer.addresses import record_address
from bzpeer.pages import citing
from bzpeer.pages.cards import type_label
from bzpeer.pages.paging import with_parameters
from bzpeer.privacy.exporting import safe_cell
from bzpeer.typesetting import plain
from works.bibliography import first_bylines
from works.models import Work

MOST = 1_000
"""Works a file holds; whoever needs more asks for them by year, or reads the API page by page."""
AUTHORS_IN_LISTS = 50
"""Names a reference of a list prints; further ones are "and others". The file of one work prints 200."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file: what people call it, its media type, and how references become its text."""

    label: str
    media_type: str
    written: Callable[[Sequence[citing.Cited]], str]


_COLUMNS = (
    "id", "title", "authors", "year", "date", "type", "venue", "volume", "issue", "pages", "doi", "arxiv", "openalex", "cited_here", "url",
)  # fmt: skip


def _csv(works: Sequence[citing.Cited]) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for cited in works:
        work = cited.work
        cells = [
            str(work.pk), plain(work.title), "; ".join([*cited.authors, *(["and others"] if cited.has_more_authors else [])]),
            str(work.publication_year or ""), str(work.publication_date or ""), type_label(work.type), cited.venue, work.volume,
            work.issue, "–".join(page for page in (work.first_page, work.last_page) if page), work.doi or "", work.arxiv_id or "",
            work.openalex_id or "", str(work.cited_by_count), cited.address,
        ]  # fmt: skip
        rows.writerow([safe_cell(" ".join(cell.replace("\x00", " ").split())) for cell in cells])
    return text.getvalue()


FORMATS = {
    "bib": Format(label="BibTeX", media_type="application/x-bibtex", written=lambda works: "\n".join(map(citing.bibtex, works))),
    "ris": Format(label="RIS", media_type="application/x-research-info-systems", written=lambda works: "\r\n".join(map(citing.ris, works))),
    "json": Format(label="CSL JSON", media_type="application/vnd.citationstyles.csl+json", written=lambda works: citing.csl(*works)),
    "csv": Format(label="CSV", media_type="text/csv", written=_csv),
}


def files_of(name: str, request: HttpRequest, **record: object) -> list[tuple[str, str]]:
    """Return (label, address) of a list's files, narrowed and sorted as the page is; `name` is the route and `record` what it needs."""
    asked = with_parameters(request)
    asked = "" if asked == "." else asked
    return [(kind.label, reverse(name, kwargs={**record, "format": ending}) + asked) for ending, kind in FORMATS.items()]


def list_file(request: HttpRequest, works: Sequence[Work], *, format: str, name: str) -> HttpResponse:
    """Give works, in order, as a file. They carry their source and `authors_total` (works.bibliography.with_authors_total).

    One query for all bylines. Raises Http404 for a format that does not exist.
    """
    if format not in FORMATS:
        raise Http404("Works do not come in this format.")
    bylines = first_bylines([work.pk for work in works], most=AUTHORS_IN_LISTS)
    cited = [
        citing.Cited(
            work=work,
            authors=bylines[work.pk],
            has_more_authors=getattr(work, "authors_total", 0) > len(bylines[work.pk]),
            address=request.build_absolute_uri(record_address("work", work.pk, work.title)),
        )
        for work in works
    ]
    return file_of(cited, format=format, name=name)


def file_of(cited: Sequence[citing.Cited], *, format: str, name: str) -> HttpResponse:
    kind = FORMATS[format]
    return HttpResponse(
        kind.written(cited),
        content_type=f"{kind.media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name or "works"}.{format}"', "X-Robots-Tag": "noindex"},
    )
