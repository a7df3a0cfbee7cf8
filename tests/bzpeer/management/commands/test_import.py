"""`bzpeer import …` as somebody at a terminal meets it."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from researchers.models import Researcher
from tests.upstream import Upstream, busy, refused, running, spent
from tests.works import snapshots
from works.models import ImportRun, RecordChange, Work

pytestmark = pytest.mark.django_db


def work(number: int, **fields: Any) -> dict[str, Any]:
    author = {"author": {"id": "https://openalex.org/A11", "display_name": "Ada Example"}, "raw_author_name": "A. Example"}
    return {"id": f"https://openalex.org/W{number}", "title": f"On the number {number}", "authorships": [author], **fields}


PAPER = {
    "id": "2006.13719", "authors": "Ada Example, Ben Sample", "title": "A paper", "categories": "cs.DL", "abstract": "Words.",
    "versions": [{"version": "v1", "created": "2020-06-22T10:00:00Z"}], "update_date": "2021-01-03",
}  # fmt: skip


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    author = {"id": "https://openalex.org/A11", "display_name": "Ada Example", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    with running(works=[work(number) for number in (1, 2, 3)], authors=[author], papers=[PAPER]) as server:
        settings.OPENALEX_URL, settings.ARXIV_URL = server.openalex_url, server.arxiv_url
        yield server


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> list[str]:
        call_command("import", *words)
        return capsys.readouterr().out.splitlines()

    return run


def lines(path: Path, *records: object) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_a_file_is_imported_and_derived_then_nothing_changes(said, tmp_path):
    path = lines(tmp_path / "works.jsonl", work(1), work(2))
    assert said("openalex", "--file", path)[0] == "Read 2 records: 2 stored. 2 new works, 1 new researcher."
    assert Researcher.objects.get().works_count == 2
    assert not RecordChange.objects.exists()
    assert said("openalex", "--file", path) == ["Read 2 records: 2 unchanged. Nothing changed."]
    assert [run.state for run in ImportRun.objects.all()] == ["finished", "finished"]


def test_folders_and_several_files_are_read_in_the_order_of_their_names(said, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    lines(folder / "b.jsonl", work(2))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(work(1)).encode()))
    (folder / "LICENSE.txt").write_text("CC0")
    more = lines(tmp_path / "c.json", work(3))
    assert said("openalex", "--file", str(folder), "--file", more)[0].startswith("Read 3 records: 3 stored.")
    assert [Path(name).name for name in ImportRun.objects.get().parameters["files"]] == ["a.jsonl.gz", "b.jsonl", "c.json"]


@pytest.mark.parametrize(
    "question",
    [("--author", "A11"), ("--orcid", "0000-0002-1825-0097"), ("--works", "W1,W2,W3"), ("--search", "number")],
    ids=["author", "orcid", "works", "search"],
)
def test_openalex_is_asked(said, upstream, question):
    said("openalex", *question)
    assert Work.objects.count() == 3
    assert Researcher.objects.get().openalex_id == "A11"


@pytest.mark.parametrize(
    "question", [("--id", "2006.13719"), ("--author", "Ada Example"), ("--query", "cat:cs.DL")], ids=["id", "author", "query"]
)
def test_arxiv_is_asked(said, upstream, question):
    said("arxiv", *question)
    assert Work.objects.get().arxiv_id == "2006.13719"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("openalex", "--author", "B12"), "“B12” is not the OpenAlex id of an author; such an id looks like A5023888391."),
        (("openalex", "--author", "A9999999999"), "“A9999999999” is not the OpenAlex id of an author"),
        (("openalex", "--orcid", "0000-0002-1825-0098"), "“0000-0002-1825-0098” is not an ORCID iD"),
        (("openalex", "--works", "W1,X2"), "“X2” is not the OpenAlex id of a work"),
        (("arxiv", "--id", "hello"), "“hello” is not an arXiv id"),
        (("openalex", "--file", "/no/such/file"), "There is no file /no/such/file."),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_before_any_request(said, upstream, words, sentence):
    with pytest.raises(CommandError, match=sentence.split("“")[0] or ".") as refusal:
        said(*words)
    assert str(refusal.value).startswith(sentence)
    assert (upstream.asked, ImportRun.objects.count()) == ([], 0)


def test_a_truncated_file_names_the_line_and_keeps_what_came_before(said, tmp_path, capsys):
    path = tmp_path / "works.jsonl.gz"
    whole = gzip.compress(
        "".join(json.dumps(work(number, filler=random.Random(number).randbytes(400).hex())) + "\n" for number in range(1, 400)).encode()
    )
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError) as stop:
        said("openalex", "--file", str(path))
    assert str(stop.value).startswith("works.jsonl.gz, line ")
    assert str(stop.value).endswith(f"Stored before that: {Work.objects.count()}.")
    assert 0 < Work.objects.count() < 399
    assert (ImportRun.objects.get().state, stop.value.returncode) == ("failed", 1)
    assert Researcher.objects.get().works_count == Work.objects.count()


def test_a_broken_file_does_not_keep_the_next_one_from_being_read(said, tmp_path):
    broken = tmp_path / "a.jsonl"
    broken.write_bytes(b"\xff\xfe not a text\n")
    with pytest.raises(CommandError, match=r"^a\.jsonl, line 1: "):
        said("openalex", "--file", str(broken), "--file", lines(tmp_path / "b.jsonl", work(1)))
    assert Work.objects.count() == 1


def test_a_refusal_tells_what_to_do(said, upstream):
    upstream.next_answers(refused(401))
    with pytest.raises(CommandError) as stop:
        said("openalex", "--works", "W1")
    assert (
        str(stop.value) == "OpenAlex refused the request (401). Check OPENALEX_API_KEY; without a key leave it unset. Nothing was stored."
    )
    assert ImportRun.objects.get().state == "failed"


def test_a_busy_upstream_is_waited_for(said, upstream):
    upstream.next_answers(busy(0))
    assert said("openalex", "--works", "W1")[0].startswith("Read 1 record: 1 stored.")


def test_a_spent_allowance_leaves_the_run_open_to_be_resumed(said, upstream):
    upstream.next_answers(spent(3600))
    with pytest.raises(CommandError, match="allowance for this key is used up"):
        said("openalex", "--works", "W1")
    run = ImportRun.objects.get()
    assert (run.state, run.attempts) == ("running", 0)
    assert run.lease_until is not None


def test_a_database_that_goes_away_is_told_in_one_sentence(said, tmp_path, monkeypatch):
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the connection is closed\nmore")

    monkeypatch.setattr("works.runs.store", gone)
    with pytest.raises(CommandError, match=r"^The database went away \(the connection is closed\)\. What was stored stays"):
        said("openalex", "--file", lines(tmp_path / "works.jsonl", work(1)))
    assert ImportRun.objects.get().state == "running"


def test_problems_are_summed_up(said, tmp_path):
    path = lines(tmp_path / "works.jsonl", work(1), {"id": "https://openalex.org/W2", "publication_year": 0, "title": "x"}, {"no": "id"})
    told = said("openalex", "--file", path)
    assert told[0] == "Read 3 records: 1 stored, 2 set aside with a reason. 1 new work, 1 new researcher."
    assert any("the publication year 0" in line and "works.jsonl, line 2" in line for line in told)


def test_a_file_of_which_nothing_can_be_stored_is_refused_by_name_and_line(said, tmp_path):
    with pytest.raises(CommandError) as stop:
        said("openalex", "--file", lines(tmp_path / "papers.jsonl", PAPER, PAPER))
    assert str(stop.value) == (
        "papers.jsonl, line 1: “2006.13719” is not an OpenAlex id. "
        "Nothing of what was read could be stored; check that it is what you meant."
    )
    assert ImportRun.objects.get().counts == {"read": 2, "quarantined": 2}


def test_a_line_that_is_no_json_is_set_aside_and_told_at_the_end(said, tmp_path):
    path = tmp_path / "works.jsonl"
    path.write_text(json.dumps(work(1)) + "\n{oops}\n" + json.dumps(work(2)) + "\n")
    with pytest.raises(CommandError, match=r"^works\.jsonl, line 2: not valid JSON at character 2: .* It was set aside; see the counts"):
        said("openalex", "--file", str(path))
    assert Work.objects.count() == 2
    assert Researcher.objects.get().works_count == 2


def test_several_broken_files_are_all_named(said, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text("oops")
    with pytest.raises(CommandError, match=r"^a\.jsonl, line 1: .* 2 other files break, too: b\.jsonl, line 1; c\.jsonl, line 1\. Nothing"):
        said("openalex", "--file", str(tmp_path))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("", "--file needs the path of a file or a folder."), ("/dev/null", "/dev/null is neither a file nor a folder.")],
)
def test_what_is_no_file_is_refused(said, path, sentence):
    with pytest.raises(CommandError) as stop:
        said("openalex", "--file", path)
    assert (str(stop.value), ImportRun.objects.count()) == (sentence, 0)


def test_the_same_question_goes_on_where_a_refusal_stopped_it(said, upstream, capsys):
    for number in range(4, 151):
        upstream.works[f"W{number}"] = work(number)
    upstream.next_answers(None, None, refused(403))
    with pytest.raises(CommandError, match=r"refused the request \(403\)\. .* Stored before that: 101\."):
        said("openalex", "--author", "A11")
    upstream.asked.clear()
    capsys.readouterr()
    told = said("openalex", "--author", "A11")
    run = ImportRun.objects.get()
    assert told[0] == f"Going on with import {run.pk}, which stopped after 101 records."
    assert [path for path in upstream.asked if "cursor=%2A" in path or "cursor=*" in path] == []
    assert (run.state, run.error, Work.objects.count()) == ("finished", "", 150)
    said("openalex", "--author", "A11")
    assert ImportRun.objects.count() == 2


def test_a_file_is_read_from_its_start_again_after_a_break(said, tmp_path, capsys):
    path = tmp_path / "works.jsonl"
    path.write_text(json.dumps(work(1)) + "\n" + json.dumps(work(2))[:30])
    with pytest.raises(CommandError):
        said("openalex", "--file", str(path))
    capsys.readouterr()
    told = said("openalex", "--file", lines(path, work(3), work(1), work(2)))
    assert told[0].startswith("Read 3 records: 2 stored, 1 unchanged.")


def test_an_import_in_the_background_is_left_to_a_worker(said, tmp_path, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr("bzpeer.management.importing.working.ring", rung.append)
    told = said("openalex", "--background", "--file", lines(tmp_path / "works.jsonl", work(1)))
    run = ImportRun.objects.get()
    assert told == [f"Import {run.pk} is waiting for a worker. Watch it at /imports/{run.pk}/."]
    assert (run.state, rung, Work.objects.count()) == ("queued", [run.pk], 0)


def test_ctrl_c_keeps_what_was_stored_and_says_what_is_left_to_do(said, tmp_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("works.runs.store", interrupted)
    with pytest.raises(CommandError, match=r"^Cancelled\. What was stored before stays; `bzpeer derive` or a worker"):
        said("openalex", "--file", lines(tmp_path / "works.jsonl", work(1)))
    assert ImportRun.objects.get().state == "cancelled"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return snapshots.small(tmp_path / "snapshot", works=60)


def test_a_snapshot_is_imported_and_derived(said, snapshot):
    told = said("openalex", "--snapshot", str(snapshot), "--workers", "1")
    run = ImportRun.objects.get()
    assert told[0] == f"Import {run.pk}: 5 files in {snapshot}."
    assert told[1].startswith("Read 270 records: 270 stored. 259 new works,")
    assert not RecordChange.objects.exists()
    assert said("openalex", "--snapshot", str(snapshot), "--workers", "1")[1] == "Read 270 records: 270 unchanged. Nothing changed."


def test_a_dry_run_counts_and_writes_nothing(said, snapshot):
    told = said("openalex", "--snapshot", str(snapshot), "--dry-run", "--sample", "50%")
    counts = {line.split()[0]: [int(number) for number in line.split()[1:]] for line in told[1:5]}
    works, authors = counts["works"], counts["authors"]
    assert (works[0], 90 < works[1] < 170, works[2] == works[1], works[3:]) == (259, True, True, [0, 0, 0])
    assert authors == [7, 7, 7, 0, 0, 0]
    assert told[-1].startswith(
        f"Nothing was written. Storing {sum(count[2] for count in counts.values())} records takes less than a minute"
    )
    assert (Work.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_ctrl_c_pauses_a_snapshot_and_the_same_command_goes_on(said, snapshot, capsys, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("works.parts.store", interrupted)
        with pytest.raises(CommandError, match=r"^Paused\. What was stored stays; the same command or `bzpeer imports resume \d+`"):
            said("openalex", "--snapshot", str(snapshot), "--workers", "1")
    run = ImportRun.objects.get()
    assert (run.state, [act["did"] for act in run.acts]) == ("paused", ["paused"])
    run.parts.update(lease_until=None, state="waiting")
    capsys.readouterr()
    assert (
        said("openalex", "--snapshot", str(snapshot), "--workers", "1")[0]
        == f"Going on with import {run.pk}, of which 0 of 5 files are read."
    )
    run.refresh_from_db()
    assert (run.state, Work.objects.count()) == ("finished", 259)


def test_a_snapshot_in_the_background_is_left_to_workers(said, snapshot, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr("bzpeer.management.importing.snapshots.ring", rung.append)
    told = said("openalex", "--snapshot", str(snapshot), "--background")
    run = ImportRun.objects.get()
    assert told[1] == f"Import {run.pk} is waiting for workers. Watch it at /imports/{run.pk}/."
    assert (rung, Work.objects.count()) == ([run.pk], 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--snapshot", "/no/such/folder"), "There is no folder /no/such/folder."),
        (("--snapshot", "SNAPSHOT", "--topic", "Alchemy"), "No topic, subfield, field or domain of this snapshot is called “alchemy”."),
        (("--snapshot", "SNAPSHOT", "--institution", "I77"), "The snapshot knows no institution “I77”."),
        (("--works", "W1", "--sample", "5%"), "--sample goes with --snapshot only."),
    ],
)
def test_snapshots_and_filters_that_cannot_be_meant_are_refused(said, snapshot, words, sentence):
    with pytest.raises(CommandError) as refusal:
        said("openalex", *(word.replace("SNAPSHOT", str(snapshot)) for word in words))
    assert (str(refusal.value), ImportRun.objects.count()) == (sentence, 0)


@pytest.mark.django_db(transaction=True)
def test_several_processes_read_a_snapshot_as_one_does(said, snapshot):
    assert said("openalex", "--snapshot", str(snapshot), "--workers", "2")[1].startswith("Read 270 records: 270 stored. 259 new works,")
    assert Work.objects.count() == 259
