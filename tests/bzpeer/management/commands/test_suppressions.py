"""The do-not-list outlives a restored backup."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from bzpeer.privacy.removing import erase_former_name, remove_record
from researchers.models import NameForm, Researcher, Suppression, SuppressionKey
from tests.factories.records import NameFormFactory, ResearcherFactory, WorkFactory
from works.locking import hold_imports

pytestmark = pytest.mark.django_db


def test_what_an_older_backup_brings_back_is_removed_again(tmp_path, capsys):
    gone, renamed = ResearcherFactory(openalex_id="A1"), ResearcherFactory(display_name="June Now")
    NameFormFactory(researcher=renamed, name="Jane Then")
    with transaction.atomic(), connection.cursor() as cursor:
        hold_imports(cursor)
        remove_record(gone, hides_name=False)
        erase_former_name(renamed, name="Jane Then")
    file = tmp_path / "list.json"
    call_command("suppressions", "write", str(file))
    assert file.stat().st_mode & 0o777 == 0o600

    Suppression.objects.all().delete()  # the backup is older than the list
    SuppressionKey.objects.all().delete()
    back = ResearcherFactory(openalex_id="A1")
    WorkFactory(authors=[back])
    NameFormFactory(researcher=renamed, name="Jane Then")
    call_command("suppressions", "apply", str(file))

    assert list(Researcher.objects.all()) == [renamed]
    assert not NameForm.objects.filter(name="Jane Then").exists()
    assert "1 records removed again, 1 former names erased again" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", '{"secret": "zz", "entries": []}', '{"secret": "00", "entries": [[1]]}'])
def test_a_file_that_is_no_list_is_refused(tmp_path, content):
    file = tmp_path / "list.json"
    file.write_text(content)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("suppressions", "apply", str(file))


def test_the_list_of_another_portal_is_refused(tmp_path):
    with transaction.atomic():
        remove_record(ResearcherFactory(), hides_name=False)
    file = tmp_path / "list.json"
    file.write_text(json.dumps({"secret": "00" * 32, "entries": []}))
    with pytest.raises(CommandError, match="another portal"):
        call_command("suppressions", "apply", str(file))
