"""Reads about collections. One that is not shared does not exist for anybody but its owner."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bzpeer.accounts.models import User
from bzpeer.collections.models import CollectedWork, Collection


def collections_of(user: User) -> QuerySet[Collection]:
    """Return a member's collections by name, with `works_count`."""
    return Collection.objects.filter(owner=user).annotate(works_count=Count("entries")).order_by("name", "pk")


def readable_collections(viewer: User | AnonymousUser) -> QuerySet[Collection]:
    """Return the collections somebody may read: their own and shared ones of members who are here."""
    shared = Q(is_shared=True, owner__is_active=True)
    mine = Q(owner=viewer) if isinstance(viewer, User) else Q(pk__in=[])
    return Collection.objects.filter(shared | mine).select_related("owner")


def collections_holding(work_id: int, user: User) -> QuerySet[Collection]:
    """Return a member's collections by name, each with `holds`: whether the work is in it."""
    held = CollectedWork.objects.filter(collection=OuterRef("pk"), work=work_id)
    return Collection.objects.filter(owner=user).annotate(holds=Exists(held)).order_by("name", "pk")


def entries_of(collection: Collection) -> QuerySet[CollectedWork]:
    """Return what is in a collection, the last added first, with works and their sources."""
    return CollectedWork.objects.filter(collection=collection).select_related("work", "work__source").order_by("-pk")
