"""/api/v1/graph/slice/: the neighbourhood of a record, for every picture and table."""

import hashlib
import re
from typing import TypedDict
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api import parameters
from bzpeer.api.problems import PROBLEMS, BadParameter
from bzpeer.typesetting import plain
from graph.filters import KINDS, Ref
from graph.parts import Edge, Named, Node, Slice
from graph.relations import EDGE_KINDS
from graph.slices import HUBS, MOST_FOCI, MOST_HUBS, MOST_KNOWN, MOST_RADIUS, UnknownFocus, slice_around

ADDRESS = "/api/v1/graph/slice/"
DEFAULT_LIMIT = 150
MOST_WEIGHT, MOST_ONLY, MOST_TYPES = 10_000, 300, 20
_YEARS = (1000, 2200)
_TYPE = re.compile(r"[a-z][a-z-]{0,39}")


_NODE = inline_serializer(
    "SliceNode",
    {
        "id": serializers.CharField(help_text="kind:key, for example researcher:12"),
        "kind": serializers.ChoiceField(choices=KINDS),
        "label": serializers.CharField(),
        "weight": serializers.IntegerField(help_text="works here; for a work, citations here"),
        "url": serializers.CharField(help_text="its page"),
        "year": serializers.IntegerField(required=False, allow_null=True, help_text="works only"),
        "type": serializers.CharField(required=False, allow_blank=True, help_text="works only, for example article"),
        "level": serializers.IntegerField(required=False, min_value=0, max_value=5, help_text="researchers only: verification level"),
        "trust": serializers.IntegerField(required=False, min_value=0, max_value=100, help_text="researchers only"),
        "citations": serializers.IntegerField(required=False, help_text="works and researchers: citations by works here"),
        "topics": serializers.ListField(
            child=serializers.CharField(), required=False, help_text="works and researchers: up to 3 topics by id, strongest first"
        ),
        "institutions": serializers.ListField(
            child=serializers.CharField(), required=False, help_text="researchers: up to 2 institutions by id, latest first"
        ),
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
        "works": serializers.ListField(
            child=serializers.CharField(),
            required=False,
            help_text="collaborated: up to 3 works it rests on by id, newest first",
        ),
    },
    many=True,
)
_NAMED = inline_serializer(
    "SliceNamed",
    {
        "label": serializers.CharField(),
        "url": serializers.CharField(),
        "year": serializers.IntegerField(required=False, allow_null=True, help_text="works only"),
    },
)
_LEFT_OUT = inline_serializer(
    "SliceLeftOut",
    {
        "more": serializers.IntegerField(help_text="neighbours within the radius that were left out"),
        "at_least": serializers.BooleanField(help_text="true when there may be more than that"),
        "next": serializers.CharField(help_text="the request that brings them"),
    },
)
_SLICE = inline_serializer(
    "Slice",
    {
        "focus": serializers.CharField(help_text="the first focus"),
        "foci": serializers.ListField(child=serializers.CharField(), help_text="every focus, in the order asked"),
        "nodes": _NODE,
        "edges": _EDGE,
        "names": serializers.DictField(child=_NAMED, help_text="by id: what nodes and edges name and what is no node of this answer"),
        "edges_left_out": serializers.DictField(
            child=serializers.IntegerField(), help_text="by kind: edges among these nodes that were too many to tell; the weakest"
        ),
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
    types: tuple[str, ...]
    min_weight: int
    topic: int | None
    institution: int | None
    only: tuple[int, ...]
    known: frozenset[Ref]


_YEAR = {"type": "integer", "minimum": _YEARS[0], "maximum": _YEARS[1]}
_PARAMETERS = [
    OpenApiParameter(
        "focus",
        str,
        many=True,
        explode=True,
        required=True,
        description=f"A record, e.g. researcher:12; several as a comma list or by repeating it, at most {MOST_FOCI}",
    ),
    OpenApiParameter(
        "radius",
        {"type": "integer", "minimum": 1, "maximum": MOST_RADIUS, "default": 1},
        description="Steps from the focus; further out than the first step only people and works are followed",
    ),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 300, "default": DEFAULT_LIMIT}, description="Nodes at most"),
    OpenApiParameter("kinds", str, description="Comma list of work, researcher, topic, institution; all by default"),
    OpenApiParameter("year_from", _YEAR, description="Works since, collaborations and affiliations that lasted until then or longer"),
    OpenApiParameter("year_to", _YEAR, description="Works until, collaborations and affiliations that had begun by then"),
    OpenApiParameter("types", str, description="Comma list of types of works, e.g. article,preprint"),
    OpenApiParameter(
        "min_weight",
        {"type": "integer", "minimum": 1, "maximum": MOST_WEIGHT, "default": 1},
        description="Collaborations of at least so many works together",
    ),
    OpenApiParameter("topic", str, description="Only works about this topic and people with such a work, e.g. topic:3"),
    OpenApiParameter("institution", str, description="Only people and works of this institution, e.g. institution:5"),
    OpenApiParameter("only", str, description=f"Comma list of at most {MOST_ONLY} researchers: only these people and their works"),
    OpenApiParameter("known", str, description="Comma list of records on screen already, work:1,2,topic:3; only what is new is answered"),
]


