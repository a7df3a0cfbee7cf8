from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "bzpeer.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what guards accounts; it needs models, which are there only now."""
        import_module("bzpeer.accounts.guarding")
