"""The notifications page, the count in the header, the settings."""

import pytest
from django.urls import reverse

from bzpeer.accounts.models import Notification
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db


def notice(user, key: str = "1", text: str = "Your claim was accepted.") -> Notification:
    return Notification.objects.create(user=user, kind="claim", key=key, text=text, url="/claims/")


def test_a_member_sees_their_own_notices_and_how_many_are_new(client):
    member, other = MemberFactory.create_batch(2)
    notice(member)
    notice(other, text="A secret of somebody else")
    client.force_login(member)

    page = client.get("/notifications/").content.decode()

    assert ("Your claim was accepted." in page, "A secret" in page, "1 you have not seen" in page) == (True, False, True)
    assert '<span class="tally">1<span' in client.get("/topics/").content.decode()


@pytest.mark.parametrize("size", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(client, django_assert_num_queries, size):
    member = MemberFactory()
    for number in range(size):
        notice(member, key=str(number))
    client.force_login(member)
    with django_assert_num_queries(6):
        client.get("/notifications/")


def test_opening_a_notice_marks_it_and_leads_on(client):
    member, other = MemberFactory.create_batch(2)
    mine, theirs = notice(member), notice(other)
    client.force_login(member)

    assert client.get(reverse("follow_notice", args=[mine.pk])).headers["Location"] == "/claims/"
    assert client.get(reverse("follow_notice", args=[theirs.pk])).status_code == 404
    assert set(Notification.objects.filter(read_at=None)) == {theirs}


def test_all_are_marked_at_once(client):
    member = MemberFactory()
    notice(member, "1"), notice(member, "2")
    client.force_login(member)
    assert client.get("/notifications/read/").status_code == 405
    client.post("/notifications/read/")
    assert not Notification.objects.filter(read_at=None).exists()


def test_choices_are_stored(client):
    member = MemberFactory()
    client.force_login(member)
    assert "Messages in your conversations" in client.get("/settings/").content.decode()

    client.post("/settings/", {"message-page": "on", "claim-mail": "on"})

    member.refresh_from_db()
    assert member.notice_choices["message"] == {"page": True, "mail": False}
    assert member.notice_choices["claim"] == {"page": True, "mail": True}


@pytest.mark.parametrize("path", ["/notifications/", "/settings/"])
def test_strangers_log_in_first(client, path):
    assert client.get(path).headers["Location"].startswith("/accounts/login/")
