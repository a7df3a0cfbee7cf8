"""Digests: what is new about what a member follows, by mail, once for a day or a week.

A row of `Digest` and the message are written in one transaction, and the row is unique for member and period: however
many schedulers ask, and wherever one of them dies, each period gives one message at most. What a message tells begins
where the last one ended, so a day without a scheduler is made good by the next.
"""

import logging
import time
from datetime import datetime, timedelta
from itertools import groupby

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.urls import reverse

from bzpeer.accounts.models import User
from bzpeer.feeds.domain import unsubscribe_token
from bzpeer.feeds.models import Digest, FeedEvent, Reader
from bzpeer.feeds.queries import Item, newest_event, news_for
from bzpeer.feeds.telling import headline, in_a_sentence, subject

logger = logging.getLogger(__name__)

FIRST_HOUR = 6
"""UTC. Before that the day's digest is not due."""
MOST_ITEMS = 40
KEPT_FOR = timedelta(days=60)
_HEADINGS = {
    FeedEvent.Kind.RETRACTED: "Retractions",
    FeedEvent.Kind.WITHDRAWN: "Withdrawals",
    FeedEvent.Kind.WORK: "New works",
    FeedEvent.Kind.VERSION: "New versions",
    FeedEvent.Kind.CLAIM: "Claims",
}
"""In the order of a message: what a reader must not miss comes first."""


def period_of(digest: str, now: datetime) -> str | None:
    """Return the period that is due, as `Digest.period`; None while none is. A week is due from Monday 6:00 to its end."""
    start = now - timedelta(hours=FIRST_HOUR)
    if digest == Reader.Digest.DAILY:
        return f"{start:%Y-%m-%d}"
    if digest == Reader.Digest.WEEKLY:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    return None


def write_due_digests(*, now: datetime, deadline: float | None = None, limit: int = 2_000) -> int:
    """Write what is due, member by member, until `deadline` (of time.monotonic); return how many messages were written."""
    written = 0
    for reader in _due(now, limit):
        if deadline is not None and time.monotonic() >= deadline:
            break
        try:
            written += _write(reader, now=now)
        except Exception:  # whatever it is, the members after this one get theirs; this one is tried at the next call
            logger.exception("A digest could not be written")
    return written


def forget_old_digests(*, now: datetime) -> int:
    """Remove the rows of periods long past; return how many."""
    removed, _ = Digest.objects.filter(made_at__lt=now - KEPT_FOR).delete()
    return removed


def _due(now: datetime, limit: int) -> list[Reader]:
    """Return the readers whose period has no row yet, those of members who can be written to."""
    found: list[Reader] = []
    for digest in (Reader.Digest.DAILY, Reader.Digest.WEEKLY):
        found += _reachable(digest, period_of(digest, now) or "")[:limit]
    return found


def _reachable(digest: str, period: str) -> QuerySet[Reader]:
    confirmed = EmailAddress.objects.annotate(lower=Lower("email")).filter(
        user=OuterRef("user"), verified=True, lower=Lower(OuterRef("user__email"))
    )
    made = Digest.objects.filter(user=OuterRef("user"), period=period)
    readers = Reader.objects.filter(Exists(confirmed), ~Exists(made), digest=digest, user__is_active=True)
    return readers.select_related("user").order_by("pk")


@transaction.atomic
def _write(due: Reader, *, now: datetime) -> int:
    """Write one member's digest if it is still due; return 1 when there was something to tell."""
    reader = Reader.objects.select_for_update(skip_locked=True).filter(pk=due.pk, digest=due.digest).first()
    period = period_of(due.digest, now)
    if reader is None or period is None:
        return 0
    row, is_new = Digest.objects.get_or_create(user_id=due.user_id, period=period)
    if not is_new:
        return 0
    until = newest_event()
    items = news_for(due.user, after=reader.told_until, limit=MOST_ITEMS + 1)
    reader.told_until = max(until, reader.told_until)
    reader.save(update_fields=["told_until"])
    if not items:
        return 0
    row.items = min(len(items), MOST_ITEMS)
    row.save(update_fields=["items"])
    message(due.user, items, digest=due.digest).send()
    return 1


def message(user: User, items: list[Item], *, digest: str) -> EmailMultiAlternatives:
    """Return a digest as plain text and simple HTML, grouped by kind, with links that end the digests."""
    shown, more = items[:MOST_ITEMS], len(items) > MOST_ITEMS
    stop = _whole(reverse("unsubscribe", kwargs={"token": unsubscribe_token(user)}))
    context = {
        "groups": _grouped(shown),
        "more": more,
        "often": "every day" if digest == Reader.Digest.DAILY else "every week",
        "feed": _whole(reverse("feed")),
        "settings": _whole(reverse("feed_reading")),
        "stop": stop,
    }
    count = f"More than {MOST_ITEMS} new items" if more else "1 new item" if len(shown) == 1 else f"{len(shown)} new items"
    mail = EmailMultiAlternatives(
        subject=f"{count} about what you follow",
        body=render_to_string("emails/digest.txt", context),
        to=[user.email],
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("emails/digest.html", context), "text/html")
    return mail


def _grouped(items: list[Item]) -> list[tuple[str, list[dict[str, str]]]]:
    order = {kind: place for place, kind in enumerate(_HEADINGS)}
    ordered = sorted(items, key=lambda item: (order[FeedEvent.Kind(item.event.kind)], -item.event.pk))
    return [
        (_HEADINGS[FeedEvent.Kind(kind)], [_line(item) for item in of_kind])
        for kind, of_kind in groupby(ordered, key=lambda item: item.event.kind)
    ]


def _line(item: Item) -> dict[str, str]:
    name, address = subject(item)
    return {"what": headline(item), "name": " ".join(name.split()), "link": _whole(address), "why": " ".join(in_a_sentence(item).split())}


def _whole(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"
