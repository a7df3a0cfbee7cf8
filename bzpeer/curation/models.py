"""Proposals, which a machine or a member makes and a person decides; assertions, which are a person's word on a record."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from researchers.models import Institution, Researcher
from works.models import Work


@pghistory.track()
class Proposal(models.Model):
    """A change to records that waits for a person, with its grounds. One that was decided never comes back."""

    class Kind(models.TextChoices):
        MERGE_WORKS = "merge_works", "two works are one"
        MERGE_RESEARCHERS = "merge_researchers", "two records are one person"
        SPLIT_RESEARCHER = "split_researcher", "one record is several people"
        ADD_AUTHORSHIP = "add_authorship", "a work belongs to this record"
        CONFLICT = "conflict", "sources disagree and people are concerned"

    class State(models.TextChoices):
        OPEN = "open", "open"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        SUPERSEDED = "superseded", "overtaken by another change"

    kind = models.TextField(choices=Kind)
    state = models.TextField(choices=State, default=State.OPEN)
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.CASCADE, related_name="proposals")
    other_researcher = models.ForeignKey(Researcher, null=True, on_delete=models.CASCADE, related_name="+")
    work = models.ForeignKey(Work, null=True, on_delete=models.CASCADE, related_name="proposals")
    other_work = models.ForeignKey(Work, null=True, on_delete=models.CASCADE, related_name="+")
    institution = models.ForeignKey(Institution, null=True, on_delete=models.CASCADE, related_name="+")
    other_institution = models.ForeignKey(Institution, null=True, on_delete=models.CASCADE, related_name="+")
    payload = models.JSONField(default=dict, help_text='what the change needs beyond the records, e.g. {"groups": [[authorship ids], …]}')
    grounds = models.JSONField(default=list, help_text='why: [{"label": "same ORCID iD", "detail": "0000-…"}, …]')
    score = models.FloatField(
        null=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="how probable the detector holds it, 0 to 1; null where nobody computed it",
    )
    fingerprint = models.TextField(unique=True, help_text="what is proposed, so that the same is proposed once only")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", help_text="null: the portal itself"
    )
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True, help_text="the decider's reason")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(0, 1)), name="proposal_score_range"),
            models.CheckConstraint(condition=Q(state="open") | Q(decided_at__isnull=False), name="proposal_decision_has_a_date"),
            models.CheckConstraint(
                condition=Q(researcher__isnull=False) | Q(work__isnull=False) | Q(institution__isnull=False),
                name="proposal_concerns_a_record",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "created_at"], condition=Q(state="open"), name="proposal_queue"),  # moderators, oldest first
            models.Index(fields=["decided_at"], condition=Q(decided_by__isnull=False), name="proposal_decided"),  # waiting times
        ]
        permissions = [("moderate", "Can decide proposals")]

    def __str__(self) -> str:
        return f"Proposal {self.pk}: {self.get_kind_display()}"


@pghistory.track()
class Answer(models.Model):
    """What the owner of a record says to a proposal that concerns it; the decision is a moderator's."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="answers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    agrees = models.BooleanField()
    note = models.TextField(default="", blank=True)
    said_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "user"], name="one_answer_per_owner")]


@pghistory.track()
class Assertion(models.Model):
    """What a person said about a record, with evidence: who, which fact, what it was before, what it shall be, when.

    Rows are only ever added; one that is taken back keeps its row with the time. What records hold follows from them:
    `Work.asserted`, `Researcher.asserted`, name forms, affiliations, `works.AuthorshipRuling`.
    """

    class Kind(models.TextChoices):
        FIELD = "field", "a value"
        NAME = "name", "a form of the name"
        AFFILIATION = "affiliation", "an affiliation"
        AUTHORSHIP = "authorship", "an authorship"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="assertions")
    kind = models.TextField(choices=Kind)
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.SET_NULL, related_name="assertions")
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL, related_name="assertions")
    subject = models.TextField(
        help_text="which fact: a field's name, the form of a name, 'institution:12', or 'byline:<position>:<name as printed>'"
    )
    old_value = models.JSONField(null=True, help_text="what the record held before")
    new_value = models.JSONField(null=True, help_text="what was asserted; null denies the fact")
    note = models.TextField(default="", blank=True, help_text="evidence, in the person's own words")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "researcher", "subject"],
                condition=Q(withdrawn_at__isnull=True, work__isnull=True),
                name="one_assertion_per_fact_of_a_researcher",
            ),
            models.UniqueConstraint(
                fields=["kind", "work", "subject"],
                condition=Q(withdrawn_at__isnull=True, researcher__isnull=True),
                name="one_assertion_per_fact_of_a_work",
            ),
            models.UniqueConstraint(
                fields=["researcher", "work", "subject"],
                condition=Q(withdrawn_at__isnull=True, kind="authorship"),
                name="one_assertion_per_byline",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="assertion_said_once", fields=["kind", "old_value", "new_value", "note", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"Assertion {self.pk}: {self.get_kind_display()}"
