"""The page of one claim: its applicant works on it, others do not find it."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.urls import reverse

from bzpeer.claims.delegating import accept_delegation
from bzpeer.claims.domain import ask_applicant, start_claim, submit_claim
from bzpeer.claims.evidence import offer_mail
from bzpeer.claims.models import Claim, ClaimDelegate, ClaimEvidence
from bzpeer.claims.queries import may_edit_record, owns_record
from bzpeer.curation.models import Proposal
from tests.factories.claiming import owned
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, InstitutionFactory, ResearcherFactory

pytestmark = pytest.mark.django_db

ORCID = "0000-0002-1825-0097"
APPS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [{"client_id": "APP-1", "secret": "s"}]}}


@pytest.fixture
def record():
    found = ResearcherFactory(display_name="Ada Lovelace", orcid=ORCID)
    AffiliationFactory(researcher=found, institution=InstitutionFactory(homepage_url="https://www.tohoku.ac.jp/"))
    return found


@pytest.fixture
def claim(record):
    return start_claim(user=MemberFactory(), researcher=record)


def step(client, claim, name, **fields):
    return client.post(reverse("act_on_claim", kwargs={"key": claim.pk}), {"step": name, **fields}, follow=True).content.decode()


def test_a_way_chosen_on_the_claim_page_starts_the_claim(client, record):
    member = MemberFactory()
    client.force_login(member)
    answer = client.post(reverse("claim", kwargs={"key": record.pk}), {"way": "mail"})
    made = Claim.objects.get()
    assert (made.state, made.user, answer.headers["Location"]) == ("started", member, f"/claims/{made.pk}/#mail")


def test_a_linked_orcid_makes_the_record_mine_in_one_step(client, record, settings):
    settings.SOCIALACCOUNT_PROVIDERS = APPS
    member = MemberFactory()
    SocialAccount.objects.create(user=member, provider="orcid", uid=ORCID)
    client.force_login(member)
    assert "Prove it by ORCID" in client.get(reverse("claim", kwargs={"key": record.pk})).content.decode()
    client.post(reverse("claim", kwargs={"key": record.pk}), {"way": "orcid"})
    assert owns_record(member, record.pk)


def test_without_a_linked_orcid_the_page_leads_to_orcid_and_back(client, claim, settings):
    settings.SOCIALACCOUNT_PROVIDERS = APPS
    client.force_login(claim.user)
    page = client.get(reverse("own_claim", kwargs={"key": claim.pk})).content.decode()
    assert f"/accounts/orcid/login/?process=connect&amp;next=%2Fclaims%2F{claim.pk}%2F%23orcid" in page


def test_where_orcid_is_not_set_up_it_is_not_offered(client, claim):
    client.force_login(claim.user)
    assert "Link my ORCID" not in client.get(reverse("own_claim", kwargs={"key": claim.pk})).content.decode()


def test_an_address_is_confirmed_by_a_post_and_not_by_opening_the_link(client, claim):
    client.force_login(claim.user)
    assert "We sent a link" in step(client, claim, "mail", address="ada.lovelace@tohoku.ac.jp")
    link = re.search(r"http\S+(/claims/confirm/\S+/)", str(mail.outbox[-1].body))
    assert link
    for _ in range(2):
        assert "Yes, confirm it" in client.get(link.group(1)).content.decode()
    assert ClaimEvidence.objects.get().state == "pending"
    assert "The record is yours." in client.post(link.group(1), follow=True).content.decode()
    assert client.get(link.group(1)).status_code == 404


def test_a_stranger_with_the_link_is_told_it_leads_nowhere(client, claim):
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    link = re.search(r"(/claims/confirm/\S+/)", str(mail.outbox[-1].body))
    assert link
    client.force_login(MemberFactory())
    answer = client.get(link.group(1))
    assert answer.status_code == 404
    assert "ada.lovelace" not in answer.content.decode()
    client.post(link.group(1))
    assert ClaimEvidence.objects.get().state == "pending"


def test_a_page_is_named_and_asked_for(client, claim):
    client.force_login(claim.user)
    page = step(client, claim, "page", url="https://www.tohoku.ac.jp/~ada")
    token = re.search(r"bzpeer-[0-9a-f]{32}", page)
    assert token
    step(client, claim, "page-look", evidence=ClaimEvidence.objects.get().pk)
    assert ClaimEvidence.objects.get().due_at is not None


def test_another_members_claim_is_not_found_by_any_step(client, claim):
    evidence = offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    client.force_login(MemberFactory())
    assert client.get(reverse("own_claim", kwargs={"key": claim.pk})).status_code == 404
    for name in ("orcid", "mail", "mail-again", "page", "text", "leave", "answer", "delegates", "join"):
        answer = client.post(reverse("act_on_claim", kwargs={"key": claim.pk}), {"step": name, "evidence": evidence.pk})
        assert answer.status_code == 404


def test_a_step_nobody_knows_and_one_with_nonsense_are_told(client, claim):
    client.force_login(claim.user)
    assert "Nothing was chosen" in step(client, claim, "accept")
    assert "no e-mail address" in step(client, claim, "mail", address="\x00")
    assert "could not be read" in step(client, claim, "page", url="http://127.0.0.1/")
    assert "here no more" in step(client, claim, "leave", evidence="9" * 40)


def test_an_answer_to_a_question_reaches_the_moderator(client, record):
    claim, moderator = (
        submit_claim(user=MemberFactory(), researcher=record, reason="These are my papers, all of them."),
        MemberFactory(is_staff=True),
    )
    ask_applicant(claim, by=moderator, words="Where did you work in 2020?")
    client.force_login(claim.user)
    assert "Where did you work in 2020?" in client.get(reverse("own_claim", kwargs={"key": claim.pk})).content.decode()
    assert "told of your answer" in step(client, claim, "answer", words="At Tohoku University.")
    assert moderator.notifications.get().url == f"/moderation/claims/{claim.pk}/"


def test_asking_a_delegate_reads_the_same_for_a_known_and_an_unknown_address(client, record):
    claim, known = owned(record), MemberFactory()
    client.force_login(claim.user)
    pages = [step(client, claim, "delegates", address=address) for address in (known.email, "nobody@example.org")]
    assert all("If an account here has this address" in page for page in pages)
    first, second = [re.findall(r"asked on [^<]+", page)[-1] for page in pages]
    assert first == second
    assert known.notifications.count() == 1


def test_a_delegate_edits_until_the_claim_ends(client, record):
    claim, friend, other = owned(record), MemberFactory(), MemberFactory()
    client.force_login(claim.user)
    step(client, claim, "delegates", address=friend.email.upper())
    asked = ClaimDelegate.objects.get()
    client.force_login(other)
    assert client.post(reverse("answer_delegation", kwargs={"key": asked.pk}), {"answer": "accept"}).status_code == 404
    client.force_login(friend)
    client.post(reverse("answer_delegation", kwargs={"key": asked.pk}), {"answer": "accept"})
    assert (may_edit_record(friend, record.pk), owns_record(friend, record.pk)) == (True, False)
    assert client.get(reverse("own_claim", kwargs={"key": claim.pk})).status_code == 404
    client.force_login(claim.user)
    client.post(reverse("withdraw_claim", kwargs={"key": claim.pk}))
    assert not may_edit_record(friend, record.pk)


def test_an_address_that_is_not_confirmed_takes_nothing_on(record):
    claim, squatter = owned(record), MemberFactory(confirmed=False)
    given = ClaimDelegate.objects.create(claim=claim, address=squatter.email)
    with pytest.raises(Exception, match="not asked"):
        accept_delegation(given, by=squatter)


def test_the_owner_of_two_records_proposes_to_join_them(client, record):
    claim = owned(record)
    second = owned(user=claim.user)
    stranger = owned()
    client.force_login(claim.user)
    assert "Both records must be yours" in step(client, claim, "join", other=stranger.researcher_id)
    assert "A moderator decides" in step(client, claim, "join", other=second.researcher_id)
    assert Proposal.objects.get().kind == "merge_researchers"


def test_the_address_of_an_applicant_is_on_no_page_of_others(client, record):
    claim = owned(record)
    offer_mail(claim, by=claim.user, address="ada.lovelace@tohoku.ac.jp")
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    for address in (
        reverse("review_claim", kwargs={"key": claim.pk}),
        reverse("claims_in_review"),
        f"/researchers/{record.pk}/ada-lovelace/",
    ):
        page = client.get(address).content.decode()
        assert "ada.lovelace@" not in page
        assert claim.user.email not in page
