"""A work in a list, as templates/components/work_card.html shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.dateparse import parse_date

from bzpeer.abstracts import abstract_of
from bzpeer.addresses import record_address
from works.bibliography import BYLINES_SHOWN, bylines_of
from works.models import Authorship, Work
from works.sureness import sureness

_TYPES = {
    "book-chapter": "Book chapter",
    "reference-entry": "Reference entry",
    "peer-review": "Peer review",
    "posted-content": "Preprint",
    "journal-article": "Article",
    "proceedings-article": "Conference paper",
    "": "Work",
}


@dataclass(frozen=True, kw_only=True)
class Author:
    """A byline as printed, linked where it is resolved, then with the verification level of its record."""

    name: str
    address: str = ""
    is_self: bool = False
    level: int | None = None


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The same record elsewhere."""

    label: str
    id: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One work with what a list says about it; `ground` is why it stands on the page of the person asked for.

    `is_demo`: the abstract is not the authors' but a summary written for the demo corpus.
    """

    work: Work
    address: str
    type: str
    authors: tuple[Author, ...]
    further_authors: int
    upstream: tuple[Upstream, ...]
    abstract: str
    is_demo: bool
    ground: str = ""


def cards(works: Sequence[Work], *, of: int | None = None) -> list[Card]:
    """Return a card for each work in order, with one query for all bylines.

    `works` carry `authors_total` (works.bibliography.with_authors_total) and their source. `of` is the researcher
    whose page this is: their byline is shown wherever it stands, and every card says why it is theirs.
    """
    bylines = bylines_of(works, always=of)
    return [_card(work, bylines[work.pk], of) for work in works]


def type_label(type: str) -> str:
    """Return a work type in words: "book-chapter" is "Book chapter"."""
    return _TYPES.get(type, type.replace("-", " ").capitalize())


def upstream_of(work: Work) -> tuple[Upstream, ...]:
    """Return the links to the same work elsewhere."""
    links = []
    if work.doi:
        links.append(Upstream(label="DOI", id=work.doi, address=f"https://doi.org/{quote(work.doi, safe='/:;().,_-')}"))
    if work.arxiv_id:
        links.append(Upstream(label="arXiv", id=work.arxiv_id, address=f"https://arxiv.org/abs/{quote(work.arxiv_id)}"))
    if work.openalex_id:
        links.append(Upstream(label="OpenAlex", id=work.openalex_id, address=f"https://openalex.org/{work.openalex_id}"))
    return tuple(links)


def _card(work: Work, bylines: Sequence[Authorship], of: int | None) -> Card:
    total: int = getattr(work, "authors_total", len(bylines))
    own = next((byline for byline in bylines if of is not None and byline.researcher_id == of), None)
    abstract, is_demo = abstract_of(work)
    return Card(
        work=work,
        address=record_address("work", work.pk, work.title),
        type=type_label(work.type),
        authors=tuple(_authors(bylines, of)),
        further_authors=max(total - len(bylines), 0),
        upstream=_briefly(upstream_of(work)),
        abstract=abstract,
        is_demo=is_demo,
        ground=ground(own) if own else "",
    )


def _briefly(links: tuple[Upstream, ...]) -> tuple[Upstream, ...]:
    """Leave out the DOI that arXiv gives its preprints where the arXiv id stands beside it."""
    has_arxiv = any(link.label == "arXiv" for link in links)
    return tuple(link for link in links if not (has_arxiv and link.id.startswith("10.48550/arxiv.")))


def _authors(bylines: Iterable[Authorship], of: int | None) -> Iterable[Author]:
    for byline in bylines:
        person = byline.researcher
        is_self = person is not None and person.pk == of
        far_down = byline.position > BYLINES_SHOWN
        yield Author(
            name=f"{byline.byline} (author {byline.position:,})" if far_down else byline.byline,
            address="" if person is None or is_self else record_address("researcher", person.pk, person.display_name),
            is_self=is_self,
            level=person.verification_level if person and not is_self else None,
        )


def ground(byline: Authorship) -> str:
    """Say why a byline belongs to its researcher, and how sure that is where it was concluded here."""
    measured = sureness(byline.resolved_by)
    return _ground(byline) + (
        f" Score {measured:.2f}: where it was measured, {measured * 100:.0f} of 100 bylines tied on such grounds were one person’s."
        if measured
        else ""
    )


def _ground(byline: Authorship) -> str:
    told = byline.grounds if isinstance(byline.grounds, dict) else {}
    shared = ", ".join(str(name) for name in told.get("shared", [])[:5]) if isinstance(told.get("shared"), list) else ""
    match Authorship.ResolvedBy(byline.resolved_by):
        case Authorship.ResolvedBy.UPSTREAM_ID:
            named = f" ({told['author_id']})" if told.get("author_id") else ""
            return f"The source gives this byline, printed “{byline.byline}”, the author id of this record{named}."
        case Authorship.ResolvedBy.SHARED_COAUTHOR:
            return f"The byline “{byline.byline}” is the same full name, on works that share a co-author{f' ({shared})' if shared else ''}."
        case Authorship.ResolvedBy.SHARED_CATEGORY:
            return f"The byline “{byline.byline}” is the same full name, on works that share a category{f' ({shared})' if shared else ''}."
        case Authorship.ResolvedBy.OWNER:
            return _said(byline, told)
        case Authorship.ResolvedBy.ALONE:
            return f"This record was made from this one byline, “{byline.byline}”."
        case _:
            return f"The byline “{byline.byline}” is linked to this record without a recorded reason."


def _said(byline: Authorship, told: dict[str, Any]) -> str:
    """Say what a person said of a byline, and when."""
    day = parse_date(told["said"]) if isinstance(told.get("said"), str) else None
    when = f" on {day:%-d %B %Y}" if day else ""
    if told.get("verdict") == "not_mine":
        return f"Somebody said{when} that the byline “{byline.byline}” is not theirs; it has a record of its own until more is known."
    dropped = " The source does not print it any more." if told.get("missing") else ""
    return f"The owner of this record, or a moderator, said{when} that the byline “{byline.byline}” is theirs.{dropped}"
