"""OpenAlex's API through pyalex: pyalex spells the questions, `http.Client` asks them."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pyalex

from works import identifiers
from works.drafts import BadRecord, Merged, Quarantined, Read
from works.sources import openalex_drafts
from works.sources.files import KEPT_RAW, NUL_REASON, holds_nul
from works.sources.http import BadQuery, Client, Manners, Moved, NotThere, Page, Sleep, UpstreamGarbled

PER_PAGE = 100
"""OpenAlex's maximum, for records a page and for values in one OR filter alike."""
_MOST_MERGES = 5
_KEY_HINT = "Check OPENALEX_API_KEY; without a key leave it unset."
_OWN_ADDRESS = "https://api.openalex.org"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Query:
    """What to fetch; exactly one of the four. `author` and `orcid` bring the author record and all of its works."""

    author: str = ""
    orcid: str = ""
    works: tuple[str, ...] | list[str] = ()
    search: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked, with a sentence."""
        if sum(map(bool, (self.author, self.orcid, self.works, self.search))) != 1:
            raise BadQuery("Ask for one thing: an author, an ORCID iD, a list of works, or a search.")
        if self.author and (identifiers.openalex_id(self.author, "A") or "nobody") in (openalex_drafts.NOBODY | {"nobody"}):
            raise BadQuery(f"“{self.author[:80]}” is not the OpenAlex id of an author; such an id looks like A5023888391.")
        if self.orcid and not identifiers.orcid(self.orcid):
            raise BadQuery(f"“{self.orcid[:80]}” is not an ORCID iD: 16 digits in four groups, the last one checks the others.")
        for each in self.works:
            if not identifiers.openalex_id(each, "W"):
                raise BadQuery(f"“{each[:80]}” is not the OpenAlex id of a work; such an id looks like W2741809807.")


class _Answer:
    """What pyalex expects of a response: the client has already dealt with everything but success."""

    status_code = 200

    def __init__(self, value: Json) -> None:
        self._value = value

    def json(self) -> Json:
        return self._value

    def raise_for_status(self) -> None:
        """Do nothing: only successes come here."""


class _Session:
    """Stands where pyalex would use its own session, whose retries and limits cannot be set per call."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, url: str, auth: object = None) -> _Answer:
        del auth  # the client carries the key: pyalex keeps it in a global that threads would share
        return _Answer(self._client.get(url, _parsed))


class _Reachable:
    """Gives pyalex's questions our base address (pyalex has its own written in) and our session."""

    def __init__(self, api: "_Api", params: object = None) -> None:
        super().__init__(params)  # type: ignore[call-arg]  # pyalex's classes take params
        self._api = api

    @property
    def url(self) -> str:
        return str(super().url).replace(_OWN_ADDRESS, self._api.base_url, 1)  # type: ignore[misc]  # pyalex's property

    def _get_from_url(self, url: str, session: object = None) -> Any:
        del session
        return super()._get_from_url(url, self._api.session)  # type: ignore[misc]  # pyalex's method


class Works(_Reachable, pyalex.Works):  # type: ignore[misc]  # pyalex is untyped
    """pyalex names the path after the class."""


class Authors(_Reachable, pyalex.Authors):  # type: ignore[misc]  # pyalex is untyped
    """pyalex names the path after the class."""


