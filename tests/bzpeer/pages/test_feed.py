"""The feed: what stands there and why, for whom; paging, filters, what is new; how it is read."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.accounts.domain import follow, save_search
from bzpeer.accounts.models import Follow
from bzpeer.feeds.models import FeedEvent, Reader
from graph.models import Collaboration
from tests.bzpeer.feeds.news import arrived, followed_since, noted
from tests.bzpeer.pages.test_follow import owns
from tests.factories.members import MemberFactory
from tests.factories.records import ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory, collaborate
from works.domain import merge_works
from works.models import Work

pytestmark = pytest.mark.django_db
QUERIES = 13


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).replace(" ,", ",").strip()


@pytest.fixture
def member(client):
    user = MemberFactory()
    client.force_login(user)
    return user


@pytest.mark.parametrize("size", [1, 3])
def test_a_feed_costs_a_fixed_number_of_queries(client, member, django_assert_num_queries, size):
    people, topics = ResearcherFactory.create_batch(size), TopicFactory.create_batch(size)
    for person, topic in zip(people, topics, strict=True):
        follow(user=member, researcher=person)
        follow(user=member, topic=topic)
        arrived(authors=[person], topics=[topic])
    client.get("/feed/")  # the first visit makes the reader's row
    with django_assert_num_queries(QUERIES):
        page = client.get("/feed/").text
    assert page.count("feed__item") == size


def test_an_item_joins_its_reasons_and_links_each(client, member):
    person, topic = ResearcherFactory(display_name="Ada Example"), TopicFactory(display_name="Heat")
    follow(user=member, researcher=person)
    follow(user=member, topic=topic)
    save_search(user=member, text="entropy", name="My <search>")
    work = arrived(title="On entropy", authors=[person], topics=[topic])
    page = client.get("/feed/").text
    assert page.count("feed__item") == 1
    assert (
        "New work because you follow Ada Example, who wrote it, you follow the topic Heat, and your search My &lt;search&gt; finds it"
        in words(page)
    )
    assert f'href="/researchers/{person.pk}/ada-example/"' in page
    assert f"/works/{work.pk}/on-entropy/" in page


def test_a_feed_holds_nothing_of_what_others_follow(client, member):
    person, own = ResearcherFactory.create_batch(2)
    follow(user=MemberFactory(), researcher=person)
    follow(user=member, researcher=own)
    arrived(title="Not for you", authors=[person])
    arrived(title="For you", authors=[own])
    page = client.get("/feed/").text
    assert ("For you" in page, "Not for you" in page) == (True, False)


def test_unfollowing_takes_the_items_out_at_once(client, member):
    person = ResearcherFactory()
    follow(user=member, researcher=person)
    arrived(authors=[person], title="Gone soon")
    client.post(f"/researchers/{person.pk}/follow/", {"action": "unfollow"})
    assert "Gone soon" not in client.get("/feed/").text


def test_a_citation_of_a_followed_work_is_called_one_and_can_be_filtered(client, member):
    cited, person = WorkFactory(title="The cited one"), ResearcherFactory()
    follow(user=member, work=cited)
    follow(user=member, researcher=person)
    citing = WorkFactory(title="The citing one", publication_date=timezone.now().date())
    ReferenceFactory(citing=citing, cited=cited)
    from_author = WorkFactory(title="By the author", publication_date=timezone.now().date(), authors=[person])
    noted(citing, from_author)
    assert "New citation because you follow The cited one, which it cites" in words(client.get("/feed/").text)
    only = client.get("/feed/?only=citations").text
    assert ("The citing one" in only, "By the author" in only) == (True, False)
    assert "Nothing of this kind" in client.get("/feed/?only=claims").text
    assert client.get("/feed/?only=%00nonsense").status_code == 200


def test_days_and_pages_walk_from_newest_to_oldest_without_gaps(client, member, monkeypatch):
    monkeypatch.setattr("bzpeer.pages.feed.PER_PAGE", 2)
    person = ResearcherFactory()
    follow(user=member, researcher=person)
    followed_since(member, 10)
    for number in range(5):
        arrived(title=f"Number {number}", authors=[person])
    for place, event in enumerate(FeedEvent.objects.order_by("pk")):
        FeedEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(days=5 - place))
    seen, address = [], "/feed/"
    while address:
        page = client.get(address).text
        seen += [int(number) for number in re.findall(r">Number (\d)</a>", page)]
        further = re.search(r'href="(\?before=\d+)"[^>]*>[^<]*Earlier', page)
        address = f"/feed/{further.group(1)}" if further else ""
    assert seen == [4, 3, 2, 1, 0]


def test_what_came_since_the_last_visit_is_marked_until_it_is_seen(client, member):
    person = ResearcherFactory()
    follow(user=member, researcher=person)
    followed_since(member, 10)
    arrived(authors=[person], title="Old")
    FeedEvent.objects.update(at=timezone.now() - timedelta(days=3))
    assert "New since your last visit" not in client.get("/feed/").text  # the first visit: all of it is new
    Reader.objects.update(visited_at=timezone.now() - timedelta(days=2))
    arrived(authors=[person], title="Fresh")
    for _ in range(2):  # a reload does not take the line away
        page = words(client.get("/feed/").text)
        assert page.index("New since your last visit") < page.index("Fresh") < page.index("You have seen what follows") < page.index("Old")
    assert client.post("/feed/seen/").headers["Location"] == "/feed/"
    assert "New since your last visit" not in client.get("/feed/").text


def test_an_empty_feed_suggests_close_collaborators_of_ones_own_record(client, member):
    own, near, far = (ResearcherFactory(display_name=name) for name in ("Own Record", "Near Colleague", "Far Stranger"))
    owns(member, own)
    collaborate(own, near, works=3)
    page = words(client.get("/feed/").text)
    assert "You follow nothing yet" in page
    assert ("Near Colleague" in page, "Far Stranger" in page) == (True, False)
    Collaboration.objects.all().delete()
    page = words(client.get("/feed/").text)
    assert ("Far Stranger" in page, "Own Record" in page) == (True, False)
    follow(user=member, researcher=far)
    assert "Nothing new yet" in words(client.get("/feed/").text)


def test_a_feed_reads_a_fixed_number_of_rows_however_large_the_corpus(client, member, django_assert_num_queries):
    person = ResearcherFactory()
    follow(user=member, researcher=person)
    others = ResearcherFactory.create_batch(3)
    for other in others:
        follow(user=MemberFactory(), researcher=other)
        for _ in range(20):
            arrived(authors=[other])
    mine = arrived(authors=[person])
    client.get("/feed/")
    with django_assert_num_queries(QUERIES):
        page = client.get("/feed/").text
    assert (page.count("feed__item"), f"/works/{mine.pk}/" in page) == (1, True)


@pytest.mark.parametrize("address", ["/feed/", "/feed/following/", "/feed/reading/"])
def test_a_stranger_logs_in_first(client, address):
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999999999", "%00", "1.5"])
def test_a_place_that_cannot_be_read_is_the_start(client, member, before):
    assert client.get(f"/feed/?before={before}").status_code == 200


# --- how it is read -------------------------------------------------------------------------------------


def test_digests_are_off_until_chosen_and_the_name_is_hidden(client, member):
    page = client.get("/feed/reading/").text
    assert '<input type="radio" name="digest" value="off" checked>' in page
    assert '<input type="checkbox" name="is_listed">' in page
    assert not Reader.objects.exists()
    client.post("/feed/reading/", {"digest": "weekly", "is_listed": "on"})
    assert Reader.objects.values_list("digest", "is_listed").get() == ("weekly", True)
    assert "Choose how often" in client.post("/feed/reading/", {"digest": "hourly"}, follow=True).text
    assert Reader.objects.get().digest == "weekly"


def test_mass_assignment_changes_nothing_else(client, member):
    client.post("/feed/reading/", {"digest": "daily", "token": "mine", "told_until": "0", "user": "1", "visited_at": "2020-01-01"})
    reader = Reader.objects.get()
    assert (reader.user_id, reader.token, reader.visited_at) == (member.pk, None, None)


def test_the_header_leads_to_the_feed_and_settings_to_the_choices(client, member):
    page = client.get("/settings/").text
    assert 'href="/feed/"' in page
    assert 'href="/feed/reading/"' in page


def test_a_merged_work_keeps_its_followers_and_its_news(client, member):
    keep, absorb = WorkFactory(title="Kept"), WorkFactory(title="Absorbed")
    follow(user=member, work=absorb)
    follow(user=MemberFactory(), work=keep)
    merge_works(keep=keep.pk, absorb=absorb.pk)
    assert set(Follow.objects.values_list("work", flat=True)) == {keep.pk}
    assert not Work.objects.filter(pk=absorb.pk).exists()
