"""Mail that is kept: readable, private, and not fooled by control characters."""

import stat

import pytest
from django.core.mail import EmailMessage

from bzpeer.accounts.mail import KeepingEmailBackend, UnsafeHeader, as_told, kept_messages


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def message(subject="Grüße", body="Open https://portal.example/confirm/Ω\n", to="ä.reader@example.org"):
    return EmailMessage(subject, body, "bzpeer <portal@example.org>", [to])


def test_a_message_is_kept_and_read_back_newest_first():
    KeepingEmailBackend().send_messages([message(subject="first")])
    KeepingEmailBackend().send_messages([message()])
    kept = kept_messages()
    assert [(m.subject, m.body) for m in kept] == [
        ("Grüße", "Open https://portal.example/confirm/Ω\n"),
        ("first", "Open https://portal.example/confirm/Ω\n"),
    ]


def test_kept_messages_are_for_the_portal_alone(folder):
    KeepingEmailBackend().send_messages([message()])
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("broken", [{"subject": "a\u2028Bcc: x@example.org"}, {"to": "a\x00@example.org"}, {"subject": "a\x85b"}])
def test_a_control_character_in_a_header_is_refused_and_nothing_kept(broken, folder):
    with pytest.raises(UnsafeHeader):
        KeepingEmailBackend().send_messages([message(**broken)])
    assert not folder.exists()


def test_a_message_is_told_in_a_terminal_without_its_control_characters():
    KeepingEmailBackend().send_messages([message(body="Open https://portal.example/confirm/Ω\n\x1b[2J\rand see\n")])
    (kept,) = kept_messages()
    assert as_told(kept) == "\nMail to ä.reader@example.org: Grüße\n    Open https://portal.example/confirm/Ω\n    [2J\n    and see\n"
