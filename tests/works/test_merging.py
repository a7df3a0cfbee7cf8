"""Works made one by hand, and parted again."""

import msgspec
import pytest

from researchers.models import Researcher
from tests.factories.members import MemberFactory
from tests.works.drafting import arxiv_work, bylines, openalex_work
from tests.works.stored import everything, work_redirects
from tests.works.test_importing import imported
from works.drafts import Merged
from works.merging import CannotPart, join_works, part_works
from works.models import RecordChange, Reference, Work

pytestmark = pytest.mark.django_db

EARLY = arxiv_work("2101.00001", "Ada Lovelace", "Charles Babbage", title="On engines", publication_date="2021-01-01")
LATE = openalex_work(
    7, title="On analytical engines", doi="10.1/engines", publication_date="2022-02-02",
    authorships=bylines(("Ada Lovelace", "A1"), ("Charles Babbage", "A2")), references=("doi:10.9/z",),
)  # fmt: skip
CITING = openalex_work(8, title="Citing", references=("arxiv:2101.00001", "doi:10.1/engines"))


@pytest.fixture
def pair() -> tuple[Work, Work]:
    imported(LATE, CITING)
    imported(EARLY)
    return Work.objects.get(doi="10.1/engines"), Work.objects.get(arxiv_id="2101.00001")


def test_joined_works_are_composed_of_the_records_of_both(pair):
    late, early = pair
    join_works(late.pk, early.pk)
    work = Work.objects.get(pk=late.pk)
    assert (work.openalex_id, work.doi, work.arxiv_id) == ("W7", "10.1/engines", "2101.00001")
    assert (work.title, str(work.publication_date)) == ("On analytical engines", "2021-01-01")
    assert [each.researcher.openalex_id for each in work.authorships.order_by("position").select_related("researcher")] == ["A1", "A2"]
    assert not Researcher.objects.filter(assembled=True).exists()
    assert set(Reference.objects.filter(citing__openalex_id="W8").values_list("cited_id", flat=True)) == {late.pk}
    assert RecordChange.objects.filter(kind="work", record_id=late.pk).exists()


def test_joined_works_stay_one_when_their_records_change(pair):
    late, early = pair
    join_works(late.pk, early.pk)
    imported(msgspec.structs.replace(EARLY, comments="9 pages"), msgspec.structs.replace(LATE, volume="3"))
    work = Work.objects.exclude(openalex_id="W8").get()
    assert (work.pk, work.comments, work.volume, work.arxiv_id) == (late.pk, "9 pages", "3", "2101.00001")


def test_joined_works_stay_one_when_upstream_merges_the_id_of_one(pair):
    late, early = pair
    join_works(late.pk, early.pk)
    imported(Merged(old_key="openalex:W7", new_key="openalex:W70"))
    imported(msgspec.structs.replace(LATE, key="openalex:W70", openalex_id="W70"), msgspec.structs.replace(EARLY, comments="x"))
    work = Work.objects.exclude(openalex_id="W8").get()
    assert (work.pk, work.openalex_id, work.arxiv_id, work.comments) == (late.pk, "W70", "2101.00001", "x")


def test_parted_works_are_what_they_were(pair):
    late, early = pair
    before = everything()
    merge = join_works(late.pk, early.pk)
    assert everything() != before
    restored = part_works(merge)
    assert restored.pk == early.pk
    assert everything() == before
    assert work_redirects() == {}
    imported(msgspec.structs.replace(EARLY, comments="9 pages"), msgspec.structs.replace(LATE, volume="3"))
    assert Work.objects.count() == 3


def test_corrections_move_along_and_come_back(pair):
    late, early = pair
    said = {"value": "review", "at": "2026-01-01T00:00:00Z", "by": MemberFactory().pk}
    Work.objects.filter(pk=early.pk).update(asserted={"type": said})
    merge = join_works(late.pk, early.pk)
    assert Work.objects.values_list("type", "asserted").get(pk=late.pk) == ("review", {"type": said})
    part_works(merge)
    assert Work.objects.values_list("type", "asserted").get(pk=late.pk) == ("", {})
    assert Work.objects.values_list("type", "asserted").get(pk=early.pk) == ("review", {"type": said})


def test_a_merge_is_undone_once(pair):
    merge = join_works(pair[0].pk, pair[1].pk)
    part_works(merge)
    with pytest.raises(CannotPart, match="undone already"):
        part_works(merge)


def test_an_upstream_merge_keeps_the_other_records_of_the_absorbed_work():
    imported(
        arxiv_work("2101.00001", "Ada Lovelace", title="On engines"),
        openalex_work(7, also_known_as=("arxiv:2101.00001",), title="On engines", doi="10.1/a"),
        openalex_work(9, title="On engines", doi="10.1/b"),
    )
    imported(Merged(old_key="openalex:W7", new_key="openalex:W9"))
    work = Work.objects.get()
    assert (work.openalex_id, work.arxiv_id, work.doi) == ("W9", "2101.00001", "10.1/b")
    imported(arxiv_work("2101.00001", "Ada Lovelace", title="On engines", comments="new"))
    assert Work.objects.values_list("openalex_id", "arxiv_id", "comments").get() == ("W9", "2101.00001", "new")


def test_a_doi_the_source_takes_back_leaves_the_work_and_may_stand_elsewhere():
    imported(arxiv_work("2101.00001", "Ada Lovelace"), openalex_work(1, doi="10.1/a", also_known_as=("arxiv:2101.00001", "doi:10.2/b")))
    imported(openalex_work(1, also_known_as=("arxiv:2101.00001",), volume="2"))
    assert Work.objects.values_list("openalex_id", "doi", "arxiv_id").get() == ("W1", "10.48550/arxiv.2101.00001", "2101.00001")
    imported(openalex_work(2, doi="10.2/b"), openalex_work(3, doi="10.1/a"))
    assert set(Work.objects.values_list("openalex_id", "doi")) == {("W1", "10.48550/arxiv.2101.00001"), ("W2", "10.2/b"), ("W3", "10.1/a")}
    assert work_redirects() == {}


def test_of_a_preprint_and_its_publication_the_publication_speaks_and_the_first_date_counts(pair):
    imported(
        openalex_work(20, title="A draft", doi="10.2139/ssrn.1", type="preprint", publication_date="2021-03-04", publication_year=2021),
        openalex_work(21, title="The article", doi="10.1/z", type="article", publication_date="2022-05-06", publication_year=2022),
    )
    draft, article = (Work.objects.get(openalex_id=key) for key in ("W20", "W21"))
    join_works(draft.pk, article.pk)
    work = Work.objects.get(pk=draft.pk)
    assert (work.title, work.doi, work.openalex_id, str(work.publication_date)) == ("The article", "10.1/z", "W21", "2021-03-04")
    assert work_redirects()["doi:10.2139/ssrn.1"] == "W21"
