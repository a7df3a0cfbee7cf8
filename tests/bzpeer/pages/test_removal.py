"""The public page for removal, its link, the moderators' queue, and what stands in a removed record's place."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.privacy.models import RemovalRequest
from bzpeer.privacy.removing import grant
from researchers.models import ResearcherRedirect
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import AffiliationFactory, ResearcherFactory, TopicFactory, WorkFactory, collaborate
from tests.orcid_login import OrcidServer, orcid_server
from works.identifiers import orcid

pytestmark = pytest.mark.django_db

FORM = {"ask": "hide", "name": "Jane Gone", "address": "jane@uni.example", "words": "", "former_name": ""}
ID = "0000-0002-1825-0097"


@pytest.mark.parametrize(
    "text", ["/researchers/{0.pk}/x/", "https://portal.example/researchers/{0.pk}/", ID, f"https://orcid.org/{ID}", "A4711"]
)
def test_a_record_is_named_by_address_or_id(client, text):
    person = ResearcherFactory(orcid=ID, openalex_id="A4711")
    assert orcid(ID)
    answer = client.post("/about/removal/", {**FORM, "record": text.format(person)})
    assert (answer.status_code, RemovalRequest.objects.get().researcher) == (200, person)
    assert "One more step" in answer.content.decode()


@pytest.mark.parametrize("text", ["Jane", "/works/1/", "/researchers/999999/", "\x00", "/researchers/99999999999999999999/", "A1"])
def test_what_names_no_record_is_said_so(client, text):
    answer = client.post("/about/removal/", {**FORM, "record": text})
    assert (answer.status_code, RemovalRequest.objects.count()) == (422, 0)


def test_a_scanner_that_opens_the_link_confirms_nothing(client):
    client.post("/about/removal/", {**FORM, "record": f"/researchers/{ResearcherFactory().pk}/"})
    path = re.search(r"/about/removal/confirm/\S+/", mail.outbox[-1].body).group()
    assert client.get(path).status_code == 200
    assert RemovalRequest.objects.get().state == "unverified"
    assert client.post(path).status_code == 200
    assert RemovalRequest.objects.get().state == "open"
    assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


def test_the_queue_is_for_moderators(client):
    made = RemovalRequest.objects.create(
        researcher=ResearcherFactory(display_name="Jane Gone"), ask="hide", name="Zqname", address="zqxj@uni.example", state="open",
        proof="mail", verified_at="2026-01-01T00:00Z",
    )  # fmt: skip
    paths = ("/moderation/removals/", f"/moderation/removals/{made.pk}/")
    assert [client.get(path).status_code for path in paths] == [302, 302]
    client.force_login(MemberFactory())
    assert [client.get(path).status_code for path in paths] == [403, 403]
    client.force_login(moderator())
    pages = [client.get(path).content.decode() for path in paths]
    assert ["Jane Gone" in page for page in pages] == [True, True]
    assert ("uni.example" in pages[1], "zqxj@uni.example" in "".join(pages)) == (True, False)  # the domain tells, the address need not


def test_a_moderator_decides(client):
    first, second = (
        RemovalRequest.objects.create(
            researcher=ResearcherFactory(),
            ask="hide",
            address="zqxj@uni.example",
            state="open",
            proof="mail",
            verified_at="2026-01-01T00:00Z",
        )
        for _ in range(2)
    )
    client.force_login(moderator())
    client.post(f"/moderation/removals/{first.pk}/", {"decision": "nothing"})
    client.post(f"/moderation/removals/{first.pk}/", {"decision": "grant", "answer": "granted"})
    client.post(f"/moderation/removals/{second.pk}/", {"decision": "refuse", "answer": "unsure", "note": "Not yours."})
    assert list(RemovalRequest.objects.order_by("pk").values_list("state", flat=True)) == ["granted", "refused"]
    assert ["Not yours." in message.body for message in mail.outbox] == [False, True]
    assert "Not yours." in client.get(f"/moderation/removals/{second.pk}/").content.decode()
    assert client.get("/moderation/removals/?state=decided").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_a_fixed_number_of_questions(client, django_assert_max_num_queries, count):
    for _ in range(count):
        RemovalRequest.objects.create(
            researcher=ResearcherFactory(), ask="hide", state="open", proof="mail", verified_at="2026-01-01T00:00Z"
        )
    client.force_login(moderator())
    with django_assert_max_num_queries(10):
        client.get("/moderation/removals/")


@pytest.fixture
def removed(client):
    """A record with everything, its addresses from before, and the name; then it was removed."""
    person = ResearcherFactory(display_name="Zqjane Gone", orcid=ID, openalex_id="A4711")
    partner, topic, place = ResearcherFactory(display_name="Sam Stays"), TopicFactory(), AffiliationFactory(researcher=person).institution
    works = [WorkFactory(authors=[person, partner], topics=[topic]) for _ in range(2)]
    ResearcherRedirect.objects.create(key="openalex:A4710", researcher=person)
    collaborate(person, partner, works=2)
    key = person.pk
    before = [
        f"/researchers/{key}/zqxjjane-gone/", "/researchers/", "/researchers/?q=zqxjjane", f"/researchers/{partner.pk}/sam-stays/",
        "/search/?q=zqxjjane",
        f"/works/{works[0].pk}/x/", f"/topics/{topic.pk}/x/", f"/institutions/{place.pk}/x/", "/", "/works/", "/explore/",
        f"/works/{works[0].pk}/cite.bib", f"/researchers/{key}/zqxjjane-gone/feed.atom", f"/researchers/{key}/zqxjjane-gone/trust/",
        "/api/v1/researchers/", "/api/v1/researchers/?q=zqxjjane", f"/api/v1/researchers/{key}/", f"/api/v1/works/{works[0].pk}/",
        "/api/v1/works/",
        "/api/v1/search/?q=zqxjjane", f"/api/v1/graph/slice/?focus=researcher:{partner.pk}&radius=2",
        f"/api/v1/graph/slice/?focus=work:{works[0].pk}&radius=2", f"/api/v1/graph/slice/?focus=researcher:{key}",
        f"/api/v1/graph/path/?from=researcher:{partner.pk}&to=researcher:{key}", f"/researchers/orcid:{ID}/",
        "/researchers/openalex:A4711/",
        "/researchers/openalex:A4710/", f"/api/v1/researchers/orcid:{ID}/",
    ]  # fmt: skip
    return person, key, before


def body(client, path):
    answer = client.get(path, follow=True)
    return answer.getvalue().decode() if answer.streaming else answer.content.decode()


def test_a_removed_record_shows_on_no_page_and_at_no_endpoint(client, removed):
    person, key, paths = removed
    shown_before = [path for path in paths if "Zqjane" in body(client, path)]
    assert len(shown_before) > 15  # the walk meets pages that did show it

    made = RemovalRequest.objects.create(
        researcher=person, ask="withhold", address="j@x.example", state="open", proof="mail", verified_at="2026-01-01T00:00Z"
    )
    grant(made, by=MemberFactory(is_staff=True), note="")

    still = {path for path in paths if "Zqjane" in body(client, path) or (ID not in path and ID in body(client, path))}
    assert still == set()
    gone = [
        f"/researchers/{key}/zqxjjane-gone/",
        f"/researchers/orcid:{ID}/",
        "/researchers/openalex:A4711/",
        "/researchers/openalex:A4710/",
    ]
    assert [client.get(path).status_code for path in gone] == [410] * 4
    assert client.get("/researchers/999999/x/").status_code == 404
    assert "Name withheld" in body(client, next(path for path in paths if path.startswith("/works/") and path.endswith("/x/")))


def test_a_removed_profile_leaves_the_printed_name_on_works_alone(client, removed):
    person, _, paths = removed
    made = RemovalRequest.objects.create(
        researcher=person, ask="hide", address="j@x.example", state="open", proof="mail", verified_at="2026-01-01T00:00Z"
    )
    grant(made, by=MemberFactory(is_staff=True), note="")
    still = {path.split("?")[0] for path in paths if "Zqjane" in body(client, path)}
    by_works = {path for path in still if path.startswith(("/works/", "/api/v1/works/")) or path.endswith("/sam-stays/")}
    assert by_works  # bylines as printed, also on the cards of a co-author's works
    assert not {path for path in still - by_works if path.startswith(("/researchers/", "/api/v1/researchers", "/api/v1/graph"))}


@pytest.fixture
def orcid_here(settings) -> Iterator[OrcidServer]:
    with orcid_server() as server:
        settings.ORCID_URL = server.url
        settings.SOCIALACCOUNT_PROVIDERS = {"orcid": {"OAUTH_PKCE_ENABLED": True, "APPS": [{"client_id": "APP-1", "secret": "s"}]}}
        yield server


def show_at_orcid(client) -> str:
    """Follow the page's own button to ORCID and back; return the page that is landed on."""
    [there] = map(html.unescape, re.findall(r'action="(/accounts/orcid/login/[^"]+)"', client.get("/about/removal/").text))
    back = requests.get(client.post(there).headers["Location"], allow_redirects=False, timeout=5).headers["Location"]
    return client.get(back.partition("testserver")[2], follow=True).text


