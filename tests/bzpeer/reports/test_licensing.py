"""What licences allow with a full text."""

import pytest

from bzpeer.reports.licensing import may_fetch, may_show


@pytest.mark.parametrize(
    ("license", "shown", "fetched"),
    [
        ("cc-by", True, True),
        ("cc-by-sa", True, True),
        ("cc0", True, True),
        ("public-domain", True, True),
        ("http://creativecommons.org/licenses/by/4.0/", True, True),
        ("https://creativecommons.org/licenses/by-sa/3.0/", True, True),
        ("http://creativecommons.org/publicdomain/zero/1.0/", True, True),
        ("cc-by-nc", False, True),
        ("cc-by-nc-nd", False, True),
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", False, True),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", False, False),
        ("publisher-specific-oa", False, False),
        ("", False, False),
        ("cc-by and more", False, False),
        ("https://example.org/creativecommons.org/licenses/by/4.0/", False, False),
    ],
)
def test_a_licence(license, shown, fetched):
    assert (may_show(license), may_fetch(license)) == (shown, fetched)
