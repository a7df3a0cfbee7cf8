"""References that wait for their works, in every order of arrival and every spelling of ids."""

from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction

from tests.works.drafting import arxiv_work, openalex_work
from works.counts import recount_works
from works.drafts import Merged
from works.importing import store
from works.models import ImportRun, RecordChange, Reference, UpstreamRecord, Work
from works.writing import resolve_waiting

pytestmark = pytest.mark.django_db

FIRST = openalex_work(1, references=("openalex:W2", "openalex:W3"))
SECOND = openalex_work(2, doi="10.1/second", references=("openalex:W3", "openalex:W1"))
THIRD = openalex_work(3, references=("doi:10.1/second",))
ALL = {("W1", "W2"), ("W1", "W3"), ("W2", "W1"), ("W2", "W3"), ("W3", "W2")}


def imported(*reads, size=500):
    return store(reads, run=ImportRun.objects.create(provider="openalex"), batch_size=size)


def resolved():
    rows = Reference.objects.filter(cited__isnull=False).values_list("citing__openalex_id", "cited__openalex_id")
    return set(rows)


def citing(key, number=100):
    return openalex_work(number, references=(key,))


@pytest.mark.parametrize("size", [1, 2, 500])
@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, THIRD))))
def test_references_resolve_both_ways_in_every_order_of_arrival(order, size):
    imported(*order, size=size)
    assert resolved() == ALL
    assert not Reference.objects.filter(cited__isnull=True).exists()


def test_the_works_that_waited_are_due_for_new_counts():
    imported(citing("openalex:W2"))
    RecordChange.objects.all().delete()
    imported(openalex_work(2))
    works = dict(Work.objects.values_list("openalex_id", "pk"))
    due = set(RecordChange.objects.values_list("kind", "record_id"))
    assert {("citation", works["W100"]), ("work", works["W2"])} <= due
    recount_works()
    assert Work.objects.get(openalex_id="W2").cited_by_count == 1


@pytest.mark.parametrize("key", ["openalex:W9", "doi:10.1/published", "arxiv:2006.13719", "doi:10.48550/arxiv.2006.13719"])
@pytest.mark.parametrize("is_late", [False, True])
def test_every_id_of_a_paper_leads_to_it(key, is_late):
    paper = [openalex_work(9, doi="10.1/published", also_known_as=("arxiv:2006.13719",)), arxiv_work("2006.13719", "Ann Example")]
    imported(*([citing(key), *paper] if is_late else [*paper, citing(key)]), size=1)
    assert resolved() == {("W100", "W9")}


def test_two_ids_of_one_paper_in_one_list_count_as_one_citation():
    imported(openalex_work(100, references=("openalex:W9", "doi:10.1/x")), openalex_work(9, doi="10.1/x"), size=1)
    recount_works()
    assert Reference.objects.filter(cited__openalex_id="W9").count() == 2
    assert Work.objects.get(openalex_id="W9").cited_by_count == 1


@pytest.mark.parametrize(
    "order",
    [
        ("citing", "survivor", "merge"),
        ("survivor", "merge", "citing"),
        ("survivor", "citing", "merge"),
        ("citing", "merge", "survivor"),
    ],
)
def test_a_reference_to_an_id_that_upstream_merged_leads_to_the_survivor(order):
    parts = {
        "citing": [citing("openalex:W5")],
        "survivor": [openalex_work(9)],
        # Asked for a merged id, upstream names the merge and gives the record it leads to.
        "merge": [Merged(old_key="openalex:W5", new_key="openalex:W9"), openalex_work(9)],
    }
    for part in order:
        imported(*parts[part])
    assert resolved() == {("W100", "W9")}


def test_a_merge_told_before_the_record_it_leads_to_gives_a_redirect_once():
    reads = (Merged(old_key="openalex:W5", new_key="openalex:W9"), openalex_work(9))
    assert imported(*reads)["merged"] == 1
    assert imported(*reads)["merged"] == 0
    assert list(Work.objects.get().redirects.values_list("key", flat=True)) == ["openalex:W5"]


def test_a_cited_work_that_upstream_merged_keeps_its_citations():
    imported(openalex_work(5), citing("openalex:W5"), citing("openalex:W9", 101))
    imported(Merged(old_key="openalex:W5", new_key="openalex:W9"))
    assert resolved() == {("W100", "W9"), ("W101", "W9")}
    imported(openalex_work(9, title="The survivor's own record"))
    assert resolved() == {("W100", "W9"), ("W101", "W9")}


