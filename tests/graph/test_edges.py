"""Collaboration edges: what counts, and that changing step by step gives the table made from scratch."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph.edges import rebuild_collaborations, recount_close_collaborators, refresh_collaborations
from graph.models import Collaboration
from researchers.models import Researcher
from tests.factories.records import AuthorshipFactory, ResearcherFactory, WorkFactory
from works.models import Authorship, Work

pytestmark = pytest.mark.django_db

Edge = tuple[int, int, int, int | None, int | None, Decimal]


def stored() -> list[Edge]:
    columns = ("researcher_id", "collaborator_id", "works", "first_year", "last_year", "weight")
    return list(Collaboration.objects.order_by("researcher_id", "collaborator_id").values_list(*columns))


def from_scratch() -> list[Edge]:
    Collaboration.objects.all().delete()
    rebuild_collaborations(first_id=0, last_id=2**62)
    return stored()


def test_two_authors_give_both_directions_and_a_whole_weight():
    a, b = ResearcherFactory.create_batch(2)
    WorkFactory(authors=[a, b], publication_year=2019)
    WorkFactory(authors=[b, a], publication_year=2022)
    assert refresh_collaborations([a.pk]) == {a.pk, b.pk}
    assert stored() == [(a.pk, b.pk, 2, 2019, 2022, Decimal("2.000000")), (b.pk, a.pk, 2, 2019, 2022, Decimal("2.000000"))]


def test_weight_is_the_sum_of_rounded_terms():
    people = ResearcherFactory.create_batch(4)
    for _ in range(3):
        WorkFactory(authors=people, publication_year=None)
    refresh_collaborations([people[0].pk])
    assert {(works, first, last, weight) for _, _, works, first, last, weight in stored()} == {(3, None, None, Decimal("0.999999"))}


@pytest.mark.parametrize(("authors", "edges"), [(1, 0), (2, 2), (3, 6), (4, 0)])
def test_only_works_with_two_to_the_most_authors_count(authors: int, edges: int, settings):
    settings.COLLABORATION_MAX_AUTHORS = 3
    people = ResearcherFactory.create_batch(authors)
    WorkFactory(authors=people)
    refresh_collaborations([person.pk for person in people])
    assert Collaboration.objects.count() == edges == len(from_scratch())


def test_an_author_listed_twice_has_no_edge_to_themself_and_the_work_counts_once():
    a, b = ResearcherFactory.create_batch(2)
    WorkFactory(authors=[a, a, b])
    refresh_collaborations([b.pk])
    assert [(r, c, works, weight) for r, c, works, _, _, weight in stored()] == [
        (a.pk, b.pk, 1, Decimal("0.500000")),
        (b.pk, a.pk, 1, Decimal("0.500000")),
    ]


def test_unresolved_bylines_count_as_authors():
    a, b = ResearcherFactory.create_batch(2)
    work = WorkFactory(authors=[a, b])
    AuthorshipFactory(work=work, position=3, researcher=None)
    refresh_collaborations([a.pk])
    assert {weight for *_, weight in stored()} == {Decimal("0.500000")}


def test_refreshing_again_writes_nothing():
    people = ResearcherFactory.create_batch(3)
    WorkFactory(authors=people)
    ids = [person.pk for person in people]
    assert refresh_collaborations(ids) == set(ids)
    rows = list(Collaboration.objects.order_by("pk").values_list("pk", flat=True))
    assert refresh_collaborations(ids) == set()
    assert list(Collaboration.objects.order_by("pk").values_list("pk", flat=True)) == rows


def test_close_collaborators_share_at_least_two_works():
    a, b, c = ResearcherFactory.create_batch(3)
    WorkFactory(authors=[a, b, c])
    WorkFactory(authors=[a, b])
    refresh_collaborations([a.pk, b.pk, c.pk])
    assert recount_close_collaborators([a.pk, b.pk, c.pk]) == {a.pk, b.pk}
    assert dict(Researcher.objects.values_list("pk", "close_collaborators_count")) == {a.pk: 1, b.pk: 1, c.pk: 0}


authors = st.lists(st.integers(0, 5) | st.none(), min_size=0, max_size=6)
"""Who stands in the bylines of a work: a person by number (also twice), or nobody known."""
years = st.none() | st.integers(2000, 2004)
changes = st.lists(st.tuples(st.integers(0, 4), st.none() | st.tuples(authors, years)), min_size=1, max_size=8)
"""Steps: a work by number becomes this, or (None) is removed."""


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(changes, min_size=1, max_size=3))
def test_step_by_step_equals_from_scratch(steps: list[list[tuple[int, tuple[list[int | None], int | None] | None]]]):
    Work.objects.all().delete()
    Researcher.objects.all().delete()
    people = ResearcherFactory.create_batch(6)
    works: dict[int, Work] = {}
    for step in steps:
        touched: set[int] = set()
        for number, content in step:
            touched |= rewritten(works, number, content, people)
        refresh_collaborations(touched)
        assert stored() == from_scratch()
    assert settings.COLLABORATION_MAX_AUTHORS == 50


def rewritten(
    works: dict[int, Work], number: int, content: tuple[list[int | None], int | None] | None, people: list[Researcher]
) -> set[int]:
    """Write or remove a work; return its authors before and after, as whoever changes a work names them."""
    before = set(Authorship.objects.filter(work=works.get(number), researcher__isnull=False).values_list("researcher_id", flat=True))
    if (old := works.pop(number, None)) is not None:
        old.delete()
    if content is None:
        return before
    bylines, year = content
    works[number] = WorkFactory(publication_year=year, source=None)
    for position, who in enumerate(bylines, start=1):
        AuthorshipFactory(work=works[number], position=position, researcher=None if who is None else people[who])
    return before | {people[who].pk for who in bylines if who is not None}


def test_the_database_refuses_an_edge_to_nobody_and_to_delete_whom_one_leads_to():
    a, b = ResearcherFactory.create_batch(2)
    values = {"works": 1, "weight": Decimal(1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Collaboration.objects.create(researcher=a, collaborator_id=b.pk + 1_000, **values)
    Collaboration.objects.create(researcher=a, collaborator=b, **values)
    for gone in (a, b):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM researchers_researcher WHERE id = %s", [gone.pk])
