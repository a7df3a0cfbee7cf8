"""Bylines of one name are grouped into persons, on grounds, whatever their order; records get proposals to split and merge."""

import math
import os
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import works.disambiguation as module
from bench._learning import Learner, b_cubed, pairwise
from bench.disambiguation import corpus_of, found_persons, truth_set
from researchers.names import name_key
from works.disambiguation import Decisions, Person, persons, proposed_merges, proposed_splits
from works.signatures import Corpus, Signature, short_name

TRUTH = (
    Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
    / "and-aminer110"
    / "raw-data"
)

OPTICS: dict[str, Any] = {"venue": "Optics Letters", "affiliations": ("Institute of Optics, Jena, Germany",)}
SOILS: dict[str, Any] = {"venue": "Geoderma", "affiliations": ("Department of Soil Science, University of Nairobi, Kenya",)}


def signature(number: int, title: str, *coauthors: str, name: str = "Wei Wang", year: int | None = 2015, **known: Any) -> Signature:
    return Signature(id=number, name=name, title=title, year=year, coauthors=frozenset(coauthors), **known)


@cache
def corpus() -> Corpus:
    """Works of many fields and authors, so that a word that two works share is rare."""
    found = Corpus.of(
        signature(
            number,
            f"subject{number} theme{number % 97} matter{number % 31}",
            f"given{number} family{number}",
            venue=f"Journal {number % 211}",
        )
        for number in range(2_000)
    )
    found.add_names(
        f"{given} {family}" for given in ("wei", "lei", "jie", "fang", "hao") for family in ("wang", *(f"li{n}" for n in range(40)))
    )
    found.add_names(f"given{number} wang" for number in range(300))
    return found


def homonyms() -> list[Signature]:
    """Return works of a Wei Wang in optics (1-4) and of another one in soil science (11-14)."""
    return [
        signature(1, "Femtosecond laser pulses in fibres", "ada lovelace", "grete hermann", **OPTICS),
        signature(2, "Laser pulses of a femtosecond oscillator", "ada lovelace", **OPTICS),
        signature(3, "Dispersion of femtosecond pulses in fibres", "grete hermann", **OPTICS),
        signature(4, "Fibres with low dispersion for laser pulses", "ada lovelace", "grete hermann", **OPTICS),
        signature(11, "Nitrogen in tropical soils under maize", "wanjiru kamau", **SOILS),
        signature(12, "Maize yields on acid tropical soils", "wanjiru kamau", "otieno ouma", **SOILS),
        signature(13, "Liming of acid soils and nitrogen uptake", "otieno ouma", **SOILS),
        signature(14, "Uptake of nitrogen by maize on limed soils", "wanjiru kamau", **SOILS),
    ]


def groups(found: list[Person]) -> list[tuple[int, ...]]:
    return [person.signatures for person in found]


def test_homonyms_in_different_fields_stay_apart():
    assert groups(persons(homonyms(), corpus=corpus())) == [(1, 2, 3, 4), (11, 12, 13, 14)]


def test_no_signature_and_one_signature():
    assert persons([], corpus=corpus()) == []
    assert persons([signature(7, "Alone")], corpus=corpus()) == [Person(signatures=(7,))]
    assert Person(signatures=(7,)).confidence == 1


def test_a_shared_coauthor_joins_a_person_across_affiliations():
    moved = signature(
        5,
        "Oceans of the Cretaceous",
        "ada lovelace",
        "grete hermann",
        affiliations=("Universidad de Chile, Santiago",),
        venue="Paleoceanography",
    )
    found = persons([*homonyms(), moved], corpus=corpus())
    assert groups(found) == [(1, 2, 3, 4, 5), (11, 12, 13, 14)]
    grounds = next(link for link in found[0].links if 5 in (*link.one, *link.other)).grounds
    assert (grounds[0].kind, grounds[0].shared) == ("coauthors", ("ada lovelace", "grete hermann"))


def test_a_common_coauthor_name_says_less_than_a_rare_one():
    def score(coauthor: str) -> float:
        pair = [signature(1, "Optics", coauthor), signature(2, "Soils", coauthor)]
        (merge,) = proposed_merges(pair, {1: 1, 2: 2}, corpus=corpus(), weights=eager())
        return merge.link.score

    assert score("wei wang") < score("wanjiru kamau") - 0.5


