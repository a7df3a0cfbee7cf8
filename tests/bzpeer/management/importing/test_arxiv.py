"""`bzpeer import arxiv …` with sets, days and questions that have more results than arXiv gives."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.upstream import running
from tests.works.sources.conftest import paper
from works.models import Work, WorkVersion
from works.sources import arxiv_api

pytestmark = pytest.mark.django_db


@pytest.fixture
def upstream(settings) -> Any:
    papers = [paper(f"2401.{number:05}", update_date=f"2024-01-{10 + number:02}") for number in range(1, 6)]
    with running(papers=papers) as server:
        settings.ARXIV_URL, settings.ARXIV_OAI_URL = server.arxiv_url, server.oai_url
        yield server


@pytest.fixture
def said(capsys) -> Any:
    def run(*words: str) -> list[str]:
        call_command("import", "arxiv", *words)
        return capsys.readouterr().out.splitlines()

    return run


def test_a_set_is_harvested_between_two_days_and_again_without_a_change(said, upstream):
    asked = ("--set", "cs", "--from", "2024-01-12", "--until", "2024-01-14")
    assert said(*asked)[0] == "Read 3 records: 3 stored. 3 new works, 2 new researchers."
    assert WorkVersion.objects.count() == 6
    assert said(*asked) == ["Read 3 records: 3 unchanged. Nothing changed."]


def test_days_in_which_nothing_changed_are_a_success(said, upstream):
    assert said("--set", "cs", "--from", "2025-01-12") == ["There was nothing to read."]


def test_a_deleted_record_is_noted(said, upstream):
    said("--set", "cs")
    upstream.deleted["2401.00002"] = "2024-02-01"
    assert said("--set", "cs", "--from", "2024-02-01")[:2] == [
        "There was nothing to read.",
        "  1 noted: arXiv lists this record as deleted (e.g. arXiv)",
    ]
    assert Work.objects.count() == 5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "cs", "--from", "yesterday"), "“yesterday” is not a day since 1991-08-01; days are written like 2024-01-31."),
        (("--set", "cs", "--from", "2024-02-01", "--until", "2024-01-01"), "The first day (2024-02-01) is after the last (2024-01-01)."),
        (("--set", "all&x"), "“all&x” is not a set of arXiv; sets look like cs, math, physics:hep-th or cs:cs:LG."),
        (("--author", "Ada", "--from", "2024-01-01"), "Ask for one thing: a list of ids, an author, a query, or a set with dates."),
    ],
)
def test_questions_that_cannot_be_asked_are_sentences(said, upstream, words, sentence):
    with pytest.raises(CommandError) as caught:
        said(*words)
    assert str(caught.value) == sentence
    assert upstream.asked == []


def test_a_question_with_too_many_results_says_so_before_it_starts(said, upstream, monkeypatch):
    monkeypatch.setattr(arxiv_api, "PER_SLICE", 2)
    monkeypatch.setattr(arxiv_api, "MOST_RESULTS", 3)
    upstream.most_results = 3
    upstream.papers = {
        each["id"]: each
        for number in range(1, 6)
        if (each := paper(f"2401.{number:05}", versions=[{"version": "v1", "created": f"20{10 + number}-03-04T05:06:07Z"}]))
    }
    words = said("--author", "Ada Example")

    assert words[0] == (
        "The question has 5 results; arXiv gives at most 3 for one question. "
        "It is asked in windows of submission dates, so that all of them come."
    )
    assert Work.objects.count() == 5
