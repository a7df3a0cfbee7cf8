"""Evidence: what proves a record at once, what goes to a moderator, what a link in a mail is good for."""

import re
import socket
import threading
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.db import connection
from django.utils import timezone

from bzpeer.claims.domain import ClaimRefused, revoke_claim, start_claim, withdraw_claim, write_request
from bzpeer.claims.evidence import (
    confirm_address,
    evidence_of_link,
    lapse_evidence,
    leave_evidence,
    look_at_page,
    offer_mail,
    offer_orcid,
    offer_page,
    page_token,
    pages_due,
    read_page,
    send_again,
)
from bzpeer.claims.fetching import Reach
from bzpeer.claims.models import Claim, ClaimEvidence
from researchers.models import VerificationLevel
from tests.bzpeer.claims.test_fetching import host
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, AuthorshipFactory, InstitutionFactory, ResearcherFactory
from works.models import AuthorshipInstitution

pytestmark = pytest.mark.django_db

ORCID = "0000-0002-1825-0097"
OTHER = "0000-0001-5109-3700"


@pytest.fixture
def record():
    found = ResearcherFactory(openalex_id="A500", display_name="Ada Lovelace")
    AffiliationFactory(researcher=found, institution=InstitutionFactory(homepage_url="https://www.tohoku.ac.jp/en/"))
    return found


@pytest.fixture
def claim(record):
    return start_claim(user=MemberFactory(display_name="Ada Lovelace"), researcher=record)


def link_orcid(claim, uid=ORCID):
    SocialAccount.objects.create(user=claim.user, provider="orcid", uid=uid)


def token_in_mail() -> str:
    found = re.search(r"/claims/confirm/([^/\s]+)/", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def state_of(claim) -> tuple[str, int]:
    claim.refresh_from_db()
    claim.researcher.refresh_from_db()
    return claim.state, claim.researcher.verification_level


# --- ORCID ------------------------------------------------------------------------------------------


def test_the_records_own_orcid_proves_it_at_once(claim):
    claim.researcher.orcid = ORCID
    claim.researcher.save()
    link_orcid(claim)
    assert offer_orcid(claim, by=claim.user).is_enough
    assert state_of(claim) == ("accepted", VerificationLevel.PROVED)
    assert claim.decided_by is None


def test_an_orcid_printed_on_a_work_proves_a_record_that_has_none(claim):
    AuthorshipFactory(researcher=claim.researcher, raw_orcid=f"https://orcid.org/{ORCID}")
    link_orcid(claim)
    offer_orcid(claim, by=claim.user)
    assert state_of(claim) == ("accepted", VerificationLevel.PROVED)


def test_an_orcid_on_one_work_does_not_prove_a_record_that_carries_another(claim):
    claim.researcher.orcid = OTHER
    claim.researcher.save()
    AuthorshipFactory(researcher=claim.researcher, raw_orcid=ORCID)
    link_orcid(claim)
    assert OTHER in offer_orcid(claim, by=claim.user).note
    assert state_of(claim) == ("started", VerificationLevel.RECORD)


def test_an_orcid_on_a_byline_the_owner_added_proves_nothing(claim):
    AuthorshipFactory(researcher=claim.researcher, raw_orcid=ORCID, resolved_by="owner")
    link_orcid(claim)
    assert offer_orcid(claim, by=claim.user).state == "failed"


def test_without_a_linked_orcid_nothing_is_compared(claim):
    with pytest.raises(ClaimRefused, match="Link your ORCID iD"):
        offer_orcid(claim, by=claim.user)


def test_a_proof_does_not_take_a_record_from_its_owner(record):
    owner = owned(record)
    rival = start_claim(user=MemberFactory(), researcher=record)
    AuthorshipFactory(researcher=record, raw_orcid=ORCID)
    link_orcid(rival)
    offer_orcid(rival, by=rival.user)
    owner.refresh_from_db()
    assert (owner.state, state_of(rival)[0]) == ("accepted", "review")
    assert owner.user.notifications.get().kind == "dispute"


# --- an address -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "domain_class", "state", "level"),
    [
        ("ada.lovelace@dept.tohoku.ac.jp", "record", "accepted", VerificationLevel.PROVED),
        ("lovelace@tohoku.ac.jp", "record", "accepted", VerificationLevel.PROVED),
        ("jun.lovelace@tohoku.ac.jp", "record", "review", VerificationLevel.RECORD),
        ("office@tohoku.ac.jp", "record", "review", VerificationLevel.RECORD),
        ("ada.lovelace@gmail.com", "free", "review", VerificationLevel.RECORD),
        ("ada.lovelace@other.edu", "other", "review", VerificationLevel.RECORD),
        ("ada.lovelace@kyoto-u.ac.jp", "unknown", "review", VerificationLevel.RECORD),
        ("ada.lovelace@tohoku.ac.jp.evil.com", "unknown", "review", VerificationLevel.RECORD),
        ("ada.lovelace@nottohoku.ac.jp", "unknown", "review", VerificationLevel.RECORD),
    ],
)
def test_a_confirmed_address_proves_a_record_by_its_domain_and_name(claim, address, domain_class, state, level):
    InstitutionFactory(homepage_url="http://other.edu/")
    offer_mail(claim, by=claim.user, address=address)
    assert mail.outbox[-1].to == [address]
    evidence = confirm_address(token_in_mail(), by=claim.user)
    assert (evidence.state, evidence.domain_class) == ("proved", domain_class)
    assert state_of(claim) == (state, level)


