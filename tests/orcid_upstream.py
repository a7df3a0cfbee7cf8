"""A local server with the manners of ORCID's public API: JSON only when asked for, 301 of merged iDs, 404, 409 of closed records.

The records are made by hand in the shape of v3.0.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
JOSIAH = "0000-0002-1825-0097"
MERGED = "0000-0001-5109-3700"
"""Two iDs with right check characters; the first is ORCID's own example."""


def external_id(kind: str, value: str, relationship: str = "self", normalized: str | None = None) -> Json:
    """An id as ORCID tells it."""
    return {
        "external-id-type": kind,
        "external-id-value": value,
        "external-id-normalized": {"value": normalized, "transient": True} if normalized else None,
        "external-id-normalized-error": None,
        "external-id-url": {"value": f"https://example.org/{value}"},
        "external-id-relationship": relationship,
    }


def summary(put_code: int, title: str, *ids: Json, year: str | None = "2020", journal: str | None = None, **others: Any) -> Json:
    """One source's telling of a work."""
    return {
        "put-code": put_code,
        "created-date": {"value": 1610000000000},
        "last-modified-date": {"value": 1620000000000},
        "source": {"source-orcid": None, "source-client-id": {"path": "0000-0001-9884-1913"}, "source-name": {"value": "Crossref"}},
        "title": {"title": {"value": title}, "subtitle": None, "translated-title": None},
        "external-ids": {"external-id": list(ids)},
        "url": None,
        "type": "journal-article",
        "publication-date": {"year": {"value": year}, "month": None, "day": None} if year else None,
        "journal-title": {"value": journal} if journal else None,
        "visibility": "public",
        "path": f"/{JOSIAH}/work/{put_code}",
        "display-index": "0",
        **others,
    }


def group(*summaries: Json) -> Json:
    """What ORCID holds to be one work: its ids are those that all tellings share."""
    own = [each for each in summaries[0]["external-ids"]["external-id"] if each["external-id-relationship"] == "self"]
    return {"last-modified-date": {"value": 1620000000000}, "external-ids": {"external-id": own}, "work-summary": list(summaries)}


def works(*groups: Json) -> Json:
    """The answer of /works."""
    return {"last-modified-date": {"value": 1620000000000}, "group": list(groups), "path": f"/{JOSIAH}/works"}


def problem(status: int, code: int, message: str) -> Json:
    """An error as ORCID words it."""
    return {
        "response-code": status,
        "developer-message": f"{status}: {message}",
        "user-message": message,
        "error-code": code,
        "more-info": "https://members.orcid.org/api/resources/troubleshooting",
    }


class OrcidUpstream:
    """The records by iD, who moved where, who is deactivated or locked, and what was asked."""

    def __init__(self, records: dict[str, Json]) -> None:
        self.records = records
        self.moved: dict[str, str] = {}
        self.deactivated: set[str] = set()
        self.locked: set[str] = set()
        self.faults: list[tuple[int, bytes]] = []
        self.asked: list[str] = []
        self.base_url = ""


@contextmanager
def running(records: dict[str, Json] | None = None) -> Iterator[OrcidUpstream]:
    """Serve on 127.0.0.1 until the block ends."""
    upstream = OrcidUpstream(records or {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"upstream": upstream}))
    server.daemon_threads = True
    upstream.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    upstream: OrcidUpstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.upstream.asked.append(self.path)
        if self.upstream.faults:
            status, body = self.upstream.faults.pop(0)
            self._send(status, body)
            return
        _, version, orcid, endpoint = [*self.path.split("/"), "", "", ""][:4]
        if "json" not in self.headers.get("Accept", ""):
            self._send(200, b'<?xml version="1.0"?><activities:works/>', kind="application/xml")
        elif version != "v3.0" or endpoint != "works":
            self._json(404, problem(404, 9016, "The resource was not found."))
        elif orcid in self.upstream.moved:
            place = f"{self.upstream.base_url}/v3.0/{self.upstream.moved[orcid]}/works"
            self._json(301, problem(301, 9007, "The ORCID record is deprecated."), {"Location": place})
        elif orcid in self.upstream.deactivated:
            self._json(409, problem(409, 9044, "The ORCID record is deactivated."))
        elif orcid in self.upstream.locked:
            self._json(409, problem(409, 9018, "The ORCID record is locked."))
        elif orcid in self.upstream.records:
            self._json(200, self.upstream.records[orcid])
        else:
            self._json(404, problem(404, 9016, "The resource was not found."))

    def _json(self, status: int, value: Json, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), headers=headers)

    def _send(self, status: int, body: bytes, *, kind: str = "application/json", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Sequence[object]) -> None:
        """Stay quiet."""
