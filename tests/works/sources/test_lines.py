"""Lines of files can be left after any line and taken up again there."""

import gzip
from pathlib import Path

import pytest

from works.sources import lines
from works.sources.files import UnreadableFile
from works.sources.lines import Lines, Place, as_cursor, place_in

LINES = [f"line {number} {'x' * (number % 90)}".encode() for number in range(400)]
TEXT = b"".join(line + b"\n" for line in LINES)


def packed(kind: str) -> bytes:
    if kind == "plain":
        return TEXT
    if kind == "one member":
        return gzip.compress(TEXT)
    pieces = [TEXT[start : start + 1_000] for start in range(0, len(TEXT), 1_000)]
    return b"".join(map(gzip.compress, pieces)) + (b"\0" * 512 if kind == "many members, padded" else b"")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_CHUNK", 700)
    monkeypatch.setattr(lines, "_UNPACKED", 300)


@pytest.mark.parametrize("kind", ["plain", "one member", "many members", "many members, padded"])
def test_reading_goes_on_after_any_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "part"
    path.write_bytes(packed(kind))
    places = [Place()]
    with Lines(path, start=Place()) as found:
        for line, wanted in zip(found, LINES, strict=True):
            assert line == wanted
            places.append(found.place)
    for number, place in enumerate(places):
        with Lines(path, start=place_in(as_cursor(place, 3))) as rest:
            rest.skip()
            assert list(rest) == LINES[number:]
    assert places[-1].line == 400
    if kind.startswith("many"):
        assert places[-1].member > 0  # entered there, without unpacking what is before


def test_a_last_line_without_an_end_is_given_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"one\ntwo")
    with Lines(path, start=Place()) as found:
        assert [(line, found.is_open_ended) for line in found] == [(b"one", False), (b"two", True)]


def test_a_line_too_long_is_cut_and_the_next_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1_000)
    path = tmp_path / "part.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"b" * 50_000 + b"\nc\n"))
    with Lines(path, start=Place()) as found:
        assert [len(line) for line in found] == [1, 1_001, 1]
        assert found.place.offset == 50_005


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [(lambda whole: whole[:-300], "damaged or cut off"), (lambda whole: whole + b"tail", "damaged or cut off")],
    ids=["cut", "tail"],
)
def test_a_damaged_file_gives_what_comes_before_and_says_where_it_breaks(tmp_path: Path, damage, sentence) -> None:
    path = tmp_path / "part_000.gz"
    path.write_bytes(damage(gzip.compress(TEXT)))
    found: list[bytes] = []
    with Lines(path, start=Place()) as reading, pytest.raises(UnreadableFile, match=sentence) as stop:
        found.extend(reading)
    assert stop.value.line == len(found) + 1
    assert found == LINES[: len(found)]


def test_a_file_that_shrank_or_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "part_000.gz"
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        Lines(path, start=Place())
    path.write_bytes(gzip.compress(b"one\n"))
    with Lines(path, start=Place(offset=10, line=2)) as found, pytest.raises(UnreadableFile, match="shorter than when it was read last"):
        found.skip()
