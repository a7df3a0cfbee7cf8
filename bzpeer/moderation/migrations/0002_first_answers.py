"""Answers to begin with; moderators change, add and remove them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FIRST = (
    ("claim", "Not tied to this record", "What you showed does not tie this record to you. You can claim it again with an ORCID iD, an address at an institution on the record, or a proof page."),
    ("claim", "Another person of this name", "The works on this record are by somebody of the same name."),
    ("claim", "No answer", "We asked for more and heard nothing. You can claim the record again at any time."),
    ("proposal", "Not the same", "They are not the same. Never ask again."),
    ("proposal", "Two versions on purpose", "They are two versions that are kept apart on purpose."),
    ("proposal", "Evidence too weak", "The evidence is too weak."),
    ("report", "Against the rules", "This attacks a person or tries to sell something; both are against the rules here."),
    ("report", "Within the rules", "We looked at it. It is within the rules, though you need not like it; you can block its writer."),
    ("invitation", "Too general", "It does not say what you would do together. Name the work, and what you bring to it."),
    ("invitation", "Sent to many", "The same words went to several people. Write to one person about their own work."),
    ("removal", "Carried out", "Your request is carried out."),
    ("removal", "Needs a proof", "We cannot tell yet that the record is about you. Confirm it by the record's ORCID iD, or answer this message."),
)  # fmt: skip


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    answer = apps.get_model("moderation", "CannedAnswer")
    for kind, title, text in FIRST:
        answer.objects.get_or_create(kind=kind, title=title, defaults={"text": text})


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_canned_answers")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
