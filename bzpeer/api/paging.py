"""Pages of a list: numbered, at most 100 rows each, and bounded in depth and in what counting may cost."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from bzpeer.api import parameters
from bzpeer.api.problems import BadParameter

DEFAULT_SIZE, LARGEST_SIZE = 25, 100
DEEPEST = 10_000
"""Rows that paging reaches and counting counts; who needs more narrows the filter or takes the snapshot."""

Row = TypeVar("Row", bound=Model)


class BoundedPages(BasePagination):
    """`page` and `page_size`; the answer says how many there are and where the neighbours of this page stand."""

    def paginate_queryset(self, queryset: QuerySet[Row], request: Request, view: APIView | None = None) -> list[Row]:  # type: ignore[override]  # always a page
        plain = request._request
        self.size = parameters.number(plain, "page_size", least=1, most=LARGEST_SIZE) or DEFAULT_SIZE
        deepest = DEEPEST // self.size
        self.page = parameters.number(plain, "page", least=1, most=10**9) or 1
        if self.page > deepest:
            raise BadParameter("page", f"Paging ends at {DEEPEST:,} rows, page {deepest} of this size; narrow the list with a filter.")
        self.count = queryset.order_by().values("pk")[: DEEPEST + 1].count()
        start = (self.page - 1) * self.size
        self.address = request.build_absolute_uri()
        return list(queryset[start : start + self.size])

    def get_paginated_response(self, data: Any) -> Response:
        reachable = min(self.count, DEEPEST)
        return Response(
            {
                "count": reachable,
                "count_is_at_least": self.count > DEEPEST,
                "next": self._neighbour(self.page + 1) if self.page * self.size < reachable else None,
                "previous": self._neighbour(self.page - 1) if self.page > 1 else None,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "count_is_at_least", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": f"rows in the list, counted up to {DEEPEST:,}"},
                "count_is_at_least": {"type": "boolean"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> Sequence[dict[str, Any]]:  # type: ignore[override]  # the stubs say list
        return [
            _parameter("page", 1, DEEPEST, 1, f"Paging ends after {DEEPEST:,} rows"),
            _parameter("page_size", 1, LARGEST_SIZE, DEFAULT_SIZE, "Rows a page"),
        ]

    def _neighbour(self, page: int) -> str:
        return replace_query_param(self.address, "page", page)


def _parameter(name: str, least: int, most: int, default: int, words: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