class _Api:
    def __init__(self, base_url: str, api_key: str, sleep: Sleep, manners: Manners | None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.base_url = base_url.rstrip("/")
        self.session = _Session(Client("OpenAlex", headers=headers, refused_hint=_KEY_HINT, manners=manners, sleep=sleep))

    def single(self, entity: type[Works] | type[Authors], identifier: str) -> tuple[Json, list[Merged]]:
        """Return one record and the merges that led to it. Raises NotThere."""
        merges: list[Merged] = []
        asked = identifier
        for _ in range(_MOST_MERGES):
            try:
                return dict(entity(self)[asked]), merges
            except Moved as moved:
                target = identifiers.openalex_id(moved.location.partition("?")[0], "") or _tail(moved.location)
                if not target or target == asked:
                    break
                if identifiers.openalex_id(asked, ""):
                    merges.append(Merged(old_key=f"openalex:{asked}", new_key=f"openalex:{target}"))
                asked = target
            except NotThere as error:
                raise NotThere(f"OpenAlex has no record {identifier} (404). Check the id.") from error
        raise UpstreamGarbled(f"OpenAlex sends {identifier} around in circles. Try again later.")


def _tail(location: str) -> str:
    """Return the id a relative redirect ends in."""
    return identifiers.openalex_id(location.partition("?")[0].rstrip("/").rpartition("/")[2], "") or ""


def _parsed(body: bytes) -> Json:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as strict:
        # One record with half a surrogate pair must not cost the page: the lenient parser keeps it, `_read` sets it aside.
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            raise UpstreamGarbled(f"OpenAlex's answer is no JSON ({_looks_like(body)}). Try again later.") from strict
    if not isinstance(value, dict) or not ("id" in value or _is_list(value)):
        raise UpstreamGarbled("OpenAlex's answer is neither a record nor a list. Try again later.")
    return value


def _is_list(value: Json) -> bool:
    return isinstance(value.get("results"), list) and isinstance(value.get("meta"), dict)


def _looks_like(body: bytes) -> str:
    return "a web page" if body.lstrip()[:1] == b"<" else "it breaks off or is damaged"


def fetch(
    query: Query,
    *,
    base_url: str,
    api_key: str = "",
    cursor: str | None = None,
    sleep: Sleep = time.sleep,
    manners: Manners | None = None,
) -> Iterator[Page]:
    """Yield what the API answers, page by page; `cursor` (a page's `next_cursor`) continues after that page.

    Raises an UpstreamError when upstream does not give the records; pages yielded before it stay valid.
    """
    api = _Api(base_url, api_key, sleep, manners)
    if query.works:
        return _works_by_id(api, query, cursor)
    if query.search:
        return _pages(lambda: Works(api).search(query.search), api, cursor, "")
    return _author_and_works(api, query, cursor)


_WORKS_OF = "works:"


def _author_and_works(api: _Api, query: Query, cursor: str | None) -> Iterator[Page]:
    asked = identifiers.openalex_id(query.author, "A") or f"https://orcid.org/{identifiers.orcid(query.orcid)}"
    raw, merges = api.single(Authors, asked)
    found = identifiers.openalex_id(raw.get("id"), "A")
    if not cursor:
        yield Page(reads=[*merges, _read(raw, "author record")], next_cursor=f"{_WORKS_OF}*" if found else None)
    if found:
        start = (cursor or "").removeprefix(_WORKS_OF) or "*"
        yield from _pages(lambda: Works(api).filter(author={"id": found}), api, start, _WORKS_OF)


def _pages(question: Callable[[], Any], api: _Api, cursor: str | None, prefix: str) -> Iterator[Page]:
    upstream: str | None = (cursor or "").removeprefix(prefix) or "*"
    seen = {upstream}
    while upstream is not None:
        answer = question().get(per_page=PER_PAGE, cursor=upstream)
        following = answer.meta.get("next_cursor") if answer else None
        upstream = following if isinstance(following, str) and following else None
        if upstream in seen:
            raise UpstreamGarbled("OpenAlex gives the same page again and again (its cursor repeats). Try again later.")
        seen.add(upstream)
        total = answer.meta.get("count")
        yield Page(
            reads=_reads(answer, api),
            next_cursor=None if upstream is None else prefix + upstream,
            total=total if isinstance(total, int) else None,
        )


def _works_by_id(api: _Api, query: Query, cursor: str | None) -> Iterator[Page]:
    asked = list(dict.fromkeys(found for each in query.works if (found := identifiers.openalex_id(each, "W"))))
    if len(asked) == 1:
        raw, merges = api.single(Works, asked[0])
        yield Page(reads=[*merges, _read(raw, "work record")], total=1)
        return
    start = int(cursor) if cursor and cursor.isdecimal() else 0
    for begin in range(start, len(asked), PER_PAGE):
        chunk = asked[begin : begin + PER_PAGE]
        answer = Works(api).filter_or(openalex_id=chunk).get(per_page=PER_PAGE)
        given = {identifiers.openalex_id(raw.get("id"), "W") for raw in answer if isinstance(raw, dict)}
        reads = _reads(answer, api)
        for missing in chunk:
            if missing not in given:
                reads.extend(_missing(api, missing))
        end = begin + PER_PAGE
        yield Page(reads=reads, next_cursor=str(end) if end < len(asked) else None, total=len(asked))


def _missing(api: _Api, identifier: str) -> list[Read]:
    """Ask singly for a work that a list left out: it was merged into another one, or it is not there."""
    try:
        raw, merges = api.single(Works, identifier)
    except NotThere as error:
        return [Quarantined(place="OpenAlex API", key=f"openalex:{identifier}", reason=str(error))]
    return [*merges, _read(raw, "work record")]


def _reads(answer: list[Any], api: _Api) -> list[Read]:
    return [_read(_completed(raw, api), f"result {position} of the page") for position, raw in enumerate(answer, 1)]


def _completed(raw: object, api: _Api) -> object:
    """Lists cut long author lists, single records do not (and are free of charge)."""
    if not isinstance(raw, dict) or not openalex_drafts.is_truncated(raw):
        return raw
    identifier = identifiers.openalex_id(raw.get("id"), "W")
    try:
        return api.single(Works, identifier)[0] if identifier else raw
    except NotThere:
        return raw


def _read(raw: object, place: str) -> Read:
    place = f"OpenAlex API, {place}"
    try:
        if holds_nul(raw):
            raise BadRecord(NUL_REASON)
        if _holds_half_a_pair(raw):
            raise BadRecord("the record holds half of a surrogate pair, which is no character")
        return openalex_drafts.draft(raw)
    except BadRecord as error:
        kept = json.dumps(raw, default=str).encode()[:KEPT_RAW]
        return Quarantined(place=place, reason=str(error), key=openalex_drafts.key_of(raw), raw=kept)


def _holds_half_a_pair(raw: object) -> bool:
    try:
        orjson.dumps(raw)
    except TypeError:
        return True
    return False
