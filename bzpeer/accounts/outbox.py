"""Mail with a mail server: a message is a row first and leaves afterwards, so that no page waits for a mail server.

A message is written in the transaction that causes it: no mail tells of something that was rolled back, and none is lost.
A sender leases a row, hands it over, and marks it. Should it die in between, the message goes out again with the same
Message-ID, by which mail systems recognise a repetition; a message lost would be worse than one that came twice.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import Policy

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from bzpeer.accounts.mail import refuse_unsafe_headers
from bzpeer.accounts.models import OutgoingMail

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than a mail server may take (EMAIL_TIMEOUT per step)."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""Between attempts; after the last one the message is given up and staff see it."""
KEPT_FOR = timedelta(days=7)
SEND_MAIL = "bzpeer.accounts.tasks.send_mail"
State = OutgoingMail.State


class OutboxEmailBackend(BaseEmailBackend):
    """Puts each message into the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write every message down; return how many. Raises UnsafeHeader before anything of a bad message is written."""
        for message in email_messages:
            refuse_unsafe_headers(message)
            mime = message.message()
            OutgoingMail.objects.create(
                sender=message.from_email, recipients=message.recipients(), subject=str(message.subject), content=mime.as_bytes()
            )
        transaction.on_commit(_ring, robust=True)
        return len(email_messages)


def _ring() -> None:
    """Never fails: without a broker the sweeper in the beat schedule finds the rows."""
    try:
        current_app.send_task(SEND_MAIL, retry=False)
    except Exception as error:  # broker errors differ by transport; the rows are safe
        logger.warning("The broker did not take a message; the sweeper will: %s", type(error).__name__)


def send_due(limit: int = 20) -> int:
    """Send what is due, one message after the other; return how many were sent."""
    sent = 0
    for _ in range(limit):
        mail = _leased()
        if mail is None:
            break
        sent += _sent(mail)
    return sent


def send_again(mail: OutgoingMail) -> bool:
    """Let a message that was given up be tried anew; return False if it is none."""
    again = OutgoingMail.objects.filter(pk=mail.pk, state=State.FAILED)
    return bool(again.update(state=State.QUEUED, attempts=0, due_at=Now(), lease_until=None, error=""))


def forget_old() -> int:
    """Remove messages that were sent long ago; return how many."""
    removed, _ = OutgoingMail.objects.filter(state=State.SENT, sent_at__lt=Now() - KEPT_FOR).delete()
    return removed


@transaction.atomic
def _leased() -> OutgoingMail | None:
    """Take the message due first, by the database's clock, so that no other sender has it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    due = OutgoingMail.objects.filter(free, state=State.QUEUED, due_at__lte=Now())
    mail = due.order_by("due_at", "pk").select_for_update(skip_locked=True).first()
    if mail is None:
        return None
    OutgoingMail.objects.filter(pk=mail.pk).update(lease_until=Now() + LEASE, attempts=F("attempts") + 1)
    mail.refresh_from_db()
    return mail


def _sent(mail: OutgoingMail) -> bool:
    try:
        with get_connection(settings.MAIL_TRANSPORT) as transport:
            handed_over = transport.send_messages([_Raw(mail)])
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a sentence no server can take is a ValueError
        _put_off(mail, error)
        return False
    if not handed_over:
        _put_off(mail, OSError("the mail server took nothing"))
        return False
    # The content holds links that let somebody in: it is not kept longer than needed.
    OutgoingMail.objects.filter(pk=mail.pk).update(state=State.SENT, sent_at=Now(), lease_until=None, error="", content=b"")
    return True


def _put_off(mail: OutgoingMail, error: Exception) -> None:
    said = f"{type(error).__name__}: {error}"[:500]
    if mail.attempts > len(WAITS):
        OutgoingMail.objects.filter(pk=mail.pk).update(state=State.FAILED, lease_until=None, error=said)
        logger.error("A message was given up after %s attempts", mail.attempts)
        return
    OutgoingMail.objects.filter(pk=mail.pk).update(due_at=Now() + WAITS[mail.attempts - 1], lease_until=None, error=said)


class _Written(Message):
    """A parsed message that gives its bytes the way Django's transports ask for them."""

    def as_bytes(self, unixfrom: bool = False, policy: Policy | None = None, linesep: str = "\n") -> bytes:
        """Return the message with the line ends of its transport."""
        return super().as_bytes(unixfrom, policy=(policy or self.policy).clone(linesep=linesep))


class _Raw(EmailMessage):
    """A written message as Django's transports take it: its bytes stay as they are, the Message-ID included."""

    def __init__(self, mail: OutgoingMail) -> None:
        super().__init__(subject=mail.subject, from_email=mail.sender, to=mail.recipients)
        self._mime = message_from_bytes(bytes(mail.content), _class=_Written)

    def message(self, **options: object) -> Message:  # type: ignore[override]  # Django's own class has more methods, none is used
        """Return the message as it was written."""
        return self._mime
