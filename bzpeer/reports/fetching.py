"""A paper's full text from arXiv: its HTML, else its source, else its PDF, in arXiv's own pace over all workers."""

from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

from bzpeer.reports.texts.extracted import Extracted, Unreadable
from bzpeer.reports.texts.sandbox import kind_of, read_apart
from works.sources.http import Client, Moved, NotThere, UpstreamRefused
from works.upstreams import arxiv_manners

WAYS = ("html", "e-print", "pdf")
_HOPS = 3


class NotFetched(Exception):
    """arXiv has no text that can be read. The message is a plain sentence; trying again does not help."""


def fetched(arxiv_id: str) -> tuple[Extracted, str, str]:
    """Return the text, its kind and its address. Raises NotFetched, or an UpstreamError that says when to try again."""
    client = Client("arXiv", manners=arxiv_manners())
    refused = ""
    for address in _addresses(arxiv_id):
        try:
            data, at = _got(client, address)
        except NotThere:
            continue
        kind = kind_of(data, "paper.html" if address.startswith(f"{settings.ARXIV_TEXT_URL}/html/") else "")
        try:
            return read_apart(data, kind=kind), kind, at
        except Unreadable as error:
            refused = str(error)
    raise NotFetched(f"arXiv's copy cannot be read. {refused}" if refused else f"arXiv gives no text of {arxiv_id}.")


def _addresses(arxiv_id: str) -> Iterator[str]:
    for way in WAYS:
        yield f"{settings.ARXIV_TEXT_URL}/{way}/{quote(arxiv_id, safe='/.')}"


def _got(client: Client, address: str) -> tuple[bytes, str]:
    """Ask, and follow redirects within the host, each in its turn."""
    for _ in range(_HOPS):
        try:
            return client.get(address, bytes), address
        except Moved as moved:
            there = urljoin(address, moved.location)
            if urlsplit(there).netloc != urlsplit(address).netloc:
                raise NotThere("arXiv leads elsewhere.") from moved
            address = there
    raise UpstreamRefused("arXiv leads in circles.")
