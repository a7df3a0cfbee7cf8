"""A local server with the manners of OpenAlex and arXiv, over records that a test gives it.

    with running(works=[…], authors=[…], papers=[…]) as upstream:
        fetch(Query(author="A1"), base_url=upstream.openalex_url)

`upstream.next_answers(busy(2), web_page())` makes the next answers faults, whoever asks; `upstream.asked` lists the
paths asked so far. Keys, merged ids, paging, cursors, the cut author lists, OAI-PMH's sets, days and resumption tokens
behave as upstream documents them.
"""

import gzip
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
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
    """An answer that is not the one asked for. `cut`: bytes that are announced but not sent.

    `silence`: seconds before the answer; `drip`: seconds between its bytes; `drips_headers`: already from the first line on.
    """

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "Internal Server Error"}'
    cut: int = 0
    silence: float = 0.0
    drip: float = 0.0
    drips_headers: bool = False


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


def unavailable(seconds: float) -> Fault:
    """503 with Retry-After, as OAI-PMH services steer how fast they are harvested."""
    return Fault(503, {"Retry-After": f"{seconds:g}"}, b"Retry later")


def unavailable_until(seconds: float) -> Fault:
    """503 with Retry-After as an HTTP date."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return Fault(503, {"Retry-After": format_datetime(moment, usegmt=True)}, b"Retry later")


def hanging(seconds: float) -> Fault:
    """A connection that is open and says nothing."""
    return Fault(200, {}, b"{}", silence=seconds)


def dripping(seconds: float) -> Fault:
    """A body that arrives byte by byte, each in time."""
    return Fault(200, {}, b'{"meta": {"count": 1}, "results": []}' + b" " * 4000, drip=seconds)


def dripping_headers(seconds: float) -> Fault:
    """Headers that arrive byte by byte and do not end."""
    return Fault(200, {}, b"HTTP/1.1 200 OK\r\n" + b"X-Waiting: yes\r\n" * 90, drip=seconds, drips_headers=True)


def empty_page() -> Fault:
    """A list without records that claims to go on."""
    return Fault(200, {}, b'{"meta": {"count": 250, "next_cursor": "further"}, "results": []}')


def run_out() -> Fault:
    """OAI-PMH's answer to a resumption token that is too old."""
    return Fault(200, {"Content-Type": "text/xml"}, _oai('<error code="badResumptionToken">The token has expired</error>').encode())


class Upstream:
    """The records, the scripted faults and what was asked."""

    def __init__(self, works: Sequence[Json], authors: Sequence[Json], papers: Sequence[Json]) -> None:
        self.works = {_bare(work): work for work in works}
        self.authors = {_bare(author): author for author in authors}
        self.papers = {paper["id"]: paper for paper in papers}
        self.merged: dict[str, str] = {}
        self.gone: set[str] = set()
        self.deleted: dict[str, str] = {}
        self.allowance: int | None = None
        self.most_results = 30_000
        self.list_size = 1_000
        self.spans: list[tuple[float, float]] = []
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

    @property
    def oai_url(self) -> str:
        return f"{self.base_url}/arxiv/oai"

    def next_answers(self, *faults: Fault | None) -> None:
        """Script the next answers; None stands for a proper one."""
        with self._lock:
            self._faults.extend(faults)

    def forget_faults(self) -> None:
        """Be well again."""
        with self._lock:
            self._faults.clear()

    def take_fault(self, path: str) -> Fault | None:
        """Note a request and return the fault scripted for it."""
        with self._lock:
            self.asked.append(path)
            return self._faults.popleft() if self._faults else None


