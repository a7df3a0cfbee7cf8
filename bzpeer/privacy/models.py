"""What people ask about their own data: a copy of it, its deletion, the removal of a record about them."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from researchers.models import Researcher


class DataExport(models.Model):
    """A member's copy of everything about them: one ZIP, kept for some days in pieces, so that any machine can send it."""

    class State(models.TextChoices):
        WAITING = "waiting", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports")
    state = models.TextField(choices=State, default=State.WAITING)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes of the ZIP")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="waiting"), name="one_export_being_made"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="exports_waiting")]  # the sweeper

    def __str__(self) -> str:
        return f"Data export {self.pk}: {self.get_state_display()}"


class DataExportPiece(models.Model):
    """A part of the ZIP."""

    export = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="export_piece_once")]


class AccountDeletion(models.Model):
    """A member asked for their account to be deleted; until the day it happens they can take it back."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletion")
    keeps_corrections = models.BooleanField(help_text="corrections of public records stay, without a name; else they are taken back")
    asked_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="account_deletions_due")]


class Erasure(models.Model):
    """An account was erased: when, and how many rows of each table. It says nothing about whose it was."""

    erased_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    rows = models.JSONField(default=dict, help_text='{"collaboration.Message.author": 12, …}')


@pghistory.track(exclude=["address", "name", "former_name", "words", "token_digest"])
class RemovalRequest(models.Model):
    """Somebody asks that the portal stop showing a record about them. No account is needed.

    Address, name and words are emptied some time after the decision; what was decided stays.
    """

    class Ask(models.TextChoices):
        HIDE = "hide", "remove my profile; my name stays where it is printed on papers"
        WITHHOLD = "withhold", "remove my profile, and my name on papers here too"
        FORMER_NAME = "former_name", "stop showing a former name of mine"

    class State(models.TextChoices):
        UNVERIFIED = "unverified", "not confirmed yet"
        OPEN = "open", "waiting for a moderator"
        GRANTED = "granted", "carried out"
        REFUSED = "refused", "refused"

    class Proof(models.TextChoices):
        NONE = "", "none"
        MAIL = "mail", "a link sent by mail"
        ORCID = "orcid", "a login with the record's ORCID iD"
        OWNER = "owner", "the record's own claim"

    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.SET_NULL, related_name="removal_requests")
    ask = models.TextField(choices=Ask)
    former_name = models.TextField(default="", blank=True)
    name = models.TextField(default="", blank=True, help_text="who asks")
    address = models.TextField(default="", blank=True)
    words = models.TextField(default="", blank=True, help_text="what they say about it; nobody must give a reason")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="removal_requests")
    token_digest = models.BinaryField(null=True, max_length=32, help_text="of the link's secret; null once it was used")
    proof = models.TextField(choices=Proof, default=Proof.NONE, blank=True)
    state = models.TextField(choices=State, default=State.UNVERIFIED)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    verified_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True, help_text="sent to the person who asked")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["unverified", "open"]) | Q(decided_at__isnull=False), name="removal_decision_has_a_date"
            ),
            models.CheckConstraint(condition=Q(state="unverified") | ~Q(proof=""), name="removal_is_proved_before_it_is_open"),
            models.UniqueConstraint(fields=["token_digest"], name="removal_token_once"),
        ]
        indexes = [
            models.Index(fields=["verified_at"], condition=Q(state="open"), name="removals_oldest_first"),  # the moderators' queue
            models.Index(fields=["decided_at"], condition=Q(state__in=["granted", "refused"]), name="removals_decided"),  # waits
        ]

    def __str__(self) -> str:
        return f"Removal request {self.pk}: {self.get_state_display()}"
