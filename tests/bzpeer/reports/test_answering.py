"""Authors' answers: who may, what shows it, who decides, what stands."""

import pytest
from django.db import connection
from django.utils import timezone

from bzpeer.accounts.models import Notification
from bzpeer.claims.models import Claim
from bzpeer.privacy.erasing import erase_member
from bzpeer.reports import answering
from bzpeer.reports.answering import AnswerRefused, decide, dispute, withdraw
from bzpeer.reports.findings import Variable
from bzpeer.reports.models import Answer, Standing
from tests.factories.members import MemberFactory, moderator
from tests.factories.records import ResearcherFactory, WorkFactory
from tests.factories.reports import report_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    work = WorkFactory(title="Noise", authors=[ResearcherFactory(display_name="Ada Lovelace", is_claimed=True, verification_level=3)])
    report_on(work)
    return work


@pytest.fixture
def owner(work):
    return owner_of(work)


def owner_of(work):
    member = MemberFactory()
    claimed = {"state": "accepted", "reason": "mine", "decided_at": timezone.now()}
    Claim.objects.create(user=member, researcher=work.authorships.first().researcher, **claimed)
    return member


SAID = {"variable": Variable.DATASETS, "result": "Yes", "words": "CIFAR-10 is public.", "quote": "We train on   CIFAR-10"}


def stands(work):
    return Standing.objects.get(work=work).results["open_datasets"]


def test_an_upheld_answer_stands_until_its_writer_withdraws_it(work, owner):
    answer = dispute(by=owner, work=work, **SAID)
    assert (answer.quote, answer.name, stands(work)) == ("We train on CIFAR-10", "Ada Lovelace", "No")
    by = moderator()

    decide(answer, by=by, uphold=True)

    assert stands(work) == "Yes"
    assert Standing.objects.get(work=work).has_data
    assert Notification.objects.get(user=owner).text.startswith("A moderator upheld your answer on Open Datasets of “Noise”.")
    withdraw(answer, by=owner)
    assert stands(work) == "No"
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM reports_answerevent WHERE pgh_obj_id = %s ORDER BY pgh_id", [answer.pk])
        assert [row[0] for row in cursor.fetchall()] == ["open", "upheld", "withdrawn"]


def test_a_refused_answer_changes_nothing_and_says_why(work, owner):
    answer = dispute(by=owner, work=work, **SAID)
    with pytest.raises(AnswerRefused, match="Say why"):
        decide(answer, by=moderator(), uphold=False)

    decide(answer, by=moderator(), uphold=False, reason="It is a private copy.")

    assert stands(work) == "No"
    assert "It is a private copy." in Notification.objects.get(user=owner).text
    with pytest.raises(AnswerRefused, match="nothing waits"):
        decide(answer, by=moderator(), uphold=True)


def test_a_later_upheld_answer_replaces_an_earlier_one(work, owner):
    first = dispute(by=owner, work=work, **SAID)
    decide(first, by=moderator(), uphold=True)
    second = dispute(by=owner, work=work, **SAID | {"result": "No", "words": "I was wrong about that."})
    decide(second, by=moderator(), uphold=True)

    first.refresh_from_db()
    assert (first.state, stands(work)) == ("replaced", "No")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"result": "Perhaps"}, "Choose"),
        ({"result": "No"}, "says No already"),
        ({"words": "short"}, "sentence"),
        ({"words": "x" * 2_001}, "2,000"),
        ({"quote": ""}, "words of the paper or with a link"),
        ({"quote": "We train on MNIST and more"}, "do not stand"),
        ({"quote": "a"}, "do not stand"),
        ({"quote": "", "link": "javascript:alert(1)"}, "https"),
        ({"quote": "", "link": "https://[broken"}, "https"),
        ({"quote": "", "link": "https://example.org/" + "a" * 600}, "500"),
    ],
)
def test_an_answer_that_shows_nothing_is_refused(work, owner, changed, words):
    with pytest.raises(AnswerRefused, match=words):
        dispute(by=owner, work=work, **SAID | changed)


def test_only_owners_answer_and_only_others_decide(work, owner):
    with pytest.raises(AnswerRefused, match="claimed their record"):
        dispute(by=MemberFactory(), work=work, **SAID)
    answer = dispute(by=owner, work=work, **SAID)
    with pytest.raises(AnswerRefused, match="already"):
        dispute(by=owner, work=work, **SAID)
    with pytest.raises(AnswerRefused, match="Moderators"):
        decide(answer, by=MemberFactory(), uphold=True)
    owner.is_staff = True
    owner.save()
    with pytest.raises(AnswerRefused, match="concerned"):
        decide(answer, by=owner, uphold=True)
    with pytest.raises(AnswerRefused, match="nothing of yours"):
        withdraw(answer, by=MemberFactory())


def test_answers_a_day_are_bounded(work, owner, monkeypatch):
    monkeypatch.setattr(answering, "ANSWERS_A_DAY", 1)
    dispute(by=owner, work=work, **SAID)
    with pytest.raises(AnswerRefused, match="tomorrow"):
        dispute(by=owner, work=work, **SAID | {"variable": Variable.SPLITS})


def test_a_work_without_a_report_has_no_rows_to_answer():
    bare = WorkFactory(authors=[ResearcherFactory(is_claimed=True, verification_level=3)])
    with pytest.raises(AnswerRefused, match="no report"):
        dispute(by=owner_of(bare), work=bare, **SAID)
    assert not Answer.objects.exists()


def test_an_upheld_answer_stays_without_its_writers_name_and_words_when_they_leave(client, work, owner):
    decide(dispute(by=owner, work=work, **SAID), by=moderator(), uphold=True)

    erase_member(owner, keeps_corrections=True)

    answer = Answer.objects.get()
    assert (answer.user, answer.name, answer.words, answer.quote, stands(work)) == (None, "", "", "", "Yes")
    page = client.get(f"/works/{work.pk}/noise/reproducibility/").content.decode()
    assert "as asserted by an author on" in page
    assert "CIFAR-10 is public." not in page
