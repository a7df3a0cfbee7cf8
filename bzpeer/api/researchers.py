"""/api/v1/researchers/: public author records with their counts, trust and grounds. Never an e-mail address."""

from typing import Any

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from bzpeer.addresses import record_address
from bzpeer.api.problems import PROBLEMS
from bzpeer.api.records import KEY_PARAMETER, KeyFilter, RecordDetail, RecordList, TextFilter, redirect_to_record
from bzpeer.claims.queries import biography_stands
from bzpeer.privacy.visibility import hidden_from
from researchers.models import Affiliation, NameForm, Researcher, TrustSnapshot, VerificationLevel
from researchers.queries import researcher_by_openalex_id, researcher_by_orcid, researchers_named, successor
from researchers.trust import band
from works.identifiers import openalex_id, orcid
from works.models import Authorship, WorkTopic

SORTS = {
    "works": ("-works_count", "pk"),
    "cited": ("-cited_by_count", "pk"),
    "trust": ("-trust_score", "pk"),
    "name": ("display_name", "pk"),
}


_FIELDS = {
    "biography": ("biography",),
    "names": ("name_forms",),
    "affiliations": ("affiliations",),
    "followers": ("followers_count",),
    "interests": ("interests",),
    "links": ("links",),
    "highlights": ("highlights",),
}
"""What a hidden part of a profile takes along here."""


class ResearcherItem(serializers.ModelSerializer[Researcher]):
    """A researcher in a list."""

    url = serializers.SerializerMethodField(help_text="the page")
    trust = serializers.SerializerMethodField()
    followers_count = serializers.IntegerField(allow_null=True, help_text="null where the owner does not show it")

    class Meta:
        model = Researcher
        fields = (
            "id", "url", "display_name", "openalex_id", "orcid", "assembled", "is_claimed", "verification_level", "trust",
            "works_count", "cited_by_count", "topics_count", "close_collaborators_count", "followers_count",
        )  # fmt: skip

    def to_representation(self, researcher: Researcher) -> dict[str, Any]:
        """Leave out what the owner of the record does not show to everybody."""
        said: dict[str, Any] = super().to_representation(researcher)
        profile = getattr(researcher, "owner_profile", None) if researcher.is_claimed else None
        for part in hidden_from(AnonymousUser(), profile, is_owner=False):
            for name in _FIELDS.get(part, ()):
                if name in said:
                    said[name] = [] if isinstance(said[name], list) else "" if isinstance(said[name], str) else None
        return said

    def get_url(self, researcher: Researcher) -> str:
        return record_address("researcher", researcher.pk, researcher.display_name)

    @extend_schema_field(inline_serializer("TrustBrief", {"score": serializers.IntegerField(), "band": serializers.CharField()}))
    def get_trust(self, researcher: Researcher) -> dict[str, Any]:
        return {"score": researcher.trust_score, "band": band(researcher.trust_score)}


class AffiliationItem(serializers.ModelSerializer[Affiliation]):
    """An institution of a researcher, with the kind of evidence."""

    institution = serializers.SerializerMethodField()

    class Meta:
        model = Affiliation
        fields = ("institution", "years", "evidence", "is_last_known")

    @extend_schema_field(inline_serializer("InstitutionBrief", {"id": serializers.IntegerField(), "display_name": serializers.CharField()}))
    def get_institution(self, affiliation: Affiliation) -> dict[str, Any]:
        return {"id": affiliation.institution_id, "display_name": affiliation.institution.display_name}


class NameFormItem(serializers.ModelSerializer[NameForm]):
    """A way the name is written, and where that was seen."""

    class Meta:
        model = NameForm
        fields = ("name", "kind", "source")


class TrustItem(serializers.ModelSerializer[TrustSnapshot]):
    """A trust score with every component it was made of."""

    band = serializers.SerializerMethodField()
    components = serializers.ListField(
        child=inline_serializer(
            "TrustComponent",
            {
                "key": serializers.CharField(),
                "label": serializers.CharField(),
                "points": serializers.IntegerField(),
                "cap": serializers.IntegerField(),
                "count": serializers.IntegerField(),
                "evidence": serializers.CharField(),
            },
        )
    )

    class Meta:
        model = TrustSnapshot
        fields = ("score", "band", "level", "formula_version", "computed_at", "components")

    def get_band(self, snapshot: TrustSnapshot) -> str:
        return band(snapshot.score)


