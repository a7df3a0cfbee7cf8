"""What an import did, in words, and what it could not store."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min, QuerySet

from works.models import ImportProblem, ImportRun

_DONE = (
    ("works_new", "new work", "new works"),
    ("works_updated", "work updated", "works updated"),
    ("works_merged", "work merged into another", "works merged into others"),
    ("researchers_new", "new researcher", "new researchers"),
    ("researchers_merged", "researcher merged into another", "researchers merged into others"),
    ("institutions_new", "new institution", "new institutions"),
    ("merged", "upstream merge followed", "upstream merges followed"),
)


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


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
