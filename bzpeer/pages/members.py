"""Who is asking, for pages behind a login."""

from django.http import HttpRequest

from bzpeer.accounts.models import User


def is_staff(request: HttpRequest) -> bool:
    """Tell whether the visitor works for this portal."""
    return isinstance(request.user, User) and request.user.is_staff


def member(request: HttpRequest) -> User:
    """Return the logged-in member. Raises TypeError on a page that forgot to require a login."""
    if not isinstance(request.user, User):
        raise TypeError("This page needs a member; put login_required before it.")
    return request.user
