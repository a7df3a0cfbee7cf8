"""The pages on which an owner edits their profile and asks for merges and splits, and what the profile shows of it."""

import pytest
from django.urls import reverse

from bzpeer.claims.domain import revoke_claim
from bzpeer.claims.models import Claim, ClaimDelegate, Highlight, OwnerProfile
from bzpeer.curation.models import Assertion, Proposal
from researchers.domain import mark_verified
from researchers.models import VerificationLevel
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory
from works.models import Authorship

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert(1)</script><a href="javascript:alert(1)">x</a> `x<y and y>z`'


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def ada(owner):
    person = ResearcherFactory(display_name="Ada Byron")
    Claim.objects.create(user=owner, researcher=person, state="accepted", decided_at="2026-01-01T00:00:00Z", reason="x")
    mark_verified(person, level=VerificationLevel.CLAIMED, is_claimed=True)
    return person


def address(person, name="edit_researcher"):
    return reverse(name, kwargs={"key": person.pk, "slug": "ada-byron"})


def profile(client, person):
    return client.get(reverse("researcher", kwargs={"key": person.pk, "slug": "ada-byron"})).text


@pytest.mark.parametrize("name", ["edit_researcher", "join_researcher"])
def test_who_sees_the_page(client, ada, owner, name):
    delegate = MemberFactory()
    ClaimDelegate.objects.create(
        claim=Claim.objects.get(), address=delegate.email, user=delegate, state="accepted", accepted_at="2026-01-01T00:00:00Z"
    )
    assert client.get(address(ada, name)).status_code == 302
    for user, status in ((MemberFactory(), 403), (MemberFactory(is_staff=True), 403), (delegate, 200), (owner, 200)):
        client.force_login(user)
        assert client.get(address(ada, name)).status_code == status
        if status == 403:
            assert client.post(address(ada, name), {"step": "interests", "interests": "x"}).status_code == 403
    assert not OwnerProfile.objects.exists()


def test_everything_said_is_on_the_profile_as_the_owners_word(client, ada, owner):
    works = [WorkFactory(title=f"On engines {number}", authors=[ada]) for number in range(3)]
    client.force_login(owner)
    for values in (
        {"step": "biography", "value": HOSTILE + "\nSecond line.", "seen": 0},
        {"step": "interests", "interests": "Engines\nPoetry", "seen": 0},
        {"step": "links", "label": ["Home <b>", ""], "url": ["https://example.org/ada", ""], "seen": 1},
        {"step": "openness", "is_open": "on", "open_for": "Weaving", "seen": 2},
        {"step": "add", "work": works[0].pk, "seen": 3},
        {"step": "add", "work": works[1].pk, "seen": 4},
        {"step": "up", "work": works[1].pk, "seen": 5},
    ):
        answer = client.post(address(ada), values)
        assert answer.status_code == 302, answer.text
    client.logout()
    html = profile(client, ada)
    assert "<script>alert" not in html
    assert "x&lt;y and y&gt;z" in html
    assert "Second line." in html
    assert "Engines · Poetry" in html
    assert '<a href="https://example.org/ada" rel="nofollow ugc noopener" title="example.org">Home &lt;b&gt;</a>' in html
    assert "Weaving" in html
    assert html.index("Chosen by the owner") < html.index("On engines 1") < html.index("On engines 0") < html.index("Published work")
    assert "Said by the owner, last changed on" in html
    assert Assertion.objects.get(subject="biography").user == owner


def test_what_a_former_owner_said_is_shown_no_more(client, ada, owner):
    WorkFactory(title="On engines", authors=[ada])
    client.force_login(owner)
    client.post(address(ada), {"step": "biography", "value": "I am Ada.", "seen": 0})
    client.post(address(ada), {"step": "interests", "interests": "Engines", "seen": 0})
    assert "I am Ada." in profile(client, ada)
    revoke_claim(Claim.objects.get(), by=MemberFactory(is_staff=True), note="Wrong person.")
    client.logout()
    ada.refresh_from_db()
    assert "I am Ada." not in profile(client, ada)
    Claim.objects.create(user=MemberFactory(), researcher=ada, state="accepted", decided_at="2026-01-01T00:00:00Z", reason="x")
    mark_verified(ada, level=VerificationLevel.CLAIMED, is_claimed=True)
    assert "I am Ada." not in profile(client, ada)