def test_somebody_without_an_account_proves_by_their_orcid(client, orcid_here):
    person, other = ResearcherFactory(orcid=ID), ResearcherFactory(orcid="0000-0001-5109-3700")
    landed = show_at_orcid(client)
    assert f"You showed that the ORCID iD {ID} is yours" in landed
    assert f'value="{ID}"' in landed  # the record is named already

    answer = client.post("/about/removal/", {**FORM, "record": ID})
    made = RemovalRequest.objects.get()
    assert (made.researcher, made.proof, made.state, made.user) == (person, "orcid", "open", None)
    assert "The ORCID iD you showed tells" in answer.text
    assert not mail.outbox
    assert (User.objects.count(), SocialAccount.objects.count(), "_auth_user_id" in client.session) == (0, 0, False)

    client.post("/about/removal/", {**FORM, "record": ID})  # each showing serves once
    assert list(RemovalRequest.objects.order_by("pk").values_list("proof", flat=True)) == ["orcid", ""]
    show_at_orcid(client)
    client.post("/about/removal/", {**FORM, "record": other.orcid})  # and proves nothing about another record
    assert RemovalRequest.objects.get(researcher=other).state == "unverified"


def test_an_iD_that_was_shown_long_ago_or_not_at_all_proves_nothing(client, orcid_here):
    ResearcherFactory(orcid=ID)
    orcid_here.refusal = "access_denied"
    show_at_orcid(client)
    client.post("/about/removal/", {**FORM, "record": ID})
    orcid_here.refusal = ""
    show_at_orcid(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert "You showed" not in client.get("/about/removal/").text
        client.post("/about/removal/", {**FORM, "record": ID, "shown_orcid": ID, "proof": "orcid"})
    assert set(RemovalRequest.objects.values_list("state", flat=True)) == {"unverified"}
