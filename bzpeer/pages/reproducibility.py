"""A work's reproducibility report: its rows with their quotes, runs side by side, the text behind it, the run's details."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.pages.licences import licence_name
from bzpeer.pages.members import member
from bzpeer.pages.paging import whole_number
from bzpeer.reports.answering import owner_name
from bzpeer.reports.available import LLM, NoSuchEngine, has_llm
from bzpeer.reports.bringing import LARGEST, TextRefused, ask_arxiv, bring, confirm, discard, may_bring
from bzpeer.reports.findings import NO, SCORED, UNCERTAIN, YES, Variable
from bzpeer.reports.licensing import may_fetch, may_show
from bzpeer.reports.models import Answer, FindingRow, Run, Text
from bzpeer.reports.queries import answers_on, bylines_on, runs_on, runs_waiting_on, standing_on, texts_on, work_named
from bzpeer.reports.running import ask_for
from bzpeer.reports.standing import NOT_APPLICABLE, scored
from bzpeer.reports.tasks import ring, ring_engine
from bzpeer.typesetting import plain
from works.models import Work
from works.queries import work_known_as

NAMES_SHOWN = 12
FIRST_LINES = 600
LONGEST_SHOWN = 400_000
"""Signs of a text shown on one page."""
_ADDRESS = re.compile(r"(?:\{[^{}\n@]{1,200}\}|[\w.+\-']{1,64})\s?@\s?(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}|\bmailto:\S+")
_MASK = "[e-mail address]"


def masked(text: str) -> str:
    """Return words of a paper without e-mail addresses, also those written as {a,b}@place.edu."""
    return _ADDRESS.sub(_MASK, text)


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """Words of the paper as a report shows them, and where they stand."""

    words: str
    section: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """One row of a report. `asserted` is an upheld answer that replaces what the engine found."""

    variable: Variable
    result: str
    found: str
    leaning: str
    percent: int
    sureness: str
    explanation: str
    quotes: tuple[Quoted, ...]
    rejected: Quoted | None
    why_rejected: str
    asserted: Answer | None
    answers: tuple[Answer, ...]

    @property
    def tone(self) -> str:
        return {YES: "good", NO: "bad", UNCERTAIN: "warn"}.get(self.result, "plain")

    @property
    def applies(self) -> bool:
        return self.result != NOT_APPLICABLE


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One variable over several runs."""

    label: str
    results: tuple[tuple[str, int], ...]
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Score:
    """The documentation score as it is drawn: one step for each variable that counts."""

    value: int
    steps: tuple[tuple[int, str, str], ...]


def sureness(confidence: float) -> str:
    """Return how sure an engine is, in words."""
    if confidence >= 0.9:
        return "very sure"
    if confidence >= 0.75:
        return "fairly sure"
    return "not quite sure" if confidence >= 0.6 else "unsure"


# --- the report -----------------------------------------------------------------------------------


@require_safe
def report(request: HttpRequest, key: int, slug: str) -> HttpResponseBase:
    """Show the report that stands, or the run that `?run=` names."""
    work = work_named(key) or work_known_as(f"id:{key}")
    if work is None:
        raise Http404("No work has this address.")
    if work.pk != key or slug != slug_of(work.title):
        return redirect("reproducibility", key=work.pk, slug=slug_of(work.title), permanent=True)
    runs = runs_on(work.pk)
    standing = standing_on(work.pk) if runs else None
    asked = whole_number(request.GET.get("run", ""), digits=18)
    chosen = next((run for run in runs if run.pk == (asked if asked is not None else standing and standing.run_id)), None)
    if asked is not None and chosen is None:
        raise Http404("This report is not among those of this work.")
    chosen = chosen or (runs[0] if runs else None)
    answers = answers_on(work.pk) if chosen else []
    for answer in answers:
        answer.quote = masked(answer.quote)
    is_standing = bool(chosen and standing and standing.run_id == chosen.pk)
    rows = _rows(request, work, chosen, answers, asserted=is_standing) if chosen else []
    context: dict[str, Any] = {
        **_heading(work),
        "authors": _authors(work),
        "links": _links(work, chosen),
        "run": chosen,
        "is_standing": is_standing,
        "rows": rows,
        "score": _score(rows),
        "is_theory": bool(rows) and any(not row.applies for row in rows),
        "runs": runs,
        "compared": _compared(runs) if len(runs) > 1 else [],
        "may_bring": may_bring(request.user, work.pk),
        "is_owner": bool(request.user.is_authenticated and owner_name(member(request), work.pk)),
        "may_fetch": bool(work.arxiv_id and may_fetch(work.license)),
    }
    return render(request, "reproducibility/report.html", context)


def _work(key: int) -> Work:
    work = work_named(key)
    if work is None:
        raise Http404("No work has this address.")
    return work


