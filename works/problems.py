"""Reads of what imports set aside: counted by kind of reason, listed, one by one."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from works.models import ImportProblem
from works.redriving import CAN_BE_TRIED, Chosen, open_problems


@dataclass(frozen=True, kw_only=True)
class ProblemKind:
    """A reason without its particulars, what happened to the records, and how many there are by provider."""

    kind: str
    is_quarantined: bool
    by_provider: dict[str, int]

    @property
    def records(self) -> int:
        return sum(self.by_provider.values())


def problem_kinds(chosen: Chosen, *, limit: int) -> list[ProblemKind]:
    """Return the kinds of open problems of a provider or run, the most frequent first, counted from one index alone."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, {"provider": chosen.provider, "run": chosen.run, "limit": limit})
        return [
            ProblemKind(kind=kind, is_quarantined=is_quarantined, by_provider=dict(zip(providers, numbers, strict=True)))
            for kind, is_quarantined, providers, numbers in cursor.fetchall()
        ]


_KINDS = """
    WITH by_run AS (
        SELECT kind, is_quarantined, run_id, count(*) AS n FROM works_importproblem
         WHERE resolved_at IS NULL AND (%(run)s::bigint IS NULL OR run_id = %(run)s) GROUP BY kind, is_quarantined, run_id
    ), by_provider AS (
        SELECT b.kind, b.is_quarantined, r.provider, sum(b.n)::bigint AS n FROM by_run b JOIN works_importrun r ON r.id = b.run_id
         WHERE %(provider)s = '' OR r.provider = %(provider)s GROUP BY b.kind, b.is_quarantined, r.provider
    )
    SELECT kind, is_quarantined, array_agg(provider ORDER BY provider), array_agg(n ORDER BY provider)
      FROM by_provider GROUP BY kind, is_quarantined ORDER BY sum(n) DESC, kind, is_quarantined LIMIT %(limit)s
"""


def problems_listed(chosen: Chosen, *, after: int | None, limit: int) -> list[ImportProblem]:
    """Return open problems in the order they were met, with their runs."""
    return _page(open_problems(chosen), after=after, limit=limit)


def problems_resolved(*, after: int | None, limit: int) -> list[ImportProblem]:
    """Return problems whose records are stored by now, in the order they were met."""
    return _page(ImportProblem.objects.filter(resolved_at__isnull=False), after=after, limit=limit)


def problem(key: int) -> ImportProblem | None:
    """Return one problem with its run."""
    return ImportProblem.objects.filter(pk=key).select_related("run").first()


def can_be_tried(chosen: Chosen, *, most: int) -> int:
    """Return how many problems of a choice can be tried again, at most `most` + 1."""
    return open_problems(chosen).filter(CAN_BE_TRIED).order_by().values("pk")[: most + 1].count()


def _page(problems: QuerySet[ImportProblem], *, after: int | None, limit: int) -> list[ImportProblem]:
    if after is not None:
        problems = problems.filter(pk__gt=after)
    return list(problems.select_related("run").defer("raw").order_by("pk")[:limit])
