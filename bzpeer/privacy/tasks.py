"""Privacy in the background: copies of members' data, deletions that are due, and what must be forgotten in time."""

import logging

from celery import shared_task

from bzpeer.privacy.erasing import erase_due
from bzpeer.privacy.exporting import forget_expired, make_export, waiting_exports
from bzpeer.privacy.removing import forget_old_requests

logger = logging.getLogger(__name__)
MADE_PER_SWEEP = 10


@shared_task(name="bzpeer.privacy.tasks.make")
def make(export_id: int) -> None:
    """Make one member's copy. Harmless when delivered twice: its row is locked."""
    make_export(export_id)


@shared_task(name="bzpeer.privacy.tasks.sweep")
def sweep() -> int:
    """Make what a lost message left behind, erase the accounts whose day has come, forget what is over; return how many were concerned."""
    waiting = waiting_exports(MADE_PER_SWEEP)
    for key in waiting:
        make.delay(key)
    return len(waiting) + erase_due() + forget_expired() + forget_old_requests()


def ring(export_id: int) -> None:
    """Tell a worker of a copy to make. Never fails: without a broker the sweeper finds the row."""
    try:
        make.apply_async((export_id,), retry=False)
    except Exception as error:  # broker errors differ by transport; the row is safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)
