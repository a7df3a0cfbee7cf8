"""Suggested collaborators: for the owner of a record alone, with the reason for each, and a way to say no."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import owns_record
from bzpeer.collaboration.domain import dismiss_suggestion, restore_suggestion
from bzpeer.collaboration.queries import SuggestedCollaborator, dismissed_suggestions, suggested_collaborators
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number, whole_number
from graph.suggestions import NEIGHBOURS, THEIRS
from researchers.models import Researcher

PER_PAGE = 20
ON_PROFILE = 3
DISMISSED_SHOWN = 50
TOPICS_NAMED = 3
_LONGEST_KEY = 18

WHY = (
    "Each collaborator you share counts 1/ln(n), where n is how many people that collaborator has worked with (Adamic and Adar, 2003): "
    "a shared colleague who works with few says more. Each topic you share among your twelve main ones adds 0.15. People who said that "
    f"they are open to collaborate come first. Looked at are your {NEIGHBOURS} strongest collaborators and {THEIRS} of each of them; "
    "people you have written with are not suggested, nor records of your own name."
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One suggested person. `shared` are (name, address) of the most telling shared collaborators, `topics` of shared topics."""

    key: int
    name: str
    address: str
    connection: str
    works: int
    level: int
    is_open: bool
    open_for: str
    shared: tuple[tuple[str, str], ...]
    further_shared: int
    topics: tuple[tuple[str, str], ...]
    further_topics: int


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def suggestions(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """List whom the owner might work with. POST dismisses somebody (`dismiss`) or takes that back (`restore`)."""
    person = get_object_or_404(Researcher, pk=key)
    user = member(request)
    if not owns_record(user, person.pk):
        raise PermissionDenied("Only the owner of a record sees who is suggested to them.")
    address = record_address("researcher", person.pk, person.display_name)
    if request.method == "POST":
        return _answered(request, user, address)
    if slug != slug_of(person.display_name):
        return redirect(f"{address}suggestions/", permanent=True)
    found = suggested_collaborators(user, person.pk)
    page = page_number(request, total=len(found), size=PER_PAGE)
    context: dict[str, Any] = {
        "person": person,
        "address": address,
        "lines": [_line(one, person.pk) for one in found[(page - 1) * PER_PAGE : page * PER_PAGE]],
        "pager": numbered(request, page=page, total=len(found), size=PER_PAGE),
        "dismissed": list(dismissed_suggestions(user)[:DISMISSED_SHOWN]),
        "why": WHY,
    }
    return render(request, "connection/suggestions.html", context)


def suggestions_on_profile(user: object, researcher_id: int) -> list[Line]:
    """Return the first suggestions, for the block that the owner alone sees on their profile."""
    if not isinstance(user, User):
        return []
    return [_line(one, researcher_id) for one in suggested_collaborators(user, researcher_id)[:ON_PROFILE]]


def _answered(request: HttpRequest, user: User, address: str) -> HttpResponse:
    for step, act, said in (
        ("dismiss", dismiss_suggestion, "is not suggested to you any more."),
        ("restore", restore_suggestion, "can be suggested to you again."),
    ):
        number = whole_number(request.POST.get(step), digits=_LONGEST_KEY)
        if number is not None:
            other = get_object_or_404(Researcher, pk=number)
            act(user=user, researcher=other)
            messages.success(request, f"{other.display_name} {said}")
    return redirect(f"{address}suggestions/")


def _line(one: SuggestedCollaborator, researcher_id: int) -> Line:
    found, other = one.suggestion, one.suggestion.researcher
    address = record_address("researcher", other.pk, other.display_name)
    return Line(
        key=other.pk,
        name=other.display_name,
        address=address,
        connection=f"{address}connection/?from={researcher_id}",
        works=other.works_count,
        level=other.verification_level,
        is_open=one.is_open,
        open_for=one.open_for,
        shared=tuple((via.name, record_address("researcher", via.key, via.name)) for via in found.shared),
        further_shared=found.shared_total - len(found.shared),
        topics=tuple((topic.display_name, record_address("topic", topic.key, topic.display_name)) for topic in found.topics[:TOPICS_NAMED]),
        further_topics=max(len(found.topics) - TOPICS_NAMED, 0),
    )
