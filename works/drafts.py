"""Drafts: what a source said about one record, normalised but not yet stored.

`works.sources` makes them, `works.importing` turns them into records. They are frozen and know no database,
so that the same upstream record always gives the same draft and its digest tells whether anything changed.
Empty text means "the source says nothing"; dates are ISO strings until they reach the database.
"""

import hashlib
from collections.abc import Callable

import msgspec

DRAFT_VERSION = 2
"""Part of every digest: raise it when a parser reads more from the same record, and the next import writes it."""


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, tag_field="kind"):
    """Common ground: `key` is the provider's own id of the record ("openalex:W…", "arxiv:2006.13719").

    `left_out` says, a sentence each, which fields of the record were of a wrong type and are not in the draft.
    """

    key: str
    upstream_updated: str = ""
    left_out: tuple[str, ...] = ()

    def digest(self) -> bytes:
        """Return 16 bytes that change when any field but `upstream_updated` changes."""
        plain = msgspec.structs.replace(self, upstream_updated="")
        return hashlib.blake2b(b"%d:" % DRAFT_VERSION + msgspec.json.encode(plain), digest_size=16).digest()


class SourceDraft(Draft, frozen=True, kw_only=True):
    """A venue. Key "openalex:S…", or "" for one known by name only."""

    display_name: str
    type: str = ""
    issn_l: str = ""
    issn: tuple[str, ...] = ()
    host_organization_name: str = ""


class TopicDraft(Draft, frozen=True, kw_only=True):
    """A topic. Key "openalex:T…"."""

    display_name: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    subfield_id: int | None = None
    subfield_name: str = ""
    field_id: int | None = None
    field_name: str = ""
    domain_id: int | None = None
    domain_name: str = ""


class FunderDraft(Draft, frozen=True, kw_only=True):
    """A funder. Key "openalex:F…"."""

    display_name: str
    ror: str = ""
    country_code: str = ""
    homepage_url: str = ""


class InstitutionDraft(Draft, frozen=True, kw_only=True):
    """An institution. Key "openalex:I…". `is_brief`: as embedded in another record, so absent fields mean nothing."""

    display_name: str
    ror: str = ""
    country_code: str = ""
    type: str = ""
    homepage_url: str = ""
    lineage: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    is_brief: bool = False


class AffiliationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An institution on an author record with its years (ascending, distinct)."""

    institution: InstitutionDraft
    years: tuple[int, ...] = ()
    is_last_known: bool = False


class AuthorDraft(Draft, frozen=True, kw_only=True):
    """An author record. Key "openalex:A…". `is_brief`: as embedded in a work."""

    display_name: str
    orcid: str = ""
    other_names: tuple[str, ...] = ()
    affiliations: tuple[AffiliationDraft, ...] = ()
    is_brief: bool = False


class AuthorshipDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One byline. `author` is None when the source gives no author id (or a dummy one such as A9999999999)."""

    position: int
    byline: str
    author: AuthorDraft | None = None
    raw_orcid: str = ""
    raw_affiliations: tuple[str, ...] = ()
    institutions: tuple[InstitutionDraft, ...] = ()
    is_corresponding: bool = False


class WorkTopicDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A topic on a work; rank 1 is the primary one."""

    topic: TopicDraft
    score: float
    rank: int


class FundingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A funder of a work with the award numbers it is acknowledged with (distinct, as printed)."""

    funder: FunderDraft
    award_ids: tuple[str, ...] = ()


class VersionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An arXiv version with its ISO 8601 UTC time."""

    number: int
    submitted_at: str = ""


class WorkDraft(Draft, frozen=True, kw_only=True):
    """A work as one source tells it.

    `also_known_as` holds every further id of the same paper ("doi:10.…", "arxiv:…", "openalex:W…").
    `references` holds raw keys in the same spelling. `categories` has the primary arXiv category first.
    None (against an empty tuple or "") in `is_oa` and `cited_by_count` means the source does not know.
    """

    openalex_id: str = ""
    doi: str = ""
    arxiv_id: str = ""
    also_known_as: tuple[str, ...] = ()
    title: str = ""
    abstract: str = ""
    type: str = ""
    language: str = ""
    publication_date: str = ""
    publication_year: int | None = None
    updated_on: str = ""
    source: SourceDraft | None = None
    volume: str = ""
    issue: str = ""
    first_page: str = ""
    last_page: str = ""
    landing_page_url: str = ""
    pdf_url: str = ""
    license: str = ""
    is_oa: bool | None = None
    oa_status: str = ""
    is_retracted: bool = False
    is_withdrawn: bool = False
    comments: str = ""
    journal_ref: str = ""
    cited_by_count: int | None = None
    authorships: tuple[AuthorshipDraft, ...] = ()
    authorships_truncated: bool = False
    topics: tuple[WorkTopicDraft, ...] = ()
    funding: tuple[FundingDraft, ...] = ()
    categories: tuple[str, ...] = ()
    versions: tuple[VersionDraft, ...] = ()
    references: tuple[str, ...] = ()


AnyDraft = WorkDraft | AuthorDraft | InstitutionDraft | SourceDraft | TopicDraft | FunderDraft


class BadRecord(Exception):
    """A record that cannot become a draft. The message is the reason shown to people; trying again does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason))


def printable(sentence: str) -> str:
    """Return a sentence that may quote upstream: what has no shape of its own (controls, directions, half characters) is a box."""
    return sentence if sentence.isprintable() else "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in sentence)


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside while reading: where it stood, what it was, why."""

    place: str
    reason: str
    key: str = ""
    raw: bytes = b""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """Upstream says `old_key` now leads to `new_key` ("openalex:W…"), since the day `on` (ISO 8601, "" if it tells none)."""

    old_key: str
    new_key: str
    on: str = ""


Read = AnyDraft | Quarantined | Merged
"""What a source yields, one after the other."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A record's line that is not parsed yet, see `works.unread`: its key as it seems, its `mark_of`, its size in bytes."""

    key: str
    mark: bytes
    size: int
    parse: Callable[[], Read]


def mark_of(line: bytes) -> bytes:
    """Return 16 bytes that change with the line and with what we read of it."""
    mark = hashlib.blake2b(b"%d:" % DRAFT_VERSION, digest_size=16)
    mark.update(line)
    return mark.digest()


class Known(msgspec.Struct, frozen=True):
    """A line that was stored as it stands."""

    key: str
