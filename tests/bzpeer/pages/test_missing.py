"""My record is not here: looking up, asking upstream, writing to moderators."""

import pytest

from bzpeer.accounts.models import Notification
from tests.factories.members import MemberFactory
from tests.factories.records import ResearcherFactory, WorkFactory
from works.models import ImportRun

pytestmark = pytest.mark.django_db

ADDRESS = "/claims/missing/"
ORCID = "0000-0002-1825-0097"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("works.asking.ring", lambda run_id: None)


@pytest.fixture
def me(client):
    found = MemberFactory()
    client.force_login(found)
    return found


def test_a_stranger_logs_in_first(client):
    assert client.get(ADDRESS).headers["Location"] == f"/accounts/login/?next={ADDRESS}"


@pytest.mark.parametrize(
    "asked", [ORCID, f"https://orcid.org/{ORCID}", "10.1000/ada", "https://doi.org/10.1000/ADA", "2001.00001", "ada lovelace"]
)
def test_a_record_that_is_here_is_found_by_what_its_owner_knows(client, me, asked):
    record = ResearcherFactory(display_name="Ada Lovelace", orcid=ORCID)
    WorkFactory(doi="10.1000/ada", arxiv_id="2001.00001", authors=[record, ResearcherFactory()])
    page = client.get(ADDRESS, {"q": asked}).content.decode()
    assert f"/researchers/{record.pk}/claim/" in page


@pytest.mark.parametrize(
    ("asked", "provider", "parameters"),
    [
        (ORCID, "openalex", {"orcid": ORCID}),
        ("2001.00001", "arxiv", {"ids": ["2001.00001"]}),
        ("10.1000/ada", "openalex", {"dois": ["10.1000/ada"]}),
        ("Ada Lovelace", "arxiv", {"author": "Ada Lovelace"}),
    ],
)
def test_what_is_not_here_is_asked_for_once(client, me, asked, provider, parameters):
    for _ in range(2):
        answer = client.post(ADDRESS, {"q": asked, "way": "import"}, follow=True)
        assert "is being asked" in answer.content.decode()
    run = ImportRun.objects.get()
    assert (run.provider, run.parameters) == (provider, parameters)


@pytest.mark.parametrize("asked", ["", "x", "\x00", "1" * 500, "'; DROP TABLE", "0000-0002-1825-0098"])
def test_nonsense_starts_no_import(client, me, asked):
    assert client.get(ADDRESS, {"q": asked}).status_code == 200
    assert client.post(ADDRESS, {"q": asked, "way": "import"}).status_code == 302
    assert not ImportRun.objects.exists()


def test_a_member_asks_ten_times_a_day_at_most(client, me):
    for number in range(12):
        client.post(ADDRESS, {"q": f"2001.{number:05d}", "way": "import"})
    assert ImportRun.objects.count() == 10


def test_words_reach_the_staff_without_the_members_address(client, me):
    staff = MemberFactory(is_staff=True)
    client.post(ADDRESS, {"q": "", "way": "write", "words": "My papers on looms are on no list you read."})
    notice = Notification.objects.get()
    assert (notice.user, me.email in notice.text, "looms" in notice.text) == (staff, False, True)
