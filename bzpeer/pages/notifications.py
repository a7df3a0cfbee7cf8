"""What a member should know, and what they want to be told."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bzpeer.accounts.models import Notification, User
from bzpeer.accounts.notices import KINDS, MOST_COUNTED, choose, heading_of, mark_read, notices_of, unread_count, wants
from bzpeer.pages.members import member

PER_PAGE = 40


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """List a member's notices, newest first."""
    page = Paginator(notices_of(member(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications/notifications.html", {"page": page, "unread": unread_count(member(request))})


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    mark_read(member(request))
    return redirect("notifications")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_notice(request: HttpRequest, key: int) -> HttpResponse:
    """Mark a notice as read and go where it leads. Another member's notice is not found.

    A GET marks as well: it is the member's own click, and all it changes is how the notice looks.
    """
    notice = get_object_or_404(Notification, pk=key, user=member(request))
    mark_read(member(request), notice_id=notice.pk)
    return redirect(notice.url)


class NoticesForm(forms.Form):
    """Two boxes for each kind of notice."""

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's many optional arguments are passed on
        for kind, known in KINDS.items():
            for channel in ("page", "mail"):
                self.fields[f"{kind}-{channel}"] = forms.BooleanField(
                    required=False,
                    initial=wants(user, kind, "page" if channel == "page" else "mail"),
                    disabled=known.is_fixed and channel == "page",
                )

    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Return what each row of the table shows."""
        return [(known.label, self[f"{kind}-page"], self[f"{kind}-mail"]) for kind, known in KINDS.items()]

    def choices(self) -> dict[str, dict[str, bool]]:
        """Return what was chosen, in the shape of `User.notice_choices`."""
        return {kind: {channel: self.cleaned_data[f"{kind}-{channel}"] for channel in ("page", "mail")} for kind in KINDS}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show a member's settings; POST stores which notices they want."""
    form = NoticesForm(request.POST or None, user=member(request))
    if request.method == "POST" and form.is_valid():
        choose(member(request), form.choices())
        messages.success(request, "Your choices are stored.")
        return redirect("settings")
    return render(request, "settings/settings.html", {"form": form})


def unread_notices(request: HttpRequest) -> dict[str, object]:
    """Give every page of a member what its header shows: new notices, and a moderator's way to the queues (a context processor)."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    count, moderates = heading_of(user)
    return {"unread_notices": f"{MOST_COUNTED}+" if count > MOST_COUNTED else count, "moderates": moderates}
