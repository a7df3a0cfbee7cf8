"""`bzpeer import list` and `bzpeer import orcid` as somebody at a terminal meets them."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import orcid_upstream
from tests.factories.records import ResearcherFactory, WorkFactory
from tests.orcid_upstream import JOSIAH, OrcidUpstream, external_id, group, summary
from tests.upstream import Upstream, running
from works.models import ImportRun, Work

pytestmark = pytest.mark.django_db

PAPER = {
    "id": "2006.13719", "authors": "Ada Example, Ben Sample", "title": "A paper", "categories": "cs.DL", "abstract": "Words.",
    "versions": [{"version": "v1", "created": "2020-06-22T10:00:00Z"}], "update_date": "2021-01-03",
}  # fmt: skip


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    found = {"id": "https://openalex.org/W9001", "doi": "https://doi.org/10.1000/found", "title": "A found work", "authorships": []}
    with running(works=[found], papers=[PAPER]) as server:
        settings.OPENALEX_URL, settings.ARXIV_URL = server.openalex_url, server.arxiv_url
        settings.ARXIV_INTERVAL = 0.01
        yield server


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> list[str]:
        try:
            call_command("import", *words)
        except CommandError as error:
            return [*capsys.readouterr().out.splitlines(), f"error: {error}"]
        return capsys.readouterr().out.splitlines()

    return run


def test_each_line_of_a_list_is_told(upstream: Upstream, said: Any, tmp_path: Any) -> None:
    WorkFactory(doi="10.1000/here")
    path = tmp_path / "list.txt"
    path.write_text("# mine\nhttps://doi.org/10.1000/HERE\ndoi:10.1000/found\n10.1000/missing\narXiv:2006.13719v2\nmy best paper\n")

    assert said("list", str(path))[-7:] == [
        "  line 2: 10.1000/here is already here",
        "  line 3: 10.1000/found found",
        "  line 4: 10.1000/missing not found",
        "  line 5: 2006.13719 found",
        "  line 6: my best paper: No DOI and no arXiv id is in this line.",
        "2 found, 1 already here, 1 not found, 1 not understood.",
        "error: 1 line was not understood.",
    ]
    assert set(Work.objects.values_list("doi", flat=True)) == {"10.1000/here", "10.1000/found", "10.48550/arxiv.2006.13719"}


def test_what_is_piped_in_is_read_and_a_second_time_nothing_is_asked(
    upstream: Upstream, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for expected in ("1 found, 0 already here", "0 found, 1 already here"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"10.1000/found\n")))
        assert said("list", "-")[-1] == f"{expected}, 0 not found, 0 not understood."
    assert len([asked for asked in upstream.asked if "openalex" in asked]) == 1


def test_in_the_background_the_runs_are_left_to_a_worker(upstream: Upstream, said: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("bzpeer.management.importing.working.ring", lambda run: None)
    path = tmp_path / "list.txt"
    path.write_text("10.1000/found 2006.13719")
    assert said("list", str(path), "--background")[-1] == "0 found, 0 already here, 2 left to a worker, 0 not understood."
    assert upstream.asked == []
    assert list(ImportRun.objects.order_by("pk").values_list("provider", "state")) == [("openalex", "queued"), ("arxiv", "queued")]


@pytest.mark.parametrize(("content", "sentence"), [(b"", "The file is empty."), (b"# nothing", "The list holds no DOI and no arXiv id.")])
def test_a_list_without_ids_is_told(said: Any, tmp_path: Any, content: bytes, sentence: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    assert said("list", str(path)) == [f"error: {sentence}"]


def test_a_file_that_is_not_there_is_told(said: Any, tmp_path: Any) -> None:
    assert said("list", str(tmp_path / "x"))[-1].endswith("cannot be read: No such file or directory.")


# --- ORCID ------------------------------------------------------------------------------------------


@pytest.fixture
def orcid(settings: Any) -> Iterator[OrcidUpstream]:
    record = orcid_upstream.works(
        group(summary(1, "A found work", external_id("doi", "10.1000/found"))),
        group(summary(2, "A paper", external_id("arxiv", "2006.13719"))),
        group(summary(3, "Without an id")),
    )
    with orcid_upstream.running({JOSIAH: record}) as server:
        settings.ORCID_API_URL = server.base_url
        yield server


@pytest.mark.parametrize("name", [JOSIAH, "A77", "number"])
def test_the_works_of_an_orcid_record_are_imported(upstream: Upstream, orcid: OrcidUpstream, said: Any, name: str) -> None:
    person = ResearcherFactory(display_name="Ada Example", openalex_id="A77", orcid=JOSIAH)
    lines = said("orcid", str(person.pk) if name == "number" else name)

    assert lines[:2] == [
        f"ORCID record {JOSIAH} of Ada Example shows 3 works.",
        "  1 without DOI or arXiv id is left to the owner, who can add them from their profile.",
    ]
    assert set(Work.objects.values_list("title", flat=True)) == {"A found work", "A paper"}
    assert said("orcid", JOSIAH)[-1] == "Every work with an id is here already."


def test_a_closed_record_an_unknown_researcher_and_one_without_an_id_are_told(orcid: OrcidUpstream, said: Any) -> None:
    assert said("orcid", JOSIAH)[-1].startswith(f"error: No researcher here is known as “{JOSIAH}”.")
    ResearcherFactory(openalex_id="A77", display_name="Ada Example", orcid=None)
    assert said("orcid", "A77") == ["error: The record of Ada Example has no ORCID iD."]
    ResearcherFactory(orcid=JOSIAH)
    orcid.locked.add(JOSIAH)
    assert said("orcid", JOSIAH)[-1].startswith(f"error: ORCID has locked the record {JOSIAH}")
