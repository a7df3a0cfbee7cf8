"""Claims as moderators meet them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bzpeer.claims.domain import submit_claim
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import VerificationLevel
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db

REASON = "I wrote these papers at the institute named on them."


@pytest.fixture
def record():
    return ResearcherFactory(display_name="Ada Lovelace")


@pytest.fixture
def moderator(client):
    found = MemberFactory(is_staff=True)
    client.force_login(found)
    return found


def decide(client, claim, decision, **fields):
    return client.post(reverse("review_claim", kwargs={"key": claim.pk}), {"decision": decision, **fields}, follow=True).content.decode()


def confirmed(claim, **fields):
    values = {"kind": "mail", "value": "secret@tohoku.ac.jp", "domain": "tohoku.ac.jp", "domain_class": "record", **fields}
    return ClaimEvidence.objects.create(claim=claim, state="proved", proved_at=timezone.now(), **values)


@pytest.mark.parametrize("name", ["claims_in_review", "review_claim"])
def test_a_member_sees_none_of_it(client, record, name):
    claim = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    client.force_login(claim.user)
    assert client.get(reverse(name, kwargs={"key": claim.pk} if name == "review_claim" else None)).status_code == 403
    assert client.post(reverse(name, kwargs={"key": claim.pk} if name == "review_claim" else None)).status_code == 403


def test_the_queue_lists_the_oldest_first_and_those_that_wait_for_an_answer_last(client, moderator):
    first, second, third = (submit_claim(user=MemberFactory(), researcher=ResearcherFactory(), reason=REASON) for _ in range(3))
    decide(client, first, "ask", note="Which of these are yours?")
    page = client.get(reverse("claims_in_review")).content.decode()
    places = [page.index(claim.researcher.display_name) for claim in (second, third, first)]
    assert places == sorted(places)


def test_both_sides_stand_beside_each_other_without_the_address(client, moderator, record):
    claim = submit_claim(user=MemberFactory(display_name="Ada Lovelace"), researcher=record, reason=REASON)
    confirmed(claim)
    page = client.get(reverse("review_claim", kwargs={"key": claim.pk})).content.decode()
    assert "the same name" in page
    assert "tohoku.ac.jp (an institution on the record)" in page
    assert "secret@" not in page


def test_accepting_what_has_an_address_of_the_record_makes_it_proved(client, moderator, record):
    claim = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    confirmed(claim)
    decide(client, claim, "accept")
    record.refresh_from_db()
    assert (record.is_claimed, record.verification_level) == (True, VerificationLevel.PROVED)


def test_accepting_words_and_a_free_address_makes_it_l2_until_a_moderator_lets_it_count(client, moderator, record):
    claim = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    evidence = confirmed(claim, domain_class="other")
    decide(client, claim, "accept")
    record.refresh_from_db()
    assert record.verification_level == VerificationLevel.CLAIMED
    decide(client, claim, "count", evidence=evidence.pk)
    record.refresh_from_db()
    assert record.verification_level == VerificationLevel.PROVED


def test_a_rejection_carries_the_chosen_or_the_written_reason(client, moderator, record):
    claim = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    assert "Tell the applicant why" in decide(client, claim, "reject")
    decide(client, claim, "reject", answer="A namesake.", note="Your papers are on another record.")
    claim.refresh_from_db()
    assert (claim.state, claim.decision_note) == ("rejected", "Your papers are on another record.")


def test_deciding_a_dispute_for_the_challenger_revokes_the_owner(client, moderator, record):
    owner = owned(record)
    challenger = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    assert "Dispute" in client.get(reverse("review_claim", kwargs={"key": challenger.pk})).content.decode()
    assert "Say why" in decide(client, challenger, "accept_over")
    decide(client, challenger, "accept_over", note="Their works.")
    owner.refresh_from_db()
    challenger.refresh_from_db()
    assert (owner.state, challenger.state) == ("revoked", "accepted")
    assert owner.user.notifications.filter(kind="claim").exists()


def test_simple_claims_are_accepted_together_and_others_are_not(client, moderator):
    simple = [
        submit_claim(user=MemberFactory(display_name=f"Ada N{n}"), researcher=ResearcherFactory(display_name=f"Ada N{n}"), reason=REASON)
        for n in range(2)
    ]
    odd = submit_claim(user=MemberFactory(display_name="Bob"), researcher=ResearcherFactory(display_name="Cyd D"), reason=REASON)
    for claim in (*simple, odd):
        confirmed(claim)
    answer = client.post(reverse("claims_in_review"), {"claim": [claim.pk for claim in (*simple, odd)]}, follow=True).content.decode()
    assert "2 claims are accepted" in answer
    assert list(Claim.objects.order_by("pk").values_list("state", flat=True)) == ["accepted", "accepted", "review"]


def test_a_moderator_decides_neither_their_own_claim_nor_one_against_it(client, moderator, record):
    own = submit_claim(user=moderator, researcher=record, reason=REASON)
    rival = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    assert "own claim" in decide(client, own, "accept")
    assert "claimed this record yourself" in decide(client, rival, "reject", note="No.")
    assert set(Claim.objects.values_list("state", flat=True)) == {"review"}


def test_staff_note_a_check_and_take_it_back(client, moderator, record):
    claim = owned(record)
    for level in (VerificationLevel.STAFF_CHECKED, VerificationLevel.CLAIMED):
        decide(client, claim, "check")
        record.refresh_from_db()
        assert record.verification_level == level


@pytest.mark.parametrize("fields", [{}, {"decision": "x"}, {"decision": "count", "evidence": "9" * 30}, {"decision": "ask"}])
def test_nonsense_is_answered_with_a_sentence(client, moderator, record, fields):
    claim = submit_claim(user=MemberFactory(), researcher=record, reason=REASON)
    assert client.post(reverse("review_claim", kwargs={"key": claim.pk}), fields).status_code == 302


@pytest.mark.parametrize("number", [1, 3])
def test_the_queue_takes_the_same_queries_for_one_and_three(client, moderator, number, django_assert_num_queries):
    for _ in range(number):
        submit_claim(user=MemberFactory(), researcher=ResearcherFactory(), reason=REASON)
    with django_assert_num_queries(11):
        client.get(reverse("claims_in_review"))
