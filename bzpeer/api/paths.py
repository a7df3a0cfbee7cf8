"""/api/v1/graph/path/: how two researchers, or two works, are connected."""

from typing import Any

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api import parameters
from bzpeer.api.problems import PROBLEMS, BadParameter
from bzpeer.api.slices import cacheable
from bzpeer.typesetting import plain
from graph.parts import Node
from graph.paths import (
    DEPTH,
    KINDS,
    MOST_AVOIDED,
    MOST_DEPTH,
    MOST_WAYS,
    Connection,
    Step,
    UnknownEnd,
    Way,
    connection_between,
)

MOST_AUTHORS = 1_000
"""Beyond the size of work that makes a collaboration the parameter changes nothing."""

REASONS = {
    "apart": "Everything that can be reached from one of them was looked at, and the other is not there.",
    "none_within": "There is no path of this many steps or fewer. There may be a longer one: ask with a greater depth.",
    "gave_up": "The search met its limit before it was certain. Ask for a smaller depth, or avoid somebody with very many co-authors.",
}

_WORK = inline_serializer(
    "PathWork",
    {
        "id": serializers.CharField(help_text="for example work:7"),
        "title": serializers.CharField(),
        "year": serializers.IntegerField(allow_null=True),
        "url": serializers.CharField(),
    },
    many=True,
)


def _nodes_and_edges() -> dict[str, Any]:
    return {
        "nodes": inline_serializer(
            "PathNode",
            {
                "id": serializers.CharField(help_text="kind:key, for example researcher:12"),
                "kind": serializers.ChoiceField(choices=KINDS),
                "label": serializers.CharField(),
                "weight": serializers.IntegerField(help_text="works here; for a work, citations here"),
                "url": serializers.CharField(help_text="its page"),
                "year": serializers.IntegerField(required=False, allow_null=True, help_text="works only"),
                "level": serializers.IntegerField(required=False, help_text="researchers only: verification level"),
                "trust": serializers.IntegerField(required=False, help_text="researchers only"),
            },
            many=True,
        ),
        "edges": inline_serializer(
            "PathEdge",
            {
                "source": serializers.CharField(help_text="the end nearer to the start of the path"),
                "target": serializers.CharField(),
                "relation": serializers.ChoiceField(
                    choices=("collaborated", "cites", "cited_by"), help_text="how the source stands to the target"
                ),
                "works": _WORK,
                "total": serializers.IntegerField(help_text="works together; `works` names the newest of them"),
                "first_year": serializers.IntegerField(allow_null=True),
                "last_year": serializers.IntegerField(allow_null=True),
            },
            many=True,
        ),
    }


_PATH = inline_serializer(
    "Path",
    {
        "from": serializers.CharField(),
        "to": serializers.CharField(),
        "length": serializers.IntegerField(allow_null=True, help_text="steps of the shortest path; null when none was found"),
        **_nodes_and_edges(),
        "alternatives": inline_serializer("PathAlternative", {"length": serializers.IntegerField(), **_nodes_and_edges()}, many=True),
        "searched": serializers.IntegerField(help_text="the depth that was searched"),
        "reason": serializers.ChoiceField(choices=tuple(REASONS), allow_null=True, help_text="why there is no path"),
        "detail": serializers.CharField(help_text="the same in a sentence; empty when there is a path"),
    },
)


