"""`bzpeer import openalex …` by topic, institution, DOI and year."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.upstream import running
from tests.works.sources.conftest import work
from works.models import Work

pytestmark = pytest.mark.django_db

PLACES = [{"id": "https://openalex.org/I7", "display_name": "Example University", "ror": "https://ror.org/02y3ad647"}]


def at_a_place(number: int, **fields: Any) -> dict[str, Any]:
    authorships = [{"author": {"id": "https://openalex.org/A11", "display_name": "Ada"}, "raw_author_name": "Ada", "institutions": PLACES}]
    return work(number, authorships=authorships, **fields)


@pytest.fixture
def upstream(settings) -> Any:
    topic = [{"id": "https://openalex.org/T5", "display_name": "Numbers", "score": 0.9}]
    works = [
        at_a_place(1, topics=topic, publication_date="2020-03-01"),
        at_a_place(2, publication_date="2010-03-01", publication_year=2010, doi="https://doi.org/10.1000/two"),
        work(3, topics=topic, doi="https://doi.org/10.1000/with,comma"),
        work(4),
    ]
    with running(works=works) as server:
        settings.OPENALEX_URL = server.openalex_url
        yield server


@pytest.fixture
def imported() -> Any:
    def run(*words: str) -> list[str]:
        call_command("import", "openalex", *words)
        return [work.openalex_id or "" for work in Work.objects.order_by("openalex_id")]

    return run


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--topic", "T5"), ["W1", "W3"]),
        (("--institution", "I7"), ["W1", "W2"]),
        (("--institution", "https://ror.org/02y3ad647"), ["W1", "W2"]),
        (("--institution", "I7", "--topic", "T5"), ["W1"]),
        (("--institution", "I7", "--from-year", "2015"), ["W1"]),
        (("--search", "number", "--from-year", "2015"), ["W1", "W3", "W4"]),
        (("--doi", "10.1000/TWO,https://doi.org/10.1000/two"), ["W2"]),
    ],
)
def test_questions_bring_the_works_they_name(imported, upstream, words, found):
    assert imported(*words) == found


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Ask for one thing: an author, an ORCID iD, works by id or DOI, a search, or a topic, an institution or both."),
        (("--topic", "cs.LG"), "“cs.LG” is not the OpenAlex id of a topic; such an id looks like T10017."),
        (
            ("--institution", "MIT"),
            "“MIT” is neither the OpenAlex id of an institution (I33213144) nor a ROR id (https://ror.org/02y3ad647).",
        ),
        (("--doi", "ten"), "“ten” is not a DOI; a DOI looks like 10.1000/xyz123."),
        (
            ("--works", "W1", "--from-year", "2020"),
            "--from-year takes a year such as 2020, with an author, a search, a topic or an institution.",
        ),
    ],
)
def test_questions_that_cannot_be_asked_are_sentences(imported, upstream, words, sentence):
    with pytest.raises(CommandError) as caught:
        imported(*words)
    assert str(caught.value) == sentence
    assert upstream.asked == []
