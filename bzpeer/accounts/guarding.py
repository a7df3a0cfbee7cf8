"""What keeps an account its owner's: browsers that are known, sessions that end, and accounts somebody else began."""

import unicodedata
from typing import Any

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    authentication_step_completed,
    email_changed,
    email_confirmed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_added, social_account_removed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bzpeer.accounts.models import User
from bzpeer.accounts.sealing import is_sealed, seal

KNOWN_BROWSER = "bzpeer_known"
KNOWN_FOR = 180 * 86_400
"""Seconds."""
_SALT = "bzpeer.accounts.known_browser"
_RESET = "account_reset_password_from_key"


def folded(address: str) -> str:
    """Return the key under which attempts at an address are counted: spellings that many mail systems take for one are one."""
    plain = unicodedata.normalize("NFKC", address).strip().casefold()
    name, at, domain = plain.rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}" if at else plain


def is_known_browser(request: HttpRequest, key: str) -> bool:
    """Tell whether the person with this address (folded) logged in from this browser before."""
    try:
        said = signing.loads(request.COOKIES.get(KNOWN_BROWSER, ""), salt=_SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return bool(key) and said == signing.Signer(salt=_SALT).signature(key)


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Mark the browser as one in which this person logged in. The mark names nobody and opens nothing by itself."""
    mark = signing.dumps(signing.Signer(salt=_SALT).signature(folded(user.email)), salt=_SALT)
    response.set_cookie(
        KNOWN_BROWSER, mark, max_age=KNOWN_FOR, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax", path="/accounts/"
    )


def end_sessions(user: User, *, but: HttpRequest | None = None) -> int:
    """Log a member out everywhere, except where `but` comes from; return how many sessions ended."""
    sessions = UserSession.objects.filter(user=user).order_by("pk")
    if but is not None and but.user.is_authenticated and but.session.session_key:
        sessions = sessions.exclude(session_key=but.session.session_key)
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    return ended


def password_page_of(user: User) -> str:
    """Return the page where the person with this account's address sets a password, once."""
    return reverse(_RESET, kwargs={"uidb36": user_pk_to_url_str(user), "key": EmailAwarePasswordResetTokenGenerator().make_token(user)})


# --- what happens when (apps.py imports this module) -------------------------------------------------------


@receiver(email_confirmed)
def on_address_confirmed(sender: object, request: HttpRequest, email_address: EmailAddress, **kwargs: Any) -> None:
    """Give an account to the person who reads its mail.

    Anybody can begin an account with another's address. When the first address is confirmed in a browser that did not begin
    the account, whatever its beginner set up goes: password, linked iDs, second factors, sessions. The person chooses a password then.
    """
    user = email_address.user
    if EmailAddress.objects.filter(user=user, verified=True).exclude(pk=email_address.pk).exists() or _began_here(request, user):
        return
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    if request.resolver_match is not None and request.resolver_match.url_name == _RESET:
        return  # the password is the one they have just chosen
    user.set_unusable_password()
    user.save(update_fields=["password"])
    request.needs_new_password = True  # type: ignore[attr-defined]  # for AccountAdapter.get_email_verification_redirect_url
    messages.info(
        request,
        "Your address is confirmed. The account was begun in another browser, so what was set there is gone: choose a password now.",
    )


def _began_here(request: HttpRequest, user: User) -> bool:
    """Tell whether this browser made the account, or is logged in to it."""
    if request.user.is_authenticated:
        return request.user.pk == user.pk
    pending = unstash_login(request, peek=True)
    return pending is not None and pending.user is not None and pending.user.pk == user.pk


@receiver([email_changed, password_changed, password_set, password_reset, authenticator_added, authenticator_removed, authenticator_reset])
def on_security_changed(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """End every other session when an address, a second factor, a linked iD or the password changes."""
    end_sessions(user, but=request)


@receiver([social_account_added, social_account_removed])
def on_linked(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """The same for ORCID's signals, which name the member in other words."""
    if "sociallogin" in kwargs:
        end_sessions(kwargs["sociallogin"].user, but=request)
    elif "socialaccount" in kwargs:
        end_sessions(kwargs["socialaccount"].user, but=request)


@receiver(authentication_step_completed)
def on_step(sender: object, user: User, method: str, **kwargs: Any) -> None:
    """Seal the secrets of a second factor that was set up before they were, once it is used."""
    if method != "mfa":
        return
    for factor in Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        plain = {name: said for name, said in factor.data.items() if name in ("secret", "seed") and not is_sealed(said)}
        if plain:
            factor.data |= {name: seal(said) for name, said in plain.items()}
            factor.save(update_fields=["data"])
