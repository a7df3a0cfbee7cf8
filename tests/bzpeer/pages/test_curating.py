"""Proposals before moderators and owners."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from bzpeer.curation.domain import propose_merge, propose_merge_of_works, propose_split
from bzpeer.curation.models import Answer
from researchers.models import Researcher
from tests.bzpeer.curation.test_assertions import claimed
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory

pytestmark = pytest.mark.django_db

GROUNDS = [{"label": "Same name", "detail": "<b>Ada</b> Lovelace"}]


@pytest.fixture
def pair():
    return ResearcherFactory(display_name="Ada Lovelace"), ResearcherFactory(display_name="A. Lovelace")


@pytest.fixture
def found(pair):
    return propose_merge(one=pair[0], other=pair[1], grounds=GROUNDS, score=0.93)


def moderator():
    user = MemberFactory()
    user.user_permissions.add(Permission.objects.get(codename="moderate", content_type__app_label="curation"))
    return user


def test_who_sees_and_decides(client, pair, found):
    owner, other_owner = MemberFactory(), MemberFactory()
    claimed(pair[0], owner)
    claimed(ResearcherFactory(), other_owner)
    pages = [reverse("proposals"), reverse("proposal", kwargs={"key": found.pk})]
    assert [client.get(page).status_code for page in pages] == [302, 302]
    assert client.post(pages[1], {"decision": "reject", "note": "x"}).status_code == 302
    for user, status in (
        (MemberFactory(), 403), (owner, 403), (other_owner, 403), (moderator(), 200), (MemberFactory(is_staff=True), 200),
    ):  # fmt: skip
        client.force_login(user)
        assert [client.get(page).status_code for page in pages] == [status, status]
        if status == 403:
            assert client.post(pages[1], {"decision": "accept"}).status_code == 403
    found.refresh_from_db()
    assert found.state == "open"


def test_both_records_stand_side_by_side_with_what_differs_and_why(client, found):
    client.force_login(moderator())
    text = client.get(reverse("proposal", kwargs={"key": found.pk})).content.decode()
    assert "score 0.93 of 1" in text
    assert "&lt;b&gt;Ada&lt;/b&gt; Lovelace" in text
    assert text.count("compared__differs") >= 2


def test_a_moderator_accepts_rejects_and_goes_on(client, pair, found):
    client.force_login(moderator())
    following = propose_merge(one=pair[0], other=ResearcherFactory(), grounds=[])
    page = reverse("proposal", kwargs={"key": found.pk})
    assert "message--error" in client.post(page, {"decision": "reject"}, follow=True).content.decode()
    answer = client.post(page, {"decision": "accept", "onward": "1"})
    assert answer.headers["Location"] == reverse("proposal", kwargs={"key": following.pk})
    assert Researcher.objects.filter(pk__in=[record.pk for record in pair]).count() == 1
    client.post(answer.headers["Location"], {"decision": "reject", "answer": "The evidence is too weak."})
    following.refresh_from_db()
    assert (following.state, following.note) == ("rejected", "The evidence is too weak.")
    decided = client.get(reverse("proposals") + "?state=rejected").content.decode()
    assert reverse("proposal", kwargs={"key": following.pk}) in decided


def test_a_moderator_cannot_decide_on_their_own_record(client, pair, found):
    user = moderator()
    claimed(pair[1], user)
    client.force_login(user)
    page = reverse("proposal", kwargs={"key": found.pk})
    assert "Another moderator decides it" in client.get(page).content.decode()
    client.post(page, {"decision": "accept"})
    found.refresh_from_db()
    assert found.state == "open"


def test_an_owner_answers_and_others_do_not(client, pair, found):
    owner, other_owner = MemberFactory(), MemberFactory()
    claimed(pair[0], owner)
    claimed(ResearcherFactory(), other_owner)
    page = reverse("answer_proposal", kwargs={"key": pair[0].pk, "slug": "-", "proposal": found.pk})
    for user in (MemberFactory(), other_owner):
        client.force_login(user)
        assert client.post(page, {"answer": "agree"}).status_code == 403
    client.force_login(owner)
    assert "Same name" in client.get(reverse("researcher_proposals", kwargs={"key": pair[0].pk, "slug": "-"})).content.decode()
    client.post(page, {"answer": "disagree", "note": "Not me."})
    assert Answer.objects.values_list("user", "agrees", "note").get() == (owner.pk, False, "Not me.")
    client.force_login(moderator())
    assert "disagrees" in client.get(reverse("proposal", kwargs={"key": found.pk})).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_queue_costs_the_same_queries_whatever_waits(client, django_assert_num_queries, number):
    for _ in range(number):
        propose_merge_of_works(one=WorkFactory(), other=WorkFactory(), grounds=GROUNDS)
        propose_merge(one=ResearcherFactory(), other=ResearcherFactory(), grounds=GROUNDS)
    client.force_login(MemberFactory(is_staff=True))
    with django_assert_num_queries(QUEUE_QUERIES):
        text = client.get(reverse("proposals")).content.decode()
    assert text.count("Two works are one") == number + 1


QUEUE_QUERIES = 6


def test_a_split_shows_its_parts(client):
    person = ResearcherFactory()
    works = [WorkFactory(authors=[person]) for _ in range(3)]
    keys = [work.authorships.get().pk for work in works]
    found = propose_split(researcher=person, groups=[keys[:2], keys[2:]], grounds=GROUNDS)
    client.force_login(moderator())
    text = client.get(reverse("proposal", kwargs={"key": found.pk})).content.decode()
    assert text.count('name="keep_group"') == 2
    client.post(reverse("proposal", kwargs={"key": found.pk}), {"decision": "accept", "keep_group": "0"})
    assert person.authorships.count() == 2
