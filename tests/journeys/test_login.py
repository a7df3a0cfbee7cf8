"""Ways to log in, in a browser: a passkey, an authenticator app with recovery codes, ORCID."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Page, expect

from tests.factories.members import PASSWORD, MemberFactory
from tests.journeys.test_people import log_in
from tests.orcid_login import SANDBOX_ID, orcid_server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def at(live_server, path: str) -> str:
    """Return an address a browser gives passkeys to: they are for names, not for numbers."""
    return live_server.url.replace("127.0.0.1", "localhost") + path


def confirm_it_is_me(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def log_out(page: Page, live_server) -> None:
    page.goto(at(live_server, "/accounts/logout/"))
    page.locator("main").get_by_role("button", name=re.compile("log out", re.IGNORECASE)).click()


def test_a_passkey_is_added_and_logs_in(page: Page, live_server):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    member = MemberFactory()

    page.goto(at(live_server, "/accounts/login/"))
    log_in(page, member.email)
    page.goto(at(live_server, "/accounts/2fa/"))
    page.get_by_role("link", name="Add a passkey").click()
    confirm_it_is_me(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Log in with this key alone").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    log_out(page, live_server)
    page.goto(at(live_server, "/accounts/login/"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="Notifications")).to_be_visible()
    page.goto(at(live_server, "/accounts/2fa/webauthn/"))
    expect(page.get_by_text("My laptop")).to_be_visible()


def test_an_app_is_set_up_and_a_recovery_code_works_once(page: Page, live_server):
    member = MemberFactory()
    page.goto(at(live_server, "/accounts/login/"))
    log_in(page, member.email)
    page.goto(at(live_server, "/accounts/2fa/totp/activate/"))
    confirm_it_is_me(page)
    page.get_by_label("Code the app shows").fill(code_of(page.locator("code").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10

    for attempt, works in enumerate((True, False)):
        log_out(page, live_server)
        page.goto(at(live_server, "/accounts/login/"))
        log_in(page, member.email)
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        page.get_by_label("Code").fill(codes[0])
        page.locator("main").get_by_role("button", name="Log in").click()
        if works:
            expect(page.get_by_role("link", name="Notifications")).to_be_visible()
        else:
            expect(page.get_by_role("alert").first).to_be_visible()
            assert attempt == 1


def code_of(secret: str) -> str:
    """Return the code an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_orcid_logs_in(page: Page, live_server, settings):
    member = MemberFactory()
    SocialAccount.objects.create(user=member, provider="orcid", uid=SANDBOX_ID)
    with orcid_server() as server:
        settings.ORCID_URL = server.url
        settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [{"client_id": "APP-1", "secret": "s"}]}}
        rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": ["'self'", server.url]}}

        page.goto(at(live_server, "/accounts/login/"))
        page.get_by_role("button", name="Continue with ORCID").click()
        expect(page.get_by_role("link", name="Notifications")).to_be_visible()

        page.goto(at(live_server, "/accounts/3rdparty/"))
        expect(page.get_by_role("link", name=SANDBOX_ID)).to_be_visible()
