"""Kept views as pages: list, keep, open, edit, delete, export, and the one page that may be framed."""

import json

import pytest
from django.test import Client

from bzpeer.privacy.erasing import erase_member
from bzpeer.savedviews.domain import save_view
from bzpeer.savedviews.models import SavedView
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    made = MemberFactory()
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    return made


@pytest.fixture
def ada():
    return ResearcherFactory(display_name="Ada Example")


def kept(owner, ada, **said):
    return save_view(owner=owner, **{"name": "Hubs", "address": f"?focus=researcher:{ada.pk}&colour=year", **said})


def test_a_view_is_kept_from_the_explorer_and_opened_again(client, owner, ada):
    place = f"/explore/views/new/?focus=researcher:{ada.pk}&colour=year&pins=researcher:{ada.pk}~1~2"
    form = client.get(place).text
    assert f'href="/explore/?focus=researcher:{ada.pk}&amp;colour=year' in form
    address = f"?focus=researcher:{ada.pk}&colour=year&pins=researcher:{ada.pk}~1~2"
    answer = client.post(place, {"name": "My hubs", "note": "See", "address": address})
    view = SavedView.objects.get()
    assert answer["Location"] == f"/explore/views/{view.pk}/edit/"
    assert "My hubs" in client.get("/explore/views/").text
    opened = client.get(f"/explore/views/{view.pk}/")
    assert opened["Location"] == f"/explore/{address}&saved={view.pk}"
    html = client.get(opened["Location"]).text
    assert "<title>My hubs · Explorer · bzpeer</title>" in html
    assert f"/explore/views/{view.pk}/edit/" in html


def test_an_address_that_is_no_picture_is_refused_in_words(client, owner):
    answer = client.get("/explore/views/new/?focus=planet:1")
    assert answer.status_code == 400
    assert "around which record" in answer.text
    assert client.post("/explore/views/new/", {"name": "x", "address": "javascript:alert(1)"}).status_code == 400


def test_a_private_view_is_not_there_for_others_and_its_name_stays_unsaid(client, ada):
    view = kept(MemberFactory(), ada, name="A secret plan")
    other = Client()
    other.force_login(MemberFactory(), backend="django.contrib.auth.backends.ModelBackend")
    for visitor in (Client(), other):
        for page in ("", "view.json", "embed/"):
            assert visitor.get(f"/explore/views/{view.pk}/{page}").status_code == 404
        assert "A secret plan" not in visitor.get(f"/explore/?focus=researcher:{ada.pk}&saved={view.pk}").text
    for page in ("edit/", "delete/"):
        assert other.get(f"/explore/views/{view.pk}/{page}").status_code == 404
        assert other.post(f"/explore/views/{view.pk}/{page}", {"name": "x"}).status_code == 404


def test_name_note_and_visibility_are_changed_and_the_lines_to_embed_shown(client, owner, ada):
    view = kept(owner, ada, name='A "quoted" <b>')
    assert "A private view is yours alone" in client.get(f"/explore/views/{view.pk}/edit/").text
    client.post(f"/explore/views/{view.pk}/edit/", {"name": view.name, "note": "Now public", "is_public": "on"})
    html = client.get(f"/explore/views/{view.pk}/edit/").text
    assert f"&lt;iframe src=&quot;http://testserver/explore/views/{view.pk}/embed/&quot;" in html
    assert "title=&quot;A &amp;quot;quoted&amp;quot; &amp;lt;b&amp;gt;&quot;" in html


def test_deleting_asks_first(client, owner, ada):
    view = kept(owner, ada)
    assert "Delete “Hubs”?" in client.get(f"/explore/views/{view.pk}/delete/").text
    assert SavedView.objects.filter(pk=view.pk).exists()
    client.post(f"/explore/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_is_taken_away_as_json(client, owner, ada):
    view = kept(owner, ada)
    answer = client.get(f"/explore/views/{view.pk}/view.json")
    assert answer["Content-Disposition"] == f'attachment; filename="bzpeer-view-{view.pk}.json"'
    assert json.loads(answer.content)["state"] == view.state


def test_only_the_embedding_page_of_a_public_view_may_be_framed(client, ada):
    view = kept(MemberFactory(), ada, is_public=True)
    place = f"/explore/views/{view.pk}/embed/"
    first = client.get(place)
    assert first["Location"] == f"{place}{view.address}"
    framed = client.get(first["Location"])
    assert "frame-ancestors *;" in framed["Content-Security-Policy"] + ";"
    assert "'none'" not in framed["Content-Security-Policy"].partition("frame-ancestors")[2].partition(";")[0]
    assert "X-Frame-Options" not in framed
    assert "script-src 'self'" in framed["Content-Security-Policy"]
    assert "<form" not in framed.text
    for page in (f"/explore/?focus=researcher:{ada.pk}", f"/explore/views/{view.pk}/view.json", "/explore/views/", "/"):
        answer = client.get(page)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_a_view_of_a_record_that_is_gone_says_so(client, owner, ada):
    view = kept(owner, ada, is_public=True)
    ada.delete()
    assert client.get(client.get(f"/explore/views/{view.pk}/")["Location"]).status_code == 404
    assert client.get(f"/explore/views/{view.pk}/embed/{view.address}").status_code == 404


def test_views_go_with_the_account(owner, ada):
    kept(owner, ada)
    erase_member(owner, keeps_corrections=False)
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_however_long(client, owner, ada, number, django_assert_num_queries):
    for _ in range(number):
        kept(owner, ada)
    with django_assert_num_queries(5):
        assert client.get("/explore/views/").text.count('class="saved-view"') == number
