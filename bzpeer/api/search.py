"""/api/v1/search/: one question over every kind of record, short answers."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bzpeer.addresses import KINDS, record_address
from bzpeer.api import parameters
from bzpeer.api.problems import PROBLEMS, BadParameter
from bzpeer.api.records import LONGEST_TEXT
from bzpeer.typesetting import plain
from researchers.queries import institutions_named, researchers_named
from works.queries import topics_named, works_titled

DEFAULT_LIMIT, LARGEST_LIMIT = 10, 25

_SEARCHES: dict[str, tuple[Callable[[str], QuerySet[Any]], str, str]] = {
    "researcher": (researchers_named, "display_name", "works_count"),
    "work": (works_titled, "title", "cited_by_count"),
    "topic": (topics_named, "display_name", "works_count"),
    "institution": (institutions_named, "display_name", "works_count"),
}
"""Per kind: the search, the column of the label and the column of the weight."""

_HIT = inline_serializer(
    "SearchHit",
    {
        "id": serializers.CharField(help_text="kind:key, as slices name records"),
        "kind": serializers.ChoiceField(choices=KINDS),
        "label": serializers.CharField(),
        "weight": serializers.IntegerField(help_text="works here; for a work, citations here"),
        "url": serializers.CharField(help_text="its page"),
        "year": serializers.IntegerField(required=False, allow_null=True, help_text="works only"),
    },
    many=True,
)


class SearchEndpoint(APIView):
    """The best matches of each kind."""

    authentication_classes = ()

    @extend_schema(
        operation_id="search",
        summary="Search every kind of record",
        description="Every word of the question begins a word of the name or title; accents, case and order do not matter. "
        "Names of researchers are also found in other scripts and common spellings, the form asked for first.",
        parameters=[
            OpenApiParameter("q", {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}, required=True),
            OpenApiParameter("kinds", str, description="Comma list of researcher, work, topic, institution; all by default"),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}),
        ],
        responses={
            200: inline_serializer("SearchAnswer", {"query": serializers.CharField(), "results": serializers.DictField(child=_HIT)}),
            **PROBLEMS,
        },
    )
    def get(self, request: Request) -> Response:
        plain = request._request
        parameters.check_query(plain)
        question = plain.GET.get("q", "").strip()
        if not 1 <= len(question) <= LONGEST_TEXT:
            raise BadParameter("q", f"Ask with 1 to {LONGEST_TEXT} characters.")
        kinds = parameters.choices(plain, "kinds", allowed=KINDS)
        limit = parameters.number(plain, "limit", least=1, most=LARGEST_LIMIT) or DEFAULT_LIMIT
        return Response({"query": question, "results": {kind: _hits(kind, question, limit) for kind in kinds}})


def _hits(kind: str, question: str, limit: int) -> list[dict[str, Any]]:
    search, label, weight = _SEARCHES[kind]
    columns = ["pk", label, weight, *(["publication_year"] if kind == "work" else [])]
    return [_hit(kind, *row) for row in search(question).values_list(*columns)[:limit]]


def _hit(kind: str, key: int, label: str, weight: int, *year: int | None) -> dict[str, Any]:
    name = label or "Untitled"
    hit = {"id": f"{kind}:{key}", "kind": kind, "label": plain(name), "weight": weight, "url": record_address(kind, key, name)}
    return hit | {"year": year[0]} if year else hit
