"""What can be counted in a paper as a whole: named figures that the document model weighs beside the sentences' scores."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bzpeer.reports.engines.cues import CUES, PARAMETER_VALUE
from bzpeer.reports.engines.lexicons import CHIPS, DATASETS, LIBRARIES, PROCESSORS, SOLVERS, TOOLS, WELL_KNOWN_OWNERS, any_of
from bzpeer.reports.engines.links import ADDRESS, Named
from bzpeer.reports.engines.reading import Reading, Sentence
from bzpeer.reports.findings import Kind, Variable

_I = re.IGNORECASE
_LINES = {
    "captions": re.compile(
        r"(?m)^[\W_]*(?:\*\*)?(?:Algorithm|ALGORITHM|Procedure|Pseudo-?code|Listing|Function|Protocol) ?[\dA-Z]{0,2}(?:\.\d+)?(?:\*\*)?[ :.)\]]+[^\s,].{2,}$"
    ),
    "captions_numbered": re.compile(
        r"(?m)^[\W_]*(?:\*\*)?(?:Algorithm|ALGORITHM) \d+(?:\.\d+)?(?:\*\*)?[ :.)\]]*(?=[A-Z(\[$]|The |A )(?!(?:is|and|in|has|can|for|to|with)\b).{0,200}$"
    ),
    "captions_bare": re.compile(r"(?m)^[\W_]*(?:Algorithm|ALGORITHM) \d+\W*$"),
    "require": re.compile(r"(?m)(?:^|\s|\*)(?:Require|Ensure|Inputs?|Outputs?|Initialization|Data|Result)\*{0,2}\s?:", 0),
    "numbered_lines": re.compile(r"(?m)^\W{0,4}\d{1,2}:\s"),
    "numbered_inline": re.compile(r"(?<=\s)\d{1,2}: (?:[a-zA-Z]|\W)"),
    "theorems": re.compile(r"(?m)^[\W_]*(?:Theorem|Lemma|Proposition|Corollary|Definition)\s?\d"),
    "proofs": re.compile(r"(?m)^[\W_]*Proof\b"),
    "figures": re.compile(r"(?m)^[\W_]*(?:Figure|Fig\.) ?\d+"),
    "tables": re.compile(r"(?m)^[\W_]*Table ?\d+"),
    "table_rows": re.compile(r"(?m)^\|.*\|$"),
}
_PHRASES = {
    "algorithm_mentions": r"\balgorithms? \d", "ends": r"\bend (?:for|while|if|procedure|function)\b|\bendfor\b", "loops": r"\b(?:for|while)\b[^.\n]{1,60}\bdo\b", "repeat_until": r"\brepeat\b[^.]{1,400}\buntil\b", "python": r"\bdef \w+\(", "prove_that": r"\bwe prove\b",
    "error_rates": r"\berror rates?\b", "test_set": r"\btest(?:ing)? (?:set|data|split)", "learning_rate": r"learning[- ]rates?|step[- ]?sizes?", "hyper": r"hyper-?parameters?", "available": r"publicly available|available at|available online|can be found at", "grid_world": r"grid ?world", "folds_phrase": r"\d-fold|cross-?\s?validat",
    "drawn": r"\b(?:drawn|sampled|generated) (?:\w+ )?from\b", "table_word": r"\btable \d", "figure_word": r"\bfig(?:ure|\.) ?\d", "real_world": r"real[- ](?:world|data|life)", "language_model": r"language models?|\bllms?\b", "np_hard": r"np-?hard|polynomial[- ]time", "pseudocode": r"pseudo-?\s?code", "open_source": r"open[- ]?sourc",
}  # fmt: skip
_PHRASED = {name: re.compile(pattern, _I) for name, pattern in _PHRASES.items()}
_WORDS = {
    "prove": "proofs?|lemmas?|theorems?|corollary", "bounds": "bound(?:s|ed)?|regret|complexity", "experiment": "experiment.*", "evaluate": "evaluat.*|empirical.*", "simulation": "simulat.*", "dataset": "datasets?|corpus|corpora", "synthetic": "synthetic.*|artificial", "environment": "atari|mujoco|environments?", "epoch": "epochs?",
    "gpu": "gpus?", "cpu": "cpus?", "baseline": "baselines?", "accuracy": "accurac.*", "neural": "neural|deep", "train": "train(?:ed|ing)?", "validation": "validation|heldout", "split": "splits?", "folds": "folds?", "supplement": "supplement.*", "benchmark": "benchmarks?", "batch": "batch|batches|minibatch.*", "uci": "uci",
    "participants": "participants?|subjects", "code_word": "codes?", "games": "nash|equilibri.*|agents?", "optimal": "optimal", "images": "images?", "planning": "planning|planners?|domains?", "runtime": "runtimes?", "algorithm": "algorithms?", "logic": "logic.*|formula.*|semantics|axioms?", "policy": "polic.*|rewards?", "kernel": "kernels?",
    "words": "words?|sentences?", "graph": "graphs?|nodes?", "users": "users?|items?", "layers": "layers?", "convex": "convex|gradient", "bayes": "bayes.*|posterior|prior",
}  # fmt: skip
_COUNTED = {name: re.compile(pattern) for name, pattern in _WORDS.items()}
_TOKEN = re.compile(r"[a-z][a-z0-9+]*")
_WHOLE_VERSION = re.compile(
    r"\b(?:python|py ?torch|tensor ?flow|matlab|scikit-learn|cuda|cu ?dnn|keras|mujoco|java|gurobi|cplex|jax|gym) ?(?:version )?v?\d", _I
)
_VERSION = (
    r" ?(?:\((?=[^()]{0,30}\d\.\d)|\([^()]{0,40}\)|\[[^\[\]]{1,60}\])?,? ?\(?(?:(?:with|in|is) )?(?:==?|versions?|ver\.?|v\.?|release|r)?(?: is| of)?"
    r"[ :=-]{0,2}v?\d{1,4}(?:\.\d+)+(?![\d.]* ?[%x×]|[\d.]* \d+\.\d)"
)
"""A version with a point, behind a name: "1.8", "(version 1.8.0)", "[5], v2.1", "==0.19". Numbers without one are footnote marks as often, rows of numbers are tables."""
_KIND = r"(?:[ -](?:library|toolkit|framework|solver|optimi[sz]er|optimi[sz]ation|engine|studio|compiler|toolbox|package|simulator|driver|lightning|geometric|learning|deep)){0,3}"
_DEPENDENCY = re.compile(rf"({LIBRARIES}|{SOLVERS}|{TOOLS}){_KIND}{_VERSION}", _I)
_MATLAB_RELEASE = re.compile(r"\bmatlab[ (,]{0,2}(?:version |release )?(?:of )?r?20\d\d ?[ab]\b", _I)
_OTHER_VERSION = re.compile(
    rf"{_WHOLE_VERSION.pattern}|\b(?:python|java|jdk|jre|julia|scala|rust|ruby|perl|c\+\+|(?:ana)?conda|(?-i:R)){_VERSION}", _I
)
_VERSIONED = CUES[Variable.SOFTWARE]["versioned"]
_KNOWN = any_of(DATASETS)
_REPOSITORY = re.compile(r"github\.com|gitlab\.|bitbucket\.org|4open\.science|code\.google|codeocean|codalab|zenodo|sourceforge", _I)
_CHECKS = {
    "code": re.compile(r"did you include the code, data|open access to data and code", _I),
    "details": re.compile(r"did you specify all the training details|experimental setting/details", _I),
    "compute": re.compile(r"total amount of compute|experiments compute resources", _I),
    "proofs": re.compile(r"did you include complete proofs|theory assumptions and proofs", _I),
    "assets": re.compile(r"did you include any new assets|new assets", _I),
}
_ANSWER = re.compile(r"\[\s*(yes|no|n/?a|todo)\s*\]|answer:\s*\W*(yes|no|n/?a)\b", _I)
_HEADINGS = {
    "experiments": re.compile(r"experiment|evaluation|empirical|results|simulation|case stud|numerical|application", _I),
    "experimental_details": re.compile(
        r"(?:experiment\w*|implementation|training|hyper-?parameters?) ?(?:detail|setup|setting|configuration)?s?|hyper-?param|implementation|setup",
        _I,
    ),
    "proofs": re.compile(r"\bproofs?\b", _I),
    "data": re.compile(r"\bdata ?sets?\b|\bdata\b|benchmark", _I),
    "code": re.compile(r"\bcode\b|reproducib|availability|software", _I),
    "algorithm": re.compile(r"algorithm|pseudo", _I),
}


def counts(reading: Reading, candidates: Mapping[Variable, Sequence[Sentence]]) -> dict[str, float]:
    """Return the named figures of a paper; how often something stands there counts by its logarithm."""
    parts: dict[bool, list[str]] = {True: [], False: []}
    for sentence in reading.sentences:
        if sentence.kind is not Kind.CHECKLIST:
            parts[sentence.kind is Kind.APPENDIX].append(sentence.plain)
    main, rest = "\n".join(parts[False]), "\n".join(parts[True])
    read = "\n".join(reading.text[section.start : section.end] for section in reading.sections if section.kind is not Kind.REFERENCES)
    figures: dict[str, float] = {name: math.log1p(len(pattern.findall(read))) for name, pattern in _LINES.items()}
    figures |= {name: math.log1p(len(pattern.findall(main))) for name, pattern in _PHRASED.items()}
    figures |= _word_counts(main)
    hardware, hardware_rest = _parts(candidates[Variable.HARDWARE])
    software, software_rest = _parts(candidates[Variable.SOFTWARE])
    setup, setup_rest = _parts(candidates[Variable.SETUP])
    dependencies, dependencies_rest = _dependencies(software), _dependencies(software_rest)
    known = [name.lower() for name in _KNOWN.findall(main)]
    figures |= {
        "length": math.log(max(1_000, len(main))) - 10.5,
        "appendix": math.log1p(len(rest) / 5_000),
        "checklist": float(any(section.kind is Kind.CHECKLIST for section in reading.sections)),
        "known_datasets": math.log1p(len(set(known))),
        "known_dataset_mentions": math.log1p(len(known)),
        "parameter_values": math.log1p(len(parameter_values(setup))),
        "parameter_values_appendix": math.log1p(len(parameter_values(setup_rest))),
        "chips": math.log1p(len(_CHIP.findall(hardware))),
        "chips_appendix": math.log1p(len(_CHIP.findall(hardware_rest))),
        "libraries": math.log1p(_distinct(_LIBRARY, software)),
        "solvers": math.log1p(_distinct(_SOLVER, software)),
        "whole_versions": math.log1p(_distinct(_WHOLE_VERSION, software)),
        "versions": math.log1p(_distinct(_VERSIONED, software)),
        "dependencies": math.log1p(len(dependencies | dependencies_rest)),
        "dependencies_main": math.log1p(len(dependencies)),
        "any_version": float(
            bool(dependencies or dependencies_rest or _OTHER_VERSION.search(software) or _OTHER_VERSION.search(software_rest))
        ),
        "versions_appendix": math.log1p(_distinct(_VERSIONED, software_rest)),
    }
    return figures | _headings(reading) | _links(reading) | _checks(reading)


def _parts(sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Return what stands in the main text and what in appendices."""
    main = "\n".join(sentence.plain for sentence in sentences if sentence.kind not in (Kind.APPENDIX, Kind.CHECKLIST))
    return main, "\n".join(sentence.plain for sentence in sentences if sentence.kind is Kind.APPENDIX)


