from itertools import pairwise

import msgspec
import pytest

from bzpeer.reports.engines.evidence import LEAST_TEXT, EvidenceEngine
from bzpeer.reports.engines.reading import plain, read, sections_of
from bzpeer.reports.engines.scoring import SHIPPED, Model, shipped
from bzpeer.reports.findings import ACADEMIA, EXPERIMENTAL, NO, UNCERTAIN, YES, Document, EngineError, Kind, Report, Variable

FILLER = "We describe the idea with care and relate it to what is known, so that a reader can follow the argument. " * 6

TEXT = f"""Sorting Clouds by Shape

Ada Example and Ben Sample
Department of Meteorology, University of Nowhere

Abstract

We show how clouds can be sorted by shape.
Our experiments on CIFAR-10 show that the method outperforms strong baselines in accuracy. {FILLER}

1 Introduction

{FILLER}

2 Method

{FILLER}

Algorithm 1 Sorting clouds
Require: a list of clouds
1: for each cloud do
2: compute its shape
3: end for
4: return the sorted list

3 Experiments

We evaluate on the CIFAR-10 dataset. We use 45,000 images for training, 5,000 images for validation and 10,000 images for testing.
We train with the Adam optimizer, a learning rate of 0.001, a batch size of 128 and a weight decay of 0.0005 for 200 epochs.
All experiments were run on a single NVIDIA Tesla V100 GPU with 32 GB of memory. {FILLER}
CODE

4 Conclusion

{FILLER}

References

[1] C. Nobody. A study of fog. In Proceedings of Weather, pp. 1-9, 2019. Code: https://github.com/nobody/fog
[2] D. Noone and E. None. Rain. Journal of Water, 12(3):4-9, 2018.
[3] F. Nemo. Snow. In Proceedings of Weather, pp. 10-19, 2017.
"""
RELEASED = "Our code is publicly available at https://github.com/example/clouds."
PROMISED = "The source code will be made available upon request after the paper is accepted."


@pytest.fixture(scope="module")
def engine() -> EvidenceEngine:
    return EvidenceEngine(unsure_below=0)


@pytest.fixture(scope="module")
def report(engine: EvidenceEngine) -> Report:
    return engine.findings(Document(text=TEXT.replace("CODE", RELEASED)))


def test_a_well_documented_paper_gets_its_rows_in_order(report: Report) -> None:
    assert [finding.variable for finding in report.findings] == list(Variable)
    results = {finding.variable: finding.result for finding in report.findings}
    assert results[Variable.RESEARCH_TYPE] == EXPERIMENTAL
    assert results[Variable.AFFILIATION] == ACADEMIA
    documented = (Variable.PSEUDOCODE, Variable.CODE, Variable.DATASETS, Variable.SPLITS, Variable.HARDWARE, Variable.SETUP)
    assert {variable: results[variable] for variable in documented} == dict.fromkeys(documented, YES)
    assert results[Variable.SOFTWARE] == NO
    assert report.documentation_score == 6


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        (Variable.PSEUDOCODE, "Algorithm 1"),
        (Variable.CODE, RELEASED),
        (Variable.SPLITS, "5,000 images for validation"),
        (Variable.HARDWARE, "NVIDIA Tesla V100"),
        (Variable.SETUP, "learning rate of 0.001"),
        (Variable.AFFILIATION, "University of Nowhere"),
    ],
)
def test_a_finding_quotes_the_words_it_rests_on(report: Report, variable: Variable, words: str) -> None:
    finding = report.finding(variable)
    assert any(words in quote.text for quote in finding.quotes)
    assert finding.explanation


def test_every_quote_stands_in_the_text_at_its_offsets(report: Report) -> None:
    text = TEXT.replace("CODE", RELEASED)
    shown = [quote for finding in report.findings for quote in finding.quotes]
    shown += [finding.nearest_rejected.quote for finding in report.findings if finding.nearest_rejected]
    assert shown
    assert all(text[quote.start : quote.end] == quote.text for quote in shown)
    assert report.dropped_quotes == 0


def test_the_same_text_gives_the_same_report(engine: EvidenceEngine, report: Report) -> None:
    assert engine.findings(Document(text=TEXT.replace("CODE", RELEASED))) == report


def test_the_model_read_anew_gives_the_same_report(report: Report) -> None:
    anew = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(SHIPPED.read_bytes(), type=Model)), type=Model)
    assert EvidenceEngine(model=anew, unsure_below=0).findings(Document(text=TEXT.replace("CODE", RELEASED))) == report


def test_code_on_request_is_a_no_that_shows_the_sentence_and_the_reason(engine: EvidenceEngine) -> None:
    finding = engine.findings(Document(text=TEXT.replace("CODE", PROMISED))).finding(Variable.CODE)
    assert (finding.result, finding.quotes) == (NO, ())
    assert "passages were looked at for statements and links about code" in finding.explanation
    assert finding.nearest_rejected is not None
    assert finding.nearest_rejected.quote.text == PROMISED
    assert finding.nearest_rejected.reason == "The code is available on request only."


def test_a_link_among_the_references_is_nobodys_code(engine: EvidenceEngine) -> None:
    assert engine.findings(Document(text=TEXT.replace("CODE", ""))).finding(Variable.CODE).result == NO


def test_an_unsure_finding_says_what_it_leans_to() -> None:
    report = EvidenceEngine(unsure_below=1.01).findings(Document(text=TEXT.replace("CODE", RELEASED)))
    assert {finding.result for finding in report.findings} == {UNCERTAIN}
    assert report.finding(Variable.CODE).leaning == YES
    assert report.finding(Variable.CODE).explanation.startswith("The signs are mixed; it leans to Yes.")


@pytest.mark.parametrize("text", ["", " \n" * LEAST_TEXT, "Only an abstract."])
def test_a_text_that_is_no_paper_is_told(engine: EvidenceEngine, text: str) -> None:
    with pytest.raises(EngineError, match="too short to be a paper"):
        engine.findings(Document(text=text))


def test_sections_cover_the_text_in_order() -> None:
    sections = sections_of(TEXT)
    assert (sections[0].start, sections[-1].end) == (0, len(TEXT))
    assert all(before.end == after.start for before, after in pairwise(sections))
    assert [(section.kind, section.title) for section in sections] == [
        (Kind.TITLE_BLOCK, "Title"),
        (Kind.ABSTRACT, "Abstract"),
        (Kind.BODY, "Introduction"),
        (Kind.BODY, "Method"),
        (Kind.BODY, "Experiments"),
        (Kind.BODY, "Conclusion"),
        (Kind.REFERENCES, "References"),
    ]


def test_the_references_are_not_read() -> None:
    assert all(sentence.kind is not Kind.REFERENCES for sentence in read(Document(text=TEXT)).sentences)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("the Py Torch classiﬁer", "the PyTorch classifier"),
        ("on 8xH100 GPUs", "on 8x H100 GPUs"),
        ("see [our page](https://git.example/a) [\\[9\\]](#page-10-0)", "see our page https://git.example/a [9]"),
    ],
)
def test_plain_text_is_what_the_patterns_need(text: str, read_as: str) -> None:
    assert plain(text) == read_as


def test_the_model_is_small_and_holds_single_words_only() -> None:
    assert SHIPPED.stat().st_size < 300_000
    assert all(word.isalpha() for sentences in shipped().sentences.values() for word in sentences.words)