def eager() -> module.Weights:
    """Return the shipped weights with a threshold that joins everything, to see the grounds."""
    return module.Weights(version="eager", values=module.shipped().values, threshold=-1_000.0)


def test_every_link_is_the_sum_of_its_grounds():
    found = persons(homonyms(), corpus=corpus())
    links = [link for person in found for link in person.links]
    assert len(links) == len(homonyms()) - len(found)
    for link in links:
        assert link.score == pytest.approx(sum(ground.score for ground in link.grounds))
        assert link.score >= module.shipped().threshold
        slope, offset = module.shipped().calibration
        assert link.odds == pytest.approx(slope * link.score + offset)
        assert link.confidence == pytest.approx(1 / (1 + math.exp(-link.odds)))
        assert {"coauthors", "text", "affiliation", "venue", "years", "prior"} <= {ground.kind for ground in link.grounds}
    assert found[0].confidence == min(link.confidence for link in found[0].links)
    shared = {ground.kind: ground.shared for ground in found[0].links[0].grounds}
    assert shared["venue"] == ("optics letters",)
    assert {"femtosecond", "laser"} & set(shared["text"])


def test_two_orcids_cannot_be_joined_however_much_else_agrees():
    one, two = frozenset({"0000-0001"}), frozenset({"0000-0002"})
    alike = [signature(number, "Femtosecond laser pulses", "ada lovelace", orcids=iD, emails=frozenset({"w@optics.example"}), **OPTICS)
             for number, iD in ((1, one), (2, two), (3, one))]  # fmt: skip
    assert groups(persons(alike, corpus=corpus())) == [(1, 3), (2,)]
    # A third byline without an iD may belong to one of them, and must not bring both together.
    bridged = persons([*alike, signature(4, "Femtosecond laser pulses", "ada lovelace", **OPTICS)], corpus=corpus())
    assert not [person for person in bridged if {1, 2} <= set(person.signatures)]
    decided = persons(alike, corpus=corpus(), decisions=Decisions(together=frozenset({(1, 2)})))
    assert groups(decided) == [(1, 3), (2,)]


@pytest.mark.parametrize(
    ("kind", "known"), [("orcid", {"orcids": frozenset({"0000-0001"})}), ("email", {"emails": frozenset({"w@x.example"})})]
)
def test_hard_evidence_joins_what_else_differs(kind, known):
    apart = [
        signature(1, "Femtosecond lasers", "ada lovelace", **known, **OPTICS),
        signature(2, "Acid soils", "otieno ouma", year=1960, **known, **SOILS),
    ]
    (person,) = persons(apart, corpus=corpus())
    assert person.signatures == (1, 2)
    (link,) = person.links
    assert (link.score, link.confidence) == (math.inf, 1)
    assert [(ground.kind, ground.shared) for ground in link.grounds] == [(kind, tuple(next(iter(known.values()))))]


def test_two_bylines_of_one_work_are_two_persons():
    same_work = [signature(number, "Femtosecond laser pulses", "ada lovelace", work_id=9, **OPTICS) for number in (1, 2)]
    assert groups(persons(same_work, corpus=corpus())) == [(1,), (2,)]


def test_what_people_decided_is_kept():
    decisions = Decisions(together=frozenset({(1, 11)}), apart=frozenset({(3, 2)}))
    found = groups(persons(homonyms(), corpus=corpus(), decisions=decisions))
    home = {key: own for own in found for key in own}
    assert home[1] == home[11]
    assert home[2] != home[3]


def test_other_given_names_speak_against_one_person():
    def score(name: str) -> float:
        pair = [signature(1, "Lasers", "ada lovelace", name="W. Wang"), signature(2, "Lasers", "ada lovelace", name=name)]
        wei = [signature(3, "Lasers", "ada lovelace", name="Wei Wang"), pair[1]]
        (merge,) = proposed_merges(wei, {2: 2, 3: 3}, corpus=corpus(), weights=eager())
        return next((ground.score for ground in merge.link.grounds if ground.kind == "names"), 0.0)

    assert score("Wen Wang") < score("Wei Wang") == score("W. Wang") == 0


