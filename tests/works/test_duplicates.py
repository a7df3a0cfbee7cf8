"""Which works are the same paper, by what they print."""

from typing import Any

import pytest

from tests.works.drafting import arxiv_work, bylines, openalex_work
from tests.works.test_importing import imported
from works.duplicates import Band, Comparison, Facts, compared, note_candidates
from works.models import DuplicateCandidate, Work

ABSTRACT = " ".join(f"word{number} of a text about engines" for number in range(12))


def facts(key: int = 1, **more) -> Facts:
    said: dict[str, Any] = {
        "id": key, "title": "on the computation of engines and looms", "type": "article", "year": 2021, "doi": None, "arxiv_id": None,
        "authors": ("ada lovelace", "charles babbage"), "authors_total": 2, "abstract": ABSTRACT, "namesakes": 2,
    }  # fmt: skip
    return Facts(**said | more)


PREPRINT = facts(1, arxiv_id="2101.00001", doi="10.48550/arxiv.2101.00001", type="preprint")
ARTICLE = facts(2, doi="10.1/engines", year=2022)


def band(one: Facts, other: Facts) -> Band:
    there, back = compared(one, other), compared(other, one)
    assert (there.band, there.score) == (back.band, back.score)
    return there.band


def test_a_preprint_and_its_publication_are_certain():
    assert band(PREPRINT, ARTICLE) == Band.CERTAIN
    assert dict(compared(PREPRINT, ARTICLE).grounds) == {
        "Title": "the same, word for word",
        "Authors": "the same list (2)",
        "Abstract": "100% of the shorter one's wording is in the other",
        "Year": "1 year apart",
        "Ids": "one is a preprint, the other published under a DOI",
    }


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (facts(2, doi="10.1/engines", authors=("a lovelace", "c babbage")), Band.CERTAIN),
        (facts(2, doi="10.1/engines", authors=("ada lovelace", "c babbage", "mary somerville"), authors_total=3), Band.LIKELY),
        (facts(2, doi="10.1/engines", title="the computation of engines and of looms"), Band.LIKELY),
        (facts(2, doi="10.1/engines", year=2031), Band.NO),
        (facts(2, doi="10.1/engines", namesakes=3), Band.LIKELY),
        (facts(2, doi="10.1/engines", abstract=" ".join(f"other{n} telling of bread" for n in range(12))), Band.LIKELY),
        (facts(2), Band.LIKELY),
        (facts(2, arxiv_id="2102.00002"), Band.NO),
        (facts(2, doi="10.1/engines", type="dataset"), Band.NO),
        (facts(2, doi="10.1/engines", title="supplementary material to on the computation of engines and looms"), Band.NO),
        (facts(2, doi="10.1/engines", authors=("grace hopper", "alan turing")), Band.NO),
        (facts(2, doi="10.1/engines", title="on the computation of engines and looms ii"), Band.NO),
        (facts(2, doi="10.1/engines", title="on the making of bread and of butter"), Band.NO),
    ],
    ids=[
        "initials", "one author more", "retitled", "ten years later", "a third of that title", "another text", "no ids", "another arXiv id",
        "dataset", "supplement", "other people", "second part", "another matter",
    ],
)  # fmt: skip
def test_what_differs_from_a_preprint(other, expected):
    assert band(PREPRINT, other) == expected


def test_two_publishers_dois_are_two_papers():
    assert compared(ARTICLE, facts(3, doi="10.2/engines")) == Comparison(band=Band.NO, score=0.0)


def test_a_servers_doi_is_a_preprints():
    assert band(facts(1, doi="10.1101/2020.01.01.123456"), ARTICLE) == Band.CERTAIN
    assert band(facts(1, doi="10.1101/gad.123"), ARTICLE) == Band.NO


def test_a_lone_author_must_be_the_same_to_the_letter():
    one, other = ({"authors": (name,), "authors_total": 1} for name in ("ada lovelace", "a lovelace"))
    assert band(facts(1, arxiv_id="2101.00001", **one), facts(2, doi="10.1/e", **one)) == Band.CERTAIN
    assert band(facts(1, arxiv_id="2101.00001", **one), facts(2, doi="10.1/e", **other)) == Band.LIKELY


@pytest.mark.django_db
def test_pairs_meet_by_title_or_by_first_author_and_title_words():
    imported(
        arxiv_work("2101.00001", "Ada Lovelace", title="On the computation of engines"),
        openalex_work(1, title="On the Computation of Engines!", doi="10.1/a", publication_year=2021, authorships=bylines("Nobody")),
        openalex_work(2, title="The computation of engines", doi="10.1/b", publication_year=2021, authorships=bylines("Lovelace, Ada")),
        openalex_work(3, title="Bread and butter in towns", doi="10.1/c", publication_year=2021, authorships=bylines("Ada Lovelace")),
        openalex_work(4, title="The computation of engines", doi="10.1/d", publication_year=1990, authorships=bylines("Ada Lovelace")),
    )
    Work.objects.filter(arxiv_id="2101.00001").update(publication_year=2020)
    preprint = Work.objects.get(arxiv_id="2101.00001")
    assert note_candidates([preprint.pk]) == 2
    found = DuplicateCandidate.objects.order_by("work_id", "other_id").values_list("work__title", "other__title")
    assert {frozenset(pair) for pair in found} == {
        frozenset(("On the computation of engines", "On the Computation of Engines!")),
        frozenset(("On the computation of engines", "The computation of engines")),
    }
    assert note_candidates([preprint.pk]) == 0


@pytest.mark.django_db
def test_titles_that_many_share_are_left_alone():
    imported(*(openalex_work(number, title="Introduction to the special issue") for number in range(1, 31)))
    assert note_candidates(list(Work.objects.values_list("pk", flat=True))) == 0
