"""The API's addresses: one line per endpoint, in the order of the schema."""

from django.urls import URLPattern, URLResolver, path, re_path

from bzpeer.api.problems import no_such_address
from bzpeer.api.slices import SliceView

urlpatterns: list[URLPattern | URLResolver] = [
    path("graph/slice/", SliceView.as_view(), name="api_slice"),
    re_path(r"^", no_such_address),
]
