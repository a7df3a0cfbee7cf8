"""Lists of works that members keep."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from works.models import Work


@pghistory.track()
class Collection(models.Model):
    """A member's list of works: their own, or shared with everybody who has its address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections", db_index=False)
    name = models.TextField()
    description = models.TextField(default="", blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    changed_at = models.DateTimeField(db_default=Now(), help_text="when a work was last added or taken out")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="collection_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="collection_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectedWork(models.Model):
    """A work in a collection, with what its owner notes about it."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries", db_index=False)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="+")
    note = models.TextField(default="", blank=True)
    added_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "work"], name="work_collected_once")]
        indexes = [models.Index(fields=["collection", "-id"], name="collected_newest_first")]
