"""Where allauth asks the portal how to do things."""

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bzpeer.accounts.guarding import folded, is_known_browser, password_page_of, remember_browser
from bzpeer.accounts.models import User
from bzpeer.accounts.orcid.showing import keep_shown
from bzpeer.accounts.sealing import seal, unseal

EVERYBODY = "everybody"
"""The key of the limit over all addresses and all networks together."""


class _Portal(RequestSite):
    """The portal as mail names it: by its configured address, never by a request's Host header."""

    def __init__(self) -> None:
        self.domain = self.name = urlsplit(settings.PORTAL_URL).netloc


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """allauth's defaults, with our words where they reach the screen, and stricter where somebody may lie about who they are."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Ask our staff if you think that is a mistake.",
        "cannot_remove_primary_email": "You log in with this address. Choose another one for that first, then remove it.",
        "duplicate_email": "This address is yours already.",
        "email_password_mismatch": "Address and password do not fit. Check both, or set a new password by mail.",
        "email_taken": "This address belongs to an account already.",
        "enter_current_password": "Type the password you have now.",
        "incorrect_code": "This is not the right code. Codes of an app change every half minute: type the one it shows now.",
        "incorrect_password": "This is not your password.",
        "invalid_login": "This login is no longer good. Begin again.",
        "invalid_password_reset": "This link no longer works. Ask for a new one.",
        "max_email_addresses": "An account has room for %d addresses. Remove one first.",
        "rate_limited": "Too many tries. Wait a few minutes, then go on.",
        "same_as_current": "This is what it was before. Choose something else.",
        "unverified_primary_email": "Confirm this address first; then you can log in with it.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message whose links begin with the portal's own address."""
        asked = current.request.build_absolute_uri("/").rstrip("/")
        ours = {
            name: settings.PORTAL_URL + value.removeprefix(asked)
            for name, value in context.items()
            if isinstance(value, str) and value.startswith(f"{asked}/")
        }
        super().send_mail(template_prefix, email, {**context, **ours, "current_site": _Portal(), "portal": settings.PORTAL_URL})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts by the address alone: a Host header, capitals, dots or odd letters begin no new count."""
        return folded(str(credentials.get("email", "")))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let nobody guess passwords without end, and let nobody's guessing keep a person out.

        A browser in which this person logged in before has a count of its own, so that attempts from elsewhere
        use up neither the count of the address nor the one over everybody for them.
        """
        key = self._get_login_attempts_cache_key(request, **credentials)
        if is_known_browser(request, key):
            limits = [("login_failed_known", f"known:{key}:{self.get_client_ip(request)}")]
        else:
            limits = [("login_failed", key), ("login_failed_everywhere", EVERYBODY)]
        used: list[Any] = []
        for action, counted in limits:
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=counted)
            if not usage:
                raise self.validation_error("too_many_login_attempts")
            used += usage.usage
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(usage=used)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """Log in and remember the browser."""
        response: HttpResponse = super().post_login(request, user, **options)
        remember_browser(request, response, user)
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return the ways to show once more who one is. Who has neither password nor second factor logs in at ORCID again."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not ways and _logs_in_at_orcid_alone(user):
            ways = [{"id": "orcid", "url": reverse("orcid_again")}]
        return [way | {"description": _WAYS[way["id"]]} for way in ways]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Tell whether a step asks who one is. Raises ReauthenticationRequired for whom allauth knows no way to ask."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        request = current.request
        if required and not super().get_reauthentication_methods(request.user) and _logs_in_at_orcid_alone(request.user):
            been = [row["at"] for row in get_authentication_records(request, request.user) if row.get("method") == "socialaccount"]
            if not been or time.time() - been[-1] >= account_settings.REAUTHENTICATION_TIMEOUT:
                raise ReauthenticationRequired
        return required

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Lead somebody whose account lost its password by the confirmation to where they choose one."""
        if getattr(self.request, "needs_new_password", False):
            return password_page_of(email_address.user)
        return str(super().get_email_verification_redirect_url(email_address))


_WAYS = {
    "reauthenticate": "Type your password",
    "mfa_reauthenticate": "Type a code of your app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use your passkey or security key",
    "orcid": "Log in at ORCID again",
}


def _logs_in_at_orcid_alone(user: User) -> bool:
    """Tell whether a linked iD is the member's only way in, as far as passwords and second factors go."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS["orcid"]["APPS"]) and SocialAccount.objects.filter(user=user, provider="orcid").exists()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Second factors: their secrets are sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "While a second step is set up no address can be added, so that nobody keeps an address from its owner. "
        "Turn the second step off, add the address and confirm it, then turn the step on again.",
        "cannot_delete_authenticator": "This second step cannot be turned off.",
        "cannot_generate_recovery_codes": "Recovery codes stand in for an app or a key. Set one up first.",
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "unverified_email": "Confirm every address of your account first, or remove those that are not confirmed.",
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret, also one from before they were sealed."""
        return unseal(encrypted_text)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """ORCID's logins."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": "This address belongs to an account already. Log in to it, then link your %s iD in its settings.",
        "no_password": "Your iD is the only way into your account. Set a password first.",
        "no_verified_email": "Confirm an address first; without your iD a forgotten password could not be set anew.",
        "disconnect_last": "Your iD is the only way into your account. Set a password first.",
        "connected_other": "This ORCID iD is linked to another account here.",
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Remember the iD of somebody who only shows that it is theirs; they are neither logged in nor given an account."""
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            keep_shown(request, sociallogin.account.uid)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Give a new account the public name of the iD; the address is asked for and confirmed by us."""
        user: User = sociallogin.user
        user.display_name = data.get("name", "")
        return user
