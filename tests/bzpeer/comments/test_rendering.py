"""Comments as HTML: science survives, markup does not execute, nothing takes long."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bzpeer.comments.rendering import LONGEST, quoted, rendered


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("*a* **b** `c<d`", "<p><em>a</em> <strong>b</strong> <code>c&lt;d</code></p>\n"),
        ("x<y and y>z & so", "<p>x&lt;y and y&gt;z &amp; so</p>\n"),
        (r"$a_b*c*$ and \(x^2\)", '<p><span class="tex">a_b*c*</span> and <span class="tex">x^2</span></p>\n'),
        ("it costs $5 and $10", "<p>it costs $5 and $10</p>\n"),
        ("$$\n\\sum_i\n$$", '<p><span class="tex" data-display="">\\sum_i</span></p>'),
        ("> q\n\n- a\n- b", "<blockquote>\n<p>q</p>\n</blockquote>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("# no heading", "<p># no heading</p>\n"),
    ],
)
def test_a_comment_reads_as_meant(body, html):
    assert rendered(body) == html


class Elements(HTMLParser):
    """Collects every element with its attributes, as a browser would see them."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,y)",
        "[x](JAVA\tscript:1)",
        "![x](https://example.org/t.gif)",
        '<a href="https://x.org" onclick="y">z</a>',
        "$<img src=x onerror=1>$",
        "`<script>`",
        "<style>*{}</style>",
        "[x](https://user@example.org/)",
        "[x](https://\u0430pple.com/)",
        '<span class="page">x</span>',
    ],
)
def test_nothing_executes_and_nothing_is_fetched(body):
    for tag, attributes in Elements(rendered(body)).found:
        assert tag in {"p", "code", "a", "span"}
        assert set(attributes) <= {"href", "rel", "class"}
        assert attributes.get("href") in (None, "https://example.org/t.gif")
        assert attributes.get("class") in (None, "tex")


def test_a_link_leaves_without_recommendation():
    assert rendered("[a](https://example.org/x)") == '<p><a href="https://example.org/x" rel="nofollow ugc noopener">a</a></p>\n'


@given(st.text(max_size=300))
def test_whatever_is_written_is_html_of_a_closed_set(body):
    html = rendered(body)
    assert "<script" not in html.lower()
    assert html.count("<span") == html.count("</span>")


@pytest.mark.parametrize("unit", ["*", "[", ">", "$", "`a", "<", "\\(", "- ", "_a", "![", "$$", "1. ", "~~a", "[a](", "> - "])
def test_hostile_repetition_takes_no_time(unit):
    begun = time.process_time()
    rendered((unit * LONGEST)[:LONGEST])
    assert time.process_time() - begun < 3


def test_a_quote_holds_the_beginning():
    assert quoted("one\ntwo") == "> one\n> two\n\n"
    assert quoted("word " * 300).endswith("…\n\n")
    assert len(quoted("word " * 300)) < 620
