"""F11: upstream ids merged, deleted, split or used again. The old id still leads somewhere, claims stay, people decide conflicts."""

import json
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from bzpeer.accounts.models import Follow, Notification
from bzpeer.claims.models import Claim
from bzpeer.curation.deciding import accept, answer
from bzpeer.curation.models import Proposal
from bzpeer.pipeline import derive_all_pending
from researchers.models import Institution, Researcher, ResearcherRedirect
from tests.factories.members import MemberFactory
from tests.faults.dump import difference, lines
from works import runs, tasks
from works.models import Authorship, ImportRun, UpstreamMerge, UpstreamRecord, Work, WorkRedirect

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


def asked() -> list[tuple[str, str]]:
    """Return what is asked of moderators: kind and what the conflict is about."""
    rows = Proposal.objects.filter(state=Proposal.State.OPEN).order_by("pk").values_list("kind", "payload__conflict")
    return [(str(kind), str(conflict)) for kind, conflict in rows]


def test_an_authors_id_used_again_for_the_same_person_undoes_no_merge(bring):
    bring(work(1, 11), work(2, 12), merged=(("A11", "A12"),))
    bring(author(11, "P. Person 12", updated_date="2031-01-01"))
    assert ResearcherRedirect.objects.get(key="openalex:A11").researcher.openalex_id == "A12"
    assert (Researcher.objects.get(openalex_id="A12").display_name, asked()) == ("Person 12", [])


def test_an_authors_id_used_again_for_somebody_else_is_a_record_of_its_own_and_a_question(bring):
    bring(work(1, 11), work(2, 12), merged=(("A11", "A12"),))
    survivor = Researcher.objects.get(openalex_id="A12")
    old = ResearcherRedirect.objects.get(key__startswith="id:")
    for _ in range(2):
        run = bring(author(11, "Wilhelmina Otherwise", updated_date="2031-01-01"))
    other = Researcher.objects.get(openalex_id="A11")
    old.refresh_from_db()
    assert (other.display_name, old.researcher_id) == ("Wilhelmina Otherwise", survivor.pk)
    assert Authorship.objects.filter(researcher=survivor).count() == 2
    assert not run.problems.exists()
    assert asked() == [("conflict", "reused_author")]
    proposal = Proposal.objects.get()
    assert (proposal.researcher_id, proposal.other_researcher_id) == (other.pk, survivor.pk)


def test_an_older_record_of_a_merged_author_undoes_no_merge(bring):
    bring(work(1, 11), work(2, 12), merged=(("A11", "A12"),))
    bring(author(11, "Wilhelmina Otherwise", updated_date="2025-12-31"))
    assert not Researcher.objects.filter(openalex_id="A11").exists()
    assert asked() == []


def test_an_institutions_id_used_again_is_an_institution_of_its_own_and_a_question(bring):
    def institution(number: int, name: str, **fields: Any) -> dict[str, Any]:
        return {"id": f"https://openalex.org/I{number}", "display_name": name, **fields}

    bring(institution(1, "Old College"), institution(2, "New University"), merged=(("I1", "I2"),))
    bring(institution(1, "New University", updated_date="2031-01-01"))
    assert list(Institution.objects.values_list("openalex_id", flat=True)) == ["I2"]
    bring(institution(1, "Observatory", updated_date="2031-01-02"))
    assert dict(Institution.objects.values_list("openalex_id", "display_name")) == {"I1": "Observatory", "I2": "New University"}
    assert asked() == [("conflict", "reused_institution")]


def test_a_works_id_used_again_is_another_work_and_the_merged_one_keeps_what_it_had(bring):
    bring(work(1, 11), work(2, 12), work(3, 13, referenced_works=["https://openalex.org/W1"]), merged=(("W1", "W2"),))
    kept = Work.objects.get(openalex_id="W2").pk
    own = WorkRedirect.objects.get(key__startswith="id:")
    again = work(1, 15, title="Something else", updated_date="2031-01-01T00:00:00")
    run = bring(again)
    assert dict(Work.objects.exclude(openalex_id="W3").values_list("openalex_id", "title")) == {"W1": "Something else", "W2": "Title 2"}
    assert Authorship.objects.get(work_id=kept).researcher.openalex_id == "A12"
    own.refresh_from_db()
    assert (own.work_id, Work.objects.get(openalex_id="W3").references.get().cited_id) == (kept, kept)
    assert "used again" in run.problems.get(is_quarantined=False).reason
    proposal = Proposal.objects.get()
    assert (proposal.work.openalex_id, proposal.other_work_id, asked()) == ("W1", kept, [("conflict", "reused_work")])


