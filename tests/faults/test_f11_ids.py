"""F11: upstream ids merged, deleted, split or used again. The old id still leads somewhere, claims stay, people decide conflicts."""

import json
from typing import Any

import pytest
from django.utils import timezone

from bzpeer.accounts.models import Follow
from bzpeer.claims.models import Claim
from bzpeer.curation.models import Proposal
from bzpeer.pipeline import derive_all_pending
from researchers.models import Researcher, ResearcherRedirect
from tests.factories.members import MemberFactory
from tests.faults.dump import difference, lines
from works import runs, tasks
from works.models import Authorship, ImportRun, UpstreamRecord, Work, WorkRedirect

pytestmark = pytest.mark.django_db


def author(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"https://openalex.org/A{number}", "display_name": name, **fields}


def work(number: int, *authors: int, **fields: Any) -> dict[str, Any]:
    listed = [{"author": author(each, f"Person {each}"), "raw_author_name": f"P. {each}"} for each in authors]
    return {"id": f"https://openalex.org/W{number}", "title": f"Title {number}", "authorships": listed, **fields}


@pytest.fixture
def bring(tmp_path):
    """A function that imports records and then merges (old, new), and derives what follows."""
    numbers = iter(range(1, 100))

    def run(*records: dict[str, Any], merged: tuple[tuple[str, str], ...] = ()) -> ImportRun:
        files = []
        if records:
            files.append(tmp_path / f"{next(numbers)}.jsonl")
            files[-1].write_text("".join(json.dumps(each) + "\n" for each in records))
        if merged:
            files.append(tmp_path / f"{next(numbers)}.csv")
            files[-1].write_text("merge_date,id,merge_into_id\n" + "".join(f"2026-01-01,{old},{new}\n" for old, new in merged))
        made = runs.ask_for(provider="openalex", files=list(map(str, files)))
        tasks.run_import(made.pk)
        derive_all_pending()
        made.refresh_from_db()
        assert made.state == "finished"
        return made

    return run


def claimed(openalex_id: str) -> Claim:
    """Claim a record, as an accepted claim leaves it."""
    researcher = Researcher.objects.get(openalex_id=openalex_id)
    Researcher.objects.filter(pk=researcher.pk).update(is_claimed=True, verification_level=3)
    return Claim.objects.create(user=MemberFactory(), researcher=researcher, state=Claim.State.ACCEPTED, decided_at=timezone.now())


def test_merged_works_leave_a_redirect_and_everything_that_hung_on_them(bring):
    bring(work(1, 11), work(2, 12), work(3, 13, referenced_works=["https://openalex.org/W1"]))
    bring(merged=(("W1", "W2"),))
    kept = Work.objects.get(openalex_id="W2")
    assert not Work.objects.filter(openalex_id="W1").exists()
    assert WorkRedirect.objects.get(key="openalex:W1").work_id == kept.pk
    assert Work.objects.get(openalex_id="W3").references.get().cited_id == kept.pk
    kept.refresh_from_db()
    assert kept.cited_by_count == 1


def test_merges_may_come_before_after_or_with_the_records_and_twice(bring):
    records, merged = (work(1, 11), work(2, 12), work(3, 11, 12)), (("W1", "W2"), ("A11", "A12"))
    bring(*records, merged=merged)
    once = lines()
    bring(merged=merged)
    bring(merged=merged)
    assert difference(once, lines()) == ""
    assert ResearcherRedirect.objects.get(key="openalex:A11").researcher.openalex_id == "A12"
    assert Authorship.objects.filter(researcher__openalex_id="A12").count() == 3


def test_a_chain_of_merges_leads_to_its_end(bring):
    bring(work(1, 11), work(2, 12), work(3, 13), merged=(("A11", "A12"), ("A12", "A13"), ("W1", "W2"), ("W2", "W3")))
    assert {each.researcher.openalex_id for each in ResearcherRedirect.objects.filter(key__in=("openalex:A11", "openalex:A12"))} == {"A13"}
    assert {each.work.openalex_id for each in WorkRedirect.objects.filter(key__in=("openalex:W1", "openalex:W2"))} == {"W3"}


def test_followers_follow_and_a_claim_on_the_surviving_record_stays(bring):
    bring(work(1, 11), work(2, 12))
    claim, follower = claimed("A12"), MemberFactory()
    Follow.objects.create(user=follower, researcher=Researcher.objects.get(openalex_id="A11"))
    bring(merged=(("A11", "A12"),))
    claim.refresh_from_db()
    survivor = Researcher.objects.get(openalex_id="A12")
    assert (claim.state, claim.researcher_id, survivor.is_claimed) == (Claim.State.ACCEPTED, survivor.pk, True)
    assert Follow.objects.get(user=follower).researcher_id == survivor.pk


def test_a_claimed_record_that_upstream_merges_away_waits_for_a_moderator(bring):
    bring(work(1, 11), work(2, 12))
    claims = [claimed("A11"), claimed("A12")]
    for _ in range(3):
        bring(merged=(("A11", "A12"),))
    for claim in claims:
        claim.refresh_from_db()
        assert claim.state == Claim.State.ACCEPTED
    assert sorted(Researcher.objects.values_list("openalex_id", flat=True)) == ["A11", "A12"]
    assert Proposal.objects.filter(state=Proposal.State.OPEN).count() == 1


def test_a_record_split_upstream_parts_its_works_and_leaves_the_claim(bring):
    bring(work(1, 11), work(2, 11))
    claim = claimed("A11")
    bring(work(2, 14, updated_date="2030-01-01T00:00:00"), author(14, "Person 14"))
    claim.refresh_from_db()
    assert claim.state == Claim.State.ACCEPTED
    assert list(Authorship.objects.filter(researcher=claim.researcher).values_list("work__openalex_id", flat=True)) == ["W1"]
    assert Authorship.objects.get(work__openalex_id="W2").researcher.openalex_id == "A14"


def test_a_record_that_is_gone_upstream_stays_here(bring):
    bring(work(1, 11))
    claim = claimed("A11")
    UpstreamRecord.objects.filter(key__in=("openalex:A11", "openalex:W1")).update(gone_at=timezone.now())
    bring(work(2, 12))
    claim.refresh_from_db()
    assert (claim.state, Work.objects.get(openalex_id="W1").title) == (Claim.State.ACCEPTED, "Title 1")


def test_an_authors_id_used_again_undoes_no_merge(bring):
    bring(work(1, 11), work(2, 12), merged=(("A11", "A12"),))
    bring(author(11, "Somebody else", updated_date="2031-01-01"))
    assert ResearcherRedirect.objects.get(key="openalex:A11").researcher.openalex_id == "A12"
    assert Researcher.objects.get(openalex_id="A12").display_name == "Person 12"


def test_a_works_id_used_again_is_another_work_and_the_merged_one_keeps_what_it_had(bring):
    bring(work(1, 11), work(2, 12), merged=(("W1", "W2"),))
    kept = Work.objects.get(openalex_id="W2").pk
    own = WorkRedirect.objects.get(key__startswith="id:")
    bring(work(1, 15, title="Something else", updated_date="2031-01-01T00:00:00"))
    assert dict(Work.objects.values_list("openalex_id", "title")) == {"W1": "Something else", "W2": "Title 2"}
    assert Authorship.objects.get(work_id=kept).researcher.openalex_id == "A12"
    own.refresh_from_db()
    assert own.work_id == kept
