"""What is found about who is who becomes proposals, each once; nothing else changes."""

from dataclasses import asdict

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError

from bzpeer.curation import identity
from bzpeer.curation.models import Proposal
from researchers.models import Researcher
from tests.factories.records import ResearcherFactory
from works.identifying import Findings, ProposedMerge, ProposedSplit, Reason

pytestmark = pytest.mark.django_db

GROUNDS = (Reason(label="Shared co-authors", detail="ada lovelace"),)


@pytest.fixture
def people(monkeypatch) -> list[Researcher]:
    """Three records of one name; whatever is looked at, two of them seem one person and the third seems two."""
    made = ResearcherFactory.create_batch(3, display_name="Zebulon Quirk", works_count=9)

    def found(block, *, corpus):
        return Findings(
            blocks=1,
            bylines=9,
            merges=[ProposedMerge(keep=made[0].pk, absorb=made[1].pk, score=0.97, grounds=GROUNDS)],
            splits=[ProposedSplit(record=made[2].pk, groups=((4, 5, 6), (7, 8, 9)), score=0.93, grounds=GROUNDS)],
        )

    monkeypatch.setattr(identity, "found_in", found)
    return made


def rows() -> list[tuple[object, ...]]:
    return list(Proposal.objects.order_by("kind").values_list("kind", "state", "researcher_id", "other_researcher_id", "score"))


def test_findings_become_proposals_once(people):
    expected = [
        ("merge_researchers", "open", people[0].pk, people[1].pk, 0.97),
        ("split_researcher", "open", people[2].pk, None, 0.93),
    ]

    assert (identity.propose_about(people[0]).new, rows()) == (2, expected)
    assert (identity.propose_about(people[1]).new, rows()) == (0, expected)
    assert Proposal.objects.get(kind="split_researcher").payload == {"groups": [[4, 5, 6], [7, 8, 9]]}
    assert Proposal.objects.get(kind="merge_researchers").grounds == [asdict(GROUNDS[0])]
    assert Researcher.objects.count() == 3


def test_what_was_rejected_does_not_come_back(people):
    identity.propose_about(people[0])
    Proposal.objects.update(state="rejected", decided_at="2026-01-01T00:00:00Z")

    assert identity.propose_about(people[0]).new == 0
    assert {state for _, state, *_ in rows()} == {"rejected"}


def test_a_dry_run_writes_nothing(people):
    stretch = identity.propose_about(people[0], dry_run=True)

    assert (len(stretch.findings.merges), stretch.new, rows()) == (1, 0, [])


def test_a_record_that_went_meanwhile_is_passed_over(people):
    Researcher.objects.filter(pk=people[1].pk).delete()

    assert [kind for kind, *_ in rows()] == []
    assert identity.propose_about(people[0]).new == 1
    assert [kind for kind, *_ in rows()] == ["split_researcher"]


def test_a_stretch_ends_at_its_limit_and_goes_on_from_there(people):
    other = ResearcherFactory(display_name="Yolanda Zest", works_count=9)

    first = identity.propose_onwards(limit=1)
    second = identity.propose_onwards(after=first.after or 0)

    assert (first.after, first.findings.blocks) == (people[0].pk, 1)
    assert (second.after, second.findings.blocks, other.pk > people[0].pk) == (None, 1, True)


def test_a_night_goes_on_where_the_last_one_ended(people, monkeypatch):
    ResearcherFactory(display_name="Yolanda Zest", works_count=9)
    asked: list[float] = []
    cache.delete(identity.CURSOR_KEY)
    monkeypatch.setattr(identity, "STEP_SECONDS", 0)
    monkeypatch.setattr(identity.look_for_proposals, "delay", asked.append)

    assert (identity.look_for_proposals(seconds=10), asked, cache.get(identity.CURSOR_KEY)) == (2, [10], people[0].pk)
    identity.look_for_proposals(seconds=0)
    identity.look_for_proposals(seconds=10)
    assert (asked, cache.get(identity.CURSOR_KEY)) == ([10], 0)


def test_the_command_shows_or_proposes_and_says_how_to_go_on(people, capsys):
    call_command("propose", "--name", "Zebulon Quirk", "--dry-run")
    shown = capsys.readouterr().out
    assert f"0.97  one person: Zebulon Quirk ({people[0].pk}) and Zebulon Quirk ({people[1].pk})" in shown
    assert "      Shared co-authors: ada lovelace" in shown
    assert "1 name with 9 bylines looked at: 1 merge and 1 split found, nothing written." in shown
    assert rows() == []

    call_command("propose", "--all", "--limit", "1")
    assert capsys.readouterr().out.splitlines() == [
        "1 name with 9 bylines looked at: 1 merge and 1 split found, 2 proposed anew.",
        f"Go on with: bzpeer propose --all --after {people[0].pk}",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--researcher", "99999"), "There is no researcher 99999."),
        (("--name", "Nobody Known"), "No record goes by a name like “Nobody Known”; a full name is needed."),
        (("--all", "--limit", "0"), "--limit needs a number of at least 1."),
    ],
)
def test_what_cannot_be_looked_at_is_a_sentence(words, sentence):
    with pytest.raises(CommandError, match=sentence.replace("?", ".")):
        call_command("propose", *words)
