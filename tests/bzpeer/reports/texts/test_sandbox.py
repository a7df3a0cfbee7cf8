"""Readers in a process apart: what comes back, and that a hostile file harms nobody."""

import pytest

from bzpeer.reports.texts import sandbox
from bzpeer.reports.texts.extracted import Extracted, Unreadable
from bzpeer.reports.texts.sandbox import kind_of, read_apart
from tests.bzpeer.reports.texts.papers import SENTENCE, Paper, archive, filled

PAGE = f"""<!doctype html><html><head><title>x</title><script>alert(1)</script></head><body><nav>Menu</nav>
<article class='ltx_document'><h1>Title</h1><p>A rate of 10<sup>4</sup> and <math alttext='x^2'><mi>x</mi></math>. {SENTENCE * 4}</p>
</article></body></html>"""


def test_each_kind_of_file_is_told_from_its_first_bytes_and_read():
    paper = Paper()
    filled(paper, 72, 700, 10)
    source = archive(main_tex=rf"\begin{{document}}{SENTENCE * 4}\end{{document}}")
    files = {"pdf": paper.bytes(), "latex": source, "html": PAGE.encode(), "text": (SENTENCE * 4).encode()}
    for kind, data in files.items():
        assert kind_of(data) == kind
        assert "We train the model" in read_apart(data, kind=kind).text


def test_html_keeps_mathematics_and_raised_signs_and_leaves_menus():
    text = read_apart(PAGE.encode(), kind="html").text
    assert text.startswith("Title\n\nA rate of 10^4 and x^2 .")
    assert "Menu" not in text
    assert "alert" not in text


def test_plain_text_joins_its_lines():
    text = read_apart(f"Title\n\nWe use represen-\ntations of\nthings. {SENTENCE * 3}\x07".encode(), kind="text").text
    assert text.startswith("Title\n\nWe use representations of things.")


def test_a_reader_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(sandbox, "_CHILD", "while True: pass")
    monkeypatch.setattr(sandbox, "_GRACE", 0)
    with pytest.raises(Unreadable, match="took longer than 1 seconds"):
        read_apart(b"x", kind="text", seconds=1)


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "print('{')", "raise SystemExit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_reader_that_dies_is_told_in_words(monkeypatch, program):
    monkeypatch.setattr(sandbox, "_CHILD", program)
    with pytest.raises(Unreadable):
        read_apart(b"x", kind="text")


def test_a_reader_that_wants_all_memory_is_refused(monkeypatch):
    hungry = sandbox._CHILD.replace(
        "child(sys.argv[2]",
        "import bzpeer.reports.texts.sandbox as s; s.READERS['text'] = lambda data: bytearray(10**10)\nchild(sys.argv[2]",
    )
    monkeypatch.setattr(sandbox, "_CHILD", hungry)
    with pytest.raises(Unreadable, match="too much memory"):
        read_apart(b"x", kind="text")


def test_the_child_sees_no_secret_and_writes_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "zqx-secret")
    curious = sandbox._CHILD.replace(
        "child(sys.argv[2]",
        "import bzpeer.reports.texts.sandbox as s, os\n"
        "from bzpeer.reports.texts.extracted import Extracted\n"
        "def look(data):\n"
        f"    try:\n        open({str(tmp_path / 'written')!r}, 'w').write('x' * 10)\n    except OSError: pass\n"
        "    return Extracted(text=str(dict(os.environ)))\n"
        "s.READERS['text'] = look\nchild(sys.argv[2]",
    )
    monkeypatch.setattr(sandbox, "_CHILD", curious)
    found = read_apart(b"x", kind="text")
    assert isinstance(found, Extracted)
    assert "zqx-secret" not in found.text
    written = tmp_path / "written"
    assert not written.exists() or written.read_bytes() == b""


def test_a_file_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_BYTES", 10)
    with pytest.raises(Unreadable, match="larger than"):
        read_apart(b"x" * 11, kind="text")
