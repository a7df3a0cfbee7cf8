"""Texts: uploads and arXiv's copies, read apart, checked against the title; bad files are told in words."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from bzpeer.claims.models import Claim, ClaimDelegate
from bzpeer.reports.bringing import (
    LARGEST,
    MOST_ATTEMPTS,
    MOST_WAITING,
    TextRefused,
    ask_arxiv,
    bring,
    confirm,
    discard,
    is_named,
    may_bring,
    read_on,
)
from bzpeer.reports.models import FindingRow, Run, Standing, Text, TextFile
from bzpeer.reports.tasks import read_text, sweep_reports
from tests.bzpeer.reports.texts.papers import Paper, archive
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory, WorkFactory
from tests.factories.reports import report_on, text_of

pytestmark = pytest.mark.django_db

State = Text.State
SENTENCES = "We train a network on the CIFAR-10 dataset (Krizhevsky, 2009) with a learning rate of 0.1 and batches of 128 images. " * 12
PLAIN = f"On noise in training\n\nAda Lovelace\n\nUniversity of Things\n\nAbstract\n\n{SENTENCES}\n\n1 Introduction\n\n{SENTENCES}".encode()


@pytest.fixture
def person():
    return ResearcherFactory(is_claimed=True, verification_level=3)


@pytest.fixture
def owner(person):
    member = MemberFactory()
    Claim.objects.create(user=member, researcher=person, state="accepted", reason="mine", decided_at=timezone.now())
    return member


@pytest.fixture
def work(person):
    return WorkFactory(title="On noise in training", authors=[person], arxiv_id="2101.00001", license="cc-by")


def paper(words: str = "On noise in training", lines: int = 30) -> bytes:
    """A PDF with a title and sentences."""
    made = Paper()
    made.line(72, 700, words, size=16)
    for number in range(lines):
        made.line(72, 660 - 14 * number, SENTENCES[:80])
    return made.bytes()


def uploaded(owner, work, content, name="paper.pdf", **options):
    text = bring(by=owner, work=work, content=content, name=name, **options)
    read_text(text.pk)
    text.refresh_from_db()
    return text


def test_an_uploaded_text_is_read_and_reported_on(owner, work):
    text = uploaded(owner, work, PLAIN, "paper.txt", is_licensed=True)

    assert (text.state, text.kind, text.may_show, text.license, text.asked_by) == (State.READY, "text", True, "cc-by", owner)
    assert text.sections[0]["start"] == 0
    assert not TextFile.objects.exists()
    run = Run.objects.get()
    assert (run.state, run.engine, run.asked_by) == ("finished", "evidence", owner)
    rows = FindingRow.objects.filter(run=run).order_by("pk")
    assert len(rows) == 9
    assert all(text.text[q["start"] : q["end"]] == q["text"] for row in rows for q in row.quotes)
    assert Standing.objects.get(work=work).run == run


def test_a_pdf_is_read_in_its_own_process(owner, work):
    text = uploaded(owner, work, paper())

    assert (text.state, text.kind, text.pages) == (State.READY, "pdf", 1)
    assert not text.may_show  # nobody said that the file is under the record's licence


def test_the_same_text_is_not_kept_twice(owner, work):
    uploaded(owner, work, PLAIN, "a.txt")
    again = uploaded(owner, work, PLAIN, "b.txt")

    assert again.state == State.DISCARDED
    assert "already" in again.note
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.7 truncated", "a.pdf", "damaged or cut off"),
        (Paper(password="secret").bytes(), "a.pdf", "encrypted"),
        (b"hello", "a.txt", "hardly any text"),
        (archive(**{"a.tex": r"\documentclass{article}\begin{document}\def\x{\x\x}\x\end{document}"}), "a.tar.gz", ""),
        (b"\x1f\x8b broken", "a.gz", ""),
        (b"\x00" * 5_000, "a.bin", "not a text file"),
    ],
    ids=["truncated PDF", "encrypted PDF", "short text", "TeX bomb", "broken gzip", "zeros"],
)
def test_a_file_that_cannot_be_read_says_why(owner, work, content, name, words):
    text = uploaded(owner, work, content, name)

    assert text.state == State.FAILED
    assert words in text.note
    assert text.note.endswith(".")
    assert not TextFile.objects.exists()


def test_a_scan_says_that_it_is_one(owner, work):
    blank = Paper()
    blank.page()

    assert "scan" in uploaded(owner, work, blank.bytes()).note


def test_another_paper_is_asked_about_and_then_confirmed(owner, work):
    text = uploaded(owner, work, PLAIN.replace(b"On noise in training", b"Cooking with gas"), "a.txt")
    assert text.state == State.ASKING
    assert not Run.objects.exists()

    confirm(text, by=owner)

    text.refresh_from_db()
    assert text.state == State.READY
    assert "not found at its beginning" in text.notes[-1]
    assert Run.objects.get().state == "waiting"
    with pytest.raises(TextRefused, match="nothing is asked"):
        confirm(text, by=owner)


def test_a_text_that_is_taken_away_takes_its_report_along_and_the_earlier_one_stands(owner, work):
    before = report_on(work)
    text = uploaded(owner, work, PLAIN, "a.txt")
    assert Standing.objects.get(work=work).run != before

    discard(text, by=owner)

    assert Standing.objects.get(work=work).run == before


@pytest.mark.parametrize(
    ("title", "beginning", "is_one"),
    [
        ("Power-law escape rate of SGD", "Power-law escape\nrate of SGD\n\nA. Author", True),
        ("Power-law escape rate of SGD", "POWER LAW ESCAPE RATE OF SGD", True),
        ("Power-law escape rate of SGD", "Powerlaw escape rate of SGD", True),
        (r"Noise in $\alpha$-stable networks", "Noise in α-stable networks", True),
        ("Power-law escape rate of SGD", "Volumization of weights", False),
        ("Power-law escape rate of SGD", "Volumization" + " x" * 8_000 + " Power-law escape rate of SGD", False),
        ("", "Anything", True),
    ],
)  # fmt: skip
def test_a_title_is_looked_for_at_the_beginning(title, beginning, is_one):
    assert is_named(title, beginning) is is_one


def test_who_brings_texts(owner, work, person):
    delegate, other = MemberFactory(), MemberFactory()
    ClaimDelegate.objects.create(
        claim=Claim.objects.get(user=owner), user=delegate, address="d@example.org", state="accepted", accepted_at=timezone.now()
    )
    text = text_of(work, state="asking")

    assert [may_bring(each, work.pk) for each in (owner, delegate, moderator(), other)] == [True, True, True, False]
    for step in (confirm, discard):
        with pytest.raises(TextRefused, match="authors"):
            step(text, by=other)


def test_uploads_are_bounded(owner, work):
    with pytest.raises(TextRefused, match="larger than 20 MB"):
        bring(by=owner, work=work, content=b"x" * (LARGEST + 1))
    with pytest.raises(TextRefused, match="Choose a file"):
        bring(by=owner, work=work, content=b"")
    for _ in range(MOST_WAITING):
        bring(by=owner, work=work, content=b"x")
    with pytest.raises(TextRefused, match="wait already"):
        bring(by=owner, work=work, content=b"x")


def test_a_text_whose_reader_dies_each_time_is_given_up(owner, work):
    text = bring(by=owner, work=work, content=PLAIN)
    Text.objects.filter(pk=text.pk).update(attempts=MOST_ATTEMPTS)

    assert not read_on(text.pk)
    text.refresh_from_db()
    assert text.state == State.FAILED
    assert "stopped several times" in text.note


def test_a_text_is_read_by_one_worker_at_a_time_and_found_by_the_sweeper(owner, work, monkeypatch):
    text = bring(by=owner, work=work, content=PLAIN, name="a.txt")
    sent = []
    monkeypatch.setattr("bzpeer.reports.tasks.read_text.delay", sent.append)

    assert sweep_reports() == 1
    Text.objects.filter(pk=text.pk).update(lease_until=timezone.now() + timezone.timedelta(minutes=1))
    assert not read_on(text.pk)
    assert sweep_reports() == 0
    assert sent == [text.pk]


# --- arXiv ----------------------------------------------------------------------------------------

HTML = f"<!DOCTYPE html><html><body><article class='ltx_document'><h1>On noise in training</h1><p>{SENTENCES}</p></article></body></html>"


@contextmanager
def arxiv(answers: dict[str, tuple[int, bytes] | str]) -> Iterator[tuple[str, list[str]]]:
    """A server that has some of arXiv's files: {path: (status, body), or where it leads}. Yields its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = answers.get(self.path, (404, b"No such paper"))
            if isinstance(found, str):
                self.send_response(301)
                self.send_header("Location", found)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(found[0])
            self.send_header("Content-Length", str(len(found[1])))
            self.end_headers()
            self.wfile.write(found[1])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def fetched(settings, work, answers):
    with arxiv(answers) as (address, asked):
        settings.ARXIV_TEXT_URL = address
        text = ask_arxiv(work=work)
        read_on(text.pk)
    text.refresh_from_db()
    return text, asked


