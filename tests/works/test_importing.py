"""Drafts to records against a real database."""

import random
import threading
from itertools import permutations
from typing import Any

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from researchers.models import Affiliation, Institution, NameForm, Researcher
from tests.works.drafting import JOURNAL, TOKYO, arxiv_work, author, bylines, openalex_work, topical
from tests.works.stored import everything, work_redirects
from works.drafts import (
    AffiliationDraft,
    AuthorDraft,
    AuthorshipDraft,
    FunderDraft,
    FundingDraft,
    InstitutionDraft,
    Merged,
    Quarantined,
    Read,
    VersionDraft,
    WorkDraft,
)
from works.importing import store
from works.models import Authorship, Funder, ImportProblem, ImportRun, RecordChange, Reference, UpstreamRecord, Work, WorkFunder

pytestmark = pytest.mark.django_db

PREPRINT = arxiv_work(
    "2006.13719", "Kangqiao Liu", "Liu Ziyin", "Masahito Ueda", title="Noise and Fluctuation", abstract="We analyse $\\sigma$.",
    categories=("cs.LG", "stat.ML"), publication_date="2020-06-24", updated_on="2021-03-01", license="cc-by", comments="8 pages",
    doi="10.48550/arxiv.2006.13719", references=("arxiv:1412.6980",),
)  # fmt: skip
ARTICLE = openalex_work(
    3036, title="Noise and Fluctuation of Finite Learning Rate SGD", doi="10.5555/icml.2021", abstract="We analyse sigma.", type="article",
    publication_date="2021-07-01", publication_year=2021, also_known_as=("arxiv:2006.13719",), source=JOURNAL, topics=(topical(),),
    authorships=bylines(("Kangqiao Liu", "A1"), ("Liu Ziyin", "A2"), ("Masahito Ueda", "A3")), cited_by_count=7, is_oa=True,
    references=("openalex:W99", "doi:10.1/x"),
)  # fmt: skip
DEPOSIT = openalex_work(
    4000, title="Noise (preprint)", doi="10.48550/arxiv.2006.13719", authorships=bylines(("K. Liu", "A1")), publication_date="2020-06-25"
)
CITING = openalex_work(5000, title="A citing work", references=("openalex:W3036", "arxiv:2006.13719", "openalex:W4000"))


def run(provider: str = "openalex") -> ImportRun:
    return ImportRun.objects.create(provider=provider)


def imported(*reads: Read, size: int = 500) -> dict[str, int]:
    return dict(store(reads, run=run(), batch_size=size))


def problems() -> list[tuple[str, str, bool]]:
    return list(ImportProblem.objects.order_by("pk").values_list("key", "reason", "is_quarantined"))


def clear() -> None:
    """Empty what an import writes. Deleting is far quicker than truncating when there is next to nothing."""
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DELETE FROM {table}")


_TABLES = (
    "works_reference", "works_worktopic", "works_workcategory", "works_workversion", "works_workredirect", "works_authorshipinstitution",
    "works_authorship", "works_work", "works_source", "works_topic", "works_category", "works_upstreamrecord", "works_recordchange",
    "works_importproblem", "works_importrun", "researchers_affiliation", "researchers_nameform", "researchers_researcherredirect",
    "researchers_researcher", "researchers_institution",
)  # fmt: skip


def test_two_records_of_one_paper_make_one_work_with_the_best_of_both():
    imported(PREPRINT, ARTICLE)
    work = Work.objects.get()
    assert (work.openalex_id, work.doi, work.arxiv_id) == ("W3036", "10.5555/icml.2021", "2006.13719")
    assert work.title == "Noise and Fluctuation of Finite Learning Rate SGD"
    assert work.abstract == "We analyse $\\sigma$."
    assert str(work.publication_date) == "2020-06-24"
    assert (work.license, work.comments, work.upstream_cited_by_count, work.is_oa) == ("cc-by", "8 pages", 7, True)
    assert work_redirects() == {"doi:10.48550/arxiv.2006.13719": "W3036"}
    assert [a.researcher and a.researcher.openalex_id for a in work.authorships.order_by("position")] == ["A1", "A2", "A3"]
    assert "title" in work.provenance["openalex"]["fields"]
    assert {"abstract", "categories", "versions"} <= set(work.provenance["arxiv"]["fields"])


