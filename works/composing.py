"""One work out of all that the sources say about it: a pure function of its drafts.

Because every stored draft is kept (`UpstreamRecord.draft`), the row of a work never depends on the order in which
its records arrived: whenever one of them changes, the work is composed again from all of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from researchers.names import fold
from works.drafts import AuthorshipDraft, FundingDraft, SourceDraft, VersionDraft, WorkDraft, WorkTopicDraft

PLAIN_FIELDS = (
    "title", "abstract", "type", "language", "updated_on", "volume", "issue", "first_page", "last_page", "landing_page_url",
    "pdf_url", "license", "is_oa", "oa_status", "comments", "journal_ref", "cited_by_count",
)  # fmt: skip
LIST_FIELDS = ("authorships", "topics", "funding", "categories", "versions")
ARXIV_FIRST = frozenset({"abstract", "updated_on", "license", "comments", "journal_ref", "categories", "versions"})
"""Where arXiv is the better witness; for all else OpenAlex is, and each fills what the other lacks."""

_ARXIV_DOI = "doi:10.48550/arxiv."


class ComposedWork(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows of one work shall hold. `origins` tells the provider of each field's value."""

    openalex_id: str | None
    doi: str | None
    arxiv_id: str | None
    further_keys: tuple[str, ...]
    plain: dict[str, Any]
    folded_title: str
    publication_date: str
    publication_year: int | None
    is_retracted: bool
    is_withdrawn: bool
    source: SourceDraft | None
    authorships: tuple[AuthorshipDraft, ...]
    topics: tuple[WorkTopicDraft, ...]
    funding: tuple[FundingDraft, ...]
    categories: tuple[str, ...]
    versions: tuple[VersionDraft, ...]
    references: tuple[str, ...]
    origins: dict[str, list[str]]

    @property
    def keys(self) -> list[str]:
        """Every key that leads to this work."""
        own = (("openalex", self.openalex_id), ("doi", self.doi), ("arxiv", self.arxiv_id))
        return [*(f"{kind}:{value}" for kind, value in own if value), *self.further_keys]


def provider(draft: WorkDraft) -> str:
    """Return "openalex" or "arxiv"."""
    return draft.key.partition(":")[0]


def identity(draft: WorkDraft) -> frozenset[str]:
    """Return every key of the paper this draft is about; an arXiv id and its arXiv DOI come together."""
    return _identity(draft.key, draft.openalex_id, draft.doi, draft.arxiv_id, draft.also_known_as)


def _identity(key: str, openalex_id: str, doi: str, arxiv_id: str, others: Sequence[str]) -> frozenset[str]:
    keys = {key, *others}
    keys.update(f"{kind}:{value}" for kind, value in (("openalex", openalex_id), ("doi", doi), ("arxiv", arxiv_id)) if value)
    for found in tuple(keys):
        if found.startswith("arxiv:"):
            keys.add(_ARXIV_DOI + found.removeprefix("arxiv:"))
        elif found.startswith(_ARXIV_DOI):
            keys.add("arxiv:" + found.removeprefix(_ARXIV_DOI))
    return frozenset(keys)


def is_published_doi(key: str) -> bool:
    """Tell a publisher's DOI from any other key, arXiv's own DOIs included."""
    return key.startswith("doi:") and not key.startswith(_ARXIV_DOI)


def in_order(drafts: Iterable[WorkDraft]) -> list[WorkDraft]:
    """Return drafts in the order of precedence that does not depend on arrival: OpenAlex first, publications, older ids first."""
    found = list(drafts)
    if len(found) == 1:
        return found
    return sorted(found, key=lambda draft: (provider(draft) != "openalex", draft.type == "preprint", _natural(draft.key)))


def compose(drafts: Iterable[WorkDraft], *, without: frozenset[str] = frozenset()) -> ComposedWork:
    """Return the work that `drafts` describe together. `without` holds keys that belong to another work after all."""
    openalex_first = in_order(drafts)
    arxiv_first = sorted(openalex_first, key=lambda draft: provider(draft) != "arxiv") if len(openalex_first) > 1 else openalex_first
    origins: dict[str, list[str]] = {provider(draft): [] for draft in openalex_first}
    for draft in openalex_first:
        origins[provider(draft)] += [field for field in ("is_retracted", "is_withdrawn") if getattr(draft, field)]
    values = _values(openalex_first, arxiv_first, origins) if openalex_first[1:] else _values_of_one(openalex_first[0], origins)
    plain = {field: values[field] for field in PLAIN_FIELDS}
    lists = {field: values[field] for field in LIST_FIELDS}
    date, year = _publication(arxiv_first, origins)
    keys = frozenset().union(*map(identity, openalex_first)) - without
    openalex_id, doi, arxiv_id = _shown_keys(openalex_first, keys)
    shown = {f"openalex:{openalex_id}", f"doi:{doi}", f"arxiv:{arxiv_id}"}
    return ComposedWork(
        openalex_id=openalex_id,
        doi=doi,
        arxiv_id=arxiv_id,
        further_keys=tuple(sorted(keys - shown)),
        plain=plain,
        folded_title=fold(plain["title"]),
        publication_date=date,
        publication_year=year,
        is_retracted=any(draft.is_retracted for draft in openalex_first),
        is_withdrawn=any(draft.is_withdrawn for draft in openalex_first),
        source=values["source"],
        references=tuple(dict.fromkeys(key for draft in openalex_first for key in draft.references if key not in keys)),
        origins=origins,
        **lists,
    )


