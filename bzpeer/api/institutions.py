"""/api/v1/institutions/: universities, companies and institutes on records."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from bzpeer.addresses import record_address
from bzpeer.api.problems import PROBLEMS
from bzpeer.api.records import KEY_PARAMETER, RecordDetail, RecordList, TextFilter
from researchers.models import Institution, InstitutionRedirect
from researchers.queries import institutions_named


class InstitutionItem(serializers.ModelSerializer[Institution]):
    """An institution."""

    url = serializers.SerializerMethodField(help_text="the page")

    class Meta:
        model = Institution
        fields = (
            "id", "url", "display_name", "openalex_id", "ror", "country_code", "type", "homepage_url", "other_names", "lineage",
            "works_count", "researchers_count",
        )  # fmt: skip

    def get_url(self, institution: Institution) -> str:
        return record_address("institution", institution.pk, institution.display_name)


class InstitutionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter carries no types
    """What a list of institutions can be narrowed by."""

    q = TextFilter(method="named", help_text="Every word begins a word of a name or acronym")
    country = TextFilter(field_name="country_code", lookup_expr="iexact", help_text="ISO 3166-1 alpha-2")
    type = TextFilter(help_text="As OpenAlex names types: education, company …")

    def named(self, records: QuerySet[Institution], name: str, value: str) -> QuerySet[Institution]:
        return records & institutions_named(value)


@extend_schema_view(
    get=extend_schema(operation_id="institutions", summary="Institutions", responses={200: InstitutionItem(many=True), **PROBLEMS})
)
class InstitutionListEndpoint(RecordList):
    """Institutions, most works first."""

    queryset = Institution.objects.order_by("-works_count", "pk")
    serializer_class = InstitutionItem
    filterset_class = InstitutionFilter


@extend_schema_view(
    get=extend_schema(
        operation_id="institution", summary="One institution", parameters=[KEY_PARAMETER], responses={200: InstitutionItem, **PROBLEMS}
    )
)
class InstitutionEndpoint(RecordDetail):
    """An institution; its people are `/api/v1/researchers/?institution=<id>`."""

    address = "api_institution"
    serializer_class = InstitutionItem
    queryset = Institution.objects.order_by("pk")

    def successor(self, key: str) -> Institution | None:
        moved = InstitutionRedirect.objects.filter(key=key).select_related("institution").first()
        return moved.institution if moved else None
