from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "bzpeer.reports"
    label = "reports"
