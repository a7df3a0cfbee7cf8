"""The portal's mail, for staff: the messages kept without a mail server, or those on their way to one."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bzpeer.accounts.mail import kept_messages
from bzpeer.accounts.models import OutgoingMail
from bzpeer.accounts.outbox import send_again

SHOWN = 100


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the newest messages; to anyone but staff the page does not exist."""
    if not request.user.is_staff:
        raise Http404
    if settings.EMAIL_BACKEND.endswith("KeepingEmailBackend"):
        return render(request, "outbox/outbox.html", {"messages_kept": kept_messages()})
    unsent = Q(state__in=(OutgoingMail.State.QUEUED, OutgoingMail.State.FAILED))
    newest = OutgoingMail.objects.defer("content").order_by("-pk")
    return render(request, "outbox/outgoing.html", {"unsent": newest.filter(unsent)[:SHOWN], "sent": newest.exclude(unsent)[:SHOWN]})


@require_POST
def send_message_again(request: HttpRequest, key: int) -> HttpResponse:
    """Let a message that was given up be tried anew."""
    if not request.user.is_staff:
        raise Http404
    if send_again(get_object_or_404(OutgoingMail, pk=key)):
        messages.success(request, "The message is waiting to be sent.")
    return redirect("outbox")
