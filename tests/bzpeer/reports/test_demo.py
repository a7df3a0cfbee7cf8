"""The demo's report: made by the offline engine from a text that says of itself that it is not the paper."""

import pytest

from bzpeer.reports.demo import tell_demo_reports
from bzpeer.reports.models import FindingRow, Run, Text
from tests.factories.records import WorkFactory

pytestmark = pytest.mark.django_db


def test_the_demo_work_has_a_report_from_a_text_that_is_marked_as_such(client):
    work = WorkFactory(arxiv_id="2105.09557", title="Power-law escape rate of SGD", license="")

    assert [tell_demo_reports(), tell_demo_reports()] == [1, 1]

    text, run = Text.objects.get(), Run.objects.get()
    assert (text.work, text.origin, text.state, run.engine, run.state) == (work, "demo", "ready", "evidence", "finished")
    assert "It is not the paper" in text.text
    results = dict(FindingRow.objects.filter(run=run).values_list("variable", "result"))
    assert len(results) == 9
    assert (results["research_type"], results["open_datasets"], results["experiment_setup"]) == ("Experimental", "Yes", "Yes")
    page = client.get(f"/works/{work.pk}/power-law-escape-rate-of-sgd/reproducibility/").content.decode()
    assert "Not the paper's own words." in page
    assert "written for the demo" in client.get(f"/reproducibility/texts/{text.pk}/").content.decode()


def test_a_portal_without_the_demo_work_gets_no_text():
    assert tell_demo_reports() == 0
    assert not Text.objects.exists()
