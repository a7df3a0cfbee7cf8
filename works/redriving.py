"""Trying again what an import set aside: the record as received goes through today's reader and import.

What was kept cut short is read again from its file, else asked for by its id. A record that came in by itself since is left alone:
what was received then must not overwrite what is newer. Each problem is tried MOST_ATTEMPTS times, then it is kept with a note.
"""

import contextlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import orjson
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from works.drafts import AnyDraft, Merged, Quarantined, Read
from works.identifiers import arxiv_id, openalex_id
from works.importing import store
from works.models import ImportProblem, ImportRun, UpstreamRecord
from works.sources import arxiv, openalex
from works.sources.files import KEPT_RAW, NotUtf8, UnreadableFile, numbered_lines, plain_stream
from works.sources.http import NotThere

MOST_ATTEMPTS = 3
CHUNK = 50
"""Problems tried together, and ids asked for together."""
OPEN_STATES = (ImportRun.State.QUEUED, ImportRun.State.RUNNING)

Ask = Callable[[Sequence[str]], Iterable[Read]]
"""Given upstream ids ("openalex:W…", "arxiv:…"), gives the records upstream holds under them now. Raises UpstreamError."""

_READERS = {"openalex": openalex.read_record, "arxiv": arxiv.read_record}
_LINE = re.compile(r"(?P<name>.+), line (?P<line>[0-9]{1,12})(?P<further>,.*)?")
_CUT_FROM = KEPT_RAW - 4
"""Bytes: what was cut may end up to three bytes earlier, at a whole character."""
_LONGEST_OUTCOME = 500


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which problems to try again: one by its key, or all of a kind, of one provider or run if they are named."""

    problem: int | None = None
    kind: str = ""
    provider: str = ""
    run: int | None = None


def open_problems(chosen: Chosen) -> QuerySet[ImportProblem]:
    """Return the problems of a choice that nothing has resolved, unordered."""
    problems = ImportProblem.objects.filter(resolved_at__isnull=True)
    if chosen.problem is not None:
        problems = problems.filter(pk=chosen.problem)
    if chosen.kind:
        problems = problems.filter(kind=chosen.kind)
    if chosen.provider:
        problems = problems.filter(run__provider=chosen.provider)
    if chosen.run is not None:
        problems = problems.filter(run=chosen.run)
    return problems


CAN_BE_TRIED = Q(is_quarantined=True, attempts__lt=MOST_ATTEMPTS)


def ask_to_redrive(chosen: Chosen, *, by: int, anew: bool = False) -> list[ImportRun]:
    """Write down that a choice of problems is to be tried again, one run per provider; `by` is who asked.

    `anew`: ask upstream even where the record was kept whole. What is under way already is returned, not doubled.
    """
    waiting = open_problems(chosen).filter(CAN_BE_TRIED)
    ends = dict(waiting.order_by("run__provider").values_list("run__provider").annotate(last=Max("pk")))
    return [_run_for(chosen, provider=provider, up_to=last, by=by, anew=anew) for provider, last in ends.items()]


def _run_for(chosen: Chosen, *, provider: str, up_to: int, by: int, anew: bool) -> ImportRun:
    if chosen.problem is not None:
        asked: dict[str, Any] = {"problems": [chosen.problem]}
    else:
        asked = {"problems": {"kind": chosen.kind, "run": chosen.run}}
    if anew:
        asked["anew"] = True
    under_way = ImportRun.objects.filter(provider=provider, state__in=OPEN_STATES, parameters__contains=asked).order_by("pk").first()
    return under_way or ImportRun.objects.create(provider=provider, parameters={**asked, "up_to": up_to, "by": by})


def redrive(run: ImportRun, *, ask: Ask, deadline: float, after_chunk: Callable[[], None]) -> bool:
    """Try the problems of a run again from its cursor {"problem": key} on, till the deadline (monotonic); tell whether all were.

    Raises UpstreamError when upstream does not answer; what was tried before stays.
    """
    while chunk := list(_asked_problems(run).order_by("pk").select_related("run")[:CHUNK]):
        _try_chunk(run, chunk, ask)
        run.cursor = {"problem": chunk[-1].pk}
        ImportRun.objects.filter(pk=run.pk).update(cursor=run.cursor, heartbeat_at=Now())
        after_chunk()
        if time.monotonic() >= deadline:
            return False
    return True


def _asked_problems(run: ImportRun) -> QuerySet[ImportProblem]:
    asked = run.parameters["problems"]
    problems = open_problems(Chosen(provider=run.provider)).filter(CAN_BE_TRIED)
    problems = problems.filter(pk__gt=run.cursor.get("problem", 0), pk__lte=run.parameters["up_to"])
    if isinstance(asked, list):
        return problems.filter(pk__in=asked)
    problems = problems.filter(kind=asked["kind"]) if asked["kind"] else problems
    return problems.filter(run=asked["run"]) if asked["run"] else problems


@dataclass(kw_only=True)
class _Tried:
    """What came of a chunk so far: records to store by problem, and why there is none."""

    drafts: dict[int, AnyDraft] = field(default_factory=dict)
    refusals: dict[int, str] = field(default_factory=dict)
    merges: list[Merged] = field(default_factory=list)

    def take(self, problem: ImportProblem, read: Read) -> None:
        if isinstance(read, Quarantined):
            self.refusals[problem.pk] = read.reason
        elif isinstance(read, Merged):
            self.merges.append(read)
        else:
            self.drafts[problem.pk] = read
            self.refusals.pop(problem.pk, None)


def _try_chunk(run: ImportRun, chunk: Sequence[ImportProblem], ask: Ask) -> None:
    """Try what is here first, so that it is stored even if upstream does not answer for the rest."""
    waiting = _without_those_stored_since(run, chunk)
    anew = bool(run.parameters.get("anew"))
    tried = _Tried()
    if not anew:
        for problem in waiting:
            for read in from_raw(problem):
                tried.take(problem, read)
        for problem, read in _from_files([problem for problem in waiting if problem.pk not in tried.drafts]):
            tried.take(problem, read)
        _settle(run, [problem for problem in waiting if problem.pk in tried.drafts or problem.pk in tried.refusals], tried)
    rest = [problem for problem in waiting if problem.pk not in tried.drafts and problem.pk not in tried.refusals]
    _settle(run, rest, _from_upstream(rest, ask))


def _without_those_stored_since(run: ImportRun, chunk: Sequence[ImportProblem]) -> list[ImportProblem]:
    """Resolve what a later import has stored already; return the others."""
    keys = {problem.key for problem in chunk if problem.key}
    stored = {row.key: row for row in UpstreamRecord.objects.filter(key__in=keys).only("key", "imported_at", "run_id")}
    waiting = []
    for problem in chunk:
        row = stored.get(problem.key)
        if row is not None and row.imported_at > problem.created_at:
            _mark(run, problem, outcome=f"Stored since by import {row.run_id}.", is_resolved=True)
        else:
            waiting.append(problem)
    return waiting


def from_raw(problem: ImportProblem) -> list[Read]:
    """Return what today's reader makes of the record as it was kept; nothing if it was not kept whole."""
    raw = problem.raw.encode("utf-8", "surrogatepass")
    if raw.startswith(b'{"kind":"') and (draft := _kept_draft(raw)) is not None:
        return [draft]
    # A short text that is no record (an id, a printed object) says nothing about the record itself.
    if not raw.lstrip().startswith((b"{", b"<")) or (len(raw) >= _CUT_FROM and not _is_json(raw)):
        return []
    return _read(problem.run.provider, raw, problem.place)


