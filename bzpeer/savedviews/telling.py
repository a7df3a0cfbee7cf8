"""A kept picture as data, for the API and for the file its owner takes away."""

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from bzpeer.accounts.models import User
from bzpeer.savedviews.models import SavedView


def told(view: SavedView, viewer: User | AnonymousUser) -> dict[str, object]:
    """Return a view as the contract spells it. Who made it is told to nobody."""
    return {
        "id": view.pk,
        "name": view.name,
        "note": view.note,
        "is_public": view.is_public,
        "focus": view.focus,
        "state": view.state,
        "is_own": view.owner_id == viewer.pk,
        "url": reverse("saved_view", args=[view.pk]),
        "created_at": view.created_at,
        "changed_at": view.changed_at,
    }
