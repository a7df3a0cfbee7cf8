"""Text from LaTeX sources: what is read, and that nothing of them runs."""

import gzip

import pytest

from bzpeer.reports.texts.extracted import Unreadable
from bzpeer.reports.texts.latex import MOST_FILES, read_latex
from tests.bzpeer.reports.texts.papers import SENTENCE, archive

BODY = SENTENCE * 5


def test_a_paper_in_several_files():
    source = r"""
\documentclass{article} % \begin{document} of a comment
\newcommand{\ours}{\textsc{Ours}}
\title{Learning with $10^4$ samples}
\begin{document}
\maketitle
\begin{abstract}A short abstract.\end{abstract}
\section{Experiments}
\input{body}
\bibliography{refs}
\end{document}
"""
    body = rf"""We use a rate of $10^{{-3}}$ and 5\,\% dropout~\cite{{srivastava14}}. Code: \url{{https://github.com/x/y_z}}. % secret
{BODY}

\begin{{algorithm}}\caption{{Training}} Require: data \end{{algorithm}}
Sch\"on, and \textbf{{bold words}}."""
    text = read_latex(
        archive(
            main_tex=source, body_tex=body, refs_bbl=r"\begin{thebibliography}{9}\bibitem{a} A. Author. A title. 2014.\end{thebibliography}"
        )
    ).text
    assert text.split("\n\n")[:4] == ["Learning with 10^4 samples", "Abstract", "A short abstract.", "Experiments"]
    assert "We use a rate of 10^-3 and 5 % dropout [srivastava14]. Code:" in text
    assert "https://github.com/x/y_z" in text
    assert "Algorithm\n\n" in text
    assert text.index("References") < text.index("A. Author")
    assert "secret" not in text
    assert "newcommand" not in text


def test_one_file_packed_or_not():
    source = rf"\documentclass{{article}}\begin{{document}}\section{{One}} {BODY}\end{{document}}".encode()
    assert read_latex(source).text == read_latex(gzip.compress(source)).text


@pytest.mark.parametrize(
    "source",
    [
        r"\def\a{\a\a}\begin{document}\a " + BODY + r"\end{document}",
        r"\begin{document}" + "{" * 50_000 + BODY + r"\end{document}",
        r"\begin{document}" + r"\section{" * 5_000 + BODY,
        r"\begin{document}" + "$" * 100_000 + BODY,
        r"\begin{document}" + r"\begin{a}" * 20_000 + BODY,
        r"\begin{document}" + r"\cite[" * 20_000 + BODY,
        r"\immediate\write18{touch /tmp/owned}\input{/etc/passwd}\begin{document}" + BODY,
        r"\begin{document}\input{main}\input{main}" + BODY + r"\end{document}",
    ],
    ids=[
        "macro that calls itself",
        "open braces",
        "open headings",
        "dollars",
        "environments",
        "open options",
        "shell and files",
        "file of itself",
    ],
)
def test_what_would_harm_tex_is_only_text_here(source):
    text = read_latex(archive(main_tex=source)).text
    assert "We train the model" in text
    assert "root:" not in text


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(Unreadable, match="larger than"):
        read_latex(gzip.compress(b"\\begin{document}" + b"a" * 31_000_000))


def test_an_archive_of_too_many_files_is_refused():
    with pytest.raises(Unreadable, match="more than"):
        read_latex(archive(**{f"f{number}_tex": "x" for number in range(MOST_FILES + 1)}))


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08cut off", b"\x00\x01\x02" * 100, b"\\begin{document}x\\end{document}"])
def test_what_is_no_paper_is_refused_in_words(data):
    with pytest.raises(Unreadable):
        read_latex(data)
