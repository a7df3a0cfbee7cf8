"""The default engine: rules, lists of names and a small learned model; offline, and the same answer for the same text every time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bzpeer.reports.engines import affiliations, reasons
from bzpeer.reports.engines.counting import counts
from bzpeer.reports.engines.links import Named
from bzpeer.reports.engines.reading import Reading, Sentence, plain, read
from bzpeer.reports.engines.scoring import LOWEST, DocumentModel, Model, candidates, cues_of, figures_of, logistic, shipped, summary
from bzpeer.reports.findings import (
    ACADEMIA,
    COLLABORATION,
    EXPERIMENTAL,
    INDUSTRY,
    NO,
    THEORETICAL,
    UNCERTAIN,
    YES,
    Document,
    EngineError,
    Finding,
    Quote,
    Rejected,
    Report,
    Variable,
    verified,
)

RULES = "2"
"""Changes when zones, cues or lists change so that answers may."""
UNSURE_BELOW = 0.6
"""A finding with less confidence is told as uncertain, with what it leans to."""
MOST_QUOTES = 3
FAR_BELOW = 2.5
"""A further quote may have this much lower log odds than the best one."""
LEAST_TEXT = 500
"""Characters below which a text is no paper: a scan without its text layer, an abstract."""
LONGEST_LINE = 400


@dataclass(frozen=True)
class _Scored:
    """A candidate sentence, its cues, and the log odds that it is evidence."""

    score: float
    sentence: Sentence
    cues: tuple[str, ...]


class EvidenceEngine:
    """See `bzpeer.reports.findings.Engine`. `unsure_below` 0 makes it always decide."""

    name = "evidence"

    def __init__(self, *, model: Model | None = None, unsure_below: float = UNSURE_BELOW) -> None:
        self.model = model or shipped()
        self.unsure_below = unsure_below
        self.version = f"rules {RULES}, model {self.model.version}"

    def findings(self, document: Document) -> Report:
        """Read a paper and answer the nine variables; raises `EngineError` where the text is too short to be one."""
        if len(document.text.strip()) < LEAST_TEXT:
            raise EngineError("The text is too short to be a paper; perhaps the file is a scan without a text layer.")
        reading = read(document)
        found, named = candidates(reading.sentences), Named.of(reading.title)
        scored = {variable: self._scored(variable, sentences, named) for variable, sentences in found.items()}
        summaries = {
            variable: summary([each.score for each in rows], [each.sentence for each in rows], len(reading.text))
            for variable, rows in scored.items()
        }
        counted = counts(reading, found)
        findings = {
            variable: self._finding(variable, rows, reading, figures_of(variable, summaries, counted)) for variable, rows in scored.items()
        }
        findings[Variable.AFFILIATION] = self._affiliation(reading)
        kept, dropped = verified(tuple(findings[variable] for variable in Variable), document)
        return Report(
            findings=kept,
            dropped_quotes=dropped,
            parameters={"rules": RULES, "model": self.model.version, "unsure_below": self.unsure_below},
        )

    def _scored(self, variable: Variable, sentences: Sequence[Sentence], named: Named) -> list[_Scored]:
        model = self.model.sentences[variable.value]
        rows = []
        for sentence in sentences:
            cues = cues_of(variable, sentence, named)
            rows.append(_Scored(model.score(cues, sentence.words), sentence, cues))
        return rows

    def _finding(self, variable: Variable, rows: Sequence[_Scored], reading: Reading, figures: Mapping[str, float]) -> Finding:
        model = self.model.documents[variable.value]
        confidence, is_yes = _decided(model, model.probability(figures))
        ranked = sorted(rows, key=lambda row: (-row.score, row.sentence.start))
        positive, negative = (EXPERIMENTAL, THEORETICAL) if variable is Variable.RESEARCH_TYPE else (YES, NO)
        if is_yes and not ranked:
            is_yes, confidence = False, 0.5
        leaning = positive if is_yes else negative
        unsure = confidence < self.unsure_below
        searched = f"{len(rows):,} passages were looked at for {reasons.SEARCHED[variable]}."
        nearest = None
        if is_yes:
            explanation = _found(variable, ranked, figures)
        else:
            explanation = f"{_none(variable)} {searched}"
            nearest = _rejected(variable, ranked, reading)
        if unsure:
            explanation = f"The signs are mixed; it leans to {leaning}. {explanation}"
        return Finding(
            variable=variable,
            result=UNCERTAIN if unsure else leaning,
            confidence=round(confidence, 3),
            quotes=_quotes(ranked, reading) if is_yes else (),
            explanation=explanation,
            nearest_rejected=nearest,
            leaning=leaning,
        )

    def _affiliation(self, reading: Reading) -> Finding:
        text = "\n".join(reading.text[start:end] for start, end in reading.affiliations)
        figures = affiliations.features(plain(text))
        industry = logistic(self.model.affiliation.industry.score(figures))
        academia = logistic(self.model.affiliation.academia.score(figures))
        if industry >= 0.5:
            leaning, confidence = (COLLABORATION, min(industry, academia)) if academia >= 0.5 else (INDUSTRY, min(industry, 1 - academia))
        else:
            leaning, confidence = ACADEMIA, 1 - industry
        unsure = confidence < self.unsure_below or not text.strip()
        quotes = _places(reading)
        explanation = _workplaces(text) if text.strip() else "No title block was found."
        return Finding(
            variable=Variable.AFFILIATION,
            result=UNCERTAIN if unsure else leaning,
            confidence=round(confidence, 3),
            quotes=quotes,
            explanation=f"The signs are mixed; it leans to {leaning}. {explanation}" if unsure else explanation,
            leaning=leaning,
        )


def _decided(model: DocumentModel, probability: float) -> tuple[float, bool]:
    """Return how sure the decision is (0.5 at the threshold, 1 at the ends) and whether it is a Yes."""
    if probability >= model.threshold:
        return 0.5 + 0.5 * (probability - model.threshold) / (1 - model.threshold), True
    return 0.5 + 0.5 * (model.threshold - probability) / model.threshold, False


def _found(variable: Variable, ranked: Sequence[_Scored], figures: Mapping[str, float]) -> str:
    told = reasons.reason(reasons.FOUND[variable], ranked[0].cues)
    if variable is Variable.SETUP and (pairs := round(math.expm1(figures["parameter_values"]))):
        told += f" The main text gives {pairs} distinct value{'s' if pairs > 1 else ''}."
    if variable is Variable.DATASETS and (known := round(math.expm1(figures["known_datasets"]))):
        told += f" {known} known name{'s' if known > 1 else ''} of public data stand{'s' if known == 1 else ''} in it."
    return told


def _none(variable: Variable) -> str:
    return "No empirical study was found." if variable is Variable.RESEARCH_TYPE else "Nothing was found that counts."


def _quotes(ranked: Sequence[_Scored], reading: Reading) -> tuple[Quote, ...]:
    best = ranked[0].score if ranked else LOWEST
    kept = [row for row in ranked[:MOST_QUOTES] if row.score >= best - FAR_BELOW]
    return tuple(reading.quote(row.sentence) for row in kept)


def _rejected(variable: Variable, ranked: Sequence[_Scored], reading: Reading) -> Rejected | None:
    if not ranked:
        return None
    return Rejected(quote=reading.quote(ranked[0].sentence), reason=reasons.reason(reasons.REJECTED[variable], ranked[0].cues))


def _places(reading: Reading) -> tuple[Quote, ...]:
    """Return the lines that name where the authors work: the first with a company and the first with a public body."""
    quotes: dict[int, Quote] = {}
    for named in (affiliations.companies, affiliations.bodies):
        for start, end in reading.affiliations:
            matches = [match for match in named(reading.text[start:end]) if start + match.start() >= _after_title(reading)]
            if matches:
                quote = _line(reading, start + matches[0].start())
                quotes.setdefault(quote.start, quote)
                break
    return tuple(quotes[start] for start in sorted(quotes))


def _after_title(reading: Reading) -> int:
    """Return where the first line ends: a company in a paper's title employs nobody."""
    return max(0, reading.text.find("\n"))


def _line(reading: Reading, at: int) -> Quote:
    text = reading.text
    start = max(text.rfind("\n", 0, at) + 1, at - LONGEST_LINE // 2)
    end = text.find("\n", at)
    end = min(end if end >= 0 else len(text), start + LONGEST_LINE)
    section = next((section.title for section in reading.sections if section.start <= at < section.end), "")
    return Quote(start=start, end=end, text=text[start:end], section=section)


def _workplaces(text: str) -> str:
    firms = list(dict.fromkeys(match.group() for match in affiliations.companies(text)))[:3]
    public = bool(affiliations.bodies(text))
    if firms and public:
        return f"Beside universities or public institutes the title block names {', '.join(firms)}."
    if firms:
        return f"The title block names {', '.join(firms)} and no university."
    return "The title block names universities or public institutes only." if public else "The title block names no place that is known."
