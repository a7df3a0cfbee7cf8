"""Bylines without an upstream author id become provisional researchers, on recorded grounds."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from researchers.models import Researcher
from tests.works.drafting import arxiv_work, bylines, openalex_work, topical
from tests.works.stored import everything, redirects
from works.drafts import Read
from works.importing import store
from works.models import Authorship, ImportProblem, ImportRun, RecordChange, UpstreamRecord, Work
from works.resolving import Byline, clusters, grounds

LIU, ZIYIN = "Kangqiao Liu", "Liu Ziyin"


def imported(*reads: Read, size: int = 1) -> dict[str, int]:
    return dict(store(reads, run=ImportRun.objects.create(provider="arxiv"), batch_size=size))


def of(name: str) -> list[list[str]]:
    """Return the works of each researcher assembled under a name."""
    found = Researcher.objects.filter(name_key=name, assembled=True).order_by("pk")
    return sorted(sorted(str(authorship.work.arxiv_id) for authorship in each.authorships.all()) for each in found)


def how(number: str, position: int = 1) -> tuple[str, dict[str, Any]]:
    return Authorship.objects.values_list("resolved_by", "grounds").get(work__arxiv_id=number, position=position)


@pytest.mark.django_db
def test_a_shared_coauthor_joins_and_is_recorded():
    imported(arxiv_work("2101.00001", LIU, ZIYIN, categories=("cs.LG",)), arxiv_work("2101.00002", ZIYIN, LIU, categories=("math.PR",)))
    assert of("kangqiao liu") == [["2101.00001", "2101.00002"]]
    assert how("2101.00001") == ("shared_coauthor", {"shared": ["liu ziyin"]})
    assert how("2101.00002", 2) == ("shared_coauthor", {"shared": ["liu ziyin"]})


@pytest.mark.django_db
def test_a_shared_category_joins_full_names_only():
    imported(
        arxiv_work("2101.00001", LIU), arxiv_work("2101.00002", LIU),
        arxiv_work("2101.00003", "K. Liu"), arxiv_work("2101.00004", "K. Liu"),
    )  # fmt: skip
    assert of("kangqiao liu") == [["2101.00001", "2101.00002"]]
    assert how("2101.00001") == ("shared_category", {"categories": ["cs.LG"]})
    assert of("k liu") == [["2101.00003"], ["2101.00004"]]
    assert how("2101.00003") == ("alone", {})


@pytest.mark.django_db
def test_initials_join_by_a_shared_coauthor():
    imported(arxiv_work("2101.00001", "K. Liu", ZIYIN), arxiv_work("2101.00002", "K. Liu", ZIYIN, categories=("math.PR",)))
    assert of("k liu") == [["2101.00001", "2101.00002"]]


@pytest.mark.django_db
def test_nothing_shared_stands_alone():
    imported(arxiv_work("2101.00001", LIU), arxiv_work("2101.00002", LIU, categories=("math.PR",)))
    assert of("kangqiao liu") == [["2101.00001"], ["2101.00002"]]
    assert Researcher.objects.filter(verification_level=0, assembled=True).count() == 2


@pytest.mark.django_db
def test_a_topic_joins_and_the_same_upstream_coauthor_joins_though_printed_otherwise():
    first = openalex_work(1, authorships=bylines(LIU, ("Masahito Ueda", "A3")), topics=(topical(),))
    second = openalex_work(2, authorships=bylines(LIU, ("M. Ueda", "A3")))
    third = openalex_work(3, authorships=bylines(LIU), topics=(topical(),))
    imported(first, second, third)
    assert Researcher.objects.get(name_key="kangqiao liu").authorships.count() == 3
    found = {
        each.work.openalex_id: (each.resolved_by, each.grounds) for each in Authorship.objects.filter(position=1).select_related("work")
    }
    assert found == {
        "W1": ("shared_coauthor", {"shared": ["openalex:A3"], "topics": ["T11612"]}),
        "W2": ("shared_coauthor", {"shared": ["openalex:A3"]}),
        "W3": ("shared_category", {"topics": ["T11612"]}),
    }


@pytest.mark.django_db
def test_a_name_printed_twice_on_a_work_stands_alone():
    imported(arxiv_work("2101.00001", "Wei Wang", "Wei Wang", ZIYIN), arxiv_work("2101.00002", "Wei Wang", ZIYIN))
    assert of("wei wang") == [["2101.00001"], ["2101.00001"], ["2101.00002"]]


@pytest.mark.django_db
def test_a_byline_that_links_two_records_merges_them_and_the_old_address_leads_on():
    imported(arxiv_work("2101.00001", LIU, categories=("cs.LG",)), arxiv_work("2101.00002", LIU, categories=("math.PR",)))
    first, second = Researcher.objects.order_by("pk").values_list("pk", flat=True)
    RecordChange.objects.all().delete()
    counts = imported(arxiv_work("2101.00003", LIU, categories=("cs.LG", "math.PR")))
    assert counts["researchers_merged"] == 1
    assert Researcher.objects.get().pk == first
    assert redirects() == {f"id:{second}": "assembled kangqiao liu"}
    assert ("researcher", first) in RecordChange.objects.values_list("kind", "record_id")


@pytest.mark.django_db
def test_claimed_records_keep_their_bylines_and_are_never_merged():
    imported(arxiv_work("2101.00001", LIU, categories=("cs.LG",)), arxiv_work("2101.00002", LIU, categories=("math.PR",)))
    Researcher.objects.update(is_claimed=True, verification_level=2)
    imported(arxiv_work("2101.00003", LIU, categories=("cs.LG", "math.PR")))
    assert of("kangqiao liu") == [["2101.00001"], ["2101.00002"], ["2101.00003"]]
    assert ImportProblem.objects.get().reason == "Two claimed records of the name “kangqiao liu” would have met; a person must decide."


@pytest.mark.django_db
def test_a_claimed_record_takes_in_an_unclaimed_one_whichever_is_older():
    imported(arxiv_work("2101.00001", LIU, categories=("cs.LG",)), arxiv_work("2101.00002", LIU, categories=("math.PR",)))
    younger = Researcher.objects.order_by("-pk")[0]
    Researcher.objects.filter(pk=younger.pk).update(is_claimed=True, verification_level=2, display_name="Kangqiao")
    imported(arxiv_work("2101.00003", LIU, categories=("cs.LG", "math.PR")))
    kept = Researcher.objects.get()
    assert (kept.pk, kept.display_name, kept.authorships.count()) == (younger.pk, "Kangqiao", 3)


@pytest.mark.django_db
def test_author_ids_that_arrive_later_take_the_bylines_over():
    imported(arxiv_work("2006.13719", LIU, ZIYIN))
    old = Researcher.objects.get(name_key="kangqiao liu").pk
    imported(openalex_work(1, also_known_as=("arxiv:2006.13719",), authorships=bylines(("K. Liu", "A1"), ("Ziyin Liu", "A2"))))
    assert list(Researcher.objects.order_by("openalex_id").values_list("openalex_id", flat=True)) == ["A1", "A2"]
    assert redirects()[f"id:{old}"] == "A1"


@pytest.mark.django_db
def test_grounds_that_vanish_part_a_record_again():
    one, two = arxiv_work("2101.00001", LIU), arxiv_work("2101.00002", LIU)
    imported(one, two)
    assert of("kangqiao liu") == [["2101.00001", "2101.00002"]]
    imported(arxiv_work("2101.00002", LIU, categories=("math.PR",)))
    assert of("kangqiao liu") == [["2101.00001"], ["2101.00002"]]
    assert how("2101.00001") == ("alone", {})


@pytest.mark.django_db
def test_the_order_of_arrival_does_not_matter():
    works = (
        arxiv_work("2101.00001", LIU, ZIYIN), arxiv_work("2101.00002", "Liu, Kangqiao", categories=("math.PR", "cs.LG")),
        arxiv_work("2101.00003", LIU, categories=("math.PR",)), arxiv_work("2101.00004", "K. Liu", ZIYIN, categories=("math.PR",)),
    )  # fmt: skip
    states = []
    for order in permutations(works):
        for model in (Work, Researcher, UpstreamRecord):
            model.objects.all().delete()
        imported(*order, size=2)
        states.append(everything())
    for state in states:
        assert state == states[0]
    assert len(states[0]["researchers"]) == 4


TRAITS = st.frozensets(st.tuples(st.sampled_from(["coauthor", "category", "topic"]), st.sampled_from("abc")), max_size=3)


@given(st.lists(st.tuples(st.integers(1, 6), TRAITS), max_size=8), st.randoms())
def test_clusters_do_not_depend_on_order(works, random):
    traits = dict(works)
    all_bylines = [Byline(id=number, work_id=work_id, name="Wei Wang", name_key="wei wang") for number, (work_id, _) in enumerate(works)]
    shuffled = all_bylines[:]
    random.shuffle(shuffled)

    def told(found):
        return {frozenset((byline.id, *grounds(cluster.shared[byline.id])[:1]) for byline in cluster.bylines) for cluster in found}

    assert told(clusters(shuffled, traits)) == told(clusters(all_bylines, traits))


def test_members_of_a_cluster_are_connected_by_what_their_grounds_say():
    traits = {
        1: frozenset({("category", "cs.LG")}),
        2: frozenset({("category", "cs.LG"), ("coauthor", "ann lee")}),
        3: frozenset({("coauthor", "ann lee")}),
    }
    all_bylines = [Byline(id=number, work_id=number, name="Wei Wang", name_key="wei wang") for number in (1, 2, 3)]
    (found,) = clusters(all_bylines, traits)
    assert dict(found.shared) == {
        1: (("category", "cs.LG"),), 2: (("category", "cs.LG"), ("coauthor", "ann lee")), 3: (("coauthor", "ann lee"),),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_form_that_upstream_prints_no_longer_is_gone():
    imported(arxiv_work("2006.00001", "Contini, Daniel", "Ada Example"), arxiv_work("2006.00002", "D. Other", "Ada Example"))
    imported(arxiv_work("2006.00001", "Daniel Contini", "Ada Example"))
    found = Researcher.objects.get(name_key="daniel contini")
    assert [form.name for form in found.name_forms.all()] == ["Daniel Contini"]
    assert (found.display_name, found.folded_names) == ("Daniel Contini", "daniel contini")
    assert Researcher.objects.get(name_key="ada example").name_forms.count() == 1
