"""What happens to invitations by itself."""

from celery import shared_task

from bzpeer.collaboration.domain import expire_invitations


@shared_task(name="bzpeer.collaboration.tasks.expire")
def expire() -> int:
    """Close what nobody answered in time; return how many."""
    return expire_invitations()
