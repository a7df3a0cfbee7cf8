"""One claim as its applicant works on it: evidence of each kind, a moderator's questions, and, once accepted, delegates."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.addresses import record_address
from bzpeer.claims.delegating import accept_delegation, ask_delegate, asked_of, end_delegation
from bzpeer.claims.domain import OPEN, UNDECIDED, ClaimRefused, answer_question, write_request
from bzpeer.claims.evidence import (
    confirm_address,
    evidence_of_link,
    leave_evidence,
    linked_orcid,
    look_at_page,
    offer_mail,
    offer_orcid,
    offer_page,
    page_token,
    send_again,
)
from bzpeer.claims.levels import VOUCHES_NEEDED
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence
from bzpeer.claims.queries import usual_wait
from bzpeer.claims.tasks import ring_page
from bzpeer.curation.domain import propose_merge
from bzpeer.curation.models import Proposal
from bzpeer.pages.claim import is_orcid_set_up
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from researchers.models import Researcher

Kind = ClaimEvidence.Kind
State = ClaimEvidence.State


@dataclass(frozen=True, kw_only=True)
class Way:
    """A kind of evidence on the page: what stands, and what was tried before."""

    kind: ClaimEvidence.Kind
    current: ClaimEvidence | None = None
    earlier: list[ClaimEvidence] = field(default_factory=list)
    token: str = ""

    @property
    def is_open(self) -> bool:
        return self.current is None or self.current.state in (State.FAILED, State.LAPSED)


@never_cache
@login_required
@require_safe
def own_claim(request: HttpRequest, key: int) -> HttpResponse:
    """Show a claim to its applicant. Another member's claim is not found."""
    own = _own(request, key)
    address = reverse("own_claim", kwargs={"key": own.pk})
    others = Claim.objects.filter(user=own.user, state=Claim.State.ACCEPTED).exclude(pk=own.pk).select_related("researcher")
    is_accepted = own.state == Claim.State.ACCEPTED
    context = {
        "claim": own,
        "researcher": own.researcher,
        "address": record_address("researcher", own.researcher_id, own.researcher.display_name),
        "ways": {way.kind.value: way for way in _ways(own)},
        "can_add": own.state in OPEN,
        "is_undecided": own.state in UNDECIDED,
        "is_accepted": is_accepted,
        "has_orcid": is_orcid_set_up(),
        "linked": linked_orcid(member(request)),
        "link_orcid": f"{reverse('orcid_login')}?{urlencode({'process': 'connect', 'next': address + '#orcid'})}"
        if is_orcid_set_up()
        else "",
        "thread": list(own.messages.order_by("pk")),
        "usual": usual_wait(),
        "vouch_address": settings.PORTAL_URL + reverse("vouch", kwargs={"key": own.researcher_id}),
        "is_disputed": is_accepted and Claim.objects.filter(researcher=own.researcher_id, state=Claim.State.REVIEW).exists(),
        "is_taken": not is_accepted and own.researcher.is_claimed,
        "delegates": list(own.delegates.exclude(state=ClaimDelegate.State.ENDED).select_related("user").order_by("pk"))
        if is_accepted
        else [],
        "others": list(others.order_by("pk")[:10]) if is_accepted else [],
        "vouches": list(own.vouches.filter(withdrawn_at__isnull=True).select_related("researcher", "institution").order_by("pk")),
        "vouches_needed": VOUCHES_NEEDED,
    }
    return render(request, "claims/own_claim.html", context)


def _own(request: HttpRequest, key: int) -> Claim:
    return get_object_or_404(Claim.objects.select_related("researcher", "user"), pk=key, user=member(request))


def _ways(own: Claim) -> list[Way]:
    rows = list(own.evidence.order_by("-pk")[:100])
    ways = []
    for kind in Kind:
        of_kind = [row for row in rows if row.kind == kind]
        current = of_kind[0] if of_kind and of_kind[0].state != State.LEFT else None
        token = page_token(current) if current and kind == Kind.PAGE else ""
        ways.append(Way(kind=kind, current=current, earlier=of_kind[1:6] if current else of_kind[:5], token=token))
    return ways


@login_required
@require_POST
def act_on_claim(request: HttpRequest, key: int) -> HttpResponse:
    """Take one step on one's own claim; `step` says which. Another member's claim is not found."""
    own = _own(request, key)
    step = request.POST.get("step", "")
    act = _STEPS.get(step)
    try:
        if act is None:
            raise ClaimRefused("Nothing was chosen.")
        said = act(request, own)
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    response = redirect("own_claim", key=own.pk)
    response["Location"] += f"#{step.partition('-')[0]}" if act else ""
    return response


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()


def _evidence(request: HttpRequest, own: Claim) -> ClaimEvidence:
    found = own.evidence.filter(pk=whole_number(request.POST.get("evidence", ""), digits=18) or 0).first()
    if found is None:
        raise ClaimRefused("This evidence is here no more.")
    return found


