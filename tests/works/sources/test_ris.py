"""RIS as reference managers and publishers write it."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.citations import Citation, Fault, UnreadableList
from works.sources import ris

SCOPUS = """TY  - JOUR
TI  - Strength of minibatch noise in SGD
AU  - Ziyin, Liu
AU  - Liu, Kangqiao
PY  - 2021///
T2  - Journal of Things
VL  - 12
SP  - 100-120
DO  - https://doi.org/10.1000/ABC
UR  - https://example.org/x
ER  -
"""


def test_an_article_is_read_with_every_part() -> None:
    assert ris.read(SCOPUS).citations == (
        Citation(
            line=1, title="Strength of minibatch noise in SGD", authors=("Ziyin, Liu", "Liu, Kangqiao"), year=2021, doi="10.1000/abc",
            venue="Journal of Things", type="article", volume="12", first_page="100",
        ),
    )  # fmt: skip


def test_endnotes_spelling_with_t1_a1_y1_and_values_over_lines_is_read() -> None:
    lines = [
        "\ufeffTY  - CPAPER", "T1  - A long title", "  that goes on", 'A1  - G{\\"a}hler, Franz', "A1  - others", "Y1  - 2019/05/01",
        "JF  - Proc. Things", "L1  - https://arxiv.org/pdf/2006.13719v2", "ER  - ",
    ]  # fmt: skip
    found = ris.read("\n".join(lines)).citations[0]

    assert found.title == "A long title that goes on"
    assert (found.authors, found.has_more_authors) == (("Gähler, Franz",), True)
    assert (found.year, found.venue, found.type, found.arxiv_id) == (2019, "Proc. Things", "conference paper", "2006.13719")


def test_an_entry_without_its_end_is_taken_and_a_broken_one_told_by_line() -> None:
    reading = ris.read("TY  - JOUR\nTI  - One\nTY  - JOUR\nAU  - Nobody\nTY  - JOUR\nTI  - Three\nER  - \n")

    assert [(each.line, each.title) for each in reading.citations] == [(1, "One"), (5, "Three")]
    assert reading.faults == (
        Fault(line=3, shown="TY  - JOUR", reason="The entry breaks off: it has no title, no DOI and no end (“ER  -”)."),
    )


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("TY  - JOUR\nAU  - X\nER  - ", "The entry has no title, no DOI and no arXiv id."),
        ("TY  - JOUR\nTI  - a\u202eb\nER  - ", "It holds characters that turn the direction of writing and can disguise what it says."),
        ("TY  - JOUR\nTI  - a\x00b\nER  - ", "It holds a NUL character, which no text has. Save the file again as UTF-8 text."),
        ("AU  - stray", "This line belongs to no entry: an entry begins with “TY  - …”."),
    ],
)
def test_a_bad_entry_is_told_and_the_rest_goes_on(entry: str, reason: str) -> None:
    reading = ris.read(f"{entry}\n{SCOPUS}")

    assert [(fault.line, fault.reason) for fault in reading.faults] == [(1, reason)]
    assert [each.doi for each in reading.citations] == ["10.1000/abc"]


def test_an_arxiv_doi_counts_as_its_arxiv_id() -> None:
    found = ris.read("TY  - JOUR\nTI  - X\nDO  - 10.48550/arXiv.2006.13719\nER  - \n").citations[0]
    assert (found.doi, found.arxiv_id) == ("", "2006.13719")


def test_a_file_without_entries_or_with_too_many_is_refused() -> None:
    with pytest.raises(UnreadableList, match="No RIS entry"):
        ris.read("hello\n")
    with pytest.raises(UnreadableList, match=r"at most 5,000"):
        ris.read("TY  - JOUR\nTI  - x\nER  - \n" * 5_001)


@pytest.mark.parametrize(
    "text",
    ["TY  - JOUR\n" * 400_000, "TY  - JOUR\nTI  - x\n" + "more\n" * 900_000, "TY  - JOUR\n" + "AU  - A, B\n" * 450_000, "TY  - " * 800_000],
)
def test_hostile_files_cost_little_time(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableList):
        ris.read(text)
    assert time.process_time() - started < 5


@given(
    st.lists(st.sampled_from(["TY  - JOUR", "TI  - A", "AU  - B, C", "ER  - ", "DO  - 10.1000/x", "", "x", "PY  - 20"])).map("\n".join)
    | st.text()
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reading = ris.read(text)
    except UnreadableList:
        return
    assert all(each.title or each.keys for each in reading.citations)
