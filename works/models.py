"""What the portal knows of papers: works and everything hung on them, and the imports that brought them.

A foreign key says `db_index=False` where a constraint's index already begins with it: every index is paid for at import.
"""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Left, Now

from researchers.models import Institution, Researcher


class Source(models.Model):
    """A venue: journal, conference, repository or book series."""

    openalex_id = models.TextField(unique=True, null=True)
    issn_l = models.TextField(null=True)
    issn = ArrayField(models.TextField(), default=list)
    display_name = models.TextField()
    type = models.TextField(default="")
    host_organization_name = models.TextField(default="")
    provenance = models.JSONField(default=dict)

    followers_count = models.IntegerField(default=0, db_default=0, help_text="derived")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(openalex_id__isnull=True) | Q(openalex_id__regex=r"^S[1-9][0-9]*$"), name="source_openalex_id_shape"
            ),
            models.CheckConstraint(condition=~Q(display_name=""), name="source_has_a_name"),
            # A venue that only arrives as a printed name is one row per name.
            models.UniqueConstraint(fields=["display_name"], condition=Q(openalex_id__isnull=True), name="source_unidentified_once"),
        ]

    def __str__(self) -> str:
        return self.display_name


class Topic(models.Model):
    """A leaf of OpenAlex's tree: domain > field > subfield > topic."""

    openalex_id = models.TextField(unique=True)
    display_name = models.TextField()
    folded_names = models.TextField(help_text="display name and keywords, folded")
    search = models.GeneratedField(
        expression=SearchVector("folded_names", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    description = models.TextField(default="")
    keywords = ArrayField(models.TextField(), default=list)
    subfield_id = models.IntegerField(null=True)
    subfield_name = models.TextField(default="")
    field_id = models.IntegerField(null=True)
    field_name = models.TextField(default="")
    domain_id = models.IntegerField(null=True)
    domain_name = models.TextField(default="")
    provenance = models.JSONField(default=dict)

    works_count = models.IntegerField(default=0, help_text="derived")
    researchers_count = models.IntegerField(default=0, help_text="derived")
    followers_count = models.IntegerField(default=0, db_default=0, help_text="derived")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(openalex_id__regex=r"^T[1-9][0-9]*$"), name="topic_openalex_id_shape"),
            models.CheckConstraint(condition=~Q(display_name=""), name="topic_has_a_name"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="topic_search"),
            models.Index(F("works_count").desc(), F("id"), name="topic_by_works"),  # /topics/
        ]

    def __str__(self) -> str:
        return self.display_name


class Category(models.Model):
    """An arXiv category, e.g. cs.LG."""

    code = models.TextField(unique=True)
    name = models.TextField(default="")

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.code


