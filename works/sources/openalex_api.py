"""OpenAlex's API through pyalex: pyalex spells the questions, `http.Client` asks them."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import orjson
import pyalex

from works import identifiers
from works.drafts import BadRecord, Merged, Quarantined, Read
from works.sources import openalex_drafts
from works.sources.files import KEPT_RAW, NUL_REASON, holds_nul
from works.sources.http import BadQuery, Client, Gone, Manners, Moved, NotThere, Page, Sleep, Spent, UpstreamGarbled

PER_PAGE = 100
"""OpenAlex's maximum, for records a page and for values in one OR filter alike."""
AUTHORS_PER_REQUEST = 25
"""Authors whose works are asked for together."""
DOIS_PER_REQUEST = 50
"""Long DOIs make long addresses."""
CITING_FETCHED = 500
"""Citing works brought at one wish: some have a hundred thousand."""
_MOST_MERGES = 5
_YEARS = range(1000, 2201)
_KEY_HINT = "Check OPENALEX_API_KEY; without a key leave it unset."
_OWN_ADDRESS = "https://api.openalex.org"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Query:
    """What to fetch: one of `author`, `orcid`, `works`, `dois`, `search`, `cites`, and `topic` with or without `institution`.

    `author` and `orcid` bring the author record and all of its works. `institution` is an OpenAlex id or a ROR id. `from_year`
    leaves out earlier works. `cites` brings the CITING_FETCHED most cited works that cite a work. `refresh` asks again of `authors`
    (their records, and their works since `from_year`) and `works`.
    """

    author: str = ""
    orcid: str = ""
    works: tuple[str, ...] | list[str] = ()
    dois: tuple[str, ...] | list[str] = ()
    search: str = ""
    topic: str = ""
    institution: str = ""
    from_year: int | None = None
    authors: tuple[str, ...] | list[str] = ()
    refresh: bool = False
    cites: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked, with a sentence."""
        asked = (
            self.author,
            self.orcid,
            () if self.refresh else self.works,
            self.dois,
            self.search,
            self.cites,
            self.topic or self.institution,
        )
        if sum(map(bool, (*asked, self.refresh))) != 1 or (bool(self.authors) and not self.refresh):
            raise BadQuery("Ask for one thing: an author, an ORCID iD, works by id or DOI, a search, or a topic, an institution or both.")
        if self.author and not _is_author(self.author):
            raise BadQuery(f"“{self.author[:80]}” is not the OpenAlex id of an author; such an id looks like A5023888391.")
        if self.orcid and not identifiers.orcid(self.orcid):
            raise BadQuery(f"“{self.orcid[:80]}” is not an ORCID iD: 16 digits in four groups, the last one checks the others.")
        for each in self.works:
            if not identifiers.openalex_id(each, "W"):
                raise BadQuery(f"“{each[:80]}” is not the OpenAlex id of a work; such an id looks like W2741809807.")
        for each in self.dois:
            if not identifiers.doi(each):
                raise BadQuery(f"“{each[:80]}” is not a DOI; a DOI looks like 10.1000/xyz123.")
        if self.cites and not identifiers.openalex_id(self.cites, "W"):
            raise BadQuery(f"“{self.cites[:80]}” is not the OpenAlex id of a work; such an id looks like W2741809807.")
        if self.topic and not identifiers.openalex_id(self.topic, "T"):
            raise BadQuery(f"“{self.topic[:80]}” is not the OpenAlex id of a topic; such an id looks like T10017.")
        if self.institution and not (identifiers.openalex_id(self.institution, "I") or identifiers.ror(self.institution)):
            raise BadQuery(
                f"“{self.institution[:80]}” is neither the OpenAlex id of an institution (I33213144) nor a ROR id (https://ror.org/02y3ad647)."
            )
        if self.from_year is not None and (self.from_year not in _YEARS or self.works or self.dois or self.cites) and not self.refresh:
            raise BadQuery("--from-year takes a year such as 2020, with an author, a search, a topic or an institution.")


def _is_author(text: str) -> bool:
    return (identifiers.openalex_id(text, "A") or "nobody") not in (openalex_drafts.NOBODY | {"nobody"})


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
                return _the_record(dict(entity(self)[asked])), merges
            except Moved as moved:
                target = identifiers.openalex_id(moved.location.partition("?")[0], "") or _tail(moved.location)
                if not target or target == asked:
                    break
                if identifiers.openalex_id(asked, ""):
                    merges.append(Merged(old_key=f"openalex:{asked}", new_key=f"openalex:{target}"))
                asked = target
            except NotThere as error:
                raise NotThere(
                    f"OpenAlex has no record {_shown(identifier)} ({error.status}). Check the id.", status=error.status
                ) from error
        raise UpstreamGarbled(f"OpenAlex sends {identifier} around in circles. Try again later.")


def _the_record(value: Json) -> Json:
    """Refuse a list where one record was asked for: it would read as one that has nothing."""
    if not isinstance(value.get("id"), str):
        raise UpstreamGarbled("OpenAlex's answer is not the record that was asked for. Try again later.")
    return value


def _shown(identifier: str) -> str:
    return identifier.removeprefix("https://doi.org/")


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
    if query.refresh:
        return _refreshed(api, query, cursor)
    if query.works:
        asked = list(dict.fromkeys(found for each in query.works if (found := identifiers.openalex_id(each, "W"))))
        return _by_id(api, Works, asked, _number(cursor))
    if query.dois:
        return _by_doi(api, list(dict.fromkeys(found for each in query.dois if (found := identifiers.doi(each)))), _number(cursor))
    if query.author or query.orcid:
        return _author_and_works(api, query, cursor)
    if query.cites:
        return _citing(api, query.cites, cursor)
    return _pages(lambda: _question(api, query), api, cursor, "")


def _question(api: _Api, query: Query) -> Any:
    found = Works(api)
    if query.search:
        found = found.search(query.search)
    if query.topic:
        found = found.filter(topics={"id": identifiers.openalex_id(query.topic, "T")})
    if place := identifiers.openalex_id(query.institution, "I"):
        found = found.filter(authorships={"institutions": {"id": place}})
    elif query.institution:
        found = found.filter(authorships={"institutions": {"ror": identifiers.ror(query.institution)}})
    return _since(found, query.from_year)


def _since(question: Any, year: int | None) -> Any:
    return question if year is None else question.filter(from_publication_date=f"{year}-01-01")


def _citing(api: _Api, cited: str, cursor: str | None) -> Iterator[Page]:
    """Yield the most cited works that cite one, CITING_FETCHED at most. Cursor: the number of pages read, then the list's own."""
    done, _, inside = (cursor or "").partition(":")
    most = CITING_FETCHED // PER_PAGE

    def question() -> Any:
        return Works(api).filter(cites=identifiers.openalex_id(cited, "W")).sort(cited_by_count="desc")

    for number, page in enumerate(_pages(question, api, inside or "*", ""), _number(done) + 1):
        is_last = page.next_cursor is None or number >= most
        yield msgspec.structs.replace(
            page,
            next_cursor=None if is_last else f"{number}:{page.next_cursor}",
            total=None if page.total is None else min(page.total, CITING_FETCHED),
        )
        if is_last:
            return


