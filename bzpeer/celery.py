"""The Celery application. Redis only rings the bell; work that must not be lost is a row in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")

app = Celery("bzpeer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["bzpeer"], related_name="pipeline")
app.autodiscover_tasks(["bzpeer"], related_name="refreshing")
app.autodiscover_tasks(["bzpeer.curation"], related_name="identity")
