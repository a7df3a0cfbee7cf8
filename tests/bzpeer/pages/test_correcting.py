"""The page on which an owner corrects their record."""

import pytest
from django.urls import reverse

from bzpeer.curation.assertions import add_name, deny_authorship
from bzpeer.curation.models import Assertion
from researchers.domain import mark_verified
from researchers.models import Affiliation, NameForm, Researcher, VerificationLevel
from tests.bzpeer.curation.test_assertions import ADA, PAPER, claimed
from tests.factories.members import MemberFactory
from tests.factories.records import InstitutionFactory, WorkFactory
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


def bylines_of(person: Researcher, number: int) -> list[Authorship]:
    """Give a record so many more works."""
    return [
        Authorship.objects.get(work=WorkFactory(openalex_id=f"W9{each:03}", title=f"On looms {each:03}", authors=[person]))
        for each in range(number)
    ]


def test_works_are_filtered_paged_and_taken_together(client, ada, owner):
    bylines_of(ada, 120)
    client.force_login(owner)
    first = client.get(address(ada)).text
    assert "121 on this record" in first
    assert "1 to 100 of 121" in first
    assert "12 of 121 on this record" in client.get(address(ada), {"q": "looms 01"}).text
    answer = client.post(address(ada), {"step": "mine", "every": "on", "q": "looms", "back": "works"})
    assert "done=" in answer["Location"]
    assert Assertion.objects.filter(withdrawn_at__isnull=True).count() == 120
    assert "1 of 121 on this record" in client.get(address(ada), {"show": "open"}).text
    shown = client.get(answer["Location"]).text
    assert "You have just spoken for 120 works." in shown
    done = answer["Location"].partition("done=")[2].partition("#")[0]
    client.post(address(ada), {"step": "undo", "done": done})
    assert not Assertion.objects.filter(withdrawn_at__isnull=True).exists()
    assert Authorship.objects.filter(researcher=ada).count() == 121


def test_works_that_are_not_mine_come_back_with_one_undo(client, ada, owner):
    chosen = bylines_of(ada, 3)
    client.force_login(owner)
    answer = client.post(address(ada), {"step": "not-mine", "byline": [each.pk for each in chosen]})
    assert Authorship.objects.filter(researcher=ada).count() == 1
    client.post(address(ada), {"step": "undo", "done": answer["Location"].partition("done=")[2]})
    assert Authorship.objects.filter(researcher=ada).count() == 4


@pytest.mark.parametrize("done", ["", "x", "1", "1-", "-1", "9" * 30 + "-1", "1-99999999999"])
def test_an_undo_reaches_nobody_elses_words(client, ada, owner, done):
    another = MemberFactory()
    charles = claimed(Researcher.objects.get(openalex_id="A2"), another)
    deny_authorship(by=another, researcher=charles, authorship=charles.authorships.get())
    client.force_login(owner)
    assert "message--error" in client.post(address(ada), {"step": "undo", "done": done}, follow=True).text
    assert Assertion.objects.filter(withdrawn_at__isnull=True).count() == 1


def test_a_former_name_is_erased_by_a_proved_owner_who_is_sure(client, ada, owner):
    add_name(by=owner, researcher=ada, name="Ada Former", role="former")
    form = NameForm.objects.get(name="Ada Former")
    client.force_login(owner)
    assert b"Erase it everywhere" not in client.get(address(ada)).content
    client.post(address(ada), {"step": "erase-name", "form": form.pk, "sure": "on"})
    assert NameForm.objects.filter(name="Ada Former").exists()
    mark_verified(ada, level=VerificationLevel.PROVED, is_claimed=True)
    assert b"Erase it everywhere" in client.get(address(ada)).content
    client.post(address(ada), {"step": "erase-name", "form": form.pk})
    assert NameForm.objects.filter(name="Ada Former").exists()
    client.post(address(ada), {"step": "erase-name", "form": form.pk, "sure": "on"})
    assert not NameForm.objects.filter(name="Ada Former").exists()
    assert not Assertion.objects.filter(subject="Ada Former").exists()
