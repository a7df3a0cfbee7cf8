import gzip
import json
import os
import re
import time
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nh3
import pytest
from django.template import engines
from hypothesis import given, settings
from hypothesis import strategies as st

from bzpeer.typesetting import cleaned, excerpt_html, inline_html, paragraphs_html, plain

DATA = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
ELEMENTS = {"p", "br", "em", "strong", "code", "sub", "sup", "u", "span", "a"}
ATTRIBUTES = {("span", "class"), ("span", "data-display"), ("a", "href"), ("a", "rel")}


class Shown(HTMLParser):
    """Reads HTML as a browser does: what is visible, and which elements and attributes there are."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.depth: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        if tag in {"p", "br"}:
            self.text += " "
        if tag != "br":
            self.depth.append(tag)

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag, "elements must nest"

    def handle_data(self, data):
        self.text += data


def shown(html: str) -> str:
    parsed = Shown(html)
    assert not parsed.depth
    return " ".join(parsed.text.split())


def harmless(html: str) -> None:
    parsed = Shown(html)
    assert parsed.elements <= ELEMENTS
    assert parsed.attributes <= ATTRIBUTES
    assert all(re.match(r"https?://[^@/]+(?:[/?#]|$)", link) for link in parsed.links)


def letters(text: str) -> str:
    """The letters and digits of a text without accents: what must survive whatever the marks around it."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isalnum())


# --- what each notation becomes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (r"Escape $Δ\log L=\log[L(θ^s)/L(θ^*)]$", r'Escape <span class="tex">Δ\log L=\log[L(θ^s)/L(θ^*)]</span>'),
        (r"$$E=mc^2$$", r'<span class="tex" data-display>E=mc^2</span>'),
        (r"a \(x_1\) b \[y\] c", r'a <span class="tex">x_1</span> b <span class="tex" data-display>y</span> c'),
        (r"\begin{align}a&=b\end{align}", r'<span class="tex" data-display>\begin{align}a&amp;=b\end{align}</span>'),
        (
            r"\textit{volumization}, \emph{a \textbf{b}} and \texttt{c}",
            "<em>volumization</em>, <em>a <strong>b</strong></em> and <code>c</code>",
        ),
        (r"{\it Kepler} and {\bf bold} text", "<em>Kepler</em> and <strong>bold</strong> text"),
        (
            r"M\"uller, Erd\H{o}s, \v{S}\'{\i}ma, Fran\c{c}ois, Stra\ss e, \O re, {\'E}tude",
            "Müller, Erdős, Šíma, François, Straße, Øre, Étude",
        ),
        (r"Fig.~1 and ~5 km, 10~20, ``quoted'' 5''", "Fig.\u00a01 and ~5 km, 10~20, “quoted” 5''"),
        ("Navier--Stokes, 1--2 --- and --flag, -----", "Navier–Stokes, 1–2 — and --flag, -----"),
        (r"10\% of \$5 \& \_ \# \{a\}", "10% of $5 &amp; _ # {a}"),
        (r"5 \mu m, 3 \pm 1, \ourmethod and 90\deg", r"5 μ m, 3 ± 1, \ourmethod and 90°"),
        (r"$\alpha$-particles at $ T_c $", '<span class="tex">\\alpha</span>-particles at <span class="tex">T_c</span>'),
        ("H<sub>2</sub>O at 10<sup>5</sup> <i>in vivo</i>", "H<sub>2</sub>O at 10<sup>5</sup> <em>in vivo</em>"),
        ("<jats:p>one</jats:p><jats:p>two</jats:p>", "one two"),
        ("&lt;i&gt;Homo&lt;/i&gt; &amp;amp; p &amp;lt; 0.05", "<em>Homo</em> &amp; p &lt; 0.05"),
        (
            '<mml:math xmlns:mml="http://www.w3.org/1998/Math"><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math> n',
            '<span class="tex">{x}^{2}</span> n',
        ),
        (
            r"<inline-formula><tex-math>\documentclass{a}\begin{document}$$n$$\end{document}</tex-math></inline-formula>!",
            '<span class="tex">n</span>!',
        ),
        (
            "<alternatives><tex-math>a^2</tex-math><mml:math><mml:mi>a</mml:mi></mml:math></alternatives> once",
            '<span class="tex">a^2</span> once',
        ),
        (r"\footnote{See there.} and \cite{key}", "(See there.) and [key]"),
    ],
)
def test_notation_becomes_html(text, html):
    assert inline_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "x<y and y>z",
        "p < 0.05 and q > 3",
        "cost $5 and $10",
        "from US$ 3 to US$ 4 million",
        "$5-$10",
        "the mean <p> and <b> alone",
        "if a<b and c>d then <think> aloud </think>",
        "{1, 2, 3} and {BERT}",
        "AT&T & R&D; &A; &unknown;",
        "50% of C:\\windows\\new",
        "<script>alert(1)</script>",
        "i_am_snake and a^b_c",
        "don't ' stop `code` here",
        "a <b>bold text",
        r"\textbf{unclosed and \frac{1}{2}",
        "$ $ $$ $$$",
        "unmatched \\( and \\[",
        "1 < 2 <3> 4",
        "x <-> y <= z >= w",
    ],
)
def test_prose_with_signs_of_markup_survives_whole(text):
    assert shown(inline_html(text)) == text
    assert shown(paragraphs_html(text)) == text
    assert plain(text) == text


