"""Claims as a member meets them: "this is me", one's own claims, taking one back."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.claims.delegating import asked_of, delegations_of
from bzpeer.claims.domain import LONGEST_REASON, SHORTEST_REASON, ClaimRefused, start_claim, submit_claim, withdraw_claim
from bzpeer.claims.evidence import linked_orcid, offer_orcid
from bzpeer.claims.models import Claim
from bzpeer.claims.queries import claims_of, open_claim, usual_wait
from bzpeer.pages.members import member
from researchers.models import Researcher

WAYS = ("orcid", "mail", "page")


class ClaimForm(forms.Form):
    """The applicant's own words."""

    reason = forms.CharField(
        label="How is this record yours?",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="For example where you worked when these papers appeared, or a page that names you and them. Only moderators read it.",
    )


def is_orcid_set_up() -> bool:
    """Tell whether members can log in at ORCID here."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS.get("orcid", {}).get("APPS"))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, key: int) -> HttpResponse:
    """Show the ways to prove it; a POST starts the claim by one of them, or puts it in review with words alone."""
    researcher = get_object_or_404(Researcher, pk=key)
    standing = open_claim(request.user, researcher.pk)
    if standing:
        messages.info(request, "You have claimed this record; here is how it stands.")
        return redirect("own_claim", key=standing.pk)
    way = request.POST.get("way", "")
    form = ClaimForm(request.POST if request.method == "POST" and way not in WAYS else None)
    if request.method == "POST":
        try:
            if way in WAYS:
                return _started(request, researcher, way)
            if form.is_valid():
                made = submit_claim(user=member(request), researcher=researcher, reason=form.cleaned_data["reason"])
                messages.success(request, "Your claim is in review. We write to you when it is decided.")
                return redirect("own_claim", key=made.pk)
        except ClaimRefused as refusal:
            form = form if form.is_bound else ClaimForm({})
            form.errors.clear()
            form.add_error(None, str(refusal))
    context = {"form": form, "researcher": researcher, "has_orcid": is_orcid_set_up(), "usual": usual_wait()}
    return render(request, "claims/claim.html", context, status=422 if form.errors else 200)


def _started(request: HttpRequest, researcher: Researcher, way: str) -> HttpResponse:
    made = start_claim(user=member(request), researcher=researcher)
    if way == "orcid" and linked_orcid(member(request)):
        evidence = offer_orcid(made, by=member(request))
        (messages.success if evidence.state == "proved" else messages.warning)(request, evidence.note)
    response = redirect("own_claim", key=made.pk)
    response["Location"] += f"#{way}"
    return response


@never_cache
@login_required
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """List the member's own claims, what they edit for others, and what they are asked to."""
    user = member(request)
    page = Paginator(claims_of(user), 25).get_page(request.GET.get("page"))
    context = {"page": page, "usual": usual_wait(), "asked": list(asked_of(user)[:20]), "edited": list(delegations_of(user)[:50])}
    return render(request, "claims/claims.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take a claim back, an accepted one as well. Another member's claim is not found."""
    own = get_object_or_404(Claim, pk=key, user=member(request))
    try:
        withdraw_claim(own, by=member(request))
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Your claim is withdrawn.")
    return redirect("claims")