class Funder(models.Model):
    """Who paid for research: an agency, foundation or company."""

    openalex_id = models.TextField(unique=True, null=True)
    ror = models.TextField(unique=True, null=True)
    display_name = models.TextField()
    country_code = models.CharField(max_length=2, default="", help_text="ISO 3166-1 alpha-2, upper case, or empty")
    homepage_url = models.TextField(default="")
    provenance = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(openalex_id__isnull=True) | Q(openalex_id__regex=r"^F[1-9][0-9]*$"), name="funder_openalex_id_shape"
            ),
            models.CheckConstraint(condition=~Q(display_name=""), name="funder_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.display_name


class Work(models.Model):
    """A scholarly work: one row for all the records of the same paper.

    `openalex_id`, `doi` and `arxiv_id` are the ids shown; any other id that leads here is a `WorkRedirect`.
    `doi` is the published DOI when there is one, else 10.48550/arxiv.….
    Titles and abstracts are stored raw (TeX, MathML, JATS as upstream sent them) and rendered safely by the pages.
    """

    openalex_id = models.TextField(unique=True, null=True)
    doi = models.TextField(unique=True, null=True, help_text="lower case, no resolver prefix")
    arxiv_id = models.TextField(unique=True, null=True, help_text="without version")
    title = models.TextField(help_text="empty when upstream has none")
    folded_title = models.TextField()
    search = models.GeneratedField(
        expression=SearchVector("folded_title", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    abstract = models.TextField(default="")
    type = models.TextField(default="")
    language = models.TextField(default="")
    publication_date = models.DateField(null=True, help_text="first public version")
    publication_year = models.SmallIntegerField(null=True)
    updated_on = models.DateField(null=True, help_text="the shown version's date (arXiv)")
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="works")
    volume = models.TextField(default="")
    issue = models.TextField(default="")
    first_page = models.TextField(default="")
    last_page = models.TextField(default="")
    landing_page_url = models.TextField(default="")
    pdf_url = models.TextField(default="")
    license = models.TextField(default="")
    is_oa = models.BooleanField(null=True)
    oa_status = models.TextField(default="")
    is_retracted = models.BooleanField(default=False)
    is_withdrawn = models.BooleanField(default=False, help_text="withdrawn on arXiv")
    comments = models.TextField(default="", help_text="arXiv's comment line")
    journal_ref = models.TextField(default="", help_text="arXiv's journal reference")
    upstream_cited_by_count = models.IntegerField(null=True, help_text="OpenAlex's count over its whole corpus")
    provenance = models.JSONField(default=dict, help_text='{"openalex": {"at": …, "run": 3, "fields": ["title", …]}, "arxiv": {…}}')
    asserted = models.JSONField(default=dict, db_default={}, help_text='what people corrected: {"title": {"value": …, "at": …, "by": 12}}')
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    references_count = models.IntegerField(default=0, help_text="derived: references listed, resolved or not")
    cited_by_count = models.IntegerField(default=0, help_text="derived: citing works in this portal")
    followers_count = models.IntegerField(default=0, db_default=0, help_text="derived")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(openalex_id__isnull=True) | Q(openalex_id__regex=r"^W[1-9][0-9]*$"), name="work_openalex_id_shape"
            ),
            models.CheckConstraint(condition=Q(doi__isnull=True) | Q(doi__startswith="10."), name="work_doi_shape"),
            models.CheckConstraint(
                condition=Q(publication_year__isnull=True) | Q(publication_year__range=(1000, 2200)), name="work_year_range"
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="work_search"),
            models.Index(F("publication_date").desc(nulls_last=True), F("id").desc(), name="work_newest_first"),  # /works/
            models.Index(F("cited_by_count").desc(), F("id"), name="work_by_citations"),  # /works/?sort=cited
            models.Index(F("publication_year"), F("publication_date").desc(nulls_last=True), F("id").desc(), name="work_of_year"),  # ?year=
            models.Index(F("type"), F("publication_date").desc(nulls_last=True), F("id").desc(), name="work_of_type"),  # /works/?type=
            models.Index(Func(F("folded_title"), Value(0), function="hashtextextended"), name="work_by_whole_title"),  # duplicates.py
        ]
        triggers = [
            # However a work goes, its abstract is taken out of the counts (works/terms/counting.py).
            pgtrigger.Trigger(
                name="terms_due_when_gone",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="gone"),  # type: ignore[no-untyped-call]  # pgtrigger annotates the rest
                func="INSERT INTO works_termsdue (work_id) SELECT id FROM gone ORDER BY id; RETURN NULL;",
            )
        ]

    def __str__(self) -> str:
        return self.title or "Untitled"


