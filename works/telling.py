"""What an import did, in words, and what it could not store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import Count, Min, QuerySet

from works.models import ImportProblem, ImportRun
from works.sources.files import NOT_JSON

_DONE = (
    ("works_new", "new work", "new works"),
    ("works_updated", "work updated", "works updated"),
    ("works_merged", "work merged into another", "works merged into others"),
    ("researchers_new", "new researcher", "new researchers"),
    ("researchers_merged", "researcher merged into another", "researchers merged into others"),
    ("institutions_new", "new institution", "new institutions"),
    ("merged", "upstream merge followed", "upstream merges followed"),
)


PROVIDERS = {"openalex": "OpenAlex", "arxiv": "arXiv", "orcid": "ORCID"}
LONGEST_WORDS = 2_000


def asked(run: ImportRun, *, in_full: bool) -> str:
    """Return what was asked in words: "author A123", "files works.jsonl.gz"; in full with the folders of files."""
    told = run.parameters if isinstance(run.parameters, dict) else {}
    filters = told.get("filters")
    told = {**told, **(filters if isinstance(filters, dict) else {})}
    if told.get("refresh") and not in_full:
        return f"keeping fresh {_counted(len(told.get('authors', ())), 'researcher', 'researchers')} and " + _counted(
            len(told.get("works", ())), "work", "works"
        )
    words = []
    for name, value in sorted(told.items(), key=lambda pair: (pair[0] != "snapshot", pair[0])):
        if value in (None, "", [], {}, False) or name == "filters":
            continue
        items = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        if not in_full:
            items = [Path(item).name if name in ("files", "snapshot") else item for item in items[:4]] + (
                [f"and {len(items) - 4} more"] if len(items) > 4 else []
            )
        words.append(f"{name.replace('_', ' ')} {', '.join(items)}"[:LONGEST_WORDS])
    return "; ".join(words) or "everything"


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def remaining(seconds: float | None) -> str:
    """Return how long something still takes, in words: "about 4 minutes left"; "" if nobody knows."""
    if seconds is None:
        return ""
    if seconds < _MINUTE / 2:
        return "less than a minute left"
    unit, word = next(
        (unit, word)
        for unit, word, up_to in ((_MINUTE, "minute", 1.5 * _HOUR), (_HOUR, "hour", 2 * _DAY), (_DAY, "day", float("inf")))
        if seconds < up_to
    )
    return f"about {_counted(max(round(seconds / unit), 1), word, word + 's')} left"


def problems_by_reason(run: ImportRun) -> QuerySet[ImportProblem, Any]:
    """Return the run's problems summed up: reason, is_quarantined, how many, and one example's place."""
    grouped = ImportProblem.objects.filter(run=run).values("reason", "is_quarantined")
    return grouped.annotate(problems=Count("pk"), example=Min("place")).order_by("-is_quarantined", "-problems", "reason")


def told(counts: Mapping[str, int]) -> str:
    """Return a run's counts in words, e.g. "Read 12 records: 10 stored, 1 unchanged, 1 set aside. 9 new works."."""
    read = counts.get("read", 0)
    if not read:
        return "There was nothing to read."
    parts = [f"{counts[key]:,} {word}" for key, word in (("written", "stored"), ("unchanged", "unchanged")) if counts.get(key)]
    if counts.get("quarantined"):
        parts.append(f"{counts['quarantined']:,} set aside with a reason")
    done = ", ".join(_counted(counts[key], one, many) for key, one, many in _DONE if counts.get(key))
    sentence = f"Read {_counted(read, 'record', 'records')}: {', '.join(parts) or 'nothing to store'}."
    if counts.get("reservations"):
        done += f"{', ' if done else ''}{_counted(counts['reservations'], 'reservation', 'reservations')} noted"
    if done:
        return f"{sentence} {done[0].upper()}{done[1:]}."
    return sentence if counts.get("written") else f"{sentence} Nothing changed."


def complaint(run: ImportRun) -> str | None:
    """Return what is wrong with what was given: nothing of it could be stored, or a line of a file is no JSON; None if it is fine."""
    set_aside = ImportProblem.objects.filter(run=run, is_quarantined=True).order_by("pk")
    read = run.counts.get("read", 0)
    if read and run.counts.get("quarantined", 0) == read and (first := set_aside.first()):
        return f"{_placed(first)} Nothing of what was read could be stored; check that it is what you meant."
    if garbled := set_aside.filter(reason__startswith=NOT_JSON).first():
        return f"{_placed(garbled)} It was set aside; see the counts for the rest."
    return None


def _placed(problem: ImportProblem) -> str:
    return f"{problem.place}: {problem.reason.removesuffix('.')}."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
