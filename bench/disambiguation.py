"""How well works.disambiguation tells namesakes apart: python -m bench.disambiguation [--save].

Measures on the truth set and-aminer110 (bylines of ambiguous names with the person behind each): B-cubed and pairwise
F1 per name and averaged, beside two baselines in the same run: same full name, and same first initial and last name.
"learned elsewhere" is the honest figure: the names are parted into folds, and each is measured with weights and a
threshold learned from the other folds alone. Where the set is not the one the shipped weights were learned from, their
row is as honest. A second truth set, the bylines with ORCID iDs of openalex-api-objects, is never learned from. How
common words, venues and names are is counted over all bylines, without looking at the truth.

--save learns from all names and writes works/disambiguation_weights.py. Needs no database and no service.
"""

import argparse
import gzip
import html
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from itertools import pairwise as pairwise_of
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._learning import Learner, Name, b_cubed, calibration, merged, pairwise  # noqa: E402 - run as a file, too, it must find the project
from researchers.names import is_full_name, name_key  # noqa: E402
from works.disambiguation import Link, Weights, persons, shipped  # noqa: E402
from works.likeness import FEATURES  # noqa: E402
from works.signatures import Corpus, Signature, reading_of, short_name  # noqa: E402

SHARED = Path(os.environ.get("BZPEER_SHARED_DATA", ROOT.parent / "shared" / "data"))
TRUTH = SHARED / "and-aminer110" / "raw-data"
OTHER_NAMES = SHARED / "arxiv-bulk"
IDENTIFIED = SHARED / "openalex-api-objects"
MOST_AUTHORS = 50
MOST_COMPARED = 100
WEIGHTS = ROOT / "works" / "disambiguation_weights.py"
VERSION = "v2"
FOLDS = 9
WORST = 5
MERGED = (1, 5, 11, 20)
"""Names put into one block: 60, 310, 680 and 1,140 bylines on average."""
CAUTIONS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
LARGE_BLOCKS = (1_000, 3_000, 6_000)

_PUBLICATION = re.compile(r"<publication>(.*?)</publication>", re.S)
_FIELD = re.compile(r"<(title|year|authors|jconf|id|label|organization)>(.*?)</\1>", re.S)

Found = Mapping[int, Hashable]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure disambiguation.")
    parser.add_argument("--save", action="store_true", help="write the weights learned from all names")
    arguments = parser.parse_args()
    if not TRUTH.is_dir():
        print(f"The truth set is not at hand ({TRUTH}); BZPEER_SHARED_DATA names the folder of shared data.", file=sys.stderr)
        return 1
    names = truth_set()
    corpus = corpus_of(names)
    print(f"{len(names)} names, {sum(len(n.signatures) for n in names)} bylines, {sum(len(set(n.truth.values())) for n in names)} persons")
    print(f"corpus: {corpus.works} works, {corpus.names} names of authors\n")
    learned, checked = cross_validated(names, corpus)
    if arguments.save:
        model = Learner(names, corpus).learn([name.name for name in names], VERSION)
        model = msgspec.structs.replace(model, caution=best_caution(names, corpus, model), calibration=calibration(checked))
        save(model)
        print(f"{WEIGHTS.relative_to(ROOT)} is written.")
    else:
        model = shipped()
    print_confidence(checked, model)
    methods: dict[str, dict[str, Found]] = {
        "same full name": {name.name: {s.id: name_key(s.name) for s in name.signatures} for name in names},
        "same first initial + last name": {name.name: {s.id: short_name(name_key(s.name)) for s in name.signatures} for name in names},
        "ours, learned elsewhere": learned,
        f"ours, shipped weights ({model.version})": {name.name: found_persons(name, corpus, model) for name in names},
    }
    print_averages(names, methods)
    print_names(names, methods)
    print_worst(names, learned)
    bylines = identified_bylines()
    print_identified(bylines, model)
    print_grounds(names, bylines)
    print_merged(names, corpus, model)
    print_times(names, corpus, model)
    return 0


def truth_set(folder: Path = TRUTH) -> list[Name]:
    """Read the names of a truth set. The files are XML only by intent (bare ampersands), so they are read by their tags."""
    return [_name(path) for path in sorted(folder.glob("*.xml"))]


