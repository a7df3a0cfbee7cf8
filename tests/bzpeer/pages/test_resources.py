"""Code and data named in a record."""

import pytest

from bzpeer.pages.resources import Resource, resources_in


def found(*texts):
    return [(one.kind, one.address) for one in resources_in([(text, "abstract") for text in texts])]


@pytest.mark.parametrize(
    ("text", "resources"),
    [
        ("Code: https://github.com/a/b.", [("Code", "https://github.com/a/b")]),
        ("at github.com/a/b-c_d, and more", [("Code", "https://github.com/a/b-c_d")]),
        (r"\url{https://gitlab.com/x/y}", [("Code", "https://gitlab.com/x/y")]),
        ("(http://www.github.com/a)", [("Code", "http://www.github.com/a")]),
        ("pages at https://ann.github.io/tool/", [("Code", "https://ann.github.io/tool/")]),
        ("https://doi.org/10.5281/zenodo.123 holds it", [("Data", "https://doi.org/10.5281/zenodo.123")]),
        ("https://zenodo.org/record/1", [("Data", "https://zenodo.org/record/1")]),
        ("https://doi.org/10.1000/paper", []),
        ("We use GitHub and Zenodo, i.e. github.com.", []),
        ("https://github.com.evil.example/a", []),
        ("https://notgithub.com/a", []),
        ("javascript:alert(1)//github.com/a", [("Code", "https://github.com/a")]),
        ("https://user@github.com/a", [("Code", "https://github.com/a")]),
        ("https://evil.example/github.com/a", []),
        ("ratio 3.5/github", []),
    ],
)
def test_addresses_of_known_hosts_are_found(text, resources):
    assert found(text) == resources


def test_an_address_named_twice_is_shown_once_with_its_first_ground():
    assert resources_in([("https://github.com/a/b", "authors' comment"), ("See github.com/A/b.", "abstract")]) == [
        Resource(kind="Code", address="https://github.com/a/b", shown="github.com/a/b", ground="named in the authors' comment")
    ]


def test_a_text_of_nothing_but_beginnings_is_read_quickly():
    assert found("a." * 20_000 + "github.com/" * 2_000) != [None]
