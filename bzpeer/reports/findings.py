"""What an engine reads and what it answers: the nine variables, a document in sections, findings with quotes that prove themselves.

Pure: no Django, no model file. Engines import this; models, tasks and pages store and show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

YES = "Yes"
NO = "No"
UNCERTAIN = "Uncertain"
EXPERIMENTAL = "Experimental"
THEORETICAL = "Theoretical"
ACADEMIA = "Academia"
INDUSTRY = "Industry"
COLLABORATION = "Collaboration"


class Variable(StrEnum):
    """The nine variables, in the order in which a report shows them."""

    RESEARCH_TYPE = "research_type"
    AFFILIATION = "affiliation"
    PSEUDOCODE = "pseudocode"
    CODE = "open_source_code"
    DATASETS = "open_datasets"
    SPLITS = "dataset_splits"
    HARDWARE = "hardware_specification"
    SOFTWARE = "software_dependencies"
    SETUP = "experiment_setup"

    @classmethod
    def named(cls, name: str) -> "Variable | None":
        """Return the variable of this name, None where there is none."""
        return next((variable for variable in cls if variable.value == name), None)

    @property
    def label(self) -> str:
        """Return the name a report shows."""
        return _LABELS[self]

    @property
    def results(self) -> tuple[str, ...]:
        """Return what a finding of this variable may say; every one may also be `UNCERTAIN`."""
        return _RESULTS.get(self, (YES, NO))


_LABELS = {
    Variable.RESEARCH_TYPE: "Research Type",
    Variable.AFFILIATION: "Researcher Affiliation",
    Variable.PSEUDOCODE: "Pseudocode",
    Variable.CODE: "Open Source Code",
    Variable.DATASETS: "Open Datasets",
    Variable.SPLITS: "Dataset Splits",
    Variable.HARDWARE: "Hardware Specification",
    Variable.SOFTWARE: "Software Dependencies",
    Variable.SETUP: "Experiment Setup",
}
_RESULTS = {
    Variable.RESEARCH_TYPE: (EXPERIMENTAL, THEORETICAL),
    Variable.AFFILIATION: (ACADEMIA, INDUSTRY, COLLABORATION),
}
SCORED = (Variable.PSEUDOCODE, Variable.CODE, Variable.DATASETS, Variable.SPLITS, Variable.HARDWARE, Variable.SOFTWARE, Variable.SETUP)
"""The variables of which the documentation score counts each Yes."""


class Kind(StrEnum):
    """What a section of a paper is; evidence counts differently in each."""

    TITLE_BLOCK = "title_block"
    ABSTRACT = "abstract"
    BODY = "body"
    FOOTNOTE = "footnote"
    REFERENCES = "references"
    APPENDIX = "appendix"
    CHECKLIST = "checklist"
    ACKNOWLEDGEMENTS = "acknowledgements"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A stretch of the text, [start, end) in characters; sections follow one another in order and do not overlap."""

    kind: Kind
    title: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Document:
    """A paper's text as it was extracted; every offset of a finding counts characters of `text`.

    `lines` are the lines as printed where the source knows them (a PDF's); they carry no offsets of their own.
    Without `sections` an engine finds them itself.
    """

    text: str
    sections: tuple[Section, ...] = ()
    title: str = ""
    lines: tuple[str, ...] | None = None

    def section_at(self, offset: int) -> Section | None:
        """Return the section that holds the character at `offset`."""
        return next((section for section in self.sections if section.start <= offset < section.end), None)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Words of the paper: `text` is exactly what stands at [start, end); `section` is the title of the section that holds it."""

    start: int
    end: int
    text: str
    section: str = ""

    def occurs_in(self, text: str) -> bool:
        """Tell whether these words stand at these offsets; an empty quote proves nothing."""
        return 0 <= self.start < self.end <= len(text) and text[self.start : self.end] == self.text


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """The sentence that came nearest to a Yes and the plain reason why it is none."""

    quote: Quote
    reason: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one engine says of one variable: a result, how sure it is (0 to 1), the words it rests on, and why, in plain words.

    `leaning` is what an uncertain finding would have said.
    """

    variable: Variable
    result: str
    confidence: float
    quotes: tuple[Quote, ...] = ()
    explanation: str = ""
    nearest_rejected: Rejected | None = None
    leaning: str = ""

    def __post_init__(self) -> None:
        if self.result not in (*self.variable.results, UNCERTAIN):
            raise ValueError(f"{self.variable.label} cannot be {self.result!r}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"A confidence lies between 0 and 1, not {self.confidence}")


@dataclass(frozen=True, kw_only=True)
class Report:
    """The findings of one run over one document, one for each variable in order, and what the run cost.

    `cost` is in US dollars, None where no price is known; `raw_answer` is what an outside model said, word for word;
    `notes` are plain sentences for the reader ("The paper was cut after section 6.").
    """

    findings: tuple[Finding, ...]
    dropped_quotes: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
    raw_answer: str = ""
    notes: tuple[str, ...] = ()
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def documentation_score(self) -> int | None:
        """Return how many of the seven scored variables are documented, 0-7; None for theory."""
        return documentation_score(self.findings)

    def finding(self, variable: Variable) -> Finding:
        """Return the finding of one variable; KeyError where the run has none."""
        found = next((finding for finding in self.findings if finding.variable is variable), None)
        if found is None:
            raise KeyError(variable)
        return found


class EngineError(Exception):
    """An engine could not read the document; the message is a plain sentence. Retrying helps only where `passing` is set."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class Engine(Protocol):
    """Anything that reads a document and answers the nine variables; name and version together say how a report came about."""

    @property
    def name(self) -> str:
        """Return the engine's short name, "evidence" for one."""

    @property
    def version(self) -> str:
        """Return what changes when the same text may be answered differently: rules, model, prompt."""

    def findings(self, document: Document) -> Report:
        """Return a report whose quotes all occur in the text; raises `EngineError`."""


def documentation_score(findings: tuple[Finding, ...]) -> int | None:
    """Count the Yes among the seven scored variables; None for theory. An uncertain row counts as not documented."""
    results = {finding.variable: finding.result for finding in findings}
    if results.get(Variable.RESEARCH_TYPE) == THEORETICAL:
        return None
    return sum(results.get(variable) == YES for variable in SCORED)


def verified(findings: tuple[Finding, ...], document: Document) -> tuple[tuple[Finding, ...], int]:
    """Return the findings without the quotes that do not stand in the text where they claim to, and how many those were."""
    kept = tuple(_verified(finding, document.text) for finding in findings)
    return kept, sum(_quotes(finding) for finding in findings) - sum(_quotes(finding) for finding in kept)


def _verified(finding: Finding, text: str) -> Finding:
    rejected = finding.nearest_rejected
    return replace(
        finding,
        quotes=tuple(quote for quote in finding.quotes if quote.occurs_in(text)),
        nearest_rejected=rejected if rejected and rejected.quote.occurs_in(text) else None,
    )


def _quotes(finding: Finding) -> int:
    return len(finding.quotes) + (finding.nearest_rejected is not None)
