"""What this portal may ask by itself, without a person waiting for it: requests a day, counted by the database's clock in UTC."""

from django.conf import settings
from django.db import connection

from works.sources.http import Spent
from works.upstreams import openalex_allowance

KEPT_FOR_PEOPLE = 0.1
"""The share of OpenAlex's own allowance that is left to imports which people start."""
_AN_HOUR = 3600.0

_TODAY = "(clock_timestamp() AT TIME ZONE 'UTC')::date"
_SPEND = f"""
    INSERT INTO works_refreshday (day, requests) VALUES ({_TODAY}, 1)
    ON CONFLICT (day) DO UPDATE SET requests = works_refreshday.requests + 1 WHERE works_refreshday.requests < %s
    RETURNING requests
"""
_UNTIL_TOMORROW = """
    SELECT extract(epoch FROM date_trunc('day', now) + interval '1 day' - now)
    FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
"""


def spend() -> None:
    """Take one request out of today's budget, for good, also if the request then fails. Raises Spent if nothing is left."""
    limit = settings.OPENALEX_DAILY_BUDGET
    _refuse_where_upstream_grants_little()
    with connection.cursor() as cursor:
        if limit > 0:
            cursor.execute(_SPEND, [limit])
            if cursor.fetchone():
                return
        cursor.execute(_UNTIL_TOMORROW)
        (wait,) = cursor.fetchone()
    if limit <= 0:
        raise Spent("Keeping records fresh is switched off (OPENALEX_DAILY_BUDGET is 0).", retry_after=float(wait) + 1)
    raise Spent(
        f"Today's budget for keeping records fresh is used up ({limit:,} requests, OPENALEX_DAILY_BUDGET). It goes on tomorrow.",
        retry_after=float(wait) + 1,
    )


def _refuse_where_upstream_grants_little() -> None:
    known = openalex_allowance()
    if known is None:
        return
    now = _now()
    if known.is_low(now, share=KEPT_FOR_PEOPLE):
        left = f"{known.remaining:g}" + (f" of {known.limit:g}" if known.limit else "")
        raise Spent(
            f"OpenAlex grants {left} more until its allowance is renewed; that is kept for imports people start.",
            retry_after=max((known.resets_at or 0) - now, 60.0) if known.resets_at else _AN_HOUR,
        )


def _now() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


def spent_today() -> int:
    """Return how many requests of today's budget were spent."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT requests FROM works_refreshday WHERE day = {_TODAY}")
        found = cursor.fetchone()
    return found[0] if found else 0
