"""Lists people bring: what is recognised, what becomes of it, and taking it back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from bzpeer.bibliographies import domain
from bzpeer.bibliographies.domain import AddingRefused, bring, bring_from_orcid, read_on, settle_arrivals, take_in, undo
from bzpeer.bibliographies.models import Bibliography, Entry
from bzpeer.bibliographies.tasks import sweep_bibliographies
from bzpeer.claims.models import Claim
from bzpeer.curation.models import Assertion, Proposal
from tests.factories.members import MemberFactory
from tests.factories.records import AuthorshipFactory, ResearcherFactory, WorkFactory
from tests.orcid_upstream import JOSIAH, MERGED, OrcidUpstream, external_id, group, running, summary, works
from works.citations import UnreadableList
from works.models import Authorship, ImportRun

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "ring", lambda run: None)


@pytest.fixture
def person():
    return ResearcherFactory(display_name="Liu Ziyin", orcid=JOSIAH)


@pytest.fixture
def owner(person):
    found = MemberFactory()
    Claim.objects.create(user=found, researcher=person, state="accepted", decided_at=timezone.now(), reason="x")
    return found


def work(title: str, *bylines: str, **values):
    """A work whose bylines are nobody's record."""
    found = WorkFactory(title=title, publication_year=2021, **values)
    for position, byline in enumerate(bylines, 1):
        AuthorshipFactory(work=found, position=position, researcher=None, byline=byline)
    return found


NOISE, CATS, TWIN = (
    "Strength of minibatch noise in stochastic gradient descent",
    "Cats as quantum field theories",
    "A tale of two identical papers",
)


@pytest.fixture
def corpus(person):
    mine = WorkFactory(title="Already mine and well known to all", doi="10.1000/mine", authors=[person])
    return {
        "mine": mine,
        "noise": work(NOISE, "Liu Ziyin", "Kangqiao Liu", doi="10.1000/noise"),
        "cats": work(CATS, "A. Cat", "B. Dog"),
        "twins": [work(TWIN, "Liu Ziyin"), work(TWIN, "Liu Ziyin")],
    }


LIST = f"""
@article{{one, doi = {{10.1000/mine}}, title = {{Already mine and well known to all}}}}
@article{{two, title = {{{NOISE}}}, author = {{Ziyin, L. and Liu, K.}}, year = 2021}}
@article{{three, title = {{{CATS}}}, author = {{Cat, A.}}, year = 2021}}
@article{{four, title = {{{TWIN}}}, author = {{Ziyin, Liu}}, year = 2021}}
@article{{five, title = {{Unheard of before}}, doi = {{10.1000/new}}}}
@article{{six, title = {{Nowhere to be found at all}}}}
@article{{seven, doi = {{10.1000/NOISE}}}}
@article{{eight, title = {{never closed,
"""


@pytest.fixture
def listed(person, owner, corpus) -> Bibliography:
    return bring(by=owner, researcher=person, content=LIST.encode(), name="my works.bib")


def entry(listed: Bibliography, number: int) -> Entry:
    return Entry.objects.get(bibliography=listed, number=number)


def test_a_list_is_kept_and_each_entry_told_apart(listed: Bibliography, corpus) -> None:
    rows = list(Entry.objects.filter(bibliography=listed).order_by("number").values_list("number", "line", "finding"))

    assert (listed.kind, listed.name, listed.state, listed.size) == ("bibtex", "my works.bib", "ready", len(LIST.encode()))
    assert rows == [
        (1, 2, "yours"), (2, 3, "matched"), (3, 4, "nameless"), (4, 5, "several"), (5, 6, "fetchable"), (6, 7, "unknown"),
        (7, 8, "repeated"), (8, 9, "unreadable"),
    ]  # fmt: skip
    assert entry(listed, 2).candidates[0]["work"] == corpus["noise"].pk
    assert [ground["label"] for ground in entry(listed, 2).candidates[0]["grounds"]] == ["same title", "same authors", "same year"]
    assert [each["work"] for each in entry(listed, 4).candidates] == [each.pk for each in corpus["twins"]]


def test_the_same_content_again_is_the_same_list(listed: Bibliography, person, owner) -> None:
    assert bring(by=owner, researcher=person, content=LIST.encode(), name="again.bib") == listed
    assert Entry.objects.count() == 8


def test_a_match_beyond_doubt_goes_on_the_record_and_can_be_taken_back(listed: Bibliography, person, owner, corpus) -> None:
    outcome = take_in(by=owner, bibliography=listed, chosen={entry(listed, 2).pk: corpus["noise"].pk})
    byline = Authorship.objects.get(work=corpus["noise"], position=1)

    assert (outcome.confirmed, outcome.proposed, outcome.asked) == (1, 0, 0)
    assert (byline.researcher, byline.resolved_by) == (person, "owner")
    assert entry(listed, 2).state == "confirmed"
    assert Assertion.objects.get().note == "BibTeX file my works.bib, entry 2"

    undo(by=owner, entry=entry(listed, 2))
    byline.refresh_from_db()
    assert byline.researcher_id != person.pk
    assert (entry(listed, 2).state, entry(listed, 2).finding) == ("open", "matched")


