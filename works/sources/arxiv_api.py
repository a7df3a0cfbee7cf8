"""arXiv's API: one question every three seconds, answers as Atom."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from works import identifiers
from works.drafts import Merged, Quarantined, Read
from works.sources import arxiv_xml
from works.sources.http import BadQuery, Client, Pace, Page, Sleep, UpstreamBusy, UpstreamGarbled, UpstreamRefused

PER_SLICE = 500
"""arXiv allows 2,000; smaller slices are answered more reliably and lose less when one fails."""
IDS_PER_REQUEST = 100
MOST_RESULTS = 30_000
"""arXiv serves no more than this for one question."""
EMPTY_ANSWERS = 3
"""arXiv now and then answers an empty page in the middle of a result; it is asked again this often."""

PACE = Pace(3.0)
"""arXiv's terms: one request every three seconds, from all of an operator's processes together."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """What to fetch; exactly one of the three. `query` is in arXiv's own language ("au:… AND cat:cs.LG")."""

    ids: tuple[str, ...] | list[str] = ()
    author: str = ""
    query: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked, with a sentence."""
        if sum(map(bool, (self.ids, self.author.strip(), self.query.strip()))) != 1:
            raise BadQuery("Ask for one thing: a list of ids, an author, or a query.")
        for each in self.ids:
            if not identifiers.arxiv_id(each):
                raise BadQuery(f"“{each[:80]}” is not an arXiv id; such an id looks like 2006.13719 or math/0611800.")


class _Feed(msgspec.Struct):
    """An answer's content."""

    reads: list[Read]
    total: int | None
    error: str


def fetch(query: Query, *, base_url: str, cursor: str | None = None, sleep: Sleep = time.sleep, pace: Pace | None = PACE) -> Iterator[Page]:
    """Yield what the API answers, slice by slice; `cursor` (a page's `next_cursor`) continues after that slice.

    Raises an UpstreamError when upstream does not give the records; pages yielded before it stay valid.
    """
    client = Client("arXiv", refused_hint="Ask less often, and from one machine only.", pace=pace, sleep=sleep)
    start = int(cursor) if cursor and cursor.isdecimal() else 0
    if query.ids:
        return _by_ids(client, base_url, list(dict.fromkeys(_asked(each) for each in query.ids)), start)
    search = query.query.strip() or f'au:"{_words(query.author)}"'
    return _by_search(client, base_url, search, start)


def _asked(text: str) -> str:
    return identifiers.arxiv_id(text) or ""


def _words(author: str) -> str:
    return " ".join(author.replace('"', " ").split())


def _by_ids(client: Client, base_url: str, ids: list[str], start: int) -> Iterator[Page]:
    for begin in range(start, len(ids), IDS_PER_REQUEST):
        chunk = ids[begin : begin + IDS_PER_REQUEST]
        feed = _ask(client, base_url, {"id_list": ",".join(chunk), "start": 0, "max_results": len(chunk)})
        given = {each.key for each in feed.reads if not isinstance(each, Merged)}
        missing = [
            Quarantined(place="arXiv API", key=f"arxiv:{each}", reason=f"arXiv has no paper {each}. Check the id.")
            for each in chunk
            if f"arxiv:{each}" not in given
        ]
        end = begin + IDS_PER_REQUEST
        yield Page(reads=[*feed.reads, *missing], next_cursor=str(end) if end < len(ids) else None, total=len(ids))


def _by_search(client: Client, base_url: str, search: str, start: int) -> Iterator[Page]:
    while True:
        feed = _slice(client, base_url, search, start)
        start += len(feed.reads)
        is_last = not feed.reads or start >= (feed.total or 0)
        if not is_last and start >= MOST_RESULTS:
            reason = f"arXiv gives at most {MOST_RESULTS:,} of the {feed.total:,} results. Narrow the question to get the others."
            yield Page(reads=[*feed.reads, Quarantined(place="arXiv API", reason=reason)], total=feed.total)
            return
        yield Page(reads=feed.reads, next_cursor=None if is_last else str(start), total=feed.total)
        if is_last:
            return


def _slice(client: Client, base_url: str, search: str, start: int) -> _Feed:
    """Return one slice; an empty one where there must be results is asked for again."""
    parameters: dict[str, str | int] = {
        "search_query": search,
        "start": start,
        "max_results": min(PER_SLICE, MOST_RESULTS - start),
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    for _ in range(EMPTY_ANSWERS):
        feed = _ask(client, base_url, parameters)
        if feed.reads or start >= (feed.total or 0):
            return feed
    raise UpstreamBusy("arXiv answers empty pages although there are more results. The import resumes where it stopped; try again later.")


def _ask(client: Client, base_url: str, parameters: dict[str, str | int]) -> _Feed:
    feed = client.get(f"{base_url}?{urlencode(parameters)}", _parsed)
    if feed.error:
        raise UpstreamRefused(f"arXiv did not accept the question: {feed.error[:300]}.")
    return feed


def _parsed(body: bytes) -> _Feed:
    feed = _Feed(reads=[], total=None, error="")
    if b"<feed" not in body[:2000]:
        raise UpstreamGarbled("arXiv's answer is no feed. Try again later.")
    try:
        for each in arxiv_xml.records(io.BytesIO(body), "arXiv API"):
            if isinstance(each, arxiv_xml.ApiError):
                feed.error = each.sentence
            elif isinstance(each, arxiv_xml.Total):
                feed.total = each.count
            else:
                feed.reads.append(each)
    except arxiv_xml.XmlFault as fault:
        raise UpstreamGarbled("arXiv's answer breaks off or is damaged. Try again later.") from fault
    return feed
