"""Pictures of the explorer that members keep."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

LONGEST_NAME, LONGEST_NOTE, LONGEST_ADDRESS = 120, 2_000, 8_000


@pghistory.track(exclude=["state"])
class SavedView(models.Model):
    """The explorer as a member left it, under a name: for themselves, or for everybody who has the address.

    `state` holds what the explorer opens again: {"address": "?focus=researcher:12&…"}, the query of its page.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    name = models.TextField()
    note = models.TextField(default="", blank=True)
    is_public = models.BooleanField(default=False, help_text="anybody may open and embed it")
    focus = models.TextField(help_text="the record the picture begins with, e.g. researcher:12")
    state = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    changed_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & Q(LessThanOrEqual(Length("name"), LONGEST_NAME)), name="saved_view_has_a_name"),
            models.CheckConstraint(condition=LessThanOrEqual(Length("note"), LONGEST_NOTE), name="saved_view_note_bounded"),
            models.CheckConstraint(
                condition=Q(focus__regex=r"^(researcher|work|topic|institution):[1-9][0-9]{0,18}$"), name="saved_view_focus_shape"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="saved_views_of_member"),  # /explore/views/
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The query of the explorer's page, beginning with "?"."""
        return str(self.state["address"])
