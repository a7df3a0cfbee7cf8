"""Who sees which part of a profile, on the page and in the API."""

import pytest
from django.contrib.auth.models import AnonymousUser

from bzpeer.curation.assertions import correct_researcher
from bzpeer.privacy.visibility import PARTS, audiences, choose_visibility, hidden_from, hidden_parts
from tests.bzpeer.privacy.marked import marked_member
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, InstitutionFactory, NameFormFactory, ResearcherFactory

pytestmark = pytest.mark.django_db

EVERYBODY, MEMBERS, OWNER = {"everybody"}, {"everybody", "members"}, {"everybody", "members", "owner"}


def chosen(marked, **choices):
    return choose_visibility(researcher=marked.record, by=marked.user, choices=choices)


def test_everything_shows_until_its_owner_says_otherwise(django_assert_num_queries):
    marked = marked_member()
    assert set(audiences(None).values()) == EVERYBODY
    assert hidden_from(marked.other, None, is_owner=False) == frozenset()
    with django_assert_num_queries(0):
        assert hidden_parts(ResearcherFactory.build(), marked.other) == frozenset()


def test_unknown_parts_and_audiences_are_left_out():
    marked = marked_member()
    assert chosen(marked, biography="members", links="nobody", soul="owner").hidden == ["biography:members"]
    assert set(audiences(chosen(marked))) == set(PARTS)


@pytest.mark.parametrize(("audience", "sees"), [("everybody", EVERYBODY), ("members", MEMBERS), ("owner", OWNER)])
def test_the_page_shows_a_part_to_its_audience(client, audience, sees):
    marked = marked_member()
    correct_researcher(by=marked.user, researcher=marked.record, field="biography", value="A zqxjbiography of mine.")
    AffiliationFactory(researcher=marked.record, institution=InstitutionFactory(display_name="Zqinstitution"))
    NameFormFactory(researcher=marked.record, name="Zqnameform")
    chosen(marked, biography=audience, affiliations=audience, names=audience)
    shown = {}
    for role, user in (("everybody", None), ("members", MemberFactory()), ("owner", marked.user)):
        client.logout()
        if user:
            client.force_login(user)
        page = client.get(f"/researchers/{marked.record.pk}/paula-public/").content.decode()
        shown[role] = [mark in page for mark in ("zqxjbiography", "Zqinstitution", "Zqnameform")]
    expected = {"everybody": "everybody" in sees and audience == "everybody", "members": audience != "owner", "owner": True}
    assert shown == {role: [is_shown] * 3 for role, is_shown in expected.items()}


def test_the_api_gives_what_everybody_sees(client):
    marked = marked_member()
    NameFormFactory(researcher=marked.record, name="Zqnameform")
    address, list_address = f"/api/v1/researchers/{marked.record.pk}/", "/api/v1/researchers/"
    assert "Zqnameform" in client.get(address).content.decode()
    chosen(marked, biography="members", names="owner", followers="members")
    client.force_login(marked.user)
    whole = client.get(address).json()
    assert (whole["biography"], whole["name_forms"], whole["followers_count"]) == ("", [], None)
    rows = {row["id"]: row["followers_count"] for row in client.get(list_address).json()["results"]}
    assert (rows[marked.record.pk], {value for key, value in rows.items() if key != marked.record.pk}) == (None, {1})


def test_only_the_owner_chooses(client):
    marked = marked_member()
    address = f"/researchers/{marked.record.pk}/x/visibility/"
    assert client.get(address).status_code == 302
    client.force_login(marked.other)
    assert client.post(address, dict.fromkeys(PARTS, "owner")).status_code == 403
    client.force_login(marked.user)
    assert client.post(address, {**dict.fromkeys(PARTS, "everybody"), "links": "members"}).status_code == 302
    assert (hidden_parts(marked.record, AnonymousUser()), hidden_parts(marked.record, marked.other)) == ({"links"}, frozenset())
    assert client.post(address, {"links": "nonsense"}).status_code == 422
