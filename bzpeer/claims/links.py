"""Links that owners put on their profile: what an address must be so that it leads where it says, and nowhere else. Pure.

Only https to a host name, without a user, an odd port or a number for a host; a host whose letters could be taken for
those of another script is refused, since nobody sees the difference (Unicode TR 39, "single script", with the mixtures
that Japanese, Korean and Chinese are written in).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

MOST_LINKS = 8
LONGEST_LABEL = 60
LONGEST_ADDRESS = 500

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
_LOOK_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET", "GEORGIAN"})
"""Scripts with letters that look like each other's."""
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
)
_SAME = {"IDEOGRAPHIC": "CJK", "KATAKANA-HIRAGANA": "KATAKANA", "HALFWIDTH": "KATAKANA"}


class LinkRefused(Exception):
    """An address or its label is not taken. The message is a plain sentence; repeating does not help."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that was looked at. `host` is what a reader is told beside the label."""

    label: str
    url: str
    host: str


def checked_link(*, label: str, url: str) -> Link:
    """Return the link with its address in one spelling. Raises LinkRefused."""
    label, url = " ".join(label.split()), url.strip()
    if len(label) > LONGEST_LABEL:
        raise LinkRefused(f"The name of a link has at most {LONGEST_LABEL} characters.")
    if _is_odd(label):
        raise LinkRefused("The name of a link holds invisible characters; type it in plain text.")
    if len(url) > LONGEST_ADDRESS:
        raise LinkRefused(f"An address has at most {LONGEST_ADDRESS} characters.")
    if not url.lower().startswith("https://") or _is_odd(url) or re.search(r"[\s\\<>\"^`{|}]", url):
        raise LinkRefused("An address starts with https:// and holds no space.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise LinkRefused("This is not an address.") from None
    if "@" in parts.netloc or port not in (None, 443):
        raise LinkRefused("An address names a host, without a user or a port.")
    host = _host(parts.hostname or "")
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
    query = f"?{quote(parts.query, safe=_SAFE_IN_PATH + '?')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_SAFE_IN_PATH + '?')}" if parts.fragment else ""
    return Link(label=label or host, url=f"https://{host}{path}{query}{fragment}", host=host)


def safe_links(rows: Iterable[Mapping[str, Any]]) -> list[Link]:
    """Return the links among stored rows that may be shown, looked at once more: rows may be older than a rule."""
    found = []
    for row in rows:
        try:
            found.append(checked_link(label=str(row.get("label", "")), url=str(row.get("url", ""))))
        except (LinkRefused, AttributeError):
            continue
    return found


def _host(host: str) -> str:
    """Return the host as the name system spells it."""
    try:
        host = unicodedata.normalize("NFKC", host).casefold()
        spelled = host.encode("idna").decode("ascii").lower().rstrip(".")
        read = spelled.encode("ascii").decode("idna")
    except UnicodeError:
        raise LinkRefused("This is not an address of a public site.") from None
    last = spelled.rpartition(".")[2]
    # Numbers in any spelling (127.1, 2130706433, 0x7f.1) have a last label that is no top-level domain.
    if not _HOST.fullmatch(spelled) or not re.search("[a-z]", last) or last.startswith("0x") or last in ("local", "localhost", "internal"):
        raise LinkRefused("This is not an address of a public site.")
    if any(_is_mixed(_scripts(label)) for label in read.split(".")) or len(_scripts(read) & _LOOK_ALIKE) > 1:
        raise LinkRefused("The host mixes letters of several scripts, which readers cannot tell apart.")
    return spelled


def _is_mixed(scripts: set[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER)


def _scripts(text: str) -> set[str]:
    """Return the scripts of the letters, by the first word of their Unicode names."""
    words = {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in text if letter.isalpha()}
    return {_SAME.get(word, word) for word in words}


def _is_odd(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in text)