_WORKS_OF = "works:"


def _author_and_works(api: _Api, query: Query, cursor: str | None) -> Iterator[Page]:
    asked = identifiers.openalex_id(query.author, "A") or f"https://orcid.org/{identifiers.orcid(query.orcid)}"
    raw, merges = api.single(Authors, asked)
    found = identifiers.openalex_id(raw.get("id"), "A")
    if not cursor:
        yield Page(reads=[*merges, _read(raw, "author record")], next_cursor=f"{_WORKS_OF}*" if found else None)
    if found:
        start = (cursor or "").removeprefix(_WORKS_OF) or "*"
        yield from _pages(lambda: _since(Works(api).filter(author={"id": found}), query.from_year), api, start, _WORKS_OF)


def _pages(question: Callable[[], Any], api: _Api, cursor: str | None, prefix: str) -> Iterator[Page]:
    upstream: str | None = (cursor or "").removeprefix(prefix) or "*"
    seen = {upstream}
    while upstream is not None:
        answer = question().get(per_page=PER_PAGE, cursor=upstream)
        following = answer.meta.get("next_cursor") if answer.meta else None
        upstream = following if isinstance(following, str) and following else None
        if upstream in seen:
            raise UpstreamGarbled("OpenAlex gives the same page again and again (its cursor repeats). Try again later.")
        if upstream is not None and not answer:
            raise UpstreamGarbled("OpenAlex gives an empty page in the middle of a list. Try again later.")
        seen.add(upstream)
        total = answer.meta.get("count") if answer.meta else None
        yield Page(
            reads=_reads(answer, api),
            next_cursor=None if upstream is None else prefix + upstream,
            total=total if isinstance(total, int) else None,
        )


