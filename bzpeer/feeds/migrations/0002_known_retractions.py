"""What was retracted or withdrawn before there were feeds is no news: its event stands without anybody it would concern."""

from django.db import migrations

KNOWN = """
    INSERT INTO feeds_feedevent (kind, work_id)
    SELECT 'retracted', id FROM works_work WHERE is_retracted
    UNION ALL SELECT 'withdrawn', id FROM works_work WHERE is_withdrawn
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0001_news'),
    ]

    operations = [
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
