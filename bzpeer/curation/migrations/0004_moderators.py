"""The group "Moderators": who is in it decides what members ask, without being staff."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_group(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # Permissions are made after all migrations; this one is needed now and is left alone then.
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="curation", model="proposal")
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="moderate", defaults={"name": "Can decide proposals"}
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Moderators")
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("curation", "0003_answers"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
