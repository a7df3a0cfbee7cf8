"""arXiv's API: one question every three seconds, answers as Atom."""

import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from works import identifiers
from works.drafts import Merged, Quarantined, Read
from works.sources import arxiv_xml
from works.sources.arxiv_query import Query
from works.sources.http import Client, Manners, Page, Sleep, UpstreamBusy, UpstreamGarbled, UpstreamRefused

PER_SLICE = 500
"""arXiv allows 2,000; smaller slices are answered more reliably and lose less when one fails."""
IDS_PER_REQUEST = 100
MOST_RESULTS = 30_000
"""arXiv serves no more than this for one question."""
EMPTY_ANSWERS = 3
"""arXiv now and then answers an empty page in the middle of a result; it is asked again this often."""

CENTURY_OF_ARXIV = datetime(1991, 7, 1, tzinfo=UTC)
"""Before the first paper."""
FIRST_WINDOW = timedelta(days=730)
_MINUTES = "%Y%m%d%H%M"


class _Feed(msgspec.Struct):
    """An answer's content."""

    reads: list[Read]
    total: int | None
    error: str


def fetch(query: Query, *, base_url: str, manners: Manners, cursor: str | None = None, sleep: Sleep = time.sleep) -> Iterator[Page]:
    """Yield what the API answers, slice by slice; `cursor` (a page's `next_cursor`) continues after that slice.

    `manners.turns` keeps arXiv's terms: one request every three seconds and one connection, over all of an operator's machines.
    Raises an UpstreamError when upstream does not give the records; pages yielded before it stay valid.
    """
    client = Client("arXiv", refused_hint="Ask less often, and from one machine only.", manners=manners, sleep=sleep)
    if query.ids:
        start = int(cursor) if cursor and cursor.isdecimal() else 0
        return _by_ids(client, base_url, list(dict.fromkeys(_asked(each) for each in query.ids)), start)
    return _by_search(client, base_url, search_of(query), cursor or "")


def search_of(query: Query) -> str:
    """Return the question in arXiv's language."""
    return query.query.strip() or f'au:"{_words(query.author)}"'


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


def _by_search(client: Client, base_url: str, search: str, cursor: str) -> Iterator[Page]:
    """Yield a search's slices. One with more results than arXiv gives is asked again in windows of submission times."""
    if window := _Window.read(cursor):
        yield from _by_windows(client, base_url, search, window)
        return
    start = int(cursor) if cursor.isdecimal() else 0
    while True:
        feed = _slice(client, base_url, search, start)
        if (feed.total or 0) > MOST_RESULTS:
            window = _Window.first(datetime.now(UTC))
            yield Page(reads=[], next_cursor=str(window), total=feed.total, notes=(_many(feed.total or 0),))
            yield from _by_windows(client, base_url, search, window)
            return
        start += len(feed.reads)
        is_last = not feed.reads or start >= (feed.total or 0)
        yield Page(reads=feed.reads, next_cursor=None if is_last else str(start), total=feed.total)
        if is_last:
            return


def _many(total: int) -> str:
    return (
        f"The question has {total:,} results; arXiv gives at most {MOST_RESULTS:,} for one question. "
        "It is asked in windows of submission dates, so that all of them come."
    )


class _Window(msgspec.Struct, frozen=True):
    """Submission times from `begin` to `end`, both included, of those until `last`; `start` results of it were taken."""

    begin: datetime
    end: datetime
    last: datetime
    start: int = 0

    @classmethod
    def first(cls, now: datetime) -> "_Window":
        last = now.replace(second=0, microsecond=0) + timedelta(days=1)
        return cls(CENTURY_OF_ARXIV, min(CENTURY_OF_ARXIV + FIRST_WINDOW, last), last)

    @classmethod
    def read(cls, cursor: str) -> "_Window | None":
        """Return the window that a cursor names, if it names one."""
        found = re.fullmatch(r"([0-9]{12})-([0-9]{12})-([0-9]{12})@([0-9]{1,6})", cursor)
        if not found:
            return None
        begin, end, last = (datetime.strptime(each, _MINUTES).replace(tzinfo=UTC) for each in found.groups()[:3])
        return cls(begin, end, last, int(found.group(4)))

    def __str__(self) -> str:
        return f"{self.begin:{_MINUTES}}-{self.end:{_MINUTES}}-{self.last:{_MINUTES}}@{self.start}"

    def within(self, search: str) -> str:
        """Return the question for this window alone."""
        return f"({search}) AND submittedDate:[{self.begin:{_MINUTES}} TO {self.end:{_MINUTES}}]"

    def narrower(self) -> "_Window | None":
        """Return its first half, None if it is a minute already."""
        minutes = (self.end - self.begin) // timedelta(minutes=2)
        return _Window(self.begin, self.begin + timedelta(minutes=minutes), self.last) if minutes else None

    def following(self, *, results: int) -> "_Window | None":
        """Return the next window, twice as long after one with few results; None after the last.

        It begins with this one's last minute: whether arXiv counts that minute's seconds to this window is not told.
        """
        if self.end >= self.last:
            return None
        length = max((self.end - self.begin) * (2 if results < MOST_RESULTS // 3 else 1), timedelta(minutes=1))
        return _Window(self.end, min(self.end + length, self.last), self.last)


def _by_windows(client: Client, base_url: str, search: str, window: _Window) -> Iterator[Page]:
    while True:
        feed = _slice(client, base_url, window.within(search), window.start)
        total = feed.total or 0
        notes: tuple[str, ...] = ()
        if total > MOST_RESULTS:
            if narrower := window.narrower():
                window = narrower
                continue
            notes = (f"More than {MOST_RESULTS:,} papers of one minute ({window.begin:%Y-%m-%d %H:%M}): arXiv does not give the others.",)
        taken = window.start + len(feed.reads)
        is_over = not feed.reads or taken >= min(total, MOST_RESULTS)
        following = window.following(results=total) if is_over else msgspec.structs.replace(window, start=taken)
        yield Page(reads=feed.reads, next_cursor=None if following is None else str(following), notes=notes if is_over else ())
        if following is None:
            return
        window = following


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
            elif not isinstance(each, arxiv_xml.Deleted | arxiv_xml.Resumption):
                feed.reads.append(each)
    except arxiv_xml.XmlFault as fault:
        raise UpstreamGarbled("arXiv's answer breaks off or is damaged. Try again later.") from fault
    return feed