class WorkVersion(models.Model):
    """A numbered arXiv version."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="work_version_once")]


class Authorship(models.Model):
    """One byline of a work and, when resolved, the researcher it belongs to."""

    class ResolvedBy(models.TextChoices):
        UPSTREAM_ID = "upstream_id", "the source gives this author id"
        SHARED_COAUTHOR = "shared_coauthor", "same full name and a shared co-author"
        SHARED_CATEGORY = "shared_category", "same full name and a shared category"
        ALONE = "alone", "the only byline of this record"
        OWNER = "owner", "the owner said so"
        NONE = "none", "not resolved"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="authorships", db_index=False)
    position = models.PositiveIntegerField(help_text="1 is the first author")
    byline = models.TextField(help_text="the name as printed")
    name_key = models.TextField(default="", help_text="names.name_key of the byline")
    researcher = models.ForeignKey(Researcher, null=True, on_delete=models.SET_NULL, related_name="authorships", db_index=False)
    raw_orcid = models.TextField(default="", help_text="the iD upstream gives with the byline: a hint, not a proof")
    raw_affiliations = ArrayField(models.TextField(), default=list)
    is_corresponding = models.BooleanField(default=False)
    resolved_by = models.TextField(choices=ResolvedBy, default=ResolvedBy.NONE)
    grounds = models.JSONField(
        default=dict,
        help_text='why this byline is theirs: {"author_id": "A…"}, or {"shared": ["takashi mori"], "categories": ["cs.LG"]}',
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work", "position"], name="authorship_position_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="authorship_position_from_one"),
        ]
        indexes = [
            models.Index(fields=["researcher", "work"], name="authorship_of_researcher"),
            models.Index(fields=["name_key"], condition=Q(position=1), name="authorship_first_author"),  # duplicates.py
        ]


class AuthorshipInstitution(models.Model):
    """An institution recognised in a byline's affiliations."""

    authorship = models.ForeignKey(Authorship, on_delete=models.CASCADE, related_name="institution_links", db_index=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="authorship_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authorship", "institution"], name="authorship_institution_once")]


class WorkTopic(models.Model):
    """A topic of a work with the classifier's score (0-1); rank 1 is the primary topic."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="topic_links", db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="work_links")
    score = models.FloatField()
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "topic"], name="work_topic_once")]


class WorkFunder(models.Model):
    """A funder of a work and the award numbers it is acknowledged with."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="funder_links", db_index=False)
    funder = models.ForeignKey(Funder, on_delete=models.CASCADE, related_name="work_links")
    award_ids = ArrayField(models.TextField(), default=list, help_text="as printed, distinct")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "funder"], name="work_funder_once")]


class WorkCategory(models.Model):
    """An arXiv category of a work; rank 1 is the primary one."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="category_links", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="work_links")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "category"], name="work_category_once")]


class Reference(models.Model):
    """A work cites another one. `raw_key` is the id the citing record gave; `cited` is set once that work is here."""

    citing = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="references", db_index=False)
    raw_key = models.TextField(help_text="'openalex:W…', 'doi:10.…' or 'arxiv:…'")
    cited = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL, related_name="citations", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["citing", "raw_key"], name="reference_once"),
            models.CheckConstraint(condition=Q(cited__isnull=True) | ~Q(cited=F("citing")), name="reference_not_to_itself"),
        ]
        indexes = [
            models.Index(fields=["raw_key"], condition=Q(cited__isnull=True), name="reference_unresolved"),  # resolving late arrivals
            models.Index(fields=["cited"], condition=Q(cited__isnull=False), name="reference_resolved"),  # citations of a work
        ]


class WorkRedirect(models.Model):
    """Another key that leads to a work: a merged upstream id, a preprint's DOI, a merged own id."""

    key = models.TextField(unique=True, help_text="'openalex:W…', 'doi:10.…', 'arxiv:…' or 'id:12'")
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="redirects")


class RecordChange(models.Model):
    """A record whose derived facts are due. Written by whoever changes a record, consumed (deleted) by the pipeline.

    Rows may repeat; rebuilding twice is harmless. A "citation" is a work of which only who cites it changed.
    """

    class Kind(models.TextChoices):
        RESEARCHER = "researcher"
        WORK = "work"
        CITATION = "citation"
        TOPIC = "topic"
        INSTITUTION = "institution"

    kind = models.TextField(choices=Kind)
    record_id = models.BigIntegerField(help_text="own key of the researcher, work, topic or institution")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("researcher", "work", "citation", "topic", "institution")), name="record_change_kind"
            )
        ]