class ResearcherWhole(ResearcherItem):
    """A researcher with names, affiliations and the grounds of the trust score."""

    biography = serializers.SerializerMethodField(help_text="the word of its present owner; empty where nobody's stands")
    name_forms = NameFormItem(many=True, source="shown_name_forms")
    affiliations = AffiliationItem(many=True, source="shown_affiliations")
    trust_snapshot = serializers.SerializerMethodField()

    class Meta(ResearcherItem.Meta):
        fields = (*ResearcherItem.Meta.fields, "biography", "name_forms", "affiliations", "trust_snapshot")  # type: ignore[assignment]  # a longer tuple

    def get_biography(self, researcher: Researcher) -> str:
        return researcher.biography if biography_stands(researcher) else ""

    @extend_schema_field(TrustItem(allow_null=True))
    def get_trust_snapshot(self, researcher: Researcher) -> dict[str, Any] | None:
        snapshots = researcher.newest_snapshots  # type: ignore[attr-defined]  # prefetched by ResearcherEndpoint
        return dict(TrustItem(snapshots[0]).data) if snapshots else None


class ResearcherFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter carries no types
    """What a list of researchers can be narrowed by."""

    q = TextFilter(method="named", help_text="Every word begins a word of a name; accents and order do not matter")
    has_orcid = django_filters.BooleanFilter(field_name="orcid", lookup_expr="isnull", exclude=True)
    claimed = django_filters.BooleanFilter(field_name="is_claimed")
    level = django_filters.TypedChoiceFilter(
        field_name="verification_level", lookup_expr="gte", coerce=int, choices=VerificationLevel.choices, help_text="This level or higher"
    )
    topic = KeyFilter(method="on_topic", help_text="Own key of a topic of their works")
    institution = KeyFilter(method="at_institution", help_text="Own key of an institution on record")
    sort = django_filters.ChoiceFilter(
        method="sorted_by", choices=[(name, name) for name in SORTS], help_text="works by default; best match with q"
    )

    def named(self, records: QuerySet[Researcher], name: str, value: str) -> QuerySet[Researcher]:
        return records & researchers_named(value)

    def on_topic(self, records: QuerySet[Researcher], name: str, value: int) -> QuerySet[Researcher]:
        bylines = Authorship.objects.filter(researcher=OuterRef("pk"), work__in=WorkTopic.objects.filter(topic=value).values("work"))
        return records.filter(Exists(bylines))

    def at_institution(self, records: QuerySet[Researcher], name: str, value: int) -> QuerySet[Researcher]:
        return records.filter(Exists(Affiliation.objects.filter(researcher=OuterRef("pk"), institution=value)))

    def sorted_by(self, records: QuerySet[Researcher], name: str, value: str) -> QuerySet[Researcher]:
        return records.order_by(*SORTS[value])


@extend_schema_view(
    get=extend_schema(operation_id="researchers", summary="Researchers", responses={200: ResearcherItem(many=True), **PROBLEMS})
)
class ResearcherListEndpoint(RecordList):
    """Researchers, most works first."""

    queryset = Researcher.objects.select_related("owner_profile").order_by("-works_count", "pk")
    serializer_class = ResearcherItem
    filterset_class = ResearcherFilter


@extend_schema_view(
    get=extend_schema(
        operation_id="researcher", summary="One researcher", parameters=[KEY_PARAMETER], responses={200: ResearcherWhole, **PROBLEMS}
    )
)
class ResearcherEndpoint(RecordDetail):
    """A researcher with the evidence on record."""

    address = "api_researcher"
    serializer_class = ResearcherWhole
    queryset = Researcher.objects.select_related("owner_profile").prefetch_related(
        Prefetch("name_forms", NameForm.objects.order_by("name"), to_attr="shown_name_forms"),
        Prefetch(
            "affiliations",
            Affiliation.objects.select_related("institution").order_by("-is_last_known", "institution_id", "evidence"),
            to_attr="shown_affiliations",
        ),
        Prefetch("trust_snapshots", TrustSnapshot.objects.order_by("-computed_at", "-pk")[:1], to_attr="newest_snapshots"),
    )

    def successor(self, key: str) -> Researcher | None:
        return successor(key)


class ResearcherKnownAs(APIView):
    """Leads from `orcid:…` or `openalex:A…` to the record."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, known_as: str) -> HttpResponseBase:
        scheme, _, value = known_as.partition(":")
        found = None
        if scheme == "orcid" and (iD := orcid(value)):
            found = researcher_by_orcid(iD)
        elif scheme == "openalex" and (author := openalex_id(value, "A")):
            found = researcher_by_openalex_id(author)
        return redirect_to_record("api_researcher", found, known_as)
