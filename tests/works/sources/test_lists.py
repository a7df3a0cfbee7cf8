"""Lists of DOIs and arXiv ids in every spelling people use."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.citations import UnreadableList
from works.sources import lists


def ids(text: str) -> list[str]:
    return [key for citation in lists.read(text).citations for key in citation.keys]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("10.1103/PhysRevLett.126.010501", ["doi:10.1103/physrevlett.126.010501"]),
        ("https://doi.org/10.1038/s41586-020-2649-2.", ["doi:10.1038/s41586-020-2649-2"]),
        ("http://dx.doi.org/10.1000%2Fxyz123", ["doi:10.1000/xyz123"]),
        ("doi: 10.1000/182 (see also page 3)", ["doi:10.1000/182"]),
        ("Smith 2020 (doi:10.1016/S0140-6736(20)30183-5).", ["doi:10.1016/s0140-6736(20)30183-5"]),
        (
            "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
            ["doi:10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o"],
        ),
        ("https://www.frontiersin.org/articles/10.3389/fpsyg.2019.00001/full", ["doi:10.3389/fpsyg.2019.00001"]),
        ("1, 10.1000/a, A title, 2019", ["doi:10.1000/a"]),
        ('"10.1000/a";"10.1000/b"', ["doi:10.1000/a", "doi:10.1000/b"]),
        ("10.48550/arXiv.2006.13719", ["arxiv:2006.13719"]),
        ("arXiv:2006.13719v3 [cs.LG]", ["arxiv:2006.13719"]),
        ("https://arxiv.org/abs/2006.13719v1", ["arxiv:2006.13719"]),
        ("https://arxiv.org/pdf/2006.13719.pdf", ["arxiv:2006.13719"]),
        ("https://arxiv.org/abs/math.CA/0611800", ["arxiv:math/0611800"]),
        ("hep-th/9711200v3, and 0704.0001", ["arxiv:0704.0001", "arxiv:hep-th/9711200"]),
        ("10.1000/a\t2006.13719", ["doi:10.1000/a", "arxiv:2006.13719"]),
    ],
)
def test_an_id_in_any_spelling_is_found(line: str, found: list[str]) -> None:
    assert ids(line) == found


def test_each_id_is_told_once_at_its_first_line() -> None:
    reading = lists.read("10.1000/a\nhttps://doi.org/10.1000/A\narXiv:2006.13719\n2006.13719v2\n")

    assert [(citation.line, citation.keys) for citation in reading.citations] == [(1, ("doi:10.1000/a",)), (3, ("arxiv:2006.13719",))]
    assert reading.faults == ()


def test_comments_blank_lines_and_a_heading_are_no_mistakes() -> None:
    reading = lists.read("doi,title,year\n# mine\n\n-- \n10.1000/a,One,2019\n")

    assert [citation.keys for citation in reading.citations] == [("doi:10.1000/a",)]
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.1000", "It looks like a DOI but is none: a DOI has the form 10.1234/name."),
        ("arXiv:2013.1234", "It looks like an arXiv id but is none: such an id looks like 2006.13719 or math/0611800."),
        ("1701.1234", "It looks like an arXiv id but is none: such an id looks like 2006.13719 or math/0611800."),
        ("my best paper", "No DOI and no arXiv id is in this line."),
        ("10.1000/a\u202egnp", "It holds characters that turn the direction of writing and can disguise what it says."),
        ("10.1000/a\x00", "It holds a NUL character, which no text has. Save the file again as UTF-8 text."),
    ],
)
def test_a_wrong_line_is_told_with_its_number(line: str, reason: str) -> None:
    reading = lists.read(f"10.1000/good\n{line}\n")

    assert [(fault.line, fault.reason) for fault in reading.faults] == [(2, reason)]
    assert [citation.keys for citation in reading.citations] == [("doi:10.1000/good",)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"  \r\n", "The file is empty."),
        (b"%PDF-1.7", "This is a PDF"),
        (b"PK\x03\x04 docx", "This is a PDF, an archive or an office document"),
        (b"\x00" * 2000, "full of NUL characters"),
        (b"\x81\x8d\x8f", "no text that can be read"),
        (b"x" * (lists.LARGEST + 1), "at most 5 MB are read"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableList, match=sentence):
        lists.text_of(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_of_old_and_new_programs_is_read(encoding: str) -> None:
    assert lists.text_of("Gähler\r\n10.1000/é".encode(encoding)) == "Gähler\n10.1000/é"


def test_more_entries_than_the_limit_are_refused() -> None:
    with pytest.raises(UnreadableList, match=r"at most 5,000 are read at a time"):
        lists.read("\n".join(f"10.1000/{n}" for n in range(lists.MOST_ENTRIES + 1)))


@pytest.mark.parametrize(
    "text",
    [
        "10." * 1_500_000,
        "10.1000/" + "(" * 19_000,
        ("(" * 9_000 + "10.1000/a" + ")" * 9_000 + "\n") * 200,
        "a-" * 2_000_000,
        "10.1000/a?" * 1_900,
    ],
)
def test_hostile_lines_cost_little_time(text: str) -> None:
    started = time.process_time()
    lists.read(text)
    assert time.process_time() - started < 3


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    reading = lists.read(text)
    assert all(citation.keys for citation in reading.citations)
    lines = [citation.line for citation in reading.citations] + [fault.line for fault in reading.faults]
    assert all(1 <= line <= max(len(text.splitlines()), 1) for line in lines)
