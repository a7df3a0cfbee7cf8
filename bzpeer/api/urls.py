"""The API's addresses: one line per endpoint, in the order of the schema."""

from django.urls import URLPattern, URLResolver, path, re_path, register_converter

from bzpeer.api.docs import DocsView, RootView, SchemaView
from bzpeer.api.institutions import InstitutionEndpoint, InstitutionListEndpoint
from bzpeer.api.paths import PathView
from bzpeer.api.problems import no_such_address
from bzpeer.api.records import KeyConverter
from bzpeer.api.researchers import ResearcherEndpoint, ResearcherKnownAs, ResearcherListEndpoint
from bzpeer.api.search import SearchEndpoint
from bzpeer.api.slices import SliceView
from bzpeer.api.topics import TopicEndpoint, TopicListEndpoint
from bzpeer.api.views import ViewEndpoint, ViewListEndpoint
from bzpeer.api.works import WorkEndpoint, WorkKnownAs, WorkListEndpoint

register_converter(KeyConverter, "key")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RootView.as_view(), name="api_root"),
    path("researchers/", ResearcherListEndpoint.as_view(), name="api_researchers"),
    path("researchers/<key:key>/", ResearcherEndpoint.as_view(), name="api_researcher"),
    re_path(r"^researchers/(?P<known_as>(?:orcid|openalex):[^/]+)/?$", ResearcherKnownAs.as_view(), name="api_researcher_known_as"),
    path("works/", WorkListEndpoint.as_view(), name="api_works"),
    path("works/<key:key>/", WorkEndpoint.as_view(), name="api_work"),
    re_path(r"^works/(?P<known_as>(?:doi|arxiv|openalex):.+?)/?$", WorkKnownAs.as_view(), name="api_work_known_as"),
    path("topics/", TopicListEndpoint.as_view(), name="api_topics"),
    path("topics/<key:key>/", TopicEndpoint.as_view(), name="api_topic"),
    path("institutions/", InstitutionListEndpoint.as_view(), name="api_institutions"),
    path("institutions/<key:key>/", InstitutionEndpoint.as_view(), name="api_institution"),
    path("search/", SearchEndpoint.as_view(), name="api_search"),
    path("graph/slice/", SliceView.as_view(), name="api_slice"),
    path("graph/path/", PathView.as_view(), name="api_path"),
    path("graph/views/", ViewListEndpoint.as_view(), name="api_saved_views"),
    path("graph/views/<key:key>/", ViewEndpoint.as_view(), name="api_saved_view"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", DocsView.as_view(), name="api_docs"),
    # An address without its closing slash is left to APPEND_SLASH.
    re_path(r"^.*/$", no_such_address),
]
