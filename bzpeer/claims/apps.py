from importlib import import_module

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "bzpeer.claims"
    label = "claims"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what listens to accounts, which needs every model to be there."""
        import_module("bzpeer.claims.observing")
