"""Which work a citation means: the pure judgement, and the finding in a real database."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.records import ResearcherFactory, WorkFactory
from works import recognising
from works.citations import Citation
from works.models import WorkRedirect
from works.recognising import Candidate, Verdict, judged, own_byline, recognised, same_name, title_key, titles_alike, verdict

TITLE = "Strength of minibatch noise in stochastic gradient descent"
AUTHORS = ("Liu Ziyin", "Kangqiao Liu", "Takashi Mori", "Masahito Ueda")
HERE = Candidate(work_id=1, title=TITLE, year=2021, doi="10.1000/a", bylines=AUTHORS)


def cite(**values) -> Citation:
    return Citation(**{"line": 1, "title": TITLE, "authors": AUTHORS, "year": 2021, **values})


def labels(citation: Citation, candidate: Candidate = HERE, **how) -> list[str]:
    return [ground.label for ground in judged(citation, candidate, **how).grounds]


def test_a_faultless_citation_scores_one_and_says_why() -> None:
    assert judged(cite(), HERE).score == 1.0
    assert labels(cite()) == ["same title", "same authors", "same year"]


@pytest.mark.parametrize(
    ("values", "verdict_", "label"),
    [
        ({"year": None}, Verdict.CERTAIN, "same title"),
        ({"year": 2020}, Verdict.CERTAIN, "a year apart"),
        ({"title": "Strenght of minibatch noise in stochastic gradient descnet"}, Verdict.CERTAIN, "similar title"),
        ({"title": "Strength of minibatch noise"}, Verdict.UNKNOWN, "another title"),
        ({"authors": ("Ziyin, L.", "Liu, K.", "Mori, T.", "Ueda, M.")}, Verdict.CERTAIN, "same authors"),
        ({"authors": ()}, Verdict.CERTAIN, "same title"),
        ({"authors": (), "year": None}, Verdict.UNCERTAIN, "same title"),
        ({"authors": ("A. Nobody",)}, Verdict.UNKNOWN, "no author in common"),
        ({"doi": "10.1000/other"}, Verdict.UNCERTAIN, "another DOI"),
        ({"title": f"{TITLE} II"}, Verdict.UNCERTAIN, "perhaps another part"),
        ({"title": f"Reply to: {TITLE}"}, Verdict.UNCERTAIN, "perhaps another part"),
        ({"title": TITLE.replace("minibatch", "fullbatch")}, Verdict.UNCERTAIN, "similar title"),
        ({"title": TITLE.replace("minibatch", "anisotropic")}, Verdict.UNCERTAIN, "another word"),
    ],
)
def test_each_doubt_has_its_verdict_and_its_ground(values: dict[str, Any], verdict_: Verdict, label: str) -> None:
    found = judged(cite(**values), HERE)

    assert verdict([found] if found.score >= recognising.POSSIBLE else []) == verdict_
    assert label in [ground.label for ground in found.grounds]


def test_an_id_is_certain_unless_title_and_authors_contradict_it() -> None:
    same = judged(cite(title="", authors=()), HERE, shared_keys=["doi:10.1000/a"])
    mistyped = judged(cite(title="Quantum gravity of cats", authors=("A. Nobody",)), HERE, shared_keys=["doi:10.1000/a"])

    assert (same.score, same.by_id, verdict([same])) == (1.0, True, Verdict.CERTAIN)
    assert verdict([mistyped]) == Verdict.UNCERTAIN
    assert {ground.label: ground.speaks for ground in mistyped.grounds} == {
        "same DOI": "for", "another title": "against", "no author in common": "against", "same year": "for",
    }  # fmt: skip


def test_a_short_title_needs_an_author() -> None:
    short = Candidate(work_id=1, title="Introduction", year=2021, bylines=("A. Smith",))
    assert verdict([judged(cite(title="Introduction", authors=()), short)]) == Verdict.UNCERTAIN
    assert verdict([judged(cite(title="Introduction", authors=("Smith, Anna",)), short)]) == Verdict.CERTAIN


def test_two_that_are_equally_good_are_left_to_the_person() -> None:
    twins = [judged(cite(), HERE), judged(cite(), Candidate(work_id=2, title=TITLE, year=2021, bylines=AUTHORS))]
    assert verdict(twins) == Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (r"On the {$\alpha$}-decay of {\textit{Po}}", "on the alpha decay of po"),
        ("On the α-decay of <i>Po</i>", "on the alpha decay of po"),
        (r"Gr{\"o}bner bases and Erd\H{o}s", "grobner bases and erdos"),
        ("<mml:math><mml:msub><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msub></mml:math> &amp; y", "x 2 y"),
        (r"$\mathbb{Z}_2$ and $x^{2}$", "z 2 and x 2"),
        ("x<y and y>z", "x y and y z"),
        ("Теория струн", "теория струн"),
    ],
)
def test_title_keys_hold_the_words_without_markup(written: str, key: str) -> None:
    assert title_key(written) == key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ziyin, Liu", "Liu Ziyin", True),
        ("Liu Ziyin", "Ziyin Liu", True),
        ("Smith, J.", "John Smith", True),
        ("J. A. Smith", "Smith, John", True),
        ("Smith JA", "John A. Smith", True),
        ("Müller, K.", "Klaus Mueller", True),
        ("van der Waals, J. D.", "Johannes Diderik van der Waals", True),
        ("Waals, J.", "J. van der Waals", True),
        ("Smith, Jr., John", "John Smith", True),
        ("Jean-Pierre Serre", "Serre, JP", True),
        ("Smith, Jane", "John Smith", False),
        ("Smith, K.", "John Smith", False),
        ("Smyth, John", "John Smith", False),
        ("", "John Smith", False),
    ],
)
def test_names_agree_in_any_spelling_and_only_then(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_ones_own_byline_is_told_only_when_it_is_the_only_one() -> None:
    assert own_byline(AUTHORS, ["Masahito Ueda"]) == 3
    assert own_byline(AUTHORS, ["Ueda, M."]) == 3
    assert own_byline(AUTHORS, ["Nobody Else"]) is None
    assert own_byline(("J. Smith", "John Smith"), ["John Smith"]) == 1
    assert own_byline(("J. Smith", "J. R. Smith"), ["J. Smithson", "John Smith"]) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_titles_are_as_alike_as_the_other_way_round(one: str, other: str) -> None:
    likeness = titles_alike(one, other)[0]
    assert 0 <= likeness <= 1
    assert titles_alike(one, one)[0] in (0.0, 1.0)
    assert titles_alike(other, one)[0] == pytest.approx(likeness, abs=0.12)  # which of two misspelt words meets which depends on the order


@given(
    st.builds(
        Citation, line=st.just(1), title=st.sampled_from([TITLE, "", "x", f"{TITLE} III"]),
        authors=st.lists(st.sampled_from([*AUTHORS, "X Y", ""])).map(tuple),
        year=st.none() | st.integers(2015, 2025), doi=st.sampled_from(["", "10.1000/a", "10.1000/b"]),
    )
)  # fmt: skip
def test_scores_stay_in_range_and_every_offered_one_has_a_ground(citation: Citation) -> None:
    found = judged(citation, HERE)
    assert 0 <= found.score <= 1
    assert found.score < recognising.POSSIBLE or any(ground.speaks == "for" for ground in found.grounds)


@given(st.sampled_from(range(len(TITLE.split()))))
def test_losing_a_word_never_raises_the_score(place: int) -> None:
    words = TITLE.split()
    del words[place]
    assert judged(cite(title=" ".join(words)), HERE).score < judged(cite(), HERE).score


# --- in the database ------------------------------------------------------------------------------


def people(*names: str) -> list[Any]:
    return [ResearcherFactory(display_name=name) for name in names]


@pytest.fixture
def work(db):
    return WorkFactory(title=TITLE, publication_year=2021, doi="10.1000/a", arxiv_id="2102.05375", authors=people(*AUTHORS))


def found_for(**values) -> list[int]:
    return [each.work_id for each in recognised([cite(**values)])[0]]


@pytest.mark.parametrize(
    "values",
    [
        {"title": "", "authors": (), "doi": "10.1000/a"},
        {"title": "", "authors": (), "arxiv_id": "2102.05375"},
        {"title": "", "authors": (), "doi": "10.1000/preprint"},
        {},
        {"title": "Strenght of minibach noise in stochastic gradient descent"},
        {"title": "STRENGTH OF {M}INIBATCH NOISE IN \\textit{stochastic} GRADIENT DESCENT"},
        {"title": f"{TITLE}: proofs and experiments"},
        {"title": "Strength of noise in stochastic gradient descent"},
    ],
)
def test_a_work_is_found_however_it_is_cited(work, values: dict[str, Any]) -> None:
    WorkRedirect.objects.create(key="doi:10.1000/preprint", work=work)
    WorkFactory(title="Another thing altogether", authors=people("A. Nobody"))
    assert found_for(**values) == [work.pk]


def test_a_work_that_only_shares_words_is_not_offered(work) -> None:
    assert found_for(title="Stochastic gradient descent of noise in the ear", authors=("A. Nobody",)) == []
    assert found_for(title="", authors=()) == []
    assert found_for(title="' | & !", authors=()) == []


@pytest.mark.parametrize("number", [1, 60])
def test_many_citations_cost_as_many_queries_as_one(work, number: int) -> None:
    citations = [cite(), cite(doi="10.1000/a"), cite(title="Nothing like it here")] * number
    with CaptureQueriesContext(connection) as queries:
        recognised(citations)
    assert len(queries) <= 17


def test_titles_are_found_through_the_index(work) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert found_for() == [work.pk]
    asked = next(each["sql"] for each in queries if "ts_rank" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "work_search" in plan
    assert not re.search(r"Seq Scan on works_work", plan)