@pytest.mark.parametrize("size", [1, 2, 500])
def test_the_order_of_records_does_not_matter(size):
    found = []
    for order in permutations((PREPRINT, ARTICLE, DEPOSIT, CITING)):
        clear()
        imported(*order, size=size)
        found.append(everything())
    for state in found:
        assert state == found[0]
    assert [work["openalex_id"] for work in found[0]["works"]] == ["W3036", "W5000"]
    assert [key for key, cited in found[0]["works"][1]["references"] if cited == "W3036"] == [
        "arxiv:2006.13719", "openalex:W3036", "openalex:W4000",
    ]  # fmt: skip


def test_importing_again_writes_no_row():
    imported(PREPRINT, ARTICLE, CITING)
    before = everything()
    RecordChange.objects.all().delete()
    stamps = list(UpstreamRecord.objects.order_by("key").values_list("key", "imported_at", "pk"))
    assert imported(ARTICLE, CITING, PREPRINT) == {"read": 3, "unchanged": 3}
    assert everything() == before
    assert list(UpstreamRecord.objects.order_by("key").values_list("key", "imported_at", "pk")) == stamps
    assert not RecordChange.objects.exists()


def test_a_third_record_that_connects_two_works_merges_them():
    first = openalex_work(1, doi="10.1/a")
    second = arxiv_work("2101.00001", "Ann Lee")
    other = openalex_work(9, references=("doi:10.1/a", "arxiv:2101.00001"))
    imported(first, second, other)
    assert Work.objects.count() == 3
    kept, absorbed = Work.objects.get(openalex_id="W1").pk, Work.objects.get(arxiv_id="2101.00001").pk
    link = openalex_work(2, doi="10.1/a", also_known_as=("arxiv:2101.00001",))
    counts = imported(link)
    assert counts["works_merged"] == 1
    work = Work.objects.get(openalex_id="W1")
    assert work.pk == min(kept, absorbed)
    assert work_redirects() == {
        "doi:10.48550/arxiv.2101.00001": "W1", "openalex:W2": "W1", f"id:{max(kept, absorbed)}": "W1",
    }  # fmt: skip
    assert set(Reference.objects.values_list("cited", flat=True)) == {work.pk}
    assert problems()[-1] == ("openalex:W1", "openalex:W1, openalex:W2 were taken for one work because they share doi:10.1/a.", False)


def test_two_arxiv_papers_with_the_same_doi_stay_two_works():
    first, second = (arxiv_work(number, "Ann Lee", doi="10.1/shared") for number in ("1307.4671", "1307.4994"))
    article = openalex_work(1, doi="10.1/shared")
    states = []
    for order in permutations((first, second, article)):
        clear()
        imported(*order, size=1)
        states.append(everything())
    for state in states:
        assert state == states[0]
    assert [(work["openalex_id"], work["arxiv_id"], work["doi"]) for work in states[0]["works"]] == [
        ("W1", "1307.4671", "10.1/shared"), (None, "1307.4994", "10.48550/arxiv.1307.4994"),
    ]  # fmt: skip


