"""An owner asks for more than they can do alone: another record is theirs, too, or works on theirs are somebody else's."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.claims.queries import may_edit_record, owns_record
from bzpeer.curation.domain import IN_THEIR_WORDS, Ground, propose_merge, propose_split
from bzpeer.curation.models import Proposal
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from researchers.models import Affiliation, Researcher
from researchers.queries import latest_affiliations, researchers_named
from works.models import Authorship

RECORDS_FOUND = 12
MOST_WORKS = 1_000
MOST_OPEN = 20
LONGEST_NOTE = 1_000


class RequestRefused(Exception):
    """A request cannot be made. The message is a plain sentence for the owner; repeating does not help."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Another record an owner may mean."""

    record: Researcher
    address: str
    affiliation: Affiliation | None


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show both ways and take a request in. Moderators decide; the owner is told by the proposals on the record."""
    person = get_object_or_404(Researcher, pk=key)
    if not may_edit_record(request.user, person.pk):
        raise PermissionDenied("Only the owner of this record, and whom they let, ask for this.")
    if request.method == "POST":
        try:
            messages.success(request, _asked(request, person))
            return redirect("researcher_proposals", key=person.pk, slug="-")
        except RequestRefused as refusal:
            messages.error(request, str(refusal))
    return render(request, "owner/join.html", _context(request, person), status=422 if request.method == "POST" else 200)


def _context(request: HttpRequest, person: Researcher) -> dict[str, Any]:
    asked, whose = _words(request, "record"), _words(request, "whose")
    bylines = Authorship.objects.filter(researcher=person).select_related("work")
    chosen = {key for text in request.POST.getlist("byline")[:MOST_WORKS] if (key := whole_number(text, digits=18))}
    return {
        "researcher": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "here": "join",
        "is_owner": owns_record(request.user, person.pk),
        "asked": asked,
        "found": candidates(asked, without=person.pk) if asked else [],
        "whose": whose,
        "others": candidates(whose, without=person.pk) if whose else [],
        "bylines": list(bylines.order_by("-work__publication_year", "work__title", "pk")[:MOST_WORKS]),
        "chosen": chosen,
        "note": request.POST.get("note", "")[:LONGEST_NOTE],
        "longest_note": LONGEST_NOTE,
    }


def candidates(asked: str, *, without: int) -> list[Candidate]:
    """Return records by name, ORCID iD or the key in their address, for an owner to choose from."""
    found = list(researchers_named(asked).exclude(pk=without)[:RECORDS_FOUND])
    if not found:
        key = whole_number(asked, digits=18)
        found = list(Researcher.objects.filter(orcid=asked) if key is None else Researcher.objects.filter(pk=key).exclude(pk=without))
    places = latest_affiliations([record.pk for record in found])
    return [
        Candidate(record=record, address=record_address("researcher", record.pk, record.display_name), affiliation=places.get(record.pk))
        for record in found
        if record.pk != without
    ]


def _words(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", " ").strip()[:200]


# --- requests ---------------------------------------------------------------------------------------


def _asked(request: HttpRequest, person: Researcher) -> str:
    by = member(request)
    if Proposal.objects.filter(proposed_by=by, state=Proposal.State.OPEN).count() >= MOST_OPEN:
        raise RequestRefused(f"{MOST_OPEN} of your requests wait already. Moderators decide them first.")
    if request.POST.get("step") == "merge":
        return _merge(request, person, by)
    if request.POST.get("step") == "split":
        return _split(request, person, by)
    raise RequestRefused("Nothing was chosen.")


def _merge(request: HttpRequest, person: Researcher, by: User) -> str:
    other = _record(request.POST.get("other", ""))
    if other is None or other.pk == person.pk:
        raise RequestRefused("Choose the other record.")
    made = propose_merge(one=person, other=other, grounds=_grounds(request, "Both records are one person."), proposed_by=by)
    return _told(made, f"A moderator compares your record with that of {other}.")


def _split(request: HttpRequest, person: Researcher, by: User) -> str:
    keys = {key for text in request.POST.getlist("byline")[:MOST_WORKS] if (key := whole_number(text, digits=18))}
    bylines = list(Authorship.objects.filter(researcher=person).order_by("pk").values_list("pk", flat=True))
    foreign = [key for key in bylines if key in keys]
    mine = [key for key in bylines if key not in keys]
    if not foreign:
        raise RequestRefused("Choose the works that are not yours.")
    if not mine:
        raise RequestRefused("At least one work must stay. If none is yours, withdraw your claim instead.")
    grounds = _grounds(request, "Works on this record are another person’s.")
    whose = _record(request.POST.get("other", ""))
    if whose:
        grounds.append({"label": "Whose they are", "detail": f"{whose}, record {whose.pk}"})
    made = propose_split(researcher=person, groups=[mine, foreign], grounds=grounds, proposed_by=by)
    number = len(foreign)
    return _told(made, f"A moderator looks at the {number} work{'s' if number > 1 else ''} you named. They stay on the record until then.")


def _record(text: str) -> Researcher | None:
    key = whole_number(text, digits=18)
    return Researcher.objects.filter(pk=key).first() if key else None


def _grounds(request: HttpRequest, claim: str) -> list[Ground]:
    note = " ".join(request.POST.get("note", "").replace("\x00", " ").split())
    if len(note) > LONGEST_NOTE:
        raise RequestRefused(f"That is longer than {LONGEST_NOTE:,} characters.")
    said: list[Ground] = [{"label": "Said by the owner", "detail": claim}]
    return [*said, {"label": IN_THEIR_WORDS, "detail": note}] if note else said


def _told(made: Proposal, words: str) -> str:
    return words if made.state == Proposal.State.OPEN else f"This was asked before: the proposal is {made.get_state_display()}."
