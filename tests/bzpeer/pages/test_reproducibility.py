"""Pages of reproducibility reports: the report, the text behind it, run details, bringing texts, answers, the corpus."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from bzpeer.claims.models import Claim
from bzpeer.pages.reproducibility import masked
from bzpeer.reports.models import Answer, Text
from bzpeer.reports.standing import stand_anew
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import InstitutionFactory, ResearcherFactory, TopicFactory, WorkFactory
from tests.factories.reports import CODE, REJECTED, WORDS, quote, report_on, text_of
from works.models import WorkRedirect

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ResearcherFactory(display_name="Ada Lovelace", is_claimed=True, verification_level=3)


@pytest.fixture
def owner(person):
    member = MemberFactory()
    Claim.objects.create(user=member, researcher=person, state="accepted", reason="mine", decided_at=timezone.now())
    return member


@pytest.fixture
def work(person):
    return WorkFactory(title="A study of thing", authors=[person], pdf_url="https://example.org/a.pdf", arxiv_id="2101.00001")


def address(work, further=""):
    return f"/works/{work.pk}/a-study-of-thing/reproducibility/{further}"


def test_the_report_shows_nine_rows_in_order_with_quotes_that_open_their_place(client, work):
    run = report_on(work)

    page = client.get(address(work)).content.decode()

    labels = [
        "Research Type", "Researcher Affiliation", "Pseudocode", "Open Source Code", "Open Datasets", "Dataset Splits",
        "Hardware Specification", "Software Dependencies", "Experiment Setup",
    ]  # fmt: skip
    places = [page.index(f'<th scope="row">{label}</th>') for label in labels]
    assert places == sorted(places)
    begin = quote(CODE)["start"]
    assert f"/reproducibility/texts/{run.text_id}/?start={begin}&amp;end={begin + len(CODE)}#quote" in page
    assert "very sure, 93 %" in page
    assert "It promises data on request." in page
    assert REJECTED in page
    assert '<b class="repro-score__number">1</b>' in page
    assert "Made automatically, and uncertain." in page


def test_links_that_are_missing_are_not_shown(client, work):
    report_on(work)
    bare = WorkFactory(title="A study of thing", pdf_url="", arxiv_id=None)
    report_on(bare, may_show=True)

    closed, opened = client.get(address(work)).content.decode(), client.get(address(bare)).content.decode()

    assert ("arXiv PDF" in closed, "Plain text" in closed, "Run details" in closed) == (True, False, True)
    assert ("arXiv PDF" in opened, "Plain text" in opened, "Run details" in opened) == (False, True, True)


def test_a_work_of_theory_has_no_score_and_rows_that_do_not_apply(client, work):
    report_on(work, results={"research_type": "Theoretical"})

    page = client.get(address(work)).content.decode()

    assert page.count("Not applicable</span>") == 7
    assert "repro-score__number" not in page


def test_a_work_without_a_report_says_what_one_can_do(client, work, owner):
    assert "No report yet" in client.get(address(work)).content.decode()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert "Upload it" in client.get(address(work)).content.decode()


@pytest.mark.parametrize("reports", [1, 3])
def test_the_report_costs_the_same_queries_however_many_there_are(client, work, django_assert_num_queries, reports):
    text = text_of(work)
    for number in range(reports):
        report_on(work, text=text, version=str(number))
    for name in ("pseudocode", "open_datasets"):
        Answer.objects.create(work=work, variable=name, result="Yes", words="See page 3.", link="https://example.org", name="Ada")
    client.get(address(work))

    with django_assert_num_queries(6):
        client.get(address(work))


def test_runs_that_differ_are_marked_beside_each_other(client, work):
    text = text_of(work)
    report_on(work, text=text)
    other = report_on(work, text=text, engine="llm", version="m, prompt 1", results={"pseudocode": "Yes"})

    page = client.get(address(work)).content.decode()

    assert page.count("repro-compared__differs") == 1
    assert "This is not the report that stands" not in page
    assert "This is not the report that stands" in client.get(f"{address(work)}?run={other.pk}").content.decode()
    assert client.get(f"{address(work)}?run=999999").status_code == 404
    assert client.get(f"{address(work)}?run=x").status_code == 200


def test_a_text_whose_licence_forbids_it_is_shown_by_its_quotes_alone(client, work):
    run = report_on(work)
    place = quote(CODE)
    text = f"/reproducibility/texts/{run.text_id}/"

    page = client.get(f"{text}?start={place['start']}&end={place['end']}").content.decode()

    assert CODE in page
    assert "We train on CIFAR-10" not in page
    assert client.get(text).status_code == 404
    assert client.get(f"{text}?start=0&end=400").status_code == 404
    assert client.get(f"{text}?start={place['start']}&end={place['end'] + 60}").status_code == 404
    assert client.get(f"{text}?start=9999999999&end=x").status_code == 404


def test_an_open_text_is_shown_whole_with_the_quote_marked_and_addresses_masked(client, work):
    run = report_on(work, may_show=True)
    place = quote(CODE)

    page = client.get(f"/reproducibility/texts/{run.text_id}/?start={place['start']}&end={place['end']}").content.decode()

    assert f'<mark id="quote">{CODE}</mark>' in page
    assert "We train on CIFAR-10" in page
    assert "ada@example.org" not in page


@pytest.mark.parametrize(
    "words", ["ada@example.org", "{ada, bob}@cs.example.edu", "ada.l+x @ example.co.uk", "mailto:ada@example.org"]
)  # fmt: skip
def test_an_address_is_masked(words):
    assert masked(f"Write to {words}, please.").replace("mailto:", "").startswith("Write to [e-mail address]")
    assert "@" not in masked(words)


def test_run_details_show_the_models_answer_to_authors_and_moderators_only(client, work, owner):
    run = report_on(work, engine="llm", version="m", raw_answer='{"secret": "words"}', tokens_in=1200, tokens_out=300, cost="0.014")
    page = f"/reproducibility/runs/{run.pk}/"

    assert "secret" not in client.get(page).content.decode()
    for member in (owner, moderator()):
        client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        shown = client.get(page).content.decode()
        assert "secret" in shown
        assert "1,200 read, 300 written" in shown
        assert run.text.sha256 in shown
    client.force_login(MemberFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert "secret" not in client.get(page).content.decode()


def test_an_owner_uploads_a_text_and_decides_on_one_of_another_title(client, work, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    sent = client.post(address(work, "texts/"), {"step": "upload", "file": SimpleUploadedFile("a.txt", b"x" * 300)})
    asked = text_of(work, words="Another paper\n\nWritten by others." + WORDS, state="asking")
    page = client.get(address(work, "texts/")).content.decode()

    assert sent.status_code == 302
    assert Text.objects.get(state="waiting").address == "a.txt"
    assert "Is this the right paper?" in page
    assert "Another paper" in page
    client.post(address(work, "texts/"), {"step": "discard", "text": asked.pk})
    assert not Text.objects.filter(pk=asked.pk).exists()


@pytest.mark.parametrize("form", [{"step": "upload"}, {"step": "confirm", "text": "x"}, {"step": "model", "text": "1"}, {"step": "what"}])
def test_a_step_that_cannot_be_done_is_a_plain_sentence(client, work, owner, form):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.post(address(work, "texts/"), form)

    assert answer.status_code == 422
    assert "message--error" in answer.content.decode()


def test_an_owner_answers_a_row_and_an_upheld_answer_replaces_it(client, work, owner):
    report_on(work, may_show=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    form = {"result": "Yes", "words": "CIFAR-10 is public.", "quote": "We train on\nCIFAR-10"}

    refused = client.post(address(work, "open_datasets/"), form | {"quote": "Words that do not stand there"})
    sent = client.post(address(work, "open_datasets/"), form)
    answer = Answer.objects.get()
    beside = client.get(address(work)).content.decode()
    client.force_login(moderator(), backend="django.contrib.auth.backends.ModelBackend")
    queue = client.get("/moderation/reproducibility/").content.decode()
    client.post("/moderation/reproducibility/", {"answer": answer.pk, "decision": "uphold"})
    after = client.get(address(work)).content.decode()

    assert (refused.status_code, sent.status_code) == (422, 302)
    assert "do not stand in the text" in refused.content.decode()
    assert answer.quote == "We train on CIFAR-10"
    assert "<b>Ada Lovelace</b> says Yes" in beside
    assert "as asserted by" not in beside
    assert "CIFAR-10 is public." in queue
    assert "as asserted by Ada Lovelace on" in after
    assert '<b class="repro-score__number">2</b>' in after


def test_the_corpus_counts_by_every_facet_and_gives_the_table_as_csv(client):
    person, topic = ResearcherFactory(), TopicFactory()
    for year, result in ((2020, "Yes"), (2021, "No"), (2021, "Uncertain")):
        made = WorkFactory(publication_year=year, authors=[person], topics=[topic])
        report_on(made, results={"open_source_code": result})
    theory = WorkFactory(publication_year=2021)
    report_on(theory, results={"research_type": "Theoretical"})

    page = client.get("/reproducibility/").content.decode()
    rows = list(csv.reader(io.StringIO(client.get("/reproducibility/counts.csv").content.decode())))

    assert rows == [
        ["Year", "Works", "Yes", "No", "Uncertain", "Not applicable"],
        ["2020", "1", "1", "0", "0", "0"],
        ["2021", "3", "0", "1", "1", "1"],
    ]
    assert "4 works have a report" in page
    assert topic.display_name in client.get("/reproducibility/?by=topic").content.decode()
    assert client.get("/reproducibility/?by=nonsense&variable=x").status_code == 200


@pytest.mark.parametrize("works", [1, 3])
def test_the_corpus_costs_the_same_queries_however_large_it_is(client, django_assert_num_queries, works):
    for _ in range(works):
        report_on(WorkFactory(topics=[TopicFactory()]))
    client.get("/reproducibility/?by=topic")

    with django_assert_num_queries(4):
        client.get("/reproducibility/?by=topic")


def test_works_are_filtered_by_code_and_data(client):
    code, data, none = (WorkFactory(title=title) for title in ("With code", "With data", "With neither"))
    report_on(code)
    report_on(data, results={"open_source_code": "No", "open_datasets": "Yes"})
    report_on(none, results={"open_source_code": "No"})

    with_code, with_data, with_both = (client.get(f"/works/?{q}").content.decode() for q in ("code=1", "data=1", "code=1&data=1"))

    assert [title in with_code for title in ("With code", "With data", "With neither")] == [True, False, False]
    assert [title in with_data for title in ("With code", "With data", "With neither")] == [False, True, False]
    assert "No work fits these filters" in with_both


def test_institutions_and_merged_years_are_counted_anew(client):
    person, place = ResearcherFactory(), InstitutionFactory(display_name="University of Things")
    work = WorkFactory(authors=[person], publication_year=2020)
    report_on(work)
    work.authorships.get().institution_links.create(institution=place)
    work.publication_year = 2021
    work.save()

    stand_anew(work.pk)

    rows = list(csv.reader(io.StringIO(client.get("/reproducibility/counts.csv").content.decode())))
    assert [row[:2] for row in rows[1:]] == [["2021", "1"]]
    assert "University of Things" in client.get("/reproducibility/?by=institution").content.decode()


def test_a_work_that_was_merged_leads_to_the_report_of_the_other(client, work):
    WorkRedirect.objects.create(key="id:987654", work=work)

    answer = client.get("/works/987654/a-study-of-thing/reproducibility/")

    assert (answer.status_code, answer.headers["Location"]) == (301, address(work))
    assert client.get("/works/987655/a/reproducibility/").status_code == 404