def _name(path: Path) -> Name:
    text = path.read_text(encoding="utf-8", errors="replace")
    rows = [{tag: html.unescape(value).strip() for tag, value in _FIELD.findall(block)} for block in _PUBLICATION.findall(text)]
    signatures = tuple(_signature(row, number, path.stem) for number, row in enumerate(rows, start=1))
    return Name(name=path.stem, signatures=signatures, truth={number: row["label"] for number, row in enumerate(rows, start=1)})


def _signature(row: Mapping[str, str], number: int, name: str) -> Signature:
    known = {tag: "" if value == "null" else value for tag, value in row.items()}
    printed = [author for author in known["authors"].split(",") if author.strip()]
    key = name_key(name)
    alike = [author for author in printed if short_name(name_key(author)) == short_name(key)]
    own = next((author for author in printed if name_key(author) == key), alike[0] if alike else name)
    return Signature(
        id=number,
        name=own,
        coauthors=frozenset(name_key(author) for author in printed if author != own),
        affiliations=(known["organization"],) if known["organization"] else (),
        venue=known["jconf"],
        year=int(known["year"]) if known["year"].isdigit() else None,
        title=known["title"],
    )


def corpus_of(names: Sequence[Name]) -> Corpus:
    """Count words, venues and names over all bylines, and names of authors also over the arXiv records at hand."""
    corpus = Corpus.of(signature for name in names for signature in name.signatures)
    for path in sorted(OTHER_NAMES.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                corpus.add_names(map(name_key, json.loads(line)["authors"].replace(" and ", ", ").split(", ")))
    return corpus


def found_persons(name: Name, corpus: Corpus, weights: Weights | None = None) -> Found:
    return {
        key: number for number, person in enumerate(persons(name.signatures, corpus=corpus, weights=weights)) for key in person.signatures
    }


_learner: Learner
_corpus: Corpus


def _prepare(names: Sequence[Name], corpus: Corpus) -> None:
    """Prepare a process of the pool, once for all its folds."""
    global _learner, _corpus
    _learner, _corpus = Learner(names, corpus), corpus


def _fold(held_out: Sequence[str]) -> tuple[Weights, dict[str, Found], list[tuple[float, float]]]:
    weights = _learner.learn([name for name in _learner.names if name not in held_out], "cross-validation")
    found: dict[str, Found] = {}
    checked = []
    for name in (_learner.names[key] for key in held_out):
        each = persons(name.signatures, corpus=_corpus, weights=weights)
        found[name.name] = {key: number for number, person in enumerate(each) for key in person.signatures}
        checked += [(link.score, rightness(link, name)) for person in each for link in person.links]
    return weights, found, checked


def rightness(link: Link, name: Name) -> float:
    """Return how many of the pairs that a link brings together are one person's, 0 to 1."""
    return float(np.mean([name.truth[one] == name.truth[other] for one in link.one for other in link.other]))


def print_confidence(checked: Sequence[tuple[float, float]], model: Weights) -> None:
    """Print how right links are beside how sure they are, before and after calibration. Certain links are left out."""
    slope, offset = model.calibration
    print(f"\n{'confidence of a link':<22}{'links':>7}{'said':>8}{'right':>8}   calibrated (log odds = {slope} score {offset:+})")
    finite = [(score, right) for score, right in checked if np.isfinite(score)]
    for label, turn in (("raw", (1.0, 0.0)), ("calibrated", model.calibration)):
        rows = [(1 / (1 + np.exp(-(turn[0] * score + turn[1]))), right) for score, right in finite]
        error = float(np.mean([(said - right) ** 2 for said, right in rows]))
        print(f"{label} (Brier score {error:.4f})")
        for low, high in pairwise_of((0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)):
            own = [row for row in rows if low <= row[0] < high]
            if own:
                said, right = np.mean(own, axis=0)
                print(f"  {low:.2f} to {min(high, 1):<12.2f}{len(own):>7}{said:>8.3f}{right:>8.3f}")


def cross_validated(names: Sequence[Name], corpus: Corpus) -> tuple[dict[str, Found], list[tuple[float, float]]]:
    """Return what is found for each name by weights and threshold learned from names of other folds, and every link: its
    score, and how far it is right."""
    folds = [[name.name for name in names[first::FOLDS]] for first in range(min(FOLDS, len(names)))]
    with Pool(min(2, os.cpu_count() or 1), _prepare, (names, corpus)) as pool:
        learned = pool.map(_fold, folds, chunksize=1)
    print(f"thresholds learned in the folds: {sorted(weights.threshold for weights, _, _ in learned)}")
    return (
        {name: found for _, results, _ in learned for name, found in results.items()},
        [each for _, _, checked in learned for each in checked],
    )


def best_caution(names: Sequence[Name], corpus: Corpus, model: Weights) -> float:
    """Return the caution with the best B-cubed F1 averaged over merged blocks."""
    blocks = [block for count in MERGED[1:] for block in merged(names, count)]
    scores = {}
    for caution in CAUTIONS:
        cautious = msgspec.structs.replace(model, caution=caution)
        scores[caution] = float(np.mean([b_cubed(found_persons(block, corpus, cautious), block.truth)[2] for block in blocks]))
    print(f"caution on merged blocks: {', '.join(f'{caution}: {score:.4f}' for caution, score in scores.items())}")
    return max(scores, key=lambda caution: (scores[caution], -caution))


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """A byline of a work of OpenAlex, with the ids of its author as truth."""

    signature: Signature
    author: str
    orcid: str


def identified_bylines(folder: Path = IDENTIFIED) -> list[Identified]:
    """Read the bylines of a field's works; ids are left out of the signatures, since they are the truth."""
    found: list[Identified] = []
    for path in sorted(folder.glob("*_works.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, work in enumerate(map(json.loads, lines)):
                found += _identified(work, number, len(found))
    return found


def _identified(work: Mapping[str, Any], number: int, first: int) -> Iterator[Identified]:
    authors = work["authorships"]
    keys = [name_key(author["raw_author_name"] or "") for author in authors]
    source = ((work.get("primary_location") or {}).get("source") or {}).get("display_name") or ""
    for position, author in enumerate(authors if len(authors) <= MOST_AUTHORS else ()):
        if not keys[position]:
            continue
        signature = Signature(
            id=first + position,
            work_id=number,
            name=author["raw_author_name"],
            coauthors=frozenset(keys[:position] + keys[position + 1 :]) - {""},
            affiliations=tuple(author.get("raw_affiliation_strings") or ()),
            topics=frozenset(topic["display_name"] for topic in work.get("topics") or ()),
            venue=source,
            year=work.get("publication_year"),
            title=work.get("title") or "",
        )
        yield Identified(signature=signature, author=author["author"]["id"] or "", orcid=author["author"].get("orcid") or "")


def print_identified(bylines: Sequence[Identified], model: Weights) -> None:
    """Print the results on bylines with ORCID iDs, which nothing was learned from; a block is a first initial and a last name."""
    blocks: dict[str, list[Identified]] = defaultdict(list)
    for byline in bylines:
        if byline.orcid and (key := short_name(name_key(byline.signature.name))):
            blocks[key].append(byline)
    corpus = Corpus.of(byline.signature for byline in bylines)
    names = [
        Name(name=key, signatures=tuple(b.signature for b in own), truth={b.signature.id: b.orcid for b in own})
        for key, own in sorted(blocks.items())
        if len(own) > 1
    ]
    for label, chosen in (
        ("all names", names),
        ("names of several persons", [name for name in names if len(set(name.truth.values())) > 1]),
    ):
        if not chosen:
            continue
        begun = time.perf_counter()
        ours = {name.name: found_persons(name, corpus, model) for name in chosen}
        seconds, total = time.perf_counter() - begun, sum(len(name.signatures) for name in chosen)
        print(f"\nopenalex-api-objects, ORCID iDs as truth, {label}: {len(chosen)} names, {total} bylines, {total / seconds:.0f} bylines/s")
        print_averages(
            chosen,
            {
                "same full name": {name.name: {s.id: name_key(s.name) for s in name.signatures} for name in chosen},
                "same first initial + last name": {name.name: {s.id: name.name for s in name.signatures} for name in chosen},
                f"ours, shipped weights ({model.version})": ours,
            },
        )


def print_grounds(names: Sequence[Name], bylines: Sequence[Identified]) -> None:
    """Print how often two bylines with one full name are one person's by what their works share: works.sureness has these figures."""
    print("\ngrounds of resolving, one full name; each name counts once")
    hard = {name.name: [(s, frozenset({s.venue}) - {""}, name.truth[s.id]) for s in name.signatures] for name in names}
    ordinary: dict[str, list[tuple[Signature, frozenset[str], Hashable]]] = defaultdict(list)
    for byline in bylines:
        if byline.author:
            ordinary[name_key(byline.signature.name)].append((byline.signature, byline.signature.topics, byline.author))
    for label, sets in (("ambiguous names (same venue)", hard), ("names of a field (same topic)", ordinary)):
        for ground, shares in _shares(sets.values()).items():
            print(f"  {label:<32}{ground:<24}{np.mean(shares):>7.3f}   {len(shares)} names")


def _shares(sets: Iterable[Sequence[tuple[Signature, frozenset[str], Hashable]]]) -> dict[str, list[float]]:
    shares: dict[str, list[float]] = defaultdict(list)
    for own in sets:
        pairs: dict[str, list[bool]] = defaultdict(list)
        for (one, field, person), (other, another, twin) in combinations(own[:MOST_COMPARED], 2):
            alike = name_key(one.name) == name_key(other.name) and is_full_name(one.name)
            if alike and (one.work_id is None or one.work_id != other.work_id):
                ground = "shared co-author" if one.coauthors & other.coauthors else "field alone" if field & another else "nothing"
                pairs[ground].append(person == twin)
        for ground, same in pairs.items():
            shares[ground].append(float(np.mean(same)))
    return dict(sorted(shares.items()))


def print_merged(names: Sequence[Name], corpus: Corpus, model: Weights) -> None:
    """Print how results hold in blocks of several names as if of one, with and without caution."""
    heads = f"{'names merged, B-cubed':<24}{'bylines a block':>16}{'without caution: P':>20}{'R':>8}{'F1':>8}"
    print(f"\n{heads}{'with: P':>10}{'R':>8}{'F1':>8}{'bylines/s':>11}")
    for count in MERGED:
        blocks = merged(names, count)
        rows, seconds = [], 0.0
        for block in blocks:
            plain = b_cubed(found_persons(block, corpus, msgspec.structs.replace(model, caution=0.0)), block.truth)
            begun = time.perf_counter()
            rows.append((*plain, *b_cubed(found_persons(block, corpus, model), block.truth)))
            seconds += time.perf_counter() - begun
        total = sum(len(block.signatures) for block in blocks)
        figures = np.mean(rows, axis=0)
        print(
            f"{count:<24}{total / len(blocks):>16.0f}{figures[0]:>20.3f}{figures[1]:>8.3f}{figures[2]:>8.3f}"
            f"{figures[3]:>10.3f}{figures[4]:>8.3f}{figures[5]:>8.3f}{total / seconds:>11.0f}"
        )


def save(weights: Weights) -> None:
    """Write the weights as constants, each beside the feature it belongs to."""
    rows = "".join(f"        {value:.6f},  # {kind}: {feature}\n" for (feature, kind), value in zip(FEATURES, weights.values, strict=True))
    WEIGHTS.write_text(
        f'''"""The learned model of works.disambiguation. Written by `python -m bench.disambiguation --save`, which also measures it."""

from typing import Any

LEARNED: dict[str, Any] = {{
    "version": "{weights.version}",
    "threshold": {weights.threshold},
    "caution": {weights.caution},
    "calibration": {weights.calibration},
    "values": (
{rows}    ),
}}
"""See works.disambiguation.Weights; one value per feature of works.likeness."""
''',
        encoding="utf-8",
    )


def print_averages(names: Sequence[Name], methods: Mapping[str, Mapping[str, Found]]) -> None:
    print(f"\n{'averaged over names':<34}{'B-cubed P':>10}{'R':>8}{'F1':>8}{'pairwise P':>13}{'R':>8}{'F1':>8}")
    for method, found in methods.items():
        rows = [(*b_cubed(found[name.name], name.truth), *pairwise(found[name.name], name.truth)) for name in names]
        b_p, b_r, b_f, p_p, p_r, p_f = np.mean(rows, axis=0)
        print(f"{method:<34}{b_p:>10.4f}{b_r:>8.4f}{b_f:>8.4f}{p_p:>13.4f}{p_r:>8.4f}{p_f:>8.4f}")


def print_names(names: Sequence[Name], methods: Mapping[str, Mapping[str, Found]]) -> None:
    print(
        f"\nF1 by name, B-cubed / pairwise\n{'name':<20}{'bylines':>8}{'persons':>8}" + "".join(f"{method[:20]:>22}" for method in methods)
    )
    for name in names:
        cells = [
            f"{b_cubed(found[name.name], name.truth)[2]:.3f} / {pairwise(found[name.name], name.truth)[2]:.3f}"
            for found in methods.values()
        ]
        print(f"{name.name:<20}{len(name.signatures):>8}{len(set(name.truth.values())):>8}" + "".join(f"{cell:>22}" for cell in cells))


def print_worst(names: Sequence[Name], found: Mapping[str, Found]) -> None:
    """Print the names with the lowest B-cubed F1, and what their records lack."""
    print(f"\nThe {WORST} worst names, by weights learned elsewhere")
    for name in sorted(names, key=lambda each: b_cubed(found[each.name], each.truth)[2])[:WORST]:
        precision, recall, f1 = b_cubed(found[name.name], name.truth)
        print(f"{name.name}: P {precision:.2f}, R {recall:.2f}, F1 {f1:.2f}. {'; '.join(what_is_missing(name, found[name.name]))}.")


def what_is_missing(name: Name, found: Found) -> list[str]:
    """Return the figures that explain a name's result."""
    total = len(name.signatures)
    readings = {signature.id: reading_of(signature) for signature in name.signatures}
    persons_of: Counter[Hashable] = Counter(name.truth.values())
    wrong = Counter(found[key] for key in found)
    mixed = sum(len({name.truth[key] for key in found if found[key] == group}) > 1 for group in wrong)
    broken = sum(len({found[key] for key in found if name.truth[key] == person}) > 1 for person in persons_of)
    same = [(a, b) for a in readings for b in readings if a < b and name.truth[a] == name.truth[b]]
    bare = sum(not (readings[a].coauthors & readings[b].coauthors or readings[a].affiliation & readings[b].affiliation) for a, b in same)
    return [
        f"{total} bylines of {len(persons_of)} persons, {sum(count == 1 for count in persons_of.values())} with one publication",
        f"{sum(not r.affiliation for r in readings.values()) / total:.0%} without affiliation",
        f"{sum(not r.coauthors for r in readings.values()) / total:.0%} without co-authors",
        f"{bare / len(same) if same else 0:.0%} of one person's pairs share no co-author and no word of an affiliation",
        f"{mixed} groups mix persons, {broken} persons are broken up",
    ]


def print_times(names: Sequence[Name], corpus: Corpus, model: Weights) -> None:
    """Print the time of blocks as large as only the commonest names have: real bylines of all names as if of one."""
    print(f"\n{'one block of':<20}{'seconds':>10}")
    for size in LARGE_BLOCKS:
        block = list(many_signatures(names, size))
        begun = time.perf_counter()
        groups = persons(block, corpus=corpus, weights=model)
        print(f"{size:>7} bylines{time.perf_counter() - begun:>15.1f}   {len(groups)} groups")


def many_signatures(names: Sequence[Name], count: int) -> Iterator[Signature]:
    """Yield real bylines under new ids, again from the start with co-authors of other names once they are used up."""
    every = [signature for name in names for signature in name.signatures]
    for number in range(count):
        signature, again = every[number % len(every)], number // len(every)
        suffix = f" {again}" if again else ""
        coauthors = frozenset(key + suffix for key in signature.coauthors)
        yield msgspec.structs.replace(signature, id=number, name="Lei Wang", coauthors=coauthors)


if __name__ == "__main__":
    sys.exit(main())
