"""Imports as staff see them: what runs now, what each run did, what it set aside and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bzpeer.accounts.models import User
from bzpeer.pages.members import member
from bzpeer.pages.paging import Pager, whole_number, with_parameters
from works import steering
from works.budget import spent_today
from works.models import ImportPart, ImportProblem, ImportRun
from works.parts import is_of_parts
from works.progress import pace_of, parts_by_state, parts_of
from works.queries import import_run, import_runs, problem_reasons, problems_of
from works.tasks import ring
from works.telling import PROVIDERS, asked, remaining
from works.upstreams import are_turns_known, conditions

RUNS_A_PAGE = 25
PROBLEMS_A_PAGE = 20
PARTS_A_PAGE = 50
REASONS_SHOWN = 30
RAW_SHOWN = 2_000
SILENT_AFTER = timedelta(minutes=2)
"""A run that says nothing for this long has probably lost its worker."""

_FIRST_COUNTS = ("read", "written", "unchanged", "quarantined")


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
    left: str
    """How long it still takes, in words; "" where nobody knows."""
    elapsed: timedelta | None
    is_live: bool
    is_silent: bool
    waits_until: datetime | None
    """When a run that upstream, or our own manners, keep waiting goes on by itself; its error says why."""
    can: frozenset[str]
    """What staff can do with it: pause, resume, cancel."""
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
    if request.GET.get("part") == "rows":
        return render(request, "imports/rows.html", context)
    services = {
        "upstreams": conditions(),
        "turns": are_turns_known(),
        "spent": spent_today(),
        "budget": max(settings.OPENALEX_DAILY_BUDGET, 0),
    }
    return render(request, "imports/imports.html", {**context, **services})


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
    match request.GET.get("part"):
        case "figures":
            return render(request, "imports/figures.html", {"run": described_run, "now": now, "acts": _acts(found)})
        case "parts":
            return render(request, "imports/parts.html", {"run": described_run, **_parts(request, found)})
    context = {"run": described_run, "now": now, "acts": _acts(found)}
    return render(request, "imports/import.html", {**context, **_parts(request, found), **_problems(request, found)})


@require_POST
@staff_only
def steer(request: HttpRequest, key: int, verb: str) -> HttpResponse:
    """Pause, resume or cancel an import. What staff did is written down with the run."""
    if verb not in steering.ALLOWED or import_run(key) is None:
        raise Http404("No import has this address.")
    try:
        run = steering.STEERED[verb](key, by=member(request).pk)
    except steering.NotPossible as error:
        messages.error(request, str(error))
    else:
        if verb == "resume":
            transaction.on_commit(partial(ring, key))
        messages.success(request, f"Import {key} is {run.get_state_display()}.")
    return redirect("imports" if request.POST.get("from") == "list" else reverse("import", kwargs={"key": key}))


def _acts(run: ImportRun) -> list[tuple[str, datetime, str]]:
    """Return what was done with a run, when and by whom."""
    people = User.objects.in_bulk([act["by"] for act in run.acts if act["by"]])
    return [
        (
            act["did"],
            datetime.fromisoformat(act["at"]),
            "at the terminal" if act["by"] is None else f"by {people.get(act['by'], 'a former member')}",
        )
        for act in run.acts
    ]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file of a snapshot with its figures in words."""

    part: ImportPart
    read: int
    written: int
    share: int
    rate: int | None


def _parts(request: HttpRequest, found: ImportRun) -> dict[str, Any]:
    """Return the files of a snapshot's run, those in one state or all, a page of them."""
    if not is_of_parts(found):
        return {"parts": [], "part_states": []}
    state = request.GET.get("state", "")
    state = state if state in ImportPart.State.values else ""
    after = whole_number(request.GET.get("after_part", ""), digits=18)
    rows = parts_of(found, state=state, after=after, limit=PARTS_A_PAGE + 1)
    numbers = parts_by_state(found)
    last = rows[PARTS_A_PAGE - 1] if len(rows) > PARTS_A_PAGE else None
    anchor = "#parts"

    def address(**changes: object) -> str:
        return with_parameters(request, part=None, **{"after_part": None, **changes}) + anchor

    return {
        "parts": [_part(each) for each in rows[:PARTS_A_PAGE]],
        "part_states": [
            (label, numbers[value], address(state=value), value == state) for value, label in ImportPart.State.choices if value in numbers
        ],
        "part_state": state,
        "every_part": (sum(numbers.values()), address(state=None)),
        "parts_refresh": with_parameters(request, part="parts", state=state or None, after_part=after),
        "parts_pager": Pager(
            place="",
            previous=address(state=state or None) if after else "",
            next=address(state=state or None, after_part=last.pk) if last else "",
            back_label="Back to the start",
            on_label="More files",
        ),
    }


def _part(part: ImportPart) -> Part:
    read = part.counts.get("read", 0)
    end = part.finished_at or part.heartbeat_at
    seconds = (end - part.started_at).total_seconds() if end and part.started_at else 0
    return Part(
        part=part,
        read=read,
        written=part.counts.get("written", 0),
        share=min(round(100 * part.bytes_done / part.bytes_total), 100) if part.bytes_total else 0,
        rate=round(read / seconds) if seconds >= 1 and read else None,
    )


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
    pace, seconds_left = pace_of(run) if is_live else (None, None)
    seen = counts.get("read", 0)
    elapsed = (run.finished_at or now) - run.started_at if run.started_at else None
    seconds = elapsed.total_seconds() if elapsed else 0
    is_kept_waiting = run.state == ImportRun.State.RUNNING and run.error and run.lease_until is not None and run.lease_until > now
    waits_until = run.lease_until if is_kept_waiting else None
    return Run(
        run=run,
        provider=PROVIDERS.get(run.provider, run.provider),
        asked=asked(run, in_full=False),
        asked_in_full=asked(run, in_full=True),
        counts=tuple((name, counts.get(name, 0)) for name in _FIRST_COUNTS),
        further_counts=tuple(sorted((name.replace("_", " "), value) for name, value in counts.items() if name not in _FIRST_COUNTS)),
        share=_share(run, seen) if is_live else None,
        rate=round(pace) if pace is not None else round(seen / seconds) if seconds >= 1 and seen else None,
        left=remaining(seconds_left),
        elapsed=timedelta(seconds=round(seconds)) if elapsed else None,
        is_live=is_live,
        is_silent=waits_until is None
        and run.state == ImportRun.State.RUNNING
        and run.heartbeat_at is not None
        and now - run.heartbeat_at > SILENT_AFTER,
        waits_until=waits_until,
        can=frozenset(verb for verb, states in steering.ALLOWED.items() if run.state in states),
        problems=getattr(run, "problems_total", 0),
        quarantined=getattr(run, "quarantined_total", 0),
    )


def _share(run: ImportRun, seen: int) -> int | None:
    """Return how far a run has come in hundredths, by bytes of its file or by records, if the whole is known."""
    if not run.total:
        return None
    cursor = run.cursor if isinstance(run.cursor, dict) else {}
    done = cursor.get("bytes", cursor.get("offset")) if cursor.get("unit") == "bytes" else seen
    return min(round(100 * done / run.total), 100) if isinstance(done, int) else None
