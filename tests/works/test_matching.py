"""Which drafts are one paper: pure, and blind to order."""

from hypothesis import given
from hypothesis import strategies as st

from tests.works.drafting import arxiv_work, openalex_work
from works.drafts import WorkDraft
from works.matching import connected, papers

DOIS = st.sampled_from(["", "10.1/a", "10.1/b"])
ALIASES = st.lists(st.sampled_from(["arxiv:2101.00001", "arxiv:2101.00002", "doi:10.1/a", "openalex:W2"]), max_size=2).map(tuple)
ARTICLES = st.builds(lambda number, doi, aliases: openalex_work(number, doi=doi, also_known_as=aliases), st.integers(1, 4), DOIS, ALIASES)
PREPRINTS = st.builds(lambda number, doi: arxiv_work(f"2101.0000{number}", doi=doi), st.integers(1, 4), DOIS)


def told(drafts: list[WorkDraft]) -> set[tuple[frozenset[str], frozenset[str]]]:
    groups = connected(drafts, {})
    return {(frozenset(draft.key for draft in paper.drafts), paper.lost) for group, _ in groups for paper in papers(group)}


@given(st.lists(st.one_of(ARTICLES, PREPRINTS), max_size=7, unique_by=lambda draft: draft.key), st.randoms())
def test_papers_do_not_depend_on_order_and_hold_every_draft_once(drafts, random):
    shuffled = drafts[:]
    random.shuffle(shuffled)
    found = told(drafts)
    assert told(shuffled) == found
    assert sorted(key for keys, _ in found for key in keys) == sorted(draft.key for draft in drafts)


def test_a_doi_typed_on_arxiv_joins_one_paper_to_its_article_and_leaves_the_other_apart():
    drafts = [arxiv_work("2101.00002", doi="10.1/a"), arxiv_work("2101.00001", doi="10.1/a"), openalex_work(1, doi="10.1/a")]
    assert told(drafts) == {
        (frozenset({"openalex:W1", "arxiv:2101.00001"}), frozenset()),
        (frozenset({"arxiv:2101.00002"}), frozenset({"doi:10.1/a"})),
    }


def test_the_article_that_names_an_arxiv_id_settles_whose_the_doi_is():
    named = openalex_work(1, doi="10.1/a", also_known_as=("arxiv:2101.00002",))
    assert told([arxiv_work("2101.00001", doi="10.1/a"), arxiv_work("2101.00002", doi="10.1/a"), named]) == {
        (frozenset({"openalex:W1", "arxiv:2101.00002"}), frozenset()),
        (frozenset({"arxiv:2101.00001"}), frozenset({"doi:10.1/a"})),
    }


def test_works_that_are_here_connect_what_leads_to_them():
    groups = connected(
        [openalex_work(1, doi="10.1/a"), arxiv_work("2101.00001"), openalex_work(3)], {"doi:10.1/a": 7, "arxiv:2101.00001": 7}
    )
    assert [([draft.key for draft in drafts], works) for drafts, works in groups] == [
        (["openalex:W1", "arxiv:2101.00001"], [7]),
        (["openalex:W3"], []),
    ]
