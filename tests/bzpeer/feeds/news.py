"""Making news in tests: a member follows something, then a work arrives."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from bzpeer.accounts.models import Follow, User
from bzpeer.feeds.noting import note_news
from tests.factories.records import WorkFactory
from works.models import Work


def arrived(**fields: Any) -> Work:
    """Return a work published a month ago that reached the portal just now, noted as the pipeline does."""
    fields.setdefault("publication_date", timezone.now().date() - timedelta(days=30))
    work = WorkFactory(**fields)
    noted(work)
    return work


def noted(*works: Work) -> int:
    """Run the pipeline's stage over these works."""
    return note_news([work.pk for work in works], [], now=timezone.now())


def followed_since(user: User, days: float) -> None:
    """Let everything a member follows have been followed for that many days."""
    Follow.objects.filter(user=user).update(created_at=timezone.now() - timedelta(days=days))
