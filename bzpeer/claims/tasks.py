"""Claims in the background: proof pages are read, and evidence that no longer holds is taken out of account."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from bzpeer.claims.domain import forget_started
from bzpeer.claims.evidence import lapse_evidence, pages_due, read_page
from bzpeer.claims.fetching import PUBLIC

logger = logging.getLogger(__name__)


@shared_task(name="bzpeer.claims.tasks.read_proof_page")
def read_proof_page(evidence_id: int) -> bool:
    """Read one page. Harmless when delivered twice: the row is leased."""
    return read_page(evidence_id, reach=getattr(settings, "CLAIM_PAGE_REACH", None) or PUBLIC)


@shared_task(name="bzpeer.claims.tasks.sweep_proof_pages")
def sweep_proof_pages() -> int:
    """Read what a lost message left behind; at most five pages of five seconds."""
    return sum(read_proof_page(key) for key in pages_due(timezone.now(), limit=5))


@shared_task(name="bzpeer.claims.tasks.look_over_claims")
def look_over_claims() -> int:
    """Once a day: addresses that must be confirmed again, claims that never went on."""
    now = timezone.now()
    return lapse_evidence(now) + forget_started(now)


def ring_page(evidence_id: int) -> None:
    """Ask for a page to be read now. Never fails: without a broker the sweeper finds the row."""
    try:
        read_proof_page.apply_async((evidence_id,), retry=False)
    except Exception as error:  # broker errors differ by transport; the row is safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)