def _heading(work: Work) -> dict[str, Any]:
    return {
        "work": work,
        "title": plain(work.title) or "Untitled",
        "address": record_address("work", work.pk, work.title),
        "here": reverse("reproducibility", kwargs={"key": work.pk, "slug": slug_of(work.title)}),
    }


def _authors(work: Work) -> list[tuple[str, str]]:
    printed = bylines_on(work.pk, most=NAMES_SHOWN)
    return [(byline, record_address("researcher", key, name or byline) if key else "") for byline, key, name in printed[:NAMES_SHOWN]] + (
        [("and others", "")] if len(printed) > NAMES_SHOWN else []
    )


def _links(work: Work, run: Run | None) -> list[tuple[str, str, bool]]:
    """Return label, address and whether it leads away; what is missing is not there."""
    links = []
    if work.pdf_url.startswith(("http://", "https://")) and "//arxiv.org/" not in work.pdf_url:
        links.append(
            ("Publisher's PDF" if work.source is None or work.source.type != "conference" else "Conference PDF", work.pdf_url, True)
        )
    if work.arxiv_id:
        links.append(("arXiv PDF", f"https://arxiv.org/pdf/{work.arxiv_id}", True))
    if run is not None:
        if run.text.may_show:
            links.append(("Plain text", reverse("report_text", kwargs={"key": run.text_id}), False))
        links.append(("Run details", reverse("report_run", kwargs={"key": run.pk}), False))
    return links


def _rows(request: HttpRequest, work: Work, run: Run, answers: Sequence[Answer], *, asserted: bool) -> list[Said]:
    found = {row.variable: row for row in run.rows.all()}
    upheld = {answer.variable: answer for answer in answers if asserted and answer.state == Answer.State.UPHELD}
    said = {key: upheld[key].result if key in upheld else row.result for key, row in found.items()}
    stands = scored(said)
    return [
        _said(run, found[variable.value], result=stands[variable.value], upheld=upheld.get(variable.value), answers=answers)
        for variable in Variable
        if variable.value in found
    ]


def _said(run: Run, row: FindingRow, *, result: str, upheld: Answer | None, answers: Sequence[Answer]) -> Said:
    variable, rejected = Variable(row.variable), row.rejected or {}
    return Said(
        variable=variable,
        result=result,
        found=row.result,
        leaning=row.leaning if row.result == UNCERTAIN else "",
        percent=round(row.confidence * 100),
        sureness=sureness(row.confidence),
        explanation=masked(row.explanation),
        quotes=tuple(_quoted(run.text, quote) for quote in row.quotes),
        rejected=_quoted(run.text, rejected["quote"]) if rejected else None,
        why_rejected=rejected.get("reason", ""),
        asserted=upheld,
        answers=tuple(answer for answer in answers if answer.variable == variable.value and answer is not upheld),
    )


def _quoted(text: Text, quote: dict[str, Any]) -> Quoted:
    place = urlencode({"start": quote["start"], "end": quote["end"]})
    address = f"{reverse('report_text', kwargs={'key': text.pk})}?{place}#quote"
    return Quoted(words=masked(quote["text"]), section=quote.get("section", ""), address=address)


def _score(rows: Sequence[Said]) -> Score | None:
    counting = [row for row in rows if row.variable in SCORED]
    if not counting or any(not row.applies for row in counting):
        return None
    steps = tuple((index * 15, row.variable.label, row.tone if row.result == YES else "none") for index, row in enumerate(counting))
    return Score(value=sum(row.result == YES for row in counting), steps=steps)


def _compared(runs: Sequence[Run]) -> list[Compared]:
    by_run = [{row.variable: row for row in run.rows.all()} for run in runs]
    table = []
    for variable in Variable:
        cells = [rows.get(variable.value) for rows in by_run]
        results = tuple((cell.result, round(cell.confidence * 100)) if cell else ("missing", 0) for cell in cells)
        table.append(Compared(label=variable.label, results=results, differs=len({result for result, _ in results}) > 1))
    return table


# --- the text and the run -------------------------------------------------------------------------


