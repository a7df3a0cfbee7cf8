from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "bzpeer.collections"
    label = "collections"
