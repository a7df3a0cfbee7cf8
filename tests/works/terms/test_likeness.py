"""Vectors of abstracts, and when their index is built as a whole."""

import numpy
import pytest
from django.db import connection

from works.models import Work
from works.terms import likeness
from works.terms.counting import note_all_due, refresh_terms

pytestmark = pytest.mark.django_db


def index_is_there():
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('work_text_likeness') IS NOT NULL")
        return cursor.fetchone()[0]


def drop_for(coming):
    with connection.cursor() as cursor:
        return likeness.drop_index_for(cursor, coming)


@pytest.fixture
def _few_are_many(monkeypatch):
    with connection.cursor() as cursor:
        if not likeness.is_here(cursor):
            pytest.skip("this database has no pgvector")
        cursor.execute(f"DELETE FROM {likeness.TABLE}")  # no model, so tests with transactions of their own leave rows
    monkeypatch.setattr(likeness, "MANY", 2)


@pytest.mark.usefixtures("_few_are_many")
def test_index_goes_before_many_vectors_and_is_there_after_them():
    assert index_is_there()
    assert not drop_for(1)
    assert drop_for(2)
    assert not index_is_there()
    for number in range(2):
        Work.objects.create(title="A", folded_title="a", abstract=f"Sharp minima{number} escape.")
    note_all_due()
    refresh_terms()
    assert index_is_there()


@pytest.mark.usefixtures("_few_are_many")
def test_index_stays_where_pages_could_not_do_without(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_WITHOUT_INDEX", 2)
    assert not drop_for(3)
    assert index_is_there()


@pytest.mark.usefixtures("_few_are_many")
def test_vectors_are_read_as_they_were_written():
    vectors = numpy.zeros((2, likeness.DIMENSIONS))
    vectors[0, 3], vectors[1, 255] = -0.5, 1.0
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {likeness.TABLE} (work_id, vector) FROM STDIN (FORMAT binary)") as receiver:
            receiver.write(likeness._written(numpy.array([7, 2**40]), vectors))
        cursor.execute(f"SELECT work_id, vector::text FROM {likeness.TABLE} ORDER BY work_id")
        found = {key: [float(one) for one in text.strip("[]").split(",")] for key, text in cursor.fetchall()}
    assert found == {7: vectors[0].tolist(), 2**40: vectors[1].tolist()}