class ImportRun(models.Model):
    """One import: what was asked, how far it came, what it did."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        FAILED = "failed", "stopped by an error"
        CANCELLED = "cancelled", "cancelled"
        PAUSED = "paused", "paused"

    provider = models.TextField(help_text="openalex or arxiv")
    parameters = models.JSONField(default=dict, help_text="what was asked, e.g. {'file': …} or {'author': 'A…'}")
    state = models.TextField(choices=State, default=State.QUEUED)
    counts = models.JSONField(default=dict, help_text="read, written, unchanged, quarantined and per-kind counts")
    cursor = models.JSONField(default=dict, help_text="where to go on")
    total = models.BigIntegerField(null=True, help_text="records expected (or bytes of a file, see unit in cursor), if known")
    error = models.TextField(default="", help_text="a plain sentence when failed")
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="a worker has the run until then, by the database's clock")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="times a worker took the run without getting any further")
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    acts = models.JSONField(
        default=list, help_text="who paused, resumed or cancelled it: [{'did': …, 'at': ISO time, 'by': user id or null}]"
    )

    def remember(self, *, counts: dict[str, int], place: dict[str, Any] | None, now: datetime) -> None:
        """Write the counts and where to go on to the row; the object itself stays as it is until that is committed.

        Raises LostPart if the run has another lease by now: somebody else works on it.
        """
        values: dict[str, Any] = {"counts": counts, "heartbeat_at": now} | ({} if place is None else {"cursor": place})
        if not ImportRun.objects.filter(pk=self.pk, lease_until=self.lease_until).update(**values):
            raise LostPart(f"Import {self.pk} was taken over.")


def import_lease() -> timedelta:
    """Return for how long a worker has a run or a part after each batch; what a killed one had is free again after this."""
    return timedelta(seconds=settings.IMPORT_LEASE)


class LostPart(Exception):
    """Another worker took the part or run over. What this one has in hand is not stored."""


class ImportPart(models.Model):
    """One file of a snapshot: who reads it until when, how far it was read, what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        FAILED = "failed", "failed"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="parts", db_index=False)
    path = models.TextField(help_text="below the snapshot's folder, e.g. works/updated_date=2025-11-06/part_000.gz")
    entity = models.TextField(help_text="works, authors, … or merged_ids")
    stage = models.PositiveSmallIntegerField(help_text="parts of a stage wait for those of every earlier one")
    state = models.TextField(choices=State, default=State.WAITING)
    lease_until = models.DateTimeField(null=True, help_text="a worker has the part until then, by the database's clock")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="times a worker took the part without getting any further")
    taken = models.PositiveIntegerField(default=0, help_text="raised by each taking, so that whoever lost the part cannot write any more")
    cursor = models.JSONField(default=dict, help_text="where in the file to go on: a Place of works/sources/lines.py and what it counted")
    counts = models.JSONField(default=dict, help_text="read, written, unchanged, quarantined, passed_over and per-kind counts")
    bytes_total = models.BigIntegerField(help_text="size of the file")
    bytes_done = models.BigIntegerField(default=0)
    records_told = models.BigIntegerField(null=True, help_text="records the manifest tells of")
    error = models.TextField(default="", help_text="a plain sentence when failed")
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "path"], name="import_part_once"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "running", "finished", "failed"]), name="import_part_state"),
            models.CheckConstraint(condition=Q(bytes_total__gte=0, bytes_done__gte=0), name="import_part_bytes"),
            models.CheckConstraint(condition=Q(state="failed") | Q(error=""), name="import_part_error_of_failed"),
            models.CheckConstraint(condition=Q(state="running") | Q(lease_until__isnull=True), name="import_part_lease_of_running"),
        ]
        indexes = [
            models.Index(fields=["run", "stage", "id"], name="import_parts_in_order"),  # the table of a run's parts
            # The next part to take; whether an earlier stage is still at work.
            models.Index(fields=["run", "stage", "id"], condition=Q(state__in=["waiting", "running"]), name="import_parts_open"),
        ]

    def remember(self, *, counts: dict[str, int], place: dict[str, Any] | None, now: datetime) -> None:
        """Write counts and place and keep the part for another lease. Raises LostPart if somebody else has it by now."""
        values: dict[str, Any] = {"counts": counts, "heartbeat_at": now, "attempts": 1, "lease_until": Now() + import_lease()}
        if place is not None:
            values |= {"cursor": place, "bytes_done": place["bytes"]}
        mine = ImportPart.objects.filter(pk=self.pk, taken=self.taken, state=self.State.RUNNING)
        if not mine.update(**values):
            raise LostPart(f"Part {self.pk} of import {self.run_id} was taken over.")


