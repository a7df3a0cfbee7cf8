"""Logging in with ORCID, against a local server with its manners."""

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
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


@pytest.mark.parametrize("change", ["link", "unlink"])
def test_linking_and_unlinking_end_other_sessions(client, orcid, change):
    member, there = MemberFactory(), Client()
    if change == "unlink":
        linked(client, member)
    else:
        client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    there.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    assert there.get("/settings/").status_code == 200
    if change == "unlink":
        client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    else:
        client.get(come_back(client, process="connect"))
    assert SocialAccount.objects.count() == (0 if change == "unlink" else 1)
    assert (client.get("/settings/").status_code, there.get("/settings/").status_code) == (200, 302)


def of_orcid_alone(client: Client) -> User:
    """Log somebody in whose iD is the only way into their account."""
    member: User = MemberFactory()
    member.set_unusable_password()
    member.save()
    SocialAccount.objects.create(user=member, provider="orcid", uid=SANDBOX_ID)
    client.get(come_back(client), follow=True)
    return member


@pytest.mark.parametrize("place", ["/accounts/2fa/totp/activate/", "/settings/export/"])
def test_who_has_no_password_logs_in_at_orcid_again_and_goes_on(client, orcid, place):
    member = of_orcid_alone(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200  # it was a moment ago
    with time_machine.travel(timedelta(minutes=20), tick=True):
        asked = client.post(place) if place == "/settings/export/" else client.get(place)
        page = client.get(asked.headers["Location"])
        assert "log in at ORCID again" in page.text
        there = html.unescape(re.findall(r'action="([^"]*orcid/login[^"]*)"', page.text)[0])
        sent = client.post(there).headers["Location"]
        assert parse_qs(urlsplit(sent).query)["prompt"] == ["login"]
        back = requests.get(sent, allow_redirects=False, timeout=5).headers["Location"].partition("testserver")[2]
        landed = client.get(back)
        assert landed.headers["Location"] == place
        assert client.session["_auth_user_id"] == str(member.pk)
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_the_page_that_asks_again_leads_nowhere_else(client, orcid):
    of_orcid_alone(client)
    page = client.get("/accounts/orcid/again/?next=//evil.example/").text
    assert "evil" not in page
    assert "next=%2Fsettings%2F" in page


def test_state_of_a_finished_login_opens_nothing_again(client, orcid):
    """The session is kept, so that it is the state itself that is used up."""
    back = come_back(client)
    client.get(back)
    asked = len(orcid.asked)
    again = client.get(back, follow=True)
    assert "did not work" in again.text
    assert len(orcid.asked) == asked  # the code is not even tried


def test_the_verifier_belongs_to_the_challenge(client, orcid):
    back = come_back(client)
    client.get(back)
    challenge = dict(orcid.asked)["/oauth/authorize"]["code_challenge"]
    verifier = dict(orcid.asked)["/oauth/token"]["code_verifier"]
    assert base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode() == challenge


def test_without_registration_orcid_is_not_offered(client):
    assert "ORCID" not in client.get("/accounts/login/").content.decode()
