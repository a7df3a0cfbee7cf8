from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "bzpeer.comments"
    label = "comments"
