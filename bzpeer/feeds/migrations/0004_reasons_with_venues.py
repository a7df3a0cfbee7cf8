"""The rules and the index of reasons, with venues. Made beside running writes; may be run again where it was interrupted."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

BESIDE = """
    CREATE UNIQUE INDEX CONCURRENTLY feed_reason_once_with_venues ON feeds_feedreason
        (event_id, role, researcher_id, topic_id, institution_id, source_id, work_id, search_id) NULLS NOT DISTINCT
"""
SWAP = """
    ALTER TABLE feeds_feedreason DROP CONSTRAINT IF EXISTS feed_reason_once,
        ADD CONSTRAINT feed_reason_once UNIQUE USING INDEX feed_reason_once_with_venues
"""
BACK = """
    ALTER TABLE feeds_feedreason DROP CONSTRAINT feed_reason_once,
        ADD CONSTRAINT feed_reason_once UNIQUE NULLS NOT DISTINCT
        (event_id, role, researcher_id, topic_id, institution_id, work_id, search_id)
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("feeds", "0003_followed_venues"),
    ]

    operations = [
        ValidateConstraint(model_name="feedreason", name="feed_reason_of_one_thing"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS feed_reason_once_with_venues", migrations.RunSQL.noop),
                migrations.RunSQL(BESIDE, migrations.RunSQL.noop),
                migrations.RunSQL(SWAP, BACK),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="feedreason", name="feed_reason_once"),
                migrations.AddConstraint(
                    model_name="feedreason",
                    constraint=models.UniqueConstraint(
                        fields=("event", "role", "researcher", "topic", "institution", "source", "work", "search"),
                        name="feed_reason_once",
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
        AddIndexConcurrently(
            model_name="feedreason",
            index=models.Index(
                models.F("source"),
                models.OrderBy(models.F("event"), descending=True),
                models.F("role"),
                condition=models.Q(("source__isnull", False)),
                name="feed_reason_of_source",
            ),
        ),
    ]