def test_a_brief_record_fills_but_never_blanks_a_whole_one():
    whole = AuthorDraft(
        key="openalex:A1", display_name="Kangqiao Liu", orcid="0000-0002-1825-0097", other_names=("K. Liu",),
        affiliations=(AffiliationDraft(institution=TOKYO, years=(2020, 2021), is_last_known=True),),
    )  # fmt: skip
    place = InstitutionDraft(
        key=TOKYO.key, display_name="University of Tokyo", ror="057zh3y96", country_code="JP", homepage_url="https://u-tokyo.example"
    )
    brief = openalex_work(
        1, upstream_updated="2030",
        authorships=(AuthorshipDraft(position=1, byline="Liu, K", author=author("A1", "Liu Kangqiao"), institutions=(TOKYO,)),),
    )  # fmt: skip
    states = []
    for order in permutations((whole, place, brief)):
        clear()
        imported(*order, size=1)
        researcher = Researcher.objects.get()
        institution = Institution.objects.get()
        states.append((researcher.display_name, researcher.orcid, institution.display_name, institution.homepage_url, everything()))
        assert Affiliation.objects.get().years == [2020, 2021]
    assert all(state == states[0] for state in states)
    assert states[0][:4] == ("Kangqiao Liu", "0000-0002-1825-0097", "University of Tokyo", "https://u-tokyo.example")
    assert states[0][4]["researchers"][0]["forms"] == ["K. Liu", "Kangqiao Liu", "Liu Kangqiao", "Liu, K"]


def test_a_second_record_with_the_same_orcid_keeps_none():
    one, two = (AuthorDraft(key=f"openalex:{key}", display_name=key, orcid="0000-0002-1825-0097") for key in ("A1", "A2"))
    imported(one, two)
    assert list(Researcher.objects.order_by("openalex_id").values_list("orcid", flat=True)) == ["0000-0002-1825-0097", None]
    assert problems() == [
        ("openalex:A2", "The ORCID iD 0000-0002-1825-0097 already belongs to another record; it was left out here.", False)
    ]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("order", list(permutations(("A2", "A10", "A3"))))
def test_the_oldest_record_keeps_a_shared_orcid_whichever_came_first(order, size):
    drafts = [AuthorDraft(key=f"openalex:{key}", display_name=key, orcid="0000-0002-1825-0097") for key in order]
    imported(*drafts, size=size)
    assert dict(Researcher.objects.values_list("openalex_id", "orcid")) == {"A2": "0000-0002-1825-0097", "A3": None, "A10": None}
    assert {key for key, _, _ in problems()} == {"openalex:A3", "openalex:A10"}


def test_a_shared_orcid_changes_hands_also_when_both_records_come_in_brief():
    one, two = (
        AuthorDraft(key=f"openalex:{key}", display_name=key, orcid="0000-0002-1825-0097", is_brief=True, upstream_updated="2024-01-01")
        for key in ("A1", "A2")
    )
    imported(two)
    imported(one, msgspec.structs.replace(two, display_name="A2 renamed", upstream_updated="2024-02-01"))
    assert set(Researcher.objects.values_list("display_name", "orcid")) == {("A1", "0000-0002-1825-0097"), ("A2 renamed", None)}


