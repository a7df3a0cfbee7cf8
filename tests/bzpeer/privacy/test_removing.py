"""Requests for removal: proved, decided by somebody else, carried out for good, and the person who asked forgotten."""

import re
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.utils import timezone

from bzpeer.accounts.models import Notification
from bzpeer.claims.models import Claim
from bzpeer.curation.assertions import correct_researcher
from bzpeer.pipeline import derive_all_pending
from bzpeer.privacy.models import RemovalRequest
from bzpeer.privacy.removing import (
    MOST_A_DAY,
    RemovalRefused,
    ask_for_removal,
    confirm_request,
    erase_name_of_own_record,
    forget_old_requests,
    grant,
    refuse,
    request_by_token,
)
from graph.models import Collaboration
from researchers.models import Researcher
from researchers.suppression import is_suppressed
from tests.bzpeer.privacy.marked import marked_member
from tests.factories.members import MemberFactory
from tests.factories.records import AffiliationFactory, NameFormFactory, ResearcherFactory, WorkFactory, collaborate
from works.models import Authorship

pytestmark = pytest.mark.django_db


def asked(person, **more):
    said = {"ask": "hide", "name": "Jane Gone", "address": "Jane@University.example", **more}
    return ask_for_removal(researcher=person, **said)


def token_in_mail():
    return re.search(r"/about/removal/confirm/([^/\s]+)/", mail.outbox[-1].body)[1]


def confirmed(person, **more):
    asked(person, **more)
    return confirm_request(token_in_mail())


def test_a_stranger_confirms_by_mail_once():
    made = asked(ResearcherFactory())
    assert (made.state, mail.outbox[-1].to) == ("unverified", ["jane@university.example"])
    token = token_in_mail()
    assert request_by_token(token) == made  # looking at the link confirms nothing
    assert confirm_request(token).state == "open"
    assert (confirm_request(token), request_by_token(token), confirm_request("nonsense")) == (None, None, None)


def test_a_link_is_good_for_some_days_only():
    asked(ResearcherFactory())
    RemovalRequest.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert confirm_request(token_in_mail()) is None


def test_a_member_with_the_records_orcid_needs_no_link():
    person, member = ResearcherFactory(orcid="0000-0002-1825-0097"), MemberFactory()
    assert asked(person, user=member).proof == ""
    SocialAccount.objects.create(user=member, provider="orcid", uid="0000-0002-1825-0097")
    made = asked(person, user=member)
    assert (made.proof, made.state, made.address) == ("orcid", "open", member.email)


def test_another_iD_proves_nothing():
    member = MemberFactory()
    SocialAccount.objects.create(user=member, provider="orcid", uid="0000-0001-5109-3700")
    assert asked(ResearcherFactory(orcid="0000-0002-1825-0097"), user=member).state == "unverified"
    assert asked(ResearcherFactory(orcid=None), user=member).state == "unverified"


def test_nobody_is_flooded_with_links():
    person = ResearcherFactory()
    for _ in range(MOST_A_DAY):
        asked(person)
    with pytest.raises(RemovalRefused, match="many requests"):
        asked(person)
    assert len(mail.outbox) == MOST_A_DAY


def test_a_former_name_comes_with_its_own_choice():
    with pytest.raises(RemovalRefused, match="former name"):
        asked(ResearcherFactory(), ask="former_name")
    with pytest.raises(RemovalRefused, match="that choice only"):
        asked(ResearcherFactory(), former_name="Somebody")


