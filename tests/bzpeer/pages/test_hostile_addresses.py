"""Every address of the portal that can be asked for, under values nobody should send: a refusal is fine, a crash is not."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db

HOSTILE = (
    "0", "-1", "1.5", "１２", "9223372036854775807", "9223372036854775808", "9" * 400, "\x00", "a\x00b", "\udcff", "%", "%00", "..",
    "../../etc/passwd", "'; drop table works_work; --", "<script>alert(1)</script>",
    "{{7*7}}", "é" * 300, "\u202e", "\U0010ffff", "null", "[]",
    " ", "\r\nX-Injected: 1", "10.1000/" + "x" * 3000,
)  # fmt: skip
WORST = ("9" * 400, "\x00", "\udcff", "é" * 300)
PARAMETERS = (
    "q", "page", "after", "before", "sort", "year", "year_from", "year_to", "type", "topic", "institution", "country", "open", "with",
    "authors", "references", "citations", "focus", "kinds", "radius", "limit", "from", "to", "view", "part", "reason", "next", "claimed",
    "affiliation", "format", "field",
)  # fmt: skip
ACCEPTED = {200, 301, 302, 304, 400, 401, 403, 404, 405, 406, 410, 414, 422, 429}
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\\]|\\.)*\)")


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield each route with its parts as "{}": "/works/{}/{}/"."""
    for pattern in patterns:
        text = str(pattern.pattern)
        text = _GROUP.sub("{}", text) if "(?P<" in text else _CONVERTER.sub("{}", text)
        text = prefix + text.lstrip("^").removesuffix("$").removesuffix("\\Z").replace("/?", "/").replace("\\", "")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, text)
        else:
            yield "/" + text


ROUTES = sorted(set(routes(get_resolver().url_patterns)) - {"/metrics", "/readyz"})  # no pages, and both answer as the machine fares
OURS = [route for route in ROUTES if not route.startswith(("/admin/", "/accounts/"))]


def encoded(value: str) -> str:
    """Return a value as a client would send it; a lone byte that is no UTF-8 stays one."""
    return quote(value.encode("utf-8", "surrogateescape"), safe="")


def test_the_routes_are_found():
    for known in ("/", "/researchers/{}/{}/", "/works/doi:{}", "/api/v1/graph/slice/", "/claims/{}/withdraw/"):
        assert known in OURS


@pytest.mark.parametrize("route", [route for route in ROUTES if "{}" in route])
def test_a_hostile_part_of_a_path_never_crashes(client, route):
    client.raise_request_exception = False
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    for value in HOSTILE:
        path = route.replace("{}", encoded(value))
        assert client.get(path).status_code in ACCEPTED, path


@pytest.mark.parametrize("route", OURS)
def test_a_hostile_parameter_never_crashes(client, route):
    client.raise_request_exception = False
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    person, topic = ResearcherFactory(), TopicFactory()
    work = WorkFactory(authors=[person], topics=[topic])
    key = {"works": work.pk, "topics": topic.pk}.get(re.sub(r"^/(api/v1/)?", "", route).split("/")[0], person.pk)
    path = client.get(route.replace("{}", str(key), 1).replace("{}", "-")).headers.get("Location") or route.replace("{}", str(key))
    for value in HOSTILE:
        query = "&".join(f"{name}={encoded(value)}" for name in PARAMETERS)
        answer = client.get(f"{path.split('#')[0]}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code in ACCEPTED, (path, value)


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_alone_never_crashes_the_lists(client, name):
    client.raise_request_exception = False
    person = ResearcherFactory()
    work = WorkFactory(authors=[person], topics=[TopicFactory()])
    lists = ("/search/", "/works/", "/researchers/", "/institutions/", "/topics/", "/explore/", "/api/v1/works/", "/api/v1/researchers/",
             "/api/v1/graph/slice/", f"/researchers/{person.pk}/", f"/works/{work.pk}/")  # fmt: skip
    for path in lists:
        for value in WORST:
            answer = client.get(f"{path}?{name}={encoded(value)}", follow=True)
            assert answer.status_code in ACCEPTED, (path, name, value)
