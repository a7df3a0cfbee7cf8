"""What a visitor sees when an address leads nowhere."""

import pytest
from django.db import OperationalError
from psycopg.errors import DiskFull

from bzpeer.pages.errors import words_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/works/99/quantum-walks/", "quantum walks"),
        ("/researchers/orcid:0000-0002-1825-0097/", "0000-0002-1825-0097"),
        ("/works/doi:10.1000/a-b/", "10.1000 a b"),
        ("/topics/7/%E5%88%98%E5%AD%90%E5%AF%85/", "刘子寅"),
        ("/nothing/", ""),
        ("/", ""),
        ("/x/%00%ff/", ""),
    ],
)
def test_the_words_of_an_address_are_searched_for(path, words):
    assert words_of(path) == words


@pytest.mark.parametrize("path", ["/nothing/", "/researchers/12/nobody/", "/a%00b/", f"/researchers/{'9' * 5000}/x/", "/%ff/%3Cscript%3E/"])
def test_an_unknown_address_offers_the_search(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'action="/search/"' in answer.text
    assert "<script>" not in answer.text


def test_a_broken_page_answers_without_database_or_build(client, monkeypatch, settings, django_assert_num_queries):
    client.raise_request_exception = False
    monkeypatch.setattr("bzpeer.pages.home.holdings", lambda: 1 / 0)
    settings.DJANGO_VITE = {"default": {"manifest_path": "/nowhere"}}
    with django_assert_num_queries(0):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text


def test_a_form_without_its_token_is_told_so(client):
    client.handler.enforce_csrf_checks = True
    answer = client.post("/accounts/login/")
    assert answer.status_code == 403
    assert "This form has waited too long" in answer.text


def test_a_host_that_is_not_ours_is_a_bad_request(client):
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "could not be read" in answer.text


def test_a_database_without_room_is_told_with_a_time_to_come_again(client, monkeypatch):
    client.raise_request_exception = False

    def full() -> None:
        raise OperationalError("could not extend file: No space left on device") from DiskFull()

    monkeypatch.setattr("bzpeer.pages.home.holdings", full)
    answer = client.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "The portal cannot answer at the moment" in answer.text
    assert "No space left" not in answer.text