def _values(openalex_first: Sequence[WorkDraft], arxiv_first: Sequence[WorkDraft], origins: dict[str, list[str]]) -> dict[str, Any]:
    """Return what the best witness says of each field, and note in `origins` who that is."""
    found: dict[str, Any] = {}
    for field in _FIELDS:
        found[field] = getattr(openalex_first[0], field)
        for draft in arxiv_first if field in ARXIV_FIRST else openalex_first:
            value = getattr(draft, field)
            if _is_said(value):
                origins[provider(draft)].append(field)
                found[field] = value
                break
    return found


def _values_of_one(draft: WorkDraft, origins: dict[str, list[str]]) -> dict[str, Any]:
    """The same for one draft alone, as nearly all works have."""
    found = {field: getattr(draft, field) for field in _FIELDS}
    origins[provider(draft)] += [field for field, value in found.items() if value or _is_said(value)]
    return found


_FIELDS = (*PLAIN_FIELDS, *LIST_FIELDS, "source")


def _is_said(value: Any) -> bool:
    return bool(value) or value not in (None, "", ())


ASSERTABLE = frozenset({*PLAIN_FIELDS, "publication_date", "publication_year", "is_retracted", "is_withdrawn"})
"""What a person can correct on a work itself; bylines, topics and versions have rows of their own."""


def with_assertions(work: ComposedWork, asserted: Mapping[str, Mapping[str, Any]]) -> ComposedWork:
    """Return `work` with what people corrected (`Work.asserted`) in place of what sources say.

    The sources' own values stay in their drafts, so that a correction taken back gives way to them.
    """
    said = {field: one["value"] for field, one in asserted.items() if field in ASSERTABLE}
    if not said:
        return work
    plain = work.plain | {field: value for field, value in said.items() if field in work.plain}
    others = {field: value for field, value in said.items() if field not in work.plain}
    origins = {name: [field for field in fields if field not in said] for name, fields in work.origins.items()}
    return msgspec.structs.replace(work, plain=plain, folded_title=fold(plain["title"]), origins=origins, **others)


def _publication(arxiv_first: Sequence[WorkDraft], origins: dict[str, list[str]]) -> tuple[str, int | None]:
    """Return the date of the first public version and its year; a bare year counts only when nobody knows a date.

    arXiv knows its own dates; of several OpenAlex records the earliest counts, which is the preprint's.
    """
    dated = sorted(arxiv_first, key=lambda draft: (not draft.publication_date, provider(draft) != "arxiv", draft.publication_date))
    for draft in dated:
        if draft.publication_date:
            origins[provider(draft)].append("publication_date")
            return draft.publication_date, int(draft.publication_date[:4])
        if draft.publication_year is not None:
            origins[provider(draft)].append("publication_year")
            return "", draft.publication_year
    return "", None


def _shown_keys(drafts: Sequence[WorkDraft], keys: frozenset[str]) -> tuple[str | None, str | None, str | None]:
    """Choose the OpenAlex id, DOI and arXiv id a work shows: the first draft's own, a published DOI before arXiv's."""

    def first(prefix: str, own: Sequence[str]) -> str | None:
        for value in own:
            if value and f"{prefix}:{value}" in keys:
                return value
        others = [key for key in keys if key.startswith(f"{prefix}:")]
        return min(others, key=_natural).partition(":")[2] if others else None

    dois = sorted((draft.doi for draft in drafts if draft.doi), key=lambda doi: not is_published_doi(f"doi:{doi}"))
    published = [doi for doi in dois if is_published_doi(f"doi:{doi}")]
    further = sorted(key.partition(":")[2] for key in keys if is_published_doi(key))
    return (
        first("openalex", [draft.openalex_id for draft in drafts]),
        first("doi", [*published, *further, *dois]),
        first("arxiv", [draft.arxiv_id for draft in drafts if provider(draft) == "arxiv"] + [draft.arxiv_id for draft in drafts]),
    )


def _natural(key: str) -> tuple[str, int, str]:
    """Order W99 before W100: by the letters before the first digits, then by number, then as text."""
    match = re.match(r"([^0-9]*)([0-9]{1,30})", key)
    return (match.group(1), int(match.group(2)), key) if match else (key, 0, key)


def with_known(draft: WorkDraft, stored: WorkDraft | None) -> WorkDraft:
    """Return `draft` with what its source told before and now leaves out only because of the way it was asked.

    OpenAlex cuts long author lists in lists. Of arXiv's formats, Atom has no licence and none but OAI and the bulk
    file have all versions, from which the date of the first one is read. Of them arXivRaw alone marks withdrawn versions.
    """
    if stored is None:
        return draft
    kept: dict[str, Any] = {}
    if draft.authorships_truncated and len(stored.authorships) > len(draft.authorships):
        kept |= {"authorships": stored.authorships, "authorships_truncated": stored.authorships_truncated}
    if provider(draft) == "arxiv":
        kept |= {field: getattr(draft, field) or getattr(stored, field) for field in ("license", "publication_date", "publication_year")}
        known = {version.number: version for version in stored.versions}
        known |= {version.number: version for version in draft.versions if version.submitted_at or version.number not in known}
        kept["versions"] = tuple(known[number] for number in sorted(known))
        kept["is_withdrawn"] = draft.is_withdrawn or (stored.is_withdrawn and draft.updated_on <= stored.updated_on)
    return msgspec.structs.replace(draft, **kept) if kept else draft
