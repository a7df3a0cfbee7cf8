"""Every address of the portal that can be asked for, under values nobody should send: a refusal is fine, a crash is not."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from operator import methodcaller
from typing import Any
from urllib.parse import quote

import pytest
from django.core.handlers.wsgi import WSGIRequest, get_bytes_from_wsgi
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

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


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_a_hostile_path_that_leads_nowhere_never_crashes(client, value):
    client.raise_request_exception = False
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    for before in ("/", "/nowhere/", "/researchers/", "/api/v1/nowhere/", "/admin/nowhere/"):
        for path in (f"{before}{encoded(value)}", f"{before}{encoded(value)}/nowhere/"):
            assert client.get(path).status_code in ACCEPTED, path


@pytest.mark.parametrize("route", [route for route in ROUTES if "{}" in route])
def test_a_hostile_part_of_a_path_never_crashes(client, route):
    client.raise_request_exception = False
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    for value in HOSTILE:
        path = route.replace("{}", encoded(value))
        if leads_somewhere(path):  # else the answer is the same whatever the route: see the test above
            assert client.get(path).status_code in ACCEPTED, path


@pytest.mark.parametrize("route", OURS)
def test_a_hostile_parameter_never_crashes(client, route, looked):
    client.raise_request_exception = False
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    person, topic = ResearcherFactory(), TopicFactory()
    work = WorkFactory(authors=[person], topics=[topic])
    key = {"works": work.pk, "topics": topic.pk}.get(re.sub(r"^/(api/v1/)?", "", route).split("/")[0], person.pk)
    path = client.get(route.replace("{}", str(key), 1).replace("{}", "-")).headers.get("Location") or route.replace("{}", str(key))
    for value in HOSTILE:
        query = "&".join(f"{name}={encoded(value)}" for name in PARAMETERS)
        looked.clear()
        answer = client.get(f"{path.split('#')[0]}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code in ACCEPTED, (path, value)
        if not looked or (looked == MASTHEAD and b'id="masthead-q"' in answer.content):
            break  # the page itself read no parameter: the next values would meet the same steps


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:20]))
def test_the_search_field_on_top_of_every_page_takes_any_words(client, value, looked):
    answer = client.get(f"/about/trust/?q={encoded(value)}")
    assert (answer.status_code, looked) == (200, MASTHEAD)
    assert b'id="masthead-q"' in answer.content


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_parameter_alone_never_crashes_the_lists(client, name, looked):
    client.raise_request_exception = False
    person = ResearcherFactory()
    work = WorkFactory(authors=[person], topics=[TopicFactory()])
    lists = ("/search/", "/works/", "/researchers/", "/institutions/", "/topics/", "/explore/", "/api/v1/works/", "/api/v1/researchers/",
             "/api/v1/graph/slice/", f"/researchers/{person.pk}/", f"/works/{work.pk}/")  # fmt: skip
    for path in lists:
        for value in WORST:
            looked.clear()
            answer = client.get(f"{path}?{name}={encoded(value)}", follow=True)
            assert answer.status_code in ACCEPTED, (path, name, value)
            if not looked.keys() & {name, EVERYTHING}:
                break


def test_reading_a_parameter_is_noticed(looked):
    request = RequestFactory().get("/?q=1&page=2&sort=3")
    assert not looked
    assert request.GET.get("q") == "1"
    assert "page" in request.GET
    assert looked == {"q": 2, "page": 1}
    calls = [methodcaller(name) for name in ("urlencode", "copy", "items", "lists", "values", "keys", "dict")]
    for read in (dict, list, len, bool, *calls, lambda query: {**query}):
        looked.clear()
        read(request.GET)
        assert EVERYTHING in looked, read
    for whole in (request.get_full_path, request.build_absolute_uri):
        looked.clear()
        whole()
        assert EVERYTHING in looked


def leads_somewhere(path: str) -> bool:
    """Tell whether a route takes a path, as a client sends it."""
    try:
        resolve(RequestFactory().get(path).path_info)
    except Resolver404:
        return False
    return True


EVERYTHING = "*"
MASTHEAD = {"q": 1}
"""What the search field on top of every page reads."""


@pytest.fixture
def looked(monkeypatch) -> Counter[str]:
    """How often each parameter of requests was read so far; EVERYTHING when all were at once."""
    found: Counter[str] = Counter()

    def noting(name: str) -> Any:
        method = getattr(QueryDict, name)

        def call(self: Any, *arguments: Any, **named: Any) -> Any:
            found[arguments[0] if name in BY_NAME else EVERYTHING] += 1
            return method(self, *arguments, **named)

        return call

    def noting_all(method: Callable[..., str]) -> Callable[..., str]:
        def call(*arguments: Any, **named: Any) -> str:
            found[EVERYTHING] += 1
            return method(*arguments, **named)

        return call

    watched = type("Watched", (QueryDict,), {name: noting(name) for name in (*BY_NAME, *OF_ALL)})

    def query(request: WSGIRequest) -> QueryDict:
        if "_watched" not in request.__dict__:
            before = found.copy()
            request.__dict__["_watched"] = watched(get_bytes_from_wsgi(request.environ, "QUERY_STRING", ""), encoding=request.encoding)
            found.clear()  # filling it looks at every name
            found.update(before)
        return request.__dict__["_watched"]

    monkeypatch.setattr(WSGIRequest, "GET", property(query))
    for name in ("get_full_path", "get_full_path_info"):
        monkeypatch.setattr(WSGIRequest, name, noting_all(getattr(WSGIRequest, name)))
    return found


BY_NAME = ("__getitem__", "get", "getlist", "__contains__")
OF_ALL = ("__iter__", "__len__", "keys", "values", "items", "lists", "urlencode", "copy", "dict", "__copy__", "__deepcopy__", "__eq__")
