"""Who the portal knows: researchers, the names they go by, institutions, affiliations.

A `Researcher` is the public author record. What people assert about it (claims, edits) lives in
`bzpeer.claims`; what is computed from it carries "derived" in its help text and can be rebuilt.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left, Now


class VerificationLevel(models.IntegerChoices):
    """How well a record is tied to a person (design decision 8)."""

    BYLINE = 0, "L0"
    RECORD = 1, "L1"
    CLAIMED = 2, "L2"
    PROVED = 3, "L3"
    VOUCHED = 4, "L4"
    STAFF_CHECKED = 5, "L5"


class Institution(models.Model):
    """A university, company or institute, as OpenAlex and ROR identify it."""

    openalex_id = models.TextField(unique=True, null=True)
    ror = models.TextField(unique=True, null=True)
    display_name = models.TextField()
    folded_names = models.TextField(help_text="display name and acronyms, folded by researchers.names.fold")
    search = models.GeneratedField(
        expression=SearchVector("folded_names", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    country_code = models.CharField(max_length=2, default="", help_text="ISO 3166-1 alpha-2, upper case, or empty")
    type = models.TextField(default="")
    homepage_url = models.TextField(default="")
    lineage = ArrayField(models.TextField(), default=list, help_text="OpenAlex ids, itself and its parents")
    other_names = ArrayField(
        models.TextField(), default=list, db_default=[], help_text="acronyms and other names, as the source lists them"
    )
    provenance = models.JSONField(default=dict)

    works_count = models.IntegerField(default=0, help_text="derived: works in this portal")
    researchers_count = models.IntegerField(default=0, help_text="derived: researchers in this portal")
    followers_count = models.IntegerField(default=0, db_default=0, help_text="derived")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(openalex_id__isnull=True) | Q(openalex_id__regex=r"^I[1-9][0-9]*$"), name="institution_openalex_id_shape"
            ),
            models.CheckConstraint(condition=~Q(display_name=""), name="institution_has_a_name"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="institution_search"),
            models.Index(F("works_count").desc(), F("id"), name="institution_by_works"),  # /institutions/
            GinIndex(fields=["lineage"], name="institution_by_lineage"),  # what belongs to an institution
        ]

    def __str__(self) -> str:
        return self.display_name


class Researcher(models.Model):
    """A public author record.

    `verification_level` is what `bzpeer.claims` pushed down through `researchers.domain`;
    an unclaimed record has L1 when it carries a stable external id and L0 otherwise.
    """

    openalex_id = models.TextField(unique=True, null=True)
    orcid = models.TextField(unique=True, null=True, help_text="a second upstream record with the same iD keeps none and is reported")
    display_name = models.TextField()
    folded_names = models.TextField(help_text="every known name form, folded, parted by spaces")
    search = models.GeneratedField(
        expression=SearchVector("folded_names", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    assembled = models.BooleanField(default=False, help_text="put together here from bylines, without an upstream author id")
    name_key = models.TextField(default="", help_text="names.name_key of the byline an assembled record stands for")
    is_claimed = models.BooleanField(default=False)
    verification_level = models.PositiveSmallIntegerField(choices=VerificationLevel, default=VerificationLevel.BYLINE)
    biography = models.TextField(default="", help_text="the owner's words; empty until claimed")
    provenance = models.JSONField(default=dict)
    asserted = models.JSONField(
        default=dict, db_default={}, help_text='what people corrected: {"display_name": {"value": …, "at": …, "by": 12}}'
    )
    created_at = models.DateTimeField(auto_now_add=True)

    works_count = models.IntegerField(default=0, help_text="derived")
    topics_count = models.IntegerField(default=0, help_text="derived: distinct topics of the works here")
    close_collaborators_count = models.IntegerField(default=0, help_text="derived: at least 2 shared works")
    followers_count = models.IntegerField(default=0, help_text="derived")
    cited_by_count = models.IntegerField(default=0, help_text="derived: citations by works in this portal")
    trust_score = models.PositiveSmallIntegerField(default=0, help_text="derived: the newest TrustSnapshot")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(openalex_id__isnull=True) | Q(openalex_id__regex=r"^A[1-9][0-9]*$"), name="researcher_openalex_id_shape"
            ),
            models.CheckConstraint(
                condition=Q(orcid__isnull=True) | Q(orcid__regex=r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"),
                name="researcher_orcid_shape",
            ),
            models.CheckConstraint(condition=Q(verification_level__range=(0, 5)), name="researcher_level_range"),
            models.CheckConstraint(condition=Q(trust_score__range=(0, 100)), name="researcher_trust_range"),
            models.CheckConstraint(condition=~Q(display_name=""), name="researcher_has_a_name"),
            models.CheckConstraint(
                condition=Q(assembled=False) | Q(openalex_id__isnull=True), name="researcher_assembled_has_no_upstream_id"
            ),
            models.CheckConstraint(condition=Q(is_claimed=False) | Q(verification_level__gte=2), name="researcher_claimed_is_l2_or_more"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="researcher_search"),
            models.Index(F("works_count").desc(), F("id"), name="researcher_by_works"),  # /researchers/
            # /researchers/ with ?claimed=1, ?sort=trust and ?sort=name (a name may be long, an index entry not), and the front page
            models.Index(F("works_count").desc(), F("id"), condition=Q(is_claimed=True), name="researcher_claimed"),
            models.Index(F("trust_score").desc(), F("id"), name="researcher_by_trust"),
            models.Index(F("close_collaborators_count").desc(), F("id"), name="researcher_by_closeness"),
            models.Index(Left("display_name", 64), F("id"), name="researcher_by_name"),
            models.Index(fields=["name_key"], condition=Q(assembled=True), name="researcher_assembled_by_name"),  # resolving.py
        ]

    def __str__(self) -> str:
        return self.display_name


class NameForm(models.Model):
    """One way a researcher's name is written, and where we saw it."""

    class Kind(models.TextChoices):
        UPSTREAM = "upstream", "listed by the source"
        BYLINE = "byline", "printed on a paper"
        OWNER = "owner", "given by the owner"

    class Role(models.TextChoices):
        PLAIN = "", "another form"
        NATIVE = "native", "in the original script"
        FORMER = "former", "a former name"

    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="name_forms", db_index=False)
    name = models.TextField()
    kind = models.TextField(choices=Kind)
    source = models.TextField(help_text="openalex, arxiv, owner")
    role = models.TextField(choices=Role, default=Role.PLAIN, db_default=Role.PLAIN, help_text="what the owner says about this form")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["researcher", "name"], name="name_form_once")]


