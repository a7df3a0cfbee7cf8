"""Fetching a page that a member names, without letting them reach what only this machine can reach.

The name is resolved once, every address it has must be a public one, and the connection goes to the address that was
checked. Redirects are walked here, each checked anew. Size, time and ports are bounded, and whatever goes wrong reads
the same, so that the answer does not map anybody's network.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

SECONDS = 5.0
LARGEST = 256 * 1024
REDIRECTS = 3
PORTS = frozenset({80, 443})
LONGEST_ADDRESS = 2_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Collection[str]]

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
_AS_TYPED = "/?%:@!$&'()*+,;=~"
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")

# Python's is_private lets 100.64/10, 192.0.0.8, multicast, 64:ff9b::/96 and 2002:7f00:1:: through on some versions.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ),
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


class PageNotRead(Exception):
    """The page could not be read. The sentence is the same for every reason; trying again later may help."""

    def __init__(self) -> None:
        super().__init__("The page could not be read. It must be public, start with https:// or http://, and answer within five seconds.")


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a fetch may reach: tests put their own server in place of the public network."""

    is_allowed: Callable[[Address], bool]
    resolve: Resolve
    ports: frozenset[int] = PORTS


def is_public(address: Address) -> bool:
    """Tell an address anybody on the internet could reach from all others."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


def _resolved(host: str, port: int) -> Collection[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


PUBLIC = Reach(is_allowed=is_public, resolve=_resolved)


def fetch_text(url: str, *, reach: Reach = PUBLIC) -> str:
    """Return the first LARGEST bytes of a page as text. Raises PageNotRead for whatever stands in the way."""
    deadline = time.monotonic() + SECONDS
    try:
        for _ in range(REDIRECTS + 1):
            parts = _checked(url, reach)
            answer = _asked(parts, _address(parts, reach, deadline), deadline)
            if isinstance(answer, str):
                url = urljoin(url, answer)
                continue
            return answer.decode("utf-8", "replace")
    except (OSError, ValueError, UnicodeError, http.client.HTTPException, TookTooLong):
        pass
    raise PageNotRead


def is_fetchable(url: str) -> bool:
    """Tell whether an address has a shape that would be asked at all."""
    try:
        _checked(url, PUBLIC)
    except (ValueError, UnicodeError):
        return False
    return True


def _checked(url: str, reach: Reach) -> SplitResult:
    """Return the parts of an address of the shape we ask: http(s), a real host name, no user, no odd port."""
    if len(url) > LONGEST_ADDRESS or _UNSAFE.search(url):
        raise ValueError("not an address")
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or _port(parts) not in reach.ports:
        raise ValueError("not an address we ask")
    # Numbers in any spelling (127.1, 2130706433, 0x7f.1) have a last label that is no top-level domain.
    if not _HOST.fullmatch(host) or not re.search("[a-z]", host.rpartition(".")[2]) or host.rpartition(".")[2].startswith("0x"):
        raise ValueError("not a host name")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _address(parts: SplitResult, reach: Reach, deadline: float) -> str:
    """Return an address of the host. One that may not be reached among them refuses the host."""
    host = (parts.hostname or "").encode("idna").decode("ascii")
    resolver = ThreadPoolExecutor(max_workers=1)  # resolving knows no time limit of its own
    try:
        found = list(resolver.submit(reach.resolve, host, _port(parts)).result(timeout=_left(deadline)))
    finally:
        resolver.shutdown(wait=False, cancel_futures=True)
    if not found or not all(reach.is_allowed(ipaddress.ip_address(each)) for each in found):
        raise ValueError("not a public host")
    return found[0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TookTooLong
    return left


def _asked(parts: SplitResult, address: str, deadline: float) -> bytes | str:
    """Return the body, or the address a redirect names."""
    host, port = parts.hostname or "", _port(parts)
    open_line = [socket.create_connection((address, port), timeout=_left(deadline))]
    # A time limit of a socket begins anew with every byte: a page that drips would be read for ever.
    end = threading.Timer(_left(deadline), _cut, [open_line])
    end.daemon = True
    end.start()
    try:
        if parts.scheme == "https":  # the certificate is the name's, not the number's
            context = ssl.create_default_context()
            open_line.append(context.wrap_socket(open_line[0], server_hostname=host, do_handshake_on_connect=False))
            open_line[-1].do_handshake()  # type: ignore[attr-defined]  # the last one is an SSLSocket
        return _answer(parts, open_line[-1], deadline)
    finally:
        end.cancel()
        open_line[-1].close()


def _cut(open_line: list[socket.socket]) -> None:
    with suppress(OSError):
        socket.socket.shutdown(open_line[-1], socket.SHUT_RDWR)  # below TLS, which is in use elsewhere


def _answer(parts: SplitResult, line: socket.socket, deadline: float) -> bytes | str:
    host = (parts.hostname or "").encode("idna").decode("ascii")
    speaking = http.client.HTTPConnection(host)
    speaking.sock = line
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_TYPED)
    headers = {
        "Host": host if parts.port is None else f"{host}:{parts.port}",
        "User-Agent": "bzpeer (proof of a claim)",
        "Accept": "text/html, text/plain",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    speaking.request("GET", path, headers=headers)
    answer = speaking.getresponse()
    if answer.status in (301, 302, 303, 307, 308):
        return answer.headers.get("Location") or ""
    # A body that comes packed although it was asked for plain could unfold to anything.
    if answer.status != 200 or answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ValueError("not a page")
    return _body(answer, deadline)


def _body(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    found = bytearray()
    while len(found) < LARGEST:
        _left(deadline)
        chunk = answer.read1(16 * 1024)
        if not chunk:
            break
        found += chunk
    _left(deadline)  # a line that was cut looks like the end of the page
    return bytes(found[:LARGEST])
