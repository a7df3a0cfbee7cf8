"""Digests in the background."""

import time

from celery import shared_task
from django.utils import timezone

from bzpeer.feeds.digests import forget_old_digests, write_due_digests
from bzpeer.feeds.noting import forget_old_news

TASK_SECONDS = 45


@shared_task(name="bzpeer.feeds.tasks.write_digests")
def write_digests() -> int:
    """Write what is due for a while; return how many messages. Delivered twice, or stopped half-way, it goes on where it was."""
    now = timezone.now()
    forget_old_digests(now=now)
    forget_old_news(now=now)
    return write_due_digests(now=now, deadline=time.monotonic() + TASK_SECONDS)
