"""Levels follow the rows behind them: proofs, confirmed works, vouches; a ring of accounts lifts nobody."""

import pytest
from django.utils import timezone

from bzpeer.claims.domain import ClaimRefused, revoke_claim
from bzpeer.claims.levels import settle_level, settle_levels
from bzpeer.claims.trust import refresh_trust
from bzpeer.claims.vouching import take_vouch_back, vouch, vouch_as_institution
from researchers.models import Researcher, VerificationLevel
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AuthorshipFactory, collaborate
from works.models import AuthorshipRuling, RecordChange

pytestmark = pytest.mark.django_db


def confirm_a_work(claim):
    byline = AuthorshipFactory(researcher=claim.researcher)
    AuthorshipRuling.objects.create(
        work=byline.work, researcher=claim.researcher, verdict="mine", byline=byline.byline, name_key=byline.name_key, position=1
    )


def close_to(claim, *, proved=True, works=2):
    other = owned(proved=proved)
    collaborate(claim.researcher, other.researcher, works=works)
    return other


def level(claim) -> int:
    return Researcher.objects.get(pk=claim.researcher_id).verification_level


@pytest.fixture
def claim():
    made = owned(proved=True)
    confirm_a_work(made)
    return made


def test_two_proved_close_collaborators_lift_to_l4_and_one_does_not(claim):
    vouchers = [close_to(claim), close_to(claim)]
    vouch(claim, by=vouchers[0].user)
    assert level(claim) == VerificationLevel.PROVED
    given = vouch(claim, by=vouchers[1].user)
    assert level(claim) == VerificationLevel.VOUCHED
    assert RecordChange.objects.filter(record_id=claim.researcher_id).exists()
    take_vouch_back(given, by=vouchers[1].user)
    assert level(claim) == VerificationLevel.PROVED


def test_without_a_confirmed_work_vouches_lift_nobody():
    claim = owned(proved=True)
    for other in (close_to(claim), close_to(claim)):
        vouch(claim, by=other.user)
    assert level(claim) == VerificationLevel.PROVED
    confirm_a_work(claim)
    assert settle_level(claim.researcher_id)
    assert level(claim) == VerificationLevel.VOUCHED


@pytest.mark.parametrize(("proved", "works"), [(False, 5), (True, 1)])
def test_who_is_not_proved_or_not_close_cannot_vouch(claim, proved, works):
    with pytest.raises(ClaimRefused, match="close collaborators"):
        vouch(claim, by=close_to(claim, proved=proved, works=works).user)


def test_one_account_with_two_records_counts_once(claim):
    member = MemberFactory()
    for _ in range(2):
        mine = owned(user=member, proved=True)
        collaborate(claim.researcher, mine.researcher, works=3)
    vouch(claim, by=member)
    vouch(claim, by=member)
    assert level(claim) == VerificationLevel.PROVED


def test_a_ring_of_fifty_unproved_accounts_stays_where_it_is():
    ring = [owned() for _ in range(50)]
    for claim in ring:
        confirm_a_work(claim)
    for one, other in zip(ring, ring[1:] + ring[:1], strict=True):
        collaborate(one.researcher, other.researcher, works=9)
        with pytest.raises(ClaimRefused):
            vouch(other, by=one.user)
    settle_levels([claim.researcher_id for claim in ring])
    assert {level(claim) for claim in ring} == {VerificationLevel.CLAIMED}


def test_a_voucher_who_loses_their_record_takes_the_vouch_with_them(claim):
    vouchers = [close_to(claim), close_to(claim)]
    for other in vouchers:
        vouch(claim, by=other.user)
    RecordChange.objects.all().delete()
    revoke_claim(vouchers[0], by=MemberFactory(is_staff=True), note="A namesake.")
    refresh_trust(RecordChange.objects.values_list("record_id", flat=True), at=timezone.now())
    assert level(claim) == VerificationLevel.PROVED


def test_an_institutions_word_lifts_alone_and_only_staff_note_it(claim):
    with pytest.raises(ClaimRefused, match="Only staff"):
        vouch_as_institution(claim, by=MemberFactory(), institution=None, note="The dean.")
    vouch_as_institution(claim, by=MemberFactory(is_staff=True), institution=None, note="The dean, by letter.")
    assert level(claim) == VerificationLevel.VOUCHED


def test_nobody_vouches_for_themselves(claim):
    with pytest.raises(ClaimRefused, match="themselves"):
        vouch(claim, by=claim.user)
