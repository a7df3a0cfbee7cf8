"""Who is asking, for pages behind a login."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from bzpeer.accounts.models import User
from bzpeer.accounts.queries import is_moderator


def is_staff(request: HttpRequest) -> bool:
    """Tell whether the visitor works for this portal."""
    return isinstance(request.user, User) and request.user.is_staff


def member(request: HttpRequest) -> User:
    """Return the logged-in member. Raises TypeError on a page that forgot to require a login."""
    if not isinstance(request.user, User):
        raise TypeError("This page needs a member; put login_required before it.")
    return request.user


def moderators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send a visitor to log in and refuse a member who is no moderator."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_moderator(request.user):
            raise PermissionDenied("Only moderators see this page.")
        return view(request, *args, **kwargs)

    return guarded