def test_a_claimed_record_keeps_a_shared_orcid():
    one, two = (AuthorDraft(key=f"openalex:{key}", display_name=key, orcid="0000-0002-1825-0097") for key in ("A1", "A2"))
    imported(two)
    Researcher.objects.update(is_claimed=True, verification_level=3)
    imported(one)
    assert dict(Researcher.objects.values_list("openalex_id", "orcid")) == {"A1": None, "A2": "0000-0002-1825-0097"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_workers_leave_a_shared_orcid_to_the_oldest_record(seed):
    drafts = [
        AuthorDraft(key=f"openalex:A{number}", display_name=f"Ann Author{number}", orcid=f"0000-0002-1825-00{10 + number % 10}")
        for number in range(1, 41)
    ]
    random.Random(seed).shuffle(drafts)
    by_workers(drafts[::2], drafts[1::2], size=4)
    held = {key: orcid for key, orcid in Researcher.objects.values_list("openalex_id", "orcid") if orcid}
    assert held == {f"A{number}": f"0000-0002-1825-00{10 + number % 10}" for number in range(1, 11)}


def test_what_an_owner_said_is_not_overwritten():
    imported(ARTICLE, PREPRINT)
    owner = Researcher.objects.get(openalex_id="A1")
    Researcher.objects.filter(pk=owner.pk).update(is_claimed=True, verification_level=3, biography="Mine", display_name="Kangqiao")
    mine = Authorship.objects.get(researcher__openalex_id="A2")
    Authorship.objects.filter(pk=mine.pk).update(researcher=owner, resolved_by="owner", grounds={"confirmed": True})
    changed = msgspec.structs.replace(ARTICLE, title="Another title")
    imported(changed, AuthorDraft(key="openalex:A1", display_name="Renamed upstream"))
    owner.refresh_from_db()
    assert (owner.display_name, owner.biography, owner.verification_level) == ("Kangqiao", "Mine", 3)
    kept = Authorship.objects.get(work__openalex_id="W3036", position=2)
    assert (kept.researcher, kept.resolved_by, kept.grounds) == (owner, "owner", {"confirmed": True})


def test_funders_and_their_awards_follow_the_record():
    council = FunderDraft(key="openalex:F4320321181", display_name="Research Council", ror="001aqnf71")
    other = FunderDraft(key="openalex:F2", display_name="A foundation")
    first = (FundingDraft(funder=council, award_ids=("EP/1", "EP/2")), FundingDraft(funder=other))
    imported(openalex_work(1, funding=first), openalex_work(2, funding=first[:1]))
    imported(openalex_work(1, funding=(FundingDraft(funder=council, award_ids=("EP/1",)),)))

    links = WorkFunder.objects.order_by("work__openalex_id", "funder__openalex_id")
    assert list(links.values_list("work__openalex_id", "funder__openalex_id", "award_ids")) == [
        ("W1", "F4320321181", ["EP/1"]),
        ("W2", "F4320321181", ["EP/1", "EP/2"]),
    ]
    imported(msgspec.structs.replace(council, display_name="The Research Council", country_code="GB", homepage_url="https://rc.example"))
    assert Funder.objects.get(openalex_id="F4320321181").country_code == "GB"


def test_what_a_person_corrected_stays_and_gives_way_once_taken_back():
    imported(ARTICLE)
    said = {"title": {"value": "Noise, corrected", "at": "2026-01-01T00:00:00Z", "by": 1}, "publication_date": {"value": "2021-06-30"}}
    Work.objects.update(asserted=said)
    Researcher.objects.filter(openalex_id="A1").update(display_name="Liu Kangqiao", asserted={"display_name": {"value": "Liu Kangqiao"}})

    imported(msgspec.structs.replace(ARTICLE, title="Noise, renamed upstream", abstract="Another abstract."))
    imported(PREPRINT, AuthorDraft(key="openalex:A1", display_name="K. Liu", orcid="0000-0002-1825-0097"))
    work = Work.objects.get()
    assert (work.title, str(work.publication_date), work.folded_title) == ("Noise, corrected", "2021-06-30", "noise corrected")
    assert (work.comments, "title" in work.provenance["openalex"]["fields"]) == ("8 pages", False)
    assert Researcher.objects.values_list("display_name", "orcid").get(openalex_id="A1") == ("Liu Kangqiao", "0000-0002-1825-0097")

    Work.objects.update(asserted={})
    imported(msgspec.structs.replace(ARTICLE, title="Noise, renamed upstream", language="en"))
    assert Work.objects.get().title == "Noise, renamed upstream"


def test_author_ids_that_move_to_another_record_move_the_authorship():
    imported(openalex_work(1, authorships=bylines(("Ann Lee", "A1"), ("Bo Chen", "A2"))))
    pks = list(Authorship.objects.order_by("position").values_list("pk", flat=True))
    RecordChange.objects.all().delete()
    imported(openalex_work(1, authorships=bylines(("Ann Lee", "A7"), ("Bo Chen", "A2"))))
    assert list(Authorship.objects.order_by("position").values_list("researcher__openalex_id", flat=True)) == ["A7", "A2"]
    assert list(Authorship.objects.order_by("position").values_list("pk", flat=True)) == pks
    old = Researcher.objects.get(openalex_id="A1")
    assert ("researcher", old.pk) in RecordChange.objects.values_list("kind", "record_id")


def test_authors_cut_short_by_the_source_do_not_replace_the_whole_list():
    whole = openalex_work(1, authorships=bylines(("Ann Lee", "A1"), ("Bo Chen", "A2"), ("Cy Ode", "A3")))
    cut = openalex_work(1, authorships=bylines(("Ann Lee", "A1")), authorships_truncated=True, cited_by_count=5)
    imported(whole, cut)
    assert (Authorship.objects.count(), Work.objects.get().upstream_cited_by_count) == (3, 5)


def test_an_older_state_does_not_replace_a_newer_one():
    older, newer = (openalex_work(1, title=stamp, upstream_updated=stamp) for stamp in ("2026-01-02", "2026-01-24T08:00:00"))
    for order in ((older, newer), (newer, older)):
        clear()
        imported(*order, size=1)
        assert Work.objects.get().title == newer.title


def test_what_another_format_of_arxiv_lacks_is_kept():
    bulk = arxiv_work("2006.13719", "Ann Lee", license="cc-by", publication_date="2020-06-24")
    atom = msgspec.structs.replace(
        bulk, license="", publication_date="", versions=(VersionDraft(number=2, submitted_at="2021-03-01T00:00:00Z"),)
    )
    states = []
    for order in ((bulk, atom), (atom, bulk)):
        clear()
        imported(*order, size=1)
        states.append(everything())
    assert states[0] == states[1]
    work = Work.objects.get()
    assert (work.license, str(work.publication_date), list(work.versions.order_by("number").values_list("number", flat=True))) == (
        "cc-by",
        "2020-06-24",
        [1, 2],
    )


def test_references_resolve_late_and_vanish_with_their_record():
    imported(openalex_work(1, references=("openalex:W2", "openalex:W1", "doi:10.1/z")))
    assert list(Reference.objects.order_by("raw_key").values_list("raw_key", "cited")) == [("doi:10.1/z", None), ("openalex:W2", None)]
    imported(openalex_work(2, doi="10.1/z"))
    assert list(Reference.objects.values_list("cited__openalex_id", flat=True)) == ["W2", "W2"]
    imported(openalex_work(1, references=("doi:10.1/z",)))
    assert list(Reference.objects.values_list("raw_key", flat=True)) == ["doi:10.1/z"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (openalex_work(7, title="a\x00b"), "It holds a NUL character, which no text may."),
        (openalex_work(7, title="half \ud800"), "It holds half of a surrogate pair, which is no character."),
        (openalex_work(7, publication_date="0000-01-01"), "“0000-01-01” is not a date."),
        (openalex_work(7, publication_year=0), "The year 0 lies outside 1000-2200."),
        (openalex_work(7, doi="10.1/" + "é" * 1350), "An identifier of 2,709 bytes is too long to be one."),
        (openalex_work(7, authorships=bylines("A B", "C D")[:1] * 2), "Two bylines claim position 1."),
        (msgspec.structs.replace(openalex_work(7), openalex_id="7"), None),
        (openalex_work(7, cited_by_count=2**40), None),
        (openalex_work(7, authorships=bylines(("".join(map(chr, range(0x4E00, 0x5E00))), "A5"))), None),
    ],
    ids=["nul", "surrogate", "year 0", "no year", "long key", "position twice", "bad id", "huge count", "huge name"],
)
def test_a_bad_record_is_set_aside_alone(bad: WorkDraft, reason: str | None):
    good = [openalex_work(number) for number in range(1, 7)]
    counts = imported(*good[:3], bad, *good[3:])
    assert (counts["read"], counts["written"], counts["quarantined"]) == (7, 6, 1)
    assert Work.objects.count() == 6
    problem = ImportProblem.objects.get()
    assert problem.key == "openalex:W7"
    assert problem.place == "record 4"
    assert problem.reason == reason if reason else problem.reason.startswith("The database refused it: ")
    assert "W7" in problem.raw


