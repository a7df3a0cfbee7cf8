"""What arXiv says of a paper, in whichever of its formats, as a draft."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from works import identifiers
from works.drafts import AuthorshipDraft, BadRecord, SourceDraft, VersionDraft, WorkDraft
from works.sources.bylines import Byline

ARXIV = SourceDraft(key="openalex:S4306400194", display_name="arXiv (Cornell University)", type="repository")
"""OpenAlex's record of arXiv, so that preprints of both sources stand under one venue."""

_LONGEST_TEXT = 100_000
_YEARS = range(1991, 2201)
_CATEGORY = re.compile(r"[a-z][a-z-]{0,30}(?:\.[A-Za-z-]{1,30})?")
_DISGUISE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BLANKS = re.compile(r"\s+")
# "This paper has been withdrawn by the author", "Withdrawn due to …"; not "a previous version was withdrawn".
_WITHDRAWN = re.compile(
    r"\b(?:paper|article|manuscript|submission|preprint|e-?print|work|letter|note|report)\b[^.;]{0,60}?"
    r"\b(?:is|was|has been|have been|being)\s+(?:\w+\s+)?(?:withdrawn|removed by arxiv)\b|^\W*withdrawn\b",
    re.IGNORECASE,
)
_WITHDRAWN_ABSTRACT = re.compile(
    r"\W*(?:(?:this|the)\s+(?:draft\s+)?(?:paper|article|manuscript|submission|preprint|work)\s+(?:has been|was|is)\s+)?withdrawn\b",
    re.IGNORECASE,
)


class ArxivRecord(msgspec.Struct, kw_only=True):
    """The fields that arXiv's formats share, as text; empty means not given.

    `is_withdrawn`: the format itself says so; where none does, the comments and early abstracts tell.
    """

    id: object
    title: str = ""
    abstract: str = ""
    bylines: Sequence[Byline] = ()
    categories: Sequence[str] = ()
    comments: str = ""
    journal_ref: str = ""
    doi: str = ""
    license: str = ""
    versions: Sequence[VersionDraft] = ()
    created: str = ""
    updated: str = ""
    record_changed: str = ""
    is_withdrawn: bool = False


def draft(record: ArxivRecord) -> WorkDraft:
    """Return the draft; raise BadRecord if the record has no arXiv id or cannot be shown safely."""
    found = identifiers.arxiv_id(record.id)
    if found is None:
        raise BadRecord(f"“{str(record.id)[:80]}” is not an arXiv id" if record.id else "the record has no arXiv id")
    title, authorships = flat(record.title), _authorships(record.bylines)
    if _DISGUISE.search(title) or any(_DISGUISE.search(each.byline) for each in authorships):
        raise BadRecord("a title or name holds invisible direction controls, which can disguise what it says")
    abstract, comments = paragraphs(record.abstract), flat(record.comments)
    published = identifiers.doi(record.doi.split()[0]) if record.doi.split() else None
    own_doi = f"10.48550/arxiv.{found}"
    created = day(record.created) or (day(record.versions[0].submitted_at) if record.versions and record.versions[0].number == 1 else "")
    return WorkDraft(
        key=f"arxiv:{found}",
        upstream_updated=record.record_changed,
        doi=published if published and published != own_doi else "",
        arxiv_id=found,
        also_known_as=(f"doi:{own_doi}",),
        title=title,
        abstract=abstract,
        type="preprint",
        publication_date=created,
        publication_year=int(created[:4]) if created else year_of_id(found),
        updated_on=day(record.updated) or (day(record.versions[-1].submitted_at) if record.versions else ""),
        source=ARXIV,
        landing_page_url=f"https://arxiv.org/abs/{found}",
        license=_web_address(record.license),
        is_oa=True,
        is_withdrawn=record.is_withdrawn or is_withdrawn(comments, abstract),
        comments=comments,
        journal_ref=flat(record.journal_ref),
        authorships=authorships,
        categories=tuple(dict.fromkeys(each for each in record.categories if _CATEGORY.fullmatch(each))),
        versions=tuple(record.versions),
    )


def _authorships(bylines: Sequence[Byline]) -> tuple[AuthorshipDraft, ...]:
    return tuple(
        AuthorshipDraft(position=position, byline=each.name, raw_affiliations=each.affiliations) for position, each in enumerate(bylines, 1)
    )


def is_withdrawn(comments: str, abstract: str) -> bool:
    """Tell whether the newest version is a withdrawal: arXiv gives the reason in comments, early papers in the abstract."""
    return bool(_WITHDRAWN.search(comments[:2_000]) or _WITHDRAWN_ABSTRACT.match(abstract[:200]))


def year_of_id(arxiv_id: str) -> int | None:
    """Return the year in which the paper was submitted, which its id tells: 2006.13719 -> 2020, math/9201301 -> 1992."""
    digits = arxiv_id.rpartition("/")[2]
    found = int(digits[:2])
    return 1900 + found if found >= 91 else 2000 + found


def flat(text: str) -> str:
    """Return a text on one line; TeX stays as it is."""
    return _BLANKS.sub(" ", text[:_LONGEST_TEXT]).strip()


def paragraphs(text: str) -> str:
    """Return an abstract without its line breaks, except before an indented line: there arXiv starts a paragraph."""
    parts = re.split(r"\n(?: {2,}|\s*\n)", text[:_LONGEST_TEXT].strip())
    return "\n".join(filter(None, map(flat, parts)))


def _web_address(text: str) -> str:
    stripped = text.strip()[:500]
    return stripped if stripped.lower().startswith(("http://", "https://")) else ""


def moment(text: str) -> str:
    """Return arXiv's spellings of a time ("Mon, 2 Apr 2007 19:18:42 GMT", ISO, a date) as ISO 8601 in UTC, or ""."""
    stripped = text.strip()[:60]
    try:
        found = parsedate_to_datetime(stripped) if "," in stripped else datetime.fromisoformat(stripped)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found.year in _YEARS else ""


def day(text: str) -> str:
    """Return the day of a time as ISO date, or ""."""
    return moment(text)[:10]
