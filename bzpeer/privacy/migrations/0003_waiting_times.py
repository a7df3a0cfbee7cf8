"""An index for how long decisions take. Made beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("privacy", "0002_audit_append_only"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="removalrequest",
            index=models.Index(condition=models.Q(("state__in", ["granted", "refused"])), fields=["decided_at"], name="removals_decided"),
        ),
    ]
