"""What sums a work up on its page, its key terms and related papers; and the page on which authors say which summary is shown."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import owns_byline_of
from bzpeer.curation.assertions import AssertionRefused, withdraw
from bzpeer.curation.models import Assertion
from bzpeer.curation.summaries import CHOICES, LONGEST_SUMMARY, SUBJECT, quick_summary, say_summary, summary_said
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from bzpeer.typesetting import plain
from works.generating import NoEndpoint, ask_for_summary, is_offered
from works.models import GeneratedSummary, Work
from works.related import RelatedWork, related_to
from works.terms.queries import KeyTerms, key_terms_of


@dataclass(frozen=True, kw_only=True)
class TermLink:
    """A key term as the page shows it: linked to the works that share it."""

    text: str
    weight: str
    documents: int
    address: str
    share: int


@dataclass(frozen=True, kw_only=True)
class RelatedLink:
    """A related work with its address."""

    work: RelatedWork
    address: str


def about(work: Work) -> dict[str, Any]:
    """Return summary, key terms and related papers for the work's page: two queries where `generated_summary` is joined."""
    terms = key_terms_of(work.pk, language=work.language)
    return {
        "summary": quick_summary(work, terms=terms),
        "key_terms": _links(terms),
        "key_terms_of": terms,
        "related_works": [RelatedLink(work=one, address=record_address("work", one.work_id, one.title)) for one in related_to(work.pk)],
    }


def _generated(work: Work) -> GeneratedSummary | None:
    return getattr(work, "generated_summary", None)


def _links(found: KeyTerms) -> list[TermLink]:
    heaviest = max((one.weight for one in found.terms), default=1.0)
    return [
        TermLink(
            text=one.text,
            weight=f"{one.weight:.3f}",
            documents=one.documents,
            address=f"{reverse('works')}?{urlencode({'term': one.asked})}",
            share=round(100 * one.weight / heaviest),
        )
        for one in found.terms
    ]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def summary_page(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Let authors who own their record, and staff, say which summary the work's page shows. Others are refused."""
    work = get_object_or_404(Work.objects.select_related("generated_summary"), pk=key)
    if not (owns_byline_of(member(request), work.pk) or member(request).is_staff):
        raise PermissionDenied("Only authors who own their record and the staff of this portal say what sums a work up.")
    address = record_address("work", work.pk, work.title)
    if request.method == "POST":
        try:
            messages.success(request, _step(request, work))
        except AssertionRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(f"{address}summary/")
    if slug != slug_of(work.title):
        return redirect(f"{address}summary/")
    return render(request, "works/summary_edit.html", _context(work, address))


def _context(work: Work, address: str) -> dict[str, Any]:
    said = summary_said(work)
    generated = _generated(work)
    shown = quick_summary(work, terms=key_terms_of(work.pk, language=work.language))
    return {
        "work": work,
        "title": plain(work.title) or "Untitled",
        "address": address,
        "shown": shown,
        "said": said,
        "standing": _standing(work),
        "choices": [(key, words) for key, words in CHOICES.items() if key != "generated" or (generated and generated.text)],
        "choice": said.choice if said else "chosen",
        "text": said.text if said else "",
        "longest": LONGEST_SUMMARY,
        "generated": generated,
        "is_offered": is_offered(),
    }


def _standing(work: Work) -> Assertion | None:
    rows = Assertion.objects.filter(kind=Assertion.Kind.FIELD, subject=SUBJECT, work=work, withdrawn_at__isnull=True)
    return rows.select_related("user").order_by("-pk").first()


def _step(request: HttpRequest, work: Work) -> str:
    step = request.POST.get("step", "")
    if step == "generate":
        try:
            ask_for_summary(work)
        except NoEndpoint:
            raise AssertionRefused("This portal has no language model.") from None
        return "A summary is being written. It appears here, marked as generated."
    if step == "take-back":
        standing = _standing(work)
        if standing is None or standing.pk != whole_number(request.POST.get("assertion", ""), digits=18):
            raise AssertionRefused("This is taken back already.")
        withdraw(by=member(request), assertion=standing)
        return "Taken back. The page shows sentences chosen from the abstract."
    say_summary(by=member(request), work=work, choice=request.POST.get("choice", ""), text=request.POST.get("text", ""))
    return "The work's page shows this from now on."
