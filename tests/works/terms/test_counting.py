"""Counts of terms stay exact however abstracts come, change and go."""

import threading

import pytest
from django.db import connection, connections, transaction

from works.models import CountedTerms, KeyTerm, TermFrequency, TermsDue, Work
from works.terms import counting
from works.terms.counting import count_due, note_all_due, note_due, recount_frequencies, refresh_terms, weigh_counted, weigh_due
from works.terms.queries import asked_as, key_terms_of, printed_term, term_asked_for
from works.terms.words import key_of

ONE = "Sharp minima escape. Sharp minima again."
TWO = "Flat minima stay."


def a_work(abstract, **values):
    return Work.objects.create(title="A", folded_title="a", abstract=abstract, **values)


def frequencies():
    return dict(TermFrequency.objects.values_list("key", "documents"))


def expected(*sets, abstracts):
    found = {counting.ABSTRACTS: abstracts} if abstracts else {}
    for terms in sets:
        for term in terms:
            found[key_of(term)] = found.get(key_of(term), 0) + 1
    return found


TERMS_OF_ONE = {"sharp", "minima", "escap", "sharp minima", "minima escap"}
TERMS_OF_TWO = {"flat", "minima", "stay", "flat minima", "minima stay"}


def test_abstracts_that_come_change_and_go_leave_exact_counts(db):
    one, two = a_work(ONE), a_work(TWO)
    assert note_due([one.pk, two.pk]) == 2
    refresh_terms()
    assert frequencies() == expected(TERMS_OF_ONE, TERMS_OF_TWO, abstracts=2)
    Work.objects.filter(pk=one.pk).update(abstract=TWO)
    assert note_due([one.pk, two.pk]) == 1
    refresh_terms()
    assert frequencies() == expected(TERMS_OF_TWO, TERMS_OF_TWO, abstracts=2)
    assert [term.text for term in key_terms_of(one.pk).terms] == [term.text for term in key_terms_of(two.pk).terms]
    Work.objects.filter(pk=two.pk).update(abstract="")
    note_due([two.pk])
    refresh_terms()
    assert frequencies() == expected(TERMS_OF_TWO, abstracts=1)
    one.delete()
    assert TermsDue.objects.count() == 1
    refresh_terms()
    assert frequencies() == {}
    assert not KeyTerm.objects.exists()
    assert not CountedTerms.objects.exists()
    assert recount_frequencies() == 0


def test_counting_twice_changes_nothing(db):
    work = a_work(ONE)
    TermsDue.objects.bulk_create(TermsDue(work_id=work.pk) for _ in range(3))
    refresh_terms()
    before = frequencies()
    TermsDue.objects.create(work_id=work.pk)
    refresh_terms()
    assert frequencies() == before == expected(TERMS_OF_ONE, abstracts=1)
    assert note_all_due() == 0


def test_crash_before_the_end_of_a_batch_gives_its_works_back(db, monkeypatch):
    work = a_work(ONE)
    note_due([work.pk])
    monkeypatch.setattr(counting, "_add", lambda cursor, change: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        count_due()
    monkeypatch.undo()
    assert TermsDue.objects.count() == 1
    refresh_terms()
    assert frequencies() == expected(TERMS_OF_ONE, abstracts=1)


def test_recount_mends_counts_that_were_wrong(db):
    note_due([a_work(ONE).pk])
    refresh_terms()
    TermFrequency.objects.filter(key=key_of("sharp")).update(documents=7)
    TermFrequency.objects.filter(key=key_of("escap")).delete()
    assert recount_frequencies() == 2
    assert frequencies() == expected(TERMS_OF_ONE, abstracts=1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_works_count_each_once(monkeypatch):
    keys = [a_work(f"{ONE} Number{place} minima.").pk for place in range(40)]
    TermsDue.objects.bulk_create(TermsDue(work_id=key) for key in keys * 3)
    monkeypatch.setattr(counting, "COUNTED_AT_ONCE", 7)
    failures = []

    def work():
        try:
            while count_due():
                pass
        except Exception as error:  # told by the test
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert TermFrequency.objects.get(key=counting.ABSTRACTS).documents == 40
    assert TermFrequency.objects.get(key=key_of("sharp minima")).documents == 40
    assert recount_frequencies() == 0


def test_weights_are_made_anew_when_the_portal_has_grown(db):
    first = a_work(ONE)
    note_due([first.pk])
    refresh_terms()
    assert key_terms_of(first.pk).abstracts == 1
    note_due([a_work(f"{TWO} Word{place}").pk for place in range(2)])
    refresh_terms()
    assert key_terms_of(first.pk).abstracts == 3
    assert weigh_due() == 0


def test_key_terms_cost_one_query_and_say_of_how_many_abstracts(db, django_assert_num_queries):
    work = a_work("Neural networks escape. Neural networks stay in sharp minima, and neural networks learn.")
    note_due([work.pk])
    refresh_terms()
    with django_assert_num_queries(1):
        found = key_terms_of(work.pk)
    assert found.abstracts == 1
    assert found.weighed_at is not None
    assert found.terms[0].text == "neural networks"
    assert [term.weight for term in found.terms] == sorted((term.weight for term in found.terms), reverse=True)
    assert printed_term(term_asked_for("Neural network") or 0) == "neural networks"
    assert asked_as("häuser", language="de") == "de:häuser"


def test_work_that_goes_in_a_transaction_rolled_back_stays_counted(db):
    work = a_work(ONE)
    note_due([work.pk])
    refresh_terms()
    with transaction.atomic():
        Work.objects.filter(pk=work.pk).delete()
        transaction.set_rollback(True)
    refresh_terms()
    assert frequencies() == expected(TERMS_OF_ONE, abstracts=1)
    with connection.cursor() as cursor:
        assert counting.number_of_abstracts(cursor) == 1


def test_words_read_for_counting_weigh_a_work_unless_its_abstract_changed_or_many_wait(db):
    one, two = a_work(ONE), a_work(TWO)
    note_due([one.pk, two.pk])
    read = {}
    count_due(read=read)
    assert set(read) == {one.pk, two.pk}
    TermsDue.objects.bulk_create(TermsDue(work_id=one.pk) for _ in range(3))
    assert weigh_counted(read) == 0
    TermsDue.objects.all().delete()
    Work.objects.filter(pk=two.pk).update(abstract=ONE)
    note_due([two.pk])
    count_due()
    assert weigh_counted(read) == 1
    assert (KeyTerm.objects.filter(work=one).exists(), KeyTerm.objects.filter(work=two).exists()) == (True, False)
    refresh_terms()
    assert [term.text for term in key_terms_of(two.pk).terms] == [term.text for term in key_terms_of(one.pk).terms]