def test_two_tabs_are_told_of_each_other_and_keep_the_words(client, ada, owner):
    client.force_login(owner)
    client.post(address(ada), {"step": "biography", "value": "First", "seen": 0})
    answer = client.post(address(ada), {"step": "biography", "value": "From the other tab", "seen": 0, "part": "biography"})
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in answer.text
    assert "From the other tab" in answer.text
    ada.refresh_from_db()
    assert ada.biography == "First"
    seen = Assertion.objects.get(withdrawn_at__isnull=True).pk
    assert client.post(address(ada), {"step": "biography", "value": "Again", "seen": seen}).status_code == 302


@pytest.mark.parametrize(
    "values",
    [
        {}, {"step": "x"}, {"step": "links", "label": "a", "url": "javascript:alert(1)"}, {"step": "links", "label": "a", "url": "data:,x"},
        {"step": "add", "work": "9" * 30}, {"step": "add", "work": "1"}, {"step": "up", "work": "\x00"},
        {"step": "order", "work": ["1", "x"]}, {"step": "interests", "interests": "x" * 81},
        {"step": "interests", "interests": "a\u202eb"}, {"step": "biography", "value": "a\x00b"},
        {"step": "biography", "value": "x" * 4001}, {"step": "openness", "open_for": "x" * 501},
        {"step": "biography", "value": "x", "seen": "9" * 40},
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(client, ada, owner, values):
    client.force_login(owner)
    answer = client.post(address(ada), values)
    if values.get("seen"):
        assert answer.status_code == 302  # what is no number is version 0, and nothing was said before
        return
    assert answer.status_code == 409
    assert "message--error" in answer.text
    assert not OwnerProfile.objects.exists()
    assert not Highlight.objects.exists()


def test_posted_fields_beyond_the_form_change_nothing(client, ada, owner):
    client.force_login(owner)
    client.post(address(ada), {"step": "interests", "interests": "One", "seen": 0, "hidden": "x", "version": 99, "trust_score": 100})
    said = OwnerProfile.objects.get()
    ada.refresh_from_db()
    assert (said.version, said.hidden, ada.trust_score, ada.verification_level) == (1, [], 0, 2)


def test_a_merge_is_asked_for_and_reaches_moderators(client, ada, owner):
    other = ResearcherFactory(display_name="A. Byron")
    client.force_login(owner)
    assert f'value="{other.pk}"' in client.get(address(ada, "join_researcher"), {"record": "byron"}).text
    assert client.post(address(ada, "join_researcher"), {"step": "merge", "other": other.pk, "note": "I moved."}).status_code == 302
    made = Proposal.objects.get()
    assert (made.kind, made.researcher, made.other_researcher, made.proposed_by) == ("merge_researchers", ada, other, owner)
    assert {"label": "In their words", "detail": "I moved."} in made.grounds


def test_a_split_is_asked_for_with_whose_the_works_are(client, ada, owner):
    for number in range(3):
        WorkFactory(title=f"On engines {number}", authors=[ada])
    foreign = Authorship.objects.get(work__title="On engines 1")
    whose = ResearcherFactory(display_name="Ada Other")
    client.force_login(owner)
    client.post(address(ada, "join_researcher"), {"step": "split", "byline": foreign.pk, "other": whose.pk})
    made = Proposal.objects.get()
    assert (made.kind, made.payload["groups"][1], made.proposed_by) == ("split_researcher", [foreign.pk], owner)
    assert {"label": "Whose they are", "detail": f"Ada Other, record {whose.pk}"} in made.grounds
    assert Authorship.objects.filter(researcher=ada).count() == 3


@pytest.mark.parametrize(
    "values",
    [{}, {"step": "merge"}, {"step": "merge", "other": "9" * 30}, {"step": "split"}, {"step": "split", "byline": ["x", "0"]}],
)
def test_requests_without_a_choice_are_refused_in_words(client, ada, owner, values):
    WorkFactory(authors=[ada])
    client.force_login(owner)
    answer = client.post(address(ada, "join_researcher"), values)
    assert answer.status_code == 422
    assert "message--error" in answer.text
    assert not Proposal.objects.exists()


def test_a_record_is_neither_merged_with_itself_nor_emptied(client, ada, owner):
    byline = Authorship.objects.get(work=WorkFactory(authors=[ada]))
    client.force_login(owner)
    for values in ({"step": "merge", "other": ada.pk}, {"step": "split", "byline": byline.pk}):
        assert client.post(address(ada, "join_researcher"), values).status_code == 422
    assert not Proposal.objects.exists()
