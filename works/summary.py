"""A summary of one or two sentences chosen from the abstract, word for word and in its order. Pure.

How sentences are chosen: each is given
    + the weights of the work's key terms in it, each term once, by the square root of its length (so that long ones have no advantage),
    + a share of its words that are words of the title,
    + DOES or FINDS where it says what the paper does ("we propose", "this paper presents") or finds ("we show", "results indicate"),
    - ASIDE where it only leads up to something, or tells where the code is.
The best sentence is taken, and the best further one that says mostly something else, as long as both have at most LONGEST words.
An abstract of one or two sentences is its own summary.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from works.terms.text import TELLS_OF_PUBLICATION
from works.terms.words import counted, phrases_of

SENTENCES = 2
LONGEST = 70
"""Words of a summary."""
SHORTEST_SENTENCE = 4
DOES, FINDS, ASIDE = 0.35, 0.25, 0.35
TITLE = 0.8
OVERLAP = 0.6
"""Share of a sentence's key terms that may be in the other one already."""

_ABBREVIATIONS = (
    "e.g", "i.e", "cf", "vs", "etc", "al", "approx", "resp", "ca", "eq", "eqs", "fig", "figs", "ref", "refs", "sec", "sect",
    "vol", "pp", "ed", "eds", "dr", "prof", "mr", "mrs", "ms", "st", "jr", "sr", "dept", "univ", "inc", "ltd", "co", "u.s", "u.k", "a.k.a",
    "w.r.t", "i.i.d", "a.s", "viz", "incl", "min", "max", "thm", "lem", "prop", "def", "spp", "sp", "var", "subsp", "ph.d",
)  # fmt: skip
_NOT_AN_END = re.compile(
    rf"(?:^|[\s(\[{{~])(?:{'|'.join(re.escape(word) for word in _ABBREVIATIONS)}|[A-Za-z](?:\.[A-Za-z])*)\.$", re.IGNORECASE
)
_NUMBER_MARK = re.compile(r"\bnos?\.$", re.IGNORECASE)
_UNIT = re.compile(r"\d\s?[A-Za-z]\.$")
"""A letter after a number is a unit, not an initial: "at 3.7 K."."""
_PROTECTED = re.compile(
    r"(?<!\\)\$\$.{0,4000}?(?<!\\)\$\$|(?<!\\)\$[^$]{0,2000}?(?<!\\)\$|\\\(.{0,2000}?\\\)|\\\[.{0,4000}?\\\]"
    r"|<(?P<tag>(?:mml:)?math|tex-math)\b.{0,20000}?</(?P=tag)\s*>|https?://\S+",
    re.DOTALL | re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+\S|$)|[。！？]")
_BEGINS = re.compile(r"\s+[\"'“‘(\[]*(?:[^\W\d_a-z]|[\d$\\<]|[^\x00-\x7f])")
_DOES = re.compile(
    r"\b(?:we|this (?:paper|work|article|study|letter|thesis|note|review|survey)|"
    r"the (?:paper|article|present (?:paper|work|study))|here,? we|"
    r"in this (?:paper|work|article|study|letter))\b.{0,60}?\b"
    r"(?:propos|present|introduc|develop|stud(?:y|ies)|investigat|describ|"
    r"deriv|examin|explor|analy[sz]|"
    r"address|construct|design|consider|discuss|review|survey|provid|report|conduct|formulat|suggest|use|appl)",
    re.IGNORECASE,
)
_FINDS = re.compile(
    r"\b(?:we|our (?:results?|findings?|experiments?|analys[ie]s|method|approach|model))\b.{0,60}?\b"
    r"(?:show|find|found|prov|demonstrat|conclud|establish|"
    r"observ|reveal|outperform|achiev|obtain|indicat|confirm|identif)|\b(?:results?|findings?|experiments|simulations|evaluations?)\b.{0,40}?\b"
    r"(?:show|indicat|demonstrat|suggest|reveal|confirm|support)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^(?:however|although|though|while|despite|recently|in recent|traditionally|historically|existing|previous|prior|unfortunately|yet|"
    r"for (?:example|instance)|over the (?:past|last)|with the (?:rapid|recent|advent))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of an abstract, raw, and its place among them (0 is the first)."""

    text: str
    place: int


def sentences_of(abstract: str) -> list[Sentence]:
    """Return the sentences of an abstract as they are printed. Formulas, addresses, decimals and abbreviations do not end one."""
    text = " ".join(abstract.split())
    kept = [match.span() for match in _PROTECTED.finditer(text)]
    found, start = [], 0
    for end in _END.finditer(text):
        place = end.end()
        if any(first <= end.start() < last for first, last in kept) or not _is_end(text, end.start(), place):
            continue
        found.append(text[start:place].strip())
        start = place
    found.append(text[start:].strip())
    return [Sentence(text=sentence, place=place) for place, sentence in enumerate(filter(None, found))]


def _is_end(text: str, mark: int, after: int) -> bool:
    """Tell whether the mark ends a sentence: not after an abbreviation or an initial, and only where something like a new one begins."""
    before = text[max(mark - 12, 0) : mark + 1]
    if text[mark] == "." and (_NOT_AN_END.search(before) or (_NUMBER_MARK.search(before) and text[after : after + 2].strip().isdigit())):
        return bool(_UNIT.search(before)) and _BEGINS.match(text, after) is not None
    return after >= len(text) or _BEGINS.match(text, after) is not None or text[mark] in "。！？"


def chosen_sentences(abstract: str, *, title: str, weights: Mapping[str, float], language: str = "") -> list[Sentence]:
    """Return the sentences that sum an abstract up, in its order. `weights`: of its key terms, by their printed form."""
    sentences = [one for one in sentences_of(abstract) if len(one.text.split()) >= SHORTEST_SENTENCE]
    if len(sentences) <= SENTENCES and sum(len(one.text.split()) for one in sentences) <= LONGEST:
        return sentences
    stems = _stems(weights, language)
    titled = set(counted(phrases_of(title, language)))
    held = {one.place: set(counted(phrases_of(one.text, language))) for one in sentences}
    scores = {one.place: _score(one, held[one.place], stems, titled) for one in sentences}
    ranked = sorted(sentences, key=lambda one: (-scores[one.place], one.place))
    best = ranked[0]
    room = LONGEST - len(best.text.split())
    for other in ranked[1:]:
        shared = held[other.place] & held[best.place] & stems.keys()
        if len(other.text.split()) <= room and len(shared) <= OVERLAP * max(len(held[other.place] & stems.keys()), 1):
            return sorted((best, other), key=lambda one: one.place)
    return [best]


def _stems(weights: Mapping[str, float], language: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for text, weight in weights.items():
        for phrase in phrases_of(text, language):
            found[" ".join(stem for stem, _ in phrase)] = weight
    return found


def _score(sentence: Sentence, held: set[str], weights: Mapping[str, float], titled: set[str]) -> float:
    words = max(len(sentence.text.split()), 8)
    score: float = sum(weight for term, weight in weights.items() if term in held) / math.sqrt(words / 20)
    score += TITLE * len(held & titled) / max(len(titled), 1)
    score += (DOES if _DOES.search(sentence.text) else 0) + (FINDS if _FINDS.search(sentence.text) else 0)
    is_aside = _ASIDE.search(sentence.text) or TELLS_OF_PUBLICATION.search(sentence.text)
    return score - (ASIDE if is_aside else 0)