def _distinct(pattern: re.Pattern[str], text: str) -> int:
    return len({match.group().lower() for match in pattern.finditer(text)})


def _dependencies(text: str) -> frozenset[str]:
    """Return the libraries, solvers and tools that are named with a version; a language alone is none."""
    names = {match[1].lower().replace(" ", "") for match in _DEPENDENCY.finditer(text)}
    return frozenset(names | {"matlab"} if _MATLAB_RELEASE.search(text) else names)


def _word_counts(text: str) -> dict[str, float]:
    """Count words by what they begin with; each distinct word is looked at once."""
    totals = dict.fromkeys(_COUNTED, 0)
    for word, times in Counter(_TOKEN.findall(text.lower())).items():
        for name in _counted_as(word):
            totals[name] += times
    return {name: math.log1p(total) for name, total in totals.items()}


@lru_cache(maxsize=100_000)
def _counted_as(word: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _COUNTED.items() if pattern.fullmatch(word))


_CHIP = re.compile(f"{CHIPS}|{PROCESSORS}", _I)
_LIBRARY = re.compile(LIBRARIES, _I)
_SOLVER = re.compile(SOLVERS, _I)


def parameter_values(text: str) -> frozenset[tuple[str, str]]:
    """Return the distinct pairs of a parameter's name and the value it is given."""
    return frozenset((match[1].lower(), match[2]) for match in PARAMETER_VALUE.finditer(text))