def _use_orcid(request: HttpRequest, own: Claim) -> str:
    evidence = offer_orcid(own, by=member(request))
    if evidence.state != State.PROVED:
        messages.warning(request, evidence.note)
        return "Your iD was compared with the record."
    return evidence.note + _outcome(own)


def _send_mail(request: HttpRequest, own: Claim) -> str:
    offer_mail(own, by=member(request), address=_text(request, "address"))
    return "We sent a link to this address. Open it while logged in here."


def _send_again(request: HttpRequest, own: Claim) -> str:
    send_again(_evidence(request, own), by=member(request))
    return "A new link is on its way; the older one leads nowhere now."


def _name_page(request: HttpRequest, own: Claim) -> str:
    offer_page(own, by=member(request), url=_text(request, "url"))
    return "Put the token on this page, then let us look."


def _look(request: HttpRequest, own: Claim) -> str:
    page = look_at_page(_evidence(request, own), by=member(request))
    transaction.on_commit(lambda: ring_page(page.pk))
    return "We read the page within a minute. Reload to see what came of it."


def _write(request: HttpRequest, own: Claim) -> str:
    write_request(own, by=member(request), words=_text(request, "words"))
    return "A moderator reads it. We write to you when your claim is decided."


def _leave(request: HttpRequest, own: Claim) -> str:
    leave_evidence(_evidence(request, own), by=member(request))
    return "Left. You can prove it in another way."


def _answer(request: HttpRequest, own: Claim) -> str:
    answer_question(own, by=member(request), words=_text(request, "words"))
    return "The moderator is told of your answer."


def _delegate(request: HttpRequest, own: Claim) -> str:
    ask_delegate(own, by=member(request), address=_text(request, "address"))
    return "If an account here has this address, its owner is asked."


def _end_delegate(request: HttpRequest, own: Claim) -> str:
    found = own.delegates.filter(pk=whole_number(request.POST.get("delegate", ""), digits=18) or 0).select_related("claim").first()
    if found is None:
        raise ClaimRefused("There is nothing to end.")
    end_delegation(found, by=member(request))
    return "They edit this record no more."


def _join(request: HttpRequest, own: Claim) -> str:
    """Propose to make one record of two that are both the member's."""
    other = Researcher.objects.filter(
        pk=whole_number(request.POST.get("other", ""), digits=18) or 0, claims__user=own.user, claims__state=Claim.State.ACCEPTED
    ).first()
    if other is None or own.state != Claim.State.ACCEPTED or other.pk == own.researcher_id:
        raise ClaimRefused("Both records must be yours.")
    ground = {"label": "same owner", "detail": f"Both are claimed by {own.user}, who asks to join them."}
    made = propose_merge(one=own.researcher, other=other, grounds=[ground], proposed_by=own.user)
    if made.state != Proposal.State.OPEN:
        raise ClaimRefused(f"This was proposed before; it is {made.get_state_display()}.")
    return "Proposed. A moderator decides, and you are told."


def _outcome(own: Claim) -> str:
    own.refresh_from_db()
    if own.state == Claim.State.ACCEPTED:
        return " The record is yours."
    return " A moderator decides." if own.state == Claim.State.REVIEW else ""


_STEPS: dict[str, Callable[[HttpRequest, Claim], str]] = {
    "orcid": _use_orcid,
    "mail": _send_mail,
    "mail-again": _send_again,
    "page": _name_page,
    "page-look": _look,
    "text": _write,
    "leave": _leave,
    "answer": _answer,
    "delegates": _delegate,
    "delegates-end": _end_delegate,
    "join": _join,
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to confirm an address, and do it on POST: whoever scans mail follows links, but posts no forms."""
    user = member(request)
    if request.method == "POST":
        try:
            evidence = confirm_address(token, by=user)
        except ClaimRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("claims")
        messages.success(request, evidence.note + _outcome(evidence.claim))
        return redirect("own_claim", key=evidence.claim_id)
    known = evidence_of_link(token, user=user)
    return render(request, "claims/confirm.html", {"evidence": known}, status=200 if known else 404)


@login_required
@require_POST
def answer_delegation(request: HttpRequest, key: int) -> HttpResponse:
    """Take on, decline or give up editing somebody's record. What concerns others is not found."""
    user = member(request)
    given = ClaimDelegate.objects.filter(pk=key, user=user).select_related("claim").first() or asked_of(user).filter(pk=key).first()
    given = given or get_object_or_404(ClaimDelegate.objects.none(), pk=key)
    try:
        if request.POST.get("answer") == "accept":
            accept_delegation(given, by=user)
            messages.success(request, "You edit this record from now on; what you change is noted under your name.")
        else:
            end_delegation(given, by=user)
            messages.success(request, "You do not edit this record.")
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("claims")
