"""Vouching for the owner of a record, as a close collaborator meets it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.addresses import record_address
from bzpeer.claims.domain import LONGEST_NOTE, ClaimRefused
from bzpeer.claims.queries import accepted_since
from bzpeer.claims.vouching import take_vouch_back, vouch, vouch_by, voucher_record
from bzpeer.pages.members import member
from researchers.models import Researcher


class VouchForm(forms.Form):
    """How the voucher knows the person."""

    note = forms.CharField(
        label="How do you know them? (optional)", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Moderators read it.",
    )  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def vouch_for(request: HttpRequest, key: int) -> HttpResponse:
    """Say that the owner of a record is who they say, or take it back."""
    user, researcher = member(request), get_object_or_404(Researcher, pk=key)
    claim, given = accepted_since(researcher.pk), vouch_by(user, researcher.pk)
    form = VouchForm(request.POST or None)
    address = record_address("researcher", researcher.pk, researcher.display_name)
    if request.method == "POST" and given and request.POST.get("step") == "back":
        take_vouch_back(given, by=user)
        messages.success(request, "You no longer vouch for this person.")
        return redirect(address)
    if request.method == "POST" and form.is_valid():
        try:
            if claim is None:
                raise ClaimRefused("Nobody's claim to this record stands.")
            vouch(claim, by=user, note=form.cleaned_data["note"])
            messages.success(request, "You vouch for this person. You can take it back at any time.")
            return redirect(address)
        except ClaimRefused as refusal:
            form.add_error(None, str(refusal))
    own = voucher_record(user, researcher.pk)
    is_self = claim is not None and claim.user_id == user.pk
    context = {"form": form, "researcher": researcher, "address": address, "own": own, "given": given, "is_self": is_self, "claim": claim}
    return render(request, "claims/vouch.html", context, status=422 if form.errors else 200)
