"""The follow button without scripts."""

import pytest
from django.urls import reverse

from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db


def test_following_and_unfollowing_lead_back_to_the_profile_with_the_new_count(client):
    researcher = ResearcherFactory(display_name="Ada Example")
    client.force_login(MemberFactory())
    counts = []
    for action in ("follow", "follow", "unfollow"):
        answer = client.post(reverse("follow", kwargs={"key": researcher.pk}), {"action": action})
        assert answer.headers["Location"] == f"/researchers/{researcher.pk}/ada-example/"
        researcher.refresh_from_db()
        counts.append(researcher.followers_count)
    assert counts == [1, 1, 0]


def test_a_stranger_logs_in_first_and_nothing_is_counted(client):
    researcher = ResearcherFactory()
    address = reverse("follow", kwargs={"key": researcher.pk})
    assert client.post(address).headers["Location"] == f"/accounts/login/?next={address}"
    researcher.refresh_from_db()
    assert researcher.followers_count == 0


def test_an_unknown_researcher_is_not_found(client):
    client.force_login(MemberFactory())
    assert client.post("/researchers/99999999999999999999999/follow/").status_code == 404


def test_the_outbox_does_not_exist_for_members(client, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "bzpeer.accounts.mail.KeepingEmailBackend"
    client.force_login(MemberFactory())
    assert client.get("/outbox/").status_code == 404
    client.force_login(MemberFactory(is_staff=True))
    assert client.get("/outbox/").status_code == 200