def test_ids_must_be_unique():
    with pytest.raises(ValueError, match="Two signatures have one id"):
        persons([signature(1, "One"), signature(1, "Other")], corpus=corpus())


words = st.sampled_from(["laser", "fibre", "soil", "maize", "ocean", "graph"])
some_signatures = st.lists(
    st.builds(
        Signature,
        id=st.integers(1, 10_000),
        name=st.sampled_from(["Wei Wang", "W. Wang", "Wen Wang", "", "王伟"]),
        work_id=st.none() | st.integers(1, 5),
        coauthors=st.frozensets(st.sampled_from(["ada lovelace", "wei li1", "otieno ouma", "", "h"]), max_size=3),
        affiliations=st.lists(words, max_size=2).map(tuple),
        topics=st.frozensets(words, max_size=2),
        venue=words | st.just(""),
        year=st.none() | st.integers(1950, 2026),
        orcids=st.frozensets(st.sampled_from(["1", "2"]), max_size=1),
        emails=st.frozensets(st.sampled_from(["a@x", "b@x"]), max_size=1),
        title=st.lists(words, max_size=3).map(" ".join),
        abstract=words | st.just(""),
    ),
    unique_by=lambda signature: signature.id,
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(some_signatures, st.randoms())
def test_the_outcome_does_not_depend_on_the_order(signatures, random):
    found = persons(signatures, corpus=corpus())
    shuffled = random.sample(signatures, len(signatures))
    assert persons(shuffled, corpus=corpus()) == found
    assert sorted(key for person in found for key in person.signatures) == sorted(signature.id for signature in signatures)
    by_id = {signature.id: signature for signature in signatures}
    for person in found:
        iDs = [by_id[key].orcids for key in person.signatures if by_id[key].orcids]
        assert len(set(iDs)) <= 1
        works = [by_id[key].work_id for key in person.signatures if by_id[key].work_id]
        assert len(works) == len(set(works))


@settings(deadline=None, max_examples=30)
@given(some_signatures, st.randoms())
def test_proposals_do_not_depend_on_the_order(signatures, random):
    assignment = {signature.id: signature.id % 3 for signature in signatures}
    shuffled = random.sample(signatures, len(signatures))
    for propose in (proposed_splits, proposed_merges):
        assert propose(shuffled, assignment, corpus=corpus()) == propose(signatures, assignment, corpus=corpus())


def test_a_record_of_two_persons_is_proposed_for_a_split():
    (split,) = proposed_splits(homonyms(), dict.fromkeys((1, 2, 3, 4, 11, 12, 13, 14), 77), corpus=corpus())
    assert split.record == 77
    assert groups(list(split.parts)) == [(1, 2, 3, 4), (11, 12, 13, 14)]
    assert split.closest.score < module.shipped().threshold
    assert split.confidence == pytest.approx(1 - split.closest.confidence)
    assert split.confidence > 0.5


def test_records_of_one_person_are_proposed_for_a_merge_and_sound_ones_are_not():
    assignment = {1: 70, 2: 70, 3: 71, 4: 71, 11: 72, 12: 72, 13: 72, 14: 72}
    assert proposed_splits(homonyms(), assignment, corpus=corpus()) == []
    (merge,) = proposed_merges(homonyms(), assignment, corpus=corpus())
    assert merge.records == (70, 71)
    assert (merge.link.one, merge.link.other) == ((1, 2), (3, 4))
    assert merge.confidence > 0.9
    kept = Decisions(apart=frozenset({(2, 4)}))
    assert proposed_merges(homonyms(), assignment, corpus=corpus(), decisions=kept) == []


def test_records_that_share_an_orcid_are_proposed_for_a_merge():
    iD: dict[str, Any] = {"orcids": frozenset({"0000-0001"})}
    pair = [signature(1, "Lasers", **iD), signature(2, "Soils", **iD), signature(3, "Oceans")]
    (merge,) = proposed_merges(pair, {1: 70, 2: 71, 3: 72}, corpus=corpus())
    assert (merge.records, merge.confidence, merge.link.grounds[0].kind) == ((70, 71), 1, "orcid")


def test_unassigned_signatures_are_left_out_of_proposals():
    assert proposed_merges(homonyms(), {1: 70}, corpus=corpus()) == []
    assert proposed_splits(homonyms(), {1: 70, 2: 70}, corpus=corpus()) == []


@pytest.mark.parametrize("most", [5, 4])
def test_blocks_that_hold_whole_persons_change_nothing(monkeypatch, most):
    whole = persons(homonyms(), corpus=corpus())
    monkeypatch.setattr(module, "MOST_AT_ONCE", most)
    assert groups(persons(homonyms(), corpus=corpus())) == groups(whole)


def test_blocks_that_cut_a_person_are_put_together_again(monkeypatch):
    monkeypatch.setattr(module, "MOST_AT_ONCE", 3)
    found = persons(homonyms(), corpus=corpus())
    assert (1, 2, 3, 4) in groups(found)
    assert all(set(person.signatures) <= {1, 2, 3, 4} or set(person.signatures) <= {11, 12, 13, 14} for person in found)
    assert all(len(person.links) == len(person.signatures) - 1 for person in found)
    assert persons(reversed(homonyms()), corpus=corpus()) == found


def test_expected_namesakes_do_not_grow_with_the_corpus():
    small, large = Corpus(), Corpus()
    small.add_names(f"g{n % 10} f{n % 7}" for n in range(70))
    large.add_names(f"g{n % 10} m{m} f{n % 7}" for n in range(70) for m in range(50))
    assert large.namesakes("g1 f1") == pytest.approx(small.namesakes("g1 f1"), abs=0.3)
    assert corpus().namesakes("wei wang") > corpus().namesakes("given7 family7")
    assert corpus().namesakes("w wang") >= corpus().namesakes("wei wang")


def test_measures_on_a_known_example():
    truth = {1: "a", 2: "a", 3: "a", 4: "b"}
    assert b_cubed(truth, truth) == pairwise(truth, truth) == (1, 1, 1)
    precision, recall, f1 = b_cubed({1: 1, 2: 1, 3: 2, 4: 2}, truth)
    assert (precision, recall) == (pytest.approx(0.75), pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4))
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert pairwise({1: 1, 2: 1, 3: 2, 4: 2}, truth) == (pytest.approx(1 / 2), pytest.approx(1 / 3), pytest.approx(0.4))


