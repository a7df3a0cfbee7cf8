"""What is missing on a record, as its owner, another member, staff and strangers meet it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.addresses import record_address
from bzpeer.claims.models import Claim
from bzpeer.curation.domain import propose
from bzpeer.curation.models import Proposal
from tests.factories.members import MemberFactory
from tests.factories.records import (
    AffiliationFactory,
    AuthorshipFactory,
    NameFormFactory,
    ReferenceFactory,
    ResearcherFactory,
    TopicFactory,
    WorkFactory,
)
from works.models import ImportRun

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The runs a worker was told of; no test needs a broker."""
    told = []
    monkeypatch.setattr("works.asking.ring", told.append)
    return told


def words(html):
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)).strip()


def address(record):
    if hasattr(record, "title"):
        return f"{record_address('work', record.pk, record.title)}quality/"
    return f"{record_address('researcher', record.pk, record.display_name)}quality/"


def owned(person):
    owner, moderator = MemberFactory(), MemberFactory(is_staff=True)
    Claim.objects.create(user=owner, researcher=person, state="accepted", reason="x" * 20, decided_by=moderator, decided_at=timezone.now())
    return owner


def visits(client, member, record, **asked):
    client.force_login(member)
    return client.get(address(record), asked)


def test_only_the_owner_and_staff_see_the_pages(client):
    person = ResearcherFactory(display_name="Ada Example")
    work = WorkFactory(authors=[person])
    waiting = MemberFactory()
    Claim.objects.create(user=waiting, researcher=person, reason="x" * 20)
    for record in (person, work):
        assert client.get(address(record))["Location"].startswith("/accounts/login/")
        assert visits(client, waiting, record).status_code == 403
        assert visits(client, owned(ResearcherFactory()), record).status_code == 403
        assert visits(client, MemberFactory(is_staff=True), record).status_code == 200
        client.logout()
    owner = owned(person)
    assert visits(client, owner, person).status_code == 200
    assert visits(client, owner, work).status_code == 200


def test_the_profile_and_the_work_lead_there_for_who_may_see_it(client):
    person = ResearcherFactory(display_name="Ada Example")
    work = WorkFactory(authors=[person])
    doors = {address(person).removesuffix("quality/"): address(person), address(work).removesuffix("quality/"): address(work)}
    for viewer, is_shown in ((None, False), (MemberFactory(), False), (owned(person), True), (MemberFactory(is_staff=True), True)):
        if viewer:
            client.force_login(viewer)
        for page, door in doors.items():
            assert (f'href="{door}"' in client.get(page).text) is is_shown


@pytest.mark.parametrize("size", [1, 6])
def test_the_pages_cost_the_same_queries_whatever_the_record_holds(client, django_assert_num_queries, size):
    person = ResearcherFactory()
    for number in range(size):
        work = WorkFactory(authors=[person, *(ResearcherFactory() for _ in range(size))], abstract="", topics=[TopicFactory()])
        AffiliationFactory(researcher=person)
        NameFormFactory(researcher=person, name=f"Form {number}")
        ReferenceFactory(citing=work)
        propose(kind=Proposal.Kind.MERGE_WORKS, fingerprint=f"{number}", grounds=[], work=work, other_work=WorkFactory())
    staff = MemberFactory(is_staff=True)
    visits(client, staff, person)
    whole = 12 if size == 6 else 11  # works are compared with each other from four on
    with django_assert_num_queries(whole + 1):
        client.get(address(person), {"show": "abstract"})
    with django_assert_num_queries(whole):
        client.get(address(person), {"show": "duplicates"})
    client.get(address(work))
    with django_assert_num_queries(12):
        client.get(address(work), {"show": "orcid"})


def test_what_a_record_lacks_is_counted_listed_and_paged(client):
    person = ResearcherFactory(display_name="Ada Example", orcid=None)
    for number in range(45):
        told = "" if number < 43 else "Told."
        WorkFactory(title=f"Bare {number:02}", authors=[person], abstract=told, publication_year=2000 + number % 20)
    html = visits(client, owned(person), person, show="abstract", page="3").text
    shown = words(html)
    assert "43 works without an abstract." in shown
    assert "No ORCID iD is known of this record." in shown
    assert "No institution is known." in shown
    assert "41 to 43 of 43" in shown
    assert len(re.findall(r"Bare \d\d", shown)) == 3 * 2  # each with the door to its own page
    assert "Show 45 under Topics" in shown


def test_an_affiliation_that_ends_before_the_works_do_is_told(client):
    person = ResearcherFactory()
    WorkFactory(authors=[person], publication_year=2025)
    AffiliationFactory(researcher=person, years=[2018, 2019])
    staff = MemberFactory(is_staff=True)
    assert "The last affiliation is of 2019, the latest work of 2025." in words(visits(client, staff, person).text)
    AffiliationFactory(researcher=person, years=[2024])
    assert "The last affiliation" not in words(visits(client, staff, person).text)


def test_unusual_spellings_lead_to_the_works_that_print_them(client):
    person = ResearcherFactory(display_name="Ada Example")
    NameFormFactory(researcher=person, name="Ada Beispiel")
    for byline in ("Ada Example", "A. Example", "Example, Ada", "A. Beispiel", "Ada M. Example"):
        AuthorshipFactory(researcher=person, byline=byline)
    odd = AuthorshipFactory(researcher=person, byline="O. <b>Other</b>", work=WorkFactory(title="A stray paper"))
    staff = MemberFactory(is_staff=True)
    html = visits(client, staff, person, show="spellings").text
    assert "1 printed form that no known name" in words(html)
    assert "O. &lt;b&gt;Other&lt;/b&gt;" in html
    lead = re.search(r'href="(\?show=spellings&amp;printed=[^"]*)#', html).group(1).replace("&amp;", "&")
    assert "A stray paper" in client.get(address(person) + lead).text
    assert odd.work.title == "A stray paper"


