"""Licences in words: what they are called, and what they let one do."""

import re

_NAMES = {
    "cc-by": "CC BY",
    "cc-by-sa": "CC BY-SA",
    "cc-by-nc": "CC BY-NC",
    "cc-by-nd": "CC BY-ND",
    "cc-by-nc-sa": "CC BY-NC-SA",
    "cc-by-nc-nd": "CC BY-NC-ND",
    "cc0": "CC0",
    "public-domain": "Public domain",
    "publisher-specific-oa": "The publisher's own",
    "other-oa": "Another open licence",
}
_TERMS = {
    "by": "share and adapt, with credit",
    "by-sa": "share and adapt, with credit and under the same licence",
    "by-nc": "share and adapt, with credit, not for profit",
    "by-nd": "share unchanged, with credit",
    "by-nc-sa": "share and adapt, with credit, not for profit, under the same licence",
    "by-nc-nd": "share unchanged, with credit, not for profit",
    "cc0": "use it as you like",
    "public-domain": "use it as you like",
    "publisher-specific-oa": "free to read; the publisher says what else",
    "other-oa": "free to read; see its text for what else",
    "arxiv": "arXiv may distribute it; all other rights stay with the authors",
}
_CREATIVE_COMMONS = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]{2,10})/(\d\.\d)/?")


def licence_name(license: str) -> str:
    """Return a licence in words: "cc-by", "http://creativecommons.org/licenses/by/4.0/" and arXiv's own have names."""
    if common := _CREATIVE_COMMONS.fullmatch(license):
        return f"CC {common.group(1).upper()} {common.group(2)}"
    if "creativecommons.org/publicdomain/zero" in license:
        return "CC0"
    if "arxiv.org/licenses/" in license:
        return "arXiv's licence to distribute"
    return _NAMES.get(license, license)


def licence_terms(license: str) -> str:
    """Return what a licence lets one do, in a few words; "" for one that is not known."""
    if common := _CREATIVE_COMMONS.fullmatch(license):
        return _TERMS.get(common.group(1), "")
    if "creativecommons.org/publicdomain/" in license:
        return _TERMS["cc0"]
    if "arxiv.org/licenses/" in license:
        return _TERMS["arxiv"]
    return _TERMS.get(license.removeprefix("cc-"), "")
