"""Attacks on claims that are not attacks on one kind of evidence."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from bzpeer.accounts.models import User
from bzpeer.claims.delegating import accept_delegation
from bzpeer.claims.domain import ClaimRefused, accept_claim, start_claim, submit_claim
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory

pytestmark = pytest.mark.django_db


def words(page: str, *addresses: str) -> str:
    """Return what a page says, without what differs by the form's token, the row or what was typed."""
    for address in addresses:
        page = page.replace(address, "ADDRESS")
    return re.sub(r'value="[^"]*"|/claims/\d+/|/researchers/\d+/[^"]*', "", page)


# --- 1: answers alike ---------------------------------------------------------------------------------


def test_claiming_by_mail_answers_alike_for_an_address_somebody_here_has():
    cache.clear()
    MemberFactory(email="known@example.org")
    record = ResearcherFactory(display_name="Ada Lovelace")
    answers = {}
    for address in ("known@example.org", "nobody@example.org"):
        member, client = MemberFactory(display_name="Ada"), Client()
        client.force_login(member)
        claim = start_claim(user=member, researcher=record)
        mail.outbox.clear()
        said = client.post(f"/claims/{claim.pk}/step/", {"step": "mail", "address": address})
        page = client.get(f"/claims/{claim.pk}/")
        told = mail.outbox[0]
        link = re.search(r"/claims/confirm/[^/]+/", str(told.body))
        assert link
        opened = client.get(link[0])
        answers[address] = (
            said.status_code, words(page.text, address), len(mail.outbox), told.subject, re.sub(r"confirm/\S+", "", str(told.body)),
            opened.status_code, words(opened.text, address),
        )  # fmt: skip
        Claim.objects.all().delete()
    assert answers["known@example.org"] == answers["nobody@example.org"]


@pytest.mark.parametrize("confirmed", [True, False])
def test_asking_a_delegate_answers_alike_for_an_address_nobody_has(confirmed):
    MemberFactory(email="known@example.org", confirmed=confirmed)
    answers = []
    for address in ("known@example.org", "nobody@example.org"):
        claim, client = owned(ResearcherFactory(display_name="Ada Lovelace"), user=MemberFactory(display_name="Ada")), Client()
        client.force_login(claim.user)
        client.post(f"/claims/{claim.pk}/step/", {"step": "delegates", "address": address})
        answers.append(words(client.get(f"/claims/{claim.pk}/").text, address))
    assert answers[0] == answers[1]


# --- 20: nobody decides for themselves ----------------------------------------------------------------


def test_a_moderator_who_edits_a_record_for_its_owner_does_not_decide_on_it():
    claim, judge = owned(), moderator()
    asked = ClaimDelegate.objects.create(claim=claim, address=judge.email)
    accept_delegation(asked, by=judge)
    rival = submit_claim(user=MemberFactory(), researcher=claim.researcher, reason="These are all my own papers.")
    with pytest.raises(ClaimRefused, match="edit this record for its owner"):
        accept_claim(rival, by=judge, over_owner=True)


# --- 21: whatever closes an account ends its claims ---------------------------------------------------


def closed_at_once(member: User) -> None:
    with transaction.atomic():
        User.objects.filter(pk=member.pk).update(is_active=False)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("state", ["started", "review", "accepted"])
def test_an_account_is_not_closed_past_its_claims(state):
    claim = owned()
    Claim.objects.update(state=state)
    with pytest.raises(IntegrityError, match="claims of it stand"):
        closed_at_once(claim.user)
    claim.user.refresh_from_db()
    assert claim.user.is_active


def test_saving_a_closed_account_ends_its_claims_so_the_database_agrees():
    claim = owned(proved=True)
    claim.user.is_active = False
    claim.user.save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    claim.refresh_from_db()
    assert (claim.state, claim.researcher.__class__.objects.get(pk=claim.researcher_id).is_claimed) == ("revoked", False)


def test_an_account_without_claims_is_closed_by_any_door():
    member = MemberFactory()
    closed_at_once(member)
    with pytest.raises(ClaimRefused, match="account is closed"):
        start_claim(user=member, researcher=ResearcherFactory())


# --- 12: what is in a mail is not in the table --------------------------------------------------------


def test_no_link_of_a_mail_is_stored():
    member, record = MemberFactory(), ResearcherFactory()
    claim, client = start_claim(user=member, researcher=record), Client()
    client.force_login(member)
    client.post(f"/claims/{claim.pk}/step/", {"step": "mail", "address": "ada@example.org"})
    link = re.search(r"/claims/confirm/([^/]+)/", str(mail.outbox[-1].body))
    assert link
    row = ClaimEvidence.objects.values().get()
    assert link[1] not in str(row)
    assert row["token_hash"]
