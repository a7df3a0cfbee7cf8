"""The home of editing: what the owner of a record, or somebody they let, says on it, and the ways to everything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.links import LONGEST_ADDRESS, LONGEST_LABEL, MOST_LINKS, Link, safe_links
from bzpeer.claims.models import MOST_HIGHLIGHTS, Highlight, OwnerProfile
from bzpeer.claims.owning import (
    LONGEST_INTEREST,
    LONGEST_OPEN_FOR,
    MOST_INTERESTS,
    ProfileRefused,
    add_highlight,
    move_highlight,
    order_highlights,
    remove_highlight,
    say_interests,
    say_links,
    say_openness,
)
from bzpeer.claims.queries import biography_stands, may_edit_record, owner_profile, owns_record
from bzpeer.curation.assertions import LONGEST_BIOGRAPHY, AssertionRefused, correct_researcher, standing_word
from bzpeer.pages.cards import Card, cards
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from bzpeer.privacy.visibility import hidden_from
from researchers.models import NameForm, Researcher
from researchers.names import fold
from works.bibliography import with_authors_total
from works.models import Work

WORKS_FOUND = 10
SPARE_LINKS = 2
_ANCHORS = frozenset({"biography", "interests", "links", "openness", "highlights"})


@dataclass(frozen=True, kw_only=True)
class OwnerSays:
    """What the owner says beyond the facts of the record, as a viewer may see it."""

    interests: tuple[str, ...]
    links: tuple[Link, ...]
    highlights: tuple[Card, ...]
    profile: OwnerProfile

    @property
    def says_anything(self) -> bool:
        return bool(self.interests or self.links)


def owner_says(viewer: User | AnonymousUser, person: Researcher, *, is_owner: bool) -> OwnerSays | None:
    """Return it for a claimed record; None where nobody's word stands."""
    profile = owner_profile(person.pk) if person.is_claimed else None
    if profile is None:
        return None
    hidden = hidden_from(viewer, profile, is_owner=is_owner)
    return OwnerSays(
        interests=() if "interests" in hidden else tuple(profile.interests),
        links=() if "links" in hidden else tuple(safe_links(profile.links)),
        highlights=() if "highlights" in hidden else tuple(cards(highlighted_works(profile), of=person.pk)),
        profile=profile,
    )


def highlighted_works(profile: OwnerProfile) -> list[Work]:
    """Return the chosen works in order, without those that left the record since."""
    keys = list(
        Highlight.objects.filter(profile=profile, work__authorships__researcher=profile.researcher_id)
        .order_by("position")
        .values_list("work_id", flat=True)
    )
    found = with_authors_total(Work.objects.filter(pk__in=keys)).select_related("source") if keys else Work.objects.none()
    by_key = {work.pk: work for work in found}
    return [by_key[key] for key in dict.fromkeys(keys) if key in by_key]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what can be said, and take it in. Others than the owner and whom they let are refused."""
    person = get_object_or_404(Researcher, pk=key)
    if not may_edit_record(request.user, person.pk):
        raise PermissionDenied("Only the owner of this record, and whom they let, edit it.")
    if request.method == "POST":
        return _take(request, person)
    return render(request, "owner/edit.html", _context(request, person))


def _take(request: HttpRequest, person: Researcher) -> HttpResponse:
    step = _STEPS.get(request.POST.get("step", ""))
    part = request.POST.get("part", "")
    anchor = f"#{part}" if part in _ANCHORS else ""
    try:
        if step is None:
            raise ProfileRefused("Nothing was chosen.")
        messages.success(request, step(request, person))
    except (ProfileRefused, AssertionRefused) as refusal:
        messages.error(request, str(refusal))
        return render(request, "owner/edit.html", _context(request, person, typed=part), status=409)
    return redirect(reverse("edit_researcher", kwargs={"key": person.pk, "slug": slug_of(person.display_name)}) + anchor)


def _context(request: HttpRequest, person: Researcher, *, typed: str = "") -> dict[str, Any]:
    """Return what the page shows; `typed` names the part whose words were refused and are shown again."""
    person.refresh_from_db()
    profile = owner_profile(person.pk) or OwnerProfile(researcher=person)
    posted = request.POST if typed in _ANCHORS else None
    asked = request.GET.get("work", "").replace("\x00", " ").strip()[:200]
    chosen = highlighted_works(profile) if profile.pk else []
    return {
        "researcher": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "here": "edit",
        "profile": profile,
        "is_owner": owns_record(request.user, person.pk),
        "biography": posted.get("value", "") if posted and typed == "biography" else person.biography if biography_stands(person) else "",
        "biography_seen": standing_word(person, "biography"),
        "longest_biography": LONGEST_BIOGRAPHY,
        "interests": posted.get("interests", "") if posted and typed == "interests" else "\n".join(profile.interests),
        "most_interests": MOST_INTERESTS,
        "links": _link_rows(_posted_links(request) if posted and typed == "links" else _stored_links(profile)),
        "most_links": MOST_LINKS,
        "longest_address": LONGEST_ADDRESS,
        "longest_label": LONGEST_LABEL,
        "open_for": posted.get("open_for", "") if posted and typed == "openness" else profile.open_for,
        "longest_open_for": LONGEST_OPEN_FOR,
        "names": list(NameForm.objects.filter(researcher=person).exclude(role="").order_by("role", "name", "pk")),
        "chosen": chosen,
        "most_highlights": MOST_HIGHLIGHTS,
        "asked": asked,
        "found": _works_found(person, asked, without=[work.pk for work in chosen]) if asked else [],
    }


def _stored_links(profile: OwnerProfile) -> list[tuple[str, str]]:
    return [(str(row.get("label", "")), str(row.get("url", ""))) for row in profile.links]


def _posted_links(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the pairs of a form; fields beyond the room there is are read too, so that the limit is told."""
    labels, addresses = request.POST.getlist("label"), request.POST.getlist("url")
    return list(zip(labels[: 2 * MOST_LINKS], addresses[: 2 * MOST_LINKS], strict=False))


