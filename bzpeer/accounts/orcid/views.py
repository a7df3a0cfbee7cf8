"""The two steps of ORCID's login: going there, and coming back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


class OrcidAdapter(OAuth2Adapter):  # type: ignore[misc]  # allauth is untyped
    """ORCID's addresses, from the configured base."""

    provider_id = "orcid"

    @property
    def authorize_url(self) -> str:
        """Where the person says yes."""
        return f"{settings.ORCID_URL}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        """Where the code is exchanged."""
        return f"{settings.ORCID_URL}/oauth/token"

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Return the token. It is not kept: being able to log in is all we asked for."""
        return SocialToken(token=str(data.get("access_token", "")))

    def complete_login(self, request: HttpRequest, app: object, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return the login the token's own answer describes. Raises ProviderException when it names no iD."""
        answer = kwargs.get("response")
        if not isinstance(answer, dict):
            raise ProviderException("The answer is no object.")
        kept = {key: answer[key] for key in ("orcid", "name") if isinstance(answer.get(key), str)}
        return self.get_provider().sociallogin_from_response(request, kept)


def _registered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view be there only where the portal is registered with ORCID."""

    @wraps(view)
    def found(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except ObjectDoesNotExist as missing:
            raise Http404("This portal is not registered with ORCID.") from missing

    return found


@never_cache
@login_required
@require_safe
def again(request: HttpRequest) -> HttpResponse:
    """Ask a member whose iD is the only way into their account to log in at ORCID once more, then lead them on."""
    asked = request.GET.get("next", "")
    place = asked if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}) else reverse("settings")
    there = f"{reverse('orcid_login')}?{urlencode({'process': 'login', 'next': place, 'auth_params': 'prompt=login'})}"
    return render(request, "account/again_at_orcid.html", {"there": there})


oauth2_login = _registered(OAuth2LoginView.adapter_view(OrcidAdapter))
oauth2_callback = _registered(OAuth2CallbackView.adapter_view(OrcidAdapter))
