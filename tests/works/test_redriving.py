"""Trying again what was set aside."""

import gzip
import json
import time
from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone

from tests.works.drafting import openalex_work
from works import redriving
from works.drafts import Merged, Quarantined
from works.importing import store
from works.models import ImportProblem, ImportRun, UpstreamRecord, Work
from works.redriving import MOST_ATTEMPTS, Chosen, ask_to_redrive, redrive
from works.runs import carry_on, take
from works.sources import openalex
from works.sources.files import KEPT_RAW
from works.sources.http import NotThere, Page, UpstreamBusy

pytestmark = pytest.mark.django_db
GOOD = {"id": "https://openalex.org/W2741809807", "display_name": "The state of OA", "publication_year": 2018, "type": "article"}
BAD_YEAR = {**GOOD, "publication_year": 99999}
ATOM = """<entry xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/abs/2006.13719v1</id><title>Noise</title>
<summary>We study it.</summary><published>2020-06-24T12:00:00Z</published>
<updated>2020-06-24T12:00:00Z</updated><author><name>Ann Example</name></author></entry>"""


def problem(raw="", *, key="", place="OpenAlex API", provider="openalex", parameters=None, **more):
    run = ImportRun.objects.create(provider=provider, parameters=parameters or {}, state="finished")
    return ImportProblem.objects.create(run=run, place=place, key=key, reason=more.pop("reason", "the work has no title"), raw=raw, **more)


def nobody(keys):
    raise AssertionError(f"upstream was asked for {keys}")


def tried(one, *, ask=nobody, anew=False):
    """Try one problem again and return it as it stands then."""
    for run in ask_to_redrive(Chosen(problem=one.pk), by=7, anew=anew):
        assert redrive(run, ask=ask, deadline=float("inf"), after_chunk=lambda: None)
        ImportRun.objects.filter(pk=run.pk).update(state="finished")
    one.refresh_from_db()
    return one


@pytest.mark.parametrize(
    ("raw", "provider", "found"),
    [
        (json.dumps(GOOD), "openalex", {"openalex_id": "W2741809807"}),
        (ATOM, "arxiv", {"arxiv_id": "2006.13719"}),
        (json.dumps({"id": "2006.13719", "title": "Noise", "authors": "Ann Example"}), "arxiv", {"arxiv_id": "2006.13719"}),
        (msgspec.json.encode(openalex_work(5)).decode(), "openalex", {"openalex_id": "W5"}),
    ],
)
def test_a_record_that_can_be_read_now_is_stored(raw, provider, found):
    one = tried(problem(raw, provider=provider))
    assert Work.objects.filter(**found).count() == 1
    assert (one.outcome, one.attempts, one.redriven_by) == ("Stored.", 1, 7)
    assert one.resolved_at is not None


def test_a_record_that_is_still_refused_is_kept_with_todays_reason_and_left_alone_after_three_tries():
    one = problem(json.dumps(BAD_YEAR), key="openalex:W2741809807")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        tried(one)
        assert (one.attempts, one.resolved_at) == (attempt, None)
        assert one.outcome.startswith("Still set aside: ")
        assert "99999" in one.outcome
    assert ask_to_redrive(Chosen(problem=one.pk), by=7) == []
    assert not Work.objects.exists()
    assert ImportProblem.objects.count() == 1


def test_what_the_database_refuses_again_makes_no_second_problem(monkeypatch):
    one = problem(json.dumps(GOOD), key="openalex:W2741809807")

    def refusing(reads, *, run, where):
        ImportProblem.objects.create(run=run, place=where, key=one.key, reason="The database refused it: too long.", raw="{}")

    monkeypatch.setattr(redriving, "store", refusing)
    tried(one)
    assert one.outcome == "Still set aside: The database refused it: too long."
    assert list(ImportProblem.objects.values_list("pk", flat=True)) == [one.pk]


def test_a_record_cut_short_is_read_again_from_its_file(tmp_path):
    file = tmp_path / "part.gz"
    long = json.dumps({**GOOD, "abstract_inverted_index": {f"word{n}": [n] for n in range(9000)}})
    file.write_bytes(gzip.compress(f'{{"id": "https://openalex.org/W1", "display_name": "Before"}}\n{long}\n'.encode()))
    one = problem(long[:KEPT_RAW], key="openalex:W2741809807", place="part.gz, line 2", parameters={"files": [str(file)]})
    assert len(long) > KEPT_RAW
    assert tried(one).outcome == "Stored."
    assert list(Work.objects.values_list("openalex_id", flat=True)) == ["W2741809807"]


@pytest.mark.parametrize("place", ["part.gz, line 2", "part.gz, line 2, record 4", "nonsense"])
def test_a_record_cut_short_whose_file_is_gone_is_asked_for_by_its_id(place):
    one = problem('{"id": "https://openal', key="openalex:W5", place=place, parameters={"files": ["/nowhere/part.gz"]}, reason="x" * 9)
    one.raw = '{"id": "' + "x" * KEPT_RAW
    one.save()
    asked = []
    tried(one, ask=lambda keys: asked.append(keys) or [openalex_work(5)])
    assert asked == [["openalex:W5"]]
    assert one.outcome == "Stored."


def test_upstream_may_have_merged_it_or_not_know_it():
    merged, unknown = (problem("W", key=f"openalex:W{number}") for number in (5, 6))
    tried(merged, ask=lambda keys: [Merged(old_key="openalex:W5", new_key="openalex:W9"), openalex_work(9)])
    assert merged.outcome == "Stored."
    assert Work.objects.get().openalex_id == "W9"

    def absent(keys):
        raise NotThere("OpenAlex has no record W6 (404).")

    tried(unknown, ask=absent)
    assert unknown.outcome == "Still set aside: upstream has no record with this id now."
    tried(unknown, ask=lambda keys: [Quarantined(place="", key="openalex:W6", reason="the work has no title")])
    assert unknown.outcome == "Still set aside: the work has no title."


