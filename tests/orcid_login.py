"""A local OAuth server with ORCID's manners: it says who logged in, or fails in the ways ORCID does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

SANDBOX_ID = "0000-0002-1825-0097"
"""The iD of ORCID's own fictitious researcher, Josiah Carberry."""


class OrcidServer:
    """What the server does next: `answer` is the token's JSON, `refusal` an error ORCID sends back with instead of a code.

    `asked` keeps the parameters of every request, by path.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer: Any = {"access_token": "t", "token_type": "bearer", "orcid": SANDBOX_ID, "name": "Josiah Carberry"}
        self.status = 200
        self.refusal = ""
        self.asked: list[tuple[str, dict[str, str]]] = []


@contextmanager
def orcid_server() -> Iterator[OrcidServer]:
    """Run a server for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self._note(urlsplit(self.path).query)
            back = {"error": server.refusal} if server.refusal else {"code": "c-1"}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({**back, 'state': asked['state']})}")
            self.end_headers()

        def do_POST(self) -> None:
            self._note(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = server.answer if isinstance(server.answer, bytes) else json.dumps(server.answer).encode()
            self.send_response(server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _note(self, query: str) -> dict[str, str]:
            asked = {key: values[0] for key, values in parse_qs(query).items()}
            server.asked.append((urlsplit(self.path).path, asked))
            return asked

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = OrcidServer(f"http://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
