"""/api/v1/graph/views/: keeping, changing and deleting pictures by session and token; who is told what."""

import json

import pytest
from django.test import Client

from bzpeer.savedviews.domain import save_view
from bzpeer.savedviews.models import SavedView
from tests.factories.members import MemberFactory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/graph/views/"
ADDRESS = "?focus=researcher:12&v=1&colour=year"
BODY = {"name": "Hubs", "note": "Why", "is_public": False, "state": {"address": ADDRESS}}


@pytest.fixture
def member(client):
    made = MemberFactory()
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    return made


def sent(client, method, address, body):
    return getattr(client, method)(address, body if isinstance(body, str) else json.dumps(body), content_type="application/json")


def test_a_view_is_kept_listed_read_changed_and_deleted(client, member):
    made = sent(client, "post", LIST, BODY)
    view = SavedView.objects.get()
    place = f"{LIST}{view.pk}/"
    assert (made.status_code, made["Location"]) == (201, place)
    told = made.json()
    assert {**BODY, "focus": "researcher:12", "is_own": True, "url": f"/explore/views/{view.pk}/", "id": view.pk}.items() <= told.items()
    assert client.get(LIST).json()["results"] == [told]
    assert client.get(place).json() == told
    changed = sent(client, "patch", place, {"name": "Others", "is_public": True}).json()
    assert (changed["name"], changed["note"], changed["is_public"]) == ("Others", "Why", True)
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


def test_public_views_are_everybodys_to_read_and_nobody_elses_to_change(client, member):
    public, private = (save_view(owner=MemberFactory(), name="x", address=ADDRESS, is_public=is_public) for is_public in (True, False))
    assert client.get(f"{LIST}{public.pk}/").json()["is_own"] is False
    assert Client().get(f"{LIST}{public.pk}/").status_code == 200
    assert client.get(f"{LIST}{private.pk}/").status_code == 404
    for view, code in ((public, 403), (private, 404)):
        assert sent(client, "patch", f"{LIST}{view.pk}/", {"name": "y"}).status_code == code
        assert client.delete(f"{LIST}{view.pk}/").status_code == code
    assert client.get(LIST).json() == {"results": []}
    assert SavedView.objects.count() == 2


def test_the_token_is_asked_for_and_visitors_are_told_to_log_in(member):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    for answer in (sent(strict, "post", LIST, BODY), sent(Client(), "post", LIST, BODY), Client().get(LIST)):
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "name"), ({"name": "x"}, "state"), ({**BODY, "name": ""}, "name"), ({**BODY, "name": 5}, "name"),
        ({**BODY, "name": "x" * 121}, "name"),
        ({**BODY, "note": "x" * 2_001}, "note"), ({**BODY, "is_public": "yes"}, "is_public"), ({**BODY, "state": []}, "state"),
        ({**BODY, "state": {"address": 5}}, "state"), ({**BODY, "state": {"address": ADDRESS, "more": 1}}, "state"),
        ({**BODY, "state": {"address": "?focus=planet:1"}}, "state"), ({**BODY, "owner": 1}, "owner"), ([1], "body"),
        ("[" * 30_000, "body"),
        (json.dumps({**BODY, "note": "x" * 70_000}), "body"),
    ],
)  # fmt: skip
def test_bad_input_is_400_with_the_field_named(client, member, body, parameter):
    answer = sent(client, "post", LIST, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["parameter"] == parameter
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("body", ["", "{", '{"name": NaN}', '{"name": ' + "9" * 5_000 + "}", "null", "\udcff"])
def test_what_is_no_json_object_is_400(client, member, body):
    answer = client.post(LIST, body.encode("utf-8", "surrogateescape"), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_what_a_keeper_may_not_do_is_said_in_a_sentence(client):
    unconfirmed = MemberFactory(confirmed=False)
    client.force_login(unconfirmed, backend="django.contrib.auth.backends.ModelBackend")
    answer = sent(client, "post", LIST, {**BODY, "is_public": True})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "is_public", "detail": "Confirm your e-mail address first; until then your views are for you alone."}
    ]
