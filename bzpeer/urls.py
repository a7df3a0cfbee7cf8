"""Every address of the portal. A page is found in bzpeer/pages, an endpoint in bzpeer/api, by its name here."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "bzpeer"
admin.site.index_title = "Members and claims"
# One door: the admin's own login knows neither limits nor second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("bzpeer.api.urls")),
    path("", include("bzpeer.pages.urls")),
]

handler400 = "bzpeer.pages.errors.bad_request"
handler403 = "bzpeer.pages.errors.forbidden"
handler404 = "bzpeer.pages.errors.not_found"
handler500 = "bzpeer.pages.errors.server_error"
