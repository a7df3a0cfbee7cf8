"""What moderators share: every queue with its waiting times, reports, invitations held back, answers to choose from, statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.accounts.models import User
from bzpeer.collaboration.domain import REVIEWED_FROM, CollaborationRefused, decide_report, pass_on
from bzpeer.collaboration.models import Invitation, Report
from bzpeer.collaboration.queries import held_invitations, open_reports, unanswered_first_invitations
from bzpeer.moderation.models import CannedAnswer
from bzpeer.moderation.queries import RECENT_DAYS, WEEKS, Week, canned_answers, decided_queues, queues, weeks
from bzpeer.pages.answering import note_of
from bzpeer.pages.members import member, moderators_only
from bzpeer.pages.paging import numbered, page_number, whole_number

ROWS_A_PAGE = 25
MOST_AT_ONCE = 25
BAR, GAP, HEIGHT = 34, 10, 96
"""Of the drawing of waiting times, in its own units."""

Kind = CannedAnswer.Kind


@require_safe
@never_cache
@moderators_only
def home(request: HttpRequest) -> HttpResponse:
    """Show every queue: how much waits, since when, and how long decisions usually take."""
    shown = queues(for_staff=member(request).is_staff)
    return render(request, "moderating/home.html", {"queues": shown, "days": RECENT_DAYS})


# --- reports ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Past:
    """What speaks for or against somebody in a report."""

    person: User | None
    reports_upheld: int
    reports_made: int
    invitations: int


def _past(person: User | None) -> Past:
    if person is None:
        return Past(person=None, reports_upheld=0, reports_made=0, invitations=0)
    return Past(
        person=person,
        reports_upheld=Report.objects.filter(accused=person, state=Report.State.UPHELD).count(),
        reports_made=Report.objects.filter(reporter=person).count(),
        invitations=Invitation.objects.filter(sender=person).count(),
    )


@require_safe
@never_cache
@moderators_only
def reports(request: HttpRequest) -> HttpResponse:
    """List open reports, the oldest first."""
    return render(request, "moderating/reports.html", _paged(request, open_reports()))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def one_report(request: HttpRequest, key: int) -> HttpResponse:
    """Show what was reported beside who says so; take the decision. A decided report stays readable."""
    related = ("reporter", "accused", "invitation", "invitation__researcher", "message", "decided_by")
    found = get_object_or_404(Report.objects.select_related(*related), pk=key)
    if request.method == "POST":
        said = request.POST.get("decision")
        note = note_of(request)
        if said not in ("uphold", "dismiss"):
            messages.error(request, "Nothing was chosen.")
            return redirect("report", key=key)
        if said == "uphold" and not note:
            messages.error(request, "Say why it is removed; the note stays with the report.")
            return redirect("report", key=key)
        try:
            decide_report(found, by=member(request), upheld=said == "uphold", note=note)
        except CollaborationRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("report", key=key)
        messages.success(request, "Removed; both are told." if said == "uphold" else "Left as it is; who reported it is told.")
        return _onward(request, "report", open_reports(), "moderation_reports")
    context = {
        "report": found,
        "reporter": _past(found.reporter),
        "accused": _past(found.accused),
        "is_own": member(request).pk in (found.reporter_id, found.accused_id),
        "answers": canned_answers(Kind.REPORT),
        **_neighbours(open_reports(), found),
    }
    return render(request, "moderating/report.html", context)


# --- invitations ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def invitations(request: HttpRequest) -> HttpResponse:
    """List invitations held back; a POST passes the chosen ones on, which their recipients can still decline."""
    if request.method == "POST":
        chosen = [number for number in map(whole_number, request.POST.getlist("invitation")[:MOST_AT_ONCE]) if number is not None]
        passed = _passed_on(held_invitations().filter(pk__in=chosen), by=member(request))
        messages.success(
            request, f"{passed} passed on." + (" Those to or from you wait for another moderator." if passed < len(chosen) else "")
        )
        return redirect("moderation_invitations")
    context = _paged(request, held_invitations())
    return render(request, "moderating/invitations.html", {**context, "reviewed_from": REVIEWED_FROM})


def _passed_on(chosen: QuerySet[Invitation], *, by: User) -> int:
    passed = 0
    for each in chosen:
        try:
            pass_on(each, by=by, may=True)
        except CollaborationRefused:
            continue
        passed += 1
    return passed


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def one_invitation(request: HttpRequest, key: int) -> HttpResponse:
    """Show one invitation that was held back, with its sender's past; take the decision."""
    concerned = Invitation.objects.select_related("sender", "recipient", "researcher", "decided_by")
    found = get_object_or_404(concerned.filter(state=Invitation.State.REVIEW) | concerned.filter(decided_by__isnull=False), pk=key)
    if request.method == "POST":
        said, note = request.POST.get("decision"), note_of(request)
        if said not in ("pass", "refuse") or (said == "refuse" and not note):
            messages.error(request, "Say why it is not passed on; its sender reads it." if said == "refuse" else "Nothing was chosen.")
            return redirect("held_invitation", key=key)
        try:
            pass_on(found, by=member(request), may=said == "pass", note=note)
        except CollaborationRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("held_invitation", key=key)
        messages.success(request, "Passed on." if said == "pass" else "Not passed on; its sender is told why.")
        return _onward(request, "held_invitation", held_invitations(), "moderation_invitations")
    context = {
        "invitation": found,
        "sender": _past(found.sender),
        "unanswered": unanswered_first_invitations(found.sender),
        "others": Invitation.objects.filter(sender=found.sender).exclude(pk=found.pk).select_related("researcher").order_by("-pk")[:5],
        "is_own": member(request).pk in (found.sender_id, found.recipient_id),
        "answers": canned_answers(Kind.INVITATION),
        **_neighbours(held_invitations(), found),
    }
    return render(request, "moderating/invitation.html", context)


