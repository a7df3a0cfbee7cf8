"""Claims as moderators decide them: the oldest first, record and applicant beside each other, with what is known of both."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.queries import is_moderator
from bzpeer.addresses import record_address
from bzpeer.claims.domain import (
    ClaimRefused,
    accept_claim,
    ask_applicant,
    check_person,
    count_evidence,
    reject_claim,
    revoke_claim,
)
from bzpeer.claims.models import Claim, ClaimEvidence
from bzpeer.claims.queries import usual_wait, waiting_claims
from bzpeer.claims.signals import signals_of
from bzpeer.claims.vouching import vouch_as_institution
from bzpeer.moderation.models import CannedAnswer
from bzpeer.moderation.queries import canned_answers
from bzpeer.pages.answering import note_of
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.pages.profile import year_ranges
from bzpeer.typesetting import plain
from researchers.models import Researcher
from researchers.queries import affiliations_of
from works.models import Authorship

ROWS_A_PAGE = 25
WORKS_SHOWN = 12
MOST_AT_ONCE = 25
ACCEPTED_TOGETHER = "The address or page you confirmed and your name tie this record to you. Welcome."
"""What applicants read whose simple claims are accepted in one go, where no answer for it is kept."""
Kind = CannedAnswer.Kind


def _moderator(request: HttpRequest) -> None:
    if not is_moderator(request.user):
        raise PermissionDenied("Only moderators see this page.")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits; a POST accepts the chosen simple ones together."""
    _moderator(request)
    if request.method == "POST":
        return _accept_together(request)
    chosen = waiting_claims()
    total = chosen.count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    shown = list(chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE])
    known = signals_of(shown)
    rows = [(row, known[row.pk]) for row in shown]
    context = {
        "rows": rows,
        "total": total,
        "pager": numbered(request, page=page, total=total, size=ROWS_A_PAGE),
        "usual": usual_wait(),
        "has_simple": any(signals.is_simple and row.user_id != member(request).pk for row, signals in rows),
        "me": member(request).pk,
    }
    return render(request, "claims/queue.html", context)


def _accept_together(request: HttpRequest) -> HttpResponse:
    keys = [key for text in request.POST.getlist("claim")[:MOST_AT_ONCE] if (key := whole_number(text, digits=18))]
    accepted = 0
    chosen = list(waiting_claims().filter(pk__in=keys))
    known = signals_of(chosen)
    kept = canned_answers(Kind.ACCEPT).first()
    note = kept.text if kept else ACCEPTED_TOGETHER
    for claim in chosen:
        try:
            if not known[claim.pk].is_simple:
                raise ClaimRefused("It is no simple case; open it.")
            accept_claim(claim, by=member(request), note=note)
            accepted += 1
        except ClaimRefused as refusal:
            messages.error(request, f"{claim.researcher}: {refusal}")
    if accepted:
        messages.success(request, f"{accepted} claim{'s are' if accepted > 1 else ' is'} accepted.")
    elif not keys:
        messages.error(request, "Nothing was chosen.")
    return redirect("claims_in_review")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, key: int) -> HttpResponse:
    """Show one claim with both sides; take the decision."""
    _moderator(request)
    claim = get_object_or_404(Claim.objects.select_related("researcher", "user", "decided_by").prefetch_related("evidence"), pk=key)
    if request.method == "POST":
        return _decide(request, claim)
    signals = signals_of([claim])[claim.pk]
    owner = next((rival for rival in signals.rivals if rival.state == Claim.State.ACCEPTED), None)
    context = {
        "claim": claim,
        "signals": signals,
        "evidence": [row for row in claim.evidence.all() if row.kind != "text" and row.state != ClaimEvidence.State.LEFT],
        "owner": owner,
        "owner_evidence": list(owner.evidence.filter(state="proved").order_by("pk")) if owner else [],
        "record": _record(claim.researcher),
        "owned": [_record(other.researcher) for other in signals.other_claims if other.state == Claim.State.ACCEPTED][:3],
        "thread": list(claim.messages.select_related("author").order_by("pk")),
        "vouches": list(claim.vouches.filter(withdrawn_at__isnull=True).select_related("researcher", "institution", "user").order_by("pk")),
        "is_own": claim.user_id == member(request).pk or any(rival.user_id == member(request).pk for rival in signals.rivals),
        "is_staff": member(request).is_staff,
        "answers": canned_answers(Kind.ACCEPT, Kind.CLAIM, Kind.QUESTION),
    }
    return render(request, "claims/review.html", context)