def test_both_records_of_a_merge_were_cited():
    imported(openalex_work(5), openalex_work(9), citing("openalex:W5"), citing("openalex:W9", 101))
    imported(Merged(old_key="openalex:W5", new_key="openalex:W9"))
    assert resolved() == {("W100", "W9"), ("W101", "W9")}


def test_a_work_that_cites_what_it_is_merged_with_does_not_cite_itself():
    imported(openalex_work(5), openalex_work(9, references=("openalex:W5",)))
    assert resolved() == {("W9", "W5")}
    imported(Merged(old_key="openalex:W5", new_key="openalex:W9"))
    assert resolved() == set()


def test_a_cited_work_that_is_deleted_waits_and_is_found_when_it_comes_again():
    imported(openalex_work(2, doi="10.1/b"), openalex_work(100, references=("openalex:W2", "doi:10.1/b")))
    old = Work.objects.get(openalex_id="W2")
    UpstreamRecord.objects.filter(record_id=old.pk).delete()
    old.delete()
    assert list(Reference.objects.order_by("raw_key").values_list("raw_key", "cited")) == [("doi:10.1/b", None), ("openalex:W2", None)]
    imported(openalex_work(2, doi="10.1/b"))
    assert resolved() == {("W100", "W2")}
    assert not Reference.objects.filter(cited__isnull=True).exists()


def test_importing_the_same_again_touches_no_reference():
    imported(FIRST, SECOND, THIRD)
    before = list(Reference.objects.order_by("pk").values_list("pk", "cited"))
    imported(FIRST, SECOND, THIRD)
    assert list(Reference.objects.order_by("pk").values_list("pk", "cited")) == before


def test_late_arrivals_are_resolved_through_the_index_of_what_waits():
    imported(citing("openalex:W1"))
    work = Work.objects.get()
    Reference.objects.bulk_create(Reference(citing=work, raw_key=f"openalex:W{number}") for number in range(1_000, 4_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE works_reference")
        # So few rows as a test has are read faster whole; what counts is that the index serves the statement as it is written.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        planned = []

        def explained(execute, sql, params, many, context):
            if sql.startswith("UPDATE works_reference"):
                with connection.cursor() as asking:
                    asking.execute(f"EXPLAIN {sql}", params)
                    planned.extend(line for (line,) in asking.fetchall())
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explained):
            assert resolve_waiting(cursor, [(f"openalex:W{number}", work.pk) for number in range(900, 1_100)]) == set()
    used = next(place for place, line in enumerate(planned) if "using reference_unresolved" in line)
    assert "Index Cond: (raw_key = s.key)" in planned[used + 1]


# --- the database's own rule ------------------------------------------------------------------------


def is_refused(statement, *values):
    """Tell whether the database refuses a statement, at once or when the transaction would end."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError:
        return True
    return False


def test_no_reference_leads_from_or_to_a_work_that_is_not_here():
    imported(FIRST, SECOND)
    one, other = Work.objects.order_by("pk")
    gone = other.pk + 1_000
    insert = "INSERT INTO works_reference (citing_id, raw_key, cited_id) VALUES (%s, %s, NULL), (%s, %s, %s)"
    assert not is_refused(insert, one.pk, "openalex:W70", one.pk, "openalex:W71", other.pk)
    assert is_refused(insert, one.pk, "openalex:W80", gone, "openalex:W81", None)
    assert is_refused(insert, one.pk, "openalex:W90", one.pk, "openalex:W91", gone)
    assert is_refused("UPDATE works_reference SET cited_id = %s WHERE citing_id = %s", gone, one.pk)


def test_no_work_goes_while_a_reference_leads_from_or_to_it():
    imported(FIRST, openalex_work(2))
    one, other = Work.objects.order_by("openalex_id")
    Reference.objects.filter(cited=None).delete()
    for work in (one, other):
        assert is_refused("DELETE FROM works_work WHERE id = %s", work.pk)
    assert is_refused("UPDATE works_work SET id = id + 1000 WHERE id = %s", other.pk)
    Reference.objects.all().delete()
    assert not is_refused("DELETE FROM works_work WHERE id = %s", other.pk)
