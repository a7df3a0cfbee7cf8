"""How far the evidence engine agrees with labelled papers: python -m bench.reproducibility [--save].

Measures on repro-papers by cross-validation split by paper: accuracy, macro-F1 and kappa for each variable, for all years
and for papers of 2017 and later, beside the majority class and a plain keyword baseline in the same run. The labels come
from a language model, not from people: the figures say how far two readers agree, not how often either is right. Some
labels were given to another version of the text than the one measured here (no appendix); "published" counts the
papers of 2017 and later whose text is the labelled version.

Then: how often a Yes shows a quote that overlaps the labelled evidence, how many papers are decided with confidence and
how those agree, speed and memory of the engine, and the size of its model. What was read is kept in the temporary folder
for as long as the engine's rules stay the same. --save learns from all papers and writes bzpeer/reports/model/evidence.json.
"""

import argparse
import hashlib
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._reproducing import (  # noqa: E402 - run as a file, too, it must find the project
    ACADEMIC,
    FOLDS,
    INDUSTRIAL,
    RECENT,
    THRESHOLD,
    THRESHOLDS,
    TITLE_BLOCK_WEIGHT,
    Learner,
    Paper,
    Quoted,
    Vector,
    affiliation_model,
    paper,
    quoted,
    records,
    unseen,
    weighable,
    weighed,
)
from bzpeer.reports.engines import affiliations  # noqa: E402
from bzpeer.reports.engines.evidence import FAR_BELOW, MOST_QUOTES, UNSURE_BELOW, EvidenceEngine  # noqa: E402
from bzpeer.reports.engines.reading import plain  # noqa: E402
from bzpeer.reports.engines.scoring import SHIPPED, Model  # noqa: E402
from bzpeer.reports.findings import ACADEMIA, COLLABORATION, INDUSTRY, Document, Report, Variable  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", ROOT.parent / "shared" / "data"))
DATA = SHARED / "repro-papers"
RULES = [*sorted((ROOT / "bzpeer" / "reports" / "engines").glob("*.py")), ROOT / "bench" / "_reproducing.py"]
UNREAD = {"evidence.py", "reasons.py", "llm.py"}
"""Files that do not change what is read of a paper."""
TIMED = 60
MEGABYTE = 1_000_000
REACH = {
    Variable.PSEUDOCODE: 0.90,
    Variable.CODE: 0.70,
    Variable.DATASETS: 0.35,
    Variable.SPLITS: 0.72,
    Variable.HARDWARE: 0.88,
    Variable.SOFTWARE: 0.50,
    Variable.SETUP: 0.42,
    Variable.AFFILIATION: 0.75,
}
KEYWORDS = {
    Variable.RESEARCH_TYPE: r"\bexperiments?\b",
    Variable.AFFILIATION: r"google|microsoft|ibm|facebook|amazon|deep ?mind|yahoo|nvidia|\binc\b|\bcorp",
    Variable.PSEUDOCODE: r"algorithm \d|pseudo-?code",
    Variable.CODE: r"github\.com|code is available|source code|our code",
    Variable.DATASETS: r"publicly available|benchmark data ?sets?|\buci\b|\bmnist\b|\bcifar|imagenet",
    Variable.SPLITS: r"training (?:and|/) test|validation set|cross-?validation|\d+% (?:for|of the) (?:train|test)|test set",
    Variable.HARDWARE: r"\bgpus?\b|\bcpus?\b|nvidia|intel|xeon",
    Variable.SOFTWARE: r"(?:python|pytorch|tensorflow|matlab|scikit-learn|cuda|keras) ?(?:version )?v?\d",
    Variable.SETUP: r"learning rate|batch size|hyper-?parameters?|number of iterations",
}
"""The plain baseline: one expression for each variable over the whole text."""
Booleans = np.typing.NDArray[np.bool_]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--save", action="store_true", help="learn from all papers and write the model that is shipped")
    parser.add_argument("--time", action="store_true", help="only measure speed and memory of the engine as shipped")
    options = parser.parse_args()
    if not (DATA / "papers.jsonl.gz").exists():
        print(f"The labelled papers are not in {DATA}; nothing is measured.")
        return 0
    if options.time:
        return timed()
    papers, quotes, keywords = prepared()
    learner = Learner(papers, quotes)
    recent = learner.years >= RECENT
    groups = {
        "all years": np.ones(len(papers), dtype=bool),
        f"{RECENT}+": recent,
        f"{RECENT}+ published": recent & np.array([each.published for each in papers]),
    }
    model = agreement(learner, quotes_of_affiliation(), groups, keywords)
    if options.save:
        SHIPPED.parent.mkdir(exist_ok=True)
        SHIPPED.write_bytes(msgspec.json.encode(model))
        print(f"Wrote {SHIPPED.relative_to(ROOT)}: {SHIPPED.stat().st_size / 1000:.0f} kB, version {model.version}.")
    return subprocess.run([sys.executable, str(Path(__file__).resolve()), "--time"], check=False).returncode