def test_an_uncertain_one_is_only_proposed_and_the_proposal_can_be_taken_back(listed: Bibliography, person, owner, corpus) -> None:
    twin = corpus["twins"][1]
    outcome = take_in(by=owner, bibliography=listed, chosen={entry(listed, 4).pk: twin.pk})
    proposal = Proposal.objects.get()

    assert outcome.proposed == 1
    assert (proposal.kind, proposal.researcher, proposal.work, proposal.proposed_by) == ("add_authorship", person, twin, owner)
    assert proposal.payload == {"authorship": Authorship.objects.get(work=twin).pk, "position": 1}
    assert {"label": "the byline in question", "detail": "Liu Ziyin"} in proposal.grounds
    assert not Authorship.objects.filter(work=twin, researcher=person).exists()

    undo(by=owner, entry=entry(listed, 4))
    assert not Proposal.objects.exists()
    take_in(by=owner, bibliography=listed, chosen={entry(listed, 4).pk: twin.pk})
    Proposal.objects.update(state="rejected", decided_at=timezone.now())
    with pytest.raises(AddingRefused, match="decided already"):
        undo(by=owner, entry=entry(listed, 4))


def test_a_work_without_ones_name_asks_which_name_and_is_proposed(listed: Bibliography, owner, corpus) -> None:
    third = entry(listed, 3)
    assert take_in(by=owner, bibliography=listed, chosen={third.pk: corpus["cats"].pk}).refused == 1
    assert entry(listed, 3).reason == "Say which of its authors you are."

    assert take_in(by=owner, bibliography=listed, chosen={third.pk: corpus["cats"].pk}, positions={third.pk: 2}).proposed == 1
    assert Proposal.objects.get().payload["position"] == 2


def test_a_work_that_changed_since_is_looked_at_once_more(listed: Bibliography, owner, corpus) -> None:
    Authorship.objects.filter(work=corpus["noise"], position=1).update(byline="Somebody Else")
    second = entry(listed, 2)
    assert take_in(by=owner, bibliography=listed, chosen={second.pk: corpus["noise"].pk}).refused == 1
    assert not Assertion.objects.exists()
    assert (entry(listed, 2).finding, entry(listed, 2).state) == ("nameless", "open")
    assert entry(listed, 2).reason == "The work has changed since this list was looked up. Look at it once more."


def test_a_byline_on_somebody_elses_claimed_record_is_proposed(person, owner, corpus) -> None:
    other = ResearcherFactory(display_name="Liu Ziyin", is_claimed=True, verification_level=2)
    Authorship.objects.filter(work=corpus["noise"], position=1).update(researcher=other)
    listed = bring(by=owner, researcher=person, content=b"10.1000/noise")

    outcome = take_in(by=owner, bibliography=listed, chosen={entry(listed, 1).pk: corpus["noise"].pk})

    assert (outcome.confirmed, outcome.proposed) == (0, 1)
    assert "claimed" in entry(listed, 1).reason
    assert Authorship.objects.get(work=corpus["noise"], position=1).researcher == other


def test_a_work_that_was_not_offered_is_never_added(listed: Bibliography, owner, corpus) -> None:
    outcome = take_in(by=owner, bibliography=listed, chosen={entry(listed, 2).pk: corpus["cats"].pk, entry(listed, 6).pk: None})
    assert (outcome.confirmed, outcome.proposed, outcome.asked) == (0, 0, 0)
    assert not Assertion.objects.exists()
    assert not ImportRun.objects.exists()


def test_what_is_not_here_is_asked_for_and_looked_up_when_it_has_come(listed: Bibliography, owner) -> None:
    fifth = entry(listed, 5)
    assert take_in(by=owner, bibliography=listed, chosen={fifth.pk: None}).asked == 1
    run = ImportRun.objects.get()
    assert (run.provider, run.parameters, entry(listed, 5).state) == ("openalex", {"dois": ["10.1000/new"]}, "asked")
    assert settle_arrivals() == 0
    with pytest.raises(AddingRefused, match="being fetched"):
        undo(by=owner, entry=entry(listed, 5))

    work("Unheard of before", "Liu Ziyin", doi="10.1000/new")
    ImportRun.objects.update(state="finished")
    assert settle_arrivals() == 1
    assert (entry(listed, 5).state, entry(listed, 5).finding) == ("open", "matched")


