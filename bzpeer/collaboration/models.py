"""Invitations, conversations, messages, and reports about them."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from researchers.models import Researcher
from works.models import Topic, Work


@pghistory.track()
class Invitation(models.Model):
    """A member asks the owner of a record to work together: on what, why, and what would come next."""

    class State(models.TextChoices):
        REVIEW = "review", "waiting for a moderator"
        OPEN = "open", "waiting for an answer"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        EXPIRED = "expired", "expired"
        WITHDRAWN = "withdrawn", "withdrawn"
        REFUSED = "refused", "not passed on by a moderator"

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations_sent")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations_received")
    researcher = models.ForeignKey(
        Researcher, on_delete=models.CASCADE, related_name="invitations", help_text="the record it was sent through"
    )
    work = models.ForeignKey(Work, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.TextField(help_text="the work's title or topic's name when it was sent")
    purpose = models.TextField()
    next_step = models.TextField()
    state = models.TextField(choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    expires_at = models.DateTimeField(null=True, help_text="set when it reaches the recipient")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(default="", blank=True, help_text="the recipient's reason for declining, if they gave one")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, help_text="when a moderator passed it on, or did not")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "recipient"], condition=Q(state__in=["review", "open"]), name="one_open_invitation_per_pair"
            ),
            models.CheckConstraint(condition=~Q(sender=F("recipient")), name="invitation_not_to_oneself"),
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(next_step="") & ~Q(subject=""), name="invitation_says_what_and_why"),
            models.CheckConstraint(condition=~Q(state="open") | Q(expires_at__isnull=False), name="open_invitation_expires"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="invitations_received"),
            models.Index(fields=["sender", "-id"], name="invitations_sent"),
            models.Index(fields=["created_at"], condition=Q(state="review"), name="invitations_to_review"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="invitations_expiring"),
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="invitations_decided"),  # waiting times
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}: {self.get_state_display()}"


class Conversation(models.Model):
    """What an accepted invitation leads to: one place for two people and one subject."""

    invitation = models.OneToOneField(Invitation, null=True, on_delete=models.SET_NULL, related_name="conversation")
    subject = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    last_message_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.subject


class Participant(models.Model):
    """A member in a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    read_up_to = models.BigIntegerField(default=0, help_text="the newest message they saw")
    archived_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="participant_once")]


class Message(models.Model):
    """What somebody wrote. Without an author or a body it is a tombstone: its writer deleted it or their account."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages_written")
    body = models.TextField(default="")
    works = models.ManyToManyField(Work, related_name="+", blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["conversation", "id"], name="messages_in_order")]


@pghistory.track()
class Report(models.Model):
    """A member says that an invitation or a message breaks the rules; a moderator decides."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        UPHELD = "upheld", "upheld"
        DISMISSED = "dismissed", "dismissed"

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reports_made")
    accused = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.CASCADE, related_name="reports")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="reports")
    reason = models.TextField()
    state = models.TextField(choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(invitation__isnull=False, message__isnull=True) | Q(invitation__isnull=True, message__isnull=False),
                name="report_concerns_one_thing",
            ),
            models.UniqueConstraint(fields=["reporter", "invitation"], name="invitation_reported_once"),
            models.UniqueConstraint(fields=["reporter", "message"], name="message_reported_once"),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="open"), name="reports_oldest_first"),
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="reports_decided"),  # waiting times
            models.Index(fields=["accused"], condition=Q(state="upheld"), name="reports_upheld"),  # what somebody did before
        ]


class DismissedSuggestion(models.Model):
    """A member does not want somebody suggested to them as a collaborator."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dismissed_suggestions", db_index=False)
    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "researcher"], name="suggestion_dismissed_once")]
