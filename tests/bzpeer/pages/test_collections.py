"""Collections: kept, noted in, shared, exported, followed; nobody else's business unless shared."""

import csv
import io

import pytest

from bzpeer.addresses import slug
from bzpeer.collections.domain import MOST_COLLECTIONS, CollectionRefused, begin_collection, collect
from bzpeer.collections.models import CollectedWork, Collection
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    return WorkFactory(title="Noise", authors=[ResearcherFactory(display_name="Ada Lovelace")])


@pytest.fixture
def member(client):
    member = MemberFactory()
    client.force_login(member)
    return member


def test_a_collection_begins_on_a_works_page_and_holds_it(client, member, work):
    assert f'href="/works/{work.pk}/collect/"' in client.get(f"/works/{work.pk}/{slug(work.title)}/").text
    client.post("/collections/", {"name": " To  read ", "work": work.pk})
    made = Collection.objects.get(owner=member)
    assert (made.name, made.is_shared) == ("To read", False)
    page = client.get(f"/collections/{made.pk}/").text
    assert "Noise" in page
    assert "only you see it" in page


def test_the_choice_of_collections_is_kept_as_made(client, member, work):
    first, second = (begin_collection(owner=member, name=name) for name in ("First", "Second"))
    collect(collection=first, work=work)
    assert "First" in client.get(f"/works/{work.pk}/collect/").text
    client.post(f"/works/{work.pk}/collect/", {"collection": [second.pk]})
    assert list(CollectedWork.objects.values_list("collection", flat=True)) == [second.pk]


def test_a_work_taken_out_is_put_back_with_its_note(client, member, work):
    made = begin_collection(owner=member, name="To read")
    collect(collection=made, work=work, note="Section 2 <b>matters</b>.")
    assert "Section 2 &lt;b&gt;matters&lt;/b&gt;." in client.get(f"/collections/{made.pk}/").text
    page = client.post(f"/collections/{made.pk}/edit/", {"step": "take_out", "work": work.pk}, follow=True).text
    assert "Put it back" in page
    assert not CollectedWork.objects.exists()
    client.post(f"/collections/{made.pk}/edit/", {"step": "put_back", "work": work.pk, "note": "Section 2 <b>matters</b>."})
    assert CollectedWork.objects.get().note == "Section 2 <b>matters</b>."
    assert "Put it back" not in client.get(f"/collections/{made.pk}/").text


def test_a_private_collection_does_not_exist_for_others(client, work):
    made = begin_collection(owner=MemberFactory(), name="Secret plans")
    collect(collection=made, work=work)
    for login in (None, MemberFactory()):
        if login:
            client.force_login(login)
        for path in ("", "feed.atom", "works.csv"):
            assert client.get(f"/collections/{made.pk}/{path}").status_code == 404
    client.post(f"/collections/{made.pk}/edit/", {"step": "delete"})
    assert Collection.objects.filter(pk=made.pk).exists()


def test_a_shared_collection_is_read_exported_and_followed_by_anybody(client, work):
    owner = MemberFactory(email="hidden@example.org")
    made = begin_collection(owner=owner, name="Noise & signal", description="For the course.", is_shared=True)
    collect(collection=made, work=work, note="Start here.")
    page = client.get(f"/collections/{made.pk}/").text
    assert "Start here." in page
    assert "hidden@example.org" not in page
    assert "Take it out" not in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"/collections/{made.pk}/works.csv").text)))
    assert [row["title"] for row in rows] == ["Noise"]
    feed = client.get(f"/collections/{made.pk}/feed.atom")
    assert "Start here." in feed.text
    assert "Noise &amp; signal" in feed.text


def test_names_are_checked_and_a_collection_is_deleted_on_purpose(client, member, work):
    made = begin_collection(owner=member, name="To read")
    for name in ("", " ", "x" * 121, "To read"):
        assert client.post("/collections/", {"name": name}).status_code == 302
    assert Collection.objects.count() == 1
    client.post(f"/collections/{made.pk}/edit/", {"step": "change", "name": "Read", "description": "", "shared": "1"})
    made.refresh_from_db()
    assert (made.name, made.is_shared) == ("Read", True)
    client.post(f"/collections/{made.pk}/edit/", {"step": "delete"})
    assert not Collection.objects.exists()


def test_a_member_keeps_so_many_collections(member):
    Collection.objects.bulk_create(Collection(owner=member, name=f"{number}") for number in range(MOST_COLLECTIONS))
    with pytest.raises(CollectionRefused, match="delete one"):
        begin_collection(owner=member, name="One more")


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_queries_whatever_it_holds(client, django_assert_num_queries, number):
    made = begin_collection(owner=MemberFactory(), name="To read", is_shared=True)
    for _ in range(number):
        collect(collection=made, work=WorkFactory(authors=[ResearcherFactory()]))
    with django_assert_num_queries(5):
        assert client.get(f"/collections/{made.pk}/").status_code == 200
