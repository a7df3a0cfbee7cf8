"""Mail through the outbox, against a local mail server."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.core.mail import EmailMessage, send_mail
from django.db import connection, transaction
from django.db.models.functions import Now

from bzpeer.accounts.mail import UnsafeHeader
from bzpeer.accounts.models import OutgoingMail
from bzpeer.accounts.outbox import WAITS, forget_old, send_again, send_due

State = OutgoingMail.State


class MailServer(threading.Thread):
    """Just enough SMTP to take messages, or to refuse, or to die before it says that it took one."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.taken: list[bytes] = []
        self.manner = "take"

    def run(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                self._talk(client, lines)

    def _talk(self, client, lines) -> None:
        client.sendall(b"220 ready\r\n")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"DATA":
                client.sendall(b"354 go on\r\n")
                body = b"".join(iter(lambda: next(lines), b".\r\n"))
                if self.manner == "refuse":
                    client.sendall(b"451 not now\r\n")
                    continue
                self.taken.append(body)
                if self.manner == "die":
                    return
            if verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            client.sendall(b"250 fine\r\n")


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    settings.EMAIL_BACKEND = "bzpeer.accounts.outbox.OutboxEmailBackend"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    server = MailServer()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
    server.start()
    yield server
    server.socket.close()


def write(subject: str = "Grüße") -> None:
    send_mail(subject, "Open https://portal.example/Ω", "bzpeer <portal@example.org>", ["reader@example.org"])


@pytest.mark.django_db
def test_a_message_leaves_once_and_its_content_is_not_kept(server):
    write()
    assert (OutgoingMail.objects.get().state, server.taken) == (State.QUEUED, [])

    assert (send_due(), send_due()) == (1, 0)

    (taken,) = server.taken
    message = message_from_bytes(taken)
    assert (message["To"], "Message-ID" in message) == ("reader@example.org", True)
    mail = OutgoingMail.objects.get()
    assert (mail.state, bytes(mail.content), mail.sent_at is not None) == (State.SENT, b"", True)


@pytest.mark.django_db(transaction=True)
def test_no_mail_tells_of_what_was_rolled_back(server):
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert send_due() == 0


@pytest.mark.django_db
def test_a_server_that_refuses_is_asked_again_later_and_then_staff_decide(server):
    server.manner = "refuse"
    write()
    for attempt in range(1, len(WAITS) + 2):
        assert send_due() == 0
        mail = OutgoingMail.objects.get()
        assert mail.attempts == attempt
        OutgoingMail.objects.update(due_at=Now())
    assert (mail.state, "451" in mail.error) == (State.FAILED, True)

    server.manner = "take"
    assert send_due() == 0
    assert send_again(mail)
    assert send_due() == 1
    assert not send_again(mail)


@pytest.mark.django_db
def test_a_server_that_dies_after_taking_gets_the_same_message_again(server):
    server.manner = "die"
    write()
    assert send_due() == 0
    server.manner = "take"
    OutgoingMail.objects.update(due_at=Now())
    assert send_due() == 1
    assert len({message_from_bytes(each)["Message-ID"] for each in server.taken}) == 1


@pytest.mark.django_db
def test_no_server_is_a_reason_to_wait(server, settings):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        settings.EMAIL_PORT = nobody.getsockname()[1]
    write()
    assert send_due() == 0
    assert OutgoingMail.objects.get().state == State.QUEUED


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_taken_over(server):
    write()
    OutgoingMail.objects.update(lease_until=Now() + timedelta(minutes=1), attempts=1)
    assert send_due() == 0
    OutgoingMail.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert send_due() == 1


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_message_once(server):
    for number in range(12):
        write(f"Message {number}")
    barrier = threading.Barrier(4)

    def deliver() -> None:
        barrier.wait()
        send_due()
        connection.close()

    senders = [threading.Thread(target=deliver) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    subjects = sorted(message_from_bytes(each)["Subject"] for each in server.taken)
    assert subjects == sorted(f"Message {number}" for number in range(12))


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [{"subject": "a\u2028Bcc: x@example.org"}, {"to": ["a\x00@example.org"]}])
def test_a_control_character_in_a_header_is_refused(server, broken):
    message = EmailMessage(**{"subject": "s", "body": "b", "to": ["reader@example.org"], **broken})
    with pytest.raises(UnsafeHeader):
        message.send()
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_sent_messages_are_forgotten_after_a_week(server):
    write()
    send_due()
    assert forget_old() == 0
    OutgoingMail.objects.update(sent_at=Now() - timedelta(days=8))
    assert forget_old() == 1


def test_the_servers_errors_are_those_waited_for():
    assert issubclass(smtplib.SMTPException, OSError)
