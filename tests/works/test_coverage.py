"""How complete the records are, counted in chunks."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.pipeline import derive_all_pending, derive_pending
from tests.factories.records import AuthorshipFactory, InstitutionFactory, ReferenceFactory, ResearcherFactory, TopicFactory, WorkFactory
from works import coverage
from works.coverage import Narrowed, count_due, coverage_as_of, coverage_by_year, mark_all_due, mark_due, types_covered, whole_of
from works.models import AuthorshipInstitution, CoverageCell, CoverageChunk, RecordChange, Work

pytestmark = pytest.mark.django_db


def counted():
    mark_all_due()
    count_due()


def cells():
    fields = [field.name for field in CoverageCell._meta.fields if field.name not in {"id", "chunk"}]
    return list(CoverageCell.objects.order_by("chunk__number", "year", "type", "in_arxiv").values_list(*fields))


def test_each_measure_counts_works_that_have_it():
    full = WorkFactory(publication_year=2020, doi="10.1/a", license="cc-by", topics=[TopicFactory(), TopicFactory()])
    byline = AuthorshipFactory(work=full, researcher=ResearcherFactory(orcid="0000-0002-1825-0097"))
    AuthorshipFactory(work=full, position=2, raw_orcid="0000-0002-1825-0097", researcher=None)
    AuthorshipInstitution.objects.create(authorship=byline, institution=InstitutionFactory())
    ReferenceFactory(citing=full, cited=WorkFactory(publication_year=None, abstract="", authors=[ResearcherFactory()]))
    ReferenceFactory(citing=full, cited=None, raw_key="openalex:W999")
    counted()
    found = coverage_by_year(Narrowed())
    assert list(found) == [2020, None]
    assert found[2020].having == dict.fromkeys(coverage.MEASURES, 1)
    assert (found[2020].works, found[2020].references_listed, found[2020].references_resolved) == (1, 2, 1)
    assert found[None].having == dict.fromkeys(coverage.MEASURES, 0)
    assert whole_of(list(found.values())).works == 2


def test_counting_again_and_in_other_chunks_gives_the_same(monkeypatch):
    for number in range(7):
        WorkFactory(publication_year=2000 + number % 3, type="book" if number % 2 else "article")
    counted()
    whole, rows = coverage_by_year(Narrowed()), cells()
    counted()
    assert cells() == rows
    CoverageChunk.objects.all().delete()
    monkeypatch.setattr(coverage, "CHUNK", 2)
    counted()
    assert coverage_by_year(Narrowed()) == whole
    assert types_covered() == [("article", 4), ("book", 3)]


def test_a_report_is_narrowed_by_source_and_type():
    WorkFactory(provenance={"openalex": {}})
    WorkFactory(provenance={"openalex": {}, "arxiv": {}}, type="preprint")
    counted()
    assert [each.works for each in coverage_by_year(Narrowed(source="arxiv")).values()] == [1]
    assert [each.works for each in coverage_by_year(Narrowed(source="openalex")).values()] == [2]
    assert coverage_by_year(Narrowed(source="arxiv", type="article")) == {}


def test_what_is_derived_is_counted_anew_and_nothing_else(monkeypatch):
    monkeypatch.setattr(coverage, "CHUNK", 1)
    one, other = WorkFactory(abstract=""), WorkFactory()
    counted()
    before = CoverageChunk.objects.get(number=other.pk).counted_at
    Work.objects.filter(pk=one.pk).update(abstract="Told now.")
    RecordChange.objects.create(kind="work", record_id=one.pk)
    derive_pending()
    assert list(CoverageChunk.objects.filter(due_since__isnull=False).values_list("number", flat=True)) == [one.pk]
    assert coverage_as_of().due == 1
    count_due()
    assert coverage_by_year(Narrowed())[2022].having["abstracts"] == 2
    assert CoverageChunk.objects.get(number=other.pk).counted_at == before


def test_deriving_by_command_leaves_nothing_due():
    work = WorkFactory()
    RecordChange.objects.create(kind="work", record_id=work.pk)
    derive_all_pending()
    assert coverage_as_of().due == 0
    assert coverage_by_year(Narrowed())[2022].works == 1


def test_a_work_that_was_merged_away_is_gone_after_everything_is_counted_anew():
    WorkFactory()
    gone = WorkFactory()
    counted()
    gone.delete()
    counted()
    assert coverage_by_year(Narrowed())[2022].works == 1


def test_the_task_stops_in_time_and_leaves_alone_what_was_just_counted(monkeypatch):
    monkeypatch.setattr(coverage, "CHUNK", 1)
    works = [WorkFactory() for _ in range(3)]
    mark_due([work.pk for work in works])
    assert count_due(deadline=time.monotonic()) == 1
    assert count_due() == 2
    mark_due([work.pk for work in works])
    assert count_due(rest=timedelta(minutes=10)) == 0
    CoverageChunk.objects.filter(number=works[0].pk).update(counted_at=timezone.now() - timedelta(minutes=11))
    assert count_due(rest=timedelta(minutes=10)) == 1
