"""Answers to accepted claims and removals, and questions to applicants, which moderators change like the others."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MORE = (
    ("accept", "Evidence ties it to you", "The evidence you gave ties this record to you. Welcome."),
    ("accept", "Institution's page agrees", "Your institution's page and the works on the record agree with what you said. Welcome."),
    ("question", "Which works, and where", "Which of the works on this record are yours, and where did you work when they appeared?"),
    ("question", "ORCID iD or address", "Can you link your ORCID iD, or confirm an address at an institution named on these works?"),
    ("question", "Public page", "Is there a public page of your institution that names you and these works?"),
    (
        "removal", "Not clear that it is theirs",
        "We could not tell that the record is yours. Please ask again from an address at an institution on the record, "
        "or show that the ORCID iD that stands on it is yours.",
    ),
    (
        "removal", "Works are not removed",
        "We do not remove published works: they are public records of others, too. "
        "We can remove your profile, and your name on works.",
    ),
    ("removal", "A namesake's record", "The record you named is about somebody else of the same name."),
)  # fmt: skip
KINDS = [
    ("accept", "accepting claims"), ("claim", "rejecting claims"), ("question", "questions to applicants"),
    ("proposal", "merges and splits"), ("report", "reports"), ("invitation", "invitations"), ("removal", "removal requests"),
]  # fmt: skip


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    answer = apps.get_model("moderation", "CannedAnswer")
    for kind, title, text in MORE:
        answer.objects.get_or_create(kind=kind, title=title, defaults={"text": text})


class Migration(migrations.Migration):
    dependencies = [("moderation", "0003_audit_append_only")]

    operations = [
        migrations.AlterField("cannedanswer", "kind", models.TextField(choices=KINDS)),
        migrations.AlterField("cannedanswerevent", "kind", models.TextField(choices=KINDS)),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