_PARTICULARS = r"“[^”]*”|\m[a-z]+:[^\s;]+|\m[A-Z]?\d[^\s;:]*"
_PARTICULARS_IN_A_ROW = "…((, | and | )…)+"


def _without_particulars(column: str) -> Func:
    """Return `column` without ids, numbers and quotes, so that reasons that differ in them alone are one."""
    bare = Func(F(column), Value(_PARTICULARS), Value("…"), Value("g"), function="regexp_replace")
    return Func(bare, Value(_PARTICULARS_IN_A_ROW), Value("…"), Value("g"), function="regexp_replace")


class ImportProblem(models.Model):
    """A record that was set aside, or stored with a reservation, and the true reason.

    `works.redriving` tries again what was set aside; `outcome` says what became of the last try.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    place = models.TextField(help_text="file and line, or the request")
    key = models.TextField(default="", help_text="the record's id if it could be read")
    reason = models.TextField()
    is_quarantined = models.BooleanField(default=True, help_text="False: the record was stored, this part of it was not")
    raw = models.TextField(default="", help_text="the record as received (escaped where it is not text), cut at 64 kB")
    created_at = models.DateTimeField(auto_now_add=True)
    kind = models.GeneratedField(
        expression=Left(_without_particulars("reason"), 200),
        output_field=models.TextField(),
        db_persist=True,
        help_text="the reason without its particulars",
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="times it was tried again")
    redriven_at = models.DateTimeField(null=True)
    redriven_by = models.BigIntegerField(null=True, help_text="own key of the member who asked for the last try")
    outcome = models.TextField(default="", db_default="", help_text="what became of the last try, a plain sentence")
    resolved_at = models.DateTimeField(null=True, help_text="since when the record is stored after all")

    class Meta:
        indexes = [
            models.Index(fields=["run", "reason"], name="import_problem_by_reason"),
            # /imports/problems/: counts by kind of reason from the index alone, and the list of one kind
            models.Index(
                fields=["kind", "id"], include=["run", "is_quarantined"], condition=Q(resolved_at__isnull=True), name="import_problem_open"
            ),
        ]


class UpstreamRecord(models.Model):
    """The last draft stored for an upstream record, by digest: an unchanged one is recognised without touching a row.

    Drafts of works are kept whole, so that a work of several upstream records can be composed again from all of them.
    """

    key = models.TextField(unique=True, help_text="'openalex:W…', 'openalex:A…', 'arxiv:2006.13719'")
    digest = models.BinaryField(max_length=16)
    record_id = models.BigIntegerField(help_text="own key of the work, researcher, institution, source or topic")
    imported_at = models.DateTimeField()
    upstream_updated = models.TextField(default="", help_text="upstream's own update stamp of that record")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    gone_at = models.DateTimeField(null=True, help_text="when upstream was found to have this record no longer")
    line_mark = models.BinaryField(null=True, max_length=16, help_text="tells the line it stood on in a snapshot, see works/unread.py")
    draft = models.BinaryField(null=True, help_text="a work's draft, JSON, deflated; null for other records")

    class Meta:
        indexes = [models.Index(fields=["record_id"], condition=Q(draft__isnull=False), name="upstream_drafts_of_work")]  # composing a work


class CoverageChunk(models.Model):
    """Derived: a stretch of works by own key (works.coverage.CHUNK of them), and whether its figures are due."""

    number = models.IntegerField(unique=True, help_text="own key of a work divided by the size of a chunk")
    counted_at = models.DateTimeField(null=True)
    due_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["number"], condition=Q(due_since__isnull=False), name="coverage_due")]


class CoverageCell(models.Model):
    """Derived: how complete the works of a chunk are, by year, type and the sources that tell of them."""

    chunk = models.ForeignKey(CoverageChunk, on_delete=models.CASCADE, related_name="cells")
    year = models.SmallIntegerField(null=True)
    type = models.TextField()
    in_openalex = models.BooleanField()
    in_arxiv = models.BooleanField()
    works = models.IntegerField()
    abstracts = models.IntegerField(help_text="works with an abstract")
    orcids = models.IntegerField(help_text="works with an ORCID iD on at least one byline")
    affiliations = models.IntegerField(help_text="works with a recognised institution on at least one byline")
    with_references = models.IntegerField(help_text="works with a reference list")
    topics = models.IntegerField(help_text="works with a topic")
    dois = models.IntegerField(help_text="works with a DOI")
    licences = models.IntegerField(help_text="works with a licence")
    dates = models.IntegerField(help_text="works with a full date")
    references_listed = models.BigIntegerField(help_text="references of these works")
    references_resolved = models.BigIntegerField(help_text="those of them that lead to works of this portal")


class AuthorshipRuling(models.Model):
    """A person's word on one byline: it belongs to a record, or it does not. Imports obey it (works/rulings.py).

    It is told from its byline by what was printed, because positions, spellings and author ids change upstream.
    Who said so, and why, stands in `bzpeer.curation`; this row moves along when works or records are merged.
    """

    class Verdict(models.TextChoices):
        MINE = "mine", "belongs to the record"
        NOT_MINE = "not_mine", "does not belong to the record"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="rulings")
    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="rulings")
    verdict = models.TextField(choices=Verdict)
    byline = models.TextField(help_text="as printed when this was said")
    name_key = models.TextField(help_text="names.name_key of it")
    position = models.PositiveIntegerField()
    author_id = models.TextField(default="", help_text="the author id upstream gave then")
    stub = models.ForeignKey(
        Researcher, null=True, on_delete=models.SET_NULL, related_name="+", help_text="the record made for a byline that was denied"
    )
    created_at = models.DateTimeField(auto_now_add=True)


class WorkMerge(models.Model):
    """Two works that were made one here, by their titles and authors, although no source connects them.

    As long as it is not undone, imports compose them as one. `moved` holds what undoing it needs: the rows of other
    apps that led to the absorbed work, and the keys that were its own.
    """

    kept = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="merges")
    absorbed_id = models.BigIntegerField(help_text="own key of the work that is no more; it is given back when this is undone")
    kept_drafts = ArrayField(models.TextField(), help_text="keys of the upstream records of the one")
    absorbed_drafts = ArrayField(models.TextField(), help_text="keys of the upstream records of the other")
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)


class DuplicateCandidate(models.Model):
    """Two works that may be the same paper, waiting to be compared (works/duplicates.py). Consumed by the pipeline."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["work", "other"], name="duplicate_candidate_once"),
            models.CheckConstraint(condition=Q(work__lt=F("other")), name="duplicate_candidate_in_order"),
        ]