@require_safe
def text_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show a text with a quote marked: whole where its licence allows that, else the quote alone with its section."""
    text = get_object_or_404(Text.objects.select_related("work__source").defer("lines"), pk=key, state=Text.State.READY)
    place = _place(request, text)
    if place is None and not text.may_show:
        raise Http404("The licence of this text does not allow showing it; only quotes are shown.")
    start, end = place or (0, 0)
    if not text.may_show and not _is_quoted(text, start, end):
        raise Http404("Only quotes of a report are shown of this text.")
    section = next((each["title"] for each in text.sections if each["start"] <= start < each["end"]), "")
    first = max(0, start - LONGEST_SHOWN // 2) if len(text.text) > LONGEST_SHOWN else 0
    context = {
        **_heading(text.work),
        "text": text,
        "section": section,
        "has_quote": place is not None,
        "before": masked(text.text[first:start]) if text.may_show and place else "",
        "quote": masked(text.text[start:end]),
        "after": masked(text.text[end : first + LONGEST_SHOWN]) if text.may_show else "",
        "is_cut": text.may_show and len(text.text) > LONGEST_SHOWN,
        "licence": licence_name(text.license),
    }
    return render(request, "reproducibility/text.html", context)


def _place(request: HttpRequest, text: Text) -> tuple[int, int] | None:
    start, end = whole_number(request.GET.get("start", "")), whole_number(request.GET.get("end", ""))
    return (start, end) if start is not None and end is not None and start < end <= len(text.text) else None


def _is_quoted(text: Text, start: int, end: int) -> bool:
    """Tell whether a report or an answer quotes exactly this stretch, so that nobody reads a closed text piece by piece."""
    quote = {"start": start, "end": end}
    rows = FindingRow.objects.filter(run__text=text)
    if rows.filter(quotes__contains=[quote]).exists() or rows.filter(rejected__quote__contains=quote).exists():
        return True
    shown = (Answer.State.OPEN, Answer.State.UPHELD, Answer.State.REFUSED)
    return any(
        begin + len(words) == end
        for begin, words in Answer.objects.filter(text=text, start=start, state__in=shown).order_by("pk").values_list("start", "quote")
        if begin is not None
    )


@require_safe
def run_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show how a report came about; a model's own words are for the paper's authors and moderators."""
    found = get_object_or_404(
        Run.objects.select_related("text__work__source", "asked_by").defer("text__text", "text__lines", "text__sections"), pk=key
    )
    sees_answer = may_bring(request.user, found.text.work_id)
    context = {
        **_heading(found.text.work),
        "run": found,
        "text": found.text,
        "licence": licence_name(found.text.license),
        "parameters": sorted((name.replace("_", " "), value) for name, value in found.parameters.items()),
        "sees_answer": sees_answer,
        "raw": masked(found.raw_answer) if sees_answer else "",
        "by": _asked_by(found),
    }
    return render(request, "reproducibility/run.html", context)


def _asked_by(run: Run) -> str:
    if run.asked_by is not None:
        return str(run.asked_by)
    if run.batch_id is not None:
        return "whoever runs this portal"
    return "this portal, when the text came" if run.text.asked_by_id is None else "somebody who left"


# --- bringing texts -------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show the texts of a work with how far they were read; take one in, decide on one, ask a model. For its authors and moderators."""
    work = _work(key)
    if not may_bring(request.user, work.pk):
        raise PermissionDenied("The paper's authors with a claimed record and moderators bring its text.")
    status = 200
    if request.method == "POST":
        try:
            said = _done(request, work)
        except (TextRefused, NoSuchEngine) as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, said)
            return redirect("report_texts", key=work.pk, slug=slug_of(work.title))
    shown = texts_on(work.pk)
    context: dict[str, Any] = {
        **_heading(work),
        "texts": [(text, _first_lines(text)) for text in shown],
        "waiting": runs_waiting_on(work.pk),
        "is_live": any(text.state == Text.State.WAITING for text in shown),
        "largest": LARGEST // 2**20,
        "licence": licence_name(work.license),
        "may_show": may_show(work.license),
        "may_fetch": may_fetch(work.license),
        "has_llm": has_llm(),
    }
    template = "reproducibility/state.html" if request.GET.get("part") == "state" else "reproducibility/texts.html"
    return render(request, template, context, status=status)


def _first_lines(text: Text) -> str:
    return masked(text.text[:FIRST_LINES]) if text.state == Text.State.ASKING else ""  # the only state that loads the words


def _done(request: HttpRequest, work: Work) -> str:
    """Carry out the step of a form and return the plain sentence for it. Raises TextRefused or NoSuchEngine."""
    by, step = member(request), request.POST.get("step", "upload")
    if step == "upload":
        file = request.FILES.get("file")
        if file is None:
            raise TextRefused("Choose a file first.")
        content = file.read(LARGEST + 1)
        ring(bring(by=by, work=work, content=content, name=file.name or "", is_licensed=request.POST.get("licensed") == "1").pk)
        return "The file is here and waits to be read. This page shows how far it is."
    if step == "fetch":
        ring(ask_arxiv(work=work, by=by).pk)
        return "arXiv will be asked for the text. This page shows how far it is."
    text = Text.objects.filter(pk=whole_number(request.POST.get("text", ""), digits=18) or 0, work=work).first()
    if text is None:
        raise TextRefused("That text is gone.")
    if step == "confirm":
        ring_engine(confirm(text, by=by).runs.order_by("pk").values_list("engine", flat=True)[0])
        return "Thank you. The report will be here in a moment."
    if step == "discard":
        discard(text, by=by)
        return "The text is gone, and what was found in it."
    if step == "model" and text.state == Text.State.READY:
        ask_for(text, engine=LLM, by=by)
        ring_engine(LLM)
        return "The language model will be asked. Its report will stand beside the other one."
    raise TextRefused("Choose what to do.")
