"""The page on which an owner corrects their record."""

import pytest
from django.urls import reverse

from bzpeer.curation.assertions import deny_authorship
from bzpeer.curation.models import Assertion
from researchers.models import Affiliation, NameForm, Researcher
from tests.bzpeer.curation.test_assertions import ADA, PAPER, claimed
from tests.factories.members import MemberFactory
from tests.factories.records import InstitutionFactory
from tests.works.test_importing import imported
from works.models import Authorship

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def ada(owner):
    imported(PAPER, ADA)
    return claimed(Researcher.objects.get(openalex_id="A1"), owner)


def address(person: Researcher, name: str = "correct_researcher") -> str:
    return reverse(name, kwargs={"key": person.pk, "slug": "-"})


@pytest.mark.parametrize("name", ["correct_researcher", "researcher_proposals"])
def test_who_sees_the_page(client, ada, owner, name):
    another = MemberFactory()
    claimed(Researcher.objects.get(openalex_id="A2"), another)
    assert client.get(address(ada, name)).status_code == 302
    for user, status in ((MemberFactory(), 403), (another, 403), (owner, 200), (MemberFactory(is_staff=True), 200)):
        client.force_login(user)
        assert client.get(address(ada, name)).status_code == status


@pytest.mark.parametrize("step", ["name", "further-name", "affiliation", "no-affiliation", "mine", "not-mine", "take-back"])
def test_nobody_else_corrects_anything(client, ada, step):
    another = MemberFactory()
    claimed(Researcher.objects.get(openalex_id="A2"), another)
    client.force_login(another)
    values = {
        "step": step, "value": "Mallory", "name": "Mallory", "institution": Affiliation.objects.get().institution_id,
        "byline": Authorship.objects.get(researcher=ada).pk, "assertion": 1,
    }  # fmt: skip
    assert client.post(address(ada), values).status_code == 403
    assert not Assertion.objects.exists()


def test_an_owner_corrects_every_part_and_takes_it_back(client, ada, owner):
    client.force_login(owner)
    place = InstitutionFactory(display_name="Analytical Society")
    byline = Authorship.objects.get(researcher=ada)
    assert b"Analytical Society" in client.get(address(ada) + "?institution=analytical").content
    for values in (
        {"step": "name", "value": "Augusta Ada King", "note": "my married name"},
        {"step": "further-name", "name": "エイダ", "role": "native"},
        {"step": "affiliation", "institution": place.pk, "since": 2018, "until": 2019},
        {"step": "not-mine", "byline": byline.pk},
    ):
        assert client.post(address(ada), values).status_code == 302
    ada.refresh_from_db()
    assert ada.display_name == "Augusta Ada King"
    assert NameForm.objects.get(name="エイダ").role == "native"
    assert Affiliation.objects.get(institution=place).years == [2018, 2019]
    assert not Authorship.objects.filter(researcher=ada).exists()
    profile = client.get(reverse("researcher", kwargs={"key": ada.pk, "slug": "augusta-ada-king"})).content.decode()
    assert "3 facts from the owner" in profile
    assert "The source said “Ada Lovelace”." in profile
    client.post(address(ada), {"step": "take-back", "assertion": list(Assertion.objects.values_list("pk", flat=True))})
    ada.refresh_from_db()
    assert ada.display_name == "Ada Lovelace"
    assert Authorship.objects.filter(researcher=ada).exists()
    assert not Assertion.objects.filter(withdrawn_at__isnull=True).exists()


def test_an_assertion_on_another_record_is_not_taken_back(client, ada, owner):
    another = MemberFactory()
    charles = claimed(Researcher.objects.get(openalex_id="A2"), another)
    said = deny_authorship(by=another, researcher=charles, authorship=charles.authorships.get())
    client.force_login(owner)
    client.post(address(ada), {"step": "take-back", "assertion": said.pk})
    said.refresh_from_db()
    assert said.withdrawn_at is None


@pytest.mark.parametrize(
    "values",
    [
        {}, {"step": "x"}, {"step": "name", "value": ""}, {"step": "name", "value": "a\x00b"}, {"step": "mine", "byline": "9" * 30},
        {"step": "affiliation", "institution": "x", "since": "1e400"}, {"step": "affiliation", "institution": "1", "since": -4},
        {"step": "no-affiliation", "institution": "0"}, {"step": "take-back", "assertion": ["", "\x00", "-1"]},
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(client, ada, owner, values):
    client.force_login(owner)
    answer = client.post(address(ada), values, follow=True)
    assert answer.status_code == 200
    assert "message--error" in answer.content.decode()
    assert not Assertion.objects.exists()
