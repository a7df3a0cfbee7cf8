"""What becomes of proposals."""

import pytest

from bzpeer.accounts.domain import follow
from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim, ClaimDelegate
from bzpeer.curation.assertions import confirm_authorship
from bzpeer.curation.deciding import DecisionRefused, accept, answer, reject, undo
from bzpeer.curation.domain import propose, propose_merge, propose_split
from bzpeer.curation.models import Answer, Proposal, ProposalEvent  # type: ignore[attr-defined]  # made by pghistory
from bzpeer.curation.settling import settle_conflicts, settle_duplicates
from bzpeer.pipeline import derive_all_pending
from researchers.models import Institution, Researcher
from researchers.queries import researcher_by_openalex_id
from tests.bzpeer.curation.test_assertions import claimed
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory
from tests.works.drafting import arxiv_work, bylines, openalex_work
from tests.works.stored import everything
from tests.works.test_importing import imported
from works.drafts import AuthorDraft, InstitutionDraft, Merged
from works.models import Authorship, UpstreamConflict, Work

pytestmark = pytest.mark.django_db

TITLE = "On the computation of engines and looms"
PREPRINT = arxiv_work("2101.00001", "Ada Lovelace", "Charles Babbage", title=TITLE, publication_date="2021-01-01", publication_year=2021)
ARTICLE = openalex_work(
    7, title=TITLE, doi="10.1/engines", type="article", publication_date="2022-02-02", publication_year=2022,
    authorships=bylines(("Ada Lovelace", "A1"), ("Charles Babbage", "A2")),
)  # fmt: skip
LONGER = {"title": TITLE, "doi": "10.1/engines", "authorships": bylines("Ada Lovelace", "Charles Babbage", "Mary Somerville")}


@pytest.fixture
def moderator() -> User:
    return MemberFactory(is_staff=True)


def merge_of(one: Researcher, other: Researcher) -> Proposal:
    return propose_merge(one=one, other=other, grounds=[{"label": "Same name", "detail": "Ada Lovelace"}], score=0.9)


def test_a_certain_duplicate_is_merged_once_derived_and_can_be_undone_for_good(moderator):
    imported(PREPRINT, ARTICLE)
    before = everything()
    derive_all_pending()
    work = Work.objects.get()
    assert (work.arxiv_id, work.doi) == ("2101.00001", "10.1/engines")
    done = Proposal.objects.get()
    assert (done.state, done.decided_by, done.score) == ("accepted", None, 0.96)
    undo(done, by=moderator, note="The article is a shorter one.")
    assert everything() == before
    derive_all_pending()
    assert Work.objects.count() == 2
    done.refresh_from_db()
    assert (done.state, done.note) == ("rejected", "Undone: The article is a shorter one.")


def test_likely_duplicates_are_proposed_once_and_not_again_after_a_no(moderator):
    imported(PREPRINT, openalex_work(7, publication_year=2022, **LONGER))
    derive_all_pending()
    found = Proposal.objects.get()
    assert (found.kind, found.state, Work.objects.count()) == ("merge_works", "open", 2)
    reject(found, by=moderator, note="Another text.")
    imported(PREPRINT, openalex_work(7, publication_year=2022, volume="3", **LONGER))
    derive_all_pending()
    assert Proposal.objects.values_list("state", flat=True).get() == "rejected"
    assert settle_duplicates() == 0


def test_accepting_a_merge_moves_works_follows_and_the_claim_and_closes_what_became_void(moderator):
    imported(ARTICLE, openalex_work(8, authorships=bylines(("A. Lovelace", "A5"))))
    one, other = (Researcher.objects.get(openalex_id=key) for key in ("A1", "A5"))
    owner, fan = MemberFactory(), MemberFactory()
    claimed(other, owner)
    follow(user=fan, researcher=one)
    found = merge_of(one, other)
    void = propose(
        kind=Proposal.Kind.CONFLICT,
        fingerprint="x",
        grounds=[],
        researcher=one,
        other_researcher=other,
        payload={"conflict": "shared_orcid"},
    )
    accept(found, by=moderator)
    kept = Researcher.objects.get(pk=other.pk)
    assert not Researcher.objects.filter(pk=one.pk).exists()
    assert Authorship.objects.filter(researcher=kept).count() == 2
    assert list(fan.follows.values_list("researcher", flat=True)) == [kept.pk]
    assert researcher_by_openalex_id("A1") == kept
    assert Claim.objects.get(state="accepted").researcher == kept
    void.refresh_from_db()
    assert void.state == "superseded"
    assert [event.state for event in ProposalEvent.objects.filter(pgh_obj=found).order_by("pgh_id")][-1] == "accepted"


