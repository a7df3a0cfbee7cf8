"""Atom: the works of a researcher, a topic, an institution or a search for everybody, and a member's own feed for their reader."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.http import require_safe

from bzpeer.abstracts import abstract_of
from bzpeer.feeds.models import Reader
from bzpeer.feeds.queries import news_for
from bzpeer.feeds.telling import headline, in_a_sentence, search_address, subject
from bzpeer.typesetting import plain
from researchers.models import Institution, Researcher
from researchers.searching import words_of
from works.bibliography import Selection, bylines_of, with_authors_total, works_of
from works.models import Source, Topic, Work
from works.queries import WorkFilter, works_arrived, works_listed

ENTRIES = 50
LONGEST_SUMMARY = 2_000
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""
_BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)


@require_safe
def researcher_feed(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Answer with the newest works of a researcher."""
    person = get_object_or_404(Researcher, pk=key)
    works = list(works_of(person.pk, Selection(), first=0, most=ENTRIES))
    return _of_works(request, works, title=f"Works of {person.display_name}", page=reverse("researcher", args=[key, slug]))


@require_safe
def topic_feed(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Answer with the newest works on a topic."""
    topic = get_object_or_404(Topic, pk=key)
    works = works_listed(WorkFilter(topic=key), sort="newest", after=None, limit=ENTRIES)
    return _of_works(request, works, title=f"Works on {topic.display_name}", page=reverse("topic", args=[key, slug]))


@require_safe
def institution_feed(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Answer with the newest works of an institution."""
    place = get_object_or_404(Institution, pk=key)
    works = works_listed(WorkFilter(institution=key), sort="newest", after=None, limit=ENTRIES)
    return _of_works(request, works, title=f"Works from {place.display_name}", page=reverse("institution", args=[key, slug]))


@require_safe
def source_feed(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Answer with the newest works in a venue."""
    venue = get_object_or_404(Source, pk=key)
    works = works_listed(WorkFilter(source=key), sort="newest", after=None, limit=ENTRIES)
    return _of_works(request, works, title=f"Works in {venue.display_name}", page=reverse("source", args=[key, slug]))


@require_safe
def search_feed(request: HttpRequest) -> HttpResponseBase:
    """Answer with the works that a search finds, in the order in which they reached this portal."""
    asked = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:200]
    if not words_of(asked):
        raise Http404("Say what to look for: /search/feed.atom?q=…")
    works = list(with_authors_total(works_arrived(asked).select_related("source"))[:ENTRIES])
    return _of_works(request, works, title=f"Works found by “{asked}”", page=search_address(asked))


@require_safe
def own_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer with a member's own feed. The address is the secret; it is asked for without a login."""
    reader = Reader.objects.filter(token=token, user__is_active=True).select_related("user").first() if "\x00" not in token else None
    if reader is None:
        raise Http404("This feed has another address by now.")
    items = news_for(reader.user, limit=ENTRIES)
    feed = _Feed(
        title="What is new about what I follow", link=_whole(reverse("feed")), description=None, feed_url=_whole(request.path),
        feed_guid=_whole("/feed/"),
    )  # fmt: skip
    for item in items:
        name, address = subject(item)
        said = f"{headline(item)}: {name}"
        feed.add_item(
            title=_clean(said),
            link=_whole(address),
            description=escape(_clean(in_a_sentence(item))),
            unique_id=_tag("event", item.event.pk),
            pubdate=item.event.at,
            updateddate=item.event.at,
            authors=[],
            categories=[headline(item)],
        )
    answer = _answer(request, feed)
    if isinstance(answer, HttpResponse):
        patch_cache_control(answer, private=True)
        answer["X-Robots-Tag"] = "noindex"
        answer["Referrer-Policy"] = "no-referrer"
    return answer


def _of_works(request: HttpRequest, works: Sequence[Work], *, title: str, page: str) -> HttpResponseBase:
    feed = _Feed(
        title=_clean(title),
        link=_whole(page),
        description=None,
        feed_url=_whole(request.get_full_path()),
        feed_guid=_whole(request.get_full_path()),
    )
    bylines = bylines_of(works)
    for work in works:
        summary, _ = abstract_of(work)
        feed.add_item(
            title=_clean(_marked(work) + (plain(work.title) or "Untitled")),
            link=_whole(reverse("work", args=[work.pk, "-"]).removesuffix("-/")),
            description=escape(_clean(plain(summary))[:LONGEST_SUMMARY]),
            unique_id=_tag("work", work.pk),
            pubdate=_published(work),
            updateddate=_updated(work),
            authors=[_clean(byline.byline) for byline in bylines[work.pk]] or ["Unknown"],
        )
    return _answer(request, feed)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of another page's feed. `html` is safe HTML, `key` what the entry is for good: (kind, own key)."""

    key: tuple[str, int]
    title: str
    path: str
    html: str
    at: datetime
    changed: datetime
    authors: tuple[str, ...] = ()


def answer_with(request: HttpRequest, entries: Sequence[Entry], *, title: str, page: str) -> HttpResponseBase:
    """Answer with entries as Atom, or that nothing changed since they were last asked for."""
    address = _whole(request.get_full_path())
    feed = _Feed(title=_clean(title), link=_whole(page), description=None, feed_url=address, feed_guid=address)
    for entry in entries:
        feed.add_item(
            title=_clean(entry.title),
            link=_whole(entry.path),
            description=_clean(entry.html),
            unique_id=_tag(*entry.key),
            pubdate=entry.at,
            updateddate=entry.changed,
            authors=[_clean(name) for name in entry.authors] or ["A member"],
        )
    return _answer(request, feed)


def _marked(work: Work) -> str:
    return "Retracted: " if work.is_retracted else "Withdrawn: " if work.is_withdrawn else ""


def _published(work: Work) -> datetime | None:
    return datetime.combine(work.publication_date, time(), UTC) if work.publication_date else None


def _updated(work: Work) -> datetime:
    """Return when the entry last changed as far as readers are concerned: it reached this portal, or has a new version."""
    version = datetime.combine(work.updated_on, time(), UTC) if work.updated_on else None
    return max(work.created_at, version) if version else work.created_at


def _whole(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"


def _tag(kind: str, key: int) -> str:
    """Return an id that stays when a title, and with it the readable address, changes."""
    return f"{settings.PORTAL_URL}/{kind}s/{key}/"


def _clean(text: str) -> str:
    return _ILLEGAL.sub(" ", text)


class _Feed(Atom1Feed):
    """Django's Atom with every author of an entry, and a date that does not move while nothing is in it."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Write an entry and its authors."""
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")

    def add_root_elements(self, handler: Any) -> None:
        """Write the head; a feed needs an author where its entries have none."""
        super().add_root_elements(handler)
        handler.startElement("author", {})
        handler.addQuickElement("name", "bzpeer")
        handler.endElement("author")

    def latest_post_date(self) -> datetime:
        """Return the date of the newest entry."""
        return max((item["updateddate"] for item in self.items), default=_BEFORE_EVERYTHING)


def _answer(request: HttpRequest, feed: _Feed) -> HttpResponseBase:
    """Return the document, or that it did not change."""
    body = feed.writeString("utf-8").encode()
    changed = feed.latest_post_date()
    answer = HttpResponse(body, content_type=feed.content_type)
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer["Last-Modified"] = f"{changed.astimezone(UTC):%a, %d %b %Y %H:%M:%S GMT}"
    answer["X-Content-Type-Options"] = "nosniff"
    return get_conditional_response(request, etag=answer["ETag"], last_modified=int(changed.timestamp()), response=answer) or answer
