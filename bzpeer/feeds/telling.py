"""News in words: what happened, and why a member is told. Feeds, mail and Atom say the same."""

from dataclasses import dataclass

from django.db.models import Model
from django.utils.http import urlencode

from bzpeer.addresses import record_address
from bzpeer.feeds.models import FeedEvent
from bzpeer.feeds.queries import Because, Item
from bzpeer.typesetting import plain
from researchers.models import Institution, Researcher
from works.models import Source, Topic, Work

MOST_REASONS = 5
"""A work of a large collaboration concerns somebody for hundreds of reasons; the rest is counted."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """A reason as a sentence: `before`, a link, `after`. `level`: how far a researcher it leads to is verified."""

    before: str
    label: str
    address: str
    after: str
    level: int | None = None

    def __str__(self) -> str:
        return f"{self.before} {self.label}{self.after}"


def headline(item: Item) -> str:
    """Say in a few words what happened."""
    match item.event.kind:
        case FeedEvent.Kind.VERSION:
            return f"Version {item.event.number}"
        case FeedEvent.Kind.RETRACTED:
            return "Retracted"
        case FeedEvent.Kind.WITHDRAWN:
            return "Withdrawn from arXiv"
        case FeedEvent.Kind.CLAIM:
            return "Record claimed by its owner"
        case _:
            return "New citation" if all(reason.role == "cited" for reason in item.reasons) else "New work"


def subject(item: Item) -> tuple[str, str]:
    """Return the name of the record an item is about and its address."""
    record = item.work or item.event.researcher
    if record is None:
        raise ValueError("An event is of a work or of a researcher; the database sees to that.")
    return named(record)


def reasons(item: Item) -> list[Why]:
    """Return why a member is told, the first MOST_REASONS of it."""
    return [_why(reason) for reason in item.reasons[:MOST_REASONS]]


def further_reasons(item: Item) -> int:
    """Return how many reasons `reasons` leaves out."""
    return max(len(item.reasons) - MOST_REASONS, 0)


def in_a_sentence(item: Item) -> str:
    """Return all the reasons as one sentence of plain text."""
    told = "; ".join(map(str, reasons(item)))
    more = further_reasons(item)
    return f"Because {told}{f'; and {more} more' if more else ''}."


def named(record: Model) -> tuple[str, str]:
    """Return what a record is called in plain text, and its address."""
    match record:
        case Work():
            return plain(record.title) or "Untitled", record_address("work", record.pk, record.title)
        case Researcher():
            return record.display_name, record_address("researcher", record.pk, record.display_name)
        case Topic():
            return record.display_name, record_address("topic", record.pk, record.display_name)
        case Institution():
            return record.display_name, record_address("institution", record.pk, record.display_name)
        case Source():
            return record.display_name, record_address("source", record.pk, record.display_name)
        case _:
            raise TypeError(f"A {type(record).__name__} has no page.")


def _why(because: Because) -> Why:
    follow = because.follow
    if follow.search is not None:
        return Why(before="your search", label=follow.search.name, address=search_address(follow.search.text), after=" finds it")
    followed = follow.researcher or follow.topic or follow.institution or follow.source or follow.work
    if followed is None:
        raise ValueError("A follow is of one thing; the database sees to that.")
    label, address = named(followed)
    before, after = _WORDS[because.role]
    level = follow.researcher.verification_level if follow.researcher else None
    return Why(before=before, label=label, address=address, after=after, level=level)


def search_address(text: str) -> str:
    """Return where a search can be seen again."""
    return f"/search/?{urlencode({'q': text, 'kind': 'work'})}"


_WORDS = {
    "author": ("you follow", ", who wrote it"),
    "topic": ("you follow the topic", ""),
    "institution": ("you follow", ", printed with its authors"),
    "source": ("it appeared in", ", which you follow"),
    "cited": ("you follow", ", which it cites"),
    "itself": ("you follow", ""),
}