class UpstreamConflict(models.Model):
    """Something an import found and must not decide: sources disagree and people are concerned.

    Written in the import's transaction, consumed by the pipeline, which puts it before a moderator.
    """

    class Kind(models.TextChoices):
        CLAIMED_ABSORBED = "claimed_absorbed", "upstream merged a claimed record into another one"
        SHARED_ID = "shared_id", "two records give the same ORCID iD or ROR id"
        CLAIMED_NAMESAKES = "claimed_namesakes", "bylines connect two claimed records"
        MISSING_BYLINE = "missing_byline", "a source dropped a byline that its owner confirmed"
        ID_USED_AGAIN = "id_used_again", "upstream uses an id that it had merged for another record"
        MOVED_AWAY = "moved_away", "upstream gave works of a claimed record to another one"

    kind = models.TextField(choices=Kind)
    key = models.TextField(help_text="upstream key of the record concerned, or the name")
    other_key = models.TextField(default="")
    detail = models.JSONField(default=dict)
    noted_at = models.DateTimeField(auto_now_add=True)


class UpstreamMerge(models.Model):
    """Upstream's word that one of its ids leads to another one (works/redirecting.py).

    It is kept although neither record is here, and is carried out when one arrives; and after it was, so that a record that
    still, or again, comes under the old id is told from one that upstream had merged.
    """

    old_key = models.TextField(unique=True, help_text="'openalex:W…', 'openalex:A…' or 'openalex:I…'")
    new_key = models.TextField()
    merged_on = models.DateField(null=True, help_text="upstream's date of the merge; null: it gave none")
    keys = ArrayField(models.TextField(), default=list, help_text="other keys of the merged record, which lead to the survivor, too")
    run = models.ForeignKey(ImportRun, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    noted_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, help_text="when the old id first led to a record here")
    used_again_at = models.DateTimeField(null=True, help_text="when upstream was found to use the old id for another record")

    class Meta:
        indexes = [
            models.Index(fields=["new_key"], condition=Q(settled_at__isnull=True), name="upstream_merge_waiting"),  # survivors that arrive
        ]


