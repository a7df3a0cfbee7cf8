"""A local server with the manners of OpenAlex and arXiv, over records that a test gives it.

    with running(works=[…], authors=[…], papers=[…]) as upstream:
        fetch(Query(author="A1"), base_url=upstream.openalex_url)

`upstream.next_answers(busy(2), web_page())` makes the next answers faults, whoever asks; `upstream.asked` lists the
paths asked so far. Keys, merged ids, paging, cursors and the cut author lists behave as upstream documents them.
"""

import gzip
import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """An answer that is not the one asked for. `cut`: bytes that are announced but not sent."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "Internal Server Error"}'
    cut: int = 0


def busy(seconds: float = 0) -> Fault:
    """429 with Retry-After in seconds."""
    return Fault(429, {"Retry-After": f"{seconds:g}"}, b'{"error": "Rate limit exceeded"}')


def busy_until(seconds: float) -> Fault:
    """429 with Retry-After as an HTTP date."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return Fault(429, {"Retry-After": format_datetime(moment, usegmt=True)}, b'{"error": "Rate limit exceeded"}')


def spent(seconds: float) -> Fault:
    """429 because the day's budget is used up."""
    return Fault(429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{seconds:g}"}, b'{"error": "Budget exhausted"}')


def broken(status: int = 500) -> Fault:
    """A fault of the server itself."""
    return Fault(status)


def refused(status: int = 403) -> Fault:
    """A refusal."""
    return Fault(status, {}, b'{"error": "Forbidden"}')


def web_page() -> Fault:
    """HTML with 200, as proxies and maintenance pages answer."""
    return Fault(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Back soon</body></html>")


def cut_connection() -> Fault:
    """A body shorter than its announced length."""
    return Fault(200, {}, b'{"meta": {"count": 1}, "results": [{"id": "https://op', cut=500)


def cut_json() -> Fault:
    """A complete answer with half a JSON document."""
    return Fault(200, {}, b'{"meta": {"count": 1}, "results": [{"id": "https://op')


def wrong_gzip() -> Fault:
    """An answer that says gzip and is none."""
    return Fault(200, {"Content-Encoding": "gzip"}, b"this was never compressed")


class Upstream:
    """The records, the scripted faults and what was asked."""

    def __init__(self, works: Sequence[Json], authors: Sequence[Json], papers: Sequence[Json]) -> None:
        self.works = {_bare(work): work for work in works}
        self.authors = {_bare(author): author for author in authors}
        self.papers = {paper["id"]: paper for paper in papers}
        self.merged: dict[str, str] = {}
        self.api_key: str | None = None
        self.cursor_repeats = False
        self.empty_slices = 0
        self.asked: list[str] = []
        self.base_url = ""
        self._faults: deque[Fault | None] = deque()
        self._lock = threading.Lock()

    @property
    def openalex_url(self) -> str:
        return f"{self.base_url}/openalex"

    @property
    def arxiv_url(self) -> str:
        return f"{self.base_url}/arxiv/query"

    def next_answers(self, *faults: Fault | None) -> None:
        """Script the next answers; None stands for a proper one."""
        with self._lock:
            self._faults.extend(faults)

    def take_fault(self, path: str) -> Fault | None:
        """Note a request and return the fault scripted for it."""
        with self._lock:
            self.asked.append(path)
            return self._faults.popleft() if self._faults else None


@contextmanager
def running(*, works: Sequence[Json] = (), authors: Sequence[Json] = (), papers: Sequence[Json] = (), port: int = 0) -> Iterator[Upstream]:
    """Serve on 127.0.0.1 until the block ends. `papers` have the shape of arXiv's bulk metadata."""
    upstream = Upstream(works, authors, papers)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"upstream": upstream}))
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


def _bare(record: Json) -> str:
    return str(record["id"]).rpartition("/")[2]


