"""Digests: due once for each period, told once, ended by one click, sent to nobody who did not ask."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.utils import timezone

from bzpeer.accounts.domain import follow
from bzpeer.feeds.digests import MOST_ITEMS, period_of, write_due_digests
from bzpeer.feeds.domain import choose_reading, unsubscribe_token
from bzpeer.feeds.models import Digest, Reader
from tests.bzpeer.feeds.news import arrived
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday


def reader(digest="daily", **fields):
    member, person = MemberFactory(**fields), ResearcherFactory(display_name="Ada <Example>")
    follow(user=member, researcher=person)
    choose_reading(member, digest=digest, is_listed=False)
    return member, person


@pytest.mark.parametrize(
    ("digest", "at", "period"),
    [
        ("daily", datetime(2026, 11, 23, 5, 59, tzinfo=UTC), "2026-11-22"),
        ("daily", datetime(2026, 11, 23, 6, 0, tzinfo=UTC), "2026-11-23"),
        ("weekly", datetime(2026, 11, 23, 5, 59, tzinfo=UTC), "2026-W47"),
        ("weekly", datetime(2026, 11, 23, 6, 0, tzinfo=UTC), "2026-W48"),
        ("weekly", datetime(2027, 1, 1, 12, tzinfo=UTC), "2026-W53"),
        ("off", NOON, None),
    ],
)
def test_a_period_begins_at_six(digest, at, period):
    assert period_of(digest, at) == period


def test_a_digest_says_what_is_new_and_why_in_text_and_html():
    member, person = reader()
    work = arrived(title=r"Escape of $\theta$ <script>alert(1)</script>", authors=[person])
    assert write_due_digests(now=NOON) == 1
    (message,) = mail.outbox
    assert message.to == [member.email]
    assert message.subject == "1 new item about what you follow"
    assert "New work. Because you follow Ada <Example>, who wrote it." in message.body
    assert f"/works/{work.pk}/" in message.body
    ((html, kind),) = [(part.content, part.mimetype) for part in message.alternatives]
    assert kind == "text/html"
    assert "<script>" not in html
    assert "you follow Ada &lt;Example&gt;" in html
    stop = message.extra_headers["List-Unsubscribe"]
    assert stop.startswith("<http")
    assert stop.strip("<>") in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_each_period_gives_one_message_and_the_next_tells_only_what_came_since():
    _, person = reader()
    arrived(authors=[person], title="First")
    assert [write_due_digests(now=NOON), write_due_digests(now=NOON + timedelta(hours=3))] == [1, 0]
    arrived(authors=[person], title="Second")
    assert [write_due_digests(now=NOON + timedelta(hours=4)), write_due_digests(now=NOON + timedelta(days=3))] == [0, 1]
    assert ["First" in message.body for message in mail.outbox] == [True, False]
    assert ["Second" in message.body for message in mail.outbox] == [False, True]


def test_without_news_there_is_no_message_and_the_period_is_done():
    member, _ = reader("weekly")
    assert write_due_digests(now=NOON) == 0
    assert list(Digest.objects.values_list("user", "period", "items")) == [(member.pk, "2026-W48", 0)]


def test_what_came_before_digests_were_chosen_is_not_told():
    member, person = MemberFactory(), ResearcherFactory()
    follow(user=member, researcher=person)
    arrived(authors=[person])
    choose_reading(member, digest="daily", is_listed=False)
    assert write_due_digests(now=NOON) == 0


def test_nobody_is_written_to_who_did_not_ask_is_not_active_or_whose_address_is_not_confirmed():
    for _, person in (reader("off"), reader(confirmed=False), reader(is_active=False)):
        arrived(authors=[person])
    other, person = reader()
    arrived(authors=[person])
    EmailAddress.objects.filter(user=other).update(email="another@example.org")
    assert write_due_digests(now=NOON) == 0


def test_a_long_digest_is_cut_and_says_so():
    _, person = reader()
    for _ in range(MOST_ITEMS + 1):
        arrived(authors=[person])
    write_due_digests(now=NOON)
    assert mail.outbox[0].subject == f"More than {MOST_ITEMS} new items about what you follow"
    assert mail.outbox[0].body.count("Because") == MOST_ITEMS
    assert "There is more" in mail.outbox[0].body


def test_writing_stops_at_the_deadline_and_goes_on_later():
    for _ in range(3):
        _, person = reader()
        arrived(authors=[person])
    assert [write_due_digests(now=NOON, limit=2), write_due_digests(now=NOON), write_due_digests(now=NOON, deadline=0.0)] == [2, 1, 0]


def test_a_digest_that_cannot_be_written_does_not_hold_up_the_others(monkeypatch):
    (bad, person), (good, other) = reader(), reader()
    arrived(authors=[person])
    arrived(authors=[other])
    type(bad).objects.filter(pk=bad.pk).update(email="a\x0bb@example.org")
    EmailAddress.objects.filter(user=bad).update(email="a\x0bb@example.org")
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", "bzpeer.accounts.outbox.OutboxEmailBackend")
    assert write_due_digests(now=NOON) == 1
    assert list(Digest.objects.values_list("user", flat=True)) == [good.pk]


@pytest.mark.django_db(transaction=True)
def test_schedulers_at_once_write_one_message():
    _, person = reader()
    arrived(authors=[person])
    barrier, written = threading.Barrier(6), []

    def write():
        barrier.wait()
        try:
            written.append(write_due_digests(now=NOON))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sum(written), len(written), len(mail.outbox)) == (1, 6, 1)


def test_a_get_shows_a_button_and_a_post_without_cookies_unsubscribes(client, django_user_model):
    member, _ = reader()
    from_mail = f"/feed/unsubscribe/{unsubscribe_token(member)}/"
    client.handler.enforce_csrf_checks = True
    assert "Stop them" in client.get(from_mail).content.decode()
    assert Reader.objects.get(user=member).digest == "daily"
    for _ in range(2):
        answer = client.post(from_mail, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert Reader.objects.get(user=member).digest == "off"
    assert member.email not in answer.content.decode()


@pytest.mark.parametrize("token", ["x", "MQ:1aaaaa:forged", "a" * 300])
def test_a_forged_token_unsubscribes_nobody(client, token):
    member, _ = reader()
    assert client.post(f"/feed/unsubscribe/{token}/").status_code == 404
    assert Reader.objects.get(user=member).digest == "daily"


def test_the_time_of_a_digest_is_now_for_a_task():
    _, person = reader()
    arrived(authors=[person])
    assert write_due_digests(now=timezone.now()) == 1