def test_an_institution_printed_on_a_work_counts_and_one_the_owner_added_does_not(claim):
    printed, said = AuthorshipFactory(researcher=claim.researcher), AuthorshipFactory(researcher=claim.researcher, resolved_by="owner")
    AuthorshipInstitution.objects.create(authorship=printed, institution=InstitutionFactory(homepage_url="https://mit.edu"))
    AuthorshipInstitution.objects.create(authorship=said, institution=InstitutionFactory(homepage_url="https://evil.com"))
    AffiliationFactory(researcher=claim.researcher, evidence="owner", institution=InstitutionFactory(homepage_url="https://worse.com"))
    for address, expected in (("lovelace@mit.edu", "record"), ("lovelace@evil.com", "other"), ("lovelace@worse.com", "other")):
        assert offer_mail(claim, by=claim.user, address=address).domain_class == expected


def test_the_token_is_stored_as_a_hash_and_the_audit_holds_no_address(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    token = token_in_mail()
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM claims_claimevidenceevent e UNION ALL SELECT e::text FROM claims_claimevent e")
        audit = "".join(row[0] for row in cursor.fetchall())
    assert audit
    assert "lovelace" not in audit
    assert token not in audit
    assert token != ClaimEvidence.objects.get().token_hash


def test_a_link_belongs_to_its_member_and_is_not_used_up_by_looking(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    token, stranger = token_in_mail(), MemberFactory()
    assert evidence_of_link(token, user=stranger) is None
    with pytest.raises(ClaimRefused, match="another member"):
        confirm_address(token, by=stranger)
    assert evidence_of_link(token, user=claim.user)
    assert evidence_of_link(token, user=claim.user)
    confirm_address(token, by=claim.user)
    with pytest.raises(ClaimRefused, match="used already"):
        confirm_address(token, by=claim.user)


def test_a_link_older_than_a_day_leads_nowhere(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    ClaimEvidence.objects.update(sent_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(ClaimRefused, match="older than a day"):
        confirm_address(token_in_mail(), by=claim.user)


def test_a_new_link_and_another_address_make_older_links_useless(claim):
    evidence = offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    first = token_in_mail()
    send_again(evidence, by=claim.user)
    second = token_in_mail()
    offer_mail(claim, by=claim.user, address="ada@gmail.com")
    for token in (first, second):
        with pytest.raises(ClaimRefused):
            confirm_address(token, by=claim.user)
    assert list(ClaimEvidence.objects.order_by("pk").values_list("state", flat=True)) == ["left", "pending"]


def test_a_link_of_a_withdrawn_claim_leads_nowhere(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    withdraw_claim(claim, by=claim.user)
    with pytest.raises(ClaimRefused):
        confirm_address(token_in_mail(), by=claim.user)
    assert state_of(claim) == ("withdrawn", VerificationLevel.RECORD)


def test_at_most_five_messages_a_day_leave_for_a_member_and_to_an_address(claim):
    for number in range(5):
        offer_mail(claim, by=claim.user, address=f"a{number}@tohoku.ac.jp")
    with pytest.raises(ClaimRefused, match="at most 5"):
        offer_mail(claim, by=claim.user, address="a9@tohoku.ac.jp")
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("address", ["", "x", "a@b", "a@b.c\nBcc: d@e.f", "ä@tohoku.ac.jp", f"{'a' * 250}@tohoku.ac.jp"])
def test_what_is_no_address_gets_no_mail(claim, address):
    with pytest.raises(ClaimRefused):
        offer_mail(claim, by=claim.user, address=address)
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_with_one_link_at_once_leave_one_success(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    token, barrier, outcomes = token_in_mail(), threading.Barrier(50), []

    def confirm():
        barrier.wait()
        try:
            confirm_address(token, by=claim.user)
            outcomes.append("confirmed")
        except ClaimRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["confirmed"] + ["refused"] * 49
    assert state_of(claim) == ("accepted", VerificationLevel.PROVED)


def test_an_address_that_was_not_confirmed_again_counts_no_more(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    confirm_address(token_in_mail(), by=claim.user)
    assert lapse_evidence(timezone.now()) == 0
    assert lapse_evidence(timezone.now() + timedelta(days=366)) == 1
    assert state_of(claim) == ("accepted", VerificationLevel.CLAIMED)
    assert claim.user.notifications.filter(text__contains="not confirmed again").exists()


def test_an_address_under_a_domain_the_institution_gave_up_counts_no_more(claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    confirm_address(token_in_mail(), by=claim.user)
    place = claim.researcher.affiliations.get().institution
    place.homepage_url = "https://new-name.ac.jp"
    place.save()
    assert lapse_evidence(timezone.now()) == 1
    assert state_of(claim)[1] == VerificationLevel.CLAIMED


# --- a page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host_name", "says", "state", "level"),
    [
        ("www.tohoku.ac.jp", "<h1>Ada Lovelace</h1><p>{token}</p>", "accepted", VerificationLevel.PROVED),
        ("www.tohoku.ac.jp", "<p>Lovelace, Ada</p> {token}", "accepted", VerificationLevel.PROVED),
        ("www.tohoku.ac.jp", "<p>Ada Byron</p> {token}", "review", VerificationLevel.RECORD),
        ("ada.github.io", "<p>Ada Lovelace</p> {token}", "review", VerificationLevel.RECORD),
        ("www.tohoku.ac.jp", "<p>Ada Lovelace</p>", "started", VerificationLevel.RECORD),
    ],
)
def test_a_page_with_the_token_proves_a_record_by_its_host_and_name(claim, host_name, says, state, level):
    page = offer_page(claim, by=claim.user, url=f"http://{host_name}/~ada")
    body = says.format(token=page_token(page)).encode()
    look_at_page(page, by=claim.user)
    with host(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as (_, reach, asked):
        port = next(iter(reach.ports))
        ClaimEvidence.objects.filter(pk=page.pk).update(value=f"http://{host_name}:{port}/~ada")
        assert pages_due(timezone.now()) == [page.pk]
        assert read_page(page.pk, reach=reach)
        assert not read_page(page.pk, reach=reach)
    assert len(asked) == 1
    assert state_of(claim) == (state, level)


def test_a_page_that_cannot_be_read_says_so_and_may_be_looked_at_again(claim):
    page = offer_page(claim, by=claim.user, url="tohoku.ac.jp/~ada")
    look_at_page(page, by=claim.user)

    def nobody(name, port):
        raise socket.gaierror

    assert read_page(page.pk, reach=Reach(is_allowed=lambda address: True, resolve=nobody))
    page.refresh_from_db()
    assert (page.state, page.note[:26]) == ("failed", "The page could not be read")
    look_at_page(page, by=claim.user)
    assert pages_due(timezone.now()) == [page.pk]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_left_meanwhile_is_not_taken(claim):
    page = offer_page(claim, by=claim.user, url="http://www.tohoku.ac.jp/~ada")
    look_at_page(page, by=claim.user)

    def leave_first(name, port):
        leave_evidence(page, by=claim.user)
        connection.close()  # names are resolved in a thread of their own
        raise socket.gaierror

    read_page(page.pk, reach=Reach(is_allowed=lambda address: True, resolve=leave_first))
    page.refresh_from_db()
    assert page.state == "left"


def test_a_queued_page_of_a_withdrawn_claim_is_not_read(claim):
    page = offer_page(claim, by=claim.user, url="http://www.tohoku.ac.jp/~ada")
    look_at_page(page, by=claim.user)
    withdraw_claim(claim, by=claim.user)
    assert not read_page(page.pk)


@pytest.mark.parametrize(
    "url", ["http://127.1/", "http://localhost/", "ftp://tohoku.ac.jp/", "http://tohoku.ac.jp:22/", "http://u@tohoku.ac.jp/"]
)
def test_a_page_we_would_never_ask_is_refused(claim, url):
    with pytest.raises(ClaimRefused, match="could not be read"):
        offer_page(claim, by=claim.user, url=url)


def test_a_token_is_good_for_its_evidence_alone(claim):
    one = offer_page(claim, by=claim.user, url="http://www.tohoku.ac.jp/~ada")
    two = offer_page(claim, by=claim.user, url="http://www.tohoku.ac.jp/~ada")
    assert page_token(one) != page_token(two)


# --- all kinds --------------------------------------------------------------------------------------


def test_another_member_can_do_nothing_with_a_claim(claim):
    evidence, stranger = offer_mail(claim, by=claim.user, address="ada@tohoku.ac.jp"), MemberFactory()
    page = offer_page(claim, by=claim.user, url="http://www.tohoku.ac.jp/")
    tries = [
        lambda: offer_orcid(claim, by=stranger),
        lambda: offer_mail(claim, by=stranger, address="x@tohoku.ac.jp"),
        lambda: send_again(evidence, by=stranger),
        lambda: look_at_page(page, by=stranger),
        lambda: leave_evidence(evidence, by=stranger),
        lambda: write_request(claim, by=stranger, words="I would like to have this record."),
    ]
    for attempt in tries:
        with pytest.raises(ClaimRefused, match="Only the person who made a claim"):
            attempt()


def test_revoking_ends_waiting_evidence(record):
    claim = owned(record)
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    token = token_in_mail()
    revoke_claim(claim, by=MemberFactory(is_staff=True), note="A namesake.")
    with pytest.raises(ClaimRefused, match="used already"):
        confirm_address(token, by=claim.user)
    assert Claim.objects.get().state == "revoked"
