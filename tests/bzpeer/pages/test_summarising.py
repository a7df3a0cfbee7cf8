"""Which summary a work's page shows, who may say so, and its key terms and related papers."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from bzpeer.curation.models import Assertion
from bzpeer.pages.summarising import about
from researchers.models import Researcher
from tests.bzpeer.curation.test_assertions import ADA, PAPER, claimed
from tests.factories.members import MemberFactory
from tests.factories.records import WorkFactory
from tests.works.test_importing import imported
from works.models import GeneratedSummary, Work
from works.terms.counting import note_due, refresh_terms

pytestmark = pytest.mark.django_db

ABSTRACT = (
    "Gradient descent is used everywhere in learning today. We study power-law dynamics with noise. "
    "We show that power-law dynamics escape sharp minima. The rest is left to others."
)


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def paper(owner):
    imported(PAPER, ADA)
    claimed(Researcher.objects.get(openalex_id="A1"), owner)
    Work.objects.update(abstract=ABSTRACT)
    return Work.objects.get()


def address(work):
    return reverse("summary_page", kwargs={"key": work.pk, "slug": "-"})


def shown(client, work):
    return client.get(reverse("work", kwargs={"key": work.pk, "slug": "-"}), follow=True).content.decode()


def summary_of(work):
    return about(Work.objects.get(pk=work.pk))["summary"]


def test_page_shows_sentences_of_the_abstract_and_says_so(client, paper):
    found = summary_of(paper)
    assert (found.kind, found.also) == ("chosen", None)
    assert found.text in ABSTRACT
    page = shown(client, paper)
    assert "Chosen from the abstract" in page
    assert found.text in page
    assert "summary/" not in page


def test_who_says_what_sums_a_work_up(client, paper, owner):
    assert client.get(address(paper)).status_code == 302
    for user, status in ((MemberFactory(), 403), (owner, 302), (MemberFactory(is_staff=True), 302)):
        client.force_login(user)
        assert client.get(address(paper)).status_code == status
        assert client.post(address(paper), {"step": "say", "choice": "none"}).status_code == status


def test_author_writes_removes_and_takes_back(client, paper, owner):
    client.force_login(owner)
    client.post(address(paper), {"step": "say", "choice": "written", "text": "Noise helps <script>alert(1)</script> x<y."})
    page = shown(client, paper)
    assert "Noise helps" in page
    assert "<script>alert" not in page
    assert "Written by an author of this work on" in page
    client.post(address(paper), {"step": "say", "choice": "none"})
    assert summary_of(paper) is None
    said = Assertion.objects.get(withdrawn_at__isnull=True)
    assert (said.user, said.subject, said.new_value["choice"]) == (owner, "summary", "none")
    client.post(address(paper), {"step": "take-back", "assertion": said.pk})
    assert Work.objects.get().asserted == {}
    assert Assertion.objects.filter(withdrawn_by=owner).count() == 2


def test_words_of_staff_are_not_shown_as_an_authors(client, paper):
    client.force_login(MemberFactory(is_staff=True))
    client.post(address(paper), {"step": "say", "choice": "written", "text": "Noise helps."})
    page = shown(client, paper)
    assert "Written by the staff of this portal" in page
    assert "Written by an author" not in page


def test_generated_summary_is_marked_with_model_and_date(client, paper, owner):
    now = timezone.now()
    GeneratedSummary.objects.create(
        work=paper, state="made", text="Noise helps descent.", model="small-model", made_at=now, asked_at=now, due_at=now
    )
    assert summary_of(paper).also.text == "Noise helps descent."
    assert "Generated from the abstract by small-model on" in shown(client, paper)
    client.force_login(owner)
    client.post(address(paper), {"step": "say", "choice": "generated"})
    assert summary_of(paper).kind == "generated"


def test_empty_words_and_unknown_choices_are_refused(client, paper, owner):
    client.force_login(owner)
    for form in ({"choice": "written", "text": " "}, {"choice": "best"}, {"choice": "written", "text": "x" * 1_001}, {"step": "generate"}):
        client.post(address(paper), {"step": "say", **form})
    assert not Assertion.objects.exists()


def test_import_leaves_the_authors_word_alone(client, paper, owner):
    client.force_login(owner)
    client.post(address(paper), {"step": "say", "choice": "written", "text": "Noise helps."})
    imported(PAPER, ADA)
    assert summary_of(paper).text == "Noise helps."


def test_key_term_leads_to_the_works_that_share_it(client):
    one, two = (
        WorkFactory(title="One", abstract="Sharp minima escape."),
        WorkFactory(title="Two", abstract="A sharp minimum, and sharp minima."),
    )
    other = WorkFactory(title="Bees", abstract="Bees dance.")
    note_due([one.pk, two.pk, other.pk])
    refresh_terms()
    found = about(one)
    page = shown(client, one)
    link = next(term for term in found["key_terms"] if term.text == "sharp minima")
    assert "Of 3 abstracts here, on" in page
    assert escape(link.address) in page
    assert [(row.work.title, row.work.reasons[0][:7]) for row in found["related_works"]] == [("Two", "shares:")]
    assert "shares: " in page
    listed = client.get(link.address).content.decode()
    assert (">One<" in listed, ">Two<" in listed, ">Bees<" in listed) == (True, True, False)
    assert "Key term: sharp minima" in listed
    assert client.get("/works/?term=no+such%00thing").status_code == 200
