"""Two indexes that find works which may be the same paper. Made beside running writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("works", "0004_curation_records"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="authorship",
            index=models.Index(condition=models.Q(("position", 1)), fields=["name_key"], name="authorship_first_author"),
        ),
        AddIndexConcurrently(
            model_name="work",
            index=models.Index(
                models.Func(models.F("folded_title"), models.Value(0), function="hashtextextended"), name="work_by_whole_title"
            ),
        ),
    ]