def _link_rows(links: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    filled = [pair for pair in links if any(pair)]
    return [*filled, *[("", "")] * min(SPARE_LINKS, max(MOST_LINKS - len(filled), 0))]


def _works_found(person: Researcher, asked: str, *, without: Sequence[int]) -> list[Work]:
    found = Work.objects.filter(authorships__researcher=person).exclude(pk__in=without).distinct()
    for word in fold(asked).split()[:8]:
        found = found.filter(folded_title__contains=word)
    return list(found.order_by("-publication_year", "title", "pk")[:WORKS_FOUND])


# --- steps ------------------------------------------------------------------------------------------


def _seen(request: HttpRequest) -> int:
    return whole_number(request.POST.get("seen", ""), digits=18) or 0


def _text(request: HttpRequest, name: str, most: int = 10_000) -> str:
    text = request.POST.get(name, "")
    if len(text) > 2 * most:  # line ends count twice in what a browser sends
        raise ProfileRefused(f"That is longer than {most:,} characters.")
    return text


def _biography(request: HttpRequest, person: Researcher) -> str:
    value = _text(request, "value", LONGEST_BIOGRAPHY)
    correct_researcher(by=member(request), researcher=person, field="biography", value=value, seen=_seen(request))
    return "Your profile shows this biography, with your word for it and the date."


def _interests(request: HttpRequest, person: Researcher) -> str:
    said = _text(request, "interests", MOST_INTERESTS * LONGEST_INTEREST).replace(";", "\n").splitlines()
    say_interests(by=member(request), researcher=person, seen=_seen(request), interests=said)
    return "Your research interests are kept."


def _links(request: HttpRequest, person: Researcher) -> str:
    say_links(by=member(request), researcher=person, seen=_seen(request), links=_posted_links(request))
    return "Your links are kept."


def _openness(request: HttpRequest, person: Researcher) -> str:
    is_open = request.POST.get("is_open") == "on"
    open_for = _text(request, "open_for", LONGEST_OPEN_FOR)
    say_openness(by=member(request), researcher=person, seen=_seen(request), is_open=is_open, open_for=open_for)
    return "Your profile says that you are open to collaborate." if is_open else "Your profile takes no invitations."


def _work(request: HttpRequest) -> int:
    key = whole_number(request.POST.get("work", ""), digits=18)
    if key is None:
        raise ProfileRefused("Choose a work.")
    return key


def _add(request: HttpRequest, person: Researcher) -> str:
    add_highlight(by=member(request), researcher=person, seen=_seen(request), work_id=_work(request))
    return "The work is shown first on your profile."


def _remove(request: HttpRequest, person: Researcher) -> str:
    remove_highlight(by=member(request), researcher=person, seen=_seen(request), work_id=_work(request))
    return "The work is no longer shown first. It stays on the record."


def _up(request: HttpRequest, person: Researcher) -> str:
    move_highlight(by=member(request), researcher=person, seen=_seen(request), work_id=_work(request), steps=-1)
    return "Moved up."


def _down(request: HttpRequest, person: Researcher) -> str:
    move_highlight(by=member(request), researcher=person, seen=_seen(request), work_id=_work(request), steps=1)
    return "Moved down."


def _order(request: HttpRequest, person: Researcher) -> str:
    keys = [key for text in request.POST.getlist("work")[: 2 * MOST_HIGHLIGHTS] if (key := whole_number(text, digits=18))]
    order_highlights(by=member(request), researcher=person, seen=_seen(request), work_ids=keys)
    return "The order is kept."


_STEPS: dict[str, Callable[[HttpRequest, Researcher], str]] = {
    "biography": _biography,
    "interests": _interests,
    "links": _links,
    "openness": _openness,
    "add": _add,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "order": _order,
}