def test_unusual_records_that_are_no_mistakes_are_stored():
    literal = openalex_work(1, title="The escape \\u0000 in text")
    many = openalex_work(2, authorships=bylines(*((f"Given{n} Family{n}", f"A{n}") for n in range(1, 5001))))
    twice = openalex_work(3, authorships=bylines(("Ann Lee", "A1"), ("Ann Lee", "A1")))
    nobody = openalex_work(4)
    assert imported(literal, many, twice, nobody)["written"] == 4
    assert Authorship.objects.filter(work__openalex_id="W2").count() == 5000
    assert Authorship.objects.filter(work__openalex_id="W3", researcher__openalex_id="A1").count() == 2


def test_what_the_source_set_aside_is_kept_with_its_reason():
    imported(Quarantined(place="file.jsonl, line 3", reason="the work has no id", raw=b'{"id": "\x00\xff"}'))
    problem = ImportProblem.objects.get()
    assert (problem.place, problem.reason, problem.raw) == ("file.jsonl, line 3", "the work has no id", '{"id": "\\x00\\xff"}')


def test_an_upstream_merge_moves_everything_to_the_survivor():
    imported(
        openalex_work(1, doi="10.1/a"),
        openalex_work(2),
        openalex_work(3, references=("openalex:W1",), authorships=bylines(("Ann Lee", "A1"))),
    )
    imported(openalex_work(4, authorships=bylines(("Ann Lee", "A2"))))
    old = Work.objects.get(openalex_id="W1").pk
    counts = imported(Merged(old_key="openalex:W1", new_key="openalex:W2"), Merged(old_key="openalex:A1", new_key="openalex:A2"))
    assert counts["merged"] == 2
    assert Reference.objects.get().cited == Work.objects.get(openalex_id="W2")
    assert work_redirects() == {"openalex:W1": "W2", "doi:10.1/a": "W2", f"id:{old}": "W2"}
    assert Researcher.objects.get().authorships.count() == 2
    imported(openalex_work(5, authorships=bylines(("Ann Lee", "A1"))))
    assert Researcher.objects.get().authorships.count() == 3


