"""allauth's forms in the portal's words."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm, SignupForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm

_A_GOOD_ONE = "At least 8 characters; not a common one, not digits alone, and nothing like your address."
_AGAIN = "The same once more"


class _Worded:
    """Says what fields are called, as (label, help)."""

    words: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in self.words.items():
            field = self.fields[name]  # type: ignore[attr-defined]  # the forms this stands before have it
            field.label, field.help_text = label, help_text
            field.widget.attrs.pop("placeholder", None)


class JoinForm(_Worded, SignupForm):  # type: ignore[misc]  # allauth is untyped
    """Making an account."""

    words: ClassVar = {"email": ("Email", ""), "password1": ("Password", _A_GOOD_ONE), "password2": ("Password (again)", "")}


class NewPasswordForm(_Worded, ChangePasswordForm):  # type: ignore[misc]  # allauth is untyped
    """Changing a password one knows."""

    words: ClassVar = {
        "oldpassword": ("The password you have now", ""),
        "password1": ("New password", _A_GOOD_ONE),
        "password2": (_AGAIN, ""),
    }


class FirstPasswordForm(_Worded, SetPasswordForm):  # type: ignore[misc]  # allauth is untyped
    """Setting a password on an account that has none."""

    words: ClassVar = {"password1": ("Password", _A_GOOD_ONE), "password2": (_AGAIN, "")}


class ForgottenPasswordForm(_Worded, ResetPasswordKeyForm):  # type: ignore[misc]  # allauth is untyped
    """Setting a password by a link in a mail."""

    words: ClassVar = {"password1": ("New password", _A_GOOD_ONE), "password2": (_AGAIN, "")}


class AppForm(_Worded, ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """Setting up an authenticator app."""

    words: ClassVar = {"code": ("Code the app shows", "")}


class KeyForm(_Worded, AddWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    """Adding a passkey or a security key."""

    words: ClassVar = {
        "name": ("Name", "So that you know it again, such as “Laptop” or “Blue key”."),
        "passwordless": (
            "Log in with this key alone",
            "Without a password. Your device then asks for your fingerprint, your face or its PIN.",
        ),
    }
