"""What allauth says and shows is said in our words, on pages of ours."""

from pathlib import Path

import allauth
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from bzpeer.templatetags.browsers import browser
from tests.factories.members import PASSWORD, MemberFactory

OURS = Path(__file__).parents[3] / "templates"
THEIRS = Path(allauth.__file__).parent / "templates"
UNREACHED = {
    "account/confirm_email_verification_code.html": "addresses are confirmed by a link",
    "account/confirm_login_code.html": "nobody logs in by a mailed code",
    "account/confirm_password_reset_code.html": "passwords are set anew by a link",
    "account/confirm_phone_verification_code.html": "no telephone numbers",
    "account/email_change.html": "members have several addresses",
    "account/phone_change.html": "no telephone numbers",
    "account/request_login_code.html": "nobody logs in by a mailed code",
    "account/signup_by_passkey.html": "an account begins with a password or an ORCID iD",
    "account/signup_closed.html": "everybody may make an account",
    "mfa/trust.html": "no browser is let past the second step",
    "mfa/webauthn/signup_form.html": "an account begins with a password or an ORCID iD",
    "socialaccount/login_redirect.html": "for session cookies of the strict kind",
    "account/messages/login_code_sent.txt": "nobody logs in by a mailed code",
    "account/messages/phone_verification_sent.txt": "no telephone numbers",
    "account/messages/phone_verified.txt": "no telephone numbers",
}
SWITCHED_OFF = ("account_request_login_code", "account_change_phone", "account_signup_by_passkey", "mfa_trust", "mfa_signup_webauthn")


def test_every_page_and_message_of_allauth_that_can_be_reached_is_ours():
    pages = [path for app in ("account", "mfa", "socialaccount", "usersessions") for path in (THEIRS / app).rglob("*.html")]
    shown = {str(path.relative_to(THEIRS)) for path in pages if not {"snippets", "email"} & set(path.parts)}
    messages = {str(path.relative_to(THEIRS)) for path in THEIRS.glob("*/messages/*.txt")}
    frames = {name for name in shown if Path(name).name.startswith("base")}
    assert len(shown) > 40
    assert len(messages) > 20
    assert sorted(name for name in (shown | messages) - frames - UNREACHED.keys() if not (OURS / name).exists()) == []


@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_what_is_switched_off_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.django_db
def test_too_many_tries_are_told_on_a_page_of_ours(settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "reset_password": "1/m/ip"}
    client = Client()
    client.post("/accounts/password/reset/", {"email": "a@example.org"})
    answer = client.post("/accounts/password/reset/", {"email": "a@example.org"})
    assert answer.status_code == 429
    assert "nothing was changed" in answer.text
    assert "masthead" in answer.text


@pytest.mark.django_db
def test_linking_is_offered_where_the_portal_is_registered(settings):
    client = Client()
    client.force_login(MemberFactory())
    assert "not registered with ORCID" in client.get("/accounts/3rdparty/").text
    settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"APPS": [{"client_id": "APP-1", "secret": "s"}]}}
    page = client.get("/accounts/3rdparty/").text
    assert "Link my ORCID iD" in page
    assert "not registered" not in page


@pytest.mark.django_db
def test_what_cannot_be_done_says_what_to_do_instead():
    cache.clear()
    member, client = MemberFactory(), Client()
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    Authenticator.objects.create(user=member, type="webauthn", data={"name": "Key"})
    said = client.post("/accounts/email/", {"action_add": "", "email": "more@example.org"}).text
    assert "Turn the second step off, add the address" in said

    alone, browser_of_theirs = MemberFactory(), Client()
    alone.set_unusable_password()
    alone.save()
    account = SocialAccount.objects.create(user=alone, provider="orcid", uid="0000-0002-1825-0097")
    browser_of_theirs.force_login(alone)
    assert "Set a password first" in browser_of_theirs.post("/accounts/3rdparty/", {"account": account.pk}).text
    assert "Set one" in browser_of_theirs.get("/settings/").text


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604", "Safari on iPhone"),
        ("robot 7\n\x1b[31m", "robot 7 \x1b[31m"),
        ("", "A browser that does not say its name"),
    ],
)
def test_a_browser_is_called_by_its_name(said, called):
    assert browser(said) == called
