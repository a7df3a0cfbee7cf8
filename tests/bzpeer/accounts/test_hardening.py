"""Attacks on accounts. The numbers are those of HARDENING: what must not matter."""

import re
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from bzpeer.accounts.guarding import folded
from bzpeer.accounts.models import User
from tests.factories.members import PASSWORD, MemberFactory, moderator

pytestmark = pytest.mark.django_db

LOGIN, SIGNUP, RESET = "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"
NEW = "a wholly other phrase"
SECRET = "JBSWY3DPEHPK3PXP"
TOO_MANY = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def log_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def is_in(client):
    return client.get("/settings/").status_code == 200


def link_in(message):
    """Return the path of the link a message holds."""
    return urlsplit(re.search(r"https?://\S+", message.body)[0]).path


def words(response):
    """Return what a page says, without what differs by the form's token or by what was typed."""
    text = re.sub(r'value="[^"]*"', "", response.text)
    return re.sub(r"\S+@example\.org", "", text)


def code_of(secret=SECRET):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


# --- 1, 2: answers alike ------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [MemberFactory, moderator, lambda **f: MemberFactory(is_staff=True, is_superuser=True, **f)])
def test_nothing_tells_a_known_address_from_an_unknown_one(make):
    make(email="known@example.org")
    forms = (
        (LOGIN, lambda email: {"login": email, "password": "wrong, whatever"}),
        (SIGNUP, lambda email: {"email": email, "password1": NEW, "password2": NEW}),
        (RESET, lambda email: {"email": email}),
    )
    for place, form in forms:
        answers = []
        for email in ("known@example.org", "nobody@example.org"):
            client = Client()
            response = client.post(place, form(email))
            landed = client.get(response.headers["Location"]) if response.status_code == 302 else response
            answers.append((response.status_code, response.headers.get("Location"), words(landed)))
        assert answers[0] == answers[1], place
        assert len(mail.outbox) in (0, 2, 4), place


def test_a_wrong_password_costs_as_much_work_as_an_unknown_address(monkeypatch, dear_passwords):
    MemberFactory(email="known@example.org")
    unconfirmed = MemberFactory(email="unconfirmed@example.org", confirmed=False)
    MemberFactory(email="closed@example.org", is_active=False)
    passwordless = MemberFactory(email="orcid@example.org")
    passwordless.set_unusable_password()
    passwordless.save()
    assert unconfirmed.pk
    hasher, counted = type(get_hasher()), []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *args: counted.append(1) or encode(self, *args))
    verify = hasher.verify
    monkeypatch.setattr(hasher, "verify", lambda self, *args: counted.append(1) or verify(self, *args))

    work = {}
    for name in ("known", "unconfirmed", "closed", "orcid", "nobody"):
        cache.clear()
        counted.clear()
        log_in(Client(), f"{name}@example.org", "wrong, whatever")
        work[name] = len(counted)
    assert len(set(work.values())) == 1, work


def test_asking_for_a_reset_takes_the_same_class_of_time():
    MemberFactory(email="known@example.org")
    took = {"known": [], "nobody": []}
    for _ in range(7):
        for name, seconds in took.items():
            cache.clear()
            client, begun = Client(), perf_counter()
            client.post(RESET, {"email": f"{name}@example.org"})
            seconds.append(perf_counter() - begun)
    assert median(took["known"]) < 4 * median(took["nobody"]) + 0.02
    assert median(took["nobody"]) < 4 * median(took["known"]) + 0.02


# --- 3, 4, 5: limits ----------------------------------------------------------------------------------


def test_guesses_at_one_address_end_while_the_person_gets_in_from_a_browser_they_used():
    member = MemberFactory(email="victim@example.org")
    own, attackers = Client(REMOTE_ADDR="10.0.0.1"), [Client(REMOTE_ADDR=f"10.1.0.{number}") for number in range(8)]
    log_in(own, member.email)
    own.post("/accounts/logout/")

    said = [log_in(client, member.email, "wrong, whatever") for client in attackers]
    assert TOO_MANY in said[-1].text
    log_in(stranger := Client(REMOTE_ADDR="10.2.0.1"), member.email)  # the right password, from anywhere
    assert not is_in(stranger)

    log_in(own, member.email)
    assert is_in(own)