class PathView(APIView):
    """Answers with the shortest path between two records. The same data gives the same bytes and ETag."""

    authentication_classes = ()

    @extend_schema(
        operation_id="graph_path",
        summary="The shortest path between two researchers or two works",
        description="Researchers are joined by works they wrote together (works of at most 50 authors), works by references. "
        "The path is a shortest one, the strongest of them; `alternatives` are the next ones: of the same length, then one step longer. "
        "Without a path the answer is 200 with `length` null, and `reason` says whether there is none at all (apart), none within the "
        "depth asked for (none_within), or the search met its limit (gave_up).",
        parameters=[
            OpenApiParameter("from", str, required=True, description="A researcher or work, e.g. researcher:12"),
            OpenApiParameter("to", str, required=True, description="Another one of the same kind"),
            OpenApiParameter(
                "alternatives",
                {"type": "integer", "minimum": 0, "maximum": MOST_WAYS, "default": 0},
                description="How many further paths to tell",
            ),
            OpenApiParameter(
                "avoid", str, many=True, explode=True, description=f"A record no path may pass; may be given up to {MOST_AVOIDED} times"
            ),
            OpenApiParameter(
                "max_authors",
                {"type": "integer", "minimum": 2, "maximum": MOST_AUTHORS},
                description="Researchers: leave out works with more authors",
            ),
            OpenApiParameter("depth", {"type": "integer", "minimum": 1, "maximum": MOST_DEPTH, "default": DEPTH}),
            OpenApiParameter(
                "directed",
                {"type": "integer", "enum": [0, 1], "default": 0},
                description="Works: 1 follows references only from the citing to the cited work",
            ),
        ],
        responses={200: _PATH, 304: OpenApiResponse(description="Unchanged (If-None-Match)"), **PROBLEMS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        parameters.check_query(request._request, repeatable=("avoid",))
        try:
            found = _found(request._request)
        except UnknownEnd as error:
            raise NotFound(str(error)) from error
        return cacheable(request._request, msgspec.json.encode(shape(found)))


def _found(request: HttpRequest) -> Connection:
    """Read the parameters and search. Raises BadParameter and UnknownEnd."""
    (kind, start), (other_kind, end) = parameters.one_ref(request, "from"), parameters.one_ref(request, "to")
    if kind not in KINDS:
        raise BadParameter("from", "A path joins two researchers or two works.")
    if other_kind != kind:
        raise BadParameter("to", f"A path joins two of the same kind; name a {kind}.")
    max_authors = parameters.number(request, "max_authors", least=2, most=MOST_AUTHORS)
    directed = parameters.number(request, "directed", least=0, most=1)
    if kind == "work" and max_authors is not None:
        raise BadParameter("max_authors", "This is for paths between researchers.")
    if kind == "researcher" and directed:
        raise BadParameter("directed", "This is for paths between works; a collaboration has no direction.")
    return connection_between(
        kind,
        start,
        end,
        alternatives=1 + (parameters.number(request, "alternatives", least=0, most=MOST_WAYS) or 0),
        avoid=_avoided(request, kind, {start, end}),
        max_authors=max_authors,
        depth=parameters.number(request, "depth", least=1, most=MOST_DEPTH) or DEPTH,
        directed=bool(directed),
    )


def _avoided(request: HttpRequest, kind: str, ends: set[int]) -> list[int]:
    named = parameters.refs(request, "avoid", most=MOST_AVOIDED)
    keys = {key for _, key in named}
    if any(of != kind for of, _ in named):
        raise BadParameter("avoid", f"Name only records of the path's kind, {kind}.")
    if keys & ends:
        raise BadParameter("avoid", "A path cannot avoid its own ends.")
    return sorted(keys)


def shape(found: Connection) -> dict[str, object]:
    """Return the path as the contract spells it (tests/shapes/path.json)."""
    start, end = found.ends
    best = _way(found.ways[0]) if found.ways else {"length": None, "nodes": [], "edges": []}
    return {
        "from": start.id,
        "to": end.id,
        **best,
        "alternatives": [_way(way) for way in found.ways[1:]],
        "searched": found.depth,
        "reason": found.reason or None,
        "detail": REASONS.get(found.reason, ""),
    }


def _way(way: Way) -> dict[str, object]:
    kind = way.nodes[0].kind
    return {
        "length": len(way.steps),
        "nodes": [_node(node) for node in way.nodes],
        "edges": [_edge(step, kind) for step in way.steps],
    }


def _node(node: Node) -> dict[str, object]:
    own: dict[str, object] = {"id": node.id, "kind": node.kind, "label": plain(node.label), "weight": node.weight}
    own["url"] = record_address(node.kind, node.key, node.label)
    return own | ({"year": node.year} if node.kind == "work" else {"level": node.level, "trust": node.trust})


def _edge(step: Step, kind: str) -> dict[str, object]:
    return {
        "source": f"{kind}:{step.source}",
        "target": f"{kind}:{step.target}",
        "relation": step.relation,
        "works": [
            {"id": f"work:{work.key}", "title": plain(work.title), "year": work.year, "url": record_address("work", work.key, work.title)}
            for work in step.works
        ],
        "total": step.total,
        "first_year": step.first_year,
        "last_year": step.last_year,
    }
