"""Every page's address, one line each, in the order a visitor meets them."""

from django.urls import URLPattern, URLResolver, path, re_path

from bzpeer.pages import claim, follow, home, outbox, researcher, researchers

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    # records
    path("researchers/", researchers.researchers, name="researchers"),
    re_path(r"^researchers/orcid:(?P<orcid_id>[^/]+)/?$", researcher.by_orcid, name="researcher_by_orcid"),
    re_path(r"^researchers/openalex:(?P<author_id>[^/]+)/?$", researcher.by_openalex_id, name="researcher_by_openalex_id"),
    # members
    path("researchers/<int:key>/follow/", follow.FollowView.as_view(), name="follow"),
    path("researchers/<int:key>/claim/", claim.claim, name="claim"),
    path("researchers/<int:key>/", researcher.researcher),
    path("researchers/<int:key>/<str:slug>/", researcher.researcher, name="researcher"),  # after the steps above, which are no slugs
    path("claims/", claim.claims, name="claims"),
    path("claims/<int:key>/withdraw/", claim.withdraw, name="withdraw_claim"),
    # staff
    path("outbox/", outbox.outbox, name="outbox"),
]
