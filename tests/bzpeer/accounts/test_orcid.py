"""Logging in with ORCID, against a local server with its manners."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from bzpeer.accounts.models import User
from tests.factories.members import PASSWORD, MemberFactory
from tests.orcid_login import SANDBOX_ID, OrcidServer, orcid_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def orcid(settings) -> Iterator[OrcidServer]:
    with orcid_server() as server:
        settings.ORCID_URL = server.url
        app = {"client_id": "APP-1", "secret": "s"}
        settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield server


def come_back(client: Client, *, process: str = "login") -> str:
    """Go to ORCID and return the address it sends the person back to."""
    there = client.post(f"/accounts/orcid/login/?process={process}").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    return back.partition("testserver")[2]


def linked(client: Client, member: User) -> None:
    """Log in and link the iD, which asks for the password once more."""
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    client.get(come_back(client, process="connect"), follow=True)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD}, follow=True)


def test_a_new_person_gives_an_address_which_must_be_confirmed(client, orcid):
    landed = client.get(come_back(client), follow=True)
    assert "Finish your account" in landed.content.decode()
    assert SANDBOX_ID in landed.content.decode()
    assert User.objects.count() == 0

    client.post("/accounts/3rdparty/signup/", {"email": "josiah@example.org"})

    user = User.objects.get()
    assert (user.display_name, user.email, user.emailaddress_set.get().verified) == ("Josiah Carberry", "josiah@example.org", False)
    assert "confirm-email" in mail.outbox[0].body
    assert "_auth_user_id" not in client.session


def test_an_address_orcid_tells_is_not_taken(client, orcid):
    orcid.answer |= {"email": "victim@example.org", "emails": [{"email": "victim@example.org", "verified": True}]}
    victim = MemberFactory(email="victim@example.org")

    page = client.get(come_back(client), follow=True).content.decode()

    assert "victim@example.org" not in page
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.filter(user=victim).exists()


def test_somebody_known_is_logged_in_and_one_id_is_one_account(client, orcid):
    member = MemberFactory()
    linked(client, member)
    assert SocialAccount.objects.get().user == member
    client.logout()

    client.get(come_back(client), follow=True)
    assert client.session["_auth_user_id"] == str(member.pk)

    other = Client()
    linked(other, MemberFactory())
    assert SocialAccount.objects.get().user == member


@pytest.mark.parametrize("said", ["", None, [], ["0000-0002-1825-0097"], "0000-0002-1825-0098", "nobody", 7, {}])
def test_an_answer_without_a_right_id_makes_no_account(client, orcid, said):
    orcid.answer |= {"orcid": said}
    page = client.get(come_back(client), follow=True)

    assert "Logging in did not work" in page.content.decode()
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, []),
        (200, "text"),
        (200, {"orcid": SANDBOX_ID}),
        (400, {"error": "invalid_grant"}),
        (500, b"oops"),
    ],
)
def test_a_token_answer_that_is_none_is_told(client, orcid, status, answer):
    orcid.status, orcid.answer = status, answer
    page = client.get(come_back(client), follow=True)

    assert "Logging in did not work" in page.content.decode()
    assert User.objects.count() == 0


def test_a_person_who_says_no_comes_back_unharmed(client, orcid):
    orcid.refusal = "access_denied"
    assert "cancelled" in client.get(come_back(client), follow=True).content.decode()
    orcid.refusal = "server_error"
    assert "did not work" in client.get(come_back(client), follow=True).content.decode()


def test_state_and_verifier_are_needed_and_used_once(client, orcid):
    back = come_back(client)
    assert {"code_challenge", "state"} <= parse_qs(urlsplit(client.post("/accounts/orcid/login/").headers["Location"]).query).keys()

    stranger = Client()
    assert "did not work" in stranger.get(back, follow=True).content.decode()
    assert "did not work" in client.get("/accounts/orcid/login/callback/?code=c-1", follow=True).content.decode()
    client.get(back)
    assert "code_verifier" in dict(orcid.asked)["/oauth/token"]
    client.session.flush()
    assert "did not work" in client.get(back, follow=True).content.decode()
    assert User.objects.count() == 0


def test_a_login_that_comes_back_late_goes_nowhere_else(client, orcid):
    member = MemberFactory()
    SocialAccount.objects.create(user=member, provider="orcid", uid=SANDBOX_ID)
    there = client.post("/accounts/orcid/login/?process=login&next=//evil.example/").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"].partition("testserver")[2]

    assert client.get(back).headers["Location"] == "/"


def test_without_registration_orcid_is_not_offered(client):
    assert "ORCID" not in client.get("/accounts/login/").content.decode()
