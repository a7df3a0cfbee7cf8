import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Key terms are made anew in half the room. The table is dropped rather than rewritten, so that nobody waits for it."""

    dependencies = [("works", "0014_fewer_indexes")]

    operations = [
        migrations.DeleteModel(name="KeyTerm"),
        migrations.CreateModel(
            name="KeyTerm",
            fields=[
                ("pk", models.CompositePrimaryKey("work_id", "rank", blank=True, editable=False, primary_key=True, serialize=False)),
                (
                    "work",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="key_terms",
                        to="works.work",
                    ),
                ),
                ("key", models.BigIntegerField(help_text="works.terms.words.key_of the term")),
                ("documents", models.IntegerField(help_text="abstracts that held the term when this was weighed")),
                ("rank", models.SmallIntegerField()),
                ("weight", models.SmallIntegerField(help_text="TF-IDF in thousandths, the whole abstract's scaled to length 1")),
                ("text", models.TextField(help_text="as this abstract prints it most often, in lower case")),
            ],
            options={
                "indexes": [models.Index(models.F("key"), models.OrderBy(models.F("weight"), descending=True), name="key_term_in_works")],
            },
        ),
        # Counts of frequent terms change with each batch: room on the page keeps such a change from touching the index.
        migrations.RunSQL("ALTER TABLE works_termfrequency SET (fillfactor = 80)", migrations.RunSQL.noop),
        # Every abstract is counted and weighed again in the background, since works.terms.words.VERSION became 2 with this.
        migrations.RunSQL(
            "INSERT INTO works_termsdue (work_id) SELECT id FROM works_work WHERE abstract <> '' ORDER BY id", migrations.RunSQL.noop
        ),
    ]
