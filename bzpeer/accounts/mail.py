"""Mail without a mail server: every message is kept as a file and shown in the terminal.

With EMAIL_URL set `bzpeer.accounts.outbox` takes its place.
"""

import email.policy
import logging
import os
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

logger = logging.getLogger(__name__)

_UNSAFE_IN_HEADERS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
"""Django refuses CR and LF itself; these pass it and still break a header line or a mail server."""


class UnsafeHeader(ValueError):
    """A subject or address holds a control character. Sending it again does not help."""


@dataclass(frozen=True)
class KeptMessage:
    """A message of the outbox as a person reads it."""

    name: str
    at: datetime
    recipients: str
    subject: str
    body: str


class KeepingEmailBackend(BaseEmailBackend):
    """Writes each message to settings.EMAIL_FILE_PATH (mode 600); `bzpeer up` shows it in its terminal."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep every message; return how many. Raises UnsafeHeader before anything of a bad message is written."""
        for message in email_messages:
            refuse_unsafe_headers(message)
            logger.info("Mail is kept as %s", _keep(message).name)
        return len(email_messages)


def refuse_unsafe_headers(message: EmailMessage) -> None:
    """Raise UnsafeHeader for control characters that Django lets pass."""
    for text in (message.subject, message.from_email, *message.recipients()):
        if _UNSAFE_IN_HEADERS.search(str(text)):
            raise UnsafeHeader("A mail header holds a control character.")


def _keep(message: EmailMessage) -> Path:
    folder = Path(settings.EMAIL_FILE_PATH)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{timezone.now():%Y%m%dT%H%M%S%f}-{os.urandom(3).hex()}.eml"
    unfinished = path.with_suffix(".part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message.message().as_bytes())
    unfinished.rename(path)  # whoever watches the folder sees whole messages only
    return path


def as_told(message: KeptMessage) -> str:
    """Return a message as a terminal shows it, without the characters that would move its cursor."""
    body = "".join(sign for sign in message.body.strip() if sign == "\n" or sign.isprintable())
    heading = "".join(filter(str.isprintable, f"Mail to {message.recipients}: {message.subject}"))
    return f"\n{heading}\n{textwrap.indent(body, '    ')}\n"


def kept_messages(limit: int = 50) -> list[KeptMessage]:
    """Return the newest kept messages, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    return [read_message(path) for path in sorted(folder.glob("*.eml"), reverse=True)[:limit]]


def read_message(path: Path) -> KeptMessage:
    """Return a kept message from its file."""
    message = message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    return KeptMessage(
        name=path.name,
        at=datetime.strptime(path.name[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=timezone.get_default_timezone()),
        recipients=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body else "",
    )
