from dataclasses import replace

import pytest

from bzpeer.reports.findings import (
    EXPERIMENTAL,
    NO,
    SCORED,
    THEORETICAL,
    UNCERTAIN,
    YES,
    Document,
    Finding,
    Kind,
    Quote,
    Rejected,
    Section,
    Variable,
    documentation_score,
    verified,
)

DOCUMENT = Document(text="We trained on a GPU.", sections=(Section(kind=Kind.BODY, title="1 Experiments", start=0, end=20),))
RIGHT = Quote(start=3, end=10, text="trained", section="1 Experiments")


def row(variable: Variable, result: str) -> Finding:
    return Finding(variable=variable, result=result, confidence=0.9)


def test_a_quote_that_stands_elsewhere_or_nowhere_is_dropped_and_counted() -> None:
    finding = Finding(
        variable=Variable.HARDWARE,
        result=YES,
        confidence=0.9,
        quotes=(
            RIGHT,
            replace(RIGHT, start=4, end=11),
            Quote(start=0, end=7, text="We flew"),
            Quote(start=5, end=5, text=""),
            Quote(start=-4, end=20, text="GPU."),
        ),
        nearest_rejected=Rejected(quote=Quote(start=90, end=95, text="a GPU"), reason="No model is named."),
    )
    [kept], dropped = verified((finding,), DOCUMENT)
    assert kept == replace(finding, quotes=(RIGHT,), nearest_rejected=None)
    assert dropped == 5


def test_findings_whose_quotes_all_stand_there_stay_as_they_are() -> None:
    findings = (replace(row(Variable.HARDWARE, YES), quotes=(RIGHT,)), row(Variable.CODE, NO))
    assert verified(findings, DOCUMENT) == (findings, 0)


def test_the_score_counts_each_documented_variable_and_no_uncertain_one() -> None:
    experimental = row(Variable.RESEARCH_TYPE, EXPERIMENTAL)
    everything = tuple(row(variable, YES) for variable in SCORED)
    assert documentation_score((experimental, *everything)) == 7
    assert documentation_score((experimental, *everything[:3], row(Variable.SPLITS, UNCERTAIN), row(Variable.HARDWARE, NO))) == 3


def test_theory_has_no_score() -> None:
    assert documentation_score((row(Variable.RESEARCH_TYPE, THEORETICAL), row(Variable.PSEUDOCODE, YES))) is None


@pytest.mark.parametrize(("result", "confidence"), [("Maybe", 0.5), (EXPERIMENTAL, 0.5), (YES, 1.1), (YES, -0.1)])
def test_a_finding_that_cannot_be_is_refused(result: str, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"cannot be|between 0 and 1"):
        Finding(variable=Variable.CODE, result=result, confidence=confidence)


def test_a_section_ends_where_the_next_begins() -> None:
    assert DOCUMENT.section_at(19) == DOCUMENT.sections[0]
    assert DOCUMENT.section_at(20) is None