def test_two_owners_stop_a_merge_and_one_owner_of_both_does_not(moderator):
    one, other = ResearcherFactory(), ResearcherFactory()
    owner = MemberFactory()
    claimed(one, owner)
    claimed(other, MemberFactory())
    with pytest.raises(DecisionRefused, match="Two people"):
        accept(merge_of(one, other), by=moderator)
    assert Proposal.objects.get().state == "open"
    Claim.objects.filter(researcher=other).update(user=owner)
    accept(merge_of(one, other), by=moderator)
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["accepted", "withdrawn"]
    assert Researcher.objects.get().is_claimed


def test_nobody_decides_about_their_own_record_or_their_own_proposal(moderator):
    one, other = ResearcherFactory(), ResearcherFactory()
    claimed(one, moderator)
    with pytest.raises(DecisionRefused, match="your own record"):
        accept(merge_of(one, other), by=moderator)
    with pytest.raises(DecisionRefused, match="your own record"):
        reject(merge_of(one, other), by=moderator, note="no")
    proposer = MemberFactory(is_staff=True)
    mine = propose_merge(one=other, other=ResearcherFactory(), grounds=[], proposed_by=proposer)
    with pytest.raises(DecisionRefused, match="You proposed this"):
        accept(mine, by=proposer)


def test_a_decision_is_made_once_and_a_no_needs_a_reason(moderator):
    found = merge_of(ResearcherFactory(), ResearcherFactory())
    with pytest.raises(DecisionRefused, match="Say why"):
        reject(found, by=moderator, note=" ")
    reject(found, by=moderator, note="Two people.")
    with pytest.raises(DecisionRefused, match="already"):
        accept(found, by=moderator)


def test_a_split_gives_parts_their_own_records_that_imports_keep(moderator):
    works = [openalex_work(number, authorships=bylines(("Wei Wang", "A1"))) for number in range(1, 5)]
    imported(*works)
    record = Researcher.objects.get()
    owner = MemberFactory()
    claimed(record, owner)
    keys = list(Authorship.objects.order_by("work__openalex_id").values_list("pk", flat=True))
    found = propose_split(researcher=record, groups=[keys[:2], keys[2:]], grounds=[])
    assert propose_split(researcher=record, groups=[keys[:2], keys[2:]], grounds=[]).pk == found.pk
    accept(found, by=moderator, keep_group=1)
    assert [each.work.openalex_id for each in Authorship.objects.filter(researcher=record).order_by("pk")] == ["W3", "W4"]
    other = Researcher.objects.exclude(pk=record.pk).get()
    assert (other.assembled, other.display_name, other.is_claimed) == (True, "Wei Wang", False)
    imported(*(openalex_work(number, authorships=bylines(("W. Wang", "A1")), volume="2") for number in range(1, 5)))
    assert [each.work.openalex_id for each in Authorship.objects.filter(researcher=other).order_by("pk")] == ["W1", "W2"]
    with pytest.raises(DecisionRefused):
        accept(propose_split(researcher=record, groups=[keys[2:], keys[:2]], grounds=[]), by=moderator, keep_group=5)


def test_a_proposed_authorship_is_added(moderator):
    imported(ARTICLE)
    person = ResearcherFactory(openalex_id="A77")
    byline = Authorship.objects.get(position=1)
    found = propose(
        kind=Proposal.Kind.ADD_AUTHORSHIP,
        fingerprint="y",
        grounds=[],
        researcher=person,
        work=byline.work,
        payload={"authorship": byline.pk},
    )
    accept(found, by=moderator)
    imported(openalex_work(7, title=TITLE, doi="10.1/engines", volume="9", authorships=ARTICLE.authorships))
    byline.refresh_from_db()
    assert (byline.researcher, byline.resolved_by) == (person, "owner")