HELD_OUT = ("Wei Xu", "Jim Gray", "Kai Zhang", "David Brown", "Yang Yu", "Bob Johnson", "Michael Smith", "Robert Schreiber")
LEARNED_FROM = 24
HELD_OUT_FLOOR = 0.82
"""Reached when written: 0.838, learning from few and small names to be quick. The measurement in bench learns from all others."""
FLOOR = 0.88
"""Reached when written: 0.893, with the shipped weights, which were learned from these very names."""


@pytest.fixture(scope="module")
def names():
    if not TRUTH.is_dir():
        pytest.skip("the truth set and-aminer110 is not at hand; BZPEER_SHARED_DATA names its folder")
    return truth_set(TRUTH)


@pytest.fixture(scope="module")
def known(names):
    return corpus_of(names)


def test_real_names_are_told_apart_better_than_by_either_baseline(names, known):
    assert (len(names), sum(len(name.signatures) for name in names)) == (55, 3_407)
    averages = {
        "found": fmean(b_cubed(found_persons(name, known), name.truth)[2] for name in names),
        "full name": fmean(b_cubed({s.id: name_key(s.name) for s in name.signatures}, name.truth)[2] for name in names),
        "short name": fmean(b_cubed({s.id: short_name(name_key(s.name)) for s in name.signatures}, name.truth)[2] for name in names),
    }
    assert averages["found"] > FLOOR
    assert averages["found"] > max(averages["full name"], averages["short name"]) + 0.3


def test_names_unknown_to_the_learning_are_told_apart(names, known):
    others = [name for name in names if name.name not in HELD_OUT and len(name.signatures) < 80][:LEARNED_FROM]
    weights = Learner(others, known).learn([name.name for name in others], "test")
    measured = [name for name in names if name.name in HELD_OUT]
    found = fmean(b_cubed(found_persons(name, known, weights), name.truth)[2] for name in measured)
    baseline = fmean(b_cubed({s.id: name_key(s.name) for s in name.signatures}, name.truth)[2] for name in measured)
    assert found > max(HELD_OUT_FLOOR, baseline + 0.2)