def test_what_upstream_does_not_have_is_said_so(person, owner) -> None:
    listed = bring(by=owner, researcher=person, content=b"2006.13719")
    take_in(by=owner, bibliography=listed, chosen={entry(listed, 1).pk: None})
    assert ImportRun.objects.get().parameters == {"ids": ["2006.13719"]}
    ImportRun.objects.update(state="finished")
    settle_arrivals()
    assert (entry(listed, 1).finding, entry(listed, 1).reason) == ("absent", "arXiv has no work 2006.13719. Check the id.")


def test_a_long_list_waits_for_a_worker_and_is_read_once(person, owner, corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "AT_ONCE", 2)
    listed = bring(by=owner, researcher=person, content=b"10.1000/noise\n10.1000/b\n10.1000/c")
    assert (listed.state, entry(listed, 1).finding) == ("waiting", "unseen")

    Bibliography.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert not read_on(listed.pk)
    Bibliography.objects.update(lease_until=None)
    assert read_on(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, entry(listed, 1).finding, entry(listed, 2).finding) == ("ready", "matched", "fetchable")
    assert not read_on(listed.pk)


def test_a_list_that_stops_its_workers_is_given_up(person, owner) -> None:
    listed = Bibliography.objects.create(user=owner, researcher=person, kind="ids", attempts=3)
    assert not read_on(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.note) == ("failed", "Reading it stopped several times without a word. Tell whoever runs this portal.")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"# only a comment"])
def test_what_holds_no_list_is_refused_and_not_kept(person, owner, content: bytes) -> None:
    with pytest.raises(UnreadableList):
        bring(by=owner, researcher=person, content=content)
    assert not Bibliography.objects.exists()


# --- ORCID ------------------------------------------------------------------------------------------


@pytest.fixture
def upstream(settings) -> Iterator[OrcidUpstream]:
    record = works(
        group(summary(1, NOISE, year="2021")), group(summary(2, "New", external_id("doi", "10.1000/new"))), group(summary(3, ""))
    )
    with running({JOSIAH: record}) as found:
        settings.ORCID_API_URL = found.base_url
        yield found


def test_an_orcid_record_is_fetched_by_a_worker(upstream: OrcidUpstream, person, owner, corpus) -> None:
    listed = bring_from_orcid(by=owner, researcher=person)
    assert bring_from_orcid(by=owner, researcher=person) == listed
    assert upstream.asked == []

    assert read_on(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.name) == ("ready", JOSIAH)
    assert list(listed.entries.order_by("number").values_list("finding", flat=True)) == ["matched", "fetchable", "unreadable"]


def test_a_closed_orcid_record_is_told(upstream: OrcidUpstream, person, owner) -> None:
    upstream.deactivated.add(JOSIAH)
    listed = bring_from_orcid(by=owner, researcher=person)
    read_on(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.note) == (
        "failed",
        f"The ORCID record {JOSIAH} was deactivated by its owner; nothing on it is public.",
    )


def test_a_busy_orcid_is_asked_again_later_and_given_up_in_the_end(
    upstream: OrcidUpstream, person, owner, corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("works.sources.http._delay", lambda attempt, asked: 0.0)
    upstream.faults = [(500, b"")] * 5
    listed = bring_from_orcid(by=owner, researcher=person)
    read_on(listed.pk)
    listed.refresh_from_db()
    assert listed.state == "waiting"
    assert listed.note.startswith("ORCID has a problem of its own (500).")
    assert not read_on(listed.pk)

    Bibliography.objects.update(lease_until=None)
    assert read_on(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.note) == ("ready", "")

    upstream.faults = [(500, b"")] * 5
    last = Bibliography.objects.create(user=owner, researcher=person, kind="orcid", name=JOSIAH, attempts=2)
    read_on(last.pk)
    last.refresh_from_db()
    assert last.state == "failed"


def test_a_merged_orcid_record_is_followed_and_told(upstream: OrcidUpstream, person, owner) -> None:
    person.orcid = MERGED
    person.save()
    upstream.moved[MERGED] = JOSIAH
    listed = bring_from_orcid(by=owner, researcher=person)
    read_on(listed.pk)
    listed.refresh_from_db()
    assert listed.note == f"ORCID says that {MERGED} was merged into {JOSIAH}."


def test_a_record_without_an_id_cannot_be_asked_for(owner) -> None:
    with pytest.raises(AddingRefused, match="has no ORCID iD"):
        bring_from_orcid(by=owner, researcher=ResearcherFactory(orcid=None))


def test_the_sweeper_reads_what_a_lost_message_left(person, owner, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr("bzpeer.bibliographies.tasks.read_bibliography.delay", rung.append)
    listed = bring_from_orcid(by=owner, researcher=person)
    Bibliography.objects.create(user=owner, researcher=person, kind="orcid", lease_until=timezone.now() + timedelta(minutes=1))
    assert sweep_bibliographies() == 1
    assert rung == [listed.pk]
