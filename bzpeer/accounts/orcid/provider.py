"""What allauth needs to know of ORCID."""

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount, ProviderException
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings

from bzpeer.accounts.orcid.views import OrcidAdapter
from works.identifiers import orcid


class OrcidAccount(ProviderAccount):  # type: ignore[misc]  # allauth is untyped
    """A linked iD."""

    def get_profile_url(self) -> str:
        """Return the iD's own page."""
        return f"{settings.ORCID_URL}/{self.account.uid}"

    def to_str(self) -> str:
        """Return the iD."""
        return str(self.account.uid)


class OrcidProvider(OAuth2Provider):  # type: ignore[misc]  # allauth is untyped
    """ORCID: the uid is the iD, and nothing else is trusted."""

    id = "orcid"
    name = "ORCID"
    account_class = OrcidAccount
    oauth2_adapter_class = OrcidAdapter

    def get_default_scope(self) -> list[str]:
        """Return the scope that only authenticates."""
        return ["/authenticate"]

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the iD. Raises ProviderException for anything that is none: an empty uid would match or make an account."""
        found = data.get("orcid")
        checked = orcid(found) if isinstance(found, str) else None
        if not checked:
            raise ProviderException("The answer names no ORCID iD.")
        return checked

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        """Return the name if it is public. An address ORCID tells is never taken: we have not confirmed it."""
        name = data.get("name")
        return {"name": name.strip()[:120]} if isinstance(name, str) and name.strip() else {}


provider_classes = [OrcidProvider]
