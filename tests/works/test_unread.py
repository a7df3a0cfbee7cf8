"""Lines that are recognised by their bytes, and the order of reading, parsing and storing."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from tests.works.drafting import openalex_work
from works.drafts import Line, Quarantined, Read, WorkDraft, mark_of
from works.importing import store
from works.models import ImportRun, UpstreamRecord, Work

pytestmark = pytest.mark.django_db


def line(draft: WorkDraft, *, parse: Callable[[], Read] | None = None) -> Line:
    text = msgspec.json.encode(draft)
    return Line(key=draft.key, mark=mark_of(text), size=len(text), parse=parse or (lambda: draft))


def never() -> Read:
    raise AssertionError("a known line was parsed")


def imported(*reads: Read | Line, size: int = 500) -> dict[str, int]:
    return dict(store(reads, run=ImportRun.objects.create(provider="openalex"), batch_size=size))


def test_a_line_that_was_stored_as_it_stands_is_not_parsed_again():
    works = [openalex_work(number) for number in range(1, 6)]
    assert imported(*map(line, works), size=2)["written"] == 5
    assert imported(*(line(work, parse=never) for work in works), size=2) == {"read": 5, "unchanged": 5}


def test_a_changed_line_is_parsed_and_known_from_then_on():
    imported(line(openalex_work(1)), line(openalex_work(2)))
    changed = openalex_work(1, title="Another title")
    counts = imported(line(changed), line(openalex_work(2), parse=never))
    assert (counts["read"], counts["written"], counts["unchanged"]) == (2, 1, 1)
    assert Work.objects.get(openalex_id="W1").title == "Another title"
    assert imported(line(changed, parse=never))["unchanged"] == 1


def test_a_record_that_came_another_way_since_is_parsed_again():
    imported(line(openalex_work(1)))
    imported(openalex_work(1, title="From the API"))
    assert UpstreamRecord.objects.get().line_mark is None
    imported(line(openalex_work(1)))
    assert Work.objects.get().title == "Title of W1"


def test_a_record_that_is_asked_for_anew_is_parsed_again():
    imported(line(openalex_work(1)))
    UpstreamRecord.objects.update(digest=b"")
    assert imported(line(openalex_work(1)))["written"] == 1


def test_a_record_that_stands_twice_ends_as_its_last_line():
    first, last = openalex_work(1, title="First"), openalex_work(1, title="Last")
    for _ in range(3):
        imported(line(first), line(last))
        assert Work.objects.get().title == "Last"


def test_what_breaks_parsing_is_raised_once_all_before_it_is_stored():
    def broken() -> Read:
        raise OSError("no such character")

    with pytest.raises(OSError, match="no such character"):
        imported(
            *(line(openalex_work(number)) for number in range(1, 8)), line(openalex_work(8), parse=broken), line(openalex_work(9)), size=3
        )
    assert Work.objects.count() == 7


def test_what_breaks_reading_is_raised_once_all_before_it_is_stored():
    def breaking() -> Iterator[Read | Line]:
        yield from (line(openalex_work(number)) for number in range(1, 8))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        store(breaking(), run=ImportRun.objects.create(provider="openalex"), batch_size=3)
    assert Work.objects.count() == 7


def test_a_line_that_is_set_aside_is_parsed_every_time():
    bad = Quarantined(place="here", reason="no id")
    assert imported(line(openalex_work(1), parse=lambda: bad))["quarantined"] == 1
    assert imported(line(openalex_work(1), parse=lambda: bad))["quarantined"] == 1


def test_recognising_takes_one_query_for_a_chunk(django_assert_num_queries):
    works = [openalex_work(number) for number in range(1, 4)]
    imported(*map(line, works))
    run = ImportRun.objects.create(provider="openalex")
    for share in (works[:1], works):
        with django_assert_num_queries(5):  # recognising; a savepoint with its time limit and the run's row
            store([line(work, parse=never) for work in share], run=run)
