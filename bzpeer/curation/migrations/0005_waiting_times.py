"""An index for how long decisions take. Made beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("curation", "0004_moderators"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="proposal",
            index=models.Index(condition=models.Q(("decided_by__isnull", False)), fields=["decided_at"], name="proposal_decided"),
        ),
    ]
