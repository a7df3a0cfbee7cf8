"""Kept pictures as staff see them: who made what public, and taking it away."""

from django.contrib import admin
from django.http import HttpRequest

from bzpeer.accounts.admin import LargeTableAdmin
from bzpeer.savedviews.models import SavedView


@admin.register(SavedView)
class SavedViewAdmin(LargeTableAdmin):
    """Nothing is changed in a member's name: staff can make a view private or delete it."""

    list_display = ("pk", "name", "owner", "is_public", "changed_at")
    list_select_related = ("owner",)
    fields = ("owner", "name", "note", "is_public", "focus", "created_at", "changed_at")
    readonly_fields = ("owner", "name", "note", "focus", "created_at", "changed_at")
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