def test_a_reset_by_mail_gets_the_person_in_although_guesses_used_up_the_limit():
    member = MemberFactory(email="victim@example.org")
    for number in range(8):
        log_in(Client(REMOTE_ADDR=f"10.1.0.{number}"), member.email, "wrong, whatever")
    own = Client(REMOTE_ADDR="10.0.0.1")
    own.post(RESET, {"email": member.email})
    page = own.get(link_in(mail.outbox[-1]), follow=True)
    own.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert is_in(own)
    other = Client(REMOTE_ADDR="10.0.0.2")
    log_in(other, member.email, NEW)
    assert is_in(other)


def test_a_cookie_of_one_browser_frees_nobody_else():
    one, victim = MemberFactory(email="one@example.org"), MemberFactory(email="victim@example.org")
    attacker = Client(REMOTE_ADDR="10.0.0.9")
    log_in(attacker, one.email)
    attacker.post("/accounts/logout/")
    for number in range(8):
        log_in(Client(REMOTE_ADDR=f"10.1.0.{number}"), victim.email, "wrong, whatever")
    log_in(attacker, victim.email)
    assert not is_in(attacker)
    attacker.cookies["bzpeer_known"] = "forged"
    assert TOO_MANY in log_in(attacker, victim.email).text


def test_one_network_cannot_try_many_addresses():
    client = Client(REMOTE_ADDR="10.0.0.1")
    said = [log_in(client, f"person{number}@example.org", "wrong, whatever").text for number in range(12)]
    assert TOO_MANY in said[-1]
    assert TOO_MANY not in said[5]


