"""Derived: which report stands for a work, and what it counts for in the corpus. Deriving twice is harmless.

The newest text stands; of its reports the offline engine's newest one, else any. Upheld answers of authors replace rows.
"""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Now

from bzpeer.reports.findings import SCORED, THEORETICAL, YES, Variable
from bzpeer.reports.models import Answer, FindingRow, Run, Standing
from works.models import AuthorshipInstitution, Work, WorkTopic

NOT_APPLICABLE = "Not applicable"
EVERY_WORK = "works"
"""Counted beside the variables, so that the largest venues, topics and institutions are the first of an index."""
MOST_PLACES = 200
"""Institutions of one work that count it."""
RECOUNTED = timedelta(days=1)
_FIRST = "evidence"


@transaction.atomic
def stand_anew(work_id: int) -> Standing | None:
    """Decide again which report stands for a work, and count it; None where there is none."""
    with connection.cursor() as cursor:
        # Two runs of one work may end at once; the second sees what the first stored.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('reports.standing', %s))", [work_id])
    run = standing_run(work_id)
    if run is None:
        Standing.objects.filter(work=work_id).delete()
        return None
    results = results_of(run, work_id) | {EVERY_WORK: "all"}
    standing, _ = Standing.objects.update_or_create(
        work_id=work_id,
        defaults={
            "run": run,
            "results": results,
            "cells": _cells(work_id),
            "has_code": results.get(Variable.CODE.value) == YES,
            "has_data": results.get(Variable.DATASETS.value) == YES,
            "counted_at": Now(),
        },
    )
    return standing


def standing_run(work_id: int) -> Run | None:
    """Return the run whose report stands for a work."""
    finished = Run.objects.filter(text__work=work_id, text__state="ready", state=Run.State.FINISHED)
    first = Case(When(engine=_FIRST, then=Value(0)), default=Value(1), output_field=IntegerField())
    return finished.order_by("-text_id", first, "-finished_at", "-pk").first()


def results_of(run: Run, work_id: int) -> dict[str, str]:
    """Return what stands for each variable and, under "score", the documentation score."""
    results: dict[str, str] = dict(FindingRow.objects.filter(run=run).order_by("pk").values_list("variable", "result"))
    upheld = Answer.objects.filter(work=work_id, state=Answer.State.UPHELD).order_by("pk")
    results.update(upheld.values_list("variable", "result"))
    return scored(results)


def scored(results: dict[str, str]) -> dict[str, str]:
    """Return results with the score; of theory the seven scored variables do not apply."""
    if results.get(Variable.RESEARCH_TYPE.value) == THEORETICAL:
        return results | {variable.value: NOT_APPLICABLE for variable in SCORED} | {"score": NOT_APPLICABLE}
    return results | {"score": str(sum(results.get(variable.value) == YES for variable in SCORED))}


def _cells(work_id: int) -> list[list[Any]]:
    work = Work.objects.values("publication_year", "source_id").get(pk=work_id)
    topics = WorkTopic.objects.filter(work=work_id).order_by("topic_id").values_list("topic_id", flat=True)
    places = AuthorshipInstitution.objects.filter(authorship__work=work_id).order_by("institution_id")
    return [
        ["all", 0],
        ["year", work["publication_year"] or 0],
        ["venue", work["source_id"] or 0],
        *(["topic", key] for key in topics),
        *(["institution", key] for key in places.values_list("institution_id", flat=True).distinct()[:MOST_PLACES]),
    ]


def recount(*, limit: int, every: bool = False) -> int:
    """Derive anew what was counted longest ago, since imports change years, venues and topics; return how many works that were."""
    due = Standing.objects.order_by("counted_at", "pk")
    if not every:
        due = due.filter(counted_at__lt=Now() - RECOUNTED)
    keys = list(due.values_list("pk", flat=True)[:limit])
    for key in keys:
        stand_anew(key)
    return len(keys)
