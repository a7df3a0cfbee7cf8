"""The claim pages as their applicant, another member, a stranger and a moderator meet them."""

import pytest
from django.core import mail
from django.urls import reverse

from bzpeer.claims.domain import submit_claim
from bzpeer.claims.models import Claim
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

REASON = "I wrote these papers at the institute named on them."

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher():
    return ResearcherFactory(openalex_id="A55", display_name="Ada Example")


def test_a_stranger_is_sent_to_log_in_and_back(client, researcher):
    address = reverse("claim", kwargs={"key": researcher.pk})
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


def test_a_member_claims_and_sees_it_waiting(client, researcher):
    client.force_login(MemberFactory())
    answer = client.post(reverse("claim", kwargs={"key": researcher.pk}), {"reason": REASON}, follow=True)
    assert answer.redirect_chain == [(reverse("own_claim", kwargs={"key": Claim.objects.get().pk}), 302)]
    assert "In review" in answer.content.decode()


def test_too_short_a_reason_is_explained_and_kept(client, researcher):
    client.force_login(MemberFactory())
    answer = client.post(reverse("claim", kwargs={"key": researcher.pk}), {"reason": "me"})
    assert answer.status_code == 422
    assert ">\nme</textarea>" in answer.content.decode()
    assert not Claim.objects.exists()


def test_another_members_claim_is_neither_seen_nor_withdrawn(client, researcher):
    other = submit_claim(user=MemberFactory(), researcher=researcher, reason="A secret reason of somebody else.")
    client.force_login(MemberFactory())
    assert "secret" not in client.get("/claims/").content.decode()
    assert client.post(reverse("withdraw_claim", kwargs={"key": other.pk})).status_code == 404
    other.refresh_from_db()
    assert other.state == Claim.State.REVIEW


def test_withdrawing_is_a_post(client, researcher):
    member = MemberFactory()
    own = submit_claim(user=member, researcher=researcher, reason=REASON)
    client.force_login(member)
    assert client.get(reverse("withdraw_claim", kwargs={"key": own.pk})).status_code == 405
    client.post(reverse("withdraw_claim", kwargs={"key": own.pk}))
    own.refresh_from_db()
    assert own.state == Claim.State.WITHDRAWN


def test_a_moderator_accepts_in_the_admin_and_the_applicant_is_told(client, researcher, django_capture_on_commit_callbacks):
    claim = submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON)
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:claims_claim_change", args=[claim.pk]), {"decision": "accept", "note": "Welcome."})
    claim.refresh_from_db()
    researcher.refresh_from_db()
    assert (claim.state, claim.decision_note, researcher.is_claimed) == (Claim.State.ACCEPTED, "Welcome.", True)
    assert [m.to for m in mail.outbox] == [[claim.user.email]]
    assert "was accepted" in mail.outbox[0].body


def test_a_moderator_who_rejects_without_a_note_is_told_to_write_one(client, researcher):
    claim = submit_claim(user=MemberFactory(), researcher=researcher, reason=REASON)
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    answer = client.post(reverse("admin:claims_claim_change", args=[claim.pk]), {"decision": "reject", "note": ""}, follow=True)
    assert "Tell the applicant why" in answer.content.decode()
    claim.refresh_from_db()
    assert claim.state == Claim.State.REVIEW


def test_fields_of_a_claim_cannot_be_set_by_the_form(client, researcher):
    member = MemberFactory()
    client.force_login(member)
    client.post(reverse("claim", kwargs={"key": researcher.pk}), {"reason": REASON, "state": "accepted", "user": "1"})
    claim = Claim.objects.get()
    assert (claim.state, claim.user) == (Claim.State.REVIEW, member)
