from django.apps import AppConfig


class SavedViewsConfig(AppConfig):
    name = "bzpeer.savedviews"
    label = "savedviews"