def test_the_page_of_a_reused_id_says_where_it_led_once(bring, client):
    bring(work(1, 11), work(2, 12), merged=(("W1", "W2"),))
    own = WorkRedirect.objects.get(key__startswith="id:").key.removeprefix("id:")
    bring(work(1, 15, title="Something else", updated_date="2031-01-01T00:00:00"))
    kept = Work.objects.get(openalex_id="W2")
    page = client.get("/works/openalex:W1", follow=True).text
    assert "The id W1 once led to" in page
    assert f'href="/works/{kept.pk}/title-2/"' in page
    assert "once led to" not in client.get("/works/openalex:W2", follow=True).text
    assert client.get(f"/works/{own}/", follow=True).redirect_chain[-1][0] == f"/works/{kept.pk}/title-2/"


def test_a_works_id_used_again_stays_another_work_when_the_old_merge_is_read_again(bring):
    bring(work(1, 11), work(2, 12), merged=(("W1", "W2"),))
    again = work(1, 15, title="Something else", updated_date="2031-01-01T00:00:00")
    bring(again)
    once = lines()
    bring(again, merged=(("W1", "W2"),))
    assert difference(once, lines()) == ""
    assert len(asked()) == 1


def test_the_same_paper_under_its_merged_id_joins_the_survivor(bring):
    bring(work(1, 11), work(2, 12), merged=(("W1", "W2"),))
    bring(work(1, 12, title="Title 2", updated_date="2031-01-01T00:00:00"))
    kept = Work.objects.get()
    assert (kept.openalex_id, WorkRedirect.objects.get(key="openalex:W1").work_id, asked()) == ("W2", kept.pk, [])


def test_a_moderator_may_say_that_a_reused_id_means_the_same_work(bring):
    bring(work(1, 11), work(2, 12), merged=(("W1", "W2"),))
    bring(work(1, 15, title="Something else", updated_date="2031-01-01T00:00:00"))
    accept(Proposal.objects.get(), by=MemberFactory(is_staff=True))
    assert Work.objects.count() == 1


# --- in any order -----------------------------------------------------------------------------------

OLD = work(1, 11, doi="https://doi.org/10.1000/old", updated_date="2025-01-01T00:00:00", referenced_works=["https://openalex.org/W7"])
NEW = work(2, 12, doi="https://doi.org/10.1000/new", updated_date="2026-06-01T00:00:00")
CITING = work(3, 13, referenced_works=["https://openalex.org/W1", "https://openalex.org/W7"])
STEPS = {"old": ((OLD,), ()), "new": ((NEW,), ()), "merge": ((), (("W1", "W2"), ("A11", "A12"))), "citing": ((CITING,), ())}
ORDERS = list(permutations(STEPS))


@pytest.fixture(scope="module")
def in_one_order() -> dict[str, list[str]]:
    return {}


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_merge_records_and_citations_come_to_the_same_in_any_order(bring, in_one_order, order):
    for step in order:
        records, merged = STEPS[step]
        bring(*records, merged=merged)
    kept = Work.objects.get(openalex_id="W2")
    assert sorted(Work.objects.values_list("openalex_id", flat=True)) == ["W2", "W3"]
    assert set(WorkRedirect.objects.exclude(key__startswith="id:").values_list("key", "work_id")) == {
        ("openalex:W1", kept.pk),
        ("doi:10.1000/old", kept.pk),
    }
    assert Work.objects.get(openalex_id="W3").references.get(raw_key="openalex:W1").cited_id == kept.pk
    assert ResearcherRedirect.objects.get(key="openalex:A11").researcher.openalex_id == "A12"
    found = lines()
    assert difference(in_one_order.setdefault("first", found), found) == ""
    for step in order:
        records, merged = STEPS[step]
        bring(*records, merged=merged)
    assert difference(found, lines()) == ""


