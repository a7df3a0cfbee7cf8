"""/accounts/orcid/login/, /accounts/orcid/login/callback/ and /accounts/orcid/again/."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns
from django.urls import path

from bzpeer.accounts.orcid.provider import OrcidProvider
from bzpeer.accounts.orcid.views import again

urlpatterns = [*default_urlpatterns(OrcidProvider), path("orcid/again/", again, name="orcid_again")]
