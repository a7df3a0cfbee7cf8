"""Text from PDF files: raised signs, columns, hyphens, running heads; and files that cannot be read."""

import pytest

from bzpeer.reports.texts.extracted import MOST_PAGES, Unreadable
from bzpeer.reports.texts.pdf import read_pdf
from tests.bzpeer.reports.texts.papers import HEIGHT, SENTENCE, Paper, filled


def test_raised_and_lowered_signs_stay_apart_from_what_they_follow():
    paper = Paper()
    end = paper.line(72, 700, "The set holds 10")
    end = paper.raised(end, 700, "4")
    end = paper.line(end, 700, " images, a rate of 10")
    end = paper.raised(end, 700, "-3")
    end = paper.line(end, 700, " and weights x")
    end = paper.raised(end, 700, "ij", by=-2)
    paper.line(end, 700, " of 1115 steps.")
    filled(paper, 72, 640, 6)
    text = read_pdf(paper.bytes()).text
    assert text.startswith("The set holds 10^4 images, a rate of 10^-3 and weights x_ij of 1115 steps.")


def test_words_parted_at_a_lines_end_are_joined_and_compounds_kept():
    paper = Paper()
    for number, line in enumerate(
        ["We use represen-", "tations of state-of-the-art methods; these state-of-", "the-art methods are many and well known by now."]
    ):
        paper.line(72, 700 - 12 * number, line)
    filled(paper, 72, 600, 6)
    text = read_pdf(paper.bytes()).text
    assert "We use representations of state-of-the-art methods; these state-of-the-art methods are many" in text


def test_columns_are_read_one_after_the_other_around_a_title_across_both():
    paper = Paper()
    paper.line(72, 780, "A title that runs across the whole width of the page and both of its columns, as titles do", size=12)
    for number in range(20):
        y = 740 - 12 * number
        paper.line(72, y, f"Left column, line number {number} of twenty, wide")
        paper.line(320, y, f"Right column, line number {number} of twenty, wide")
    text = read_pdf(paper.bytes()).text
    places = [
        text.index(words)
        for words in ("A title", "Left column, line number 0", "Left column, line number 19", "Right column, line number 0")
    ]
    assert places == sorted(places)


def test_headers_footers_and_page_numbers_are_left_out():
    paper = Paper()
    for number in range(1, 5):
        paper.line(72, HEIGHT - 40, "Running head of the paper")
        filled(paper, 72, 700, 10, f"Text of page {number} that says something of its own here.")
        paper.line(300, 30, str(number))
        paper.page()
    read = read_pdf(paper.bytes())
    assert "Running head" not in read.text
    assert not any(line.strip() in "1234" for line in read.lines)
    assert all(f"Text of page {number}" in read.text for number in range(1, 5))
    assert read.pages == 4


def test_a_gap_begins_a_paragraph():
    paper = Paper()
    filled(paper, 72, 700, 4, "The first paragraph says one thing and goes on for a while.")
    filled(paper, 72, 620, 4, "The second paragraph says another thing and goes on, too.")
    paragraphs = read_pdf(paper.bytes()).text.split("\n\n")
    assert [paragraph.split()[1] for paragraph in paragraphs] == ["first", "second"]


def test_a_scan_says_that_it_is_one():
    paper = Paper()
    for _ in range(3):
        paper.canvas.rect(50, 50, 400, 600, fill=1)
        paper.page()
    with pytest.raises(Unreadable, match="is a scan"):
        read_pdf(paper.bytes())


def test_an_encrypted_file_says_so():
    paper = Paper(password="secret")
    filled(paper, 72, 700, 10)
    with pytest.raises(Unreadable, match="encrypted"):
        read_pdf(paper.bytes())


def test_a_long_file_is_read_so_far_and_says_so():
    paper = Paper()
    for _ in range(MOST_PAGES + 5):
        paper.line(72, 700, "Words of a very long volume.")
        paper.page()
    read = read_pdf(paper.bytes())
    assert read.notes == (f"Only the first {MOST_PAGES} of {MOST_PAGES + 5} pages were read.",)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>"]
)
def test_a_damaged_file_says_so(data):
    with pytest.raises(Unreadable):
        read_pdf(data)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_cut_off_is_refused_or_read_as_far_as_it_goes(share):
    paper = Paper()
    for _ in range(4):
        filled(paper, 72, 700, 20)
        paper.page()
    whole = paper.bytes()
    try:
        text = read_pdf(whole[: int(len(whole) * share)]).text
    except Unreadable:
        return
    assert set(text.split()) <= set(SENTENCE.split())
