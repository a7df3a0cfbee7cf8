"""Related papers, each with its reasons."""

import pytest

from tests.factories.records import WorkFactory
from works.models import KeyTerm, Reference, Work
from works.related import related_to
from works.terms import likeness
from works.terms.counting import note_due, refresh_terms

pytestmark = pytest.mark.django_db


def cites(citing, *cited):
    Reference.objects.bulk_create(Reference(citing=citing, raw_key=f"openalex:W{one.pk}", cited=one) for one in cited)


def counted_anew():
    for work in Work.objects.all():
        Work.objects.filter(pk=work.pk).update(
            references_count=Reference.objects.filter(citing=work).count(), cited_by_count=Reference.objects.filter(cited=work).count()
        )


def test_shared_references_and_being_cited_together_are_told_with_numbers(django_assert_num_queries):
    work, near, far = (WorkFactory(title=title, abstract="") for title in ("Work", "Near", "Far"))
    shared = [WorkFactory(abstract="") for _ in range(3)]
    cites(work, *shared)
    cites(near, *shared)
    cites(far, shared[0])
    for _ in range(2):
        cites(WorkFactory(abstract=""), work, near)
    counted_anew()
    with django_assert_num_queries(1):
        found = related_to(work.pk)
    told = {one.title: one.reasons for one in found}
    assert found[0].title == "Near"
    assert told["Near"] == ("3 shared references", "cited together by 2 papers")
    assert told["Far"] == ("1 shared reference",)
    assert "Work" not in told


def test_shared_key_terms_are_named():
    work, other = WorkFactory(abstract="Sharp minima escape quickly."), WorkFactory(abstract="Sharp minima of glass.")
    stranger = WorkFactory(abstract="Bees dance.")
    note_due([work.pk, other.pk, stranger.pk])
    refresh_terms()
    found = related_to(work.pk)
    assert [one.work_id for one in found] == [other.pk]
    assert "sharp minima" in found[0].shared_terms
    assert found[0].reasons[0].startswith("shares: ")


def test_portal_without_vectors_suggests_by_the_rest(monkeypatch):
    monkeypatch.setattr("works.related._has_vectors", lambda: False)
    monkeypatch.setattr(likeness, "is_here", lambda cursor: False)
    work, other = WorkFactory(abstract="Sharp minima escape."), WorkFactory(abstract="Sharp minima stay.")
    note_due([work.pk, other.pk])
    refresh_terms()
    assert [(one.work_id, one.alike) for one in related_to(work.pk)] == [(other.pk, 0)]


def test_terms_of_a_work_that_is_gone_suggest_nothing():
    work, gone = WorkFactory(abstract="Sharp minima escape."), WorkFactory(abstract="Sharp minima stay.")
    note_due([work.pk, gone.pk])
    refresh_terms()
    Work.objects.filter(pk=gone.pk).delete()
    assert KeyTerm.objects.filter(work_id=gone.pk).exists()
    assert related_to(work.pk) == []


def test_directions_follow_from_keys_alone():
    one, two = likeness.projection([7, -9]).toarray()
    assert (one == likeness.projection([7]).toarray()[0]).all()
    assert abs((one**2).sum() - 1) < 1e-6
    assert abs(float(one @ two)) < 0.6