def _number(cursor: str | None) -> int:
    return int(cursor) if cursor and cursor.isdecimal() else 0


def _by_id(api: _Api, entity: type[Works] | type[Authors], asked: list[str], start: int) -> Iterator[Page]:
    """Yield records by id, a list's worth at once; those that a list leaves out are asked for singly."""
    for begin in range(start, len(asked), PER_PAGE):
        chunk = asked[begin : begin + PER_PAGE]
        answer = entity(api).filter_or(openalex_id=chunk).get(per_page=PER_PAGE) if len(asked) > 1 else []
        given = {identifiers.openalex_id(raw.get("id"), "") for raw in answer if isinstance(raw, dict)}
        reads, gone = _reads(answer, api), []
        for missing in chunk:
            if missing not in given:
                found, lost = _missing(api, entity, missing)
                reads += found
                gone += lost
        end = begin + PER_PAGE
        yield Page(reads=reads, gone=tuple(gone), next_cursor=str(end) if end < len(asked) else None, total=len(asked))


def _missing(api: _Api, entity: type[Works] | type[Authors], identifier: str) -> tuple[list[Read], list[Gone]]:
    """Ask singly for a record that a list left out: it was merged into another one, or it is not there.

    Without budget for that the record is passed over, to be the first one asked of when there is budget again: a list
    that leaves out more than a day's budget can bring must not be asked for day after day.
    """
    try:
        raw, merges = api.single(entity, identifier)
    except Spent:
        return [], []
    except NotThere as error:
        key, reason = f"openalex:{identifier}", str(error)
        gone = Gone(key, f"OpenAlex no longer has {identifier} ({error.status}); what was imported before stays.")
        return [Quarantined(place="OpenAlex API", key=key, reason=reason)], [gone]
    return [*merges, _read(raw, f"record {identifier}")], []


_IN_FILTERS = re.compile(r"[,|!+\"<>\s]")
"""What means something in a filter: a DOI with such a letter is asked for singly."""


def _by_doi(api: _Api, asked: list[str], start: int) -> Iterator[Page]:
    for begin in range(start, len(asked), DOIS_PER_REQUEST):
        chunk = asked[begin : begin + DOIS_PER_REQUEST]
        plain = [each for each in chunk if not _IN_FILTERS.search(each)]
        answer = Works(api).filter_or(doi=[f"https://doi.org/{each}" for each in plain]).get(per_page=PER_PAGE) if plain else []
        given = {identifiers.doi(raw.get("doi")) for raw in answer if isinstance(raw, dict)}
        reads = _reads(answer, api)
        for each in chunk:
            if each not in given:
                reads += _without_or_odd(api, each, is_odd=each not in plain)
        end = begin + DOIS_PER_REQUEST
        yield Page(reads=reads, next_cursor=str(end) if end < len(asked) else None, total=len(asked))


