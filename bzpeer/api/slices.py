"""/api/v1/graph/slice/: the neighbourhood of a record, for every picture and table."""

import hashlib
from typing import TypedDict
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api import parameters
from bzpeer.api.problems import PROBLEMS
from bzpeer.typesetting import plain
from graph.relations import EDGE_KINDS
from graph.slices import KINDS, MOST_KNOWN, MOST_RADIUS, Edge, Node, Slice, UnknownFocus, slice_around

ADDRESS = "/api/v1/graph/slice/"
DEFAULT_LIMIT = 150
_YEARS = (1000, 2200)


_NODE = inline_serializer(
    "SliceNode",
    {
        "id": serializers.CharField(help_text="kind:key, for example researcher:12"),
        "kind": serializers.ChoiceField(choices=KINDS),
        "label": serializers.CharField(),
        "weight": serializers.IntegerField(help_text="works here; for a work, citations here"),
        "url": serializers.CharField(help_text="its page"),
        "year": serializers.IntegerField(required=False, allow_null=True, help_text="works only"),
        "level": serializers.IntegerField(required=False, min_value=0, max_value=5, help_text="researchers only: verification level"),
        "trust": serializers.IntegerField(required=False, min_value=0, max_value=100, help_text="researchers only"),
        "degree": serializers.IntegerField(help_text="its edges in this slice"),
        "x": serializers.FloatField(help_text="a starting position within -1 and 1"),
        "y": serializers.FloatField(help_text="the same, upwards"),
    },
    many=True,
)
_EDGE = inline_serializer(
    "SliceEdge",
    {
        "source": serializers.CharField(help_text="for cites: the citing work"),
        "target": serializers.CharField(),
        "kind": serializers.ChoiceField(choices=EDGE_KINDS),
        "weight": serializers.FloatField(help_text="works together, years at the institution, a topic's score, else 1"),
        "first_year": serializers.IntegerField(required=False),
        "last_year": serializers.IntegerField(required=False),
    },
    many=True,
)
_LEFT_OUT = inline_serializer(
    "SliceLeftOut",
    {
        "more": serializers.IntegerField(help_text="neighbours of the focus that were left out"),
        "at_least": serializers.BooleanField(help_text="true when counting stopped early"),
        "next": serializers.CharField(help_text="the request that brings them"),
    },
)
_SLICE = inline_serializer(
    "Slice",
    {
        "focus": serializers.CharField(),
        "nodes": _NODE,
        "edges": _EDGE,
        "truncated": serializers.DictField(child=_LEFT_OUT, help_text="by kind"),
    },
)


class Asked(TypedDict):
    """The readable parameters of a slice, as `slice_around` takes them."""

    radius: int
    limit: int
    kinds: tuple[str, ...]
    year_from: int | None
    year_to: int | None
    known: frozenset[tuple[str, int]]


class SliceView(APIView):
    """Answers with the bounded neighbourhood of one record. The same data gives the same bytes and ETag."""

    authentication_classes = ()

    @extend_schema(
        operation_id="graph_slice",
        summary="The strongest neighbourhood of a record",
        description="Nodes strongest first, every kind represented; `truncated` says per kind how many neighbours of the focus were "
        "left out and the request that brings them.",
        parameters=[
            OpenApiParameter("focus", str, required=True, description="A record, e.g. researcher:12"),
            OpenApiParameter("radius", {"type": "integer", "minimum": 1, "maximum": MOST_RADIUS, "default": 1}),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 300, "default": DEFAULT_LIMIT}),
            OpenApiParameter("kinds", str, description="Comma list of work, researcher, topic, institution; all by default"),
            OpenApiParameter("year_from", {"type": "integer", "minimum": _YEARS[0], "maximum": _YEARS[1]}),
            OpenApiParameter("year_to", {"type": "integer", "minimum": _YEARS[0], "maximum": _YEARS[1]}),
            OpenApiParameter(
                "known", str, description="Comma list of records on screen already, work:1,2,topic:3; only what is new is answered"
            ),
        ],
        responses={200: _SLICE, 304: OpenApiResponse(description="Unchanged (If-None-Match)"), **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        parameters.check_query(request._request)
        focus, asked = parameters.one_ref(request._request, "focus"), asked_of(request._request)
        try:
            found = slice_around(focus, **asked)
        except UnknownFocus as error:
            raise NotFound(str(error)) from error
        body = msgspec.json.encode(shape(found, asked))
        return cacheable(request._request, body)


def asked_of(request: HttpRequest) -> Asked:
    """Read the parameters; raises BadParameter."""
    return Asked(
        radius=parameters.number(request, "radius", least=1, most=MOST_RADIUS) or 1,
        limit=parameters.number(request, "limit", least=1, most=settings.SLICE_MAX_NODES) or DEFAULT_LIMIT,
        kinds=parameters.choices(request, "kinds", allowed=KINDS),
        year_from=parameters.number(request, "year_from", least=_YEARS[0], most=_YEARS[1]),
        year_to=parameters.number(request, "year_to", least=_YEARS[0], most=_YEARS[1]),
        known=parameters.refs(request, "known", most=MOST_KNOWN),
    )


def shape(found: Slice, asked: Asked) -> dict[str, object]:
    """Return the slice as the contract spells it (tests/shapes/slice.json)."""
    return {
        "focus": _name(found.focus),
        "nodes": [_node(node) for node in found.nodes],
        "edges": [_edge(edge) for edge in found.edges],
        "truncated": {
            kind: {"more": left.more, "at_least": left.at_least, "next": _next(found, asked, kind)}
            for kind, left in found.truncated.items()
        },
    }


def _node(node: Node) -> dict[str, object]:
    own: dict[str, object] = {"id": node.id, "kind": node.kind, "label": plain(node.label), "weight": node.weight}
    own["url"] = record_address(node.kind, node.key, node.label)
    if node.kind == "work":
        own["year"] = node.year
    elif node.kind == "researcher":
        own |= {"level": node.level, "trust": node.trust}
    return own | {"degree": node.degree, "x": node.x, "y": node.y}


def _edge(edge: Edge) -> dict[str, object]:
    own: dict[str, object] = {"source": edge.source, "target": edge.target, "kind": edge.kind, "weight": edge.weight}
    if edge.first_year is not None:
        own |= {"first_year": edge.first_year, "last_year": edge.last_year}
    return own


def _next(found: Slice, asked: Asked, kind: str) -> str:
    """Return the request for more neighbours of one kind; everything on screen is named as known."""
    known = asked["known"] | {(node.kind, node.key) for node in found.nodes}
    years = {name: value for name, value in (("year_from", asked["year_from"]), ("year_to", asked["year_to"])) if value is not None}
    query = {"focus": _name(found.focus), "radius": 1, "limit": asked["limit"], "kinds": kind, **years}
    return f"{ADDRESS}?{urlencode({**query, 'known': parameters.comma_list(known)}, safe=':,')}"


def _name(ref: tuple[str, int]) -> str:
    return f"{ref[0]}:{ref[1]}"


def cacheable(request: HttpRequest, body: bytes) -> HttpResponseBase:
    """Answer 304 when the caller has these bytes. Browsers keep a copy but ask each time."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    fresh = HttpResponse(body, content_type="application/json", headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=etag, response=fresh) or fresh
