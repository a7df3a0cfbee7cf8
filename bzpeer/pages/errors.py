"""What a visitor sees when something is not there, not allowed or broken. Named as handlers in bzpeer/urls.py."""

import re
import sys
from urllib.parse import unquote

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from redis import RedisError

AGAIN_IN = 60
"""Seconds after which a browser may ask again."""
_LONGEST_GUESS = 100
_FOREIGN = re.compile(r"^(?:orcid|openalex|doi|arxiv):", re.IGNORECASE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Offer the search, filled with the words of the address that led nowhere."""
    return render(request, "404.html", {"guess": words_of(request.path)}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the page is not for this visitor."""
    return render(request, "403.html", status=403)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do about a form whose token is missing or too old (settings.CSRF_FAILURE_VIEW)."""
    return render(request, "403.html", {"was_form": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer without looking at the request again: it is what could not be read."""
    return HttpResponse(render_to_string("400.html"), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without database, session or build: any of them may be what broke.

    A database that is away or has no room is no fault of a page: 503, and when to come again. Nor is a cache that is away:
    pages do without it, but a login that nobody counts is refused.
    """
    if isinstance(sys.exc_info()[1], OperationalError | RedisError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(AGAIN_IN)})
    return HttpResponse(render_to_string("500.html"), status=500)


def words_of(path: str) -> str:
    """Return the words of an address worth searching for: "/works/99/quantum-walks/" gives "quantum walks"."""
    parts = [part for part in unquote(path, errors="ignore").replace("\x00", "").split("/") if part and not part.isdigit()][1:]
    words = " ".join(part if _FOREIGN.match(part) else part.replace("-", " ") for part in parts)
    return _FOREIGN.sub("", words).strip()[:_LONGEST_GUESS]
