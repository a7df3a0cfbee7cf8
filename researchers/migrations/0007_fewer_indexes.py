"""Indexes that nothing uses go."""

from django.db import migrations, models

UNUSED = (
    ("researchers_institution", "openalex_id", "researchers_institution_openalex_id_3d4d0126_like"),
    ("researchers_institution", "ror", "researchers_institution_ror_3a04254b_like"),
    ("researchers_institutionredirect", "key", "researchers_institutionredirect_key_ac2b4d4d_like"),
    ("researchers_researcher", "openalex_id", "researchers_researcher_openalex_id_3f1bc58b_like"),
    ("researchers_researcher", "orcid", "researchers_researcher_orcid_f2a8960a_like"),
    ("researchers_researcherredirect", "key", "researchers_researcherredirect_key_48599fa3_like"),
)
"""For LIKE, which Django adds to a unique text column: nothing asks for identifiers by their beginning, and every import paid for them."""


class Migration(migrations.Migration):
    atomic = False  # indexes go without keeping anybody waiting

    dependencies = [("researchers", "0006_suppression")]

    operations = [
        *(
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY {index} ON {table} ({column} text_pattern_ops)",
            )
            for table, column, index in UNUSED
        ),
        # Unique indexes begin with the same column.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="nameform",
                    name="researcher",
                    field=models.ForeignKey(
                        db_index=False, on_delete=models.deletion.CASCADE, related_name="name_forms", to="researchers.researcher"
                    ),
                ),
                migrations.AlterField(
                    model_name="affiliation",
                    name="researcher",
                    field=models.ForeignKey(
                        db_index=False, on_delete=models.deletion.CASCADE, related_name="affiliations", to="researchers.researcher"
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {index}", f"CREATE INDEX CONCURRENTLY {index} ON {table} (researcher_id)"
                )
                for table, index in (
                    ("researchers_nameform", "researchers_nameform_researcher_id_3dcc2146"),
                    ("researchers_affiliation", "researchers_affiliation_researcher_id_50951e57"),
                )
            ],
        ),
    ]