def test_granting_takes_the_record_apart_and_tells_who_asked():
    person, partner = ResearcherFactory(display_name="Jane Gone", orcid="0000-0002-1825-0097"), ResearcherFactory()
    AffiliationFactory(researcher=person)
    NameFormFactory(researcher=person, name="J. Gone")
    WorkFactory(authors=[person, partner]), WorkFactory(authors=[person, partner])
    collaborate(person, partner, works=2)
    Researcher.objects.filter(pk=partner.pk).update(close_collaborators_count=1)
    key = person.pk

    done = grant(confirmed(person), by=MemberFactory(is_staff=True), note="Done.")
    derive_all_pending()

    assert (done.state, RemovalRequest.objects.get().researcher) == ("granted", None)
    assert not Researcher.objects.filter(pk=key).exists()
    assert is_suppressed(f"id:{key}")
    assert not Collaboration.objects.exists()
    partner.refresh_from_db()
    assert partner.close_collaborators_count == 0
    assert set(Authorship.objects.filter(byline="Jane Gone").values_list("researcher", flat=True)) == {None}
    assert (mail.outbox[-1].to, "Done." in mail.outbox[-1].body) == (["jane@university.example"], True)


def test_whoever_claimed_a_removed_record_is_told():
    marked = marked_member()
    grant(confirmed(marked.record), by=MemberFactory(is_staff=True), note="")
    assert not Claim.objects.filter(user=marked.user).exists()
    assert Notification.objects.filter(user=marked.user, text__startswith="A record you claimed was removed").exists()


def test_a_request_is_decided_once_and_by_somebody_else():
    moderator = MemberFactory(is_staff=True)
    SocialAccount.objects.create(user=moderator, provider="orcid", uid="0000-0002-1825-0097")
    own = asked(ResearcherFactory(orcid="0000-0002-1825-0097"), user=moderator)
    with pytest.raises(RemovalRefused, match="another moderator"):
        grant(own, by=moderator, note="")
    refuse(own, by=MemberFactory(is_staff=True), note="No.")
    with pytest.raises(RemovalRefused, match="refused"):
        grant(own, by=MemberFactory(is_staff=True), note="")
    with pytest.raises(RemovalRefused, match="Say why"):
        refuse(confirmed(ResearcherFactory()), by=moderator, note=" ")


def test_who_asked_is_forgotten_after_the_decision():
    made = refuse(confirmed(ResearcherFactory(), words="Because."), by=MemberFactory(is_staff=True), note="No.")
    asked(ResearcherFactory(), address="other@example.org")
    assert forget_old_requests() == 0
    RemovalRequest.objects.update(decided_at=timezone.now() - timedelta(days=31), state="refused", proof="mail")
    RemovalRequest.objects.exclude(pk=made.pk).update(decided_at=None, state="unverified", created_at=timezone.now() - timedelta(days=4))
    assert forget_old_requests() == 2
    made.refresh_from_db()
    assert (made.address, made.name, made.words, made.note, RemovalRequest.objects.count()) == ("", "", "", "No.", 1)


# --- former names -----------------------------------------------------------------------------------


def test_a_former_name_goes_once_another_one_is_shown():
    marked = marked_member()
    person = marked.record
    WorkFactory(authors=[person])
    made = confirmed(person, ask="former_name", former_name="Paula Public")
    with pytest.raises(RemovalRefused, match="Correct the name first"):
        grant(made, by=MemberFactory(is_staff=True), note="")
    assert RemovalRequest.objects.get(pk=made.pk).state == "open"

    correct_researcher(by=marked.user, researcher=person, field="display_name", value="Paul Present")
    grant(made, by=MemberFactory(is_staff=True), note="")
    from tests.bzpeer.privacy.test_erasing import places_of

    person.refresh_from_db()
    assert person.display_name == "Paul Present"
    assert places_of("Paula Public") == []
    assert set(Authorship.objects.filter(researcher=person).values_list("byline", flat=True)) == {"Paul Present"}
    assert Researcher.objects.filter(pk=person.pk, is_claimed=True).exists()


def test_owners_erase_a_former_name_themselves_and_nobody_else_does():
    marked = marked_member()
    correct_researcher(by=marked.user, researcher=marked.record, field="display_name", value="Paul Present")
    with pytest.raises(RemovalRefused, match="Only the owner"):
        erase_name_of_own_record(by=marked.other, researcher=marked.record, name="Paula Public")
    assert erase_name_of_own_record(by=marked.user, researcher=marked.record, name="Paula Public") == 1
