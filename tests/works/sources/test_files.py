import gzip
import io
import json
import tarfile
import zlib
from pathlib import Path

import pytest

from tests.works.sources.conftest import paper, work
from works.drafts import Merged, Quarantined, Read
from works.sources import arxiv, files, openalex
from works.sources.http import UnreadableFile


def lines(*records) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def until_break(reads) -> tuple[list[Read], UnreadableFile]:
    kept: list[Read] = []
    with pytest.raises(UnreadableFile) as caught:
        kept.extend(reads)
    return kept, caught.value


THREE = [work(1), work(2), work(3)]
KEYS = ["openalex:W1", "openalex:W2", "openalex:W3"]


def tar_of(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member, data in (("x/README", b"read me"), (f"x/{name}", content)):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        lines(*THREE),
        lines(*THREE).rstrip(b"\n"),
        lines(*THREE).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + lines(*THREE),
        b"\n\n" + lines(*THREE).replace(b"\n", b"\n\n"),
        gzip.compress(lines(*THREE)),
        gzip.compress(lines(*THREE[:2])) + gzip.compress(lines(THREE[2])),
        json.dumps(THREE).encode(),
        json.dumps(THREE, indent=2).encode(),
        json.dumps({"meta": {"count": 3}, "results": THREE}).encode(),
        json.dumps({"meta": {"count": 3}, "results": THREE}, indent=1).encode(),
        lines({"meta": {}, "results": THREE[:2]}, {"meta": {}, "results": THREE[2:]}),
        tar_of("works.json", json.dumps(THREE).encode()),
        tar_of("works.jsonl", lines(*THREE)),
    ],
    ids=["lines", "no-last-newline", "crlf", "bom", "blank-lines", "gzip", "gzip-members", "array", "indented-array", "answer",
         "indented-answer", "answers-in-lines", "tar-array", "tar-lines"],
)  # fmt: skip
def test_every_wrapping_gives_the_same_records(write, content):
    path = write("works", content)

    assert [read.key for read in openalex.read_file(path)] == KEYS
    assert [read.key for read in openalex.read_file(path, start=1)] == KEYS[1:]
    assert list(openalex.read_file(path, start=3)) == []


@pytest.mark.parametrize(
    "content", [json.dumps(work(1)).encode(), json.dumps(work(1), indent=4).encode(), json.dumps(work(1), indent=0).encode()]
)
def test_one_object_is_one_record(write, content):
    assert [read.key for read in openalex.read_file(write("W1", content))] == ["openalex:W1"]


def test_line_separators_inside_text_split_nothing(write):
    title = "one\u2028two\u2029three\x0bfour\x85five"
    content = json.dumps(work(1, title=title), ensure_ascii=False).encode() + b"\n" + lines(work(2))

    found = list(openalex.read_file(write("works.jsonl", content)))

    assert [read.key for read in found] == KEYS[:2]
    assert found[0].title == title


@pytest.mark.parametrize("content", [b"", b"\n\n", gzip.compress(b"", mtime=0), b"[]", b'{"meta": {}, "results": []}', lines()])
def test_file_without_records_is_no_fault(write, content):
    assert list(openalex.read_file(write("empty", content))) == []
    assert list(arxiv.read_file(write("empty", content))) == []


def deep(levels: int) -> bytes:
    return b'{"id": "https://openalex.org/W2", "title": ' + b"[" * levels + b"]" * levels + b"}\n"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"id": "https://openalex.org/W2", "title": "x\n', "not valid JSON at character 4"),
        (b'{"id": "https://openalex.org/W2", "publication_year": NaN}\n', "not valid JSON at character 55"),
        (b'{"id": "https://openalex.org/W2", "title": "\\ud800"}\n', "the record holds half of a surrogate pair, which is no character"),
        (b'{"id": "https://openalex.org/W2", "title": "a\\u0000b"}\n', "the record holds a NUL character, which cannot be stored"),
        (deep(20_000), "the record is nested too deeply"),
        (b"null\n", "this is not an OpenAlex object"),
        (b'"text"\n', "this is not an OpenAlex object"),
        (b"garbage\n", "not valid JSON at character 1"),
        (lines(work(2, publication_year=0)), "the publication year 0 is outside 1000-2200"),
        (lines(work(2, title="evil \u202e txt")), "a title or name holds invisible direction controls"),
        (lines(work(2, id="https://openalex.org/W" + "9" * 2700)), "is not an OpenAlex id"),
        (lines(work(2, id=None)), "the record has no id"),
        (lines(work(2, id=["W2"])), "the id is not text"),
    ],
)  # fmt: skip
def test_bad_line_is_set_aside_with_its_place_and_the_rest_goes_on(write, bad, reason):
    found = list(openalex.read_file(write("works.jsonl", lines(work(1)) + bad + lines(work(3)))))

    assert [read.key for read in (found[0], found[-1])] == ["openalex:W1", "openalex:W3"]
    assert len(found) == 3
    assert isinstance(found[1], Quarantined)
    assert found[1].place == "works.jsonl, line 2"
    assert reason in found[1].reason
    assert bad.startswith(found[1].raw[:20])


