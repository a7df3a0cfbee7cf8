"""Proof pages are fetched without reaching what only this machine can reach."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bzpeer.claims.fetching import LARGEST, PageNotRead, Reach, fetch_text, is_fetchable, is_public

NOT_PUBLIC = [
    "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "192.0.0.8", "192.168.1.1",
    "198.18.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1",
    "::ffff:7f00:1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "100::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_a_network_of_its_own_is_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "193.0.6.139", "2606:4700::1111", "2a00:1450:4001:80b::200e"])
def test_an_address_anybody_reaches_is_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/", "http://127.0.0.1/", "http://[::1]/",
        "http://[::ffff:7f00:1]/", "http://example.org\\@127.0.0.1/", "http://user@example.org/", "http://example.org:22/", "http://localhost/",
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "https:example.org", "//example.org/", "http://exa mple.org/",
        "http://example.org/\r\nHost: x", "http://example.0x7f/", "http://" + "a" * 64 + ".org/", "http://.org/", "", "x" * 3000,
    ],
)  # fmt: skip
def test_an_address_of_another_shape_is_not_asked(url):
    assert not is_fetchable(url)
    with pytest.raises(PageNotRead):
        fetch_text(url, reach=Reach(is_allowed=lambda address: True, resolve=lambda host, port: ["127.0.0.1"]))


@contextmanager
def host(answer: bytes, *, drip: float = 0.0) -> Iterator[tuple[str, Reach, list[bytes]]]:
    """A server that gives every caller the same bytes, its address under a public name, and what it was asked."""
    asked: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                asked.append(client.recv(65_536))
                try:
                    step = 64 if drip else len(answer) or 1
                    for start in range(0, len(answer), step):
                        client.sendall(answer[start : start + step])
                        time.sleep(drip)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    port = listening.getsockname()[1]
    reach = Reach(is_allowed=lambda address: True, resolve=lambda name, number: ["127.0.0.1"], ports=frozenset({port}))
    try:
        yield f"http://home.example.org:{port}/me", reach, asked
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def page(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + head + b"\r\n" + body


def test_a_page_is_read_under_its_own_name():
    with host(page("<p>Grüße: token</p>".encode())) as (url, reach, asked):
        assert fetch_text(url, reach=reach) == "<p>Grüße: token</p>"
    assert b"GET /me HTTP/1.1" in asked[0]
    assert b"Host: home.example.org" in asked[0]


def test_only_the_beginning_of_an_endless_page_is_read():
    with host(page(b"x" * (LARGEST * 4))) as (url, reach, _):
        assert len(fetch_text(url, reach=reach)) == LARGEST


def test_a_slow_page_is_given_up(monkeypatch):
    monkeypatch.setattr("bzpeer.claims.fetching.SECONDS", 0.5)
    started = time.monotonic()
    with host(page(b"x" * 6_400), drip=0.1) as (url, reach, _), pytest.raises(PageNotRead):
        fetch_text(url, reach=reach)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000])
def test_headers_that_never_end_are_given_up(monkeypatch, beginning):
    monkeypatch.setattr("bzpeer.claims.fetching.SECONDS", 0.4)
    started = time.monotonic()
    with host(beginning + b"x" * 5_000, drip=0.1) as (url, reach, _), pytest.raises(PageNotRead):
        fetch_text(url, reach=reach)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_takes_a_call_and_says_nothing_is_given_up(monkeypatch, scheme):
    monkeypatch.setattr("bzpeer.claims.fetching.SECONDS", 0.3)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        reach = Reach(is_allowed=lambda address: True, resolve=lambda name, number: ["127.0.0.1"], ports=frozenset({port}))
        with pytest.raises(PageNotRead):
            fetch_text(f"{scheme}://home.example.org:{port}/", reach=reach)
    assert time.monotonic() - started < 2


def test_a_page_in_any_script_is_asked_for_in_plain_letters():
    with host(page(b"token")) as (url, reach, asked):
        assert fetch_text(f"{url}/h\u00e9l\u00e8ne?a=\u00df&b=%20", reach=reach) == "token"
    assert b"GET /me/h%C3%A9l%C3%A8ne?a=%C3%9F&b=%20 HTTP/1.1" in asked[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"nonsense\r\n\r\n", b"HTTP/1.1 404 Not Found\r\n\r\n", page(b"\x1f\x8b", b"Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /me\r\n\r\n", b"HTTP/1.1 302 Found\r\n\r\n",
    ],
)  # fmt: skip
def test_every_failure_reads_the_same(answer):
    with host(answer) as (url, reach, asked), pytest.raises(PageNotRead) as told:
        fetch_text(url, reach=reach)
    assert str(told.value) == str(PageNotRead())
    assert 1 <= len(asked) <= 4


@pytest.mark.parametrize("names", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"]])
def test_a_host_with_one_forbidden_address_is_not_asked(names):
    """The allowed address answers, so that only the forbidden one beside it keeps the host from being asked."""
    with host(page(b"secret")) as (url, reach, asked):
        mixed = Reach(is_allowed=lambda each: str(each) == "127.0.0.1", resolve=lambda name, number: names, ports=reach.ports)
        with pytest.raises(PageNotRead):
            fetch_text(url, reach=mixed)
    assert not asked


@pytest.mark.parametrize("found", ["127.0.0.1", "::1", "169.254.169.254", "100.64.0.1", "::ffff:127.0.0.1"])
def test_what_is_fetched_when_nothing_else_is_said_reaches_the_public_network_alone(monkeypatch, found):
    called: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: called.append(args))
    with pytest.raises(PageNotRead):
        fetch_text("https://home.example.org/")
    assert not called


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch):
    called: list[tuple[str, int]] = []

    def calls(address: tuple[str, int], timeout: float) -> socket.socket:
        called.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", calls)
    with pytest.raises(PageNotRead):
        fetch_text("https://home.example.org/", reach=Reach(is_allowed=is_public, resolve=lambda name, number: ["1.1.1.1"]))
    assert called == [("1.1.1.1", 443)]


def test_a_name_is_resolved_once_so_it_cannot_be_rebound():
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with host(page(b"first")) as (url, reach, _):
        once = Reach(is_allowed=lambda address: True, resolve=lambda name, number: next(answers), ports=reach.ports)
        assert fetch_text(url, reach=once) == "first"
    assert next(answers) == ["10.0.0.1"]


def test_a_redirect_into_a_private_network_is_not_followed():
    names = {"home.example.org": ["127.0.0.1"], "inside.example.org": ["127.0.0.2"]}
    with socket.create_server(("127.0.0.2", 0)) as inside:
        port = inside.getsockname()[1]
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://inside.example.org:{port}/\r\n\r\n".encode()
        with host(moved) as (url, reach, asked):
            guarded = Reach(
                is_allowed=lambda each: str(each) == "127.0.0.1", resolve=lambda name, number: names[name], ports=reach.ports | {port}
            )
            with pytest.raises(PageNotRead):
                fetch_text(url, reach=guarded)
        inside.settimeout(0.1)
        with pytest.raises(TimeoutError):
            inside.accept()  # nobody called
    assert len(asked) == 1


def test_a_name_that_does_not_resolve_is_no_page(monkeypatch):
    monkeypatch.setattr("bzpeer.claims.fetching.SECONDS", 0.3)

    def fails(name: str, number: int) -> list[str]:
        raise socket.gaierror

    def hangs(name: str, number: int) -> list[str]:
        time.sleep(1)
        return []

    for resolve in (fails, hangs, lambda name, number: []):
        with pytest.raises(PageNotRead):
            fetch_text("http://home.example.org/", reach=Reach(is_allowed=lambda address: True, resolve=resolve))
