"""Lists of the admin over tables of any size."""

from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property

EXACT_UP_TO = 10_000


class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts exactly up to EXACT_UP_TO rows; beyond, a whole table by what PostgreSQL last counted, a part of it as at least so many."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or an estimate of it that costs nothing."""
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        counted = rows.order_by()[: EXACT_UP_TO + 1].count()
        if counted <= EXACT_UP_TO:
            return counted
        if rows.query.where:
            return EXACT_UP_TO
        with connections[rows.db].cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [f'"{rows.model._meta.db_table}"'])
            found = cursor.fetchone()
        return max(int(found[0]) if found else 0, counted)

    @cached_property
    def num_pages(self) -> int:
        """Return the pages of the first EXACT_UP_TO rows: nobody leafs further, and the way there grows with each page. Search leads on."""
        most: int = EXACT_UP_TO // self.per_page
        return min(super().num_pages, max(most, 1))
