"""What people say, what records hold then, and what they hold once it is taken back."""

import msgspec
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bzpeer.accounts.models import User
from bzpeer.claims.models import Claim
from bzpeer.curation.assertions import (
    AssertionRefused,
    add_name,
    confirm_authorship,
    correct_affiliation,
    correct_researcher,
    correct_work,
    deny_affiliation,
    deny_authorship,
    withdraw,
    withdraw_authorships,
)
from bzpeer.curation.models import Assertion, AssertionEvent  # type: ignore[attr-defined]  # made by pghistory
from bzpeer.pipeline import derive_all_pending
from researchers.domain import mark_verified
from researchers.models import Affiliation, NameForm, Researcher, VerificationLevel
from researchers.queries import researchers_named
from tests.factories.members import MemberFactory
from tests.works.drafting import TOKYO, arxiv_work, bylines, openalex_work
from tests.works.test_importing import imported
from works.drafts import AffiliationDraft, AuthorDraft, Merged
from works.models import Authorship, AuthorshipRuling, RecordChange, Work

pytestmark = pytest.mark.django_db

PAPER = openalex_work(
    1, title="On engines", doi="10.1/engines", type="article", publication_date="2020-01-01", publication_year=2020,
    authorships=bylines(("Ada Lovelace", "A1"), ("Charles Babbage", "A2")),
)  # fmt: skip
ADA = AuthorDraft(
    key="openalex:A1",
    display_name="Ada Lovelace",
    affiliations=(AffiliationDraft(institution=TOKYO, years=(2019, 2020), is_last_known=True),),
)


def respelled(*names, **more):
    return msgspec.structs.replace(PAPER, authorships=bylines(*names), **more)


@pytest.fixture
def owner() -> User:
    return MemberFactory()


@pytest.fixture
def ada(owner: User) -> Researcher:
    imported(PAPER, ADA)
    return claimed(Researcher.objects.get(openalex_id="A1"), owner)


def claimed(record: Researcher, owner: User) -> Researcher:
    Claim.objects.create(user=owner, researcher=record, state="accepted", decided_at="2026-01-01T00:00:00Z", reason="x")
    mark_verified(record, level=VerificationLevel.CLAIMED, is_claimed=True)
    return record


def byline(position: int = 1) -> Authorship:
    return Authorship.objects.select_related("researcher").get(work__openalex_id="W1", position=position)


def holders() -> list[str]:
    return [str(each.researcher) for each in Authorship.objects.filter(work__openalex_id="W1").order_by("position")]


def test_a_corrected_name_holds_is_found_and_gives_way_to_what_the_source_says_by_then(ada, owner):
    said = correct_researcher(by=owner, researcher=ada, field="display_name", value="Augusta Ada King", note="my married name")
    ada.refresh_from_db()
    assert (ada.display_name, ada.asserted["display_name"]["by"]) == ("Augusta Ada King", owner.pk)
    imported(msgspec.structs.replace(ADA, display_name="A. A. Lovelace"))
    ada.refresh_from_db()
    assert ada.display_name == "Augusta Ada King"
    assert list(researchers_named("augusta king")) == [ada]
    withdraw(by=owner, assertion=said)
    ada.refresh_from_db()
    assert (ada.display_name, ada.asserted) == ("A. A. Lovelace", {})
    assert list(researchers_named("augusta king")) == []
    assert RecordChange.objects.filter(kind="researcher", record_id=ada.pk).exists()


def test_a_second_correction_closes_the_first_and_both_lead_back_to_the_source(ada, owner):
    correct_researcher(by=owner, researcher=ada, field="display_name", value="One")
    second = correct_researcher(by=owner, researcher=ada, field="display_name", value="Two")
    assert Assertion.objects.filter(withdrawn_at__isnull=True).get() == second
    withdraw(by=owner, assertion=second)
    ada.refresh_from_db()
    assert ada.display_name == "Ada Lovelace"


@pytest.mark.parametrize("value", ["", "  ", "…", "x" * 301, "Ada\u202eLovelace", "Ada\nLovelace"])
def test_a_name_that_is_none_is_refused(ada, owner, value):
    with pytest.raises(AssertionRefused):
        correct_researcher(by=owner, researcher=ada, field="display_name", value=value)


def test_a_field_that_is_not_the_owners_is_refused(ada, owner):
    with pytest.raises(AssertionRefused):
        correct_researcher(by=owner, researcher=ada, field="trust_score", value="100")


