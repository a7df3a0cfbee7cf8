"""Which kept pictures somebody may see."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from bzpeer.accounts.models import User
from bzpeer.savedviews.models import SavedView


def views_of(user: User) -> QuerySet[SavedView]:
    """Return a member's own pictures, the last changed first."""
    return SavedView.objects.filter(owner=user).order_by("-changed_at", "-pk")


def visible_views(viewer: User | AnonymousUser) -> QuerySet[SavedView]:
    """Return the public pictures and the viewer's own; those of accounts that are closed are nobody's to see."""
    public = Q(is_public=True, owner__is_active=True)
    return SavedView.objects.filter(public | Q(owner=viewer) if isinstance(viewer, User) else public).order_by("pk")