def test_a_claimed_record_that_upstream_merges_is_a_conflict_and_accepting_follows(moderator):
    imported(ARTICLE, openalex_work(8, authorships=bylines(("A. Lovelace", "A5"))))
    old = claimed(Researcher.objects.get(openalex_id="A1"), MemberFactory())
    imported(Merged(old_key="openalex:A1", new_key="openalex:A5"))
    assert settle_conflicts() == 1
    found = Proposal.objects.get()
    assert (found.kind, found.researcher, found.payload["conflict"]) == ("conflict", old, "claimed_absorbed")
    accept(found, by=moderator)
    old.refresh_from_db()
    assert (old.openalex_id, old.is_claimed, old.authorships.count()) == ("A5", True, 2)
    assert researcher_by_openalex_id("A1") == old
    imported(openalex_work(9, authorships=bylines(("Ada L.", "A5"))))
    assert old.authorships.count() == 3


def test_a_shared_orcid_and_a_shared_ror_are_conflicts(moderator):
    shared, ror = "0000-0002-1825-0097", "057zh3y96"
    imported(openalex_work(1, authorships=bylines(("Ada Lovelace", "A1"))), openalex_work(2, authorships=bylines(("A. Lovelace", "A2"))))
    imported(*(AuthorDraft(key=f"openalex:{key}", display_name=f"Ada {key}", orcid=shared) for key in ("A1", "A2")))
    imported(*(InstitutionDraft(key=f"openalex:{key}", display_name=key, ror=ror) for key in ("I1", "I2")))
    settle_conflicts()
    settle_conflicts()
    assert not UpstreamConflict.objects.exists()
    people, places = Proposal.objects.order_by("fingerprint")
    assert (people.payload["conflict"], places.payload["conflict"]) == ("shared_orcid", "shared_ror")
    accept(people, by=moderator)
    accept(places, by=moderator)
    assert Researcher.objects.count() == Institution.objects.count() == 1
    assert Proposal.objects.filter(state="accepted").count() == 2


def test_a_byline_the_source_dropped_is_a_conflict_and_accepting_lets_it_go(moderator):
    imported(ARTICLE)
    owner = MemberFactory()
    person = claimed(Researcher.objects.get(openalex_id="A1"), owner)
    confirm_authorship(by=owner, researcher=person, authorship=person.authorships.get())
    imported(openalex_work(7, title=TITLE, doi="10.1/engines", authorships=bylines(("Charles Babbage", "A2"))))
    derive_all_pending()
    found = Proposal.objects.get()
    assert found.payload["conflict"] == "missing_byline"
    accept(found, by=moderator)
    assert list(Authorship.objects.values_list("byline", flat=True)) == ["Charles Babbage"]


def test_whoever_edits_a_record_for_its_owner_neither_decides_on_it_nor_answers_for_it(moderator):
    one, other = ResearcherFactory(), ResearcherFactory()
    claimed(one, MemberFactory())
    claim = Claim.objects.get(researcher=one)
    lent = ClaimDelegate.objects.create(
        claim=claim, address=moderator.email, user=moderator, state="accepted", accepted_at="2026-01-01T00:00:00Z"
    )
    found = merge_of(one, other)
    with pytest.raises(DecisionRefused, match="your own record"):
        accept(found, by=moderator)
    with pytest.raises(DecisionRefused, match="Only the owner"):
        answer(found, by=moderator, agrees=True)
    lent.delete()
    accept(found, by=moderator)


def test_only_the_owner_answers_and_only_while_it_is_open(moderator):
    one, other = ResearcherFactory(), ResearcherFactory()
    owner = MemberFactory()
    claimed(one, owner)
    found = merge_of(one, other)
    with pytest.raises(DecisionRefused, match="Only the owner"):
        answer(found, by=MemberFactory(), agrees=True)
    answer(found, by=owner, agrees=False, note="Not me.")
    answer(found, by=owner, agrees=True)
    assert Answer.objects.values_list("agrees", flat=True).get() is True
    reject(found, by=moderator, note="no")
    with pytest.raises(DecisionRefused, match="already"):
        answer(found, by=owner, agrees=True)
