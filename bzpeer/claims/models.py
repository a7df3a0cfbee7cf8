"""Claims: who says a record is theirs, on which grounds, and what was decided."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from researchers.models import Researcher


@pghistory.track()
class Claim(models.Model):
    """A member's claim to a researcher record. The database allows one accepted claim per record."""

    class State(models.TextChoices):
        REVIEW = "review", "in review"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        WITHDRAWN = "withdrawn", "withdrawn"
        REVOKED = "revoked", "revoked"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    researcher = models.ForeignKey(Researcher, on_delete=models.PROTECT, related_name="claims")
    state = models.TextField(choices=State, default=State.REVIEW)
    reason = models.TextField(help_text="the applicant's own words")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decision_note = models.TextField(default="", blank=True, help_text="shown to the applicant")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["researcher"], condition=Q(state="accepted"), name="one_accepted_claim_per_record"),
            models.UniqueConstraint(
                fields=["user", "researcher"], condition=Q(state__in=["review", "accepted"]), name="one_open_claim_per_member_and_record"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["review", "withdrawn"]) | Q(decided_at__isnull=False), name="claim_decision_has_a_date"
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="claims_oldest_first")]  # the review queue

    def __str__(self) -> str:
        return f"Claim {self.pk}: {self.get_state_display()}"


@pghistory.track()
class OwnerProfile(models.Model):
    """What the owner of a record says about themselves. It shows only while a claim to the record stands."""

    researcher = models.OneToOneField(Researcher, on_delete=models.CASCADE, related_name="owner_profile")
    open_to_collaborate = models.BooleanField(default=False)
    open_for = models.TextField(default="", blank=True, help_text="what for, in the owner's words")
    interests = ArrayField(models.TextField(), default=list, blank=True, help_text="research interests, in the owner's words")
    links = models.JSONField(default=list, help_text='[{"label": "Home page", "url": "https://…"}]')
    hidden = ArrayField(models.TextField(), default=list, blank=True, help_text="parts of the profile only the owner sees")
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"What the owner of record {self.researcher_id} says"
