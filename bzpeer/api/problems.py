"""Errors of the API as problem details (RFC 9457): one shape for every endpoint, and no 500 for bad input."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from drf_spectacular.utils import inline_serializer
from psycopg import errors as database_errors
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import set_rollback

from works.locking import BUSY, ImportsBusy

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


_PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "errors": inline_serializer(
            "ParameterProblem", {"parameter": serializers.CharField(), "detail": serializers.CharField()}, many=True, required=False
        ),
    },
)
PROBLEMS = {(code, CONTENT_TYPE): _PROBLEM for code in (400, 404, 503)}
"""The answers every endpoint may give besides its own."""


class TooMuch(APIException):
    """The answer would take too long. Repeating the same request does not help; a narrower one does."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "This took too long. Ask for less: a smaller limit, a shorter span of years, fewer kinds."
    default_code = "too_much"


class Unavailable(APIException):
    """The database is away or has no room left. Repeating the request helps later."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database is away or has no room left. Nothing was saved; try again in a minute."
    default_code = "unavailable"
    wait = 60


class Busy(Unavailable):
    """An import is writing. Repeating the request helps in a moment."""

    default_detail = f"{BUSY} Nothing was saved."
    default_code = "busy"
    wait = 5


class BadParameter(ValidationError):
    """A query parameter that cannot be used: its name and a plain sentence."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__({parameter: [sentence]})


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer DRF's exceptions; None lets Django treat the unexpected ones (500, logged)."""
    known = _as_api_error(error)
    if known is None:
        return None
    set_rollback()
    headers = {}
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if challenge := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(problem(known.status_code, known.detail), status=known.status_code, headers=headers, content_type=CONTENT_TYPE)


def problem(code: int, detail: Any) -> dict[str, Any]:
    """Return the members of a problem: type, title, status, detail and, for bad parameters, errors."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code}
    if isinstance(detail, dict):
        body["errors"] = [
            {"parameter": name, "detail": str(sentence)}
            for name, sentences in detail.items()
            for sentence in (sentences if isinstance(sentences, list) else [sentences])
        ]
        body["detail"] = " ".join(f"{entry['parameter']}: {entry['detail']}" for entry in body["errors"])
    elif isinstance(detail, list):
        body["detail"] = " ".join(str(sentence) for sentence in detail)
    else:
        body["detail"] = str(detail)
    return body


def no_such_address(request: HttpRequest) -> JsonResponse:
    """Answer every address under /api/v1/ that no endpoint has."""
    detail = ErrorDetail("There is nothing at this address; /api/v1/docs/ lists what there is.")
    return JsonResponse(problem(404, detail), status=404, content_type=CONTENT_TYPE)


def _as_api_error(error: Exception) -> APIException | None:
    if isinstance(error, APIException):
        return error
    if isinstance(error, Http404):
        return NotFound(*error.args)
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, OperationalError):
        return _of_database(error)
    if isinstance(error, DataError):
        # A value no check refused and PostgreSQL does: still the request's fault, but worth a look.
        logger.warning("The database refused a value of a request: %s", error.__cause__.__class__.__name__)
        return ValidationError("A value in the request is out of range or not readable.")
    return None


def _of_database(error: OperationalError) -> APIException:
    if isinstance(error, ImportsBusy):
        return Busy()
    return TooMuch() if isinstance(error.__cause__, database_errors.QueryCanceled) else Unavailable()
