from django.apps import AppConfig


class OrcidConfig(AppConfig):
    name = "bzpeer.accounts.orcid"
    label = "orcid"