def test_a_corrected_work_stays_corrected_and_gives_way(ada, owner):
    work = Work.objects.get()
    title = correct_work(by=owner, work=work, field="title", value="On analytical engines")
    day = correct_work(by=owner, work=work, field="publication_date", value="2019-05-06")
    imported(msgspec.structs.replace(PAPER, title="ON ENGINES", publication_date="2021-01-01", publication_year=2021, volume="3"))
    work.refresh_from_db()
    assert (work.title, str(work.publication_date), work.publication_year, work.volume) == (
        "On analytical engines",
        "2019-05-06",
        2019,
        "3",
    )
    withdraw(by=owner, assertion=title)
    withdraw(by=owner, assertion=day)
    work.refresh_from_db()
    assert (work.title, work.folded_title, str(work.publication_date), work.publication_year, work.asserted) == (
        "ON ENGINES", "on engines", "2021-01-01", 2021, {},
    )  # fmt: skip


def test_name_forms_are_added_flagged_and_taken_back(ada, owner):
    native = add_name(by=owner, researcher=ada, name="エイダ・ラブレス", role="native")
    former = add_name(by=owner, researcher=ada, name="Ada Lovelace", role="former")
    imported(msgspec.structs.replace(ADA, other_names=("A. Lovelace",)))
    forms = {form.name: (form.kind, form.role) for form in NameForm.objects.filter(researcher=ada)}
    assert forms["エイダ・ラブレス"] == ("owner", "native")
    assert forms["Ada Lovelace"] == ("upstream", "former")
    assert list(researchers_named("エイダ")) == [ada]
    for said in (native, former):
        withdraw(by=owner, assertion=said)
    forms = {form.name: (form.kind, form.role) for form in NameForm.objects.filter(researcher=ada)}
    assert forms == {"Ada Lovelace": ("upstream", ""), "A. Lovelace": ("upstream", "")}


def affiliations(person):
    return sorted(Affiliation.objects.filter(researcher=person).values_list("evidence", "years", "is_last_known"))


def test_a_denied_affiliation_stays_away_until_it_is_taken_back(ada, owner):
    place = Affiliation.objects.get().institution
    said = deny_affiliation(by=owner, researcher=ada, institution=place)
    imported(msgspec.structs.replace(ADA, affiliations=(AffiliationDraft(institution=TOKYO, years=(2021,), is_last_known=True),)))
    imported(
        msgspec.structs.replace(
            PAPER, authorships=(msgspec.structs.replace(PAPER.authorships[0], institutions=(TOKYO,)), PAPER.authorships[1])
        )
    )
    derive_all_pending()
    assert affiliations(ada) == []
    withdraw(by=owner, assertion=said)
    derive_all_pending()
    assert affiliations(ada) == [("author_record", [2019, 2020], True), ("authorships", [2020], False)]


def test_an_affiliation_of_ones_own_stands_beside_what_sources_say(ada, owner):
    place = Affiliation.objects.get().institution
    said = correct_affiliation(by=owner, researcher=ada, institution=place, years=[2018, 2019], is_current=True)
    imported(msgspec.structs.replace(ADA, affiliations=()))
    assert affiliations(ada) == [("owner", [2018, 2019], True)]
    withdraw(by=owner, assertion=said)
    assert affiliations(ada) == []


@pytest.mark.parametrize(
    "news",
    [
        respelled(("A. Lovelace", "A1"), ("Charles Babbage", "A2")),
        respelled(("Charles Babbage", "A2"), ("Ada Lovelace", "A1")),
        respelled(("Ada K. Lovelace", "A9"), ("Charles Babbage", "A2")),
        respelled(("Mary Somerville", "A8"), ("Lovelace, Ada", ""), ("Charles Babbage", "A2")),
    ],
    ids=["respelled", "moved", "another author id", "id gone, somebody before"],
)
def test_a_byline_that_was_confirmed_stays_whatever_the_source_does_to_it(ada, owner, news):
    confirm_authorship(by=owner, researcher=ada, authorship=byline())
    imported(news)
    mine = Authorship.objects.filter(researcher=ada).get()
    assert "ovelace" in mine.byline
    assert mine.resolved_by == "owner"


def test_a_byline_the_source_removed_is_kept_at_the_end_and_goes_with_the_word(ada, owner):
    said = confirm_authorship(by=owner, researcher=ada, authorship=byline())
    imported(respelled(("Charles Babbage", "A2")))
    assert [(each.position, each.byline, each.grounds.get("missing")) for each in Authorship.objects.order_by("position")] == [
        (1, "Charles Babbage", None), (2, "Ada Lovelace", True),
    ]  # fmt: skip
    withdraw(by=owner, assertion=said)
    assert holders() == ["Charles Babbage"]


