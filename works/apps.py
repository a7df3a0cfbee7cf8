from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorksConfig(AppConfig):
    name = "works"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_vector_table, sender=self, dispatch_uid="works.vectors")


def _make_vector_table(**signal: Any) -> None:
    """Make the table of pgvector where the database allows it; asked again by each migrate, so installing pgvector later is enough."""
    from works.terms.likeness import make_table  # noqa: PLC0415  models may not be imported before apps are ready

    make_table()
