"""Licences in words."""

import pytest

from bzpeer.pages.licences import licence_name, licence_terms


@pytest.mark.parametrize(
    ("license", "name", "terms"),
    [
        ("cc-by", "CC BY", "share and adapt, with credit"),
        ("http://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", "share and adapt, with credit"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0", "CC BY-NC-ND 4.0", "share unchanged, with credit, not for profit"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0", "use it as you like"),
        ("cc0", "CC0", "use it as you like"),
        (
            "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
            "arXiv's licence to distribute",
            "arXiv may distribute it; all other rights stay with the authors",
        ),
        ("mit", "mit", ""),
        ("", "", ""),
    ],
)
def test_a_licence_has_a_name_and_says_what_it_allows(license, name, terms):
    assert (licence_name(license), licence_terms(license)) == (name, terms)