def test_many_networks_together_meet_a_limit_over_everybody(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_everywhere": "20/300s/key"}
    said = [log_in(Client(REMOTE_ADDR=f"10.3.{n}.1"), f"person{n}@example.org", "wrong, whatever").text for n in range(22)]
    assert TOO_MANY in said[-1]
    assert TOO_MANY not in said[18]


def test_a_forged_forwarded_address_begins_no_new_count():
    said = [
        log_in(Client(), f"person{n}@example.org", "wrong, whatever", headers={"X-Forwarded-For": f"10.9.9.{n}"}).text for n in range(12)
    ]
    assert TOO_MANY in said[-1]


def test_other_spellings_and_hosts_begin_no_new_count(settings):
    settings.ALLOWED_HOSTS = ["*"]
    spellings = [
        "ada.b@example.org",
        "ADA.B@example.org",
        "adab@EXAMPLE.org",
        "ada.b+x@example.org",
        "ａda.b@example.org",
        " ada.b@example.org",
    ]
    assert len({folded(spelling) for spelling in spellings}) == 1
    said = [
        log_in(Client(REMOTE_ADDR=f"10.4.0.{n}"), spelling, "wrong, whatever", headers={"Host": f"portal.example.org:{8000 + n}"}).text
        for n, spelling in enumerate([*spellings, spellings[0]])
    ]
    assert TOO_MANY in said[-1]


# --- 6: an account somebody else began ----------------------------------------------------------------


def test_confirming_in_another_browser_takes_the_beginners_password_away():
    attacker, victim = Client(), Client()
    attacker.post(SIGNUP, {"email": "victim@example.org", "password1": PASSWORD, "password2": PASSWORD})
    begun = User.objects.get()
    SocialAccount.objects.create(user=begun, provider="orcid", uid="0000-0002-1825-0097")

    link = link_in(mail.outbox[0])
    assert victim.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # a scanner's GET confirms nothing
    landed = victim.post(link)
    assert "/accounts/password/reset/key/" in landed.headers["Location"]

    begun.refresh_from_db()
    assert (begun.has_usable_password(), SocialAccount.objects.count(), EmailAddress.objects.get().verified) == (False, 0, True)
    attacker.get("/accounts/confirm-email/", follow=True)
    attacker.get(link, follow=True)
    attacker.post(link, follow=True)
    log_in(attacker, "victim@example.org")
    assert not is_in(attacker)

    page = victim.get(landed.headers["Location"], follow=True)
    assert "choose a password now" in page.text
    victim.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert is_in(victim)


def test_confirming_in_the_same_browser_keeps_what_was_set():
    client = Client()
    client.post(SIGNUP, {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD})
    client.post(link_in(mail.outbox[0]))
    assert User.objects.get().has_usable_password()
    other = Client()
    log_in(other, "new@example.org")
    assert is_in(other)


def test_a_second_address_confirmed_elsewhere_takes_nothing_away():
    member = MemberFactory()
    added = EmailAddress.objects.create(user=member, email="second@example.org")
    Client().post(f"/accounts/confirm-email/{EmailConfirmationHMAC(added).key}/")
    member.refresh_from_db()
    assert member.has_usable_password()


# --- 10: second factors -------------------------------------------------------------------------------


def with_totp(client, member):
    log_in(client, member.email)
    return client.post("/accounts/2fa/authenticate/", {"code": code_of()})


@time_machine.travel("2026-03-01 12:00:05+00:00", tick=False)
def test_a_code_opens_once_also_when_spelled_otherwise():
    member = MemberFactory()
    TOTP.activate(member, SECRET)
    first = Client()
    with_totp(first, member)
    assert is_in(first)
    for spelled in (code_of(), f"{code_of()[:3]} {code_of()[3:]}", f" {code_of()} ", f"{code_of()[:3]}-{code_of()[3:]}"):
        cache_of_limits = Client()
        log_in(cache_of_limits, member.email)
        cache_of_limits.post("/accounts/2fa/authenticate/", {"code": spelled})
        assert not is_in(cache_of_limits), spelled


def test_a_recovery_code_opens_once():
    member = MemberFactory()
    TOTP.activate(member, SECRET)
    code = RecoveryCodes.activate(member).get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        log_in(client, member.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_in(client) is expected


def test_a_reset_does_not_go_round_the_second_factor():
    member, client = MemberFactory(), Client()
    TOTP.activate(member, SECRET)
    client.post(RESET, {"email": member.email})
    page = client.get(link_in(mail.outbox[-1]), follow=True)
    landed = client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert not is_in(client)
    assert landed.headers["Location"].startswith("/accounts/2fa/authenticate/")
    client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    assert is_in(client)


# --- 11: changes --------------------------------------------------------------------------------------


def two_browsers(member):
    here, there = Client(), Client()
    log_in(here, member.email)
    log_in(there, member.email)
    assert is_in(here)
    assert is_in(there)
    here.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return here, there


def test_a_new_password_ends_other_sessions_and_is_told():
    member = MemberFactory()
    here, there = two_browsers(member)
    mail.outbox.clear()
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert (is_in(here), is_in(there)) == (True, False)
    assert [message.to for message in mail.outbox] == [[member.email]]


def test_a_new_address_asks_again_ends_other_sessions_and_tells_the_old_one(settings):
    member = MemberFactory(email="old@example.org")
    EmailAddress.objects.create(user=member, email="new@example.org", verified=True)
    unsure = Client()
    log_in(unsure, member.email)
    asked = unsure.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")

    here, there = two_browsers(member)
    mail.outbox.clear()
    here.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})
    member.refresh_from_db()
    assert member.email == "new@example.org"
    assert (is_in(here), is_in(there), is_in(unsure)) == (True, False, False)
    told = next(message for message in mail.outbox if message.to == ["old@example.org"])
    assert "now new@example.org; before it was old@example.org" in told.body
    assert f"{settings.PORTAL_URL}/accounts/sessions/" in told.body


def test_a_second_factor_taken_away_asks_again_ends_other_sessions_and_is_told(django_capture_on_commit_callbacks):
    member = MemberFactory()
    here, there = two_browsers(member)
    TOTP.activate(member, SECRET)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/accounts/2fa/totp/deactivate/")
    assert not member.authenticator_set.exists()
    assert (is_in(here), is_in(there)) == (True, False)
    assert [message.to for message in mail.outbox] == [[member.email]]


# --- 12: links in mail --------------------------------------------------------------------------------


def test_a_reset_link_is_read_twice_used_once_bound_and_old_some_day():
    member, other = MemberFactory(), MemberFactory()
    Client().post(RESET, {"email": member.email})
    link = link_in(mail.outbox[-1])
    for _ in range(2):
        assert "no longer works" not in Client().get(link, follow=True).text
    key = link.rstrip("/").rpartition("/")[2].partition("-")[2]
    assert "no longer works" in Client().get(link.replace(f"/{_uid(member)}-", f"/{_uid(other)}-"), follow=True).text
    assert key
    with time_machine.travel("2099-01-01 00:00:00+00:00"):
        assert "no longer works" in Client().get(link, follow=True).text
    client = Client()
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert "no longer works" in Client().get(link, follow=True).text