def test_what_cannot_be_asked_for_says_what_helps():
    assert "import its file again" in tried(problem("A5", key="openalex:A5")).outcome
    assert "has no id to ask for it" in tried(problem("\\xff\\xfe")).outcome


def test_upstream_that_does_not_answer_keeps_what_was_stored_before_it():
    first = problem(json.dumps(GOOD))
    second = ImportProblem.objects.create(run=first.run, place="x", key="openalex:W6", reason=first.reason, raw="W6")
    (run,) = ask_to_redrive(Chosen(kind=first.kind), by=7)

    def busy(keys):
        raise UpstreamBusy("OpenAlex asks for patience.", retry_after=60)

    with pytest.raises(UpstreamBusy):
        redrive(run, ask=busy, deadline=float("inf"), after_chunk=lambda: None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.outcome, first.attempts) == ("Stored.", 1)
    assert (second.outcome, second.attempts) == ("", 0)
    assert redrive(run, ask=lambda keys: [openalex_work(6)], deadline=float("inf"), after_chunk=lambda: None)
    assert Work.objects.count() == 2


def test_a_record_that_came_in_since_is_not_overwritten_by_what_was_received_then():
    one = problem(json.dumps({**GOOD, "display_name": "The old title"}), key="openalex:W2741809807")
    ImportProblem.objects.filter(pk=one.pk).update(created_at=timezone.now() - timedelta(days=1))
    run = ImportRun.objects.create(provider="openalex")
    store([openalex_work(2741809807, title="The new title")], run=run)
    tried(one)
    assert Work.objects.get().title == "The new title"
    assert one.outcome == f"Stored since by import {run.pk}."
    assert one.resolved_at is not None


def test_trying_again_anew_asks_upstream_although_the_record_is_whole():
    one = problem(json.dumps(BAD_YEAR), key="openalex:W2741809807")
    tried(one, ask=lambda keys: [openalex_work(2741809807)], anew=True)
    assert one.outcome == "Stored."


def test_all_of_a_reason_are_tried_by_provider_in_steps_and_only_once_at_a_time():
    both = [problem(json.dumps(GOOD), reason=f"Two bylines claim position {n}.") for n in range(3)]
    both.append(problem(ATOM, provider="arxiv", reason="Two bylines claim position 9."))
    other = problem(json.dumps(GOOD), reason="the work has no title")
    chosen = Chosen(kind="Two bylines claim position …")
    runs = ask_to_redrive(chosen, by=7)
    assert sorted(run.provider for run in runs) == ["arxiv", "openalex"]
    assert {run.pk for run in ask_to_redrive(chosen, by=8)} == {run.pk for run in runs}
    late = problem(json.dumps(GOOD), reason="Two bylines claim position 4.")
    for run in runs:
        while not redrive(run, ask=nobody, deadline=time.monotonic(), after_chunk=lambda: None):
            run.refresh_from_db()
    assert [ImportProblem.objects.get(pk=each.pk).resolved_at is not None for each in both] == [True] * 4
    assert ImportProblem.objects.filter(pk__in=[other.pk, late.pk], attempts=0).count() == 2


def test_a_reservation_is_no_record_to_try_again():
    assert ask_to_redrive(Chosen(problem=problem(json.dumps(GOOD), is_quarantined=False).pk), by=7) == []


def test_trying_again_after_a_crash_between_storing_and_noting_stores_nothing_twice(monkeypatch):
    one = problem(json.dumps(GOOD))
    (run,) = ask_to_redrive(Chosen(problem=one.pk), by=7)
    mark = redriving._mark

    def crash(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(redriving, "_mark", crash)
    with pytest.raises(KeyboardInterrupt):
        redrive(run, ask=nobody, deadline=float("inf"), after_chunk=lambda: None)
    monkeypatch.setattr(redriving, "_mark", mark)
    stamp = UpstreamRecord.objects.get().imported_at
    assert redrive(run, ask=nobody, deadline=float("inf"), after_chunk=lambda: None)
    assert UpstreamRecord.objects.get().imported_at == stamp
    one.refresh_from_db()
    assert one.outcome == "Stored."


def test_a_run_of_problems_goes_through_the_same_steps_as_any_import(monkeypatch):
    good, gone = problem(json.dumps(GOOD)), problem("W6", key="openalex:W6")
    ImportProblem.objects.filter(pk=gone.pk).update(run=good.run)
    (run,) = ask_to_redrive(Chosen(run=good.run_id), by=7)
    asked = []

    def fetch(query, **how):
        asked.append((tuple(query.works), how["cursor"]))
        yield Page(reads=[openalex_work(6)])

    monkeypatch.setattr(openalex, "fetch", fetch)
    taken = take(run.pk)
    assert carry_on(taken)
    taken.refresh_from_db()
    assert (taken.state, taken.lease_until) == ("finished", None)
    assert asked == [(("W6",), None)]
    assert set(ImportProblem.objects.values_list("outcome", flat=True)) == {"Stored."}
    assert Work.objects.count() == 2


def test_a_provider_without_a_reader_of_single_records_says_what_helps():
    assert "import its file again" in tried(problem('{"id": 1}', provider="elsewhere", key="elsewhere:1")).outcome