def test_arxivs_html_is_taken_first(settings, work):
    text, asked = fetched(settings, work, {"/html/2101.00001": (200, HTML.encode())})

    assert (text.state, text.kind, text.may_show, asked) == (State.READY, "html", True, ["/html/2101.00001"])
    assert text.address.endswith("/html/2101.00001")


def test_without_html_the_source_is_taken_and_then_the_pdf(settings, work):
    source = archive(**{"a.tex": r"\documentclass{article}\begin{document}\title{On noise in training}" + SENTENCES + r"\end{document}"})

    by_source, _ = fetched(settings, work, {"/e-print/2101.00001": "/src/2101.00001", "/src/2101.00001": (200, source)})
    by_pdf, asked = fetched(settings, work, {"/e-print/2101.00001": (200, b"\x1f\x8b broken"), "/pdf/2101.00001": (200, paper())})

    assert (by_source.state, by_source.kind) == (State.READY, "latex")
    assert (by_pdf.state, by_pdf.kind) == (State.READY, "pdf")
    assert asked == ["/html/2101.00001", "/e-print/2101.00001", "/pdf/2101.00001"]


def test_what_arxiv_has_not_is_told(settings, work):
    text, _ = fetched(settings, work, {"/html/2101.00001": "https://elsewhere.example/paper"})

    assert (text.state, text.note) == (State.FAILED, "arXiv gives no text of 2101.00001.")


def test_a_busy_arxiv_is_asked_again_later(settings, work, monkeypatch):
    monkeypatch.setattr("works.sources.http.ATTEMPTS", 1)
    text, _ = fetched(settings, work, {"/html/2101.00001": (503, b"busy")})

    assert (text.state, text.note) == (State.WAITING, "arXiv is busy; it is asked again later.")
    assert text.lease_until > timezone.now()


@pytest.mark.parametrize(
    ("license", "arxiv_id", "words"),
    [("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", "2101.00002", "does not let"), ("cc-by", None, "no arXiv id")],
)
def test_arxiv_is_not_asked_where_that_is_not_allowed(license, arxiv_id, words):
    with pytest.raises(TextRefused, match=words):
        ask_arxiv(work=WorkFactory(license=license, arxiv_id=arxiv_id))
