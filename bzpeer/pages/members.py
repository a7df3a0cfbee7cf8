"""Who is asking, for pages behind a login."""

from django.http import HttpRequest

from bzpeer.accounts.models import User


def member(request: HttpRequest) -> User:
    """Return the logged-in member. Raises TypeError on a page that forgot to require a login."""
    if not isinstance(request.user, User):
        raise TypeError("This page needs a member; put login_required before it.")
    return request.user
