"""Fields of a wrong type are told, each with its place; the rest of the record is read."""

import pytest

from tests.works.sources.conftest import paper, work
from works.drafts import WorkDraft
from works.sources import arxiv_bulk, openalex_drafts

AUTHORSHIP = {"author": {"id": "https://openalex.org/A1", "display_name": "Ada Example"}, "raw_author_name": "A. Example"}


def left_out(**fields: object) -> tuple[str, ...]:
    found = openalex_drafts.draft(work(1) | fields)
    assert isinstance(found, WorkDraft)
    return found.left_out


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": None, "biblio": None, "authorships": None}, ()),
        ({"biblio": "12(3)"}, ("biblio was text, not an object; it was left out.",)),
        ({"biblio": {"volume": 12}}, ("volume was a number, not text, in biblio; it was left out.",)),
        ({"is_retracted": "no"}, ("is_retracted was text, not true or false; it was left out.",)),
        ({"doi": ["10.1/x"]}, ("doi was a list, not text; it was left out.",)),
        (
            {"authorships": [AUTHORSHIP, AUTHORSHIP | {"institutions": "MIT"}]},
            ("institutions was text, not a list, in authorships[1]; it was left out.",),
        ),
        ({"authorships": [None, AUTHORSHIP]}, ("authorships[0] was null, not an object; it was left out.",)),
        ({"authorships": {"0": AUTHORSHIP}}, ("authorships was an object, not a list; it was left out.",)),
        ({"referenced_works": ["https://openalex.org/W2", 7]}, ("referenced_works[1] was a number, not text; it was left out.",)),
        (
            {"abstract_inverted_index": {"word": [0, -1], "far": [10**9]}},
            ("abstract_inverted_index holds what is no word with its positions; that was left out.",),
        ),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_field_of_a_wrong_type_is_left_out_and_told(fields, told):
    assert left_out(**fields) == told


def test_many_wrong_fields_are_told_in_few_sentences():
    told = left_out(authorships=[AUTHORSHIP | {"institutions": 1}] * 40)
    assert len(told) == 6
    assert told[-1] == "35 further fields of a wrong type were left out."


def test_the_rest_of_such_a_record_is_read():
    found = openalex_drafts.draft(work(1) | {"authorships": [AUTHORSHIP | {"institutions": "MIT"}], "biblio": 3, "title": "Kept"})
    assert isinstance(found, WorkDraft)
    assert (found.title, [each.byline for each in found.authorships]) == ("Kept", ["A. Example"])


def test_bulk_records_of_arxiv_are_looked_at_likewise():
    found = arxiv_bulk.draft(paper("2001.00001") | {"comments": 7, "versions": [{"version": 1}]})
    assert found.left_out == (
        "comments was a number, not text; it was left out.",
        "version was a number, not text, in versions[0]; it was left out.",
    )
    assert arxiv_bulk.draft(paper("2001.00001")).left_out == ()
