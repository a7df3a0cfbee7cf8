"""External identifiers: recognise, normalise, refuse. Pure functions; `None` means "not one of these"."""

import re

# Digits are spelled [0-9]: \d also matches those of other scripts, which no identifier uses and no constraint lets in.
_FLAGS = re.IGNORECASE | re.ASCII
_OPENALEX = re.compile(r"^(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?([WASITPFC][1-9][0-9]{0,15})$", _FLAGS)
_DOI = re.compile(r"^(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}/\S+)$", re.IGNORECASE)
_ARXIV_NEW = re.compile(r"^([0-9]{4})\.([0-9]{4,5})(v[1-9][0-9]{0,3})?$", _FLAGS)
_ARXIV_OLD = re.compile(r"^([a-z-]+)(?:\.[a-z-]{2,})?/([0-9]{7})(v[1-9][0-9]{0,3})?$", _FLAGS)
_ARXIV_PREFIX = re.compile(r"^(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv:|oai:arxiv\.org:)", _FLAGS)
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.(.+)$", re.IGNORECASE)
_ORCID = re.compile(r"^(?:https?://(?:www\.)?orcid\.org/)?([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X])$", _FLAGS)
_ROR = re.compile(r"^(?:https?://ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})$", _FLAGS)

_LONGEST = 2_000
"""Anything longer than this is no identifier; it also bounds the time each pattern may take."""

_LONGEST_DOI = 1_000
"""Bytes. DOIs are uniquely indexed, and an index entry holds 2.7 kB at most."""


def _clean(text: object) -> str | None:
    return text.strip() if isinstance(text, str) and 0 < len(text) <= _LONGEST and "\x00" not in text else None


def openalex_id(text: object, kind: str) -> str | None:
    """Return the bare OpenAlex id of the given kind letter ("W", "A", "S", "I", "T" …), e.g. "W2741809807"."""
    value = _clean(text)
    match = _OPENALEX.match(value) if value else None
    found = match.group(1).upper() if match else None
    return found if found and found.startswith(kind) else None


def doi(text: object) -> str | None:
    """Return a DOI in lower case without resolver prefix."""
    value = _clean(text)
    match = _DOI.match(value) if value else None
    found = match.group(1).lower() if match else None
    return found if found and len(found.encode(errors="surrogatepass")) <= _LONGEST_DOI else None


def arxiv_id(text: object) -> str | None:
    """Return an arXiv id without version: "2006.13719", "math/0611800" (subject class dropped)."""
    parts = arxiv_id_and_version(text)
    return parts[0] if parts else None


def arxiv_id_and_version(text: object) -> tuple[str, int | None] | None:
    """Return the arXiv id and the version named with it, if any."""
    value = _clean(text)
    if value is None:
        return None
    bare = _ARXIV_PREFIX.sub("", value).removesuffix(".pdf")
    if from_doi := _ARXIV_DOI.match(doi(bare) or ""):
        bare = from_doi.group(1)
    if new := _ARXIV_NEW.match(bare):
        version = new.group(3)
        return f"{new.group(1)}.{new.group(2)}", int(version[1:]) if version else None
    if old := _ARXIV_OLD.match(bare):
        version = old.group(3)
        return f"{old.group(1).lower()}/{old.group(2)}", int(version[1:]) if version else None
    return None


def orcid(text: object) -> str | None:
    """Return an ORCID iD in its hyphenated form if its ISO 7064 11,2 check character is right."""
    value = _clean(text)
    match = _ORCID.match(value) if value else None
    if not match:
        return None
    found = match.group(1).upper()
    total = 0
    for digit in found.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return found if found[-1] == ("X" if check == 10 else str(check)) else None


def ror(text: object) -> str | None:
    """Return the bare ROR id, e.g. "041kmwe10"."""
    value = _clean(text)
    match = _ROR.match(value) if value else None
    return match.group(1).lower() if match else None
