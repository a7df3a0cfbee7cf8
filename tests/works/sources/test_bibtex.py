"""BibTeX as people, publishers and reference managers write it."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.citations import Citation, UnreadableList
from works.sources import bibtex

ARTICLE = r"""
@String{prl = "Phys. Rev. Lett."}
@ARTICLE{Gaehler:2021,
  author  = {G{\"a}hler, Franz and van der Berg, Jan and {\O}bro, Mikkel and others},
  title   = {{The {H}ubbard} model at \$10 and {$\mathbb{Z}_2$}},
  journal = prl,
  year    = 2021, month = may,
  volume  = "126", pages = {010501--010509},
  doi     = {https://doi.org/10.1103/PhysRevLett.126.010501},
}
"""


def read_one(text: str) -> Citation:
    reading = bibtex.read(text)
    assert reading.faults == ()
    assert len(reading.citations) == 1
    return reading.citations[0]


def test_an_article_is_read_with_every_part() -> None:
    assert read_one(ARTICLE) == Citation(
        line=3, label="Gaehler:2021", title=r"The Hubbard model at \$10 and $\mathbb{Z}_2$",
        authors=("Gähler, Franz", "van der Berg, Jan", "Øbro, Mikkel"), has_more_authors=True, year=2021,
        doi="10.1103/physrevlett.126.010501", venue="Phys. Rev. Lett.", type="article", volume="126", first_page="010501",
    )  # fmt: skip


def test_strings_and_pieces_are_joined() -> None:
    found = read_one('@string{a = "Journal of "}\n@string{b = a # {Things}}\n@article{x, title = "One " # {two}, journal = b # " B"}')
    assert (found.title, found.venue) == ("One two", "Journal of Things B")


def test_a_string_that_names_itself_ends() -> None:
    assert read_one("@string{a = a # a}\n@article{x, title = a}").title


def test_a_chapter_takes_venue_and_year_from_its_book_but_no_title_or_author() -> None:
    text = "@inproceedings{x, title={Mine}, crossref={book}}\n@proceedings{book, title={Proc. of Things}, editor={Nobody, N}, year={2018}}"
    found = bibtex.read(text).citations[0]
    assert (found.title, found.authors, found.venue, found.year) == ("Mine", (), "Proc. of Things", 2018)


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ("eprint = {2006.13719v2}, archivePrefix = {arXiv}", ("", "2006.13719")),
        ("eprint = {hep-th/9711200}", ("", "hep-th/9711200")),
        ("eprint = {9711200}, archiveprefix={arXiv}, primaryClass={hep-th}", ("", "hep-th/9711200")),
        ("journal = {arXiv preprint arXiv:2006.13719}", ("", "2006.13719")),
        ("doi = {10.48550/arXiv.2006.13719}", ("", "2006.13719")),
        ("url = {https://dx.doi.org/10.1000/x_y}", ("10.1000/x_y", "")),
        (r"doi = {10.1000/x\_y}, eprint={12345}, eprinttype={pubmed}", ("10.1000/x_y", "")),
        ("note = {see 1234.5678}", ("", "")),
    ],
)
def test_ids_are_found_where_people_put_them(fields: str, ids: tuple[str, str]) -> None:
    found = read_one(f"@misc{{x, title = {{T}}, {fields}}}")
    assert (found.doi, found.arxiv_id) == ids


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Donald E. Knuth and Leslie Lamport", ("Donald E. Knuth", "Leslie Lamport")),
        ("de la Vall{\\'e}e Poussin, Charles", ("de la Vallée Poussin, Charles",)),
        ("{Barnes and Noble, Inc.} and Smith, J.", ("Barnes and Noble, Inc.", "Smith, J.")),
        ("King, Jr, Martin Luther", ("King, Jr, Martin Luther",)),
        ("Erd{\\H o}s, Paul AND R\\'enyi, Alfr\\'ed", ("Erdős, Paul", "Rényi, Alfréd")),
        (r"{\v S}koda, V{\'\i}t", ("Škoda, Vít",)),
        ("Anderson, Sandy", ("Anderson, Sandy",)),
        ("王, 小明 and\n Li, Wei", ("王, 小明", "Li, Wei")),
        ("and and", ()),
    ],
)
def test_names_are_read_as_printed(author: str, names: tuple[str, ...]) -> None:
    assert read_one(f"@misc{{x, title={{T}}, author={{{author}}}}}").authors == names


def test_parentheses_comments_and_editors_are_understood() -> None:
    book = "@book(key, title = {A book}, editor = {Doe, Jane}, date = {2019-05-01})"
    text = f'Exported by hand.\n@comment{{jabref-meta: x}}\n@preamble{{"\\newcommand"}}\n{book}'
    found = read_one(text)
    assert (found.line, found.type, found.title, found.authors, found.year) == (4, "book", "A book", ("Doe, Jane",), 2019)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (
            "@article{a, title = {never closed,\n",
            "The entry is not closed before the next one begins: a brace or a quotation mark is missing.",
        ),
        ("@article{a, title {x}}", "A field is not written as “name = {value},”: a comma, a brace or an equals sign is missing."),
        ("@article{a = {x}}", "The entry has no key: it begins like “@article{key, …”."),
        ("@article{a, author = {Nobody}}", "The entry has no title, no DOI and no arXiv id."),
        ("@article{a, title = {x\u202ey}}", "It holds characters that turn the direction of writing and can disguise what it says."),
        ("@article{a, title = {x\x00y}}", "It holds a NUL character, which no text has. Save the file again as UTF-8 text."),
    ],
)
def test_a_bad_entry_is_told_by_line_and_the_rest_goes_on(entry: str, reason: str) -> None:
    reading = bibtex.read(f"\n{entry}\n{ARTICLE}")

    assert [(fault.line, fault.reason) for fault in reading.faults] == [(2, reason)]
    assert [each.label for each in reading.citations] == ["Gaehler:2021"]


def test_an_entry_that_breaks_off_at_the_end_is_told() -> None:
    reading = bibtex.read(f"{ARTICLE}@article{{a, title = {{x")
    assert [fault.reason for fault in reading.faults] == [
        "The entry is never closed: a brace or a quotation mark is missing before the file ends."
    ]


def test_a_repeated_field_counts_once_and_a_repeated_key_is_another_entry() -> None:
    reading = bibtex.read("@misc{a, title={One}, title={Two}}\n@misc{a, title={Three}}")
    assert [each.title for each in reading.citations] == ["One", "Three"]
    assert reading.faults == ()


def test_a_file_without_entries_or_with_too_many_is_refused() -> None:
    with pytest.raises(UnreadableList, match="No BibTeX entry"):
        bibtex.read("hello\n")
    with pytest.raises(UnreadableList, match=r"at most 5,000"):
        bibtex.read("\n".join(f"@misc{{k{n}, title={{T}}}}" for n in range(5_001)))


@pytest.mark.parametrize(
    "text",
    [
        "@a{x, title = " + "{" * 1_000_000,
        "@a{x, title = {" + "}" * 1_000_000,
        "@" * 2_000_000,
        "@a{" * 1_000_000,
        "\n@a{" * 9_000,
        "@a{x, " + "y = {z}, " * 300_000 + "}",
        "@a{x, author = {" + "A and " * 500_000 + "}}",
        "@a{x, title = " + '"b" # ' * 500_000 + "c}",
        "@misc{x, title={" + "{a}" * 6_000 + "}}",
        "@string{a = {x} # {y}}\n" * 100_000,
    ],
)
def test_hostile_files_cost_little_time(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableList):
        bibtex.read(text)
    assert time.process_time() - started < 8


PARTS = st.sampled_from(
    ["@article{", "@misc(", "k,", "title", "=", "{", "}", '"', "#", ",", "\n", "and", "\\", "$", "author={A and B}", "@string{a=", "%", ")"]
)


@given(st.lists(PARTS, max_size=40).map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reading = bibtex.read(text)
    except UnreadableList:
        return
    assert all(each.title or each.keys for each in reading.citations)
