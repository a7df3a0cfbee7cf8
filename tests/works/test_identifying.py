"""Records of one name are looked at together; what is proposed follows from the rows, and owners' words bind."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from researchers.models import Researcher
from researchers.names import name_key
from tests.factories.records import AuthorshipFactory, CategoryFactory, ResearcherFactory, SourceFactory, TopicFactory, WorkFactory
from works import identifying
from works.identifying import block_led_by, block_named, block_of, blocks_from, corpus_of_portal, found_in, names_agree
from works.models import Authorship, AuthorshipRuling, Work
from works.sureness import sureness

pytestmark = pytest.mark.django_db

OPTICS = (
    "Femtosecond laser pulses in fibres",
    "Dispersion of laser pulses in fibres",
    "Fibre lasers and femtosecond pulses",
    "Pulsed fibre lasers",
)
SOILS = ("Nitrogen in tropical soils", "Soil carbon under maize", "Nitrogen and carbon in maize soils", "Tropical maize soils")


@pytest.fixture(autouse=True)
def other_works() -> None:
    """Works of other people, so that a word that two works share is rare."""
    for number in range(60):
        paper(f"subject{number} theme{number % 17}", ResearcherFactory(display_name=f"Given{number} Family{number}"))


def paper(title: str, *people: Researcher, year: int = 2015, place: str = "") -> Work:
    work: Work = WorkFactory(title=title, publication_year=year, source=None)
    for position, person in enumerate(people, start=1):
        AuthorshipFactory(
            work=work,
            position=position,
            byline=person.display_name,
            name_key=name_key(person.display_name),
            researcher=person,
            raw_affiliations=[place] if place else [],
        )
    return work


def looked_at(person: Researcher) -> identifying.Findings:
    return found_in(block_of(person), corpus=corpus_of_portal())


def twins(**claimed: bool) -> tuple[Researcher, Researcher]:
    """Two records of one person in optics, with the same co-author and the same place."""
    first, second = (ResearcherFactory(display_name="Zebulon Quirk", **claimed, verification_level=2 if claimed else 1) for _ in range(2))
    other = ResearcherFactory(display_name="Ada Lovelace-Byron")
    for number, title in enumerate(OPTICS):
        paper(title, (first, second)[number % 2], other, place="Institute of Optics, Jena")
    return first, second


def test_two_records_of_one_person_are_proposed_with_grounds():
    first, second = twins()

    (merge,) = looked_at(first).merges

    assert (merge.keep, merge.absorb, merge.score >= 0.9) == (first.pk, second.pk, True)
    assert {reason.label: reason.detail for reason in merge.grounds}["Shared co-authors"] == "ada lovelace byron"
    assert looked_at(second).merges == [merge]


def test_two_claimed_records_are_never_one():
    first, _ = twins(is_claimed=True)

    assert looked_at(first).merges == []


def test_a_denied_byline_keeps_two_records_apart():
    first, second = twins()
    byline = second.authorships.order_by("pk").first()
    assert isinstance(byline, Authorship)
    AuthorshipRuling.objects.create(
        work=byline.work, researcher=first, verdict="not_mine", byline=byline.byline, name_key=byline.name_key, position=1
    )

    assert looked_at(first).merges == []


def namesakes(*, later: int = 0, **claimed: bool) -> Researcher:
    """One record with the works of two people, in the same years or one after the other."""
    person: Researcher = ResearcherFactory(display_name="Wei Wang", **claimed, verification_level=2 if claimed else 1)
    fibres, maize = ResearcherFactory(display_name="Grete Hermann"), ResearcherFactory(display_name="Wangari Maathai")
    for number, title in enumerate(OPTICS):
        paper(title, person, fibres, year=1996 + number, place="Institute of Optics, Jena")
    for number, title in enumerate(SOILS):
        paper(title, person, maize, year=1996 + later + number, place="Department of Soil Science, University of Nairobi")
    return person


def test_a_record_of_two_people_is_proposed_for_a_split():
    person = namesakes()

    (split,) = looked_at(person).splits

    assert (split.record, split.score >= 0.95) == (person.pk, True)
    titles = [{Authorship.objects.get(pk=pk).work.title for pk in group} for group in split.groups]
    assert sorted(map(sorted, titles)) == sorted([sorted(OPTICS), sorted(SOILS)])
    assert split.grounds[0].detail.startswith("4 works, 1996 to 1999; Institute of Optics, Jena; with grete hermann")


def test_works_that_follow_one_another_may_be_a_change_of_place():
    assert looked_at(namesakes(later=4)).splits == []


def test_a_claimed_record_is_not_questioned():
    assert looked_at(namesakes(is_claimed=True)).splits == []


def test_what_an_owner_called_theirs_stays_together():
    person = namesakes()
    Authorship.objects.filter(researcher=person).update(resolved_by=Authorship.ResolvedBy.OWNER)

    assert looked_at(person).splits == []


def test_nothing_is_changed_by_looking():
    first, _ = twins()
    before = list(Authorship.objects.order_by("pk").values())

    looked_at(first)

    assert list(Authorship.objects.order_by("pk").values()) == before


def test_a_name_that_too_many_share_is_skipped_and_told(monkeypatch):
    first, _ = twins()
    monkeypatch.setattr(identifying, "MOST_BYLINES", 3)
    assert looked_at(first).skipped == ["zebulon quirk"]
    monkeypatch.setattr(identifying, "MOST_RECORDS", 1)

    found = looked_at(first)

    assert (found.skipped, found.merges, found.blocks) == (["zebulon quirk"], [], 0)


def test_each_block_comes_once_led_by_its_first_record():
    first, second = twins()

    assert (block_led_by(first), block_led_by(second)) == (block_of(first), None)
    assert [leader for leader, _ in blocks_from(0)] == [first.pk]
    assert list(blocks_from(first.pk)) == []
    assert block_named("Quirk, Zebulon").records == (first, second)


@pytest.mark.parametrize(("works", "records"), [(1, 1), (3, 3)])
def test_queries_do_not_grow_with_what_is_looked_at(works, records):
    people = ResearcherFactory.create_batch(records, display_name="Zebulon Quirk")
    for person in people:
        for number in range(works):
            work = paper(OPTICS[number], person)
            work.source = SourceFactory()
            work.save()
            work.topic_links.create(topic=TopicFactory(), score=1.0, rank=1)
            work.category_links.create(category=CategoryFactory(), rank=1)
    corpus = corpus_of_portal()
    block = block_of(people[0])
    with CaptureQueriesContext(connection) as queries:
        found_in(block, corpus=corpus)

    assert len(queries) == (8 if records == 1 else 9)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("zebulon quirk", "zebulon quirk", True),
        ("zebulon quirk", "z quirk", True),
        ("zebulon a quirk", "z quirk", True),
        ("zebulon quirk", "zachary quirk", False),
        ("zebulon quirk", "z quark", False),
        ("z b quirk", "z a quirk", False),
        ("quirk", "quirk", False),
    ],
)
def test_names_agree(one, other, agree):
    assert (names_agree(one, other), names_agree(other, one)) == (agree, agree)


def test_only_what_was_concluded_here_has_a_score():
    scores = {how: sureness(how) for how in Authorship.ResolvedBy.values}

    assert {how for how, score in scores.items() if score is not None} == {"shared_coauthor", "shared_category"}
    assert 0.5 < scores["shared_category"] < scores["shared_coauthor"] < 1
