"""How well chosen sentences sum up a paper: ROUGE-L of the quick summary and of the abstract's first two sentences (lead-2).

No data set here holds summaries that authors wrote of their papers apart from abstracts. What stands in for them, and what that measures:

    conclusions   the first 100 words of the conclusion that authors wrote, of the papers with full text in ../shared/data (repro-papers,
                  unarxive-sample): does the summary say what the authors find worth repeating?
    titles        the titles of arXiv records (arxiv-bulk): is the summary about what the paper is called? The method looks at titles, so
                  this is not independent; the row "without title" is the method without them.

Key terms come from the document frequencies of arxiv-bulk. Rows give ROUGE-L F1 and recall, the mean over papers, and how many
words a summary has. Nothing was tuned on these papers.
"Random two" is two random sentences in order. A method that only makes summaries shorter gains no recall.

    python -m bench summary
"""

import gzip
import json
import os
import random
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._rouge import rouge_l
from works.summary import chosen_sentences, sentences_of
from works.terms.ranking import folded, rankings, weighted
from works.terms.words import counted, phrases_of, printed_forms

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[1] / ".." / "shared" / "data"))
TITLES = int(os.environ.get("BENCH_TITLES", "2000"))
ABSTRACTS = int(os.environ.get("BENCH_ABSTRACTS", "40000"))
REFERENCE_WORDS = 100
SEED = 20261121
_NUMBER = r"(?:#+ )?(?:(?:\d{1,2}|[IVX]{1,4})\.? )?"
_INTRODUCTION = re.compile(_NUMBER + r"introduction:?", re.IGNORECASE)
_CONCLUSION = re.compile(_NUMBER + r"(?:summary|(?:discussions? and )?conclu(?:sions?|ding remarks)(?: and .{3,30})?):?", re.IGNORECASE)


@dataclass(frozen=True)
class Paper:
    """What is summed up, and what a good summary is like."""

    title: str
    abstract: str
    reference: str


def bulk() -> Iterator[dict[str, str]]:
    for path in sorted((SHARED / "arxiv-bulk").glob("*.gz")):
        with gzip.open(path, "rt") as lines:
            for line in lines:
                yield json.loads(line)


def with_conclusions() -> Iterator[Paper]:
    with gzip.open(SHARED / "repro-papers" / "papers.jsonl.gz", "rt") as lines:
        for line in lines:
            record = json.loads(line)
            found = _sections(record.get("text") or "")
            if found:
                yield Paper(record["title"], *found)
    with tarfile.open(SHARED / "unarxive-sample" / "doc" / "unarXive_data_sample.tar.gz") as archive:
        for member in archive:
            if member.name.endswith(".jsonl"):
                for line in archive.extractfile(member) or ():
                    yield from _unarxive(json.loads(line))


def _sections(text: str) -> tuple[str, str] | None:
    """Return the paragraph before the introduction, and the beginning of the conclusion; None where they are not told apart."""
    paragraphs = [" ".join(re.sub(r"(\w)-\n(\w)", r"\1\2", part).split()) for part in text.split("\n\n")]
    begun = [place for place, part in enumerate(paragraphs[:40]) if len(part) < 40 and _INTRODUCTION.fullmatch(part)]
    ended = [place for place, part in enumerate(paragraphs) if len(part) < 60 and _CONCLUSION.fullmatch(part)]
    if not begun or not ended or not begun[0]:
        return None
    abstract, conclusion = paragraphs[begun[0] - 1], " ".join(paragraphs[ended[-1] + 1 : ended[-1] + 4])
    return (abstract, _first_words(conclusion)) if 400 <= len(abstract) <= 3_000 and len(conclusion) >= 300 else None


def _unarxive(record: dict[str, object]) -> Iterator[Paper]:
    said = " ".join(part["text"] for part in record["body_text"] if re.search(r"conclu|summary", part.get("section") or "", re.IGNORECASE))
    said = re.sub(r"\{\{[^}]*\}\}", "", said)
    if len(said) > 300:
        yield Paper(record["metadata"]["title"], record["abstract"]["text"], _first_words(said))


def _first_words(text: str) -> str:
    return " ".join(text.split()[:REFERENCE_WORDS])


class Corpus:
    """Document frequencies of the arXiv records."""

    def __init__(self) -> None:
        self.documents: Counter[str] = Counter()
        self.abstracts = 0
        for record, _ in zip(bulk(), range(ABSTRACTS), strict=False):
            self.documents.update(counted(phrases_of(record["abstract"])).keys())
            self.abstracts += 1

    def weights(self, abstract: str) -> dict[str, float]:
        phrases = phrases_of(abstract)
        counts = counted(phrases)
        matrix, terms = weighted([counts], documents=self.documents, abstracts=self.abstracts)
        listed = folded(next(rankings(matrix, terms, self.documents)), counts)
        forms = printed_forms(phrases, {one.term for one in listed})
        return {forms[one.term]: one.weight for one in listed}


def lead(paper: Paper) -> str:
    return " ".join(one.text for one in sentences_of(paper.abstract)[:2])


def at_random(paper: Paper) -> str:
    sentences = sentences_of(paper.abstract)
    chosen = random.Random(paper.title).sample(sentences, min(2, len(sentences)))
    return " ".join(one.text for one in sorted(chosen, key=lambda one: one.place))


def measured(name: str, papers: list[Paper], methods: dict[str, Callable[[Paper], str]]) -> bool:
    """Print a table; tell whether the method beats lead-2 by F1."""
    found = {}
    for label, method in methods.items():
        scores, words = [], 0
        for paper in papers:
            summary = method(paper)
            words += len(summary.split())
            scores.append(rouge_l(paper.reference, summary))
        found[label] = sum(score.fmeasure for score in scores) / len(scores)
        recall = sum(score.recall for score in scores) / len(scores)
        print(f"{name:12} {label:16} ROUGE-L F1 {found[label]:.4f}  recall {recall:.4f}  words {words / len(papers):4.1f}  ({len(papers)})")
    print(f"{name:12} against lead-2: {found['chosen'] / found['lead-2']:.3f}\n")
    return found["chosen"] > found["lead-2"]


def main() -> int:
    if not (SHARED / "arxiv-bulk").exists():
        print("The shared data is not here; set BZPEER_SHARED_DATA.")
        return 1
    corpus = Corpus()

    def chosen(paper: Paper, *, title: bool = True) -> str:
        found = chosen_sentences(paper.abstract, title=paper.title if title else "", weights=corpus.weights(paper.abstract))
        return " ".join(one.text for one in found)

    methods = {
        "lead-2": lead,
        "random two": at_random,
        "chosen": chosen,
        "without title": lambda paper: chosen(paper, title=False),
    }
    concluded = list(with_conclusions())
    records = list(bulk())
    sample = random.Random(SEED).sample(records, min(TITLES, len(records)))
    titled = [Paper(" ".join(record["title"].split()), record["abstract"], " ".join(record["title"].split())) for record in sample]
    return 0 if all([measured("conclusions", concluded, methods), measured("titles", titled, methods)]) else 1


if __name__ == "__main__":
    sys.exit(main())
