"""Suggested collaborators as their owner meets them; nobody else does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bzpeer.claims.models import OwnerProfile
from bzpeer.collaboration.models import DismissedSuggestion
from tests.bzpeer.pages.test_connection import own, text_of
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, TopicFactory, WorkFactory, collaborate

pytestmark = pytest.mark.django_db


def address(person):
    return f"/researchers/{person.pk}/{person.display_name.lower()}/suggestions/"


@pytest.fixture
def circle():
    """Me, who wrote with Ann and Ben; Ann and Ben with Cora, Ann with Dan; Cora and I share a topic."""
    people = {name: ResearcherFactory(display_name=name) for name in ("Me", "Ann", "Ben", "Cora", "Dan")}
    for one, other in (("Me", "Ann"), ("Me", "Ben"), ("Ann", "Cora"), ("Ben", "Cora"), ("Ann", "Dan")):
        collaborate(people[one], people[other])
    noise = TopicFactory(display_name="Noise & Order")
    for name in ("Me", "Cora"):
        WorkFactory(authors=[people[name]], topics=[noise])
    return people


@pytest.fixture
def owner(circle, client):
    user = MemberFactory()
    own(user, circle["Me"])
    client.force_login(user)
    return user


def test_each_is_shown_with_the_reason(client, circle, owner):
    html = client.get(address(circle["Me"])).text
    words = text_of(html)
    assert "Wrote with Ben and Ann , as you did. Shares Noise & Order ." in words
    assert words.index("Cora") < words.index("Dan")
    assert f'href="/researchers/{circle["Cora"].pk}/cora/connection/?from={circle["Me"].pk}"' in html
    assert "Invite" not in words


def test_who_is_open_to_collaborate_comes_first_and_can_be_invited(client, circle, owner):
    own(MemberFactory(), circle["Dan"])
    OwnerProfile.objects.create(researcher=circle["Dan"], open_to_collaborate=True, open_for="lattice <i>data</i>")
    html = client.get(address(circle["Me"])).text
    assert html.index("Dan") < html.index("Cora")
    assert f'href="/researchers/{circle["Dan"].pk}/invite/"' in html
    assert "lattice &lt;i&gt;data&lt;/i&gt;" in html


def test_a_no_is_kept_and_can_be_taken_back(client, circle, owner):
    answer = client.post(address(circle["Me"]), {"dismiss": circle["Cora"].pk}, follow=True)
    assert "Cora is not suggested to you any more." in text_of(answer.text)
    assert "Not for me : Cora" not in text_of(answer.text)
    assert "Suggest again : Cora" in text_of(answer.text)
    answer = client.post(address(circle["Me"]), {"restore": circle["Cora"].pk}, follow=True)
    assert "Not for me : Cora" in text_of(answer.text)
    assert not DismissedSuggestion.objects.exists()


@pytest.mark.parametrize("posted", [{}, {"dismiss": "x"}, {"dismiss": "-1"}, {"restore": ""}])
def test_a_form_that_says_nothing_changes_nothing(client, circle, owner, posted):
    assert client.post(address(circle["Me"]), posted).status_code == 302
    assert not DismissedSuggestion.objects.exists()


def test_dismissing_nobody_is_not_found(client, circle, owner):
    assert client.post(address(circle["Me"]), {"dismiss": "999999"}).status_code == 404


def test_nobody_but_the_owner_sees_them(client, circle):
    assert client.get(address(circle["Me"])).status_code == 302
    client.force_login(MemberFactory())
    assert client.get(address(circle["Me"])).status_code == 403
    assert client.post(address(circle["Me"]), {"dismiss": circle["Cora"].pk}).status_code == 403
    assert not DismissedSuggestion.objects.exists()
    profile = client.get(f"/researchers/{circle['Me'].pk}/me/").text
    assert "Suggested collaborators" not in profile
    assert "Cora" not in profile


def test_the_owner_sees_the_first_on_their_profile(client, circle, owner):
    profile = client.get(f"/researchers/{circle['Me'].pk}/me/").text
    assert "Suggested collaborators" in profile
    assert "Cora" in profile
    assert "How am I connected?" not in profile


def test_nobody_to_suggest_says_what_helps(client):
    person, user = ResearcherFactory(display_name="Alone"), MemberFactory()
    own(user, person)
    client.force_login(user)
    assert "Nobody to suggest yet" in client.get(address(person)).text
    assert "Nobody to suggest yet" in client.get(f"/researchers/{person.pk}/alone/").text


@pytest.mark.parametrize("number", [1, 15])
def test_queries_do_not_grow_with_the_suggestions(client, number):
    me, middle = ResearcherFactory(display_name="Me"), ResearcherFactory()
    collaborate(me, middle)
    for _ in range(number):
        collaborate(middle, ResearcherFactory())
    user = MemberFactory()
    own(user, me)
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address(me)).text.count("Not for me") == number
    assert len(queries) == 12
