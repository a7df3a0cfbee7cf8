"""Names as pure text: fold, split, compare. Knows no database and no person.

Three things are kept apart everywhere: a *byline* (what a paper prints), a *name*
(a form somebody goes by) and a *researcher* (the record). This module handles the first two.
"""

import re
import unicodedata

# Letters that NFKD leaves whole although readers type them plainly.
_PLAIN = str.maketrans(
    {
        "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t",
        "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng", "ə": "e",
    }
)  # fmt: skip
# Apostrophes vanish (D'Arcy = Darcy); every other mark that is no letter or digit separates words.
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻ`´′ʹ"))
_SEPARATORS = re.compile(r"[\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """Return `text` lower-cased, without accents or punctuation, words parted by one space.

    The same folding serves stored search columns and queries, so both always agree.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAIN)
    return _SEPARATORS.sub(" ", plain).strip()


def name_key(name: str) -> str:
    """Return the key under which bylines of one printed name meet: folded, family name first undone.

    "Liu, Kangqiao" and "Kangqiao Liu" give the same key; word order is otherwise kept.
    """
    family, comma, given = name.partition(",")
    return fold(f"{given} {family}" if comma and given.strip() else name)


def is_full_name(name: str) -> bool:
    """Tell whether a printed name has a spelled-out given name (not only initials) and a family name."""
    words = name_key(name).split()
    return len([word for word in words if len(word) > 1]) >= 2
