import time

import pytest

from works.sources.bylines import Byline, split_bylines
from works.sources.latex import letters


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"C. Bal\'azs", "C. Balázs"),
        (r"Franz G{\"a}hler", "Franz Gähler"),
        (r"Franz G\"{a}hler", "Franz Gähler"),
        (r"Mikkel {\O}bro", "Mikkel Øbro"),
        (r"Mikkel \O bro", "Mikkel Øbro"),
        (r"Rastislav \v{S}r\'amek", "Rastislav Šrámek"),
        (r"Bro\v na", "Broňa"),
        (r"{\L}ukasz Ko{\'s}cielski", "Łukasz Kościelski"),
        (r"Fran\c{c}ois", "François"),
        (r"Mar\'{\i}a, Mar\'\i a, Mar{\'\i}a", "María, María, María"),
        (r"\AA ke, \AA{}ke, {\AA}ke", "Åke, Åke, Åke"),
        (r"Paul Erd\H{o}s", "Paul Erdős"),
        (r"A.~B. Smith$^{1,2}$", "A. B. Smith"),
        (r"Wei\ss", "Weiß"),
        (r"\textbf{Bold} Name", "Bold Name"),
        ("No\n  TeX", "No TeX"),
    ],
)
def test_tex_accents_become_letters(tex, plain):
    assert letters(tex) == plain


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("A. Smith", ["A. Smith"]),
        ("A. Smith, B. Jones and C. Wu", ["A. Smith", "B. Jones", "C. Wu"]),
        ("A. Smith, B. Jones, and C. Wu", ["A. Smith", "B. Jones", "C. Wu"]),
        ("Alberto Baccini And Lucio Barabesi", ["Alberto Baccini", "Lucio Barabesi"]),
        ("A. Smith & B. Jones", ["A. Smith", "B. Jones"]),
        ("Sandra Anderson, Andy Land", ["Sandra Anderson", "Andy Land"]),
        ("Kenneth Smith, Jr., B. Jones", ["Kenneth Smith Jr.", "B. Jones"]),
        ("Neal J. Evans II, Hal Daumé III", ["Neal J. Evans II", "Hal Daumé III"]),
        ("The BABAR Collaboration, B. Aubert, et al", ["The BABAR Collaboration", "B. Aubert"]),
        ("LIGO Collaboration: A. Smith, B. Jones", ["LIGO Collaboration", "A. Smith", "B. Jones"]),
        ("WanTeam, :, Ang Wang", ["WanTeam", "Ang Wang"]),
        ("A. Smith, for the ATLAS Collaboration", ["A. Smith", "ATLAS Collaboration"]),
        ("A. Smith (MIT, Boston), B. Jones (ETH", ["A. Smith MIT", "Boston", "B. Jones ETH"]),
        (
            "Floris van der Tak (SRON), David Jansen and Ewine van Dishoeck (Leiden)",
            ["Floris van der Tak", "David Jansen", "Ewine van Dishoeck"],
        ),
        ("山田 太郎, Иван Петров", ["山田 太郎", "Иван Петров"]),
        ("", []),
        (" , ; : and ", []),
        ("1, 2, *", []),
    ],
)
def test_author_line_is_split_into_names(line, names):
    assert [byline.name for byline in split_bylines(line)] == names


def test_affiliations_are_read_from_parentheses_and_legends():
    assert split_bylines("A. S (Oxford), C. D (Culham)") == (Byline("A. S", ("Oxford",)), Byline("C. D", ("Culham",)))
    assert split_bylines("A. S and C. D (Yildiz Tech., Istanbul)") == (
        Byline("A. S", ("Yildiz Tech., Istanbul",)),
        Byline("C. D", ("Yildiz Tech., Istanbul",)),
    )
    assert split_bylines("A. S (1), C. D (1,2) and E. F (2) ((1) MIT, (2) ETH)") == (
        Byline("A. S", ("MIT",)),
        Byline("C. D", ("MIT", "ETH")),
        Byline("E. F", ("ETH",)),
    )
    assert split_bylines("A. S (1), C. D (2) (1 MIT, Boston; 2 ETH)") == (Byline("A. S", ("MIT, Boston",)), Byline("C. D", ("ETH",)))
    assert split_bylines("A. S (1)") == (Byline("A. S"),)


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        ")",
        "((1)",
        ",",
        " and ",
        "\\'",
        "{",
        "$",
        "\\v{",
        "a ",
        "1 a; ",
        "(1 a; ",
        "et al ",
        "by the ",
        "for the ",
        "\\",
        "^{",
        "~",
        "and and ",
        "x,jr,",
    ],
)
def test_hostile_lines_of_100_kb_are_read_in_time(piece):
    line = piece * (100_000 // len(piece))
    started = time.process_time()
    split_bylines(line)

    assert time.process_time() - started < 1.0
