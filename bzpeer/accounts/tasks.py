"""Mail in the background."""

from celery import shared_task

from bzpeer.accounts.outbox import SEND_MAIL, forget_old, send_due


@shared_task(name=SEND_MAIL)
def send_mail() -> int:
    """Send what is due; return how many messages left. Harmless when delivered twice: each message is leased."""
    forget_old()
    return send_due()
