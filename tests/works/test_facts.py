"""What hangs on a work in a few rows each: corrections by title, ids used again, stored records."""

import pytest

from tests.factories.records import WorkFactory
from works.facts import facts_on
from works.models import UpstreamMerge, Work, WorkRedirect

pytestmark = pytest.mark.django_db


def titled(title, **fields) -> Work:
    return WorkFactory(title=title, folded_title=title.lower().replace(":", "").replace("’", " "), **fields)


def test_a_correction_is_known_by_its_title_from_both_sides():
    work = titled("Flat minima of networks")
    erratum = titled("Erratum: Flat minima of networks", publication_year=2021, type="erratum")
    notice = titled("Retraction Note to: Flat minima of networks")
    titled("On errata: Flat minima of networks")
    titled("Flat minima of networks")
    assert {one.key for one in facts_on(work).corrections} == {erratum.pk, notice.pk}
    assert facts_on(work).corrects == ()
    assert work.pk in {one.key for one in facts_on(erratum).corrects}
    assert facts_on(erratum).corrections == ()


@pytest.mark.parametrize("title", ["Introduction", "Flat minima", ""])
def test_a_title_many_works_have_says_nothing_of_a_correction(title):
    work = titled(title)
    titled(f"Erratum: {title}")
    assert facts_on(work).corrections == ()


def test_an_id_used_again_leads_to_the_work_it_once_meant():
    work, once = WorkFactory(openalex_id="W5"), WorkFactory(openalex_id="W6", title="It was this")
    UpstreamMerge.objects.create(old_key="openalex:W5", new_key="openalex:W6", used_again_at="2026-01-01T00:00Z")
    assert facts_on(work).once is not None
    assert facts_on(work).once.title == "It was this"
    Work.objects.filter(pk=once.pk).update(openalex_id="W7")
    WorkRedirect.objects.create(key="openalex:W6", work=once)
    assert facts_on(work).once.key == once.pk
    assert facts_on(once).once is None


def test_own_former_keys_are_no_ids_of_the_paper():
    work = WorkFactory()
    WorkRedirect.objects.create(key="id:7", work=work)
    WorkRedirect.objects.create(key="doi:10.1000/x", work=work)
    assert facts_on(work).other_keys == ("doi:10.1000/x",)


def test_a_bare_work_has_nothing_on_it():
    facts = facts_on(WorkFactory(topics=[], openalex_id=None))
    assert (facts.topics, facts.categories, facts.funders, facts.versions, facts.other_keys, facts.once) == ((), (), (), (), (), None)
