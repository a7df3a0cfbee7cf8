from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "bzpeer.feeds"
    label = "feeds"
