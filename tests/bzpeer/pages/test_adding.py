"""Adding works as the owner, another member, a stranger and staff meet it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bzpeer.bibliographies import domain
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.claims.models import Claim
from bzpeer.pages import adding
from tests.factories.members import MemberFactory
from tests.factories.records import AuthorshipFactory, ResearcherFactory, WorkFactory
from works.models import Authorship
from works.sources.lists import LARGEST

pytestmark = pytest.mark.django_db
TITLE = "Strength of minibatch noise in stochastic gradient descent"
FILE = f"@article{{a, title = {{{TITLE}}}, author = {{Ziyin, L.}}, year = 2021}}\n@misc{{b, title = {{<script>alert(1)</script>}}}}"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    rung: list[int] = []
    monkeypatch.setattr(adding, "ring", rung.append)
    monkeypatch.setattr(domain, "ring", lambda run: None)
    return rung


@pytest.fixture
def person():
    return ResearcherFactory(display_name="Liu Ziyin", orcid="0000-0002-1825-0097")


@pytest.fixture
def owner(person):
    found = MemberFactory()
    Claim.objects.create(user=found, researcher=person, state="accepted", decided_at=timezone.now(), reason="x")
    return found


@pytest.fixture
def work(db):
    found = WorkFactory(title=TITLE, publication_year=2021)
    AuthorshipFactory(work=found, position=1, researcher=None, byline="Liu Ziyin")
    return found


def place(person) -> str:
    return f"/researchers/{person.pk}/liu-ziyin/add-works/"


def upload(client, person, content: bytes = FILE.encode(), name: str = "mine.bib"):
    return client.post(place(person), {"way": "file", "file": SimpleUploadedFile(name, content)})


def test_a_stranger_logs_in_first_and_another_member_finds_nothing(client, person, owner) -> None:
    assert client.get(place(person)).headers["Location"] == f"/accounts/login/?next={place(person)}"
    other = MemberFactory()
    Claim.objects.create(user=other, researcher=person, state="review", reason="x")
    client.force_login(other)
    assert client.get(place(person)).status_code == 404
    assert upload(client, person).status_code == 404
    assert not Bibliography.objects.exists()


def test_a_wrong_slug_leads_to_the_right_one(client, person, owner) -> None:
    client.force_login(owner)
    assert client.get(f"/researchers/{person.pk}/x/add-works/").headers["Location"] == place(person)


def test_the_owner_uploads_sees_why_adds_and_undoes(client, person, owner, work) -> None:
    client.force_login(owner)
    assert "No ORCID" not in client.get(place(person)).content.decode()
    answer = upload(client, person)
    listed = Bibliography.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{place(person)}{listed.pk}/")

    page = client.get(answer.headers["Location"]).content.decode()
    entry = Entry.objects.get(number=1)
    assert f'name="pick_{entry.pk}" value="{work.pk}" checked' in page
    assert "Same title" in page
    assert "Agrees to 100 %: why?" in page
    assert "Your name there: Liu Ziyin" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page

    answer = client.post(f"{place(person)}{listed.pk}/", {f"pick_{entry.pk}": str(work.pk)}, follow=True)
    assert "1 work is on your record now." in answer.content.decode()
    assert Authorship.objects.get(work=work).researcher == person

    answer = client.post(f"{place(person)}{listed.pk}/undo/{entry.pk}/", follow=True)
    assert "Entry 1 is taken back." in answer.content.decode()
    assert Authorship.objects.get(work=work).researcher != person
    assert client.post(f"{place(person)}{listed.pk}/undo/{entry.pk}/").status_code == 404


def test_ids_are_pasted_and_kept_when_they_are_wrong(client, person, owner, work) -> None:
    client.force_login(owner)
    answer = client.post(place(person), {"way": "ids", "ids": "# nothing"})
    assert answer.status_code == 422
    assert "It holds no entry, no DOI and no arXiv id." in answer.content.decode()
    assert "# nothing</textarea>" in answer.content.decode()

    answer = client.post(place(person), {"way": "ids", "ids": "2006.13719\nmy best paper"}, follow=True)
    page = answer.content.decode()
    assert "Fetch it from arXiv" in page
    assert "No DOI and no arXiv id is in this line." in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.5 x", "This is a PDF, an archive or an office document, not a text file."),
        (b"x" * (LARGEST + 5), "at most 5 MB are read."),
        (b"@article{a, author={X}}", ""),
    ],
)
def test_a_wrong_file_is_told_in_plain_words(client, person, owner, content: bytes, sentence: str) -> None:
    client.force_login(owner)
    answer = upload(client, person, content)
    assert answer.status_code == (422 if sentence else 302)
    assert sentence in answer.content.decode()


def test_no_file_at_all_is_told(client, person, owner) -> None:
    client.force_login(owner)
    assert "Choose a file first." in client.post(place(person), {"way": "file"}).content.decode()


def test_the_orcid_record_is_read_by_a_worker_with_progress(client, person, owner, no_broker) -> None:
    client.force_login(owner)
    answer = client.post(place(person), {"way": "orcid"})
    listed = Bibliography.objects.get()
    assert no_broker == [listed.pk]
    page = client.get(answer.headers["Location"]).content.decode()
    assert 'data-live="yes"' in page
    assert "Asking ORCID for the list." in page

    Bibliography.objects.update(state="failed", note="ORCID has locked the record.")
    part = client.get(f"{answer.headers['Location']}?part=state").content.decode()
    assert "ORCID has locked the record." in part
    assert "<html" not in part


def test_another_owners_list_is_not_found_and_staff_sees_it(client, person, owner, work) -> None:
    client.force_login(owner)
    address = upload(client, person).headers["Location"]
    other_record = ResearcherFactory(display_name="Liu Ziyin")
    other = MemberFactory()
    Claim.objects.create(user=other, researcher=other_record, state="accepted", decided_at=timezone.now(), reason="x")
    client.force_login(other)
    assert client.get(address).status_code == 404
    assert client.get(address.replace(f"/{person.pk}/", f"/{other_record.pk}/", 1)).status_code == 404
    client.force_login(MemberFactory(is_staff=True))
    assert client.get(address).status_code == 200


def test_nonsense_decides_nothing(client, person, owner, work) -> None:
    client.force_login(owner)
    address = upload(client, person).headers["Location"]
    entry = Entry.objects.get(number=1)
    for said in (
        {},
        {f"pick_{entry.pk}": "x"},
        {f"pick_{entry.pk}": "999999"},
        {"pick_x": "1"},
        {"pick_99999999": "fetch"},
        {f"pick_{entry.pk}": "\x00"},
    ):
        answer = client.post(address, said, follow=True)
        assert answer.status_code == 200
        assert "Nothing was ticked." in answer.content.decode()
    assert Authorship.objects.get(work=work).researcher is None
    assert client.get(f"{address}?page=zzz&show=nonsense").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_queries_however_long(client, person, owner, django_assert_num_queries, number: int) -> None:
    entries = []
    for place_ in range(number):
        found = WorkFactory(title=f"{TITLE} with a tail of words number{place_}", publication_year=2021)
        AuthorshipFactory(work=found, position=1, researcher=None, byline="Liu Ziyin")
        entries.append(f"@article{{k{place_}, title = {{{found.title}}}, author = {{Ziyin, L.}}, year = 2021}}")
    client.force_login(owner)
    address = upload(client, person, "\n".join(entries).encode()).headers["Location"]
    client.get(address)
    with django_assert_num_queries(10):
        assert client.get(address).content.decode().count("checked") == number


def test_look_again_finds_what_has_come_since(client, person, owner) -> None:
    client.force_login(owner)
    address = upload(client, person).headers["Location"]
    assert Entry.objects.get(number=1).finding == "unknown"
    found = WorkFactory(title=TITLE, publication_year=2021)
    AuthorshipFactory(work=found, position=1, researcher=None, byline="Liu Ziyin")
    assert "Looked up again." in client.post(f"{address}again/", follow=True).content.decode()
    assert Entry.objects.get(number=1).finding == "matched"
