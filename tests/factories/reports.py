"""Texts and reports for tests: a finished run with all nine rows, its quotes standing in the text."""

import hashlib
from typing import Any

from bzpeer.reports.findings import UNCERTAIN, Variable
from bzpeer.reports.models import FindingRow, Run, Text
from bzpeer.reports.standing import stand_anew
from works.models import Work

WORDS = (
    "A study of thing\n\nAda Lovelace, ada@example.org\n\nAbstract\n\nWe study a thing.\n\n2 Experiments\n\n"
    "Our code is at https://example.org/code. We train on CIFAR-10 with a learning rate of 0.1. Data are on request.\n\n"
)
CODE, REJECTED = "Our code is at https://example.org/code.", "Data are on request."


def text_of(work: Work, *, words: str = WORDS, may_show: bool = False, **fields: Any) -> Text:
    """Return a text of a work that was read."""
    at = words.find("2 Experiments")
    sections = [
        {"kind": "body", "title": "", "start": 0, "end": max(at, 0)},
        {"kind": "body", "title": "2 Experiments", "start": max(at, 0), "end": len(words)},
    ]
    given = {"kind": "text", "origin": "upload", "state": "ready", "read_at": "2026-01-01T00:00Z", "sections": sections}
    return Text.objects.create(
        work=work, text=words, sha256=hashlib.sha256(words.encode()).hexdigest(), may_show=may_show, **(given | fields)
    )


def quote(words: str, text: str = WORDS) -> dict[str, Any]:
    """Return words of a text as a finding stores them."""
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words, "section": "2 Experiments"}


def report_on(
    work: Work,
    *,
    results: dict[str, str] | None = None,
    engine: str = "evidence",
    version: str = "1",
    text: Text | None = None,
    may_show: bool = False,
    **fields: Any,
) -> Run:
    """Return a finished run over a text of the work; `results` differ from: experimental, academia, code Yes, the rest No."""
    text = text or text_of(work, may_show=may_show)
    given: dict[str, Any] = {"state": "finished", "finished_at": "2026-01-02T00:00Z", "seconds": 0.5}
    run = Run.objects.create(text=text, engine=engine, version=version, **(given | fields))
    said = {variable.value: "No" for variable in Variable}
    said |= {"research_type": "Experimental", "affiliation": "Academia", "open_source_code": "Yes"} | (results or {})
    FindingRow.objects.bulk_create(
        FindingRow(
            run=run,
            variable=name,
            result=result,
            leaning="No" if result == UNCERTAIN else "",
            confidence=0.55 if result == UNCERTAIN else 0.93,
            explanation=f"What was found on {name}.",
            quotes=[quote(CODE, text.text)] if name == "open_source_code" and result == "Yes" and CODE in text.text else [],
            rejected={"quote": quote(REJECTED, text.text), "reason": "It promises data on request."}
            if name == "open_datasets" and result == "No" and REJECTED in text.text
            else None,
        )
        for name, result in said.items()
    )
    stand_anew(work.pk)
    return run