class SliceView(APIView):
    """Answers with the bounded neighbourhood of records. The same data gives the same bytes and ETag."""

    authentication_classes = ()

    @extend_schema(
        operation_id="graph_slice",
        summary="The strongest neighbourhood of one record or several",
        description="Nodes strongest first, every kind represented; `truncated` says per kind how many neighbours within the radius were "
        "left out and the request that brings them. With `known` the answer holds what is new, and its edges to what is known.",
        parameters=_PARAMETERS,
        responses={200: _SLICE, 304: OpenApiResponse(description="Unchanged (If-None-Match)"), **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        parameters.check_query(request._request, repeatable=("focus",))
        return self._answer(request._request)

    @extend_schema(
        operation_id="graph_slice_long",
        summary="The same for a question too long for an address",
        description="Takes the parameters of the GET as a form. It changes nothing; more than some 400 known records need it.",
        parameters=[],
        request={
            "application/x-www-form-urlencoded": inline_serializer(
                "SliceQuestion",
                {"focus": serializers.CharField(), "known": serializers.CharField(required=False)},
            )
        },
        responses={200: _SLICE, **PROBLEMS},
    )
    def post(self, request: Request) -> HttpResponseBase:
        asked = request._request
        length = asked.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length[:20]) > parameters.LONGEST_QUERY:
            raise BadParameter("query", f"The question is longer than {parameters.LONGEST_QUERY:,} characters.")
        asked.META["QUERY_STRING"] = asked.body.decode("ascii", "replace")
        asked.GET = QueryDict(asked.META["QUERY_STRING"])
        parameters.check_query(asked, repeatable=("focus",))
        return self._answer(asked)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        foci, asked = foci_of(request), asked_of(request)
        try:
            found = slice_around(*foci, **asked)
        except UnknownFocus as error:
            raise NotFound(str(error)) from error
        return cacheable(request, msgspec.json.encode(shape(found, asked)))


def foci_of(request: HttpRequest) -> list[Ref]:
    """Read `focus`; raises BadParameter."""
    foci = parameters.ref_list(request, "focus", most=MOST_FOCI)
    if not foci:
        raise BadParameter("focus", "Name a record, for example researcher:12.")
    if sum(kind in HUBS for kind, _ in foci) > MOST_HUBS:
        raise BadParameter("focus", f"Name at most {MOST_HUBS} topics and institutions.")
    return foci


def asked_of(request: HttpRequest) -> Asked:
    """Read the parameters; raises BadParameter."""
    only = parameters.ref_list(request, "only", most=MOST_ONLY)
    if any(kind != "researcher" for kind, _ in only):
        raise BadParameter("only", "Name researchers, for example researcher:12,13.")
    return Asked(
        radius=parameters.number(request, "radius", least=1, most=MOST_RADIUS) or 1,
        limit=parameters.number(request, "limit", least=1, most=settings.SLICE_MAX_NODES) or DEFAULT_LIMIT,
        kinds=parameters.choices(request, "kinds", allowed=KINDS),
        year_from=parameters.number(request, "year_from", least=_YEARS[0], most=_YEARS[1]),
        year_to=parameters.number(request, "year_to", least=_YEARS[0], most=_YEARS[1]),
        types=_types(request),
        min_weight=parameters.number(request, "min_weight", least=1, most=MOST_WEIGHT) or 1,
        topic=parameters.own_key(request, "topic", kind="topic"),
        institution=parameters.own_key(request, "institution", kind="institution"),
        only=tuple(key for _, key in only),
        known=parameters.refs(request, "known", most=MOST_KNOWN),
    )


def _types(request: HttpRequest) -> tuple[str, ...]:
    text = request.GET.get("types", "").strip(", ")
    types = tuple(part.strip() for part in text.split(",")) if text else ()
    if len(types) > MOST_TYPES or not all(map(_TYPE.fullmatch, types)):
        raise BadParameter("types", f"Give at most {MOST_TYPES} types of works, for example article,preprint.")
    return types


def shape(found: Slice, asked: Asked) -> dict[str, object]:
    """Return the slice as the contract spells it (tests/shapes/slice.json)."""
    return {
        "focus": _name(found.focus),
        "foci": [_name(ref) for ref in found.foci],
        "nodes": [_node(node) for node in found.nodes],
        "edges": [_edge(edge) for edge in found.edges],
        "names": {name: _named(named) for name, named in found.names.items()},
        "edges_left_out": dict(found.edges_left_out),
        "truncated": {
            kind: {"more": left.more, "at_least": left.at_least, "next": _next(found, asked, kind)}
            for kind, left in found.truncated.items()
        },
    }


def _node(node: Node) -> dict[str, object]:
    own: dict[str, object] = {"id": node.id, "kind": node.kind, "label": plain(node.label), "weight": node.weight}
    own["url"] = record_address(node.kind, node.key, node.label)
    if node.kind == "work":
        own |= {"year": node.year, "type": node.type, "citations": node.citations, "topics": node.topics}
    elif node.kind == "researcher":
        own |= {"level": node.level, "trust": node.trust, "citations": node.citations}
        own |= {"topics": node.topics, "institutions": node.institutions}
    return own | {"degree": node.degree, "x": node.x, "y": node.y}


def _edge(edge: Edge) -> dict[str, object]:
    own: dict[str, object] = {"source": edge.source, "target": edge.target, "kind": edge.kind, "weight": edge.weight}
    if edge.first_year is not None:
        own |= {"first_year": edge.first_year, "last_year": edge.last_year}
    if edge.kind == "collaborated":
        own["works"] = edge.works
    return own


def _named(named: Named) -> dict[str, object]:
    own: dict[str, object] = {"label": plain(named.label), "url": record_address(named.kind, named.key, named.label)}
    return own | ({"year": named.year} if named.kind == "work" else {})


def _next(found: Slice, asked: Asked, kind: str) -> str:
    """Return the request for more neighbours of one kind; everything on screen is named as known."""
    known = asked["known"] | {(node.kind, node.key) for node in found.nodes}
    around = parameters.comma_list(found.truncated[kind].foci)
    query = {"focus": around, "radius": 1, "limit": asked["limit"], "kinds": kind, **filters_of(asked)}
    return f"{ADDRESS}?{urlencode({**query, 'known': parameters.comma_list(sorted(known)[:MOST_KNOWN])}, safe=':,')}"


def filters_of(asked: Asked) -> dict[str, object]:
    """Return the filters as parameters of an address; those that filter nothing are left out."""
    filters: dict[str, object] = {name: asked[name] for name in ("year_from", "year_to", "topic", "institution") if asked[name] is not None}
    if asked["types"]:
        filters["types"] = ",".join(asked["types"])
    if asked["min_weight"] > 1:
        filters["min_weight"] = asked["min_weight"]
    if asked["only"]:
        filters["only"] = parameters.comma_list(("researcher", key) for key in asked["only"])
    return filters


def _name(ref: Ref) -> str:
    return f"{ref[0]}:{ref[1]}"


def cacheable(request: HttpRequest, body: bytes) -> HttpResponseBase:
    """Answer 304 when the caller has these bytes. Browsers keep a copy but ask each time."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    fresh = HttpResponse(body, content_type="application/json", headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=etag, response=fresh) or fresh
