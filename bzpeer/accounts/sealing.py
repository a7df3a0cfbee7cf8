"""What second factors are checked against, sealed with the portal's secret key: a copy of the database alone opens no account."""

import base64
import logging
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)

_MARK = "sealed:1:"


def seal(text: str) -> str:
    """Return the text so that only this portal can read it."""
    return _MARK + _keys().encrypt(text.encode()).decode()


def is_sealed(stored: str) -> bool:
    """Tell whether a stored text is sealed; what was stored before sealing began is not."""
    return stored.startswith(_MARK)


def unseal(stored: str) -> str:
    """Return what was sealed, under the secret key of today or one of SECRET_KEY_FALLBACKS.

    A text from before sealing is returned as it is. What no key opens becomes a random secret, which no code fits:
    an empty one could be computed by anybody.
    """
    if not is_sealed(stored):
        return stored
    try:
        return _keys().decrypt(stored.removeprefix(_MARK).encode()).decode()
    except InvalidToken:
        logger.error("A second factor was sealed under another SECRET_KEY; add the former one to SECRET_KEY_FALLBACKS")
        return base64.b32encode(secrets.token_bytes(20)).decode()


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    derived = salted_hmac("bzpeer.accounts.sealing", "second factors", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(derived))
