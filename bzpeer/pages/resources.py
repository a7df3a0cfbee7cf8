"""Code and data that a record names: addresses in its abstract and its authors' comment, by the hosts they lead to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST = 8
_ADDRESS = re.compile(r"(?:https?://)?(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,12}/[^\s<>\"'{}|\\^`$]{1,300}")
_TAIL = ".,;:!?)]*_"
_CODE = (
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "sourceforge.net",
    "git.sr.ht",
    "github.io",
    "cran.r-project.org",
)
_DATA = (
    "zenodo.org", "figshare.com", "osf.io", "datadryad.org", "dryad.org", "kaggle.com", "dataverse.org", "dataverse.harvard.edu",
    "data.mendeley.com", "pangaea.de", "openneuro.org", "hepdata.net", "huggingface.co",
)  # fmt: skip
_DATA_DOIS = (
    "10.5281/zenodo.",
    "10.6084/m9.figshare.",
    "10.17605/osf.io",
    "10.5061/dryad.",
    "10.7910/dvn/",
    "10.17632/",
    "10.1594/pangaea.",
    "10.17182/hepdata.",
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """An address of code or data, and where the record names it."""

    kind: str
    address: str
    shown: str
    ground: str


def resources_in(texts: Iterable[tuple[str, str]]) -> list[Resource]:
    """Return what `texts`, pairs of (text, where it stands), name of code and data, in order, each address once."""
    found: dict[str, Resource] = {}
    for text, place in texts:
        for match in _ADDRESS.finditer(text):
            resource = _resource(match.group().rstrip(_TAIL), place)
            if resource is not None:
                found.setdefault(resource.shown.casefold(), resource)
    return list(found.values())[:MOST]


def _resource(text: str, place: str) -> Resource | None:
    address = text if text.startswith(("https://", "http://")) else f"https://{text}"
    parts = urlsplit(address)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path.strip("/").casefold()
    if not path:
        return None
    if _is_at(host, _CODE):
        kind = "Code"
    elif _is_at(host, _DATA) or (host in ("doi.org", "dx.doi.org") and path.startswith(_DATA_DOIS)):
        kind = "Data"
    else:
        return None
    return Resource(kind=kind, address=address, shown=text.partition("://")[2] or text, ground=f"named in the {place}")


def _is_at(host: str, hosts: tuple[str, ...]) -> bool:
    return host.endswith(tuple(f".{known}" for known in hosts)) or host in hosts
