"""Authors answer rows of a report; moderators decide."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages.members import member, moderators_only
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.reports.answering import LONGEST, LONGEST_LINK, LONGEST_QUOTE, AnswerRefused, decide, dispute, owner_name, withdraw
from bzpeer.reports.findings import Variable
from bzpeer.reports.models import Answer
from bzpeer.reports.queries import waiting_answers, work_named
from bzpeer.typesetting import plain
from works.models import Work

ROWS_A_PAGE = 25


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_report(request: HttpRequest, key: int, slug: str, variable: str) -> HttpResponse:
    """Ask an author of the paper what a row should say, and why."""
    work, row = work_named(key), Variable.named(variable)
    if work is None or row is None:
        raise Http404("There is no such row.")
    if not owner_name(member(request), work.pk):
        raise PermissionDenied("Rows are disputed by the paper's authors who have claimed their record.")
    status = 200
    if request.method == "POST":
        said = {name: request.POST.get(name, "") for name in ("result", "words", "quote", "link")}
        try:
            made = dispute(by=member(request), work=work, variable=row, **said)
        except AnswerRefused as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, "Your answer stands beside the row. A moderator looks at it, and you will be told.")
            return redirect(f"{_report(work)}#{made.variable}")
    context: dict[str, Any] = {
        "work": work,
        "title": plain(work.title) or "Untitled",
        "address": record_address("work", work.pk, work.title),
        "here": _report(work),
        "row": row,
        "results": row.results,
        "longest": LONGEST,
        "longest_quote": LONGEST_QUOTE,
        "longest_link": LONGEST_LINK,
        "said": {name: request.POST.get(name, "")[:LONGEST] for name in ("result", "words", "quote", "link")},
    }
    return render(request, "reproducibility/answer.html", context, status=status)


def _report(work: Work) -> str:
    return reverse("reproducibility", kwargs={"key": work.pk, "slug": slug_of(work.title)})


@require_safe
def one_answer(request: HttpRequest, key: int) -> HttpResponse:
    """Lead to an answer where it stands."""
    found = get_object_or_404(Answer.objects.select_related("work"), pk=key)
    return redirect(f"{_report(found.work)}#{found.variable}")


@login_required
@require_POST
def withdraw_answer(request: HttpRequest, key: int) -> HttpResponse:
    """Take one's own answer back."""
    found = get_object_or_404(Answer.objects.select_related("work"), pk=key, user=member(request))
    try:
        withdraw(found, by=member(request))
        messages.success(request, "Your answer is withdrawn.")
    except AnswerRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{_report(found.work)}#{found.variable}")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def queue(request: HttpRequest) -> HttpResponse:
    """List answers to look at, the oldest first; a POST upholds or refuses one."""
    if request.method == "POST":
        return _decided(request)
    total = waiting_answers().count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    rows = [
        (row, Variable(row.variable).label, _report(row.work), plain(row.work.title) or "Untitled")
        for row in waiting_answers()[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    ]
    pager = numbered(request, page=page, total=total, size=ROWS_A_PAGE)
    return render(request, "moderating/report_answers.html", {"rows": rows, "pager": pager})


def _decided(request: HttpRequest) -> HttpResponse:
    found = Answer.objects.filter(pk=whole_number(request.POST.get("answer", ""), digits=18) or 0).first()
    decision = request.POST.get("decision")
    if found is None or decision not in ("uphold", "refuse"):
        messages.error(request, "Nothing was chosen.")
    else:
        try:
            decide(found, by=member(request), uphold=decision == "uphold", reason=request.POST.get("reason", ""))
            messages.success(request, f"The answer is {'upheld' if decision == 'uphold' else 'refused'}, and its writer is told.")
        except AnswerRefused as refusal:
            messages.error(request, str(refusal))
    return redirect("moderation_report_answers")
