"""A work corrected by its authors or staff: title, type and date; each correction can be taken back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import owns_byline_of
from bzpeer.curation.assertions import LONGEST_NOTE, LONGEST_TITLE, WORK_FIELDS, AssertionRefused, correct_work, withdraw
from bzpeer.curation.models import Assertion
from bzpeer.curation.queries import assertions_on_work
from bzpeer.pages.cards import type_label
from bzpeer.pages.correcting import in_words
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from bzpeer.typesetting import plain
from works.models import Work

TYPES = (
    "article", "preprint", "review", "letter", "editorial", "erratum", "retraction", "book", "book-chapter", "conference-paper",
    "dissertation", "report", "dataset", "software", "standard", "reference-entry", "peer-review", "paratext", "other",
)  # fmt: skip


class WorkForm(forms.Form):
    """What a work's record shall say, and how that is known."""

    title = forms.CharField(label="Title", max_length=LONGEST_TITLE, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    type = forms.ChoiceField(label="Type", required=False)
    publication_date = forms.CharField(label="Date of publication, as 2024-06-30", max_length=10, required=False)
    note = forms.CharField(label="How is this known? (optional)", max_length=LONGEST_NOTE, required=False)

    def __init__(self, *values: Any, current: str, **more: Any) -> None:
        super().__init__(*values, **more)
        kinds = TYPES if not current or current in TYPES else (current, *TYPES)
        self.fields["type"] = forms.ChoiceField(
            label="Type", required=False, choices=[("", "not known"), *((kind, type_label(kind)) for kind in kinds)]
        )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct_work_page(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what can be corrected, and take a correction in. Others than its authors here and staff are refused."""
    work = get_object_or_404(Work, pk=key)
    if not (owns_byline_of(member(request), work.pk) or member(request).is_staff):
        raise PermissionDenied("Only authors who own their record and the staff of this portal correct a work.")
    address = record_address("work", work.pk, work.title)
    if request.method == "POST":
        return _take(request, work)
    if slug != slug_of(work.title):
        return redirect(f"{address}correct/")
    said = in_words(list(assertions_on_work(work.pk)))
    context = {"work": work, "title": plain(work.title) or "Untitled", "address": address, "form": _form(work), "said": said}
    return render(request, "correcting/work.html", context)


def _form(work: Work) -> WorkForm:
    return WorkForm(initial=_held(work), current=work.type)


def _held(work: Work) -> dict[str, str]:
    day = work.publication_date.isoformat() if work.publication_date else ""
    return {"title": work.title, "type": work.type, "publication_date": day}


def _take(request: HttpRequest, work: Work) -> HttpResponse:
    try:
        step = _take_back if request.POST.get("step") == "take-back" else _correct
        messages.success(request, step(request, work))
    except AssertionRefused as refusal:
        messages.error(request, str(refusal))
    work.refresh_from_db()
    return redirect(f"{record_address('work', work.pk, work.title)}correct/")


def _correct(request: HttpRequest, work: Work) -> str:
    form = WorkForm(request.POST, current=work.type)
    if not form.is_valid():
        raise AssertionRefused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    said, held = form.cleaned_data, _held(work)
    changed = [field for field in WORK_FIELDS if field in request.POST and said[field].strip() != held[field].strip()]
    if not changed:
        raise AssertionRefused("Nothing differs from what the record says.")
    for field in changed:
        correct_work(by=member(request), work=work, field=field, value=said[field].strip(), note=said["note"])
    return "The work's record says this from now on; imports leave it alone."


def _take_back(request: HttpRequest, work: Work) -> str:
    key = whole_number(request.POST.get("assertion", ""), digits=18) or 0
    said = Assertion.objects.filter(pk=key, work=work, kind=Assertion.Kind.FIELD, withdrawn_at__isnull=True).first()
    if said is None:
        raise AssertionRefused("This is taken back already.")
    withdraw(by=member(request), assertion=said)
    return "Taken back. The record holds again what the sources say."
