"""A researcher's published work, counted and bounded."""

import pytest

from tests.factories.records import AuthorshipFactory, ResearcherFactory, TopicFactory, WorkFactory
from works.bibliography import BYLINES_SHOWN, Selection, YearCount, bylines_of, main_topics, topics_of, works_of, year_counts

pytestmark = pytest.mark.django_db


def test_years_and_types_are_counted_once_per_work_with_the_undated_last():
    person = ResearcherFactory()
    WorkFactory(publication_year=2020, type="article", cited_by_count=3, authors=[person])
    twice = WorkFactory(publication_year=2020, type="article", cited_by_count=4, authors=[person])
    AuthorshipFactory(work=twice, position=2, researcher=person)
    WorkFactory(publication_year=2020, type="preprint", authors=[person])
    WorkFactory(publication_year=None, type="article", authors=[person])
    WorkFactory(publication_year=2020, type="article", cited_by_count=9, authors=[ResearcherFactory()])
    assert year_counts(person.pk) == [
        YearCount(publication_year=2020, type="article", works=2, citations=7),
        YearCount(publication_year=2020, type="preprint", works=1, citations=0),
        YearCount(publication_year=None, type="article", works=1, citations=0),
    ]


def test_a_page_of_works_counts_every_byline_of_each_also_the_unresolved():
    person = ResearcherFactory()
    work = WorkFactory(authors=[person])
    AuthorshipFactory(work=work, position=2, researcher=None)
    WorkFactory(authors=[ResearcherFactory()])
    found = works_of(person.pk, Selection(), first=0, most=5)
    assert [(row.pk, getattr(row, "authors_total")) for row in found] == [(work.pk, 2)]  # noqa: B009  # an annotation


def test_only_the_first_bylines_are_read_and_the_asked_one_wherever_it_stands():
    person = ResearcherFactory()
    work = WorkFactory(authors=[ResearcherFactory() for _ in range(BYLINES_SHOWN + 3)])
    AuthorshipFactory(work=work, position=500, researcher=person)
    positions = [byline.position for byline in bylines_of([work], always=person.pk)[work.pk]]
    assert positions == [*range(1, BYLINES_SHOWN + 1), 500]


def test_topics_come_by_frequency_then_by_name():
    person = ResearcherFactory()
    often, beta, alpha = (TopicFactory(display_name=name) for name in ("Often", "Beta", "Alpha"))
    WorkFactory(authors=[person], topics=[beta, often])
    WorkFactory(authors=[person], topics=[often, alpha])
    WorkFactory(authors=[ResearcherFactory()], topics=[beta])
    assert [(topic.display_name, topic.works) for topic in topics_of(person.pk, limit=5)] == [("Often", 2), ("Alpha", 1), ("Beta", 1)]
    assert [topic.display_name for topic in main_topics([person.pk], each=2)[person.pk]] == ["Often", "Alpha"]


def test_main_topics_answer_for_everybody_asked_also_without_works():
    person = ResearcherFactory()
    assert main_topics([person.pk], each=2) == {person.pk: []}
    assert main_topics([], each=2) == {}
