"""A page that has to write waits only a few seconds for an import that is writing."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from bzpeer.api.problems import problem_details
from bzpeer.curation.models import Assertion
from bzpeer.pages import waiting
from researchers.models import Researcher
from tests.bzpeer.curation.test_assertions import ADA, PAPER, claimed
from tests.bzpeer.pages.test_correcting import address
from tests.conftest import database_under_test
from tests.factories.members import MemberFactory
from tests.works.test_importing import imported
from works.locking import LOCK, ImportsBusy, hold_imports, waiting_at_most

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Iterator[psycopg.Connection]:
    """A batch of an import at work, as another session sees it."""
    with psycopg.connect(database_under_test()) as other:
        other.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        yield other


def test_a_correction_during_a_batch_is_answered_in_seconds_and_saves_nothing(client, held, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.3)
    owner = MemberFactory()
    client.force_login(owner)
    held.rollback()  # nothing is at work yet
    imported(PAPER, ADA)
    ada = claimed(Researcher.objects.get(openalex_id="A1"), owner)
    held.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    begun = time.monotonic()
    answer = client.post(address(ada), {"step": "name", "value": "Ada King", "note": ""})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "An import is writing just now; try again in a moment." in answer.text
    assert 0.2 < time.monotonic() - begun < 4
    assert not Assertion.objects.exists()
    held.rollback()
    assert client.post(address(ada), {"step": "name", "value": "Ada King", "note": ""}).status_code == 302
    assert Assertion.objects.get().new_value == "Ada King"


def test_an_endpoint_says_the_same_as_a_problem(held):
    with pytest.raises(ImportsBusy) as caught, waiting_at_most(0.1), transaction.atomic(), connection.cursor() as cursor:
        hold_imports(cursor)
    answer = problem_details(caught.value, {})
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.data["detail"] == "An import is writing just now; try again in a moment. Nothing was saved."


def test_a_turn_that_was_had_leaves_other_waits_as_they_were():
    with waiting_at_most(2.5), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '7s'")
        hold_imports(cursor)
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("7s",)
