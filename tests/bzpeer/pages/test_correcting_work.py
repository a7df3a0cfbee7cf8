"""The page on which authors and staff correct a work."""

import pytest
from django.urls import reverse

from bzpeer.curation.models import Assertion
from researchers.models import Researcher
from tests.bzpeer.curation.test_assertions import ADA, PAPER, claimed
from tests.factories.members import MemberFactory
from tests.works.test_importing import imported
from works.models import Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def paper(owner):
    imported(PAPER, ADA)
    claimed(Researcher.objects.get(openalex_id="A1"), owner)
    return Work.objects.get()


def address(work: Work, name: str = "correct_work") -> str:
    return reverse(name, kwargs={"key": work.pk, "slug": "-"})


def values(work: Work, **changed: str) -> dict[str, str]:
    day = work.publication_date.isoformat() if work.publication_date else ""
    return {"step": "correct", "title": work.title, "type": work.type, "publication_date": day, "note": ""} | changed


def test_who_corrects_a_work(client, paper, owner):
    assert client.get(address(paper)).status_code == 302
    for user, status in ((MemberFactory(), 403), (owner, 200), (MemberFactory(is_staff=True), 200)):
        client.force_login(user)
        assert client.get(address(paper), follow=True).status_code == status
        assert client.post(address(paper), values(paper)).status_code == (403 if status == 403 else 302)
    assert not Assertion.objects.exists()


def test_only_what_differs_is_asserted_and_it_survives_until_it_is_taken_back(client, paper, owner):
    client.force_login(owner)
    was = paper.title
    client.post(address(paper), values(paper, title="A better title", publication_date="2020-02-29"))
    paper.refresh_from_db()
    assert (paper.title, str(paper.publication_date), paper.publication_year) == ("A better title", "2020-02-29", 2020)
    assert sorted(Assertion.objects.values_list("subject", flat=True)) == ["publication_date", "title"]
    page = client.get(address(paper), follow=True).text
    assert "A better title" in page
    assert f"The source said “{was}”" in page
    said = Assertion.objects.get(subject="title")
    client.post(address(paper), {"step": "take-back", "assertion": said.pk})
    paper.refresh_from_db()
    assert (paper.title, str(paper.publication_date)) == (was, "2020-02-29")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"publication_date": "yesterday"}, "A date has the form 2024-06-30."),
        ({"title": ""}, "A title cannot be empty."),
        ({"type": "poem"}, "not one of the available choices"),
        ({}, "Nothing differs from what the record says."),
    ],
)
def test_what_cannot_be_taken_in_is_said_and_changes_nothing(client, paper, owner, changed, sentence):
    client.force_login(owner)
    answer = client.post(address(paper), values(paper, **changed), follow=True)
    assert sentence in answer.text
    assert not Assertion.objects.exists()


def test_another_works_correction_is_not_taken_back_here(client, paper, owner):
    client.force_login(owner)
    client.post(address(paper), values(paper, title="A better title"))
    other = Work.objects.create(title="Other", folded_title="other")
    client.force_login(MemberFactory(is_staff=True))
    client.post(address(other), {"step": "take-back", "assertion": Assertion.objects.get().pk})
    assert Assertion.objects.get().withdrawn_at is None


def test_the_quality_page_leads_here(client, paper, owner):
    client.force_login(owner)
    assert "/correct/" in client.get(address(paper, "work_quality"), follow=True).text