class Affiliation(models.Model):
    """A researcher at an institution in some years, according to one kind of evidence."""

    class Evidence(models.TextChoices):
        AUTHOR_RECORD = "author_record", "the author record of the source"
        AUTHORSHIPS = "authorships", "the affiliations printed on works"
        OWNER = "owner", "the owner"

    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="affiliations", db_index=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="affiliations")
    evidence = models.TextField(choices=Evidence)
    years = ArrayField(models.SmallIntegerField(), default=list, help_text="ascending, distinct")
    is_last_known = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["researcher", "institution", "evidence"], name="affiliation_once_per_evidence")]


class AffiliationDenial(models.Model):
    """The owner's word that they were never at an institution: what sources say of it is left out (works/mentions.py, counts.py)."""

    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="affiliation_denials", db_index=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="affiliation_denials")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["researcher", "institution"], name="affiliation_denied_once")]


class ResearcherRedirect(models.Model):
    """A key that used to be a researcher's and now leads to another: a merged upstream or own id."""

    key = models.TextField(unique=True, help_text="'openalex:A…', 'orcid:…' or 'id:12'")
    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="redirects")


class InstitutionRedirect(models.Model):
    """The same for institutions."""

    key = models.TextField(unique=True, help_text="'openalex:I…' or 'id:12'")
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="redirects")


class TrustSnapshot(models.Model):
    """Derived: the trust score of a researcher at a moment, with the rows it was made of.

    `components` is a list of {"key", "label", "points", "cap", "count", "evidence"} as `researchers.trust` gives it.
    A new row is written only when the components differ from the newest one, so the rows are the history.
    """

    researcher = models.ForeignKey(Researcher, on_delete=models.CASCADE, related_name="trust_snapshots")
    computed_at = models.DateTimeField()
    formula_version = models.TextField()
    level = models.PositiveSmallIntegerField(choices=VerificationLevel)
    score = models.PositiveSmallIntegerField()
    components = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__range=(0, 100)), name="trust_score_range")]
        indexes = [models.Index(F("researcher"), F("computed_at").desc(), name="trust_newest_first")]


class SuppressionKey(models.Model):
    """The secret that the digests of `Suppression` are made with: one row, made with the first of them.

    It is kept beside the list and not derived from SECRET_KEY, so that the list still works after a backup was restored
    on another machine and after the SECRET_KEY was changed.
    """

    secret = models.BinaryField(max_length=32)


class Suppression(models.Model):
    """The do-not-list: what must not appear (again), known only by a keyed digest (researchers/suppression.py)."""

    class Kind(models.TextChoices):
        RECORD = "record", "a record with this key"
        WORK = "work", "a work with a byline to leave alone"
        BYLINE = "byline", "a name on a work, not to be made a record"
        NAME = "name", "a former name of a record"

    digest = models.BinaryField(max_length=32, unique=True)
    kind = models.TextField(choices=Kind)
    hides_name = models.BooleanField(default=False, help_text="the name on papers is withheld, too")
    record_id = models.BigIntegerField(null=True, help_text="of a former name: own key of the record whose present name is shown instead")
    added_at = models.DateTimeField(auto_now_add=True, db_default=Now())
