"""Jobs shared by threads: each is done once, and an error ends them all."""

import threading
from functools import partial
from itertools import chain, repeat

import pytest
from django.db import connection

from bzpeer.hands import work_through


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("hands", [1, 3])
@pytest.mark.django_db(transaction=True)
def test_every_job_is_done_once(hands):
    done: list[int] = []

    def job(number: int) -> int:
        done.append(number)
        return number

    assert work_through((partial(job, number) for number in range(50)), hands=hands) == sum(range(50))
    assert sorted(done) == list(range(50))


@pytest.mark.django_db(transaction=True)
def test_hands_work_at_once_with_connections_of_their_own():
    own = backend()
    met = threading.Barrier(2, timeout=20)
    sessions: set[int] = set()

    def job() -> int:
        met.wait()
        sessions.add(backend())
        met.wait()
        return 0

    work_through([job, job], hands=2)
    assert len(sessions) == 2
    assert own not in sessions


@pytest.mark.django_db(transaction=True)
def test_an_error_ends_all_hands_and_is_raised():
    def broken() -> int:
        raise ValueError("power cut")

    with pytest.raises(ValueError, match="power cut"):
        work_through(chain([broken], repeat(lambda: 0)), hands=2)  # there is always another job