def prepared() -> tuple[list[Paper], dict[Variable, list[Quoted]], dict[Variable, Booleans]]:
    """Read the papers and quotes, or take what an earlier run with the same rules has kept."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in RULES if path.name not in UNREAD)).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"bzpeer-reproducibility-{os.getuid()}-{digest}.pickle"
    if kept.exists() and kept.stat().st_uid == os.getuid():
        return pickle.loads(kept.read_bytes())  # noqa: S301 - our own file, written below with our own user id
    begun = time.process_time()
    papers: list[Paper] = []
    hits: dict[Variable, list[bool]] = {variable: [] for variable in KEYWORDS}
    for record in records(DATA / "papers.jsonl.gz"):
        papers.append(paper(record, record["text"]))
        for variable, pattern in KEYWORDS.items():
            hits[variable].append(
                re.search(pattern, record["text"][:3_000] if variable is Variable.AFFILIATION else record["text"], re.IGNORECASE)
                is not None
            )
    everything = papers, quoted(records(DATA / "labels.jsonl.gz")), {variable: np.array(hit) for variable, hit in hits.items()}
    kept.touch(mode=0o600)
    kept.write_bytes(pickle.dumps(everything))
    print(f"{len(papers)} papers read in {time.process_time() - begun:.0f} s of processor time.")
    return everything


def quotes_of_affiliation() -> list[tuple[dict[str, float], str]]:
    """Return the quoted title blocks of the papers without text."""
    label = Variable.AFFILIATION.label
    return [
        (affiliations.features(plain(record["labels"][label]["evidence"])), record["labels"][label]["result"])
        for record in records(DATA / "labels.jsonl.gz")
        if record["labels"][label]["evidence"]
    ]


def agreement(
    learner: Learner,
    title_blocks: Sequence[tuple[dict[str, float], str]],
    groups: Mapping[str, Booleans],
    keywords: Mapping[Variable, Booleans],
) -> Model:
    """Print the tables for papers that were not learned from; return the model learned from all."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(learner.papers))
    scores = {variable: learner.scores(variable, folds) for variable in learner.sentences}
    figures = learner.figures(scores)
    documents, overlaps, sure = {}, {}, {}
    print(f"{'':24}{'':12}" + "".join(f"{group:>34}" for group in groups) + f"{'reach':>8}")
    print(f"{'':24}{'':12}" + f"{'accuracy':>12}{'macro-F1':>11}{'kappa':>11}" * len(groups))
    for variable, rows in figures.items():
        names = weighable(variable, rows[0])
        matrix = np.array([[each[name] for name in names] for each in rows])
        label = learner.truth(variable)
        at = THRESHOLDS.get(variable, THRESHOLD)
        probability = unseen(variable, names, matrix, label, learner.weights, folds=folds)
        decided = probability >= at
        confidence = 0.5 + 0.5 * np.where(decided, (probability - at) / (1 - at), (at - probability) / at)
        report(variable, label, decided, keyword=keywords[variable], groups=groups)
        overlaps[variable] = overlap(learner, variable, scores[variable], label & decided)
        sure[variable] = share_sure(label, decided, confidence, groups)
        documents[variable.value] = weighed(variable, names, matrix, label, learner.weights).model(at)
    affiliation(learner, title_blocks, folds, groups, keywords[Variable.AFFILIATION])
    print("\nA Yes whose quote overlaps the labelled evidence (labelled Yes with known evidence, found Yes):")
    for variable, (right, total) in overlaps.items():
        print(f"  {variable.label:24}{right / max(1, total):8.2f}  of {total}")
    print(f"\nDecided with confidence {UNSURE_BELOW} or more, and agreement there ({' | '.join(groups)}):")
    for variable, shares in sure.items():
        print(f"  {variable.label:24}" + " | ".join(f"{share:.2f} of papers, accuracy {right:.2f}" for share, right in shares))
    return shipped_model(learner, title_blocks, documents)


def report(
    variable: Variable, label: Booleans, decided: Booleans, *, keyword: Booleans, groups: Mapping[str, Booleans], name: str = ""
) -> None:
    """Print one variable: the engine, the majority class of each group, and the keyword baseline."""
    for who, given in (("evidence", decided), ("majority", None), ("keywords", keyword)):
        cells = []
        for group in groups.values():
            truth = label[group]
            said = np.full(len(truth), truth.mean() >= 0.5) if given is None else given[group]
            kappa = cohen_kappa_score(truth, said) if len(set(truth.tolist()) | set(said.tolist())) > 1 else float("nan")
            cells.append(
                _cells(
                    accuracy_score(truth, said), f1_score(truth, said, average="macro", zero_division=0), 0.0 if np.isnan(kappa) else kappa
                )
            )
        told = f"{REACH[variable]:8.2f}" if who == "evidence" and variable in REACH and not name.endswith("academia") else ""
        print(f"{(name or variable.label) if who == 'evidence' else '':24}{who:12}" + "".join(cells) + told, flush=True)


def _cells(accuracy: float, macro_f1: float, kappa: float) -> str:
    return f"{accuracy:12.3f}{macro_f1:11.3f}{kappa:11.3f}"


