"""Runs: once per text, engine and version; leases, failures, budgets; what stands and what is counted."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from bzpeer.reports import running
from bzpeer.reports.findings import NO, YES, Document, EngineError, Finding, Quote, Report, Variable
from bzpeer.reports.models import Batch, CorpusCount, FindingRow, Run, Spending, Standing, Text
from bzpeer.reports.running import MOST_ATTEMPTS, ask_for, calls_left_today, carry_out_next
from bzpeer.reports.standing import recount, stand_anew
from bzpeer.reports.tasks import run_reports
from tests.factories.records import TopicFactory, WorkFactory
from tests.factories.reports import CODE, WORDS, report_on, text_of
from works.models import Work

pytestmark = pytest.mark.django_db


class Told:
    """An engine that says what a test tells it to."""

    def __init__(self, name: str = "evidence", version: str = "1") -> None:
        self.name, self.version = name, version
        self.asked = 0
        self.error: EngineError | None = None
        self.quotes: tuple[Quote, ...] = ()

    def findings(self, document: Document) -> Report:
        self.asked += 1
        if self.error:
            raise self.error
        findings = tuple(
            Finding(variable=variable, result=variable.results[0] if variable is not Variable.PSEUDOCODE else NO, confidence=0.9)
            for variable in Variable
        )
        findings = tuple(replace(each, quotes=self.quotes) if each.variable is Variable.CODE else each for each in findings)
        return Report(findings=findings, tokens_in=100, tokens_out=10, cost=Decimal("0.5"), parameters={"model": "m"})


@pytest.fixture
def engines(monkeypatch):
    known = {"evidence": Told(), "llm": Told("llm", "m, prompt 1")}
    monkeypatch.setattr(running, "engine_named", lambda name: known[name])
    monkeypatch.setattr("bzpeer.reports.batches.engine_named", lambda name: known[name])
    return known


def test_a_text_is_read_once_by_the_same_engine_and_version(engines):
    text = text_of(WorkFactory())

    for _ in range(2):
        ask_for(text, engine="evidence")
        carry_out_next("evidence")
    engines["evidence"].version = "2"
    ask_for(text, engine="evidence")
    carry_out_next("evidence")

    assert engines["evidence"].asked == 2
    assert list(Run.objects.order_by("pk").values_list("version", "state")) == [("1", "finished"), ("2", "finished")]
    assert not carry_out_next("evidence")


def test_quotes_that_do_not_stand_in_the_text_are_dropped_and_counted(engines):
    start = WORDS.index(CODE)
    engines["evidence"].quotes = (Quote(start=start, end=start + len(CODE), text=CODE), Quote(start=0, end=5, text="Wrong"))
    ask_for(text_of(WorkFactory()), engine="evidence")

    carry_out_next("evidence")

    assert Run.objects.get().dropped_quotes == 1
    assert [quote["text"] for quote in FindingRow.objects.get(variable="open_source_code").quotes] == [CODE]


def test_a_passing_fault_is_tried_again_later_and_a_lasting_one_is_told(engines):
    run = ask_for(text_of(WorkFactory()), engine="evidence")
    engines["evidence"].error = EngineError("It is busy.", passing=True)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert carry_out_next("evidence")
        run.refresh_from_db()
        assert run.attempts == attempt
        assert not carry_out_next("evidence")  # it rests
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert (run.state, run.note) == ("failed", "It is busy.")

    engines["evidence"].error = None
    ask_for(run.text, engine="evidence")
    carry_out_next("evidence")
    run.refresh_from_db()
    assert run.state == "finished"


def test_a_run_whose_worker_dies_each_time_is_given_up(engines):
    run = ask_for(text_of(WorkFactory()), engine="evidence")
    Run.objects.filter(pk=run.pk).update(attempts=MOST_ATTEMPTS)

    assert not carry_out_next("evidence")
    run.refresh_from_db()
    assert run.state == "failed"


def test_a_run_asked_for_before_an_update_is_read_by_the_new_version(engines):
    text = text_of(WorkFactory())
    run = ask_for(text, engine="evidence")
    engines["evidence"].version = "2"
    carry_out_next("evidence")

    run.refresh_from_db()
    assert (run.version, run.state) == ("2", "finished")


def test_each_call_of_a_model_is_counted_before_it_is_made(engines, settings):
    settings.LLM_DAILY_BUDGET = 1
    one, other = (ask_for(text_of(WorkFactory(), words=WORDS + str(number)), engine="llm") for number in range(2))

    carry_out_next("llm")
    carry_out_next("llm")

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, one.cost, one.tokens_in) == ("finished", Decimal("0.500000"), 100)
    assert (other.state, other.attempts) == ("waiting", 0)
    assert "used up" in other.note
    assert other.lease_until > timezone.now()
    assert engines["llm"].asked == 1
    assert (Spending.objects.get().calls, Spending.objects.get().tokens, calls_left_today()) == (1, 110, 0)


def test_the_newest_text_stands_and_of_its_runs_the_offline_one():
    work = WorkFactory()
    report_on(work)
    newer = text_of(work, words=WORDS + "More.")
    by_model = report_on(work, text=newer, engine="llm", version="m")
    assert Standing.objects.get(work=work).run == by_model

    offline = report_on(work, text=newer)

    assert Standing.objects.get(work=work).run == offline


def counts(facet, variable="open_source_code"):
    rows = CorpusCount.objects.filter(facet=facet, variable=variable, works__gt=0).order_by("key", "result")
    return list(rows.values_list("key", "result", "works"))


def test_counts_are_the_sum_over_standing_reports_whatever_happens_to_them():
    topic = TopicFactory()
    one, other = WorkFactory(publication_year=2020, topics=[topic]), WorkFactory(publication_year=2020)
    report_on(one)
    report_on(other, results={"open_source_code": "No"})
    assert counts("year") == [(2020, "No", 1), (2020, "Yes", 1)]
    assert counts("topic") == [(topic.pk, "Yes", 1)]
    assert counts("all", "score") == [(0, "0", 1), (0, "1", 1)]

    stand_anew(one.pk)
    Work.objects.filter(pk=one.pk).update(publication_year=None)
    assert recount(limit=10) == 0  # counted today
    assert recount(limit=10, every=True) == 2
    assert counts("year") == [(0, "Yes", 1), (2020, "No", 1)]

    other.delete()
    Text.objects.filter(work=one).delete()
    assert counts("all") == []
    assert not CorpusCount.objects.exclude(works=0).exists()


def test_a_command_reads_what_is_new_once_and_says_how_far_it_is(engines, capsys):
    topic = TopicFactory()
    works = [WorkFactory(), WorkFactory(topics=[topic])]
    for work in works:
        text_of(work)
    text_of(WorkFactory(), state="asking")

    call_command("reports", "run", "--topic", str(topic.pk), "--here")
    assert "1 of 1 texts read" in capsys.readouterr().out
    call_command("reports", "run", "--all", "--here")
    assert "1 of 1 texts read" in capsys.readouterr().out
    call_command("reports", "run", "--all", "--here")
    assert "Nothing to read" in capsys.readouterr().out
    engines["evidence"].version = "2"
    call_command("reports", "run", "--new", "--here")
    assert "Nothing to read" in capsys.readouterr().out
    call_command("reports", "run", "--all", "--here")
    assert "2 of 2 texts read" in capsys.readouterr().out


def test_a_command_spends_no_more_calls_than_its_budget(engines, capsys):
    for _ in range(3):
        text_of(WorkFactory())

    call_command("reports", "run", "--all", "--engine", "llm", "--budget", "2", "--here")

    assert "2 of 3 texts read by llm m, prompt 1; 1 left out: the budget is used up." in capsys.readouterr().out
    assert (engines["llm"].asked, Batch.objects.get().spent) == (2, 2)
    call_command("reports", "run", "--all", "--engine", "llm", "--budget", "2", "--here")
    assert "1 of 1 texts read" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--topic", "999999"], "no topic"),
        (["run", "--all", "--budget", "3"], "--budget"),
        (["run", "--all", "--engine", "llm", "--budget", "0"], "--budget"),
        (["fetch", "--limit", "0"], "at least 1"),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("reports", *arguments)


def test_without_a_model_its_engine_is_refused(settings):
    settings.LLM_BASE_URL = ""
    with pytest.raises(CommandError, match="LLM_BASE_URL"):
        call_command("reports", "run", "--all", "--engine", "llm")


def test_texts_are_asked_for_where_the_licence_allows(capsys, monkeypatch):
    monkeypatch.setattr("bzpeer.management.commands.reports.ring", lambda key: None)
    for arxiv_id, license in (
        ("2101.00001", "cc-by"),
        ("2101.00002", "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"),
        (None, "cc0"),
    ):
        WorkFactory(arxiv_id=arxiv_id, license=license)
    text_of(WorkFactory(arxiv_id="2101.00003", license="cc-by"))

    call_command("reports", "fetch")

    assert "1 texts asked for" in capsys.readouterr().out
    assert Text.objects.get(state="waiting").address == "2101.00001"


def test_the_offline_engine_says_yes_or_no_of_every_variable_of_a_real_text():
    words = WORDS + "We ran all experiments on an NVIDIA V100 GPU with PyTorch 1.8 and CUDA 11.1. " * 6
    run = ask_for(text_of(WorkFactory(), words=words), engine="evidence")

    carry_out_next("evidence", run_id=run.pk)

    rows = dict(FindingRow.objects.filter(run=run).values_list("variable", "result"))
    assert set(rows) == {variable.value for variable in Variable}
    assert rows["hardware_specification"] == YES


@pytest.mark.django_db(transaction=True)
def test_reports_that_end_at_once_are_counted_once_each():
    topics = [TopicFactory() for _ in range(3)]
    runs = [report_on(WorkFactory(topics=topics)) for _ in range(6)]
    faults: list[Exception] = []

    def stand(order: list[Run]) -> None:
        try:
            for run in order:
                stand_anew(run.text.work_id)
                Standing.objects.filter(work=run.text.work_id).update(has_data=True)
        except Exception as error:  # told by the assertion below
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=stand, args=(order,)) for order in (runs, runs[::-1], runs[3:] + runs[:3])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert counts("topic") == [(topic.pk, "Yes", 6) for topic in topics]
    assert counts("all", "works") == [(0, "all", 6)]


def test_an_engine_that_breaks_on_a_text_leaves_the_others_alone(engines, monkeypatch, caplog):
    broken, sound = (ask_for(text_of(WorkFactory(), words=WORDS + str(number)), engine="evidence") for number in range(2))
    findings = engines["evidence"].findings

    def breaks(document):
        if document.text == broken.text.text:
            raise IndexError
        return findings(document)

    monkeypatch.setattr(engines["evidence"], "findings", breaks)

    assert run_reports() == 2
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == ("failed", "finished")
    assert "An engine stopped on a text" in caplog.text


def test_a_text_longer_than_is_read_has_a_report_on_its_beginning(monkeypatch):
    monkeypatch.setattr("bzpeer.reports.engines.reading.MOST_READ", 3_000)
    run = ask_for(text_of(WorkFactory(), words=WORDS + "We train on CIFAR-10 with care. " * 200), engine="evidence")

    carry_out_next("evidence", run_id=run.pk)

    run.refresh_from_db()
    assert run.state == "finished"
    assert all(quote["end"] <= 3_000 for row in run.rows.all() for quote in row.quotes)
