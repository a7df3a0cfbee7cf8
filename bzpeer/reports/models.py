"""Texts of papers, what engines found in them, what authors answer, and the counts that follow."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bzpeer.reports.findings import Variable
from works.models import Work

VARIABLES = [(variable.value, variable.label) for variable in Variable]


class Text(models.Model):
    """One full text of a work: where it is from, under which licence, how far it was read."""

    class Kind(models.TextChoices):
        UNKNOWN = "", "not known yet"
        PDF = "pdf", "PDF"
        HTML = "html", "HTML"
        LATEX = "latex", "LaTeX source"
        TEXT = "text", "plain text"

    class Origin(models.TextChoices):
        UPLOAD = "upload", "uploaded"
        ARXIV = "arxiv", "fetched from arXiv"
        DEMO = "demo", "written for the demo"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be read"
        ASKING = "asking", "perhaps another paper"
        READY = "ready", "read"
        FAILED = "failed", "could not be read"
        DISCARDED = "discarded", "discarded"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="texts", db_index=False)
    kind = models.TextField(choices=Kind, default=Kind.UNKNOWN, blank=True)
    origin = models.TextField(choices=Origin)
    address = models.TextField(default="", help_text="where it was fetched, or the uploaded file's name")
    sha256 = models.CharField(max_length=64, default="", help_text="of the text; empty until it was read")
    license = models.TextField(default="", help_text="the licence on the work's record when it came")
    may_show = models.BooleanField(default=False, help_text="the licence allows showing the whole text; else quotes alone are shown")
    text = models.TextField(default="")
    lines = models.JSONField(default=list, help_text="the lines as printed, where a PDF knows them")
    sections = models.JSONField(default=list, help_text='[{"kind": "body", "title": "2 Method", "start": 812, "end": 4410}, …]')
    pages = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, help_text="plain sentences: what was left out")
    state = models.TextField(choices=State, default=State.WAITING)
    note = models.TextField(default="", help_text="a plain sentence: why it could not be read")
    lease_until = models.DateTimeField(null=True, help_text="a worker reads it until then, by the database's clock")
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work", "sha256"], condition=~Q(sha256=""), name="report_text_once"),
            models.CheckConstraint(condition=~Q(state__in=["ready", "asking"]) | ~Q(sha256=""), name="report_text_read_has_hash"),
        ]
        indexes = [
            models.Index(fields=["work", "-id"], name="report_texts_newest_first"),
            models.Index(fields=["id"], condition=Q(state="waiting"), name="report_texts_waiting"),  # the sweeper
            models.Index(fields=["id"], condition=Q(state="ready"), name="report_texts_ready"),  # reports run --all
        ]

    def __str__(self) -> str:
        return f"Text {self.pk}: {self.get_kind_display()}, {self.get_origin_display()}"


class TextFile(models.Model):
    """The file of a text that waits to be read; it goes once it was."""

    text = models.OneToOneField(Text, on_delete=models.CASCADE, related_name="file", primary_key=True)
    name = models.TextField(default="")
    content = models.BinaryField()


class Batch(models.Model):
    """What one command asked for: which texts, by which engine, and how many calls of a language model it may cost."""

    engine = models.TextField()
    version = models.TextField()
    scope = models.TextField(help_text="all, new, or topic:12")
    budget = models.PositiveIntegerField(null=True, help_text="calls of a language model; null: as many as the day allows")
    spent = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        verbose_name_plural = "batches"


class Run(models.Model):
    """One engine's reading of one text. The same engine in the same version reads a text once."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        FINISHED = "finished", "finished"
        FAILED = "failed", "failed"
        LEFT = "left", "left out: the budget was used up"

    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="runs", db_index=False)
    engine = models.TextField()
    version = models.TextField()
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="runs", db_index=False)
    parameters = models.JSONField(default=dict)
    state = models.TextField(choices=State, default=State.WAITING)
    note = models.TextField(default="", help_text="a plain sentence: why it failed or waits")
    lease_until = models.DateTimeField(null=True, help_text="a worker has it until then, or it rests until then, by the database's clock")
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True, help_text="what the engine took")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="US dollars; null: not known")
    dropped_quotes = models.PositiveIntegerField(default=0, help_text="quotes that do not stand in the text")
    raw_answer = models.TextField(default="")
    notes = models.JSONField(default=list, help_text="plain sentences for the reader")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "engine", "version"], name="report_run_once")]
        indexes = [
            models.Index(fields=["engine", "id"], condition=Q(state="waiting"), name="report_runs_waiting"),
            models.Index(fields=["batch", "state"], condition=Q(batch__isnull=False), name="report_runs_of_batch"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}: {self.engine} {self.version}"


class FindingRow(models.Model):
    """What a run says of one variable."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rows", db_index=False)
    variable = models.TextField(choices=VARIABLES)
    result = models.TextField()
    leaning = models.TextField(default="", help_text="what an uncertain finding would have said")
    confidence = models.FloatField()
    explanation = models.TextField(default="")
    quotes = models.JSONField(default=list, help_text='[{"start": 812, "end": 901, "text": "…", "section": "2 Method"}, …]')
    rejected = models.JSONField(null=True, help_text='the nearest sentence that does not count: {"quote": {…}, "reason": "…"}')

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "variable"], name="report_finding_once"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="report_confidence_range"),
        ]


@pghistory.track()
class Answer(models.Model):
    """An author of the paper says that a row is wrong, and shows why; a moderator upholds or refuses it."""

    class State(models.TextChoices):
        OPEN = "open", "a moderator has not looked at it yet"
        UPHELD = "upheld", "upheld"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "withdrawn"
        REPLACED = "replaced", "replaced by a later one"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="report_answers", db_index=False)
    variable = models.TextField(choices=VARIABLES)
    result = models.TextField(help_text="what the author says it is")
    words = models.TextField(help_text="why, in the author's words")
    text = models.ForeignKey(Text, null=True, on_delete=models.SET_NULL, related_name="+", help_text="in which the quote stands")
    quote = models.TextField(default="")
    start = models.PositiveIntegerField(null=True, help_text="where the quote begins in the text")
    link = models.TextField(default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="report_answers")
    name = models.TextField(default="", help_text="the name on the record as whose owner it was said")
    state = models.TextField(choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", help_text="the moderator's")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work", "variable"], condition=Q(state="upheld"), name="report_answer_upheld_once"),
            models.UniqueConstraint(fields=["work", "variable", "user"], condition=Q(state="open"), name="report_answer_open_once"),
            models.CheckConstraint(condition=Q(user=None) | ~Q(quote="") | ~Q(link=""), name="report_answer_shows_why"),
        ]
        indexes = [
            models.Index(fields=["work", "-id"], name="report_answers_of_work"),
            models.Index(fields=["created_at"], condition=Q(state="open"), name="report_answers_open"),
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="report_answers_decided"),  # waiting times
        ]


class Spending(models.Model):
    """Calls of a language model on one day, counted before each."""

    day = models.DateField(primary_key=True)
    calls = models.PositiveIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)


_COUNT = """
    INSERT INTO reports_corpuscount (facet, key, variable, result, works)
    SELECT cell->>0, (cell->>1)::bigint, said.key, said.value, sum(delta)
      FROM (VALUES (CASE WHEN TG_OP <> 'INSERT' THEN OLD.cells END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.results END, -1),
                   (CASE WHEN TG_OP <> 'DELETE' THEN NEW.cells END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.results END, 1)
           ) AS side (cells, results, delta), jsonb_array_elements(cells) AS cell, jsonb_each_text(results) AS said
     GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (facet, key, variable, result) DO UPDATE SET works = reports_corpuscount.works + EXCLUDED.works;
    RETURN NULL;
"""


class Standing(models.Model):
    """Derived: the report that stands for a work, with upheld answers of its authors in it, and where it is counted."""

    work = models.OneToOneField(Work, on_delete=models.CASCADE, related_name="standing_report", primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    results = models.JSONField(default=dict, help_text='{"pseudocode": "Yes", …, "score": "5"}; theory: "Not applicable"')
    cells = models.JSONField(default=list, help_text='where it is counted: [["all", 0], ["year", 2022], ["topic", 7], …]')
    has_code = models.BooleanField(default=False)
    has_data = models.BooleanField(default=False)
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["work"], condition=Q(has_code=True), name="standing_with_code"),  # /works/?code=1
            models.Index(fields=["work"], condition=Q(has_data=True), name="standing_with_data"),  # /works/?data=1
            models.Index(fields=["counted_at"], name="standing_counted_longest_ago"),
        ]
        triggers = [
            # Whoever changes a row, the counts follow: they are the sum over the rows at any moment.
            pgtrigger.Trigger(
                name="counts_follow",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=_COUNT,
            )
        ]


class CorpusCount(models.Model):
    """Derived: works of a year, venue, topic or institution by what their standing reports say of a variable."""

    facet = models.TextField(help_text="all, year, venue, topic or institution")
    key = models.BigIntegerField(help_text="the year, or the own key of the record; 0: not known")
    variable = models.TextField(help_text="of findings.Variable, or score")
    result = models.TextField()
    works = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facet", "key", "variable", "result"], name="corpus_count_once")]
        indexes = [
            models.Index(fields=["facet", "variable", "-works", "key"], condition=Q(works__gt=0), name="corpus_counts_by_works"),
        ]
