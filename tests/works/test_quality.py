"""What is doubtful on records: names and shares."""

import pytest

from researchers.names import fold
from works.quality import explains, share_complete


@pytest.mark.parametrize(
    ("name", "printed", "is_explained"),
    [
        ("Liu Ziyin", "Ziyin Liu", True),
        ("Liu Ziyin", "L. Ziyin", True),
        ("Ada M. Example", "Ada Example", True),
        ("Ada Example", "Ada Maria Example", True),
        ("Ada Maria Example", "A. M. Example", True),
        ("Jean-Pierre Serre", "Jeanpierre Serre", True),
        ("José García", "Jose Garcia", True),
        ("王伟", "王伟", True),
        ("Ada Example", "Bea Example", False),
        ("Ada Example", "B. Example", False),
        ("Ada Example", "Ada Other", False),
        ("Ada Example", "A. E.", False),
        ("Ada Example", "", False),
        ("王伟", "Wei Wang", False),
    ],
)
def test_a_printed_form_is_explained_by_a_name_or_not(name, printed, is_explained):
    assert explains(fold(name).split(), fold(printed).split()) is is_explained


def test_a_share_is_whole_only_when_nothing_is_missing():
    assert [
        share_complete([0], whole=5),
        share_complete([1], whole=1000),
        share_complete([1000], whole=1000),
        share_complete([], whole=0),
    ] == [
        100,
        99,
        0,
        0,
    ]