def test_paragraphs_of_each_notation():
    assert paragraphs_html("one\nline\n\ntwo") == "<p>one line</p><p>two</p>"
    assert paragraphs_html("one\n  two") == "<p>one</p><p>two</p>"
    assert paragraphs_html("<jats:title>Aim</jats:title><jats:p>one</jats:p>") == "<p><strong>Aim</strong></p><p>one</p>"
    assert paragraphs_html("one<br/>two<br>three") == "<p>one<br>two<br>three</p>"
    assert paragraphs_html("<i>over<p>two</p></i>") == "<p><em>over</em></p><p><em>two</em></p>"
    assert paragraphs_html("") == ""


def test_web_addresses_become_links_in_paragraphs_only():
    text = r"Code at https://example.org/a_b--c (see https://example.org/x_(y)). \href{https://example.org}{here}"
    assert paragraphs_html(text) == (
        '<p>Code at <a href="https://example.org/a_b--c" rel="nofollow ugc noopener">https://example.org/a_b--c</a> '
        '(see <a href="https://example.org/x_(y)" rel="nofollow ugc noopener">https://example.org/x_(y)</a>). '
        '<a href="https://example.org" rel="nofollow ugc noopener">here</a></p>'
    )
    assert "<a " not in inline_html(text)


def test_plain_text_reads_like_a_line():
    assert plain(r"On $\alpha^{2}$-decay of $\mathcal{O}(\sqrt{n})$ in \textit{E. coli}") == "On α²-decay of O(√n) in E. coli"
    assert plain(r"$\frac{1}{2}$ of $x_{i}$, $H_{\rm max}$") == "1/2 of xᵢ, Hₘₐₓ"
    assert plain("<jats:p>one</jats:p><jats:p>two</jats:p>") == "one two"


def test_excerpt_ends_between_words_and_never_inside_mathematics():
    assert excerpt_html("one two three four", 9) == "one two …"
    assert excerpt_html(r"one $\alpha+\beta$ three", 6) == r'one <span class="tex">\alpha+\beta</span> …'
    assert excerpt_html("short", 100) == "short"


def test_filters_in_a_template_escape_once():
    template = engines["django"].from_string(
        "{% load typeset %}{{ t|typeset }}|{{ t|plain_text }}|{{ t|typeset_paragraphs }}|{{ t|typeset_excerpt:3 }}|"
        "{{ none|typeset }}{{ none|plain_text }}"
    )
    assert template.render({"t": "a<b & $x$", "none": None}) == (
        'a&lt;b &amp; <span class="tex">x</span>|a&lt;b &amp; x|<p>a&lt;b &amp; <span class="tex">x</span></p>|a&lt;b …|'
    )


# --- what must never execute ----------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<img src='x' onerror='alert(1)'/>",
    '<i onmouseover="alert(1)">x</i>',
    '<a href="javascript:alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    r"$\href{javascript:alert(1)}{x}$ $\htmlData{a=b}{x}$ $\includegraphics{//evil}$",
    r"\href{javascript:alert(1)}{x} \href{data:text/html,x}{y} \url{vbscript:x}",
    r"\href{https://user@evil.example}{x} \href{https://аррӏе.com}{y} \href{//evil}{z}",
    'https://example.org/"onmouseover="alert(1)',
    "$<script>alert(1)</script>$",
    '<mml:math><mml:mi href="javascript:alert(1)">x</mml:mi><script>alert(1)</script></mml:math>',
    '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>',
    '"><script>alert(1)</script>',
    "</span></p></title></textarea><script>alert(1)</script>",
    "<jats:p><jats:p><script></jats:p>",
    "\\textit{<script>alert(1)</script>}",
    "<!--><script>alert(1)</script>-->",
    "<i<script>>x</i>",
    "javascript:alert(1) {{constructor.constructor('alert(1)')()}}",
    "\u202egnp.exe\u2066 x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text):
    for html in (inline_html(text), paragraphs_html(text), excerpt_html(text, 20)):
        harmless(html)
        guarded = nh3.clean(html, tags=ELEMENTS, attributes={"span": {"class", "data-display"}, "a": {"href", "rel"}}, link_rel=None)
        assert Shown(guarded).text == Shown(html).text
        assert Shown(guarded).elements == Shown(html).elements


def test_controls_and_bidi_overrides_are_gone():
    assert inline_html("a\x00b\u202ec\u2066d\ud800e") == "abcde"


