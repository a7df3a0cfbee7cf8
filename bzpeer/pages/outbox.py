"""The messages kept while no mail server is configured, for staff."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bzpeer.accounts.mail import kept_messages


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the newest kept messages; to anyone but staff the page does not exist."""
    if not request.user.is_staff or not settings.EMAIL_BACKEND.endswith("KeepingEmailBackend"):
        raise Http404
    return render(request, "outbox/outbox.html", {"messages_kept": kept_messages()})