def _without_or_odd(api: _Api, doi: str, *, is_odd: bool) -> list[Read]:
    if is_odd:
        try:
            raw, merges = api.single(Works, f"https://doi.org/{doi}")
        except NotThere:
            pass
        else:
            return [*merges, _read(raw, f"DOI {doi}")]
    return [Quarantined(place="OpenAlex API", key=f"doi:{doi}", reason=f"OpenAlex has no work with the DOI {doi}. Check it.")]


def _refreshed(api: _Api, query: Query, cursor: str | None) -> Iterator[Page]:
    """Yield author records, then their works, then works by id. A cursor names the stage and the cursor inside it."""
    stage, _, inside = (cursor or "authors:").partition(":")
    authors = [found for each in query.authors if (found := identifiers.openalex_id(each, "A"))]
    works = [found for each in query.works if (found := identifiers.openalex_id(each, "W"))]
    stages: tuple[tuple[str, Callable[[str], Iterator[Page]]], ...] = (
        ("authors", lambda at: _known_only(_by_id(api, Authors, authors, _number(at)))),
        ("theirs", lambda at: _theirs(api, authors, query.from_year, at)),
        ("works", lambda at: _known_only(_by_id(api, Works, works, _number(at)))),
    )
    names = [name for name, _ in stages]
    for number, (name, pages) in enumerate(stages):
        if name in names[names.index(stage) :]:
            following = f"{names[number + 1]}:" if number + 1 < len(stages) else None
            for page in pages(inside if name == stage else ""):
                after = following if page.next_cursor is None else f"{name}:{page.next_cursor}"
                yield msgspec.structs.replace(page, next_cursor=after, total=None)


def _known_only(pages: Iterator[Page]) -> Iterator[Page]:
    """Of a record that we asked for because we have it, and that is gone, there is nothing to set aside."""
    for page in pages:
        lost = {gone.key for gone in page.gone}
        reads = [read for read in page.reads if not (isinstance(read, Quarantined) and read.key in lost)]
        yield msgspec.structs.replace(page, reads=reads)


def _theirs(api: _Api, authors: list[str], from_year: int | None, cursor: str) -> Iterator[Page]:
    """Yield the works of authors, some authors at a time. Cursor: the number of authors done, then the list's own."""
    done, _, inside = cursor.partition(":")
    for begin in range(_number(done), len(authors), AUTHORS_PER_REQUEST):
        chunk = authors[begin : begin + AUTHORS_PER_REQUEST]
        end = begin + AUTHORS_PER_REQUEST
        for page in _pages(partial(_works_of, api, chunk, from_year), api, inside or "*", ""):
            rest = str(end) if end < len(authors) else None
            yield msgspec.structs.replace(page, next_cursor=rest if page.next_cursor is None else f"{begin}:{page.next_cursor}")
        inside = ""


def _works_of(api: _Api, authors: list[str], from_year: int | None) -> Any:
    return _since(Works(api).filter_or(author={"id": authors}), from_year)


def _reads(answer: list[Any], api: _Api) -> list[Read]:
    return [read for position, raw in enumerate(answer, 1) for read in _completed(raw, api, f"result {position} of the page")]


def _completed(raw: object, api: _Api, place: str) -> list[Read]:
    """Lists cut long author lists, single records do not (and are free of charge).

    Without budget the cut list must do: what is known of the others stays (works.composing.with_known).
    """
    identifier = identifiers.openalex_id(raw.get("id"), "W") if isinstance(raw, dict) else None
    if identifier is None or not isinstance(raw, dict) or not openalex_drafts.is_truncated(raw):
        return [_read(raw, place)]
    try:
        whole, merges = api.single(Works, identifier)
    except (NotThere, Spent):
        return [_read(raw, place)]
    return [*merges, _read(whole, place)]


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
