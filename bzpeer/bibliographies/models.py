"""Bibliographies: a list somebody brought for a record, kept as it was read, and what was decided about each entry."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bzpeer.curation.models import Assertion, Proposal
from researchers.models import Researcher
from works.models import ImportRun, Work


class Bibliography(models.Model):
    """One list: who brought it for which record, when, and how far it was read."""

    class Kind(models.TextChoices):
        BIBTEX = "bibtex", "BibTeX file"
        RIS = "ris", "RIS file"
        IDS = "ids", "list of ids"
        ORCID = "orcid", "ORCID record"

    class State(models.TextChoices):
        WAITING = "waiting", "being read"
        READY = "ready", "read"
        FAILED = "failed", "could not be read"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bibliographies", db_index=False)
    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="bibliographies")
    kind = models.TextField(choices=Kind)
    name = models.TextField(default="", help_text="the file's name, or the ORCID iD")
    sha256 = models.CharField(max_length=64, default="", help_text="of the content as it came; empty for an ORCID record")
    size = models.PositiveIntegerField(default=0, help_text="bytes")
    state = models.TextField(choices=State, default=State.WAITING)
    note = models.TextField(default="", help_text="a plain sentence: why it could not be read, or what was left out")
    lease_until = models.DateTimeField(null=True, help_text="a worker reads it until then, by the database's clock")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        verbose_name_plural = "bibliographies"
        constraints = [
            # The same file twice is the same bibliography; an index for the lists of a member, too.
            models.UniqueConstraint(fields=["user", "researcher", "sha256"], condition=~Q(sha256=""), name="bibliography_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="bibliographies_of_member"),
            models.Index(fields=["id"], condition=Q(state="waiting"), name="bibliographies_waiting"),  # the sweeper
        ]

    def __str__(self) -> str:
        return f"Bibliography {self.pk}: {self.get_kind_display()}"


class Entry(models.Model):
    """One entry of a list: what it says, what was found, what was decided."""

    class Finding(models.TextChoices):
        UNSEEN = "unseen", "not looked up yet"
        YOURS = "yours", "already on your record"
        MATCHED = "matched", "here, with your name"
        NAMELESS = "nameless", "here, but which name is yours?"
        SEVERAL = "several", "uncertain: choose"
        FETCHABLE = "fetchable", "not here yet"
        ABSENT = "absent", "not found anywhere"
        UNKNOWN = "unknown", "not recognised"
        REPEATED = "repeated", "said twice in the list"
        UNREADABLE = "unreadable", "cannot be read"

    class State(models.TextChoices):
        OPEN = "open", "open"
        CONFIRMED = "confirmed", "on your record"
        PROPOSED = "proposed", "proposed"
        ASKED = "asked", "asked for"

    bibliography = models.ForeignKey(Bibliography, on_delete=models.CASCADE, related_name="entries", db_index=False)
    number = models.PositiveIntegerField(help_text="1 is the first")
    line = models.PositiveIntegerField()
    citation = models.JSONField(default=dict, help_text="a works.citations.Citation; empty for one that cannot be read")
    shown = models.TextField(default="", help_text="the beginning of an unreadable entry")
    reason = models.TextField(default="", help_text="a plain sentence: why it cannot be read, added or found")
    finding = models.TextField(choices=Finding, default=Finding.UNSEEN)
    candidates = models.JSONField(
        default=list,
        help_text='[{"work": 12, "score": 0.97, "position": 2, "byline": "L. Ziyin", "grounds": [{"label", "detail", "speaks"}]}, …]',
    )
    state = models.TextField(choices=State, default=State.OPEN)
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL, related_name="+", help_text="the work decided on")
    assertion = models.ForeignKey(Assertion, null=True, on_delete=models.SET_NULL, related_name="+")
    proposal = models.ForeignKey(Proposal, null=True, on_delete=models.SET_NULL, related_name="+")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["bibliography", "number"], name="bibliography_entry_once")]
        indexes = [models.Index(fields=["run"], condition=Q(state="asked"), name="bibliography_entries_asked")]  # the sweeper
