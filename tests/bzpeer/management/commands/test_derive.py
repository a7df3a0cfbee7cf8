"""`bzpeer derive` as somebody at a terminal meets it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from researchers.models import Researcher
from researchers.queries import are_names_stale
from tests.factories.records import ResearcherFactory, WorkFactory
from works.models import RecordChange, Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> str:
        call_command("derive", *words)
        return capsys.readouterr().out.strip()

    return run


@pytest.fixture
def work() -> Work:
    work: Work = WorkFactory(title="Größe", authors=ResearcherFactory.create_batch(2))
    RecordChange.objects.create(kind="work", record_id=work.pk)
    return work


def test_what_changed_is_derived_once(said, work):
    assert said().startswith("1 change derived in ")
    assert said() == "Nothing to derive: no record changed since the last time."


def test_everything_anew_includes_what_is_folded_for_search(said, work):
    Work.objects.update(folded_title="stale")
    assert said("--all").startswith("Everything derived anew in ")
    work.refresh_from_db()
    assert (work.folded_title, RecordChange.objects.count()) == ("grosse", 0)


def test_names_alone_are_folded_again(said, work):
    Researcher.objects.update(folded_names="stale")
    assert are_names_stale()
    assert said("--names").startswith("Names and titles are folded for search as this version does it, in ")
    assert (are_names_stale(), RecordChange.objects.count()) == (False, 1)


def test_ctrl_c_says_what_is_left_to_do(said, work, monkeypatch):
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bzpeer.management.commands.derive.derive_all_pending", interrupted)
    with pytest.raises(CommandError, match=r"^Stopped\. What was derived stays; run it again for the rest\.$"):
        said()