def test_works_that_share_nothing_with_the_others_are_in_doubt(client):
    person, friend = ResearcherFactory(), ResearcherFactory()
    topic = TopicFactory()
    for year in (2010, 2011, 2012, 2013):
        WorkFactory(authors=[person, friend], topics=[topic], publication_year=year)
    WorkFactory(title="By a namesake", authors=[person, ResearcherFactory()], topics=[TopicFactory(subfield_id=99)], publication_year=2012)
    WorkFactory(title="Long before", authors=[person, friend], publication_year=1950)
    shown = words(visits(client, MemberFactory(is_staff=True), person, show="others").text)
    assert "By a namesake 2012 It shares no co-author" in shown
    assert "Long before 1950 It lies 60 years from the nearest other work." in shown
    assert "2 signs" in shown


def test_open_proposals_are_shown_with_their_grounds_and_decided_ones_are_not(client):
    person, twin = ResearcherFactory(display_name="Ada Example"), ResearcherFactory(display_name="A. Example")
    work, other = WorkFactory(title="One", authors=[person]), WorkFactory(title="One (preprint)")
    propose(
        kind=Proposal.Kind.MERGE_RESEARCHERS, fingerprint="a", grounds=[{"label": "same ORCID iD", "detail": "<i>0000</i>"}],
        researcher=twin, other_researcher=person, score=0.9,
    )  # fmt: skip
    propose(kind=Proposal.Kind.MERGE_WORKS, fingerprint="b", grounds=[], work=work, other_work=other)
    perhaps, never = WorkFactory(title="Perhaps theirs"), WorkFactory(title="Never theirs")
    propose(kind=Proposal.Kind.ADD_AUTHORSHIP, fingerprint="c", grounds=[], researcher=person, work=perhaps)
    done = propose(kind=Proposal.Kind.ADD_AUTHORSHIP, fingerprint="d", grounds=[], researcher=person, work=never)
    Proposal.objects.filter(pk=done.pk).update(state="rejected", decided_at=timezone.now())
    staff = MemberFactory(is_staff=True)
    html = visits(client, staff, person, show="duplicates").text
    assert "A. Example and Ada Example 90 % likely" in words(html)
    assert "same ORCID iD: &lt;i&gt;0000&lt;/i&gt;" in html
    assert "One and One (preprint)" in words(html)
    missing = words(client.get(address(person), {"show": "missing"}).text)
    assert "Perhaps theirs" in missing
    assert "Never theirs" not in missing


def test_a_work_says_what_it_lacks_and_who_of_its_authors_is_unknown(client):
    work = WorkFactory(title="Bare", abstract="", source=None, publication_date=None, authors=[ResearcherFactory()])
    AuthorshipFactory(work=work, position=2, researcher=None, byline="Nobody Known")
    html = visits(client, MemberFactory(is_staff=True), work, show="unresolved").text
    for told in (
        "No source gives an abstract.",
        "Where it appeared is not known.",
        "1 of 2 bylines is tied to no researcher&#x27;s record.",
        "Nobody Known",
    ):
        assert told in words(html), told
    assert "In order" in html


def test_asking_the_source_again_starts_one_import_and_not_a_second_one(client, rung):
    person = ResearcherFactory(openalex_id="A5")
    client.force_login(owned(person))
    first = client.post(address(person), follow=True)
    assert "OpenAlex is asked for this record in the background." in first.text
    run = ImportRun.objects.get()
    assert (run.provider, run.parameters, rung) == ("openalex", {"author": "A5"}, [run.pk])
    assert "was asked for this record within the last hours" in client.post(address(person), follow=True).text
    assert ImportRun.objects.count() == 1
    ImportRun.objects.update(created_at=timezone.now() - timedelta(hours=13))
    client.post(address(person))
    assert ImportRun.objects.count() == 2


@pytest.mark.parametrize(
    ("ids", "provider", "parameters"),
    [
        ({"openalex_id": "W5"}, "openalex", {"works": ["W5"]}),
        ({"openalex_id": None, "arxiv_id": "2006.13719"}, "arxiv", {"ids": ["2006.13719"]}),
    ],
)
def test_a_work_is_asked_for_where_it_is_known(client, ids, provider, parameters):
    work = WorkFactory(**ids)
    client.force_login(MemberFactory(is_staff=True))
    client.post(address(work))
    assert list(ImportRun.objects.values_list("provider", "parameters")) == [(provider, parameters)]


def test_a_record_no_source_knows_cannot_be_asked_for(client):
    person = ResearcherFactory(openalex_id=None, assembled=True, verification_level=0)
    client.force_login(MemberFactory(is_staff=True))
    assert "No source knows this record by an id" in client.get(address(person)).text
    assert "so none can be asked" in client.post(address(person), follow=True).text
    assert not ImportRun.objects.exists()


def test_strange_addresses_are_answered(client):
    person = ResearcherFactory(display_name="Ada Example")
    staff = MemberFactory(is_staff=True)
    assert visits(client, staff, person, show="\x00", page="9" * 400, printed="<x>").status_code == 200
    assert client.get(f"/researchers/{person.pk}/wrong/quality/")["Location"] == address(person)
    assert client.get("/researchers/987654321/x/quality/").status_code == 404
    assert client.get("/works/987654321/x/quality/").status_code == 404
    assert "Nothing is missing" not in client.get(address(person)).text