def test_an_upstream_merge_does_not_take_a_claimed_record():
    imported(AuthorDraft(key="openalex:A1", display_name="Ann Lee"), AuthorDraft(key="openalex:A2", display_name="Ann Lee"))
    Researcher.objects.filter(openalex_id="A1").update(is_claimed=True, verification_level=2)
    imported(Merged(old_key="openalex:A1", new_key="openalex:A2"))
    assert Researcher.objects.count() == 2
    assert problems()[-1][1].endswith("the record here is claimed: a moderator must decide.")


def test_counts_and_cursor_are_stored_with_their_batch():
    this = run()
    reads = [openalex_work(number) for number in range(1, 6)]

    def breaking() -> Any:
        yield from reads
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        store(breaking(), run=this, batch_size=2, bookmark=lambda taken: {"records": taken})
    this = ImportRun.objects.get(pk=this.pk)
    assert (this.cursor, this.counts["read"], this.counts["written"]) == ({"records": 5}, 5, 5)
    assert Work.objects.count() == 5


def by_workers(*shares: list[Read], size: int) -> None:
    """Import each share by a worker of its own, all at once."""
    failures: list[BaseException] = []

    def work(share: list[Read]) -> None:
        try:
            store(share, run=run(), batch_size=size)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_workers_with_files_of_their_own_end_in_the_state_of_one(seed):
    chance = random.Random(seed)
    people = [(f"Ann Author{number}", f"A{number}") for number in range(1, 9)]
    reads: list[Read] = [
        PREPRINT,
        ARTICLE,
        DEPOSIT,
        CITING,
        *(AuthorDraft(key=f"openalex:{key}", display_name=name) for name, key in people),
    ]
    for number in range(1, 60):
        printed = [(name if chance.random() < 0.5 else f"A. {name.split()[1]}", key) for name, key in chance.sample(people, 3)]
        reads.append(
            openalex_work(
                number,
                doi=f"10.1/{number if chance.random() < 0.9 else number // 2}",  # some records are of the same paper
                also_known_as=("doi:10.2/x",) if number in {7, 40} else (),  # and two of them by a key that neither shows
                topics=(topical(),),
                authorships=bylines(*printed, chance.choice(("Nameless Person", "Kangqiao Liu"))),
                references=tuple(f"openalex:W{cited}" for cited in chance.sample(range(1, 60), 6) if cited != number),
            )
        )
    imported(*reads)
    expected = everything()
    clear()
    chance.shuffle(reads)
    by_workers(reads[::3], reads[1::3], reads[2::3], size=chance.choice((2, 5, 12)))
    found = everything()
    for kind, records in expected.items():
        assert found[kind] == records