# --- properties -----------------------------------------------------------------------------------

PROSE = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Cf"), blacklist_characters="\\$`~&"), max_size=200)
ANYTHING = st.lists(
    st.one_of(
        st.sampled_from(
            (
                *("$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "\\textit{", "{\\it ", "\n", "\n\n", "\\", "``", "''", "--", "~", '\\"'),
                *("<i>", "</i>", "<jats:p>", "</jats:p>", "<b>", "</b>", "<sub>", "</sub>", "<br/>", "<", ">", "&lt;", "&amp;", "https://"),
                *("<mml:math>", "</mml:math>", "<mml:mi>", "</mml:mi>", "\\href{", "\\begin{align}", "\\end{align}"),
            )
        ),
        st.text(max_size=12),
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(PROSE)
@settings(max_examples=300, deadline=None)
def test_text_without_markup_is_shown_whole(text):
    if re.search(r"</?[A-Za-z:]+[^<>]*>|''|--|https?://|www\.", text):
        return
    assert shown(inline_html(text)) == " ".join(text.split())
    assert shown(paragraphs_html(text)) == " ".join(text.split())
    assert plain(text) == " ".join(text.split())


@given(ANYTHING)
@settings(max_examples=500, deadline=None)
def test_any_mixture_is_wellformed_harmless_and_keeps_its_letters(text):
    for html in (inline_html(text), paragraphs_html(text)):
        harmless(html)
        left = letters(shown(html))
        for word in re.findall(r"[0-9]+", re.sub(r"<[^<>]*>|&#?\w+;", " ", text)):
            assert all(digit in left for digit in letters(word))


# --- real texts -----------------------------------------------------------------------------------


def _real_texts() -> Iterator[str]:
    bulk = DATA / "arxiv-bulk" / "arxiv-2025-03_2025-06.jsonl.gz"
    objects = DATA / "openalex-api-objects" / "geosciencearabia-idb_2026-01-02_works.jsonl.gz"
    with gzip.open(bulk, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines):
            if number % 12 == 0:
                record = json.loads(line)
                yield record["title"]
                yield record["abstract"]
    with gzip.open(objects, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["title"] or ""
            words = {place: word for word, places in (record["abstract_inverted_index"] or {}).items() for place in places}
            yield " ".join(words[place] for place in sorted(words))


MARKUP = re.compile(
    r"</?(?:jats:|mml:)?(?:a|i|b|em|sub|sup|br|title|p|scp|strong|italic|bold|h[1-6]|math|m[a-z]{1,9})(?:\s[^<>]*)?/?>"
    r"|\\(?:textit|textbf|emph|texttt|textsc|underline|textrm|textsuperscript|textsubscript|text|it|bf|em|sl|tt|sc|rm|url|footnote|par)(?![a-zA-Z])"
    r"|\\href\{[^{}]*\}|\\(?:textcolor|color)\{[^{}]*\}"
)


def _expected_letters(text: str) -> str:
    """Letters and digits left when markup is taken away by an independent, crude reading."""
    without = MARKUP.sub(" ", cleaned(text))
    return letters(re.sub(r"\\[a-zA-Z]+", "", without))


@pytest.mark.skipif(not DATA.exists(), reason="the shared records are not on this machine")
def test_real_titles_and_abstracts_lose_no_letter_and_stay_harmless():
    read = 0
    for text in _real_texts():
        if not text:
            continue
        html = paragraphs_html(text)
        harmless(html)
        visible = re.sub(r"\\[a-zA-Z]+", "", shown(html.replace("</span>", "</span> ")))
        got, expected = letters(visible), _expected_letters(text)
        if got != expected:
            # Commands that stand for letters (\alpha, \ss, \O) are in one reading only: nothing else may differ.
            kept = iter(got)
            assert all(character in kept for character in expected), text
        read += 1
    assert read > 6_000


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "$",
            "$x ",
            "$\\$",
            "\\\\\\\\$",
            "$$ ",
            "\\(",
            "\\[ a ",
            "{",
            "{\\it ",
            "\\textit{",
            "}",
            "\\text{",
            "{{}",
            "\\href{a}{",
            '\\"',
            "\\footnote{",
        ),
        *("<i>", "<i>\\textit{", "<b>\\emph{</b>}", "<jats:p>", "<mml:math>", "<mml:mrow>", "<i ", "<i a='", "<br>", "</i>", "<a"),
        *("&amp;", "&amp;amp;lt;", "``", "''", "https://a.b/)", "www.", "\\begin{align}", "a\n", "\n \n", "~", "--"),
        *("<alternatives><tex-math>a</tex-math>", "word word ", "$word word ", "\\(word word word "),
    ],
)
def test_time_grows_with_length_only(unit):
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        started = time.perf_counter()
        paragraphs_html(text)
        plain(text)
        return time.perf_counter() - started

    assert seconds(100_000) < 3.0