def _kept_draft(raw: bytes) -> AnyDraft | None:
    try:
        draft: AnyDraft = msgspec.json.decode(raw, type=AnyDraft)
    except msgspec.DecodeError:
        return None
    return draft


def _is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True


def _read(provider: str, raw: bytes, place: str) -> list[Read]:
    reader = _READERS.get(provider)
    if reader is None:
        return []
    try:
        return list(reader(raw, place))
    except NotUtf8:
        return [Quarantined(place=place, reason="the record is not UTF-8", raw=raw)]


def _from_files(problems: Sequence[ImportProblem]) -> Iterator[tuple[ImportProblem, Read]]:
    """Read lines again from files that are still where they were, each file once."""
    wanted: dict[str, dict[int, list[ImportProblem]]] = defaultdict(lambda: defaultdict(list))
    for problem in problems:
        found = _LINE.fullmatch(problem.place)
        path = _file_named(problem.run, found["name"]) if found and not found["further"] else None
        if found and path:
            wanted[path][int(found["line"])].append(problem)
    for path, lines in sorted(wanted.items()):
        for number, line in _lines(Path(path), set(lines)):
            for problem in lines[number]:
                for read in _read(problem.run.provider, line, problem.place):
                    if problem.key in ("", read.new_key if isinstance(read, Merged) else read.key):
                        yield problem, read