class _Problem(Exception):
    def __init__(self, status: int, body: Json | str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


class _Handler(BaseHTTPRequestHandler):
    upstream: Upstream
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Keep test output quiet."""

    def do_GET(self) -> None:
        fault = self.upstream.take_fault(self.path)
        if fault is not None:
            self._send(fault.status, fault.body, fault.headers, cut=fault.cut)
            return
        parts = urlsplit(self.path)
        parameters = {name.replace("-", "_"): values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        try:
            if parts.path.startswith("/openalex/"):
                key = self.headers.get("Authorization", "").removeprefix("Bearer ") or parameters.get("api_key")
                self._send(200, _openalex(self.upstream, parts.path.removeprefix("/openalex/"), parameters, key))
            elif parts.path == "/arxiv/query":
                self._send(200, _arxiv(self.upstream, parameters), {"Content-Type": "application/atom+xml"})
            else:
                raise _Problem(404, {"error": "Not Found"})
        except _Problem as problem:
            self._send(problem.status, problem.body, problem.headers)

    def _send(self, status: int, body: Json | str | bytes, headers: dict[str, str] | None = None, *, cut: int = 0) -> None:
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        if status == 200 and len(raw) > 10_000 and "Content-Encoding" not in given:
            raw, given["Content-Encoding"] = gzip.compress(raw, 1), "gzip"
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw) + cut))
        if cut:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(raw)


# --- OpenAlex ------------------------------------------------------------------------------------------------------


def _openalex(upstream: Upstream, path: str, parameters: dict[str, str], key: str | None) -> Json:
    if key is not None and key != upstream.api_key:
        raise _Problem(401, {"error": "Invalid or missing API key", "message": "API key not found"})
    entity, _, identifier = unquote(path).partition("/")
    records = {"works": upstream.works, "authors": upstream.authors}.get(entity)
    if records is None:
        raise _Problem(404, {"error": "Not Found"})
    return _single(upstream, entity, records, identifier) if identifier else _list(upstream, records, parameters)


def _single(upstream: Upstream, entity: str, records: dict[str, Json], identifier: str) -> Json:
    if "orcid" in identifier:
        iD = identifier.rpartition("/")[2].removeprefix("orcid:")
        found = next((record for record in records.values() if (record.get("orcid") or "").endswith(iD)), None)
    else:
        bare = identifier.rpartition("/")[2].upper()
        if bare in upstream.merged:
            target = f"{upstream.openalex_url}/{entity}/{upstream.merged[bare]}"
            raise _Problem(301, "", {"Location": target, "Content-Type": "text/html"})
        found = records.get(bare)
    if found is None:
        raise _Problem(404, "<!doctype html><title>404 Not Found</title>", {"Content-Type": "text/html"})
    return found


def _list(upstream: Upstream, records: dict[str, Json], parameters: dict[str, str]) -> Json:
    per_page, page = _whole(parameters, "per_page", 25), _whole(parameters, "page", 1)
    if not 1 <= per_page <= 100:
        raise _Problem(400, {"error": "Pagination error.", "message": "per_page parameter must be between 1 and 100"})
    if "cursor" not in parameters and page * per_page > 10_000:
        raise _Problem(
            400, {"error": "Pagination error.", "message": "Maximum results size of 10,000 records is exceeded. Use cursor pagination."}
        )
    matching = [record for record in records.values() if _matches(record, parameters)]
    cursor = parameters.get("cursor")
    begin = 0 if cursor == "*" else int(cursor.removeprefix("at")) if cursor else (page - 1) * per_page
    results = [_cut(record) for record in matching[begin : begin + per_page]]
    following = None if cursor is None or not results else f"at{begin if upstream.cursor_repeats else begin + per_page}"
    return {
        "meta": {"count": len(matching), "page": None if cursor else page, "per_page": per_page, "next_cursor": following},
        "results": results,
        "group_by": [],
    }


def _whole(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    return int(text) if text.isdecimal() else default


def _matches(record: Json, parameters: dict[str, str]) -> bool:
    search = parameters.get("search", "").lower().split()
    title = str(record.get("title") or record.get("display_name") or "").lower()
    if not all(word in title for word in search):
        return False
    return all(_passes(record, *part.partition(":")[::2]) for part in parameters.get("filter", "").split(",") if part)


def _passes(record: Json, name: str, value: str) -> bool:
    values = {each.rpartition("/")[2].upper() for each in value.split("|")}
    if len(values) > 100:
        raise _Problem(
            400, {"error": "Invalid query parameters error.", "message": "Maximum number of values exceeded for an OR filter: 100"}
        )
    if name in ("openalex_id", "openalex", "ids.openalex"):
        return _bare(record) in values
    if name in ("author.id", "authorships.author.id"):
        people = (each.get("author") or {} for each in record.get("authorships", ()))
        return any(str(person.get("id")).rpartition("/")[2] in values for person in people)
    if name == "orcid":
        return str(record.get("orcid")).rpartition("/")[2].upper() in values
    raise _Problem(400, {"error": "Invalid query parameters error.", "message": f"{name} is not a valid field."})


def _cut(record: Json) -> Json:
    """Lists cut author lists at 100."""
    listed = record.get("authorships")
    if not isinstance(listed, list) or len(listed) <= 100:
        return record
    return {**record, "authorships": listed[:100], "is_authors_truncated": True}


# --- arXiv ---------------------------------------------------------------------------------------------------------

_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")


def _arxiv(upstream: Upstream, parameters: dict[str, str]) -> str:
    start, most = _whole(parameters, "start", 0), _whole(parameters, "max_results", 10)
    if most > 2_000:
        raise _Problem(400, _feed([_error("max_results must be at most 2000")], 1, 0))
    if start >= 30_000:
        raise _Problem(400, _feed([_error("start must be less than 30000")], 1, 0))
    asked = [each for each in parameters.get("id_list", "").split(",") if each]
    for each in asked:
        if not _ID.fullmatch(each):
            raise _Problem(400, _feed([_error(f"incorrect id format for {each}")], 1, 0))
    found = [upstream.papers[bare] for each in asked if (bare := re.sub(r"v\d+$", "", each)) in upstream.papers]
    if not asked:
        found = [paper for paper in upstream.papers.values() if _found_by(paper, parameters.get("search_query", ""))]
    if upstream.empty_slices and start:
        upstream.empty_slices -= 1
        return _feed([], len(found), start)
    return _feed([_entry(paper) for paper in found[start : start + most]], len(found), start)


def _found_by(paper: Json, query: str) -> bool:
    fields = {"au": "authors", "ti": "title", "cat": "categories", "abs": "abstract"}
    for term in re.split(r"\s+AND\s+", query):
        name, _, words = term.partition(":") if re.match(r"\w+:", term) else ("all", ":", term)
        text = " ".join(str(paper.get(each) or "") for each in ([fields[name]] if name in fields else fields.values()))
        if words.strip('" ').lower() not in text.lower():
            return False
    return True


def _error(message: str) -> str:
    address = f"https://arxiv.org/api/errors#{message.replace(' ', '_')}"
    words = f"<summary>{escape(message)}</summary><author><name>arXiv api core</name></author>"
    return f"<entry><id>{address}</id><title>Error</title>{words}</entry>"


def _entry(paper: Json) -> str:
    versions = paper.get("versions") or [{"version": "v1", "created": "2020-01-01T00:00:00Z"}]
    authors = "".join(f"<author><name>{escape(name.strip())}</name></author>" for name in paper["authors"].split(","))
    categories = paper["categories"].split()
    optional = "".join(
        f"<arxiv:{tag}>{escape(paper[name])}</arxiv:{tag}>"
        for tag, name in (("comment", "comments"), ("journal_ref", "journal-ref"), ("doi", "doi"))
        if paper.get(name)
    )
    return (
        f"<entry><id>http://arxiv.org/abs/{paper['id']}{versions[-1]['version']}</id><title>{escape(paper['title'])}</title>"
        f"<updated>{versions[-1]['created']}</updated><published>{versions[0]['created']}</published>"
        f"<summary>{escape(paper.get('abstract') or '')}</summary>{authors}{optional}"
        f'<arxiv:primary_category term="{categories[0]}"/>' + "".join(f'<category term="{each}"/>' for each in categories) + "</entry>"
    )


def _feed(entries: list[str], total: int, start: int) -> str:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title>'
        f"<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}</opensearch:startIndex>"
        + "".join(entries)
        + "</feed>"
    )
