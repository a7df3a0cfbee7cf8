"""A member's feed: what is new about what they follow, and why each item is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.feeds.domain import choose_reading, drop_token, mark_feed_seen, renew_token, subscriber, unsubscribe, visit_feed
from bzpeer.feeds.models import Reader
from bzpeer.feeds.noting import NEWS_AGE, PUBLISHED_WITHIN
from bzpeer.feeds.queries import FILTERS, Item, follows_of, news_for, reader_of, suggested_researchers
from bzpeer.feeds.telling import Why, further_reasons, headline, named, reasons
from bzpeer.pages.cards import Card, cards
from bzpeer.pages.follow import follow_button
from bzpeer.pages.members import member
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from bzpeer.pages.researchers import rows_of

PER_PAGE = 30
SUGGESTED = 6


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item as the page shows it: a work's card, or a person's name, address and level."""

    headline: str
    kind: str
    card: Card | None
    person: tuple[str, str, int] | None
    reasons: Sequence[Why]
    further: int
    at: datetime
    ends_new: bool


@login_required
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Show one page of the feed; the first one notes the visit."""
    user = member(request)
    chosen = request.GET.get("only", "")
    chosen = chosen if chosen in FILTERS else ""
    _, kinds, roles = FILTERS.get(chosen, ("", [], []))
    before = whole_number(request.GET.get("before", ""), digits=18)
    seen_until = visit_feed(user, now=timezone.now()) if before is None and not chosen else reader_of(user).seen_until
    found = news_for(user, before=before, kinds=kinds, roles=roles, limit=PER_PAGE + 1)
    items, has_more = found[:PER_PAGE], len(found) > PER_PAGE
    is_start = not items and before is None and not chosen
    context: dict[str, Any] = {
        "days": _days(items, seen_until=seen_until),
        "filters": [(label, with_parameters(request, only=key, before=None), key == chosen) for key, (label, _, _) in FILTERS.items()],
        "everything": with_parameters(request, only=None, before=None),
        "chosen": chosen,
        "pager": Pager(
            place="",
            previous=with_parameters(request, before=None) if before is not None else "",
            next=with_parameters(request, before=items[-1].event.pk) if has_more else "",
            back_label="Back to the newest",
            on_label="Earlier",
        ),
        "has_new": seen_until is not None and any(item.event.at > seen_until for item in items),
        "is_start": is_start,
        "follows_total": follows_of(user).count() if is_start else None,
        "suggested": _suggested(request) if is_start else [],
        "news_days": NEWS_AGE.days,
        "published_days": PUBLISHED_WITHIN.days,
    }
    return render(request, "feed/feed.html", context)


def _days(items: Sequence[Item], *, seen_until: datetime | None) -> list[tuple[date, list[Entry]]]:
    """Return the items by the day on which this portal learnt of them, newest first."""
    known = {card.work.pk: card for card in cards([item.work for item in items if item.work is not None])}
    entries = [_entry(item, known, ends_new=_ends_new(items, place, seen_until)) for place, item in enumerate(items)]
    return [(day, list(of_day)) for day, of_day in groupby(entries, key=lambda entry: entry.at.date())]


def _ends_new(items: Sequence[Item], place: int, seen_until: datetime | None) -> bool:
    """Tell whether the line "you have seen what follows" stands above this item."""
    return seen_until is not None and place > 0 and items[place].event.at <= seen_until < items[place - 1].event.at


def _entry(item: Item, known: dict[int, Card], *, ends_new: bool) -> Entry:
    person = item.event.researcher
    return Entry(
        headline=headline(item),
        kind=item.event.kind,
        card=known.get(item.event.work_id) if item.event.work_id else None,
        person=(*named(person), person.verification_level) if person else None,
        reasons=reasons(item),
        further=further_reasons(item),
        at=item.event.at,
        ends_new=ends_new,
    )


def _suggested(request: HttpRequest) -> list[Any]:
    people = suggested_researchers(member(request), limit=SUGGESTED)
    return [
        (row, follow_button(request.user, person, is_following=False, shows_count=False))
        for row, person in zip(rows_of(people), people, strict=True)
    ]


@login_required
@require_POST
def mark_seen(request: HttpRequest) -> HttpResponse:
    """Let nothing be new any more."""
    mark_feed_seen(member(request), now=timezone.now())
    return redirect("feed")


# --- how it is read -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest) -> HttpResponse:
    """Show how a member reads their feed; POST stores how often they want mail and whether they may be named."""
    user = member(request)
    if request.method == "POST":
        digest = request.POST.get("digest", "")
        if digest not in Reader.Digest.values:
            messages.error(request, "Choose how often we write to you.")
            return redirect("feed_reading")
        choose_reading(user, digest=digest, is_listed=request.POST.get("is_listed") == "on")
        messages.success(request, "Your choices are stored.")
        return redirect("feed_reading")
    reader = reader_of(user)
    context = {
        "reader": reader,
        "digests": Reader.Digest.choices,
        "follows_total": follows_of(user).count(),
        "atom": settings.PORTAL_URL + reverse("own_atom", kwargs={"token": reader.token}) if reader.token else "",
    }
    return render(request, "feed/reading.html", context)


@login_required
@require_POST
def private_address(request: HttpRequest) -> HttpResponse:
    """Give the member's own Atom feed a new address, or none."""
    if request.POST.get("action") == "remove":
        drop_token(member(request))
        messages.success(request, "Your feed has no address any more.")
    else:
        renew_token(member(request))
        messages.success(request, "Your feed has a new address. An old one no longer works.")
    return redirect("feed_reading")


@csrf_exempt  # mail programs send this POST by themselves; the token stands for the member and can do nothing else
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """End a member's digests without a login. A GET only shows the button: mail scanners follow links."""
    user = subscriber(token)
    if user is None:
        raise Http404("This link is not complete. Copy it whole, or log in and change your settings.")
    if request.method == "POST":
        unsubscribe(user)
    return render(request, "feed/unsubscribe.html", {"is_done": request.method == "POST"})
