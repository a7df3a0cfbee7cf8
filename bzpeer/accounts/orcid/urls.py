"""/accounts/orcid/login/ and /accounts/orcid/login/callback/."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from bzpeer.accounts.orcid.provider import OrcidProvider

urlpatterns = default_urlpatterns(OrcidProvider)
