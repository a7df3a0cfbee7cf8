"""Key terms: against the reference of arXiv 2006.13719, against gold keyphrases, and how fast they are.

Reference: the 20 terms that another paper page shows for one abstract (../shared/data/reference-terms), with document frequencies of
arxiv-bulk; compared by stems, in our ranking before folding. Plain scikit-learn TF-IDF stands beside it. Target: 17 of 20.
Keyphrases: F1@10 on Inspec's 2,000 abstracts, by stems, against plain TF-IDF and YAKE; document frequencies are those of the 2,000.
Speed: arxiv-bulk as works of the database, repeated with other ids up to BENCH_WORKS (100,000): counting and weighing everything in
one pass (target 5 minutes), then 10,000 new abstracts (target 20 s on one core: told as seconds, and as processor seconds of
this process). Then a recount, which must find nothing wrong.

    python -m bench terms
"""

import gzip
import json
import math
import os
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bzpeer.settings")
django.setup()

import snowballstemmer  # noqa: E402
import yake  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402

from works.staging import copy  # noqa: E402
from works.terms import counting  # noqa: E402
from works.terms.ranking import folded, rankings, weighted  # noqa: E402
from works.terms.words import counted, phrases_of  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", Path(__file__).resolve().parents[1] / ".." / "shared" / "data"))
WORKS = int(os.environ.get("BENCH_WORKS", "100000"))
NEW = 10_000
FOUND_OF_20 = 17
_STEMMER = snowballstemmer.stemmer("english")


def bulk() -> Iterator[str]:
    for path in sorted((SHARED / "arxiv-bulk").glob("*.gz")):
        with gzip.open(path, "rt") as lines:
            for line in lines:
                yield json.loads(line)["abstract"]


def stemmed(words: str) -> str:
    return " ".join(_STEMMER.stemWord(word) for word in re.findall(r"[^\W_]+", words.lower()))


def plain_terms(texts: Sequence[str], vectorizer: TfidfVectorizer, *, most: int) -> list[list[str]]:
    matrix, names = vectorizer.transform(texts).tocsr(), vectorizer.get_feature_names_out()
    rows = []
    for place in range(len(texts)):
        held = slice(matrix.indptr[place], matrix.indptr[place + 1])
        order = sorted(zip(matrix.data[held], matrix.indices[held], strict=True), key=lambda one: (-one[0], one[1]))
        rows.append(list(dict.fromkeys(stemmed(names[column]) for _, column in order))[:most])
    return rows


def reference(abstracts: Sequence[str]) -> bool:
    told = json.loads((SHARED / "reference-terms" / "2006.13719.json").read_text())
    wanted = [stemmed(term) for term, _ in told["terms"]]
    documents: Counter[str] = Counter()
    for abstract in abstracts:
        documents.update(counted(phrases_of(abstract)).keys())
    counts = counted(phrases_of(told["abstract"]))
    matrix, terms = weighted([counts], documents=documents, abstracts=len(abstracts))
    order = [one.term for one in next(rankings(matrix, terms, documents, most=len(terms)))]
    ours = order[:20]
    plain = TfidfVectorizer(stop_words="english", ngram_range=(1, 2)).fit(abstracts)
    baseline = plain_terms([told["abstract"]], plain, most=20)[0]
    found, plainly = len(set(ours) & set(wanted)), len(set(baseline) & set(wanted))
    print(f"reference    ours {found}/20, plain scikit-learn TF-IDF {plainly}/20 ({len(abstracts):,} abstracts)")
    print(f"             in ours alone: {', '.join(term for term in ours if term not in wanted)}")
    for term in wanted:
        if term not in ours:
            place = f"at place {order.index(term) + 1}" if term in order else "under the floor"
            print(f"             missed: “{term}”, in {documents[term]:,} abstracts here, {counts[term]} times in this one, {place}")
    return found >= FOUND_OF_20


def f1(predicted: Iterable[Sequence[str]], gold: Iterable[set[str]]) -> float:
    scores = []
    for terms, wanted in zip(predicted, gold, strict=True):
        hits = len(set(terms) & wanted)
        precision, recall = hits / max(len(terms), 1), hits / max(len(wanted), 1)
        scores.append(2 * precision * recall / (precision + recall) if hits else 0.0)
    return sum(scores) / len(scores)