class RefreshDay(models.Model):
    """A UTC day of keeping records fresh: the requests spent, and the run that was begun. One run a day, whoever schedules it."""

    day = models.DateField(unique=True)
    requests = models.PositiveIntegerField(default=0, db_default=0)
    run = models.OneToOneField(ImportRun, null=True, on_delete=models.SET_NULL, related_name="+")


class TermsDue(models.Model):
    """A work whose abstract came, changed or went since its terms were counted. Rows may repeat; works/terms/counting.py consumes them."""

    work_id = models.BigIntegerField(help_text="own key of the work, which may be gone")


class TermFrequency(models.Model):
    """Derived: how many abstracts hold a term. Key 0 counts the abstracts themselves."""

    key = models.BigIntegerField(primary_key=True, help_text="works.terms.words.key_of the term")
    documents = models.IntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(documents__gte=0), name="term_frequency_not_negative")]


class CountedTerms(models.Model):
    """Derived: the terms for which a work's abstract is counted in `TermFrequency`, so that it can be taken out again exactly.

    It outlives its work until the counts follow.
    """

    work_id = models.BigIntegerField(primary_key=True)
    digest = models.UUIDField(null=True, help_text="of the abstract counted; null: not counted yet")
    keys = ArrayField(models.BigIntegerField(), default=list)
    weighed_at = models.DateTimeField(null=True, help_text="null: its key terms are due")
    abstracts = models.IntegerField(null=True, help_text="abstracts there were when its key terms were weighed")

    class Meta:
        indexes = [
            models.Index(fields=["work_id"], condition=Q(weighed_at__isnull=True), name="key_terms_due"),
            models.Index(fields=["abstracts"], name="key_terms_by_corpus"),  # those that many more abstracts have come since
        ]


THOUSANDTHS = 1_000
"""In one: the unit of a key term's weight."""


class KeyTerm(models.Model):
    """Derived: a term of a work's abstract by TF-IDF, heaviest first. Rows of a work that is gone may stay for some seconds.

    There are twenty for each work: columns are in the order that wastes no room.
    """

    pk = models.CompositePrimaryKey("work_id", "rank")
    work = models.ForeignKey(
        Work, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="key_terms"
    )  # without a constraint, works are deleted as fast as without terms
    key = models.BigIntegerField(help_text="works.terms.words.key_of the term")
    documents = models.IntegerField(help_text="abstracts that held the term when this was weighed")
    rank = models.SmallIntegerField()
    weight = models.SmallIntegerField(help_text="TF-IDF in thousandths, the whole abstract's scaled to length 1")
    text = models.TextField(help_text="as this abstract prints it most often, in lower case")

    class Meta:
        indexes = [models.Index(F("key"), F("weight").desc(), name="key_term_in_works")]  # /works/?term=, related works


class GeneratedSummary(models.Model):
    """Derived: what a language model wrote of a work's abstract, or is to write (works/generating.py). Never an author's words."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        MADE = "made", "made"
        FAILED = "failed", "given up"

    work = models.OneToOneField(Work, on_delete=models.CASCADE, related_name="generated_summary")
    state = models.TextField(choices=State, default=State.WAITING)
    text = models.TextField(default="", help_text="the last one that was made, kept while another one waits")
    model = models.TextField(default="", help_text="as the endpoint calls it")
    digest = models.UUIDField(null=True, help_text="of the abstract it was made from")
    made_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="not before; a worker that takes it moves this on, so that it comes back if the worker dies")
    error = models.TextField(default="", help_text="why the last try failed, a plain sentence")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "made", "failed"]), name="generated_summary_state"),
            models.CheckConstraint(
                condition=~Q(state="made") | (~Q(text="") & ~Q(model="") & Q(made_at__isnull=False)), name="generated_summary_says_by_whom"
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="generated_summary_due")]
