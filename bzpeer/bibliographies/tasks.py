"""Bibliographies in the background: reading long lists and ORCID records, and looking up what was fetched."""

import logging

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now

from bzpeer.bibliographies.domain import read_on, settle_arrivals
from bzpeer.bibliographies.models import Bibliography

logger = logging.getLogger(__name__)
STARTED_PER_SWEEP = 20


@shared_task(name="bzpeer.bibliographies.tasks.read_bibliography")
def read_bibliography(bibliography_id: int) -> None:
    """Read a list that waits. Harmless when delivered twice: the lease lets one worker in."""
    read_on(bibliography_id)


@shared_task(name="bzpeer.bibliographies.tasks.sweep_bibliographies")
def sweep_bibliographies() -> int:
    """Read what a lost message left behind, and look up what imports have brought. Return the number of lists concerned."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    waiting = Bibliography.objects.filter(free, state=Bibliography.State.WAITING).order_by("pk")
    found = list(waiting.values_list("pk", flat=True)[:STARTED_PER_SWEEP])
    for key in found:
        read_bibliography.delay(key)
    return len(found) + settle_arrivals()


def ring(bibliography_id: int) -> None:
    """Tell a worker of a list. Never fails: without a broker the sweeper finds the row."""
    try:
        read_bibliography.apply_async((bibliography_id,), retry=False)
    except Exception as error:  # broker errors differ by transport; the row is safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)
