"""Atom: valid whatever a record holds, nothing but public facts, cheap to ask again; and the member's own feed."""

import re
from datetime import timedelta

import pytest
from defusedxml.ElementTree import fromstring
from django.utils import timezone

from bzpeer.accounts.domain import follow
from bzpeer.feeds.domain import drop_token, renew_token
from tests.bzpeer.feeds.news import arrived
from tests.factories.members import MemberFactory
from tests.factories.records import InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.models import AuthorshipInstitution, Work

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "</title><script>alert(1)</script> & ]]> <![CDATA[ \x0b\x1b\x7f\ufffe\uffff \U0001f600 \u202e x<y and y>z &amp;lt;"


def read(answer):
    """Return the root of a feed, held against what RFC 4287 asks of every feed and entry."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    root = fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    ids = []
    for part in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", part.findtext(f"{ATOM}updated"))
        ids.append(part.findtext(f"{ATOM}id"))
    assert all(given.startswith("http") for given in ids)
    assert len(set(ids)) == len(ids)
    assert root.findall(f"{ATOM}author")
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")] == ["alternate", "self"]
    return root


def titles(root):
    return [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]


def corpus():
    person, topic, place = (
        ResearcherFactory(display_name="Ada"),
        TopicFactory(display_name="Heat"),
        InstitutionFactory(display_name="Place"),
    )
    work = WorkFactory(title="On entropy", authors=[person], topics=[topic])
    AuthorshipInstitution.objects.create(authorship=work.authorships.get(), institution=place)
    WorkFactory(title="Unrelated", authors=[ResearcherFactory()])
    return {
        "researchers": (f"/researchers/{person.pk}/ada/", f"/researchers/{person.pk}/ada/feed.atom"),
        "topics": (f"/topics/{topic.pk}/heat/", f"/topics/{topic.pk}/heat/feed.atom"),
        "institutions": (f"/institutions/{place.pk}/place/", f"/institutions/{place.pk}/place/feed.atom"),
        "search": ("/search/?q=entropy", "/search/feed.atom?q=entropy"),
    }


@pytest.mark.parametrize("kind", ["researchers", "topics", "institutions", "search"])
def test_each_feed_holds_its_works_and_its_page_names_it(client, kind):
    page, feed = corpus()[kind]
    assert titles(read(client.get(feed))) == ["On entropy"]
    assert 'rel="alternate" type="application/atom+xml"' in client.get(page).text
    assert feed in client.get(page).text


def test_hostile_text_stays_text(client):
    person = ResearcherFactory(display_name=HOSTILE.replace("\x00", ""))
    WorkFactory(title=HOSTILE, abstract=HOSTILE, authors=[person])
    root = read(client.get(f"/researchers/{person.pk}/x/feed.atom"))
    (entry,) = root.findall(f"{ATOM}entry")
    assert not list(root.iter("script"))
    assert "x<y and y>z" in entry.findtext(f"{ATOM}title")
    summary = entry.find(f"{ATOM}summary")
    assert summary.get("type") == "html"
    assert "<script" not in summary.text.lower()
    assert "x&lt;y and y&gt;z" in summary.text


@pytest.mark.parametrize("size", [1, 3])
def test_a_feed_costs_a_fixed_number_of_queries(client, django_assert_num_queries, size):
    person = ResearcherFactory()
    for _ in range(size):
        WorkFactory(authors=[person])
    with django_assert_num_queries(3):
        client.get(f"/researchers/{person.pk}/x/feed.atom")


def test_an_unchanged_feed_is_not_sent_again(client):
    _, feed = corpus()["researchers"]
    first = client.get(feed)
    tagged = client.get(feed, headers={"if-none-match": first.headers["ETag"]})
    dated = client.get(feed, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert (tagged.status_code, tagged.content, dated.status_code) == (304, b"", 304)
    Work.objects.filter(title="On entropy").update(title="On entropy, corrected")
    assert client.get(feed, headers={"if-none-match": first.headers["ETag"]}).status_code == 200


def test_an_empty_feed_is_valid_and_stays_the_same(client):
    person = ResearcherFactory()
    one, two = (client.get(f"/researchers/{person.pk}/x/feed.atom") for _ in range(2))
    assert titles(read(one)) == []
    assert one.content == two.content


def test_a_retraction_shows_in_the_title(client):
    person = ResearcherFactory()
    WorkFactory(title="Wrong", authors=[person], is_retracted=True)
    assert titles(read(client.get(f"/researchers/{person.pk}/x/feed.atom"))) == ["Retracted: Wrong"]


@pytest.mark.parametrize(
    "address",
    ["/researchers/9999/x/feed.atom", "/topics/9999/x/feed.atom", "/institutions/9999/x/feed.atom", "/search/feed.atom",
     "/search/feed.atom?q=%00",
     "/feed/nonsense.atom", "/feed/%00.atom"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_members_own_feed_needs_no_login_but_its_secret(client):
    member, person = MemberFactory(), ResearcherFactory(display_name="Ada <Example>")
    follow(user=member, researcher=person)
    work = arrived(title=HOSTILE.replace("\x0b", " "), authors=[person])
    token = renew_token(member)
    answer = client.get(f"/feed/{token}.atom")
    (entry,) = read(answer).findall(f"{ATOM}entry")
    assert f"/works/{work.pk}/" in entry.find(f"{ATOM}link").get("href")
    assert "Because you follow Ada &lt;Example&gt;, who wrote it." in entry.findtext(f"{ATOM}summary")
    assert member.email not in answer.text
    assert ("private" in answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == (True, "noindex")
    renewed = renew_token(member)
    assert [client.get(f"/feed/{each}.atom").status_code for each in (token, renewed)] == [404, 200]
    drop_token(member)
    assert client.get(f"/feed/{renewed}.atom").status_code == 404


def test_the_own_feed_of_a_member_who_left_is_gone(client):
    member = MemberFactory(is_active=False)
    assert client.get(f"/feed/{renew_token(member)}.atom").status_code == 404


def test_the_address_is_made_renewed_and_removed_on_the_page(client):
    member = MemberFactory()
    client.force_login(member)
    assert "Make an address" in client.get("/feed/reading/").text
    found = re.search(r"/feed/([\w-]{32})\.atom", client.post("/feed/address/", follow=True).text)
    again = re.search(r"/feed/([\w-]{32})\.atom", client.post("/feed/address/", follow=True).text)
    assert found.group(1) != again.group(1)
    assert ".atom" not in client.post("/feed/address/", {"action": "remove"}, follow=True).text.split("<main")[1]
    assert client.get("/feed/address/").status_code == 405


def test_entries_are_dated_by_when_they_reached_the_portal_or_changed(client):
    person = ResearcherFactory()
    work = WorkFactory(authors=[person], publication_date="2001-01-01", publication_year=2001)
    Work.objects.filter(pk=work.pk).update(created_at="2026-01-02T03:04:05Z")
    address = f"/researchers/{person.pk}/x/feed.atom"
    (entry,) = read(client.get(address)).findall(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}published")[:10], entry.findtext(f"{ATOM}updated")[:10]) == ("2001-01-01", "2026-01-02")
    Work.objects.filter(pk=work.pk).update(updated_on=timezone.now().date() - timedelta(days=1))
    (entry,) = read(client.get(address)).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}updated")[:10] == (timezone.now().date() - timedelta(days=1)).isoformat()