def overlap(learner: Learner, variable: Variable, scores: Vector, yes: Booleans) -> tuple[int, int]:
    """Count the Yes whose shown quotes overlap the labelled evidence, among those whose evidence is known."""
    right = total = 0
    for number, values in enumerate(learner.sentences[variable].by_paper(scores)):
        each = learner.papers[number]
        if not yes[number] or variable not in each.has_evidence or not len(values):
            continue
        best = [at for at in np.argsort(-values, kind="stable")[:MOST_QUOTES] if values[at] >= values.max() - FAR_BELOW]
        total += 1
        right += any(each.rows[variable][at].overlaps for at in best)
    return right, total


def share_sure(label: Booleans, decided: Booleans, confidence: Vector, groups: Mapping[str, Booleans]) -> list[tuple[float, float]]:
    """Return for each group the share of papers decided with confidence and the agreement there."""
    sure = confidence >= UNSURE_BELOW
    return [(float(sure[group].mean()), float((label == decided)[group & sure].mean())) for group in groups.values()]


def affiliation(
    learner: Learner,
    title_blocks: Sequence[tuple[dict[str, float], str]],
    folds: np.typing.NDArray[np.int64],
    groups: Mapping[str, Booleans],
    keyword: Booleans,
) -> None:
    """Print any industry, any academia, and the three classes."""
    labels = np.array([each.labels[Variable.AFFILIATION] for each in learner.papers])
    industry, academia = np.zeros(len(labels), dtype=bool), np.zeros(len(labels), dtype=bool)
    for fold in range(FOLDS):
        model = affiliation_model(*_title_blocks(learner, title_blocks, folds != fold))
        for number in np.flatnonzero(folds == fold):
            industry[number] = model.industry.score(learner.papers[number].affiliation) >= 0
            academia[number] = model.academia.score(learner.papers[number].affiliation) >= 0
    report(Variable.AFFILIATION, np.isin(labels, list(INDUSTRIAL)), industry, keyword=keyword, groups=groups, name="Any industry")
    report(
        Variable.AFFILIATION, np.isin(labels, list(ACADEMIC)), academia | ~industry, keyword=~keyword, groups=groups, name="Any academia"
    )
    said = np.where(industry, np.where(academia, COLLABORATION, INDUSTRY), ACADEMIA)
    cells = [
        _cells(
            accuracy_score(labels[group], said[group]),
            f1_score(labels[group], said[group], average="macro"),
            cohen_kappa_score(labels[group], said[group]),
        )
        for group in groups.values()
    ]
    print(f"{Variable.AFFILIATION.label:24}{'evidence':12}" + "".join(cells))


def _title_blocks(
    learner: Learner, title_blocks: Sequence[tuple[dict[str, float], str]], seen: Booleans
) -> tuple[list[Mapping[str, float]], list[str], Vector]:
    own = [each for each, is_seen in zip(learner.papers, seen, strict=True) if is_seen]
    figures = [figures for figures, _ in title_blocks] + [each.affiliation for each in own]
    labels = [label for _, label in title_blocks] + [each.labels[Variable.AFFILIATION] for each in own]
    return figures, labels, np.array([1.0] * len(title_blocks) + [TITLE_BLOCK_WEIGHT] * len(own))


def shipped_model(learner: Learner, title_blocks: Sequence[tuple[dict[str, float], str]], documents: Mapping[str, object]) -> Model:
    """Learn from all papers; the version is a digest of what was learned."""
    model = Model(
        version="",
        learned_from=f"{len(learner.papers)} papers and the quotes of {len(title_blocks):,} more, labels of the Reproducibility Index",
        sentences={variable.value: sentences.model() for variable, sentences in learner.sentences.items()},
        documents=dict(documents),
        affiliation=affiliation_model(*_title_blocks(learner, title_blocks, np.ones(len(learner.papers), dtype=bool))),
    )
    return msgspec.structs.replace(model, version=hashlib.sha256(msgspec.json.encode(model)).hexdigest()[:8])


def timed() -> int:
    """Read papers with the shipped engine in a process of its own; print speed, memory, and how the answers of this set fall."""
    engine = EvidenceEngine()
    texts = []
    for number, record in enumerate(records(DATA / "papers.jsonl.gz")):
        if number % 15 == 0:
            texts.append(Document(text=record["text"], title=record["title"]))
        if len(texts) == TIMED:
            break
    engine.findings(texts[0])
    begun, clock = time.process_time(), time.monotonic()
    reports: list[Report] = [engine.findings(text) for text in texts]
    used = time.process_time() - begun
    by_clock = len(texts) / (time.monotonic() - clock)
    print(f"\nSpeed: {len(texts) / used:.1f} papers/s of one core, {by_clock:.1f} by the clock (load {os.getloadavg()[0]:.1f}).")
    memory = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    print(f"Memory: {int(memory[1]) * 1024 / MEGABYTE if memory else 0:.0f} MB at most. Model: {SHIPPED.stat().st_size / 1000:.0f} kB.")
    print(f"Dropped quotes: {sum(report.dropped_quotes for report in reports)} in {len(reports)} reports.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
