from django.apps import AppConfig


class BzpeerConfig(AppConfig):
    name = "bzpeer"
    default_auto_field = "django.db.models.BigAutoField"