# --- answers ----------------------------------------------------------------------------------------


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One answer."""

    class Meta:
        model = CannedAnswer
        fields = ("kind", "title", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
        labels = {"kind": "For", "title": "Name", "text": "Text"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@moderators_only
def answers(request: HttpRequest) -> HttpResponse:
    """List the answers to choose from; a POST adds one, changes one (`?edit=`), or removes one."""
    if request.method == "POST" and (number := whole_number(request.POST.get("remove", ""))) is not None:
        get_object_or_404(CannedAnswer, pk=number).delete()
        messages.success(request, "Removed.")
        return redirect("canned_answers")
    number = whole_number(request.GET.get("edit", ""))
    edited = get_object_or_404(CannedAnswer, pk=number) if number is not None else None
    form = AnswerForm(request.POST or None, instance=edited)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Stored.")
        return redirect("canned_answers")
    context = {"form": form, "edited": edited, "answers": canned_answers()}
    return render(request, "moderating/answers.html", context, status=422 if form.errors else 200)


# --- statistics -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One week of the drawing: where its bar stands and what it says."""

    x: int
    y: float
    height: float
    week: Week

    @property
    def middle(self) -> float:
        return self.x + BAR / 2


@require_safe
@never_cache
@moderators_only
def statistics(request: HttpRequest) -> HttpResponse:
    """Draw how long decisions took, by queue and week."""
    drawn = []
    for key, label in decided_queues():
        found = weeks(key)
        drawn.append({"key": key, "label": label, "bars": _bars(found), "weeks": found, "longest": _longest(found)})
    context = {"queues": drawn, "weeks": WEEKS, "width": WEEKS * (BAR + GAP), "height": HEIGHT, "bar": BAR}
    return render(request, "moderating/statistics.html", context)


def _longest(found: Sequence[Week]) -> timedelta | None:
    return max((week.usual for week in found if week.usual is not None), default=None)


def _bars(found: Sequence[Week]) -> list[Bar]:
    longest = _longest(found) or timedelta(seconds=1)
    return [
        Bar(x=number * (BAR + GAP) + GAP // 2, y=round(HEIGHT - tall, 1), height=round(tall, 1), week=week)
        for number, week in enumerate(found)
        for tall in [max(2.0, HEIGHT * (week.usual / max(longest, timedelta(seconds=1)))) if week.usual is not None else 0.0]
    ]


# --- what they share --------------------------------------------------------------------------------


def _paged(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    total = rows.count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    return {
        "rows": rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        "total": total,
        "pager": numbered(request, page=page, total=total, size=ROWS_A_PAGE),
    }


def _neighbours(queue: QuerySet[Any], found: Any) -> dict[str, int | None]:
    """Return the keys before and after one in its queue, by age."""
    older = queue.filter(created_at__lt=found.created_at).reverse()
    younger = queue.filter(created_at__gt=found.created_at)
    return {
        "previous": older.values_list("pk", flat=True).first(),
        "following": younger.values_list("pk", flat=True).first(),
    }


def _onward(request: HttpRequest, name: str, queue: QuerySet[Any], home_of_queue: str) -> HttpResponse:
    following = queue.values_list("pk", flat=True).first() if request.POST.get("onward") else None
    return redirect(name, key=following) if following else redirect(home_of_queue)
