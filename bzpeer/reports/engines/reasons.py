"""Plain sentences for what the evidence engine found, what it searched, and why the nearest sentence does not count."""

from collections.abc import Collection, Mapping, Sequence

from bzpeer.reports.findings import Variable

FOUND: Mapping[Variable, Sequence[tuple[str, str]]] = {
    Variable.RESEARCH_TYPE: (
        ("beats", "It compares results with other methods."),
        ("run", "It reports experiments."),
        ("data", "It reports results on data sets."),
        ("", "It reports an empirical study."),
    ),
    Variable.PSEUDOCODE: (
        ("caption", "A labelled algorithm is set out as steps."),
        ("definition", "A listing of code sets out the steps."),
        ("pseudo", "It speaks of its own pseudocode."),
        ("", "Steps of an algorithm are set out."),
    ),
    Variable.CODE: (
        ("checklist_yes", "The authors' checklist says that the code is there."),
        ("anonymous", "An anonymous link to the code is given."),
        ("repository", "The authors link to a repository of their code."),
        ("supplement", "The code is part of the supplement."),
        ("released", "The authors say that they release their code."),
        ("", "The authors say where their code is."),
    ),
    Variable.DATASETS: (
        ("uci", "A public collection of data sets is named."),
        ("cased_known", "A known public data set is named."),
        ("link", "A link to the data is given."),
        ("cased_cites", "A data set is cited."),
        ("", "A public data set is named."),
    ),
    Variable.SPLITS: (
        ("folds", "Cross-validation is described."),
        ("ratio_near", "The ratio of the parts is given."),
        ("percent_near", "The shares of the parts are given in percent."),
        ("standard", "A predefined split is named."),
        ("count_near", "The number of examples in the parts is given."),
        ("", "The parts for training and testing are described."),
    ),
    Variable.HARDWARE: (
        ("gpu_model", "A model of accelerator is named."),
        ("cpu_model", "A make of processor is named."),
        ("cloud", "A kind of cloud machine is named."),
        ("", "The machine for the experiments is described."),
    ),
    Variable.SOFTWARE: (
        ("framework_version", "Libraries are named with versions."),
        ("solver_version", "A solver is named with its version."),
        ("matlab_release", "A release of MATLAB is named."),
        ("versioned", "Software is named with versions."),
        ("", "The software is named precisely enough to install it."),
    ),
    Variable.SETUP: (
        ("pair", "Values of parameters are given."),
        ("", "Settings of the experiments are given."),
    ),
}
"""For each variable which cue of the best quote gives which explanation; the last one holds for any."""

SEARCHED: Mapping[Variable, str] = {
    Variable.RESEARCH_TYPE: "experiments, comparisons, data sets and metrics",
    Variable.PSEUDOCODE: "captions of algorithms, numbered steps, and the words of pseudocode",
    Variable.CODE: "statements and links about code, software, repositories and supplements",
    Variable.DATASETS: "names of known data sets, links, citations and collections of data",
    Variable.SPLITS: "shares, counts, folds and named parts for training, validation and testing",
    Variable.HARDWARE: "models of processors and accelerators, clouds, memory and clock rates",
    Variable.SOFTWARE: "libraries, solvers, languages and versions",
    Variable.SETUP: "hyperparameters, training settings and their values",
}

REJECTED: Mapping[Variable, Sequence[tuple[str, str]]] = {
    Variable.RESEARCH_TYPE: (
        ("theorem", "It speaks of a proof."),
        ("theory", "It speaks of theory."),
        ("", "It reports no measurement of its own."),
    ),
    Variable.PSEUDOCODE: (
        ("pointer", "It only points to an algorithm."),
        ("appendix", "It defers the algorithm to a supplement."),
        ("", "It tells the steps in prose or only mentions them."),
    ),
    Variable.CODE: (
        ("request", "The code is available on request only."),
        ("acceptance", "The code is promised for later."),
        ("future", "The code is promised for later."),
        ("checklist_no", "The authors' checklist says no."),
        ("owner", "The code is other people's."),
        ("use_theirs", "It is about other people's code that was used."),
        ("official", "It is about other people's code."),
        ("attributed", "It is about other people's code."),
        ("baseline", "It is about the code of a baseline."),
        ("library", "It is about a general library."),
        ("datasite", "The link leads to data."),
        ("data_only", "It is about data, not code."),
        ("video", "It is about videos or demonstrations."),
        ("negated", "It says that something is not available."),
        ("", "It does not say that the authors' own code is available."),
    ),
    Variable.DATASETS: (
        ("private", "The data are private or not released."),
        ("synthetic", "The data were generated, and no source is given."),
        ("ours", "The authors' own data; no place to get them is given."),
        ("environment", "It is a simulated environment, not a data set."),
        ("", "No source of the data is given."),
    ),
    Variable.SPLITS: (
        ("appendix", "The split is deferred elsewhere."),
        ("stat", "It is about a statistical test."),
        ("time", "It is about training or testing, not about how the data were divided."),
        ("", "It does not say how the data were divided."),
    ),
    Variable.HARDWARE: (
        ("theirs", "It is about other people's machines."),
        ("thanks", "It thanks for machines and does not tie them to the experiments."),
        ("generic", "No model is named."),
        ("parallel", "It is about cost or speed in general."),
        ("", "No model of processor or accelerator is named for the experiments."),
    ),
    Variable.SOFTWARE: (
        ("negated", "It says what was not used."),
        ("cased_cited", "The software is cited, but no version is given."),
        ("library", "The software is named without a version."),
        ("solver", "The software is named without a version."),
        ("language", "A language is named; libraries and versions are not."),
        ("", "No software is named with its version."),
    ),
    Variable.SETUP: (
        ("defers", "The settings are deferred elsewhere."),
        ("default", "It says only that usual settings were used."),
        ("", "It gives no value of a setting."),
    ),
}
"""For each variable which cue of the nearest sentence gives which reason; the last one holds for any."""


def reason(reasons: Sequence[tuple[str, str]], cues: Collection[str]) -> str:
    """Return the first sentence whose cue is there."""
    return next(sentence for cue, sentence in reasons if not cue or cue in cues)
