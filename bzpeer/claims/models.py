"""Claims: who says a record is theirs, on which grounds, and what was decided."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Now

from researchers.models import Institution, Researcher
from works.models import Work


@pghistory.track()
class Claim(models.Model):
    """A member's claim to a researcher record. The database allows one accepted claim per record."""

    class State(models.TextChoices):
        STARTED = "started", "started"
        REVIEW = "review", "in review"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        WITHDRAWN = "withdrawn", "withdrawn"
        REVOKED = "revoked", "revoked"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    # A record goes only by a merge, which moves its claims along; what stays is a second claim of the same member.
    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="claims")
    state = models.TextField(choices=State, default=State.REVIEW)
    reason = models.TextField(default="", blank=True, db_default="", help_text="the applicant's own words")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, help_text="when it came before moderators")
    asked_at = models.DateTimeField(null=True, help_text="since when a moderator's question waits for the applicant")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decision_note = models.TextField(default="", blank=True, help_text="shown to the applicant")
    checked_at = models.DateTimeField(null=True, help_text="when staff checked the person (L5)")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["researcher"], condition=Q(state="accepted"), name="one_accepted_claim_per_record"),
            models.UniqueConstraint(
                fields=["user", "researcher"],
                condition=Q(state__in=["started", "review", "accepted"]),
                name="one_open_claim_per_member_and_record",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["started", "review", "withdrawn"]) | Q(decided_at__isnull=False), name="claim_decision_has_a_date"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="claims_oldest_first"),  # the review queue
            models.Index(fields=["decided_at"], condition=Q(decided_by__isnull=False), name="claims_decided"),  # how long decisions take
        ]

    def __str__(self) -> str:
        return f"Claim {self.pk}: {self.get_state_display()}"


@pghistory.track(exclude=["value", "token_hash"])
class ClaimEvidence(models.Model):
    """One thing that speaks for a claim. The audit keeps its states, neither the address nor the token."""

    class Kind(models.TextChoices):
        ORCID = "orcid", "ORCID iD"
        MAIL = "mail", "address at an institution"
        PAGE = "page", "proof page"
        TEXT = "text", "written request"

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        PROVED = "proved", "proved"
        FAILED = "failed", "not proved"
        LAPSED = "lapsed", "no longer good"
        LEFT = "left", "left"

    class DomainClass(models.TextChoices):
        NONE = "", "no domain"
        RECORD = "record", "an institution on the record"
        OTHER = "other", "another institution"
        FREE = "free", "open to anybody"
        UNKNOWN = "unknown", "an unknown domain"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="evidence", db_index=False)
    kind = models.TextField(choices=Kind)
    state = models.TextField(choices=State, default=State.PENDING)
    value = models.TextField(help_text="the iD, the address, the page or the words; shown to the applicant alone, words to moderators too")
    domain = models.TextField(default="", db_default="", help_text="registrable domain of an address or a page")
    domain_class = models.TextField(choices=DomainClass, default=DomainClass.NONE, db_default="", blank=True)
    is_enough = models.BooleanField(default=False, db_default=False, help_text="ties record and person by itself (L3)")
    token_hash = models.TextField(default="", db_default="", help_text="SHA-256 of the token in the mail sent last")
    note = models.TextField(default="", db_default="", blank=True, help_text="what came of it, in a sentence for the applicant")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    sent_at = models.DateTimeField(null=True, help_text="when the last mail left, or when the page was last asked for")
    due_at = models.DateTimeField(null=True, help_text="when the page is read next; null: not at all")
    proved_at = models.DateTimeField(null=True)
    good_until = models.DateTimeField(null=True, help_text="addresses are given up and domains sold: confirm again by then")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "kind"], condition=Q(state__in=["pending", "proved"]), name="one_evidence_of_a_kind_at_a_time"
            ),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="evidence_token_once"),
            models.CheckConstraint(condition=~Q(state="proved") | Q(proved_at__isnull=False), name="evidence_proof_has_a_date"),
            models.CheckConstraint(condition=Q(is_enough=False) | Q(state="proved"), name="evidence_enough_is_proved"),
        ]
        indexes = [
            models.Index(fields=["claim", "id"], name="evidence_of_claim"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="evidence_pages_due"),  # the sweeper
            models.Index(fields=["good_until"], condition=Q(state="proved"), name="evidence_that_ends"),  # the daily look
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}: {self.get_kind_display()}"


