"""What a member does to their feed: visits it, has it sent, lets nobody or somebody see that they follow."""

import secrets
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from bzpeer.accounts.models import User
from bzpeer.feeds.models import Reader
from bzpeer.feeds.queries import newest_event

SAME_VISIT = timedelta(minutes=30)
"""Who comes back sooner goes on with the same visit: what was new to them stays marked."""
_SALT = "bzpeer.feeds.unsubscribe"


@transaction.atomic
def visit_feed(user: User, *, now: datetime) -> datetime | None:
    """Note that a member looks at their feed; return since when things are new to them, None at the first visit."""
    reader = _reader(user)
    if reader.visited_at is None or now - reader.visited_at > SAME_VISIT:
        reader.seen_until = reader.visited_at
    reader.visited_at = now
    reader.save(update_fields=["visited_at", "seen_until"])
    return reader.seen_until


@transaction.atomic
def mark_feed_seen(user: User, *, now: datetime) -> None:
    """Let nothing be new to a member any more."""
    reader = _reader(user)
    reader.visited_at = reader.seen_until = now
    reader.save(update_fields=["visited_at", "seen_until"])


@transaction.atomic
def choose_reading(user: User, *, digest: str, is_listed: bool) -> Reader:
    """Store how often a member wants mail about what they follow, and whether owners may see their name.

    A digest tells only of what comes after it was chosen.
    """
    reader = _reader(user)
    if reader.digest == Reader.Digest.OFF and digest != Reader.Digest.OFF:
        reader.told_until = newest_event()
    reader.digest, reader.is_listed = Reader.Digest(digest), is_listed
    reader.save(update_fields=["digest", "is_listed", "told_until"])
    return reader


@transaction.atomic
def renew_token(user: User) -> str:
    """Give a member's own Atom feed a new secret address; the old one leads nowhere from now on."""
    reader = _reader(user)
    reader.token = secrets.token_urlsafe(24)
    reader.save(update_fields=["token"])
    return reader.token


@transaction.atomic
def drop_token(user: User) -> None:
    """Let a member's own Atom feed have no address."""
    reader = _reader(user)
    reader.token = None
    reader.save(update_fields=["token"])


def unsubscribe_token(user: User) -> str:
    """Return what stands in the unsubscribe link of a member's digests. It can switch them off and nothing else."""
    return signing.dumps(user.pk, salt=_SALT)


def subscriber(token: str) -> User | None:
    """Return the member an unsubscribe link is for, None if it was tampered with or they are no more."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=_SALT)).first()
    except signing.BadSignature:
        return None


def unsubscribe(user: User) -> bool:
    """Switch a member's digests off; return False when they were."""
    return bool(Reader.objects.filter(user=user).exclude(digest=Reader.Digest.OFF).update(digest=Reader.Digest.OFF))


def _reader(user: User) -> Reader:
    reader, _ = Reader.objects.get_or_create(user=user)
    return Reader.objects.select_for_update().get(pk=reader.pk)
