"""/api/v1/works/: papers with their ids, bylines, topics and counts."""

from typing import Any

import django_filters
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api.problems import PROBLEMS
from bzpeer.api.records import KEY_PARAMETER, KeyFilter, RecordDetail, RecordList, TextFilter, YearFilter, redirect_to_record
from works.identifiers import arxiv_id, doi, openalex_id
from works.models import Authorship, AuthorshipInstitution, Reference, Work, WorkCategory, WorkFunder, WorkTopic, WorkVersion
from works.queries import work_known_as, works_titled
from works.sureness import sureness

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


class WorkWhole(WorkItem):
    """A work with everything the portal keeps of it; its references are `/api/v1/works/?cited_by=<id>`."""

    authorships = BylineWhole(many=True, source="shown_authorships", help_text=f"the first {BYLINES_IN_WHOLE}")
    topics = WorkTopicItem(many=True, source="shown_topics")
    categories = serializers.SerializerMethodField(help_text="arXiv categories, the primary one first")
    versions = VersionItem(many=True, source="shown_versions")
    funders = FunderItem(many=True, source="shown_funders")

    class Meta(WorkItem.Meta):
        fields = (  # type: ignore[assignment]  # a longer tuple
            *WorkItem.Meta.fields,
            "abstract", "language", "updated_on", "volume", "issue", "first_page", "last_page", "landing_page_url", "pdf_url", "license",
            "is_oa", "oa_status", "comments", "journal_ref", "upstream_cited_by_count", "topics", "categories", "versions", "funders",
            "provenance",
        )  # fmt: skip

    def get_categories(self, work: Work) -> list[str]:
        return [link.category.code for link in work.shown_categories]  # type: ignore[attr-defined]  # prefetched by WorkEndpoint


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
    """A work with its bylines, topics, versions and the provenance of its values."""

    address = "api_work"
    serializer_class = WorkWhole
    queryset = _with_bylines(Work.objects.all(), BYLINES_IN_WHOLE).prefetch_related(
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
