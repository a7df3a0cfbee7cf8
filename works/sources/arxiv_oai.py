"""arXiv's OAI-PMH: whole sets by the day their records changed, list after list.

The format arXivRaw is asked by default: it has everything but authors one by one, which our reading of its author line
gives. `both` asks arXiv after it, for affiliations; what was stored from the first stays (works.composing.with_known).

A resumption token may run out while nobody asks. The list is then asked anew from the last day of change that was stored,
or from its beginning where its days did not come in order, so that nothing is lost; what comes twice changes nothing.
"""

import io
import time
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlencode

import msgspec

from works.drafts import Read
from works.sources import arxiv_xml
from works.sources.arxiv_query import FORMATS, Query
from works.sources.http import Client, Gone, Manners, Page, Sleep, UpstreamGarbled, UpstreamRefused

DELETED = "arXiv lists this record as deleted"
RESTARTS = 3
"""How often a list is begun anew without getting a day further before that is told."""

_NOTHING = "noRecordsMatch"
_RUN_OUT = "badResumptionToken"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a harvest stands: the cursor, as JSON.

    `day` is the latest day of change seen in the list at hand, `in_order` whether its days never went back.
    """

    format: int = 0
    token: str = ""
    day: str = ""
    in_order: bool = True
    restarts: int = 0


class _List(msgspec.Struct, kw_only=True):
    """One answer."""

    reads: list[Read] = []
    gone: list[Gone] = []
    days: list[str] = []
    token: str = ""
    total: int | None = None
    error: str = ""


def fetch(query: Query, *, base_url: str, manners: Manners, cursor: str | None = None, sleep: Sleep = time.sleep) -> Iterator[Page]:
    """Yield the lists of a harvest; `cursor` (a page's `next_cursor`) continues after that list.

    Raises an UpstreamError when upstream does not give the records; pages yielded before it stay valid.
    """
    client = Client("arXiv", refused_hint="Ask less often, and from one machine only.", manners=manners, sleep=sleep)
    place = msgspec.json.decode(cursor, type=Place) if cursor else Place()
    formats = FORMATS[query.format]
    while True:
        found = client.get(f"{base_url}?{urlencode(_parameters(query, formats[place.format], place))}", _parsed)
        if found.error.startswith(_RUN_OUT):
            place = _anew(place)
            continue
        if found.error and not found.error.startswith(_NOTHING):
            raise UpstreamRefused(f"arXiv did not accept the question: {found.error[:300]}.")
        if found.token and found.token == place.token:
            raise UpstreamGarbled("arXiv gives the same list again and again (its resumption token repeats). Try again later.")
        following = _after(place, found, len(formats))
        yield Page(
            reads=found.reads,
            gone=tuple(found.gone),
            next_cursor=None if following is None else msgspec.json.encode(following).decode(),
            total=None if found.total is None else found.total * len(formats),
        )
        if following is None:
            return
        place = following


def _parameters(query: Query, metadata_prefix: str, place: Place) -> dict[str, str]:
    if place.token:
        return {"verb": "ListRecords", "resumptionToken": place.token}
    first = place.day if place.restarts and place.in_order and place.day else query.from_day
    asked = {"set": "" if query.set == "all" else query.set, "from": first, "until": query.until_day}
    return {"verb": "ListRecords", "metadataPrefix": metadata_prefix} | {name: value for name, value in asked.items() if value}


def _anew(place: Place) -> Place:
    """Return the place from which a list whose token ran out is asked again."""
    if not place.token:
        raise UpstreamGarbled("arXiv complains of a resumption token where none was sent. Try again later.")
    if place.restarts >= RESTARTS:
        raise UpstreamGarbled(f"arXiv's list broke off {RESTARTS} times at the same day ({place.day or 'the first'}). Try again later.")
    return msgspec.structs.replace(place, token="", restarts=place.restarts + 1)  # no secret: there is none yet


def _after(place: Place, found: _List, formats: int) -> Place | None:
    if not found.token:
        return Place(format=place.format + 1) if place.format + 1 < formats else None
    days = [place.day, *found.days]
    # A list asked anew may start with any record of its first day; that is no disorder.
    ordered = place.in_order and all(one <= other for one, other in pairwise(days))
    latest = max(days)
    return Place(
        format=place.format,
        token=found.token,
        day=latest,
        in_order=ordered,
        restarts=0 if latest > place.day else place.restarts,
    )


def _parsed(body: bytes) -> _List:
    if b"<OAI-PMH" not in body[:2000]:
        raise UpstreamGarbled("arXiv's answer is no OAI-PMH list. Try again later.")
    found = _List()
    has_said = False
    try:
        for each in arxiv_xml.records(io.BytesIO(body), "arXiv OAI-PMH", days=found.days.append):
            has_said = True
            if isinstance(each, arxiv_xml.ApiError):
                found.error = each.sentence
            elif isinstance(each, arxiv_xml.Resumption):
                found.token, found.total = each.token, each.total
            elif isinstance(each, arxiv_xml.Deleted):
                found.gone.append(Gone(each.key, DELETED))
            elif not isinstance(each, arxiv_xml.Total):
                found.reads.append(each)
    except arxiv_xml.XmlFault as fault:
        raise UpstreamGarbled("arXiv's answer breaks off or is damaged. Try again later.") from fault
    if not has_said:
        raise UpstreamGarbled("arXiv's answer holds neither records nor a reason for having none. Try again later.")
    return found
