"""/api/v1/topics/: the subjects works are about."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from bzpeer.addresses import record_address
from bzpeer.api.problems import PROBLEMS
from bzpeer.api.records import KEY_PARAMETER, KeyFilter, RecordDetail, RecordList, TextFilter
from works.models import Topic
from works.queries import topics_named


class TopicItem(serializers.ModelSerializer[Topic]):
    """A topic with its place in the tree: domain > field > subfield."""

    url = serializers.SerializerMethodField(help_text="the page")

    class Meta:
        model = Topic
        fields = (
            "id", "url", "display_name", "openalex_id", "description", "keywords", "subfield_id", "subfield_name", "field_id", "field_name",
            "domain_id", "domain_name", "works_count", "researchers_count",
        )  # fmt: skip

    def get_url(self, topic: Topic) -> str:
        return record_address("topic", topic.pk, topic.display_name)


class TopicFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter carries no types
    """What a list of topics can be narrowed by."""

    q = TextFilter(method="named", help_text="Every word begins a word of the name or a keyword")
    work = KeyFilter(field_name="work_links__work", help_text="Own key of a work about it")
    field = TextFilter(field_name="field_name", help_text="The field's name")
    domain = TextFilter(field_name="domain_name", help_text="The domain's name")

    def named(self, records: QuerySet[Topic], name: str, value: str) -> QuerySet[Topic]:
        return records & topics_named(value)


@extend_schema_view(get=extend_schema(operation_id="topics", summary="Topics", responses={200: TopicItem(many=True), **PROBLEMS}))
class TopicListEndpoint(RecordList):
    """Topics, most works first."""

    queryset = Topic.objects.order_by("-works_count", "pk")
    serializer_class = TopicItem
    filterset_class = TopicFilter


@extend_schema_view(
    get=extend_schema(operation_id="topic", summary="One topic", parameters=[KEY_PARAMETER], responses={200: TopicItem, **PROBLEMS})
)
class TopicEndpoint(RecordDetail):
    """A topic; its works are `/api/v1/works/?topic=<id>`."""

    address = "api_topic"
    serializer_class = TopicItem
    queryset = Topic.objects.order_by("pk")
