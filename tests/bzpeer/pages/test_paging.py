"""Walking through lists."""

import pytest
from django.test import RequestFactory

from bzpeer.pages.paging import numbered, page_number, whole_number, with_parameters


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("²", None),
        ("9" * 10, None),
        ("7\x00", None),
    ],
)
def test_only_a_small_plain_number_is_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(("asked", "page"), [("", 1), ("2", 2), ("99", 3), ("0", 1), ("x", 1), ("9" * 400, 1)])
def test_a_page_is_held_between_the_first_and_the_last(asked, page):
    assert page_number(RequestFactory().get("/", {"page": asked}), total=41, size=20) == page


def test_a_new_choice_begins_at_the_first_page():
    request = RequestFactory().get("/?year=2022&type=article&page=3&after=12%3AA&empty=")
    assert with_parameters(request, type=None) == "?year=2022"
    assert with_parameters(request, page=4) == "?year=2022&type=article&page=4"
    assert with_parameters(request, year=None, type=None) == "."


@pytest.mark.parametrize(
    ("page", "place", "previous", "following"),
    [(1, "1 to 20 of 41", "", "?page=2#list"), (2, "21 to 40 of 41", ".#list", "?page=3#list"), (3, "41 to 41 of 41", "?page=2#list", "")],
)
def test_the_pager_leads_both_ways(page, place, previous, following):
    pager = numbered(RequestFactory().get(f"/?page={page}"), page=page, total=41, size=20, anchor="#list")
    assert (pager.place, pager.previous, pager.next) == (place, previous, following)
