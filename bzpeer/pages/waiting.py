"""How long a page waits for an import that is writing: a few seconds, then it says so instead of hanging."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from works.locking import ImportsBusy, waiting_at_most

PATIENCE_SECONDS = 4.0
AGAIN_IN = 5
"""Seconds after which trying again makes sense: batches of an import take about one."""


class PatienceMiddleware:
    """Bound the wait of every request for imports, and answer 503 with a plain sentence when it was too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with waiting_at_most(PATIENCE_SECONDS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for ImportsBusy alone; whatever else went wrong is not this middleware's."""
        if not isinstance(exception, ImportsBusy):
            return None
        return HttpResponse(render_to_string("503.html", {"busy": str(exception)}), status=503, headers={"Retry-After": str(AGAIN_IN)})
