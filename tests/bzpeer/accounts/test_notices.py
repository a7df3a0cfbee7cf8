"""Notices: told once, where a member wants them, and to nobody else."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from bzpeer.accounts.models import Notification
from bzpeer.accounts.notices import choose, mark_read, notify, unread_count
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db


def told(user, key: str = "claim:1:accepted", **more):
    return notify(user, **{"kind": "claim", "key": key, "text": "Your claim was accepted.", "url": "/claims/"} | more)


def test_a_member_is_told_once_on_the_page_and_by_mail():
    member = MemberFactory()
    assert told(member) is not None
    assert told(member) is None

    assert Notification.objects.count() == 1
    (message,) = mail.outbox
    assert (message.to, "http://127.0.0.1:8000/claims/" in message.body) == ([member.email], True)


def test_what_one_did_oneself_is_no_news():
    member = MemberFactory()
    assert told(member, actor=member) is None
    assert not mail.outbox


def test_choices_hold_but_for_what_concerns_ones_rights():
    member = MemberFactory()
    choose(member, {"claim": {"page": False, "mail": False}, "message": {"page": False, "mail": False}, "nonsense": {"page": True}})
    told(member)
    told(member, key="message:1", kind="message")

    assert list(Notification.objects.values_list("kind", flat=True)) == ["claim"]
    assert not mail.outbox
    assert set(member.notice_choices) == {"claim", "message"}


def test_reading_counts_down_and_is_ones_own():
    member, other = MemberFactory.create_batch(2)
    first = told(member)
    told(member, key="2")
    assert first is not None
    assert mark_read(other, notice_id=first.pk) == 0
    assert (mark_read(member, notice_id=first.pk), unread_count(member)) == (1, 1)
    assert (mark_read(member), unread_count(member)) == (1, 0)


@pytest.mark.parametrize("url", ["//evil.example/", "https://evil.example/", ""])
def test_a_notice_leads_into_the_portal(url):
    member = MemberFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        told(member, url=url)
