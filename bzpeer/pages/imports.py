"""Imports as staff see them: what runs now, what each run did, what it set aside and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bzpeer.pages.paging import Pager, whole_number, with_parameters
from works.models import ImportProblem, ImportRun
from works.queries import import_run, import_runs, problem_reasons, problems_of

RUNS_A_PAGE = 25
PROBLEMS_A_PAGE = 20
REASONS_SHOWN = 30
RAW_SHOWN = 2_000
SILENT_AFTER = timedelta(minutes=2)
"""A run that says nothing for this long has probably lost its worker."""

_FIRST_COUNTS = ("read", "written", "unchanged", "quarantined")
_PROVIDERS = {"openalex": "OpenAlex", "arxiv": "arXiv"}


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send a visitor to log in and refuse a member who is not staff."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied("Imports are shown to the staff of this portal.")
        return view(request, *args, **kwargs)

    return guarded


@dataclass(frozen=True, kw_only=True)
class Run:
    """An import with its figures in words."""

    run: ImportRun
    provider: str
    asked: str
    asked_in_full: str
    counts: tuple[tuple[str, int], ...]
    further_counts: tuple[tuple[str, int], ...]
    share: int | None
    rate: int | None
    elapsed: timedelta | None
    is_live: bool
    is_silent: bool
    problems: int
    quarantined: int


@require_safe
@never_cache
@staff_only
def imports(request: HttpRequest) -> HttpResponse:
    """Show the imports, the newest first. `?part=rows` answers with the table alone, for the page that is open."""
    before = whole_number(request.GET.get("before", ""))
    found = import_runs(before=before, limit=RUNS_A_PAGE + 1)
    now = timezone.now()
    runs = [described(run, now=now) for run in found[:RUNS_A_PAGE]]
    context = {
        "runs": runs,
        "has_live": any(run.is_live for run in runs),
        "now": now,
        "pager": Pager(
            place="",
            previous=with_parameters(request, before=None, part=None) if before else "",
            next=with_parameters(request, before=found[RUNS_A_PAGE - 1].pk, part=None) if len(found) > RUNS_A_PAGE else "",
            back_label="Newest imports",
            on_label="Older imports",
        ),
    }
    return render(request, "imports/rows.html" if request.GET.get("part") == "rows" else "imports/imports.html", context)


@require_safe
@never_cache
@staff_only
def one_import(request: HttpRequest, key: int) -> HttpResponse:
    """Show one import with the records it set aside. `?part=figures` answers with the figures alone."""
    found = import_run(key)
    if found is None:
        raise Http404("No import has this address.")
    now = timezone.now()
    described_run = described(found, now=now)
    if request.GET.get("part") == "figures":
        return render(request, "imports/figures.html", {"run": described_run, "now": now})
    return render(request, "imports/import.html", {"run": described_run, "now": now, **_problems(request, found)})


def _problems(request: HttpRequest, found: ImportRun) -> dict[str, Any]:
    reason = request.GET.get("reason", "").replace("\x00", "")
    after = whole_number(request.GET.get("after", ""))
    rows = problems_of(found, reason=reason, after=after, limit=PROBLEMS_A_PAGE + 1)
    reasons = problem_reasons(found, limit=REASONS_SHOWN)
    last = rows[PROBLEMS_A_PAGE - 1] if len(rows) > PROBLEMS_A_PAGE else None
    return {
        "reasons": [(row, with_parameters(request, reason=row["reason"]) + "#problems", row["reason"] == reason) for row in reasons],
        "reason": reason,
        "every_reason": with_parameters(request, reason=None) + "#problems",
        "problems": [_shown(row) for row in rows[:PROBLEMS_A_PAGE]],
        "pager": Pager(
            place="",
            previous=with_parameters(request) + "#problems" if after else "",
            next=with_parameters(request, after=last.pk) + "#problems" if last else "",
            back_label="Back to the start",
            on_label="More",
        ),
    }


def _shown(problem: ImportProblem) -> dict[str, Any]:
    return {"problem": problem, "raw": problem.raw[:RAW_SHOWN], "cut": max(len(problem.raw) - RAW_SHOWN, 0)}


def described(run: ImportRun, *, now: datetime) -> Run:
    """Return a run with its figures; `run` carries the totals of works.queries.import_run."""
    counts = {str(name): value for name, value in (run.counts or {}).items() if isinstance(value, int) and not isinstance(value, bool)}
    is_live = run.state in {ImportRun.State.RUNNING, ImportRun.State.QUEUED}
    seen = counts.get("read", 0)
    elapsed = (run.finished_at or now) - run.started_at if run.started_at else None
    seconds = elapsed.total_seconds() if elapsed else 0
    return Run(
        run=run,
        provider=_PROVIDERS.get(run.provider, run.provider),
        asked=_asked(run, in_full=False),
        asked_in_full=_asked(run, in_full=True),
        counts=tuple((name, counts.get(name, 0)) for name in _FIRST_COUNTS),
        further_counts=tuple(sorted((name.replace("_", " "), value) for name, value in counts.items() if name not in _FIRST_COUNTS)),
        share=_share(run, seen) if is_live else None,
        rate=round(seen / seconds) if seconds >= 1 and seen else None,
        elapsed=timedelta(seconds=round(seconds)) if elapsed else None,
        is_live=is_live,
        is_silent=run.state == ImportRun.State.RUNNING and run.heartbeat_at is not None and now - run.heartbeat_at > SILENT_AFTER,
        problems=getattr(run, "problems_total", 0),
        quarantined=getattr(run, "quarantined_total", 0),
    )


def _asked(run: ImportRun, *, in_full: bool) -> str:
    """Return what was asked in words: "author A123", "files works.jsonl.gz"; in full with the folders of files."""
    told = run.parameters if isinstance(run.parameters, dict) else {}
    words = []
    for name, value in sorted(told.items()):
        if value in (None, "", [], {}, False):
            continue
        items = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        if not in_full:
            items = [Path(item).name if name == "files" else item for item in items[:4]] + (
                [f"and {len(items) - 4} more"] if len(items) > 4 else []
            )
        words.append(f"{name.replace('_', ' ')} {', '.join(items)}"[:2_000])
    return "; ".join(words) or "everything"


def _share(run: ImportRun, seen: int) -> int | None:
    """Return how far a run has come in hundredths, by bytes of its file or by records, if the whole is known."""
    if not run.total:
        return None
    cursor = run.cursor if isinstance(run.cursor, dict) else {}
    done = cursor.get("bytes", cursor.get("offset")) if cursor.get("unit") == "bytes" else seen
    return min(round(100 * done / run.total), 100) if isinstance(done, int) else None
