import pytest

from bzpeer.reports.engines.cues import JOINED
from bzpeer.reports.engines.links import Named
from bzpeer.reports.engines.reading import Sentence
from bzpeer.reports.engines.scoring import cues_of
from bzpeer.reports.findings import Kind, Variable

NAMED = Named.of("CLOUDS: Sorting by Shape")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our code is available at https://git.example/x.", {"own_released"}),
        ("Our code is publicly available.", {"said_available"}),
        ("The source code will be released soon.", {"promised_bare"}),
        ("Our code will be released at https://github.com/someone/x.", {"own_promised"}),
        ("We use the official code of the baseline at https://github.com/someone/x.", {"theirs_linked"}),
        ("The code is in the supplement.", {"in_supplement"}),
        ("1 https://github.com/someone/x", {"bare_link"}),
        ("1 https://github.com/someone/clouds", {"bare_link", "own_linked"}),
        ("The data set is at https://example.org/x.", {"data_linked"}),
        ("Videos are at https://example.org/x.", {"page_only"}),
    ],
)
def test_who_owns_the_code_is_told_by_cues_together(text: str, expected: set[str]) -> None:
    sentence = Sentence(0, len(text), text, Kind.BODY, "")
    assert set(cues_of(Variable.CODE, sentence, NAMED)) & set(JOINED[Variable.CODE]) == expected
