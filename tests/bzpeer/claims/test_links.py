"""Which addresses an owner may put on a profile."""

import pytest

from bzpeer.claims.links import LONGEST_ADDRESS, LinkRefused, checked_link, safe_links


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://example.org", "https://example.org/"),
        (" HTTPS://Example.ORG/~ada?q=1#x ", "https://example.org/~ada?q=1#x"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://münchen.de/ü", "https://xn--mnchen-3ya.de/%C3%BC"),
        ("https://日本.jp/", "https://xn--wgv71a.jp/"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://한국.com/", "https://xn--3e0b707e.com/"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://a.example.org/x'y(z)", "https://a.example.org/x'y(z)"),
    ],
)
def test_a_public_https_address_is_kept_in_one_spelling(url, stored):
    assert checked_link(label="", url=url).url == stored


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "http://example.org/",
        "//example.org/", "/x", "https:example.org", "https:///example.org", "https://", "https://example", "https://localhost/",
        "https://user@example.org/", "https://example.org@evil.org/", "https://user:pass@example.org/", "https://example.org:8443/",
        "https://example.org\\@evil.org/", "https://ex ample.org/", "https://example.org/\nx", "https://example.org/\x00", "https://127.0.0.1/",
        "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/", "https://printer.local/", "https://a.internal/",
        "https://exаmple.org/", "https://xn--exmple-4nf.org/", "https://аррӏе.com/", "https://xn--80ak6aa92e.com/", "https://ορcid.org/",
        "https://example.org/\u202egpj.exe", "https://exam\u200bple.org/", "https://example.org/\"onclick=x", "https://example.org/<b>",
        "https://" + "a" * 64 + ".org/", "https://example.org/" + "a" * LONGEST_ADDRESS, "https://-a.org/", "https://[/", "https://a.org:99999/",
        "https://example。org＠evil.org/",
    ],
)  # fmt: skip
def test_anything_else_is_refused(url):
    with pytest.raises(LinkRefused):
        checked_link(label="Home", url=url)


@pytest.mark.parametrize("label", ["x" * 61, "Home\u202e", "a\x00b"])
def test_a_label_that_deceives_is_refused(label):
    with pytest.raises(LinkRefused):
        checked_link(label=label, url="https://example.org/")


def test_stored_rows_are_looked_at_again_before_they_are_shown():
    rows = [{"label": "Bad", "url": "javascript:alert(1)"}, {"url": None}, {}, {"label": "", "url": "https://example.org/"}]
    assert [(link.label, link.url) for link in safe_links(rows)] == [("example.org", "https://example.org/")]
