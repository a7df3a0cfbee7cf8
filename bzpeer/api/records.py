"""What the endpoints of all records share: reading, paging, filters that refuse nonsense, keys and redirects."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Model
from django.http import Http404
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.urls.converters import IntConverter
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from bzpeer.api.paging import BoundedPages
from bzpeer.api.parameters import LARGEST_KEY, check_query

KEY_PARAMETER = OpenApiParameter("key", {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}, OpenApiParameter.PATH)
LONGEST_TEXT = 200


class KeyConverter(IntConverter):
    """An own key in a path: what no bigint holds is no address."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        key = int(value)
        if not 1 <= key <= LARGEST_KEY:
            raise ValueError("not a key")
        return key


class RecordList(generics.ListAPIView[Any]):
    """A filtered, bounded list."""

    authentication_classes = ()
    pagination_class = BoundedPages

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_query(request._request)
        super().initial(request, *args, **kwargs)


class RecordDetail(generics.RetrieveAPIView[Any]):
    """One record by its own key; a key that was merged leads to its successor."""

    authentication_classes = ()
    lookup_url_kwarg = "key"
    address: ClassVar[str]

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().retrieve(request, *args, **kwargs)
        except Http404:
            key = kwargs["key"]
            if successor := self.successor(f"id:{key}"):
                return HttpResponseRedirect(reverse(self.address, kwargs={"key": successor.pk}), status=301)
            raise NotFound(f"There is no {self.address.removeprefix('api_')} {key}.") from None

    def successor(self, key: str) -> Model | None:
        return None


def redirect_to_record(address: str, found: Model | None, known_as: str) -> HttpResponseBase:
    """Lead from an external id to the record's endpoint."""
    if found is None:
        raise NotFound(f"No record here is known as {known_as[:80]}.")
    return HttpResponseRedirect(reverse(address, kwargs={"key": found.pk}))


# --- filters ----------------------------------------------------------------------------------------


class KeyFilter(django_filters.NumberFilter):  # type: ignore[misc]  # django-filter carries no types
    """The own key of a record; nothing is found for a key nobody has."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_KEY, **kwargs)

    def get_max_validator(self) -> None:
        return None


class YearFilter(django_filters.NumberFilter):  # type: ignore[misc]  # django-filter carries no types
    """A year from 1000 to 2200."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1000, max_value=2200, **kwargs)

    def get_max_validator(self) -> None:
        return None


class TextFilter(django_filters.CharFilter):  # type: ignore[misc]  # django-filter carries no types
    """A short text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=LONGEST_TEXT, **kwargs)
