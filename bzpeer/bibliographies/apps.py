from django.apps import AppConfig


class BibliographiesConfig(AppConfig):
    name = "bzpeer.bibliographies"
    label = "bibliographies"
    default_auto_field = "django.db.models.BigAutoField"