def test_merged_ids_of_a_record_that_comes_in_another_run_lead_to_it(bring):
    run = bring(merged=(("W1", "W2"), ("A11", "A12"), ("I1", "I2"), ("W2", "W9")))
    assert run.counts["unchanged"] == 4
    bring(work(9, 12))
    assert WorkRedirect.objects.get(key="openalex:W2").work.openalex_id == "W9"
    assert {each.old_key: bool(each.settled_at) for each in UpstreamMerge.objects.all()} == {
        "openalex:W1": False,  # its survivor has no record of its own
        "openalex:A11": True,
        "openalex:I1": False,
        "openalex:W2": True,
    }
    assert WorkRedirect.objects.get(key="openalex:W1").work.openalex_id == "W9"


# --- works taken from a claimed record --------------------------------------------------------------


def moved(number: int, *authors: int, to: int) -> dict[str, Any]:
    """A newer record of a work whose byline of `authors[0]` upstream gives to another author id."""
    record = work(number, *authors, updated_date="2030-01-01T00:00:00")
    record["authorships"][0]["author"] = author(to, f"Person {authors[0]}")
    return record


def test_works_that_upstream_takes_from_a_claimed_record_are_asked_about_once_for_a_pair(bring):
    bring(work(1, 11), work(2, 11), work(3, 11), work(4, 12))
    claim = claimed("A11")
    bring(moved(2, 11, to=14))
    bring(moved(3, 11, to=14))
    proposal = Proposal.objects.get()
    works = sorted(Work.objects.filter(openalex_id__in=("W2", "W3")).values_list("pk", flat=True))
    assert (proposal.researcher_id, proposal.other_researcher.openalex_id) == (claim.researcher_id, "A14")
    assert proposal.payload == {"conflict": "moved_away", "works": works}
    assert "2 works to another record: Title 2; Title 3." in proposal.grounds[0]["detail"]
    told = Notification.objects.get(user=claim.user)
    assert (told.kind, told.url) == ("proposal", f"/researchers/{claim.researcher_id}/-/proposals/")


def test_an_owner_who_says_mine_has_the_works_back_and_keeps_them(bring):
    bring(work(1, 11), work(2, 11))
    claim = claimed("A11")
    bring(moved(2, 11, to=14))
    answer(Proposal.objects.get(), by=claim.user, agrees=True)
    assert Proposal.objects.get().state == Proposal.State.ACCEPTED
    record = moved(2, 11, to=14)
    bring(record | {"updated_date": "2031-01-01T00:00:00", "title": "Title 2, revised"})
    held = Authorship.objects.get(work__openalex_id="W2")
    assert (held.researcher_id, held.resolved_by, held.work.title) == (claim.researcher_id, "owner", "Title 2, revised")
    assert Proposal.objects.count() == 1


def test_an_owner_who_says_not_mine_lets_them_go_and_is_not_asked_again(bring):
    bring(work(1, 11), work(2, 11), work(3, 11))
    claim = claimed("A11")
    bring(moved(2, 11, to=14))
    answer(Proposal.objects.get(), by=claim.user, agrees=False)
    bring(moved(3, 11, to=14))
    assert (Proposal.objects.get().state, Authorship.objects.filter(researcher=claim.researcher).count()) == (Proposal.State.REJECTED, 1)


def test_works_that_leave_a_record_nobody_claimed_are_not_asked_about(bring):
    bring(work(1, 11), work(2, 11))
    bring(moved(2, 11, to=14))
    assert not Proposal.objects.exists()


def test_a_moderator_may_give_moved_works_back(bring):
    bring(work(1, 11), work(2, 11))
    claim = claimed("A11")
    bring(moved(2, 11, to=14))
    accept(Proposal.objects.get(), by=MemberFactory(is_staff=True))
    assert Authorship.objects.filter(researcher=claim.researcher).count() == 2
