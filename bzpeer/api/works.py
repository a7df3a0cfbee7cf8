"""/api/v1/works/: papers with their ids, bylines, topics and counts; each by itself with its summary, key terms and related papers."""

from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api.problems import PROBLEMS
from bzpeer.api.records import KEY_PARAMETER, KeyFilter, RecordDetail, RecordList, TextFilter, YearFilter, redirect_to_record
from bzpeer.curation.summaries import quick_summary
from works.identifiers import arxiv_id, doi, openalex_id
from works.models import Authorship, AuthorshipInstitution, KeyTerm, Reference, Work, WorkCategory, WorkFunder, WorkTopic, WorkVersion
from works.queries import work_known_as, works_titled
from works.related import related_to
from works.sureness import sureness
from works.terms.queries import KeyTerms, key_terms_of, term_asked_for

BYLINES_IN_LIST, BYLINES_IN_WHOLE = 10, 500
SOURCE_FIELDS = ("id", "display_name", "type", "openalex_id", "issn_l", "issn", "host_organization_name")
SORTS = {
    "newest": (F("publication_date").desc(nulls_last=True), F("id").desc()),
    "cited": (F("cited_by_count").desc(), F("id").asc()),
}


class BylineItem(serializers.ModelSerializer[Authorship]):
    """A byline as printed and, when known, the researcher it belongs to."""

    class Meta:
        model = Authorship
        fields = ("position", "byline", "researcher_id", "is_corresponding")


class BylineWhole(BylineItem):
    """A byline with the affiliations printed and the grounds of its resolution."""

    score = serializers.SerializerMethodField(
        help_text="how often such grounds are right, 0 to 1; null where the source or a person said so"
    )

    class Meta(BylineItem.Meta):
        fields = (*BylineItem.Meta.fields, "raw_affiliations", "resolved_by", "grounds", "score")  # type: ignore[assignment]  # a longer tuple

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_score(self, byline: Authorship) -> float | None:
        return sureness(byline.resolved_by)


class WorkItem(serializers.ModelSerializer[Work]):
    """A work in a list, with its first bylines."""

    url = serializers.SerializerMethodField(help_text="the page")
    source = serializers.SerializerMethodField(help_text="where it appeared")  # type: ignore[assignment]  # a field of this name, not the argument
    authorships = BylineItem(many=True, source="shown_authorships", help_text=f"the first {BYLINES_IN_LIST}")

    class Meta:
        model = Work
        fields = (
            "id", "url", "title", "type", "publication_year", "publication_date", "openalex_id", "doi", "arxiv_id", "source",
            "is_retracted", "is_withdrawn", "cited_by_count", "references_count", "authorships",
        )  # fmt: skip

    def get_url(self, work: Work) -> str:
        return record_address("work", work.pk, work.title)

    @extend_schema_field(
        inline_serializer(
            "SourceBrief",
            {
                "id": serializers.IntegerField(),
                "display_name": serializers.CharField(),
                "type": serializers.CharField(),
                "openalex_id": serializers.CharField(allow_null=True),
                "issn_l": serializers.CharField(allow_null=True),
                "issn": serializers.ListField(child=serializers.CharField()),
                "host_organization_name": serializers.CharField(),
            },
            allow_null=True,
        )
    )
    def get_source(self, work: Work) -> dict[str, Any] | None:
        return {name: getattr(work.source, name) for name in SOURCE_FIELDS} if work.source else None


class WorkTopicItem(serializers.ModelSerializer[WorkTopic]):
    """A topic of a work with the classifier's score."""

    id = serializers.IntegerField(source="topic_id")
    display_name = serializers.CharField(source="topic.display_name")

    class Meta:
        model = WorkTopic
        fields = ("id", "display_name", "score", "rank")


class FunderItem(serializers.ModelSerializer[WorkFunder]):
    """Who paid for a work, with the award numbers as printed."""

    id = serializers.IntegerField(source="funder_id")
    display_name = serializers.CharField(source="funder.display_name")
    openalex_id = serializers.CharField(source="funder.openalex_id", allow_null=True)
    ror = serializers.CharField(source="funder.ror", allow_null=True)
    country_code = serializers.CharField(source="funder.country_code")

    class Meta:
        model = WorkFunder
        fields = ("id", "display_name", "openalex_id", "ror", "country_code", "award_ids")


class VersionItem(serializers.ModelSerializer[WorkVersion]):
    """An arXiv version."""

    class Meta:
        model = WorkVersion
        fields = ("number", "submitted_at")