def _headings(reading: Reading) -> dict[str, float]:
    titles = [section.title for section in reading.sections if section.kind in (Kind.BODY, Kind.APPENDIX)]
    return {f"heading_{name}": float(any(pattern.search(title) for title in titles)) for name, pattern in _HEADINGS.items()}


def _links(reading: Reading) -> dict[str, float]:
    """Count the links outside the references, and those that look like the authors' own."""
    named = Named.of(reading.title)
    repositories = own = early = pages = others = 0
    for sentence in reading.sentences:
        for match in ADDRESS.finditer(sentence.plain):
            address = match.group().lower()
            if _REPOSITORY.search(address):
                theirs = any(f"/{owner}/" in address for owner in WELL_KNOWN_OWNERS)
                repositories += not theirs
                others += theirs
                early += not theirs and sentence.start < 0.2 * len(reading.text)
                own += named.own(address)
            elif "github.io" in address or "sites.google" in address:
                pages += 1
                own += named.own(address)
    return {
        "repository_links": math.log1p(repositories),
        "repository_links_others": math.log1p(others),
        "repository_links_early": math.log1p(early),
        "own_links": math.log1p(own),
        "project_pages": math.log1p(pages),
    }


def _checks(reading: Reading) -> dict[str, float]:
    """Return what the paper's own checklist answers to the questions that concern the report."""
    answers = dict.fromkeys((f"check_{name}_{answer}" for name in _CHECKS for answer in ("yes", "no")), 0.0)
    for section in reading.sections:
        if section.kind is not Kind.CHECKLIST:
            continue
        text = reading.text[section.start : section.end]
        for name, question in _CHECKS.items():
            if (asked := question.search(text)) and (answer := _ANSWER.search(text, asked.end(), asked.end() + 500)):
                said = (answer[1] or answer[2]).lower()
                answers[f"check_{name}_{'yes' if said == 'yes' else 'no'}"] = 1.0
    return answers
