"""Answers moderators give again and again."""

import pghistory
from django.db import models
from django.db.models import Q


@pghistory.track()
class CannedAnswer(models.Model):
    """A text to begin with; whoever uses it may change it before it is sent."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", "accepting claims"
        CLAIM = "claim", "rejecting claims"
        QUESTION = "question", "questions to applicants"
        PROPOSAL = "proposal", "merges and splits"
        REPORT = "report", "reports"
        INVITATION = "invitation", "invitations"
        REMOVAL = "removal", "removal requests"

    kind = models.TextField(choices=Kind)
    title = models.CharField(max_length=80, help_text="what moderators choose by")
    text = models.TextField(max_length=2_000, help_text="what the person reads")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "title"], name="canned_answer_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="canned_answer_says_something"),
        ]

    def __str__(self) -> str:
        return self.title