def _record(researcher: Researcher) -> dict[str, Any]:
    works = Authorship.objects.filter(researcher=researcher).select_related("work").order_by("-work__publication_year", "pk")[:WORKS_SHOWN]
    return {
        "researcher": researcher,
        "address": record_address("researcher", researcher.pk, researcher.display_name),
        "names": list(researcher.name_forms.order_by("name").values_list("name", flat=True)[:12]),
        "places": [f"{row.institution.display_name} {year_ranges(row.years)}".strip() for row in affiliations_of(researcher.pk)[:8]],
        "works": [
            (plain(row.work.title) or "Untitled", record_address("work", row.work_id, row.work.title), row.work.publication_year)
            for row in works
        ],
    }


def _decide(request: HttpRequest, claim: Claim) -> HttpResponse:
    decision = request.POST.get("decision", "")
    note = note_of(request)
    act = _DECISIONS.get(decision)
    try:
        if act is None:
            raise ClaimRefused("Nothing was chosen.")
        messages.success(request, act(request, claim, note))
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("review_claim", key=claim.pk)
    following = waiting_claims().exclude(user=member(request)).exclude(pk=claim.pk).values_list("pk", flat=True).first()
    stay = decision not in ("accept", "accept_over", "reject")
    if stay or not following or not request.POST.get("onward"):
        return redirect("review_claim", key=claim.pk) if stay else redirect("claims_in_review")
    return redirect("review_claim", key=following)


def _accept(request: HttpRequest, claim: Claim, note: str) -> str:
    accept_claim(claim, by=member(request), note=note)
    return "Accepted. The applicant is told."


def _accept_over(request: HttpRequest, claim: Claim, note: str) -> str:
    if not note.strip():
        raise ClaimRefused("Say why; the note is shown to the applicant.")
    accept_claim(claim, by=member(request), note=note, over_owner=True)
    return "Decided for this applicant. The other claim is revoked; both are told."


def _reject(request: HttpRequest, claim: Claim, note: str) -> str:
    reject_claim(claim, by=member(request), note=note)
    return "Rejected. The applicant is told why."


def _ask(request: HttpRequest, claim: Claim, note: str) -> str:
    ask_applicant(claim, by=member(request), words=note)
    return "The applicant is asked."


def _revoke(request: HttpRequest, claim: Claim, note: str) -> str:
    revoke_claim(claim, by=member(request), note=note)
    return "Revoked. The record is unclaimed."


def _count(request: HttpRequest, claim: Claim, note: str) -> str:
    found = claim.evidence.filter(pk=whole_number(request.POST.get("evidence", ""), digits=18) or 0).select_related("claim").first()
    if found is None:
        raise ClaimRefused("This evidence is here no more.")
    count_evidence(found, by=member(request))
    return "It counts from now on."


def _check(request: HttpRequest, claim: Claim, note: str) -> str:
    check_person(claim, by=member(request), is_checked=claim.checked_at is None)
    return "Noted."


def _vouch(request: HttpRequest, claim: Claim, note: str) -> str:
    vouch_as_institution(claim, by=member(request), institution=None, note=note)
    return "The institution's word is noted."


_DECISIONS: dict[str, Callable[[HttpRequest, Claim, str], str]] = {
    "accept": _accept,
    "accept_over": _accept_over,
    "reject": _reject,
    "ask": _ask,
    "revoke": _revoke,
    "count": _count,
    "check": _check,
    "vouch": _vouch,
}
