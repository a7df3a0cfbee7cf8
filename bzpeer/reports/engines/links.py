"""Addresses in a paper, and whether one looks like the authors' own: it names what the title names."""

import re
from dataclasses import dataclass
from functools import lru_cache

ADDRESS = re.compile(
    r"(?:https?:\s?//\s?|www\.)[^\s)>\]}]{3,200}|\b(?:[\w-]+\.)?(?:github|gitlab|bitbucket)\.(?:com|io|org)/[^\s)>\]}]{3,100}",
    re.IGNORECASE,
)
_NO_LETTERS = re.compile(r"[^a-z0-9]")
_SHORT = re.compile(r"\b[A-Za-z]*[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9-]*\b")
_COMMON = frozenset(
    "learning with from deep neural networks network using based model models data towards toward efficient robust this that into over under large fast online".split()
)
LEAST_SHORT = 3
LEAST_WORDS = 2


@dataclass(frozen=True)
class Named:
    """What a title names: its telling words and its short names, such as acronyms."""

    words: frozenset[str]
    short: frozenset[str]

    @staticmethod
    @lru_cache(maxsize=64)
    def of(title: str) -> "Named":
        """Return what a title names."""
        short = {_NO_LETTERS.sub("", name.lower()) for name in _SHORT.findall(title)}
        words = {word for word in re.findall(r"[a-z0-9]{4,}", title.lower()) if word not in _COMMON}
        return Named(frozenset(words), frozenset(name for name in short if len(name) >= LEAST_SHORT))

    def own(self, address: str) -> bool:
        """Tell whether an address holds a short name of the title, or two of its words."""
        squeezed = _NO_LETTERS.sub("", address.lower())
        return any(name in squeezed for name in self.short) or sum(word in squeezed for word in self.words) >= LEAST_WORDS

    def own_link(self, text: str) -> bool:
        """Tell whether any address in a text looks like the authors' own."""
        return any(self.own(match.group()) for match in ADDRESS.finditer(text))
