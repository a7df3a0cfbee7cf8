"""Where allauth asks the portal how to do things."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponse

from bzpeer.accounts.guarding import folded, is_known_browser, password_page_of, remember_browser
from bzpeer.accounts.models import User

EVERYBODY = "everybody"
"""The key of the limit over all addresses and all networks together."""


class _Portal(RequestSite):
    """The portal as mail names it: by its configured address, never by a request's Host header."""

    def __init__(self) -> None:
        self.domain = self.name = urlsplit(settings.PORTAL_URL).netloc


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """allauth's defaults, with our words where they reach the screen, and stricter where somebody may lie about who they are."""

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

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Lead somebody whose account lost its password by the confirmation to where they choose one."""
        if getattr(self.request, "needs_new_password", False):
            return password_page_of(email_address.user)
        return str(super().get_email_verification_redirect_url(email_address))


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """ORCID's logins."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Give a new account the public name of the iD; the address is asked for and confirmed by us."""
        user: User = sociallogin.user
        user.display_name = data.get("name", "")
        return user