@pytest.mark.parametrize("bad", [b'{"id": "https://openalex.org/W2", "title": "x\n', deep(20_000)])
def test_bad_first_line_is_set_aside_too(write, bad):
    found = list(openalex.read_file(write("works.jsonl", bad + lines(work(1), work(3)))))

    assert [type(read).__name__ for read in found] == ["Quarantined", "WorkDraft", "WorkDraft"]


def test_bad_element_of_an_array_is_set_aside_alone(write):
    content = b"[" + json.dumps(work(1)).encode() + b",\n" + deep(20_000) + b"," + json.dumps(work(3)).encode() + b"]"

    found = list(openalex.read_file(write("works.json", content)))

    assert [type(read).__name__ for read in found] == ["WorkDraft", "Quarantined", "WorkDraft"]
    assert found[1].place == "works.json, line 2, record 2"


def test_overlong_line_is_set_aside_and_the_rest_goes_on(write, monkeypatch):
    monkeypatch.setattr(files, "LONGEST_LINE", 2_000)
    content = lines(work(1), work(2, title="x" * 9_000), work(3))

    found = list(openalex.read_file(write("works.jsonl", content)))

    assert [type(read).__name__ for read in found] == ["WorkDraft", "Quarantined", "WorkDraft"]


WHOLE = lines(*THREE)


@pytest.mark.parametrize(
    ("content", "kept", "line"),
    [
        (WHOLE[:-60], 2, 3),
        (gzip.compress(WHOLE * 50)[:-40], None, None),
        (json.dumps(THREE).encode()[:-60], 2, 1),
        (json.dumps(THREE, indent=1).encode()[:-60], 2, None),
        (json.dumps({"meta": {}, "results": THREE}).encode()[:-60], 2, 1),
        (json.dumps(work(1)).encode()[:-10], 0, 1),
        (b'{"title": "caf\xe9"}\n' + lines(work(9)), 0, 1),
        (json.dumps(THREE[:2]).encode()[:-1] + b', {"title": "caf\xe9"}]', 2, 1),
        (b"\xff\xfe" + "{}".encode("utf-16-le"), 0, 1),
        ("Pr\xe9sence of accents; nothing else".encode("latin-1"), 0, 1),
        (b"id,title\nW1,x\n", 0, 1),
        (b"%PDF-1.7 \xe2\xe3\xcf\xd3", 0, 1),
    ],
    ids=["cut-line", "cut-gzip", "cut-array", "cut-indented", "cut-answer", "cut-object", "latin1-line", "latin1-element", "utf16",
         "latin1", "csv", "pdf"],
)  # fmt: skip
def test_break_is_told_with_file_and_line_after_what_came_before(write, content, kept, line):
    found, error = until_break(openalex.read_file(write("works.json", content)))

    assert str(error).startswith("works.json, line ")
    assert kept is None or len(found) == kept
    assert line is None or error.line == line
    assert str(error).endswith(".")


def test_a_line_that_is_no_utf8_is_set_aside_alone(write):
    found = list(openalex.read_file(write("works.jsonl", lines(*THREE[:2]) + b'{"title": "caf\xe9"}\n' + lines(work(9)))))

    assert [type(read).__name__ for read in found] == ["WorkDraft", "WorkDraft", "Quarantined", "WorkDraft"]
    assert (found[2].place, found[2].reason) == ("works.jsonl, line 3", "the line is not UTF-8 text")


