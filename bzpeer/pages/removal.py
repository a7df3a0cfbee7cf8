"""Removal of records: where anybody asks for it, the link that confirms, the moderators' queue, what stands in a removed record's place."""

import re
from urllib.parse import urlsplit

from allauth.socialaccount.providers.base import AuthProcess
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.accounts.models import User
from bzpeer.accounts.orcid.showing import forget_shown, shown_orcid
from bzpeer.accounts.queries import is_moderator
from bzpeer.addresses import record_address
from bzpeer.moderation.queries import canned_answers
from bzpeer.pages.answering import note_of
from bzpeer.pages.claim import is_orcid_set_up
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number
from bzpeer.privacy.models import RemovalRequest
from bzpeer.privacy.removing import (
    GRANTED,
    KEPT_AFTER_DECISION,
    LINK_LIVES,
    LONGEST_NAME,
    LONGEST_WORDS,
    RemovalRefused,
    ask_for_removal,
    confirm_request,
    decided_requests,
    grant,
    open_requests,
    proof_of,
    refuse,
    request_by_token,
    was_removed,
)
from researchers.models import Researcher
from researchers.queries import affiliations_of, researcher_by_openalex_id, researcher_by_orcid, successor
from works.identifiers import openalex_id, orcid

ROWS_A_PAGE = 25
AFFILIATIONS_SHOWN = 6
_OWN = re.compile(r"^/researchers/([1-9][0-9]{0,17})(?:/|$)")


class RemovalForm(forms.Form):
    """Who asks, about which record, for what."""

    record = forms.CharField(
        label="The record",
        max_length=500,
        help_text="The address of the profile on this portal, or the ORCID iD or OpenAlex id that stands on it.",
    )
    ask = forms.ChoiceField(label="What you ask for", choices=[("", "Choose"), *RemovalRequest.Ask.choices])
    former_name = forms.CharField(
        label="The former name",
        max_length=LONGEST_NAME,
        required=False,
        help_text="Only for a former name. It is shown to moderators alone and forgotten once it is gone.",
    )
    name = forms.CharField(label="Your name", max_length=LONGEST_NAME)
    address = forms.EmailField(
        label="Your e-mail address",
        help_text="We send a link to it. An address at your institution helps us to tell that the record is yours.",
    )
    words = forms.CharField(
        label="Anything we should know (optional)",
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="You need not give a reason.",
    )

    def clean_record(self) -> Researcher:
        found = record_named(str(self.cleaned_data["record"]))
        if found is None:
            raise forms.ValidationError("No record here has this address or id. Open the profile and copy its address.")
        return found


def record_named(text: str) -> Researcher | None:
    """Return the record that an address of this portal, an ORCID iD or an OpenAlex id names."""
    text = text.replace("\x00", "").strip()
    own = _OWN.match(urlsplit(text).path if "//" in text else text)
    if own:
        return Researcher.objects.filter(pk=int(own[1])).first() or successor(f"id:{own[1]}")
    if (known := orcid(text)) is not None and known:
        return researcher_by_orcid(known)
    author = openalex_id(text, "A")
    return researcher_by_openalex_id(author) if author else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Explain what can be removed, and take a request in."""
    user = request.user if isinstance(request.user, User) else None
    shown = shown_orcid(request)
    named = request.GET.get("record", "")[:500]
    initial = {"record": named or shown, "address": user.email if user else ""}
    form = RemovalForm(request.POST or None, initial=initial)
    if user:
        form.fields["address"].disabled = True
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = ask_for_removal(
                researcher=said["record"],
                ask=said["ask"],
                name=said["name"],
                address=said["address"],
                words=said["words"],
                former_name=said["former_name"],
                user=user,
                shown_orcid=shown,
            )
        except RemovalRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            forget_shown(request)
            return render(request, "privacy/removal_asked.html", {"asked": made, "days": LINK_LIVES.days})
    context = {"form": form, "days": KEPT_AFTER_DECISION.days, "shown": shown, "orcid_login": _there(named) if not shown else ""}
    return render(request, "privacy/removal.html", context, status=422 if form.errors else 200)


def _there(record: str) -> str:
    """Return where somebody shows that an iD is theirs and comes back from; "" where the portal is not registered with ORCID."""
    if not is_orcid_set_up():
        return ""
    back = f"{reverse('removal')}?{urlencode({'record': record})}#ask" if record else f"{reverse('removal')}#ask"
    return f"{reverse('orcid_login')}?{urlencode({'process': AuthProcess.REDIRECT, 'next': back, 'auth_params': 'prompt=login'})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link confirms; only POST confirms it."""
    if request.method == "POST":
        done = confirm_request(token)
        return render(request, "privacy/removal_confirm.html", {"done": done}, status=200 if done else 404)
    asked = request_by_token(token)
    return render(request, "privacy/removal_confirm.html", {"asked": asked}, status=200 if asked else 404)


# --- moderators -------------------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List requests that wait, the oldest first; `?state=decided` shows the decided ones."""
    _moderator(request)
    is_decided = request.GET.get("state") == "decided"
    chosen = decided_requests() if is_decided else open_requests()
    total = chosen.count()
    page = page_number(request, total=total, size=ROWS_A_PAGE)
    context = {
        "rows": chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        "total": total,
        "is_decided": is_decided,
        "pager": numbered(request, page=page, total=total, size=ROWS_A_PAGE),
    }
    return render(request, "privacy/removals.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_request(request: HttpRequest, key: int) -> HttpResponse:
    """Show a request with what tells whose record it is; take the decision."""
    _moderator(request)
    asked = get_object_or_404(RemovalRequest.objects.select_related("researcher", "user").exclude(state="unverified"), pk=key)
    if request.method == "POST":
        return _decide(request, asked)
    person = asked.researcher
    context = {
        "asked": asked,
        "person": person,
        "address": record_address("researcher", person.pk, person.display_name) if person else "",
        "affiliations": affiliations_of(person.pk)[:AFFILIATIONS_SHOWN] if person else [],
        "domain": asked.address.rpartition("@")[2],
        "proof_now": proof_of(asked.user, person) if asked.user and person else "",
        "answers": canned_answers("removal"),
        "is_own": asked.user_id == member(request).pk,
    }
    return render(request, "privacy/removal_request.html", context)


def _decide(request: HttpRequest, asked: RemovalRequest) -> HttpResponse:
    note = note_of(request)
    try:
        if request.POST.get("decision") == "grant":
            grant(asked, by=member(request), note=note or GRANTED["name" if asked.ask == "former_name" else "record"])
            messages.success(request, "Carried out. The record does not come back with an import.")
        elif request.POST.get("decision") == "refuse":
            refuse(asked, by=member(request), note=note)
            messages.success(request, "Refused; the person who asked reads why.")
        else:
            messages.error(request, "Nothing was chosen.")
            return redirect("removal_request", key=asked.pk)
    except RemovalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("removal_request", key=asked.pk)
    return redirect("removals")


def _moderator(request: HttpRequest) -> None:
    if not is_moderator(request.user):
        raise PermissionDenied("Only moderators see this page.")


# --- in place of a removed record -------------------------------------------------------------------


def gone_or_missing(request: HttpRequest, key: str) -> HttpResponse:
    """Answer 410 for a record that was removed on request. Raises Http404 for one that never was here."""
    if not was_removed(key):
        raise Http404("No researcher has this address.")
    return render(request, "privacy/gone.html", status=410)
