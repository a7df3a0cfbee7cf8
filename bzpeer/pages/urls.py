"""Every page's address, one line each, in the order a visitor meets them."""

from django.urls import URLPattern, URLResolver, path, re_path
from django_prometheus import exports

from bzpeer.pages import (
    adding,
    claim,
    corpus,
    explorer,
    follow,
    health,
    home,
    imports,
    institution,
    institutions,
    outbox,
    problems,
    quality,
    researcher,
    researchers,
    search,
    topic,
    topics,
    work,
    works,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    # records
    path("researchers/", researchers.researchers, name="researchers"),
    re_path(r"^researchers/orcid:(?P<orcid_id>[^/]+)/?$", researcher.by_orcid, name="researcher_by_orcid"),
    re_path(r"^researchers/openalex:(?P<author_id>[^/]+)/?$", researcher.by_openalex_id, name="researcher_by_openalex_id"),
    path("works/", works.works, name="works"),
    re_path(r"^works/doi:(?P<name>.+)$", work.by_doi, name="work_by_doi"),  # a DOI may hold slashes
    re_path(r"^works/arxiv:(?P<name>.+)$", work.by_arxiv_id, name="work_by_arxiv_id"),  # so does math/0611800
    re_path(r"^works/openalex:(?P<name>[^/]+/?)$", work.by_openalex_id, name="work_by_openalex_id"),
    path("works/<int:key>/cite.<str:format>", work.citation, name="citation"),
    path("works/<int:key>/", work.work),
    path("works/<int:key>/<str:slug>/", work.work, name="work"),
    path("works/<int:key>/<str:slug>/quality/", quality.work_quality, name="work_quality"),
    path("topics/", topics.topics, name="topics"),
    re_path(r"^topics/openalex:(?P<name>[^/]+)/?$", topic.by_openalex_id, name="topic_by_openalex_id"),
    path("topics/<int:key>/", topic.topic),
    path("topics/<int:key>/<str:slug>/", topic.topic, name="topic"),
    path("institutions/", institutions.institutions, name="institutions"),
    re_path(r"^institutions/ror:(?P<name>[^/]+)/?$", institution.by_ror, name="institution_by_ror"),
    re_path(r"^institutions/openalex:(?P<name>[^/]+)/?$", institution.by_openalex_id, name="institution_by_openalex_id"),
    path("institutions/<int:key>/", institution.institution),
    path("institutions/<int:key>/<str:slug>/", institution.institution, name="institution"),
    path("search/", search.search, name="search"),
    path("explore/", explorer.explore, name="explore"),
    path("about/corpus/", corpus.summary, name="corpus"),
    # members
    path("researchers/<int:key>/follow/", follow.FollowView.as_view(), name="follow"),
    path("researchers/<int:key>/claim/", claim.claim, name="claim"),
    path("researchers/<int:key>/", researcher.researcher),
    path("researchers/<int:key>/<str:slug>/", researcher.researcher, name="researcher"),  # after the steps above, which are no slugs
    path("researchers/<int:key>/<str:slug>/quality/", quality.researcher_quality, name="researcher_quality"),
    path("researchers/<int:key>/<str:slug>/add-works/", adding.add_works, name="add_works"),
    path("researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/", adding.bibliography, name="bibliography"),
    path("researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/again/", adding.look_again, name="look_again"),
    path("researchers/<int:key>/<str:slug>/add-works/<int:bibliography>/undo/<int:entry>/", adding.undo_entry, name="undo_entry"),
    path("claims/", claim.claims, name="claims"),
    path("claims/<int:key>/withdraw/", claim.withdraw, name="withdraw_claim"),
    # staff
    path("imports/", imports.imports, name="imports"),
    path("imports/problems/", problems.problems, name="problems"),
    path("imports/problems/redrive/", problems.redrive, name="redrive_problems"),
    path("imports/problems/<int:key>/", problems.one_problem, name="problem"),
    path("imports/coverage/", corpus.coverage, name="coverage"),
    path("imports/coverage.csv", corpus.coverage_csv, name="coverage_csv"),
    path("imports/<int:key>/", imports.one_import, name="import"),
    path("imports/<int:key>/<str:verb>/", imports.steer, name="steer_import"),
    path("outbox/", outbox.outbox, name="outbox"),
    # machines
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", exports.ExportToDjangoView, name="metrics"),
]
