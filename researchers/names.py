"""Names as pure text: fold, split, compare. Knows no database and no person.

Three things are kept apart everywhere: a *byline* (what a paper prints), a *name*
(a form somebody goes by) and a *researcher* (the record). This module handles the first two.
"""

import re
import unicodedata

# Letters that NFKD leaves whole although readers type them plainly.
_PLAIN = str.maketrans(
    {
        "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ȷ": "j", "ł": "l", "ŧ": "t",
        "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng", "ə": "e",
    }
)  # fmt: skip
# Apostrophes vanish (D'Arcy = Darcy), and so does what has no width of its own (soft hyphen, joiners, direction marks,
# the Arabic tatweel); every other mark that is no letter or digit separates words.
_VANISHING = dict.fromkeys(map(ord, "'’‘ʼʻ`´′ʹ\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u0640"))
_ASCII_SEPARATORS = re.compile(r"[^a-z0-9]+")
# Accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel signs. The marks of other scripts are part of the spelling.
_ACCENT = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+")
_SHORT_I = ("и\u0306", "й")
_MARK_RUN = 8
"""More accents on one letter are noise, and sorting thousands of them takes quadratic time."""
_MANY_MARKS = re.compile(f"([\u0300-\u036f]{{{_MARK_RUN}}})[\u0300-\u036f]+")
_LONGEST = 20_000
"""Characters; the longest author names and titles have some hundreds. It bounds the time of Unicode's normal forms."""

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
PARTICLES = frozenset(
    {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "des", "la", "le", "el", "al", "bin", "ibn",
     "ben", "ter", "ten", "zu", "af", "av", "y", "e"}
)  # fmt: skip
_COLLECTIVE = frozenset(
    {"collaboration", "collaborations", "consortium", "team", "group", "committee", "network", "initiative", "taskforce", "collective"}
)

_LONGEST_KEY = 600
"""Characters: the keys are indexed, and an index entry holds 2.7 kB at most."""


def fold(text: str) -> str:
    """Return `text` lower-cased, without accents or punctuation, words parted by one space.

    The same folding serves stored search columns and queries, so both always agree. Scripts other than Latin are kept;
    folding twice changes nothing.
    """
    bounded = text[:_LONGEST]
    if bounded.isascii():
        return _ASCII_SEPARATORS.sub(" ", bounded.replace("'", "").replace("`", "").lower()).strip()
    single = _MANY_MARKS.sub(r"\1", bounded.translate(_VANISHING).casefold())
    decomposed = unicodedata.normalize("NFKD", single).translate(_VANISHING).casefold()
    bare = _ACCENT.sub("", decomposed.replace(*_SHORT_I)).translate(_PLAIN)
    spaced = "".join([c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in unicodedata.normalize("NFC", bare)])
    return " ".join(spaced.split())


def name_key(name: str) -> str:
    """Return the key under which bylines of one printed name meet: folded, family name first undone.

    "Liu, Kangqiao" and "Kangqiao Liu" give the same key, and so do "Smith, John, Jr." and "John Smith Jr.";
    word order is otherwise kept.
    """
    parts = [folded for part in name[:_LONGEST].split(",") if (folded := fold(part))]
    suffix = parts.pop() if len(parts) > 1 and parts[-1] in SUFFIXES else ""
    if len(parts) == 2:
        parts.reverse()
    return " ".join([*parts, suffix])[:_LONGEST_KEY].strip()


def is_full_name(name: str) -> bool:
    """Tell whether a printed name has a spelled-out given name (not only initials) and a family name.

    "J. van der Waals" and "J. Smith Jr." are not full: what is spelled out there is the family name. A Chinese or
    Korean name in its own script is full although it is written as one word.
    """
    words = name_key(name).split()
    if len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    if len(words) == 1:
        return len(words[0]) > 1 and all(map(_is_han_or_hangul, words[0]))
    spelled = [word for position, word in enumerate(words) if len(word) > 1 and (position == 0 or word not in PARTICLES)]
    return len(spelled) >= 2


def _is_han_or_hangul(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" or "\U00020000" <= letter <= "\U0003134f"


def is_collective(name: str) -> bool:
    """Tell whether a byline names a group ("ATLAS Collaboration", "Team Hunyuan"), which is nobody's name."""
    return not _COLLECTIVE.isdisjoint(fold(name).split())
