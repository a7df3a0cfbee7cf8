"""/api/v1/graph/views/: the pictures of the explorer that members keep."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bzpeer.accounts.models import User
from bzpeer.api import parameters
from bzpeer.api.problems import CONTENT_TYPE, PROBLEMS, BadParameter
from bzpeer.savedviews.domain import MOST_VIEWS, ViewRefused, change_view, delete_view, save_view
from bzpeer.savedviews.models import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_NOTE, SavedView
from bzpeer.savedviews.queries import views_of, visible_views
from bzpeer.savedviews.telling import told

LONGEST_BODY = 64_000
_STATE = inline_serializer(
    "SavedViewState",
    {"address": serializers.CharField(max_length=LONGEST_ADDRESS, help_text='the query of the explorer\'s page, "?focus=researcher:12&…"')},
)
_FIELDS: dict[str, Any] = {
    "name": serializers.CharField(max_length=LONGEST_NAME),
    "note": serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True),
    "is_public": serializers.BooleanField(required=False, help_text="anybody may open and embed it; asks for a confirmed e-mail address"),
}
_VIEW = inline_serializer(
    "SavedView",
    {
        "id": serializers.IntegerField(),
        **_FIELDS,
        "focus": serializers.CharField(),
        "state": _STATE,
        "is_own": serializers.BooleanField(),
        "url": serializers.CharField(help_text="opens the picture"),
        "created_at": serializers.DateTimeField(),
        "changed_at": serializers.DateTimeField(),
    },
)
_NEW = inline_serializer("NewSavedView", {**_FIELDS, "state": _STATE})
_CHANGE = inline_serializer("SavedViewChange", {**_FIELDS, "name": serializers.CharField(required=False), "state": _STATE})
_REFUSED = {(403, CONTENT_TYPE): PROBLEMS[400, CONTENT_TYPE]}


class ViewListEndpoint(APIView):
    """A member's own pictures, the last changed first; and keeping another one."""

    http_method_names = ("get", "head", "post")

    @extend_schema(
        operation_id="saved_views",
        summary="Your saved views",
        responses={200: inline_serializer("SavedViews", {"results": serializers.ListField(child=serializers.DictField())}), **_REFUSED},
    )
    def get(self, request: Request) -> Response:
        parameters.check_query(request._request)
        user = _member(request)
        return Response({"results": [told(view, user) for view in views_of(user)[:MOST_VIEWS]]})

    @extend_schema(operation_id="save_view", summary="Save a view", request=_NEW, responses={201: _VIEW, **PROBLEMS, **_REFUSED})
    def post(self, request: Request) -> Response:
        user, given = _member(request), _given(request)
        for needed in ("name", "address"):
            if needed not in given:
                raise BadParameter("state" if needed == "address" else needed, "This is needed.")
        try:
            view = save_view(owner=user, **given)
        except ViewRefused as refusal:
            raise BadParameter(refusal.field, str(refusal)) from refusal
        return Response(told(view, user), status=201, headers={"Location": reverse("api_saved_view", args=[view.pk])})


class ViewEndpoint(APIView):
    """One picture: public ones are everybody's to read, private ones are there for their owner alone."""

    http_method_names = ("get", "head", "patch", "delete")

    @extend_schema(operation_id="saved_view", summary="A saved view", responses={200: _VIEW, **PROBLEMS})
    def get(self, request: Request, key: int) -> Response:
        parameters.check_query(request._request)
        return Response(told(_visible(request, key), request.user))

    @extend_schema(
        operation_id="change_view", summary="Change a saved view", request=_CHANGE, responses={200: _VIEW, **PROBLEMS, **_REFUSED}
    )
    def patch(self, request: Request, key: int) -> Response:
        user, view = _own(request, key)
        try:
            return Response(told(change_view(view, by=user, **_given(request)), user))
        except ViewRefused as refusal:
            raise BadParameter(refusal.field, str(refusal)) from refusal
        except SavedView.DoesNotExist as error:  # deleted meanwhile
            raise Http404("There is no such view.") from error

    @extend_schema(
        operation_id="delete_view",
        summary="Delete a saved view",
        responses={204: OpenApiResponse(description="Gone"), **PROBLEMS, **_REFUSED},
    )
    def delete(self, request: Request, key: int) -> Response:
        user, view = _own(request, key)
        delete_view(view, by=user)
        return Response(status=204)


def _member(request: Request) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied("Log in to keep views.")
    return request.user


def _visible(request: Request, key: int) -> SavedView:
    view = visible_views(request.user).filter(pk=key).first()
    if view is None:
        raise Http404("There is no such view.")
    return view


def _own(request: Request, key: int) -> tuple[User, SavedView]:
    view = _visible(request, key)
    if not isinstance(request.user, User) or view.owner_id != request.user.pk:
        # A public view may be read, so that it is there is no secret.
        raise PermissionDenied("This view is somebody else's.")
    return request.user, view


_TYPES: dict[str, type] = {"name": str, "note": str, "is_public": bool}
_TYPE_WORDS = {str: "a text", bool: "true or false"}


def _body(request: Request) -> Any:
    length = request._request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length[:20]) > LONGEST_BODY:
        raise BadParameter("body", f"Send at most {LONGEST_BODY:,} bytes.")
    try:
        return request.data
    except RecursionError as error:
        raise BadParameter("body", "This JSON is nested too deep.") from error


def _given(request: Request) -> dict[str, Any]:
    """Return what the body says, as the domain takes it. Raises BadParameter."""
    body = _body(request)
    if not isinstance(body, dict):
        raise BadParameter("body", "Send a JSON object.")
    if unknown := sorted(set(body) - {*_TYPES, "state", "focus"}):
        raise BadParameter(unknown[0][:40], "There is no such field.")
    given: dict[str, Any] = {}
    for name, of_type in _TYPES.items():
        if name in body:
            if not isinstance(body[name], of_type):
                raise BadParameter(name, f"Give {_TYPE_WORDS[of_type]}.")
            given[name] = body[name]
    if "state" in body:
        state = body["state"]
        if not isinstance(state, dict) or set(state) != {"address"} or not isinstance(state["address"], str):
            raise BadParameter("state", 'Give {"address": "?focus=…"}.')
        given["address"] = state["address"]
    return given
