"""Second factors are of no use to whoever reads the database alone."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from bzpeer.accounts.sealing import is_sealed, seal, unseal
from tests.factories.members import PASSWORD, MemberFactory

SECRET = "JBSWY3DPEHPK3PXP"


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_what_is_sealed_is_read_here_and_shows_nothing():
    stored = seal(SECRET)
    assert SECRET not in stored
    assert stored != seal(SECRET)
    assert unseal(stored) == SECRET


def test_what_was_stored_before_is_read_as_it_is():
    assert unseal(SECRET) == SECRET


def test_a_former_key_still_opens_and_another_one_gives_a_secret_nobody_knows(settings):
    stored = seal(SECRET)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "a new key " * 6
    found = {unseal(stored), unseal(stored)}
    assert len(found) == 2
    assert not found & {SECRET, ""}
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(stored) == SECRET


@pytest.mark.django_db
def test_the_table_holds_no_secret_in_the_clear_and_it_works_all_the_same():
    member = MemberFactory()
    TOTP.activate(member, SECRET)
    codes = RecoveryCodes.activate(member)
    stored = Authenticator.objects.order_by("pk").values_list("data", flat=True)
    assert all(is_sealed(data.get("secret") or data["seed"]) for data in stored)
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code())
    assert Authenticator.objects.get(type="recovery_codes").wrap().validate_code(codes.get_unused_codes()[0])


@pytest.mark.django_db
def test_a_factor_from_before_is_sealed_when_it_is_used():
    cache.clear()
    member, client = MemberFactory(), Client()
    Authenticator.objects.create(user=member, type="totp", data={"secret": SECRET})
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code()})
    assert client.get("/settings/").status_code == 200
    assert is_sealed(Authenticator.objects.get().data["secret"])
    assert unseal(Authenticator.objects.get().data["secret"]) == SECRET
