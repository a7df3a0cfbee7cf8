"""`bzpeer imports` as somebody at a terminal meets it."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from works.models import ImportPart, ImportRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> ImportRun:
    run = ImportRun.objects.create(
        provider="openalex", parameters={"snapshot": "/data/openalex", "filters": {"country": ["JP"]}}, state="running", counts={"read": 12}
    )
    ImportPart.objects.create(run=run, path="works/a.gz", entity="works", stage=5, bytes_total=10, counts={"read": 12})
    return run


@pytest.fixture
def said(capsys):
    def tell(*words: str) -> str:
        call_command("imports", *words)
        return capsys.readouterr().out

    return tell


def test_imports_are_listed_and_shown(said, run):
    listed = said()
    assert "OpenAlex: snapshot openalex; country JP" in listed
    assert "running" in listed
    shown = said("show", str(run.pk))
    assert f"OpenAlex import {run.pk}: snapshot /data/openalex; country JP. Running." in shown
    assert "0 %, works: 0 of 1 files, 12 records." in shown
    ImportRun.objects.all().delete()
    assert said("list") == "No imports yet.\n"


def test_pausing_resuming_and_cancelling_are_written_down(said, run, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr("bzpeer.management.commands.imports.ring", rung.append)
    assert said("pause", str(run.pk)) == f"Import {run.pk} is paused. What was stored stays.\n"
    assert said("resume", str(run.pk)) == f"Import {run.pk} is waiting for a worker. Watch it at /imports/{run.pk}/.\n"
    with pytest.raises(CommandError, match=r"Add --yes to do it without a question"):
        said("cancel", str(run.pk))
    said("cancel", str(run.pk), "--yes")
    run.refresh_from_db()
    assert (run.state, [act["did"] for act in run.acts], rung) == ("cancelled", ["paused", "resumed", "cancelled"], [run.pk])
    with pytest.raises(CommandError, match=rf"^Import {run.pk} cannot be paused: it is cancelled\.$"):
        said("pause", str(run.pk))
    with pytest.raises(CommandError, match=r"^There is no import 99999; `bzpeer imports` lists them\.$"):
        said("show", "99999")
