"""The follow button with and without scripts, for every kind of record and for searches; the lists behind it."""

import pytest
from django.urls import reverse

from bzpeer.accounts.domain import block, follow, save_search
from bzpeer.accounts.models import Follow, SavedSearch
from bzpeer.claims.models import Claim
from bzpeer.feeds.domain import choose_reading
from bzpeer.privacy.visibility import choose_visibility
from tests.factories.members import MemberFactory
from tests.factories.records import InstitutionFactory, ResearcherFactory, SourceFactory, TopicFactory, WorkFactory

pytestmark = pytest.mark.django_db
FACTORIES = {
    "researcher": ResearcherFactory, "topic": TopicFactory, "institution": InstitutionFactory, "source": SourceFactory, "work": WorkFactory,
}  # fmt: skip
PAGES = {kind: f"{kind}s" for kind in FACTORIES}


def owns(member, record):
    return Claim.objects.create(user=member, researcher=record, reason="mine", state="accepted", decided_at="2026-01-01T00:00Z")


def test_following_and_unfollowing_lead_back_to_the_profile_with_the_new_count(client):
    researcher = ResearcherFactory(display_name="Ada Example")
    client.force_login(MemberFactory())
    counts = []
    for action in ("follow", "follow", "unfollow"):
        answer = client.post(reverse("follow", kwargs={"key": researcher.pk}), {"action": action})
        assert answer.headers["Location"] == f"/researchers/{researcher.pk}/ada-example/"
        researcher.refresh_from_db()
        counts.append(researcher.followers_count)
    assert counts == [1, 1, 0]


@pytest.mark.parametrize("kind", FACTORIES)
def test_any_kind_is_followed_by_kind_and_id_and_leads_back_to_its_page(client, kind):
    record = FACTORIES[kind]()
    client.force_login(MemberFactory())
    counts = []
    for action in ("follow", "unfollow"):
        answer = client.post(f"/follow/?kind={kind}&id={record.pk}", {"action": action})
        assert answer.headers["Location"].startswith(f"/{PAGES[kind]}/{record.pk}/")
        record.refresh_from_db()
        counts.append(record.followers_count)
    assert counts == [1, 0]
    assert client.get(f"/follow/?kind={kind}&id={record.pk}").status_code == 302  # where a login that began at the button ends


@pytest.mark.parametrize("kind", FACTORIES)
def test_a_page_shows_the_button_with_its_count_and_state_to_member_and_stranger(client, kind):
    record, member = FACTORIES[kind](), MemberFactory()
    follow(user=member, **{kind: record})
    address = client.get(f"/follow/?kind={kind}&id={record.pk}")  # a stranger logs in first
    assert "/accounts/login/" in address.headers["Location"]
    page = client.get(f"/{PAGES[kind]}/{record.pk}/", follow=True).text
    assert 'aria-pressed="false"' in page
    assert "data-follow>" not in page
    assert "data-follow-count>1</span>" in page
    client.force_login(member)
    page = client.get(f"/{PAGES[kind]}/{record.pk}/", follow=True).text
    assert 'aria-pressed="true"' in page
    assert "data-follow>" in page


def test_a_script_is_answered_with_the_new_state(client):
    topic = TopicFactory(display_name="Heat & <Noise>")
    client.force_login(MemberFactory())
    as_script = {"headers": {"accept": "application/json"}}
    address = f"/follow/?kind=topic&id={topic.pk}"
    assert client.post(address, {"action": "follow"}, **as_script).json() == {
        "is_following": True, "count": 1, "said": "You follow Heat & <Noise>.",
    }  # fmt: skip
    assert client.post(address, {"action": "unfollow"}, **as_script).json() == {
        "is_following": False, "count": 0, "said": "You no longer follow Heat & <Noise>.",
    }  # fmt: skip


def test_a_limit_is_told_in_words(client, monkeypatch):
    monkeypatch.setattr("bzpeer.accounts.domain.MOST_FOLLOWS_OF_NEW_ACCOUNT", 0)
    topic = TopicFactory()
    client.force_login(MemberFactory())
    address = f"/follow/?kind=topic&id={topic.pk}"
    refused = client.post(address, {"action": "follow"}, headers={"accept": "application/json"})
    assert (refused.status_code, "Go on tomorrow" in refused.json()["said"]) == (409, True)
    assert "Go on tomorrow" in client.post(address, {"action": "follow"}, follow=True).text
    assert not Follow.objects.exists()


def test_a_search_is_followed_from_its_page_under_a_name_and_let_go(client):
    client.force_login(MemberFactory())
    assert "Follow this search" in client.get("/search/?q=entropy").text
    answer = client.post("/follow/?kind=search&q=entropy", {"action": "follow", "name": "Heat <b>"})
    assert answer.headers["Location"] == "/search/?q=entropy&kind=work"
    page = client.get(answer.headers["Location"]).text
    assert "You follow this search" in page
    assert "Heat &lt;b&gt;" in page
    client.post("/follow/?kind=search&q=entropy", {"action": "unfollow"})
    assert not SavedSearch.objects.exists()
    assert client.post("/follow/?kind=search&q=entropy", {"action": "unfollow"}).status_code == 302


def test_a_search_without_words_is_refused_and_other_kinds_offer_none(client):
    client.force_login(MemberFactory())
    assert "Type what you look for" in client.post("/follow/?kind=search&q=%00", {"action": "follow"}, follow=True).text
    assert "Follow this search" not in client.get("/search/?q=entropy&kind=topic").text


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "?kind=topic",
        "?kind=member&id=1",
        "?kind=topic&id=99999999999999999999999",
        "?kind=topic&id=-1",
        "?kind=topic&id=1%00",
        "?kind[]=x",
    ],
)
def test_what_is_not_there_is_not_found(client, asked):
    client.force_login(MemberFactory())
    assert client.post(f"/follow/{asked}", {"action": "follow"}).status_code == 404