def keyphrases() -> bool:
    with zipfile.ZipFile(SHARED / "keyphrases" / "datasets" / "Inspec.zip") as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".txt", ".key"))}
    texts = [held[name] for name in sorted(held) if "docsutf8" in name and name.endswith(".txt")]
    keys = [
        held[name.replace("docsutf8", "keys").replace(".txt", ".key")]
        for name in sorted(held)
        if "docsutf8" in name and name.endswith(".txt")
    ]
    gold = [{stemmed(line) for line in lines.splitlines() if line.strip()} for lines in keys]
    counts = [counted(phrases_of(text)) for text in texts]
    documents = Counter(term for count in counts for term in count)
    matrix, terms = weighted(counts, documents=documents, abstracts=len(texts))
    ours = [
        [one.term for one in folded(ranked, count, shown=10)]
        for ranked, count in zip(rankings(matrix, terms, documents), counts, strict=True)
    ]
    plain = plain_terms(texts, TfidfVectorizer(stop_words="english", ngram_range=(1, 2)).fit(texts), most=10)
    extractor = yake.KeywordExtractor(n=3, top=10)
    yakes = [list(dict.fromkeys(stemmed(term) for term, _ in extractor.extract_keywords(text))) for text in texts]
    scores = {"ours": f1(ours, gold), "plain TF-IDF": f1(plain, gold), "YAKE": f1(yakes, gold)}
    print(f"keyphrases   F1@10 on {len(texts):,} abstracts: " + ", ".join(f"{name} {score:.4f}" for name, score in scores.items()))
    print(f"             ours / plain {scores['ours'] / scores['plain TF-IDF']:.3f}, ours / YAKE {scores['ours'] / scores['YAKE']:.3f}")
    long = sum(term.count(" ") > 1 for wanted in gold for term in wanted) / sum(map(len, gold))
    print(f"             {long:.0%} of the gold phrases have three words or more, which YAKE gives and key terms of one or two cannot be.")
    return scores["ours"] > scores["plain TF-IDF"]


def speed(abstracts: Sequence[str]) -> bool:
    _load(abstracts, WORKS, start=0)
    whole, own = _refreshed()
    print(f"speed        {WORKS:,} abstracts in one pass: {whole:.0f} s ({own:.0f} s of this process); load {_load_average()}")
    _load(abstracts, NEW, start=WORKS)
    begun, mine = time.monotonic(), time.process_time()
    while counting.count_due():
        pass
    count, count_own = time.monotonic() - begun, time.process_time() - mine
    new, new_own = _refreshed()
    print(f"             {NEW:,} new ones: counted in {count:.1f} s ({count_own:.1f} s of it here), weighed in {new:.1f} s ({new_own:.1f})")
    wrong = counting.recount_frequencies()
    print(f"             recount: {wrong} counts wrong; load {_load_average()}")
    return whole <= 300 * WORKS / 100_000 and count <= 20 and wrong == 0


def _load(abstracts: Sequence[str], number: int, *, start: int) -> None:
    rows = ((f"bench.{place}", "A", "a", _varied(abstracts, place), "preprint", "en", "{}") for place in range(start, start + number))
    empty = ("landing_page_url", "pdf_url", "license", "oa_status", "comments", "journal_ref", "volume", "issue", "first_page", "last_page")
    zero = ("references_count", "cited_by_count", "is_retracted", "is_withdrawn")
    columns = ("arxiv_id", "title", "folded_title", "abstract", "type", "language", "provenance", *empty, *zero)
    with transaction.atomic(), connection.cursor() as cursor:
        copy(cursor, "works_work", columns, ((*row, *[""] * len(empty), 0, 0, False, False) for row in rows))
    counting.note_all_due()


def _varied(abstracts: Sequence[str], place: int) -> str:
    """Return a real abstract; a repeated one with the sentences of another, so that it holds pairs nobody else has."""
    first = abstracts[place % len(abstracts)]
    lap = place // len(abstracts)
    if not lap:
        return first
    other = abstracts[(place * 7_919 + lap) % len(abstracts)]
    return ". ".join(part for pair in zip(first.split(". ")[::2], other.split(". ")[1::2], strict=False) for part in pair)


def _refreshed() -> tuple[float, float]:
    begun, mine = time.monotonic(), time.process_time()
    counting.refresh_terms()
    return time.monotonic() - begun, time.process_time() - mine


def _load_average() -> str:
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if math.isfinite(os.getloadavg()[0]) else "unknown"


def main() -> int:
    if not (SHARED / "arxiv-bulk").exists():
        print("The shared data is not here; set BZPEER_SHARED_DATA.")
        return 1
    abstracts = list(bulk())
    parts = sys.argv[1:] or ["reference", "keyphrases", "speed"]
    done = {"reference": lambda: reference(abstracts), "keyphrases": keyphrases, "speed": lambda: speed(abstracts)}
    passed = [done[part]() for part in parts]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
