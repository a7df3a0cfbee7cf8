"""Derived: who worked with whom."""

from django.db import models
from django.db.models import F, Q

from researchers.models import Researcher


class Collaboration(models.Model):
    """Two researchers share at least one work with at most settings.COLLABORATION_MAX_AUTHORS authors.

    Both directions are stored, so that a neighbourhood is one index range. `weight` is the sum over shared
    works of 1/(authors-1) (Newman, Phys. Rev. E 64, 016132, 2001).
    """

    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="collaborations", db_index=False)
    collaborator = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="+")
    works = models.PositiveIntegerField()
    first_year = models.SmallIntegerField(null=True)
    last_year = models.SmallIntegerField(null=True)
    weight = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["researcher", "collaborator"], name="collaboration_once"),
            models.CheckConstraint(condition=~Q(researcher=F("collaborator")), name="collaboration_of_two"),
        ]
        indexes = [
            # slices and "close collaborators": strongest first
            models.Index(F("researcher"), F("works").desc(), F("weight").desc(), F("collaborator"), name="collaboration_strongest"),
        ]