def test_a_stranger_logs_in_first_and_nothing_is_counted(client):
    researcher = ResearcherFactory()
    address = reverse("follow", kwargs={"key": researcher.pk})
    assert client.post(address).headers["Location"] == f"/accounts/login/?next={address}"
    researcher.refresh_from_db()
    assert researcher.followers_count == 0


def test_an_unknown_researcher_is_not_found(client):
    client.force_login(MemberFactory())
    assert client.post("/researchers/99999999999999999999999/follow/").status_code == 404


def test_a_follow_without_the_sites_own_form_is_refused(client):
    client.handler.enforce_csrf_checks = True
    client.force_login(MemberFactory())
    assert client.post(f"/follow/?kind=topic&id={TopicFactory().pk}", {"action": "follow"}).status_code == 403
    assert not Follow.objects.exists()


@pytest.mark.parametrize(("audience", "count"), [("everybody", 1), ("members", 1), ("owner", None)])
def test_a_number_of_followers_that_the_owner_keeps_is_told_to_nobody_else(client, audience, count):
    record = ResearcherFactory(is_claimed=True, verification_level=2)
    owner, member = MemberFactory.create_batch(2)
    owns(owner, record)
    choose_visibility(researcher=record, by=owner, choices={"followers": audience})
    client.force_login(member)
    answer = client.post(f"/researchers/{record.pk}/follow/", {"action": "follow"}, headers={"accept": "application/json"})
    assert answer.json()["count"] == count
    assert ("data-follow-count>1<" in client.get(f"/researchers/{record.pk}/", follow=True).text) == (count is not None)
    client.force_login(owner)
    assert "data-follow-count>1<" in client.get(f"/researchers/{record.pk}/", follow=True).text


# --- lists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3])
def test_what_a_member_follows_costs_a_fixed_number_of_queries_and_is_theirs_alone(client, django_assert_num_queries, size):
    member, other = MemberFactory.create_batch(2)
    for _ in range(size):
        for kind, factory in FACTORIES.items():
            follow(user=member, **{kind: factory()})
    save_search(user=member, text="entropy")
    follow(user=other, topic=TopicFactory(display_name="Somebody else's secret"))
    client.force_login(member)
    with django_assert_num_queries(5):
        page = client.get("/feed/following/").text
    assert page.count("Stop following") == len(FACTORIES) * size + 1
    assert "Somebody else" not in page


def test_letting_go_from_the_list_leads_back_to_it(client):
    member, topic = MemberFactory(), TopicFactory()
    follow(user=member, topic=topic)
    client.force_login(member)
    answer = client.post(f"/follow/?kind=topic&id={topic.pk}", {"action": "unfollow", "back": "following"})
    assert answer.headers["Location"] == "/feed/following/"


def test_an_owner_sees_only_followers_who_agreed_and_nobody_apart(client):
    record, owner = ResearcherFactory(), MemberFactory()
    owns(owner, record)
    names = ["Agreed", "Silent", "Blocked by the owner", "Blocks the owner", "Left"]
    agreed, silent, blocked, blocking, left = (MemberFactory(display_name=name, is_active=name != "Left") for name in names)
    for member in (agreed, silent, blocked, blocking, left):
        follow(user=member, researcher=record)
        choose_reading(member, digest="off", is_listed=member is not silent)
    own = ResearcherFactory(display_name="Ada Agreed")
    owns(agreed, own)
    block(user=owner, other=blocked)
    block(user=blocking, other=owner)
    client.force_login(owner)
    page = client.get(f"/researchers/{record.pk}/followers/").text
    assert [name in page for name in names] == [True, False, False, False, False]
    assert f"/researchers/{own.pk}/" in page
    assert "5 followers; 1 of them" in page
    assert "example.org" not in page.split("<main")[1]


@pytest.mark.parametrize("who", ["stranger", "member", "other owner", "staff"])
def test_followers_are_not_there_for_anybody_but_the_owner(client, who):
    record, other = ResearcherFactory.create_batch(2)
    follower = MemberFactory(display_name="Agreed")
    follow(user=follower, researcher=record)
    choose_reading(follower, digest="off", is_listed=True)
    viewer = MemberFactory(is_staff=who == "staff")
    if who == "other owner":
        owns(viewer, other)
    if who != "stranger":
        client.force_login(viewer)
    answer = client.get(f"/researchers/{record.pk}/followers/")
    assert answer.status_code == (302 if who == "stranger" else 404)
    assert "Agreed" not in answer.text


def test_the_api_says_nothing_of_who_follows_whom(client):
    record, member = ResearcherFactory(), MemberFactory(display_name="Agreed")
    follow(user=member, researcher=record)
    choose_reading(member, digest="off", is_listed=True)
    found = client.get(f"/api/v1/researchers/{record.pk}/")
    assert found.json()["followers_count"] == 1
    assert "Agreed" not in found.text
    assert not [path for path in client.get("/api/v1/schema/?format=json").json()["paths"] if "follow" in path or "feed" in path]


def test_the_outbox_does_not_exist_for_members(client, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "bzpeer.accounts.mail.KeepingEmailBackend"
    client.force_login(MemberFactory())
    assert client.get("/outbox/").status_code == 404
    client.force_login(MemberFactory(is_staff=True))
    assert client.get("/outbox/").status_code == 200
