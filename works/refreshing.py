"""Keeping records fresh: once a day an import that asks OpenAlex again of the records that need it most.

It is an ordinary import run, so it can be watched, stopped and gone on with; its requests come out of the day's budget
(`works.budget`). A day is one of the database's clock in UTC and belongs to one run, however many schedulers there are;
after days without any, one run catches up.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from works.models import ImportRun, RefreshDay
from works.runs import ask_for
from works.sources.openalex_api import AUTHORS_PER_REQUEST, PER_PAGE

FRESH_FOR = timedelta(hours=20)
"""Records of people who are followed or claimed are asked of again after this."""
STALE_AFTER = timedelta(days=30)
YEARS_BACK = 2
"""New works are looked for among those published since so many years before this one; older ones are asked of by id."""

_FIRST = """
    SELECT r.openalex_id FROM researchers_researcher r LEFT JOIN works_upstreamrecord u ON u.key = 'openalex:' || r.openalex_id
    WHERE r.id = ANY(%(first)s) AND r.openalex_id IS NOT NULL AND u.gone_at IS NULL
          AND (u.imported_at IS NULL OR u.imported_at < now() - %(fresh)s)
    ORDER BY u.imported_at NULLS FIRST, r.id LIMIT %(most)s
"""
_THEIR_WORKS = """
    SELECT u.key FROM works_upstreamrecord u JOIN works_work w ON 'openalex:' || w.openalex_id = u.key
    WHERE w.id IN (SELECT work_id FROM works_authorship WHERE researcher_id = ANY(%(first)s))
          AND u.gone_at IS NULL AND u.imported_at < now() - %(fresh)s
    ORDER BY u.imported_at, u.id LIMIT %(most)s
"""
_STALEST = """
    SELECT key FROM works_upstreamrecord
    WHERE key LIKE %(like)s AND gone_at IS NULL AND imported_at < now() - %(stale)s AND NOT key = ANY(%(others)s)
    ORDER BY imported_at, id LIMIT %(most)s
"""


def begin_today(*, first: Sequence[int]) -> ImportRun | None:
    """Write down today's run, which asks of the researchers `first` (own keys), then of works on their pages, then of the stalest.

    None if the day has its run, an earlier one is still open, everything is fresh or the budget is 0.
    """
    if settings.OPENALEX_DAILY_BUDGET <= 0:
        return None
    with transaction.atomic():
        today = _todays_slot()
        if today.run_id is not None or _is_one_open():
            return None
        authors, works = _due(list(first), settings.OPENALEX_DAILY_BUDGET)
        if not authors and not works:
            return None
        run = ask_for(provider="openalex", refresh=True, authors=authors, works=works, from_year=today.day.year - YEARS_BACK)
        RefreshDay.objects.filter(pk=today.pk).update(run=run)
    return run


def _todays_slot() -> RefreshDay:
    """Return today's row, locked until the transaction ends: of two schedulers the second waits and sees the first one's run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO works_refreshday (day) VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date) "
            "ON CONFLICT (day) DO UPDATE SET day = excluded.day RETURNING id"
        )
        (found,) = cursor.fetchone()
    return RefreshDay.objects.select_for_update().get(pk=found)


def _is_one_open() -> bool:
    open_states = (ImportRun.State.QUEUED, ImportRun.State.RUNNING, ImportRun.State.PAUSED)
    return ImportRun.objects.filter(provider="openalex", state__in=open_states, parameters__refresh=True).exists()


def _due(first: list[int], budget: int) -> tuple[list[str], list[str]]:
    """Return ids of authors and works that about `budget` requests can bring, the most needed first."""
    most_authors = AUTHORS_PER_REQUEST * max(1, budget // 4)
    most_works = PER_PAGE * max(1, budget // 3)
    authors = _keys(_FIRST, first=first, fresh=FRESH_FOR, most=most_authors)
    works = _keys(_THEIR_WORKS, first=first, fresh=FRESH_FOR, most=most_works)
    works += _stalest("openalex:W%", works, most_works - len(works))
    authors += _stalest("openalex:A%", authors, most_authors - len(authors))
    return [_bare(key) for key in authors], [_bare(key) for key in works]


def _stalest(like: str, others: list[str], most: int) -> list[str]:
    known = [f"openalex:{_bare(key)}" for key in others]
    return _keys(_STALEST, like=like, stale=STALE_AFTER, others=known, most=most) if most > 0 else []


def _keys(question: str, **values: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return [key for (key,) in cursor.fetchall()]


def _bare(key: str) -> str:
    return key.rpartition(":")[2]
