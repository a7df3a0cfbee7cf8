"""The unigrams and bigrams of an abstract, with inflected forms joined, and the key that stands for a term.

A term is known by its stems, one, or two joined by a space ("power law"), and stored by a 64-bit key of them. A bigram is
two words side by side: none reaches across a stop word, a punctuation mark or a formula.
"""

import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import snowballstemmer

from works.terms.stopwords import FOREIGN_STOP_WORDS, STOP_WORDS, without_stop_phrases
from works.terms.text import BREAK, running_words

VERSION = 2
"""Of the way from an abstract to its terms. Raising it has every abstract counted anew."""

LONGEST_ABSTRACT = 20_000
LONGEST_WORD = 40
WORDS_KEPT = 200_000
_TOKEN = re.compile(r"[^\W\d_]+|\d+|(?<=\s)[-–—](?=\s)|[^\w\s'’\-–]")
_LANGUAGES = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "es": "spanish", "eu": "basque", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""OpenAlex's language codes with Snowball's algorithms; every other one is stemmed as English."""

STEMMED_LANGUAGES = frozenset(_LANGUAGES)

Word = tuple[str, str]
"""A word as (stem, printed form in lower case)."""
Phrase = list[Word]
"""Words side by side."""


class _Words(dict[str, Word | None]):
    """The words of a language that were met in this process, each with its stem; None for those that are no terms."""

    def __init__(self, algorithm: str) -> None:
        self._stemmer = snowballstemmer.stemmer(algorithm)
        self._stops = STOP_WORDS if algorithm == "english" else STOP_WORDS | FOREIGN_STOP_WORDS

    def __missing__(self, word: str) -> Word | None:
        if len(self) >= WORDS_KEPT:
            self.clear()
        is_term = word not in self._stops and 2 <= len(word) <= LONGEST_WORD and word[0].isalpha()
        found = self[word] = (str(self._stemmer.stemWord(word)), word) if is_term else None
        return found


@lru_cache(maxsize=len(_LANGUAGES) + 1)
def _words(algorithm: str) -> _Words:
    return _Words(algorithm)


def phrases_of(abstract: str, language: str = "") -> list[Phrase]:
    """Return the stretches of words that terms are taken from."""
    words = _words(_LANGUAGES.get(language, "english"))
    text = without_stop_phrases(running_words(abstract[:LONGEST_ABSTRACT]).lower(), BREAK)
    found: list[Phrase] = []
    phrase: Phrase = []
    for token in _TOKEN.findall(text):
        if word := words[token]:
            phrase.append(word)
        elif phrase:
            found.append(phrase)
            phrase = []
    return [*found, phrase] if phrase else found


def counted(phrases: list[Phrase]) -> Counter[str]:
    """Return how often each term occurs."""
    found: list[str] = []
    for phrase in phrases:
        stems = [stem for stem, _ in phrase]
        found += stems
        if len(stems) > 1:
            found += map(" ".join, pairwise(stems))
    return Counter(found)


def printed_forms(phrases: list[Phrase], terms: set[str]) -> dict[str, str]:
    """Return how each of these terms is printed most often: of forms as frequent, the shortest, then the first by the alphabet."""
    forms: dict[str, Counter[str]] = {term: Counter() for term in terms}
    for phrase in phrases:
        for place, (stem, word) in enumerate(phrase):
            if stem in forms:
                forms[stem][word] += 1
            if place and (pair := f"{phrase[place - 1][0]} {stem}") in forms:
                forms[pair][f"{phrase[place - 1][1]} {word}"] += 1
    return {term: min(seen, key=lambda form: (-seen[form], len(form), form)) for term, seen in forms.items() if seen}


def term_asked(text: str, *, language: str = "") -> str:
    """Return the term that words of a person mean, "" if it is none: "Neural networks" is "neural network"."""
    phrases = phrases_of(text[:200], language)
    stems = [stem for stem, _ in phrases[0]] if len(phrases) == 1 else []
    return " ".join(stems) if len(stems) in (1, 2) else ""


@lru_cache(maxsize=400_000)
def key_of(term: str) -> int:
    """Return the key a term is stored by, a signed 64-bit number but 0."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "big", signed=True) or 1
