"""A reason may be a followed venue. Nothing here reads the reasons there are: what does stands in the next step, beside running writes."""

import django.db.models.deletion
import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_followed_venues'),
        ('feeds', '0002_known_retractions'),
        ('researchers', '0007_fewer_indexes'),
        ('works', '0016_followed_venues'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='feedreason',
            name='feed_reason_of_one_thing',
        ),
        migrations.AddField(
            model_name='feedreason',
            name='source',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='works.source'),
        ),
        migrations.AlterField(
            model_name='feedreason',
            name='role',
            field=models.TextField(choices=[('author', 'wrote it'), ('topic', 'is its topic'), ('institution', 'is printed in its bylines'), ('source', 'published it'), ('cited', 'is cited by it'), ('itself', 'is what changed'), ('search', 'finds it')]),
        ),
        AddConstraintNotValid(
            model_name='feedreason',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func('researcher', 'topic', 'institution', 'source', 'work', 'search', function='num_nonnulls', output_field=models.IntegerField()), 1), name='feed_reason_of_one_thing'),
        ),
    ]
