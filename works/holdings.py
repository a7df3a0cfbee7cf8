"""What the portal holds as a whole: its size, what came last, what is worked on most."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from works.models import Topic, Work

_EXACT_UP_TO = 50_000
_TABLES = {
    "works": "works_work",
    "researchers": "researchers_researcher",
    "topics": "works_topic",
    "institutions": "researchers_institution",
}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A number of rows; above 50,000 it is the database's own estimate, refreshed as the table changes."""

    number: int
    is_estimate: bool


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """How many records of each kind there are."""

    works: Holding
    researchers: Holding
    topics: Holding
    institutions: Holding

    @property
    def is_empty(self) -> bool:
        return not (self.works.number or self.researchers.number)


def holdings() -> Holdings:
    """Return the size of the portal with one query that reads at most 50,000 index entries per kind."""
    counted = ", ".join(
        f"(SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {_EXACT_UP_TO + 1}) AS few),"
        f" (SELECT reltuples::bigint FROM pg_class WHERE oid = '{table}'::regclass)"
        for table in _TABLES.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counted}")
        row = cursor.fetchone() or ()
    pairs = zip(_TABLES, row[::2], row[1::2], strict=True)
    return Holdings(**{kind: _holding(counted, estimate) for kind, counted, estimate in pairs})


def newly_added() -> QuerySet[Work]:
    """Return works, the last ones that came in first, with their source."""
    return Work.objects.select_related("source").order_by("-pk")


def most_worked_on() -> QuerySet[Topic]:
    """Return topics by number of works."""
    return Topic.objects.filter(works_count__gt=0).order_by("-works_count", "pk")


def _holding(counted: int, estimate: int) -> Holding:
    if counted <= _EXACT_UP_TO:
        return Holding(number=counted, is_estimate=False)
    return Holding(number=max(estimate, counted), is_estimate=True)
