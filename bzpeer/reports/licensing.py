"""What a licence allows with a paper's full text. Licences come as OpenAlex ("cc-by") or arXiv (an address) writes them."""

import re

_COMMONS = re.compile(r"(?:https?://creativecommons\.org/licenses/|cc[- ])(by(?:-nc)?(?:-(?:nd|sa))?)(?:/\d\.\d)?/?")
_FREE = re.compile(r"(?:https?://creativecommons\.org/(?:publicdomain|licenses)/(?:zero|publicdomain|mark)\b.*|cc[- ]?0|public[- ]domain)")


def may_show(license: str) -> bool:
    """Tell whether whoever reads it may be shown the whole text: CC BY, CC BY-SA, CC0, public domain."""
    said = license.strip().lower()
    found = _COMMONS.fullmatch(said)
    return bool(_FREE.fullmatch(said)) or bool(found and found[1] in ("by", "by-sa"))


def may_fetch(license: str) -> bool:
    """Tell whether a copy may be fetched and kept for reading: any Creative Commons licence, public domain.

    arXiv's own licence lets arXiv alone distribute; such papers are uploaded by their authors.
    """
    said = license.strip().lower()
    return bool(_COMMONS.fullmatch(said) or _FREE.fullmatch(said))