@pytest.mark.django_db(transaction=True)
def test_workers_with_overlapping_records_end_in_the_state_of_one():
    reads: list[Read] = [PREPRINT, ARTICLE, DEPOSIT, CITING] + [
        arxiv_work(f"2101.{number:05}", "Kangqiao Liu", f"Coauthor Number{number % 3}") for number in range(1, 25)
    ]
    imported(*reads)
    expected = everything()
    clear()
    by_workers(*(random.Random(seed).sample(reads, len(reads)) for seed in range(3)), size=3)
    assert everything() == expected


DRAFTS = (
    PREPRINT, ARTICLE, DEPOSIT, CITING,
    arxiv_work("2101.00001", "Kangqiao Liu", "Liu Ziyin"), arxiv_work("2101.00002", "K. Liu", "Liu Ziyin", categories=("math.PR",)),
    arxiv_work("2101.00003", "Liu, Kangqiao", categories=("math.PR",)), arxiv_work("2101.00004", "Kangqiao Liu", "Wei Wang", "Wei Wang"),
    openalex_work(6000, also_known_as=("arxiv:2101.00002",), authorships=bylines(("Kangqiao Liu", "A1"), "Liu Ziyin")),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(DRAFTS), size=st.integers(1, len(DRAFTS)))
def test_any_order_in_batches_of_any_size_gives_the_same_state(order, size):
    clear()
    imported(*DRAFTS)
    expected = everything()
    clear()
    imported(*order, size=size)
    assert everything() == expected


def test_a_form_the_source_lists_is_told_as_such_whichever_came_first():
    printed = openalex_work(1, authorships=bylines(("Example, A.", "A1")))
    listed = AuthorDraft(key="openalex:A1", display_name="Ada Example", other_names=("Example, A.",))
    kinds = []
    for order in ((printed, listed), (listed, printed)):
        clear()
        for draft in order:
            imported(draft)
        kinds.append(sorted(NameForm.objects.values_list("name", "kind")))
    assert kinds[0] == kinds[1] == [("Ada Example", "upstream"), ("Example, A.", "upstream")]


def test_fields_of_a_wrong_type_are_noted_once_and_the_record_is_stored():
    told = ("biblio was text, not an object; it was left out.", "volume was a number, not text; it was left out.")
    assert imported(openalex_work(1, left_out=told))["reservations"] == 2
    assert problems() == [("openalex:W1", told[0], False), ("openalex:W1", told[1], False)]
    assert imported(openalex_work(1, left_out=told))["unchanged"] == 1
    assert len(problems()) == 2
    assert imported(openalex_work(1))["written"] == 1
