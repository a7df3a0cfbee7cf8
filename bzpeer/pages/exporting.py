"""Works to take away: one reference in every format and style, and the lists people look at."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages import citing
from bzpeer.pages.files import FORMATS, MOST, file_of, list_file
from bzpeer.pages.formatted import all_formatted
from bzpeer.pages.researcher import selection_asked
from bzpeer.pages.search import question_asked
from bzpeer.pages.works import SORTS, filter_asked
from bzpeer.typesetting import plain
from researchers.models import Researcher
from works.bibliography import with_authors_total, works_of
from works.models import Work
from works.queries import bylines_from, work_with_source, works_listed, works_titled

# --- one work -------------------------------------------------------------------------------------


@require_safe
def cite(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Show how to cite a work: the styles written out, BibTeX and RIS, each with a button that copies it."""
    found = work_with_source(key)
    if found is None:
        raise Http404("No work has this address.")
    if slug != slug_of(found.title):
        return redirect("cite", key=found.pk, slug=slug_of(found.title), permanent=True)
    cited = _cited(request, found)
    context: dict[str, Any] = {
        "work": found,
        "title": plain(found.title) or "Untitled",
        "address": record_address("work", found.pk, found.title),
        "styles": all_formatted(citing.csl_item(cited)),
        "bibtex": citing.bibtex(cited),
        "ris": citing.ris(cited).replace("\r\n", "\n"),
        "key": citing.entry_key(cited),
    }
    return render(request, "works/cite.html", context)


@require_safe
def citation(request: HttpRequest, key: int, format: str) -> HttpResponse:
    """Give the reference as a file."""
    found = work_with_source(key)
    if found is None or format not in FORMATS:
        raise Http404("No reference has this address.")
    return file_of([_cited(request, found)], format=format, name=f"work-{found.pk}")


def _cited(request: HttpRequest, found: Work) -> citing.Cited:
    bylines = bylines_from(found, first=1, limit=citing.AUTHORS_CITED + 1)
    return citing.Cited(
        work=found,
        authors=[byline.byline for byline in bylines[: citing.AUTHORS_CITED]],
        has_more_authors=len(bylines) > citing.AUTHORS_CITED,
        address=request.build_absolute_uri(record_address("work", found.pk, found.title)),
    )


# --- lists ----------------------------------------------------------------------------------------


@require_safe
def works_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the first MOST works of the list that the address asks for, in its order."""
    sort = request.GET.get("sort", "")
    return list_file(
        request,
        works_listed(filter_asked(request), sort=sort if sort in dict(SORTS) else "newest", after=None, limit=MOST),
        format=format,
        name="works",
    )


@require_safe
def researcher_works_file(request: HttpRequest, key: int, slug: str, format: str) -> HttpResponse:
    """Give the works of a profile as its filters and its order show them."""
    person = Researcher.objects.filter(pk=key).first()
    if person is None:
        raise Http404("No researcher has this address.")
    return list_file(
        request, list(works_of(person.pk, selection_asked(request), first=0, most=MOST)), format=format, name=slug_of(person.display_name)
    )


@require_safe
def found_works_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the works that a search finds, best first."""
    asked = question_asked(request)
    return list_file(
        request,
        list(with_authors_total(works_titled(asked).select_related("source"))[:MOST]) if asked else [],
        format=format,
        name="search",
    )
