"""Names in addresses and on pages."""

import time

import pytest

from bzpeer.claims.domains import domain_of_address, host_of_page, registrable
from bzpeer.claims.fitting import fits_address, names_somebody


@pytest.mark.parametrize(
    "local",
    [
        "lovelace",
        "ada.lovelace",
        "Ada_Lovelace",
        "alovelace",
        "lovelace.a",
        "lovelacea",
        "adalovelace",
        "ada.lovelace7",
        "lovelace+claims",
        "a-lovelace",
    ],
)
def test_an_address_with_the_family_name_fits(local):
    assert fits_address(local, ["Ada Lovelace"])


@pytest.mark.parametrize(
    "local", ["", "ada", "office", "jun.lovelace", "jlovelace", "lovelaces", "ada.love", "lovelace.office", "+lovelace"]
)
def test_another_address_does_not(local):
    assert not fits_address(local, ["Ada Lovelace"])


@pytest.mark.parametrize(
    ("local", "name", "fits"),
    [
        ("vanderwaals", "Johannes van der Waals", True), ("j.vanderwaals", "Johannes van der Waals", True),
        ("waals", "Johannes van der Waals", True),
        ("kjmueller", "Karl-Jürgen Muller", False), ("muller", "Müller, Karl", True), ("k.muller", "Müller, Karl", True),
        ("wei.li", "Wei Li", True), ("liwei", "Wei Li", True), ("li", "Wei Li", False), ("wli", "Wei Li", False),
        ("jun.li", "Wei Li", False),
        ("jdoe", "John Henry Doe", True), ("jhdoe", "John Henry Doe", True), ("jh.doe", "John Henry Doe", True),
        ("wang", "王伟", False), ("plato", "Plato", False),
    ],
)  # fmt: skip
def test_particles_initials_and_short_names(local, name, fits):
    assert fits_address(local, [name]) is fits


@pytest.mark.parametrize(
    ("page", "named"),
    [
        ("<h1>Ada <b>Lovelace</b></h1>", True), ("Lovelace, Ada", True), ("ADA LOVELACE", True), ("Ada&nbsp;Lovelace", True),
        ("<title>Ada Lovelace</title>", True), ("Adalovelace", False), ("Ada K. Lovelace", False), ("", False),
        ("Ada and Bob Lovelace", False),
        ("<script>var x = 'Ada Lovelace'</script>", False), ("<!-- Ada Lovelace -->", False),
    ],
)  # fmt: skip
def test_a_page_names_somebody_in_full(page, named):
    assert names_somebody(page, ["Ada Lovelace", "A. Lovelace"]) is named


def test_initials_alone_name_nobody():
    assert not names_somebody("A. Lovelace", ["A. Lovelace"])


def test_the_end_of_a_long_page_is_read():
    assert names_somebody("x " * 60_000 + "Ada Lovelace", ["Ada Lovelace"])


@pytest.mark.parametrize("page", ["<" * 262_144, "<script" * 37_000, "<!--" * 65_000, "<a " * 87_000, "&" * 262_144, "<script>" * 32_000])
def test_a_page_made_to_take_long_takes_a_second_at_most(page):
    started = time.process_time()
    names_somebody(page, ["Ada Lovelace"])
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.tohoku.ac.jp", "tohoku.ac.jp"), ("MIT.edu.", "mit.edu"), ("ada.github.io", "ada.github.io"), ("github.io", ""), ("co.uk", ""),
        ("localhost", ""), ("", ""), ("127.0.0.1", ""), ("tohoku.ac.jp.evil.com", "evil.com"), ("www.uni-köln.de", "uni-köln.de"),
    ],
)  # fmt: skip
def test_the_domain_somebody_registered(host, domain):
    assert registrable(host) == domain


def test_domains_of_addresses_and_pages():
    assert domain_of_address("a@evil.com@mit.edu") == "mit.edu"
    assert [host_of_page(url) for url in ("https://u@MIT.edu:443/x", "mit.edu/x", "http://[", "")] == ["mit.edu", "mit.edu", "", ""]
