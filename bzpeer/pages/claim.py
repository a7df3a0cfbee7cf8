"""Claims as a member meets them: "this is me", one's own claims, taking one back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.claims.domain import LONGEST_REASON, SHORTEST_REASON, ClaimRefused, submit_claim, withdraw_claim
from bzpeer.claims.models import Claim
from bzpeer.claims.queries import claims_of, open_claim
from bzpeer.pages.members import member
from researchers.models import Researcher


class ClaimForm(forms.Form):
    """The applicant's own words."""

    reason = forms.CharField(
        label="How is this record yours?",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="For example where you worked when these papers appeared, or a page that names you and them. Only moderators read it.",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, key: int) -> HttpResponse:
    """Show the form and put the claim in review."""
    researcher = get_object_or_404(Researcher, pk=key)
    if open_claim(request.user, researcher.pk):
        messages.info(request, "You have claimed this record; here is how it stands.")
        return redirect("claims")
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            submit_claim(user=member(request), researcher=researcher, reason=form.cleaned_data["reason"])
        except ClaimRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your claim is in review. We write to you when it is decided.")
            return redirect("claims")
    status = 422 if form.errors else 200
    return render(request, "claims/claim.html", {"form": form, "researcher": researcher}, status=status)


@login_required
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """List the member's own claims."""
    page = Paginator(claims_of(member(request)), 25).get_page(request.GET.get("page"))
    return render(request, "claims/claims.html", {"page": page})


@login_required
@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take a claim in review back. Another member's claim is not found."""
    own = get_object_or_404(Claim, pk=key, user=member(request))
    try:
        withdraw_claim(own, by=member(request))
    except ClaimRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Your claim is withdrawn. You can make it again at any time.")
    return redirect("claims")