@contextmanager
def running(*, works: Sequence[Json] = (), authors: Sequence[Json] = (), papers: Sequence[Json] = (), port: int = 0) -> Iterator[Upstream]:
    """Serve on 127.0.0.1 until the block ends. `papers` have the shape of arXiv's bulk metadata."""
    upstream = Upstream(works, authors, papers)
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"upstream": upstream}))
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


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours; any other is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


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
        began = time.monotonic()
        try:
            self._answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client had enough of a slow answer
        finally:
            self.upstream.spans.append((began, time.monotonic()))

    def _answer(self) -> None:
        fault = self.upstream.take_fault(self.path)
        if fault is not None:
            if fault.silence:
                time.sleep(fault.silence)
            if fault.drips_headers:
                self._drip(fault.body, fault.drip)
                self.close_connection = True
                return
            self._send(fault.status, fault.body, fault.headers, cut=fault.cut, drip=fault.drip)
            return
        parts = urlsplit(self.path)
        parameters = {name.replace("-", "_"): values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        try:
            if parts.path.startswith("/openalex/"):
                key = self.headers.get("Authorization", "").removeprefix("Bearer ") or parameters.get("api_key")
                found = _openalex(self.upstream, parts.path.removeprefix("/openalex/"), parameters, key)
                self._send(200, found, _granted(self.upstream))
            elif parts.path == "/arxiv/query":
                self._send(200, _arxiv(self.upstream, parameters), {"Content-Type": "application/atom+xml"})
            elif parts.path == "/arxiv/oai":
                self._send(200, _harvest(self.upstream, parameters), {"Content-Type": "text/xml"})
            else:
                raise _Problem(404, {"error": "Not Found"})
        except _Problem as problem:
            self._send(problem.status, problem.body, problem.headers)

    def _send(
        self, status: int, body: Json | str | bytes, headers: dict[str, str] | None = None, *, cut: int = 0, drip: float = 0.0
    ) -> None:
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
        if not drip:
            self.wfile.write(raw)
            return
        self._drip(raw, drip)

    def _drip(self, raw: bytes, seconds: float) -> None:
        for byte in raw:
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()
            time.sleep(seconds)


# --- OpenAlex ------------------------------------------------------------------------------------------------------


def _openalex(upstream: Upstream, path: str, parameters: dict[str, str], key: str | None) -> Json:
    if key is not None and key != upstream.api_key:
        raise _Problem(401, {"error": "Invalid or missing API key", "message": "API key not found"})
    entity, _, identifier = unquote(path).partition("/")
    records = {"works": upstream.works, "authors": upstream.authors}.get(entity)
    if records is None:
        raise _Problem(404, {"error": "Not Found"})
    return _single(upstream, entity, records, identifier) if identifier else _list(upstream, records, parameters)


def _granted(upstream: Upstream) -> dict[str, str]:
    """Count a request against the allowance, if there is one."""
    if upstream.allowance is None:
        return {}
    upstream.allowance = max(upstream.allowance - 1, 0)
    return {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": str(upstream.allowance), "X-RateLimit-Reset": "3600"}


def _single(upstream: Upstream, entity: str, records: dict[str, Json], identifier: str) -> Json:
    if "orcid" in identifier:
        iD = identifier.rpartition("/")[2].removeprefix("orcid:")
        found = next((record for record in records.values() if (record.get("orcid") or "").endswith(iD)), None)
    else:
        bare = identifier.rpartition("/")[2].upper()
        if bare in upstream.gone:
            raise _Problem(410, {"error": "Gone"})
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
    matching = [record for record in records.values() if _bare(record) not in upstream.gone and _matches(record, parameters)]
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
    if name == "doi":
        return _bare_doi(record.get("doi")) in {_bare_doi(each) for each in value.split("|")}
    if name == "from_publication_date":
        return str(record.get("publication_date") or "") >= value
    if name not in _VALUES:
        raise _Problem(400, {"error": "Invalid query parameters error.", "message": f"{name} is not a valid field."})
    return bool({each.rpartition("/")[2].upper() for each in _VALUES[name](record)} & values)


def _bare_doi(doi: object) -> str:
    return re.sub(r"^https?://doi\.org/", "", str(doi).lower())


def _inside(record: Json, *path: str) -> list[str]:
    """Return the texts at a path of fields, through lists."""
    found: list[Any] = [record]
    for name in path:
        inner = [each.get(name) for each in found if isinstance(each, dict)]
        found = [one for each in inner for one in (each if isinstance(each, list) else [each])]
    return [str(each) for each in found]


_VALUES: dict[str, Callable[[Json], list[str]]] = {
    **dict.fromkeys(("openalex_id", "openalex", "ids.openalex"), lambda record: _inside(record, "id")),
    **dict.fromkeys(("author.id", "authorships.author.id"), lambda record: _inside(record, "authorships", "author", "id")),
    **dict.fromkeys(
        ("institutions.id", "authorships.institutions.id"), lambda record: _inside(record, "authorships", "institutions", "id")
    ),
    **dict.fromkeys(
        ("institutions.ror", "authorships.institutions.ror"), lambda record: _inside(record, "authorships", "institutions", "ror")
    ),
    "cites": lambda record: _inside(record, "referenced_works"),
    "topics.id": lambda record: _inside(record, "topics", "id"),
    "orcid": lambda record: _inside(record, "orcid"),
}


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
    if start >= upstream.most_results:
        raise _Problem(400, _feed([_error(f"start must be less than {upstream.most_results}")], 1, 0))
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
    return _feed([_entry(paper) for paper in found[start : min(start + most, upstream.most_results)]], len(found), start)


def _found_by(paper: Json, query: str) -> bool:
    fields = {"au": "authors", "ti": "title", "cat": "categories", "abs": "abstract"}
    if times := re.fullmatch(r"\((.*)\) AND submittedDate:\[(\d{12}) TO (\d{12})\]", query):
        submitted = re.sub(r"\D", "", paper["versions"][0]["created"])[:12]
        return times[2] <= submitted <= times[3] and _found_by(paper, times[1])
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


# --- arXiv's OAI-PMH -----------------------------------------------------------------------------------------------


def _harvest(upstream: Upstream, parameters: dict[str, str]) -> str:
    """Answer ListRecords or GetRecord over the papers; their `update_date` is the day of change, their categories are the sets."""
    verb = parameters.get("verb")
    if verb == "GetRecord":
        bare = parameters.get("identifier", "").removeprefix("oai:arXiv.org:")
        if bare not in upstream.papers:
            return _oai('<error code="idDoesNotExist">No such paper</error>')
        return _oai(f"<GetRecord>{_oai_record(upstream, bare, parameters.get('metadataPrefix', ''))}</GetRecord>")
    if verb != "ListRecords":
        return _oai('<error code="badVerb">Not a verb</error>')
    try:
        parameters, begin = _resumed(parameters)
    except ValueError:
        return _oai('<error code="badResumptionToken">Not a token</error>')
    return _records_of(upstream, parameters, begin)


def _resumed(parameters: dict[str, str]) -> tuple[dict[str, str], int]:
    token = parameters.get("resumptionToken")
    if token is None:
        return parameters, 0
    parts = {name: values[0] for name, values in parse_qs(token).items()}
    return parts, int(parts.pop("at", "none"))


def _records_of(upstream: Upstream, parameters: dict[str, str], begin: int) -> str:
    prefix = parameters.get("metadataPrefix", "")
    if prefix not in ("arXiv", "arXivRaw"):
        return _oai('<error code="cannotDisseminateFormat">No such format</error>')
    found = [bare for bare in upstream.papers if _in_harvest(upstream, bare, parameters)]
    if not found:
        return _oai('<error code="noRecordsMatch">Nothing matches</error>')
    end = begin + upstream.list_size
    kept = "&".join(f"{name}={parameters[name]}" for name in ("metadataPrefix", "set", "from", "until") if name in parameters)
    following = escape(f"{kept}&at={end}") if end < len(found) else ""
    token_of = f'<resumptionToken completeListSize="{len(found)}" cursor="{begin}">{following}</resumptionToken>'
    if not begin and not following:
        token_of = ""
    records = "".join(_oai_record(upstream, bare, prefix) for bare in found[begin:end])
    return _oai(f"<ListRecords>{records}{token_of}</ListRecords>")


def _in_harvest(upstream: Upstream, bare: str, parameters: dict[str, str]) -> bool:
    day = upstream.deleted.get(bare) or upstream.papers[bare]["update_date"]
    asked = parameters.get("set", "").split(":")[0]
    is_in = not asked or any(each.split(".")[0] == asked for each in upstream.papers[bare]["categories"].split())
    return is_in and parameters.get("from", "") <= day <= parameters.get("until", "9999")


def _oai(inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>2024-02-01T00:00:00Z</responseDate><request>http://example.org/oai</request>{inside}</OAI-PMH>"
    )


def _oai_record(upstream: Upstream, bare: str, prefix: str) -> str:
    paper = upstream.papers[bare]
    if day := upstream.deleted.get(bare):
        return (
            f'<record><header status="deleted"><identifier>oai:arXiv.org:{bare}</identifier><datestamp>{day}</datestamp></header></record>'
        )
    header = f"<header><identifier>oai:arXiv.org:{bare}</identifier><datestamp>{paper['update_date']}</datestamp></header>"
    fields = "".join(
        f"<{name}>{escape(paper[name])}</{name}>"
        for name in ("title", "categories", "comments", "journal-ref", "doi", "license", "abstract")
        if paper.get(name)
    )
    versions = paper.get("versions") or []
    if prefix == "arXivRaw":
        dated = "".join(map(_raw_version, versions))
        own = f"{dated}<authors>{escape(paper['authors'])}</authors>"
    else:
        dates = f"<created>{versions[0]['created'][:10]}</created>" if versions else ""
        dates += f"<updated>{versions[-1]['created'][:10]}</updated>" if len(versions) > 1 else ""
        own = (
            dates
            + f"<authors>{''.join(_oai_author(name.strip(), paper.get('affiliation')) for name in paper['authors'].split(','))}</authors>"
        )
    body = f'<{prefix} xmlns="http://arxiv.org/OAI/{prefix}/"><id>{bare}</id>{own}{fields}</{prefix}>'
    return f"<record>{header}<metadata>{body}</metadata></record>"


def _raw_version(version: Json) -> str:
    source = f"<size>{version.get('size', '12kb')}</size><source_type>{version.get('source_type', 'D')}</source_type>"
    return f'<version version="{version["version"]}"><date>{_rfc(version["created"])}</date>{source}</version>'


def _oai_author(name: str, affiliation: str | None) -> str:
    forenames, _, keyname = name.rpartition(" ")
    place = f"<affiliation>{escape(affiliation)}</affiliation>" if affiliation else ""
    return f"<author><keyname>{escape(keyname)}</keyname><forenames>{escape(forenames)}</forenames>{place}</author>"


def _rfc(moment: str) -> str:
    return format_datetime(datetime.fromisoformat(moment), usegmt=True)
