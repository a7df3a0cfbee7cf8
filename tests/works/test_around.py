"""What surrounds works is read from a bounded number of them."""

import pytest

from tests.factories.records import InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory
from works import around as module
from works.around import Shared, around
from works.models import AuthorshipInstitution

pytestmark = pytest.mark.django_db


def test_years_people_places_and_topics_of_a_topic():
    topic, other = TopicFactory(), TopicFactory(display_name="Noise")
    ann, bea, tokyo = ResearcherFactory(), ResearcherFactory(), InstitutionFactory(display_name="Tokyo")
    one = WorkFactory(topics=[topic, other], authors=[ann, bea], publication_year=2020, cited_by_count=3)
    WorkFactory(topics=[topic], authors=[ann], publication_year=None, publication_date=None)
    WorkFactory(topics=[other], authors=[bea], publication_year=2020)
    for byline in one.authorships.all():
        AuthorshipInstitution.objects.create(authorship=byline, institution=tokyo)
    found = around("topic", topic.pk, most=5)
    assert (found.years, found.undated) == ({2020: (1, 3)}, 1)
    assert found.people == (Shared(key=ann.pk, works=2), Shared(key=bea.pk, works=1))
    assert found.institutions == (Shared(key=tokyo.pk, works=1, display_name="Tokyo"),)
    assert found.topics == (Shared(key=other.pk, works=1, display_name="Noise"),)
    assert (found.read, found.compared, found.is_cut, found.is_part) == (2, 2, False, False)


def test_an_institution_is_no_partner_of_itself():
    tokyo, riken = InstitutionFactory(), InstitutionFactory(display_name="RIKEN")
    work = WorkFactory(authors=[ResearcherFactory(), ResearcherFactory()])
    for byline, place in zip(work.authorships.order_by("position"), (tokyo, riken), strict=True):
        AuthorshipInstitution.objects.create(authorship=byline, institution=place)
    assert around("institution", tokyo.pk, most=5).institutions == (Shared(key=riken.pk, works=1, display_name="RIKEN"),)


def test_more_works_than_are_read_are_told(client, monkeypatch):
    monkeypatch.setattr(module, "READ", 3)
    monkeypatch.setattr(module, "COMPARED", 2)
    topic = TopicFactory()
    for _ in range(4):
        WorkFactory(topics=[topic], authors=[ResearcherFactory()], publication_year=2020)
    found = around("topic", topic.pk, most=5)
    assert (found.read, found.compared, found.is_cut) == (3, 2, True)
    assert found.years == {2020: (3, 0)}
    assert len(found.people) == 2
    html = client.get(f"/topics/{topic.pk}/", follow=True).text
    assert "Counted from 2 of the more than 3 works" in html
    assert "Counted from 3 of the works." in html
