"""An index for how long decisions take. Made beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("claims", "0005_audit_append_only"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="claim",
            index=models.Index(condition=models.Q(("decided_by__isnull", False)), fields=["decided_at"], name="claims_decided"),
        ),
    ]
