"""Every page's address, one line each, in the order a visitor meets them."""

from django.urls import URLPattern, URLResolver, path

from bzpeer.pages import claim, follow, outbox

urlpatterns: list[URLPattern | URLResolver] = [
    # records
    # members
    path("researchers/<int:key>/follow/", follow.FollowView.as_view(), name="follow"),
    path("researchers/<int:key>/claim/", claim.claim, name="claim"),
    path("claims/", claim.claims, name="claims"),
    path("claims/<int:key>/withdraw/", claim.withdraw, name="withdraw_claim"),
    # staff
    path("outbox/", outbox.outbox, name="outbox"),
]