class TermItem(serializers.Serializer[Any]):
    """A key term of a work."""

    term = serializers.CharField(source="text", help_text="as the abstract prints it most often, in lower case")
    weight = serializers.FloatField(help_text="TF-IDF to three decimals, the whole abstract's scaled to length 1")
    documents = serializers.IntegerField(help_text="abstracts that held the term when this was weighed")
    works = serializers.SerializerMethodField(help_text="the page of the works that share it")

    def get_works(self, term: Any) -> str:
        return f"{reverse('works')}?{urlencode({'term': term.asked})}"


class TermsItem(serializers.Serializer[KeyTerms]):
    """The key terms of a work, heaviest first; none while its abstract waits for being counted."""

    abstracts = serializers.IntegerField(help_text="of so many abstracts here")
    weighed_at = serializers.DateTimeField(allow_null=True)
    terms = TermItem(many=True)


class SummaryItem(serializers.Serializer[Any]):
    """What sums a work up, and whose words they are."""

    text = serializers.CharField()
    made = serializers.ChoiceField(
        choices=["written", "chosen", "generated"],
        source="kind",
        help_text="written by an author or the staff, chosen from the abstract word for word, or generated by a language model",
    )
    by_author = serializers.BooleanField(help_text="written by who owns an author's record; else by the staff of the portal")
    model = serializers.CharField(help_text="that generated it")
    date = serializers.DateTimeField(source="at", allow_null=True, help_text="of writing or generating")


class RelatedItem(serializers.Serializer[Any]):
    """A related paper, with the reasons why it is one."""

    id = serializers.IntegerField(source="work_id")
    url = serializers.SerializerMethodField(help_text="the page")
    title = serializers.CharField()
    publication_year = serializers.IntegerField(source="year", allow_null=True)
    is_retracted = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    shared_references = serializers.IntegerField()
    cited_together = serializers.IntegerField(help_text="papers that cite both")
    shared_terms = serializers.ListField(child=serializers.CharField())
    likeness = serializers.FloatField(
        source="alike", help_text="of the abstracts' wording, 0 to 1; 0 where they are not among the most alike"
    )

    def get_url(self, related: Any) -> str:
        return record_address("work", related.work_id, related.title)


class WorkWhole(WorkItem):
    """A work with everything the portal keeps of it; its references are `/api/v1/works/?cited_by=<id>`."""

    authorships = BylineWhole(many=True, source="shown_authorships", help_text=f"the first {BYLINES_IN_WHOLE}")
    topics = WorkTopicItem(many=True, source="shown_topics")
    categories = serializers.SerializerMethodField(help_text="arXiv categories, the primary one first")
    versions = VersionItem(many=True, source="shown_versions")
    funders = FunderItem(many=True, source="shown_funders")
    summary = serializers.SerializerMethodField(help_text="the one its page shows; null where it shows none")
    key_terms = serializers.SerializerMethodField()
    related_works = serializers.SerializerMethodField(help_text="on this portal, those most related first")
    _read: tuple[int, KeyTerms] | None = None

    class Meta(WorkItem.Meta):
        fields = (  # type: ignore[assignment]  # a longer tuple
            *WorkItem.Meta.fields,
            "abstract", "language", "updated_on", "volume", "issue", "first_page", "last_page", "landing_page_url", "pdf_url", "license",
            "is_oa", "oa_status", "comments", "journal_ref", "upstream_cited_by_count", "topics", "categories", "versions", "funders",
            "summary", "key_terms", "related_works", "provenance",
        )  # fmt: skip

    def get_categories(self, work: Work) -> list[str]:
        return [link.category.code for link in work.shown_categories]  # type: ignore[attr-defined]  # prefetched by WorkEndpoint

    @extend_schema_field(SummaryItem(allow_null=True))
    def get_summary(self, work: Work) -> dict[str, Any] | None:
        shown = quick_summary(work, terms=self._terms(work))
        return SummaryItem(shown).data if shown else None

    @extend_schema_field(TermsItem)
    def get_key_terms(self, work: Work) -> dict[str, Any]:
        return TermsItem(self._terms(work)).data

    @extend_schema_field(RelatedItem(many=True))
    def get_related_works(self, work: Work) -> list[dict[str, Any]]:
        return list(RelatedItem(related_to(work.pk), many=True).data)

    def _terms(self, work: Work) -> KeyTerms:
        """Read once for the summary and the terms."""
        if self._read is None or self._read[0] != work.pk:
            self._read = (work.pk, key_terms_of(work.pk, language=work.language))
        return self._read[1]


class WorkFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter carries no types
    """What a list of works can be narrowed by."""

    q = TextFilter(method="titled", help_text="Every word begins a word of the title; accents and order do not matter")
    year = YearFilter(field_name="publication_year")
    year_from = YearFilter(field_name="publication_year", lookup_expr="gte")
    year_to = YearFilter(field_name="publication_year", lookup_expr="lte")
    type = TextFilter(help_text="As OpenAlex names types: article, preprint …")
    researcher = KeyFilter(method="by_researcher", help_text="Own key of a researcher with a byline")
    topic = KeyFilter(method="on_topic", help_text="Own key of a topic")
    institution = KeyFilter(method="from_institution", help_text="Own key of an institution in a byline")
    source = KeyFilter(field_name="source", help_text="Own key of a venue")
    funder = KeyFilter(method="paid_by", help_text="Own key of a funder")
    cites = KeyFilter(method="citing", help_text="Works that cite this one (own key)")
    cited_by = KeyFilter(method="cited", help_text="Works that this one cites (own key)")
    term = TextFilter(method="sharing", help_text='Works of which this is a key term: "neural networks", "de:neuronale Netze"')
    has_doi = django_filters.BooleanFilter(field_name="doi", lookup_expr="isnull", exclude=True)
    has_arxiv = django_filters.BooleanFilter(field_name="arxiv_id", lookup_expr="isnull", exclude=True)
    open_access = django_filters.BooleanFilter(field_name="is_oa")
    sort = django_filters.ChoiceFilter(
        method="sorted_by", choices=[(name, name) for name in SORTS], help_text="newest by default; best match with q"
    )

    def titled(self, records: QuerySet[Work], name: str, value: str) -> QuerySet[Work]:
        return records & works_titled(value)

    def by_researcher(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(pk__in=Authorship.objects.filter(researcher=value).values("work"))

    def on_topic(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(Exists(WorkTopic.objects.filter(work=OuterRef("pk"), topic=value)))

    def from_institution(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(pk__in=AuthorshipInstitution.objects.filter(institution=value).values("authorship__work"))

    def paid_by(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(pk__in=WorkFunder.objects.filter(funder=value).values("work"))

    def citing(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(pk__in=Reference.objects.filter(cited=value).values("citing"))

    def cited(self, records: QuerySet[Work], name: str, value: int) -> QuerySet[Work]:
        return records.filter(pk__in=Reference.objects.filter(citing=value, cited__isnull=False).values("cited"))

    def sharing(self, records: QuerySet[Work], name: str, value: str) -> QuerySet[Work]:
        key = term_asked_for(value)
        return records.none() if key is None else records.filter(pk__in=KeyTerm.objects.filter(key=key).values("work_id"))

    def sorted_by(self, records: QuerySet[Work], name: str, value: str) -> QuerySet[Work]:
        return records.order_by(*SORTS[value])


def _with_bylines(works: QuerySet[Work], most: int) -> QuerySet[Work]:
    bylines = Authorship.objects.order_by("position")[:most]
    return works.select_related("source").prefetch_related(Prefetch("authorships", bylines, to_attr="shown_authorships"))


@extend_schema_view(get=extend_schema(operation_id="works", summary="Works", responses={200: WorkItem(many=True), **PROBLEMS}))
class WorkListEndpoint(RecordList):
    """Works, newest first."""

    queryset = _with_bylines(Work.objects.order_by(*SORTS["newest"]), BYLINES_IN_LIST)
    serializer_class = WorkItem
    filterset_class = WorkFilter


@extend_schema_view(
    get=extend_schema(operation_id="work", summary="One work", parameters=[KEY_PARAMETER], responses={200: WorkWhole, **PROBLEMS})
)
class WorkEndpoint(RecordDetail):
    """A work with its bylines, topics, versions, summary, key terms, related papers and the provenance of its values."""

    address = "api_work"
    serializer_class = WorkWhole
    queryset = _with_bylines(Work.objects.select_related("generated_summary"), BYLINES_IN_WHOLE).prefetch_related(
        Prefetch("topic_links", WorkTopic.objects.select_related("topic").order_by("rank", "pk"), to_attr="shown_topics"),
        Prefetch("category_links", WorkCategory.objects.select_related("category").order_by("rank", "pk"), to_attr="shown_categories"),
        Prefetch(
            "funder_links", WorkFunder.objects.select_related("funder").order_by("funder__display_name", "pk"), to_attr="shown_funders"
        ),
        Prefetch("versions", WorkVersion.objects.order_by("number"), to_attr="shown_versions"),
    )

    def successor(self, key: str) -> Work | None:
        return work_known_as(key)


class WorkKnownAs(APIView):
    """Leads from `doi:…`, `arxiv:…` or `openalex:W…` to the record."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, known_as: str) -> HttpResponseBase:
        scheme, _, value = known_as.partition(":")
        bare = _bare(scheme, value)
        return redirect_to_record("api_work", work_known_as(f"{scheme}:{bare}") if bare else None, known_as)


def _bare(scheme: str, value: str) -> str | None:
    match scheme:
        case "doi":
            return doi(value)
        case "arxiv":
            return arxiv_id(value)
        case _:
            return openalex_id(value, "W")
