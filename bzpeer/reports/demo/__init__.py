"""Texts written for the demo corpus, and the reports made from them.

They are not the papers: they tell comparable facts in other words, say so in themselves, and so does every page that shows them.
"""

import hashlib
from pathlib import Path

from bzpeer.reports.available import EVIDENCE
from bzpeer.reports.engines.reading import sections_of
from bzpeer.reports.models import Run, Text
from bzpeer.reports.running import ask_for, carry_out_next
from bzpeer.reports.texts.plain import read_plain
from works.models import Work

FOLDER = Path(__file__).parent


def tell_demo_reports() -> int:
    """Store the texts of demo works that have none and let the offline engine read them; return how many works have a report."""
    done = 0
    for path in sorted(FOLDER.glob("*.txt")):
        work = Work.objects.filter(arxiv_id=path.stem).first()
        if work is None:
            continue
        run = ask_for(_text(work, path), engine=EVIDENCE)
        if run.state == Run.State.WAITING:
            carry_out_next(EVIDENCE, run_id=run.pk)
        done += 1
    return done


def _text(work: Work, path: Path) -> Text:
    words = read_plain(path.read_bytes()).text
    sections = [{"kind": each.kind.value, "title": each.title, "start": each.start, "end": each.end} for each in sections_of(words)]
    text, _ = Text.objects.get_or_create(
        work=work,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        defaults={
            "kind": Text.Kind.TEXT,
            "origin": Text.Origin.DEMO,
            "address": path.name,
            "license": "cc0",
            "may_show": True,
            "text": words,
            "sections": sections,
            "state": Text.State.READY,
            "notes": ["Written for the demo of this portal; it is not the paper."],
        },
    )
    return text
