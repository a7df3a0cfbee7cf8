"""News, what each of them is about, and how a member reads them.

An event is one row however many follow what it is about: readers meet it through what they follow (bzpeer/feeds/queries.py).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from bzpeer.accounts.models import FOLLOWED, SavedSearch
from researchers.models import Institution, Researcher
from works.models import Source, Topic, Work


class FeedEvent(models.Model):
    """Something that happened to a work or a researcher, told once."""

    class Kind(models.TextChoices):
        WORK = "work", "New works"
        VERSION = "version", "New versions"
        RETRACTED = "retracted", "Retractions"
        WITHDRAWN = "withdrawn", "Withdrawals"
        CLAIM = "claim", "Claims"

    kind = models.TextField(choices=Kind)
    work = models.ForeignKey(Work, null=True, on_delete=models.CASCADE, related_name="+")
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField(default=0, db_default=0, help_text="of the version, or own key of the claim")
    at = models.DateTimeField(db_default=Now(), help_text="when this portal learnt of it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "work", "researcher", "number"], name="feed_event_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Exact(Func("work", "researcher", function="num_nonnulls", output_field=models.IntegerField()), 1),
                name="feed_event_of_one_record",
            ),
            models.CheckConstraint(
                condition=Q(kind="claim", researcher__isnull=False) | ~Q(kind="claim"), name="feed_event_claim_of_person"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="feed_event_by_age")]  # forgetting old ones

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class FeedReason(models.Model):
    """Whom an event concerns: those who follow this. Written only for what somebody follows."""

    class Role(models.TextChoices):
        AUTHOR = "author", "wrote it"
        TOPIC = "topic", "is its topic"
        INSTITUTION = "institution", "is printed in its bylines"
        SOURCE = "source", "published it"
        CITED = "cited", "is cited by it"
        ITSELF = "itself", "is what changed"
        SEARCH = "search", "finds it"

    event = models.ForeignKey(FeedEvent, on_delete=models.CASCADE, related_name="reasons", db_index=False)
    role = models.TextField(choices=Role)
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    institution = models.ForeignKey(Institution, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    work = models.ForeignKey(Work, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    search = models.ForeignKey(SavedSearch, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Exact(Func(*FOLLOWED, function="num_nonnulls", output_field=models.IntegerField()), 1),
                name="feed_reason_of_one_thing",
            ),
            models.UniqueConstraint(fields=["event", "role", *FOLLOWED], name="feed_reason_once", nulls_distinct=False),
        ]
        # The newest events of each thing somebody follows, from the index alone: a feed costs one range per follow.
        indexes = [
            models.Index(
                F(column), F("event").desc(), F("role"), condition=Q(**{f"{column}__isnull": False}), name=f"feed_reason_of_{column}"
            )
            for column in FOLLOWED
        ]


class Reader(models.Model):
    """How a member reads their feed. Whoever has no row has the defaults."""

    class Digest(models.TextChoices):
        OFF = "off", "No mail"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week, on Monday"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reader")
    digest = models.TextField(choices=Digest, default=Digest.OFF)
    told_until = models.BigIntegerField(
        default=0, help_text="key of the last event a digest told of, or of the last one when it was chosen"
    )
    visited_at = models.DateTimeField(null=True, help_text="when they last looked at their feed")
    seen_until = models.DateTimeField(null=True, help_text="when the visit before that one ended: what is later is new to them")
    token = models.TextField(unique=True, null=True, help_text="secret part of the address of their own Atom feed")
    is_listed = models.BooleanField(default=False, help_text="owners of records they follow may see their name")

    class Meta:
        indexes = [models.Index(fields=["digest", "id"], condition=~Q(digest="off"), name="reader_of_digests")]  # the next to write to


class Digest(models.Model):
    """A period for which a member was written to, or had nothing to be told. One row each, so one message each."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests", db_index=False)
    period = models.TextField(help_text="'2026-11-21' or '2026-W47'")
    items = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "period"], name="digest_once")]
        indexes = [models.Index(fields=["made_at"], name="digest_by_age")]  # forgetting old ones