def test_cut_gzip_keeps_whole_records_before_the_cut(write):
    records = [work(number, title=f"{number * 7919:x}" * 20) for number in range(1, 2001)]
    packed = gzip.compress(lines(*records))

    found, error = until_break(openalex.read_file(write("works.jsonl.gz", packed[: len(packed) // 2])))

    whole = zlib.decompressobj(wbits=31).decompress(packed[: len(packed) // 2]).count(b"\n")
    assert len(found) == whole
    assert 500 < whole < 2000
    assert [read.key for read in found] == [f"openalex:W{number}" for number in range(1, len(found) + 1)]
    assert error.line == len(found) + 1
    assert "cut off" in str(error)


def test_damaged_gzip_is_told(write):
    packed = bytearray(gzip.compress(lines(*[work(number, title=f"{number * 7919:x}" * 20) for number in range(1, 501)])))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\x00" * 40

    _, error = until_break(openalex.read_file(write("works.jsonl.gz", bytes(packed))))

    assert "damaged or cut off" in str(error)


def test_missing_file_and_folder_are_sentences(tmp_path):
    for path in (tmp_path / "nowhere.json", tmp_path):
        _, error = until_break(openalex.read_file(path))
        assert "cannot be opened" in str(error)


def test_merged_ids_file_gives_merges(write):
    content = b"merge_date,id,merge_into_id\n2022-08-03,A3007116629,A2090344885\n2022-08-03,A1,W2\n"

    found = list(openalex.read_file(write("2022-08-03.csv.gz", gzip.compress(content))))

    assert found[0] == Merged(old_key="openalex:A3007116629", new_key="openalex:A2090344885", on="2022-08-03")
    assert found[1].place == "2022-08-03.csv.gz, line 3"


def test_recorded_answers_give_their_records(write):
    bodies = [json.dumps({"meta": {}, "results": THREE[:2]}), json.dumps(THREE[2]), '{"error": "x", "message": "Nope"}']
    cassette = {"http_interactions": [{"request": {}, "response": {"body": {"string": body}}} for body in bodies]}

    found = list(openalex.read_file(write("cassette.yml", b"http_interactions: " + json.dumps(cassette["http_interactions"]).encode())))

    assert [getattr(read, "key", "") for read in found] == [*KEYS, ""]
    assert found[3].reason == "an error answer of the API, not a record: Nope"


def test_arxiv_lines_broken_in_the_middle_and_at_the_end(write):
    content = lines(paper("2001.00001")) + b"{oops\n" + lines(paper("2001.00002"), paper("no id"))[:-1]

    found = list(arxiv.read_file(write("arxiv.jsonl", content)))

    assert [type(read).__name__ for read in found] == ["WorkDraft", "Quarantined", "WorkDraft", "Quarantined"]
    assert found[3].reason == "“no id” is not an arXiv id"
    kept, error = until_break(arxiv.read_file(write("arxiv.jsonl", content[:-20])))
    assert len(kept) == 3
    assert error.line == 4


def test_cut_xml_keeps_whole_records_before_the_cut(write):
    entry = "<entry><id>http://arxiv.org/abs/2001.0000{}v1</id><title>T</title></entry>\n"
    feed = '<feed xmlns="http://www.w3.org/2005/Atom">\n' + "".join(entry.format(number) for number in (1, 2, 3)) + "</feed>"

    kept, error = until_break(arxiv.read_file(write("feed.xml", feed.encode()[:-30])))

    assert [read.key for read in kept] == ["arxiv:2001.00001", "arxiv:2001.00002"]
    assert error.line == 4


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><feed><entry><id>&b;</id></entry></feed>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed><entry><id>&a;</id></entry></feed>',
        b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><feed/>',
    ],
)
def test_declared_entities_are_refused(write, content):
    _, error = until_break(arxiv.read_file(write("feed.xml", content)))

    assert "refused" in str(error)


def test_reading_lines_needs_little_memory(write):
    import tracemalloc

    path = write("works.jsonl.gz", gzip.compress(lines(*[work(number, title="x" * 5_000) for number in range(1, 4001)])))
    tracemalloc.start()
    count = sum(1 for _ in openalex.read_file(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 4000
    assert peak < 4_000_000


def test_xml_of_another_kind_is_named_instead_of_read_as_nothing(tmp_path: Path):
    path = tmp_path / "news.xml"
    path.write_text('<?xml version="1.0"?>\n<rss><channel><item/></channel></rss>')
    with pytest.raises(UnreadableFile, match=r"news\.xml, line \d: this XML is a <rss>, neither an Atom feed nor an OAI-PMH answer"):
        list(arxiv.read_file(path))
