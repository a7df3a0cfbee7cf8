"""Indexes that nothing uses go."""

from django.db import migrations

UNUSED = (
    ("works_category", "code", "works_category_code_be821a4e_like"),
    ("works_funder", "openalex_id", "works_funder_openalex_id_a1bdf619_like"),
    ("works_funder", "ror", "works_funder_ror_3369c54d_like"),
    ("works_source", "openalex_id", "works_source_openalex_id_a58f0065_like"),
    ("works_topic", "openalex_id", "works_topic_openalex_id_17ed8370_like"),
    ("works_upstreammerge", "old_key", "works_upstreammerge_old_key_79bb8bef_like"),
    ("works_upstreamrecord", "key", "works_upstreamrecord_key_5bdfe29e_like"),
    ("works_work", "arxiv_id", "works_work_arxiv_id_3513fe18_like"),
    ("works_work", "doi", "works_work_doi_0c26c010_like"),
    ("works_work", "openalex_id", "works_work_openalex_id_dbc02af7_like"),
    ("works_workredirect", "key", "works_workredirect_key_d0d627d1_like"),
)
"""For LIKE, which Django adds to a unique text column: nothing asks for identifiers by their beginning, and every import paid for them."""


class Migration(migrations.Migration):
    atomic = False  # indexes go without keeping anybody waiting

    dependencies = [("works", "0013_references_checked_at_once")]

    operations = [
        *(
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY {index} ON {table} ({column} text_pattern_ops)",
            )
            for table, column, index in UNUSED
        ),
    ]