def _uid(member):
    from allauth.account.utils import user_pk_to_url_str

    return user_pk_to_url_str(member)


def test_a_confirmation_is_used_once_bound_and_old_some_day():
    member = MemberFactory(confirmed=False)
    address = EmailAddress.objects.create(user=member, email=member.email, primary=True)
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"
    with time_machine.travel("2099-01-01 00:00:00+00:00"):
        assert Client().post(link).status_code == 404
    assert Client().post(link[:-3] + "xx/").status_code == 404
    Client().post(link)
    address.refresh_from_db()
    assert address.verified
    assert Client().post(link).status_code == 404
    address.delete()
    again = EmailAddress.objects.create(user=MemberFactory(), email=member.email)
    assert Client().post(link).status_code == 404
    assert not EmailAddress.objects.get(pk=again.pk).verified


# --- 14, 42: where one is led -------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https:/evil.example",
    "http:///evil.example", "https://evil.example", "HTTPS://EVIL.EXAMPLE", "javascript:alert(1)", "data:text/html,x", "\t//evil.example",
    "/\t/evil.example", "/\n/evil.example", "\x01//evil.example", "\x00https://evil.example", " https://evil.example",
    "//evil.example\\@testserver",
    "https://testserver@evil.example", "https://testserver.evil.example", "/%09/evil.example", "ftp://testserver/",
]  # fmt: skip


@pytest.mark.parametrize("place", ELSEWHERE)
def test_nobody_is_led_elsewhere(place):
    member = MemberFactory()
    client = Client()
    response = client.post(LOGIN, {"login": member.email, "password": PASSWORD, "next": place})
    assert _stays(response), response.headers["Location"]
    again = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": place})
    assert _stays(again), again.headers["Location"]
    assert _stays(client.post("/accounts/logout/", {"next": place}))
    signed_up = Client().post(SIGNUP, {"email": "x@example.org", "password1": NEW, "password2": NEW, "next": place})
    assert _stays(signed_up)
    assert _stays(client.post(f"{LOGIN}?next={place}", {"login": member.email, "password": PASSWORD})) or place


def _stays(response):
    """Tell whether a browser that follows the answer stays here. Browsers drop tabs and line ends and read \\ as /."""
    place = re.sub(r"[\t\r\n]", "", response.headers.get("Location", "/")).strip("\x00\x01 ").replace("\\", "/")
    return place.startswith("/") and not place.startswith("//")


def test_links_in_mail_are_the_portals_whatever_host_was_asked(settings):
    settings.ALLOWED_HOSTS, settings.PORTAL_URL = ["*"], "https://portal.example.org"
    MemberFactory(email="known@example.org")
    client = Client(headers={"Host": "evil.example"})
    client.post(SIGNUP, {"email": "new@example.org", "password1": NEW, "password2": NEW})
    client.post(SIGNUP, {"email": "known@example.org", "password1": NEW, "password2": NEW})
    client.post(RESET, {"email": "known@example.org"})
    client.post(RESET, {"email": "nobody@example.org"})
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        assert "evil" not in message.body + message.subject, message.body
        assert "https://portal.example.org/accounts/" in message.body


# --- F6: without Redis --------------------------------------------------------------------------------


def test_without_redis_pages_work_and_logins_are_refused_in_plain_words(settings):
    member, client = MemberFactory(), Client(raise_request_exception=False)
    client.force_login(member)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    for place in ("/", "/researchers/", "/settings/", LOGIN, SIGNUP, RESET):
        assert client.get(place, follow=True).status_code == 200, place
    stranger = Client(raise_request_exception=False)
    for place, form in ((LOGIN, {"login": member.email, "password": PASSWORD}), (RESET, {"email": member.email})):
        response = stranger.post(place, form)
        assert response.status_code == 503
        assert "Try again in a minute" in response.text
    assert not is_in(stranger)


def test_the_admin_has_no_door_of_its_own():
    staff = MemberFactory(is_staff=True)
    TOTP.activate(staff, SECRET)
    client = Client()
    client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 302
    landed = client.get("/admin/login/?next=/admin/")
    assert landed.headers["Location"].startswith("/accounts/login/")
