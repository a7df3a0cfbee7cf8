"""The portal: settings, pages, API, commands and the apps about people."""

from bzpeer.celery import app as celery_app

__all__ = ["celery_app"]