class ClaimMessage(models.Model):
    """A moderator's question on a claim, or the applicant's answer."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    is_question = models.BooleanField(help_text="by a moderator")
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    def __str__(self) -> str:
        return f"Message {self.pk} on claim {self.claim_id}"


@pghistory.track(exclude=["address"])
class ClaimDelegate(models.Model):
    """Somebody whom an owner lets edit their record. It ends with the claim."""

    class State(models.TextChoices):
        ASKED = "asked", "asked"
        ACCEPTED = "accepted", "may edit"
        ENDED = "ended", "ended"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="delegates", db_index=False)
    address = models.EmailField(help_text="as the owner typed it; an account may have it or not")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="delegations")
    state = models.TextField(choices=State, default=State.ASKED)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "address"], condition=~Q(state="ended"), name="one_delegation_per_address"),
            models.CheckConstraint(condition=~Q(state="accepted") | Q(user__isnull=False), name="delegate_is_a_member"),
        ]
        indexes = [
            models.Index(fields=["claim", "id"], name="delegates_of_claim"),
            models.Index(fields=["address"], condition=Q(state="asked"), name="delegations_asked"),
        ]

    def __str__(self) -> str:
        return f"Delegation {self.pk}: {self.get_state_display()}"


@pghistory.track()
class Vouch(models.Model):
    """A proved close collaborator, or staff for an institution, says that the owner of a claim is who they say."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="vouches", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vouches")
    researcher = models.ForeignKey(
        Researcher,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="the voucher's own record; null: staff for an institution",
    )
    institution = models.ForeignKey(Institution, null=True, on_delete=models.SET_NULL, related_name="+")
    is_institution = models.BooleanField(default=False)
    note = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "user"], condition=Q(withdrawn_at__isnull=True), name="one_vouch_per_member_and_claim"
            ),
            models.CheckConstraint(condition=Q(is_institution=True) | Q(researcher__isnull=False), name="vouch_by_a_record_or_institution"),
        ]
        indexes = [models.Index(fields=["claim", "id"], name="vouches_of_claim")]

    def __str__(self) -> str:
        return f"Vouch {self.pk} for claim {self.claim_id}"


@pghistory.track()
class OwnerProfile(models.Model):
    """What the owner of a record says about themselves. It shows only while a claim to the record stands."""

    researcher = models.OneToOneField(Researcher, on_delete=models.CASCADE, related_name="owner_profile")
    open_to_collaborate = models.BooleanField(default=False)
    open_for = models.TextField(default="", blank=True, help_text="what for, in the owner's words")
    interests = ArrayField(models.TextField(), default=list, blank=True, help_text="research interests, in the owner's words")
    links = models.JSONField(default=list, help_text='[{"label": "Home page", "url": "https://…"}]')
    hidden = ArrayField(models.TextField(), default=list, blank=True, help_text="parts of the profile only the owner sees")
    version = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how often it was changed; two pages open at once are told apart by it"
    )
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"What the owner of record {self.researcher_id} says"


MOST_HIGHLIGHTS = 5


@pghistory.track()
class Highlight(models.Model):
    """A work the owner shows first. It goes with what the owner says, and shows only while the work is on the record."""

    profile = models.ForeignKey(OwnerProfile, on_delete=models.CASCADE, related_name="highlights", db_index=False)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    chosen_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [
            # Together they allow five at most. Deferred, so that two can change places.
            models.CheckConstraint(condition=Q(position__range=(1, MOST_HIGHLIGHTS)), name="highlight_is_one_of_five"),
            models.UniqueConstraint(fields=["profile", "position"], deferrable=Deferrable.DEFERRED, name="one_highlight_per_position"),
            models.UniqueConstraint(fields=["profile", "work"], name="one_highlight_per_work"),
        ]

    def __str__(self) -> str:
        return f"Highlight {self.position} of {self.profile_id}"