def test_a_denied_byline_has_a_record_of_its_own_and_comes_back_with_the_word(ada, owner):
    said = deny_authorship(by=owner, researcher=ada, authorship=byline())
    stub = byline().researcher
    assert (stub.assembled, stub.openalex_id, stub.display_name, stub.pk != ada.pk) == (True, None, "Ada Lovelace", True)
    imported(msgspec.structs.replace(PAPER, volume="3"))
    assert byline().researcher_id == stub.pk
    imported(respelled(("A. Lovelace", "A1"), ("Charles Babbage", "A2")))
    assert byline().researcher_id == stub.pk
    withdraw(by=owner, assertion=said)
    assert (byline().researcher_id, byline().resolved_by, byline().grounds) == (ada.pk, "upstream_id", {"author_id": "A1"})
    assert not Researcher.objects.filter(pk=stub.pk).exists()
    assert not AuthorshipRuling.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_many_words_are_taken_back_with_as_many_queries_as_few(owner, number):
    imported(*(arxiv_work(f"2101.0000{each}", "Ada Lovelace", title=f"On engines {each}") for each in range(5)))
    record = claimed(Researcher.objects.get(), owner)
    said = [deny_authorship(by=owner, researcher=record, authorship=row) for row in Authorship.objects.order_by("pk")[:number]]
    assert Researcher.objects.count() == 1 + number
    with CaptureQueriesContext(connection) as asked:
        assert withdraw_authorships(by=owner, assertions=said) == number
    assert len(asked) <= 160  # composing works anew is most of them, however many works there are
    assert (Authorship.objects.filter(researcher=record).count(), Researcher.objects.count(), AuthorshipRuling.objects.count()) == (5, 1, 0)
    assert not Assertion.objects.filter(withdrawn_by=None).exists()
    with pytest.raises(AssertionRefused, match="taken back already"):
        withdraw_authorships(by=owner, assertions=said[:1])


def test_words_on_many_bylines_are_taken_back_all_or_none(ada, owner):
    kept = deny_authorship(by=owner, researcher=ada, authorship=byline())
    imported(openalex_work(2, authorships=bylines(("A. Lovelace", "A1"))))
    other = deny_authorship(by=owner, researcher=ada, authorship=Authorship.objects.get(work__openalex_id="W2"))
    withdraw(by=owner, assertion=other)
    with pytest.raises(AssertionRefused):
        withdraw_authorships(by=owner, assertions=[kept, other])
    kept.refresh_from_db()
    assert kept.withdrawn_at is None
    assert byline().researcher_id != ada.pk


def test_a_denied_byline_follows_the_source_to_anybody_else_and_never_back(ada, owner):
    deny_authorship(by=owner, researcher=ada, authorship=byline())
    stub = byline().researcher_id
    imported(respelled(("Ada Lovelace", "A7"), ("Charles Babbage", "A2")))
    assert byline().researcher.openalex_id == "A7"
    imported(respelled(("Ada Lovelace", "A1"), ("Charles Babbage", "A2"), volume="9"))
    assert byline().researcher_id == stub


def test_a_denial_holds_when_upstream_merges_the_author(ada, owner):
    Claim.objects.all().delete()
    mark_verified(ada, level=None, is_claimed=False)
    staff = MemberFactory(is_staff=True)
    deny_authorship(by=staff, researcher=ada, authorship=byline())
    imported(openalex_work(2, authorships=bylines(("A. Lovelace", "A5"))), Merged(old_key="openalex:A1", new_key="openalex:A5"))
    imported(respelled(("Ada Lovelace", "A5"), ("Charles Babbage", "A2")))
    assert byline().researcher.openalex_id is None
    assert Researcher.objects.get(openalex_id="A5").authorships.count() == 1


def test_a_byline_from_arxiv_is_denied_and_confirmed(owner):
    imported(arxiv_work("2101.00001", "Ada Lovelace", title="On engines"), arxiv_work("2101.00002", "Ada Lovelace", title="On looms"))
    record = claimed(Researcher.objects.get(), owner)
    one, other = Authorship.objects.order_by("work__title")
    denied = deny_authorship(by=owner, researcher=record, authorship=one)
    confirm_authorship(by=owner, researcher=record, authorship=other)
    imported(arxiv_work("2101.00001", "Ada Lovelace", title="On engines", comments="new"))
    assert list(Authorship.objects.filter(researcher=record)) == [other]
    withdraw(by=owner, assertion=denied)
    assert Authorship.objects.filter(researcher=record).count() == 2
    assert Researcher.objects.count() == 1


def test_somebody_elses_byline_is_refused(ada, owner):
    with pytest.raises(AssertionRefused, match="none of the names"):
        confirm_authorship(by=owner, researcher=ada, authorship=byline(2))
    claimed(byline(2).researcher, MemberFactory())
    with pytest.raises(AssertionRefused, match="somebody else claimed"):
        confirm_authorship(by=owner, researcher=ada, authorship=byline(2))


def test_what_was_said_is_audited_and_cannot_be_changed(ada, owner):
    said = deny_authorship(by=owner, researcher=ada, authorship=byline(), note="a namesake")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Assertion.objects.filter(pk=said.pk).update(note="something else")
    withdraw(by=owner, assertion=said)
    events = AssertionEvent.objects.filter(pgh_obj=said).order_by("pgh_id")
    assert [event.withdrawn_at is None for event in events] == [True, False]
    with pytest.raises(AssertionRefused, match="already"):
        withdraw(by=owner, assertion=said)
