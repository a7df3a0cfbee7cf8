"""Vouching as the owner, a close collaborator, a member and a stranger meet it."""

import pytest
from django.urls import reverse

from bzpeer.claims.models import Vouch
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import collaborate

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    return owned(proved=True)


@pytest.fixture
def address(claim):
    return reverse("vouch", kwargs={"key": claim.researcher_id})


def test_a_stranger_logs_in_first(client, address):
    assert client.get(address).status_code == 302


def test_a_member_is_told_who_can(client, address):
    client.force_login(MemberFactory())
    assert "Only close collaborators" in client.get(address).content.decode()
    assert client.post(address, {"note": ""}).status_code == 422
    assert not Vouch.objects.exists()


def test_the_owner_cannot(client, address, claim):
    client.force_login(claim.user)
    assert "nobody vouches for themselves" in client.get(address).content.decode()
    client.post(address, {"note": ""})
    assert not Vouch.objects.exists()


def test_a_close_collaborator_vouches_and_takes_it_back(client, address, claim):
    other = owned(proved=True)
    collaborate(claim.researcher, other.researcher, works=2)
    client.force_login(other.user)
    client.post(address, {"note": "We shared an office."})
    assert (Vouch.objects.get().researcher, claim.user.notifications.count()) == (other.researcher, 1)
    assert "You vouch for this person since" in client.get(address).content.decode()
    client.post(address, {"step": "back"})
    assert Vouch.objects.get().withdrawn_at is not None
