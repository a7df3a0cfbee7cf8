"""Whether an address or a page names the person of a record. Pure functions on names; what does not fit goes to a moderator."""

import html
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import permutations

from researchers.names import PARTICLES, fold, is_full_name, name_key

_SHORTEST = 3
"""Letters of a family name that stand for somebody on their own; "li" or "wu" need a given name beside them."""
_MOST_NAMES = 200
_WORDS = re.compile(r"[a-z]+")
_UNREAD = re.compile(r"<(script|style)\b", re.IGNORECASE)
_CLOSES = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}


def fits_address(local_part: str, names: Iterable[str]) -> bool:
    """Tell whether the part of an address before the @ is the family name of one of `names`, with nothing against it beside.

    "lovelace", "ada.lovelace", "alovelace", "lovelace.a" and "adalovelace7" fit Ada Lovelace; "jun.lovelace" does not.
    """
    words = _WORDS.findall(fold(local_part.partition("+")[0]).replace(" ", "."))
    return any(_fits(words, *parted) for name in list(names)[:_MOST_NAMES] if (parted := _parted(name)))


def _parted(name: str) -> tuple[list[str], list[str]] | None:
    """Return given names and the ways to write the family name (with and without its particles); None for a single word."""
    words = [word for word in name_key(name).split() if word.isascii() and word.isalpha()]
    if len(words) < 2:
        return None
    given, family = words[:-1], [words[-1]]
    while len(given) > 1 and given[-1] in PARTICLES:
        family.insert(0, given.pop())
    return given, list(dict.fromkeys(["".join(family), family[-1]]))


def _fits(words: list[str], given: list[str], families: list[str]) -> bool:
    return any(_is_made_of("".join(words), given, family) or _fits_apart(words, given, family) for family in families)


def _fits_apart(words: list[str], given: list[str], family: str) -> bool:
    """One word is the family name, and every other one may be a given name or initials."""
    if family not in words:
        return False
    rest = [word for number, word in enumerate(words) if number != words.index(family)]
    initials = "".join(word[0] for word in given)
    fit = all(any(word == name or (len(word) == 1 and name[0] == word) for name in given) or word == initials for word in rest)
    return fit and (bool(rest) or len(family) >= _SHORTEST)


def _is_made_of(text: str, given: list[str], family: str) -> bool:
    """The whole is the family name with given name or initials joined on either side."""
    initials = "".join(word[0] for word in given)
    short = {given[0][0], initials} if len(family) >= _SHORTEST else set()
    joined = {given[0], "".join(given), *short}
    return (len(family) >= _SHORTEST and text == family) or any(text in (each + family, family + each) for each in joined)


def names_somebody(page: str, names: Collection[str]) -> bool:
    """Tell whether a page spells out one of `names` in full, in either order."""
    said = f" {' '.join(_all_words(page))} "
    full = [name_key(name) for name in list(names)[:_MOST_NAMES] if is_full_name(name)]
    return any(f" {way} " in said for name in full for way in _ways(name))


def _all_words(page: str) -> list[str]:
    """Return the words a page says, folded; `fold` bounds its text, so a long page is folded in parts."""
    text = html.unescape(" ".join(_texts(page)))
    return [word for start in range(0, len(text), 10_000) for word in fold(text[start : start + 10_000]).split()]


def _texts(page: str) -> Iterator[str]:
    """Yield what stands between tags, in one pass whatever the page holds: every search goes on where the last one ended."""
    place = 0
    while (start := page.find("<", place)) >= 0:
        yield page[place:start]
        place = _after(page, start)
        if place < 0:  # nothing closes it: what follows is no text, or no markup
            return
    yield page[place:]


def _after(page: str, start: int) -> int:
    """Return where a tag, a comment, a script or a style that begins at `start` is over; -1 if it never is."""
    if page.startswith("<!--", start):
        end = page.find("-->", start)
        return end + 3 if end >= 0 else -1
    if unread := _UNREAD.match(page, start):
        found = _CLOSES[unread.group(1).lower()].search(page, unread.end())
        if found is None:
            return -1
        start = found.start()
    return page.find(">", start) + 1 or -1


def _ways(name: str) -> set[str]:
    words = name.split()
    return {" ".join(order) for order in permutations(words)} if len(words) == 2 else {name, " ".join([words[-1], *words[:-1]])}