def _file_named(run: ImportRun, name: str) -> str | None:
    files = run.parameters.get("files", []) if isinstance(run.parameters, dict) else []
    return next((str(each) for each in files if Path(str(each)).name == name), None)


def _lines(path: Path, numbers: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of these numbers; a file that is gone or breaks yields what it can."""
    try:
        with plain_stream(path) as stream:
            for number, line in numbered_lines(path, stream):
                if number in numbers:
                    yield number, line
                if number >= max(numbers):
                    return
    except UnreadableFile:
        return


def can_be_asked_for(problem: ImportProblem) -> bool:
    """Tell whether the problem's id is one that upstream answers for."""
    scheme, _, value = problem.key.partition(":")
    if scheme != problem.run.provider or scheme not in _READERS:
        return False
    return bool(openalex_id(value, "W")) if scheme == "openalex" else bool(arxiv_id(value))


def question(provider: str, keys: Sequence[str]) -> openalex.Query | arxiv.Query:
    """Return what asks a provider for records by their ids."""
    ids = tuple(key.partition(":")[2] for key in keys)
    return openalex.Query(works=ids) if provider == "openalex" else arxiv.Query(ids=ids)


def _from_upstream(problems: Sequence[ImportProblem], ask: Ask) -> _Tried:
    tried = _Tried()
    askable = {problem.key: problem for problem in problems if can_be_asked_for(problem)}
    if askable:
        for read in _answers(ask, sorted(askable)):
            key = read.old_key if isinstance(read, Merged) else read.key
            if key in askable:
                tried.take(askable[key], read)
            elif isinstance(read, AnyDraft):
                _take_successor(tried, askable, read)
    for problem in problems:
        if problem.pk not in tried.drafts:
            tried.refusals.setdefault(problem.pk, _why_not(problem, asked=problem.key in askable))
    return tried


def _answers(ask: Ask, keys: Sequence[str]) -> Iterator[Read]:
    """Yield what upstream has; that it has nothing is an answer, too."""
    with contextlib.suppress(NotThere):
        yield from ask(keys)


def _take_successor(tried: _Tried, askable: dict[str, ImportProblem], draft: AnyDraft) -> None:
    """Upstream merged what was asked for into another record: that one stands for it."""
    for merge in tried.merges:
        if merge.new_key == draft.key and merge.old_key in askable:
            tried.take(askable[merge.old_key], draft)


def _why_not(problem: ImportProblem, *, asked: bool) -> str:
    if asked:
        return "upstream has no record with this id now"
    if not problem.key:
        return "it was not kept whole and has no id to ask for it; import its file again"
    return "it was not kept whole and cannot be asked for by its id; import its file again"


def _settle(run: ImportRun, problems: Sequence[ImportProblem], tried: _Tried) -> None:
    """Store the records that could be read and write down what became of every problem."""
    refused: dict[str, str] = {}
    if tried.drafts or tried.merges:
        store(
            [*tried.merges, *(tried.drafts[problem.pk] for problem in problems if problem.pk in tried.drafts)], run=run, where="tried again"
        )
        anew = ImportProblem.objects.filter(run=run, is_quarantined=True)
        refused = dict(anew.order_by("pk").values_list("key", "reason"))
        anew.delete()  # the problem they repeat is there already and takes their reason over
    keys = {tried.drafts[problem.pk].key for problem in problems if problem.pk in tried.drafts}
    stored = set(UpstreamRecord.objects.filter(key__in=keys).values_list("key", flat=True)) - refused.keys()
    for problem in problems:
        draft = tried.drafts.get(problem.pk)
        if draft is not None and draft.key in stored:
            _mark(run, problem, outcome="Stored.", is_resolved=True)
        else:
            reason = refused.get(draft.key, "it was not stored") if draft is not None else tried.refusals[problem.pk]
            _mark(run, problem, outcome=f"Still set aside: {reason}", is_resolved=False)


def _mark(run: ImportRun, problem: ImportProblem, *, outcome: str, is_resolved: bool) -> None:
    problem.attempts += 1
    problem.outcome = outcome[:_LONGEST_OUTCOME].rstrip(".") + "."
    ImportProblem.objects.filter(pk=problem.pk).update(
        attempts=problem.attempts,
        outcome=problem.outcome,
        redriven_at=Now(),
        redriven_by=run.parameters.get("by"),
        resolved_at=Now() if is_resolved else None,
    )
